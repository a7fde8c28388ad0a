//! Odd names, symlinks and mounts in the paths of transfers, on a real engine.

mod support;

use std::fs;
use std::thread;

use sandcell::{
    Client, CreateOptions, ErrorKind, Mount, Tmpfs, TransferMethod, TransferOptions, WriteOptions,
};
use support::{IMAGE, api, transfer_methods};

type Container = support::Container<Client>;

fn by(method: TransferMethod) -> WriteOptions {
    WriteOptions::new().method(method)
}

fn tree_by<'a>(method: TransferMethod) -> TransferOptions<'a> {
    TransferOptions::new().method(method)
}

/// Auto, and what else there is.
fn methods() -> Vec<TransferMethod> {
    [TransferMethod::Auto].into_iter().chain(transfer_methods()).collect()
}

fn is_podman() -> bool {
    api("/version", &[]).contains("Podman Engine")
}

/// Names that some program on the way could take for something else.
fn odd_names() -> Vec<String> {
    let names = [
        "-rf",
        "--",
        " space ",
        "new\nline",
        "'",
        "\"",
        "[ab]",
        "[slug].js",
        "a?c",
        "back\\slash",
        "\\[x\\]",
        "{a,b}",
        "%2F",
        "#",
        "a+b",
        "a&b=c",
        ";",
        "$(x)",
        "`x`",
        "é",
        "日本",
        "😀",
        "tilde~",
        "~",
        "...",
        "a:b",
        "]",
        "[",
        "[^a]",
        "x*y",
        "**",
        "\\*",
        "=",
        "\t",
    ];
    let long = ["n".repeat(255), "é".repeat(127)];
    names.map(str::to_owned).into_iter().chain(long).collect()
}

#[test]
fn a_name_is_a_name() {
    // Where the user makes no difference, once is enough.
    let users = [(None, methods()), (Some("65534:65534"), vec![TransferMethod::Auto])];
    for (user, methods) in users {
        let options = CreateOptions::new(IMAGE);
        let container = Container::with(match user {
            Some(user) => options.user(user),
            None => options,
        });
        // What the patterns among the names match.
        container.sh(
            "mkdir /tmp/n; cd /tmp/n; for n in a b abc s.js xzy '[x]'; do echo decoy >$n; done",
        );
        for method in methods {
            // Podman has no notation for a path with an asterisk.
            let (refused, names): (Vec<_>, Vec<_>) = odd_names().into_iter().partition(|name| {
                method == TransferMethod::Archive && name.contains('*') && is_podman()
            });
            for name in refused {
                let written = container.handle().write_file(&in_n(&name), &b"x"[..], &by(method));
                let error = written.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Unsupported, "{name:?}: {error}");
            }
            // Some threads, because most of the time is the engine's.
            thread::scope(|scope| {
                for names in names.chunks(names.len().div_ceil(4)) {
                    let container = &container;
                    scope
                        .spawn(move || names.iter().for_each(|n| check_file(container, n, method)));
                }
            });
            for names in names.chunks(12) {
                check_tree(&container, &format!("/tmp/t/{}", names.join("/")), method);
            }
        }
        let decoys = container.sh("cd /tmp/n; cat a b abc s.js xzy");
        assert_eq!(decoys, "decoy\n".repeat(5));
    }
}

fn in_n(name: &str) -> String {
    format!("/tmp/n/{name}")
}

/// A file with such a name.
fn check_file(container: &Container, name: &str, method: TransferMethod) {
    let (handle, what) = (container.handle(), format!("{method:?} {name:?}"));
    let written = handle.write_file(&in_n(name), what.as_bytes(), &by(method));
    written.unwrap_or_else(|error| panic!("{what}: {error:#}"));
    assert_eq!(handle.read_file(&in_n(name)).unwrap(), what.as_bytes(), "{what}");
}

/// A tree with all such names in it, at a path that consists of them.
fn check_tree(container: &Container, tree: &str, method: TransferMethod) {
    let (up, down) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let names = odd_names();
    for name in &names {
        fs::write(up.path().join(name), name).unwrap();
    }
    let done = container.handle().upload(up.path(), tree, &tree_by(method));
    done.unwrap_or_else(|error| panic!("{method:?} {tree:?}: {error:#}"));
    let done = container.handle().download(tree, down.path(), &tree_by(method));
    done.unwrap_or_else(|error| panic!("{method:?} {tree:?}: {error:#}"));
    for name in &names {
        let found = fs::read(down.path().join(name)).unwrap();
        assert_eq!(found, name.as_bytes(), "{method:?} {tree:?} {name:?}");
    }
    assert_eq!(fs::read_dir(down.path()).unwrap().count(), names.len(), "{method:?} {tree:?}");
}

#[test]
fn a_name_is_a_name_in_a_stopped_container() {
    let container = Container::start();
    container.sh("mkdir /root/n; cd /root/n; for n in a b abc s.js xzy; do echo decoy >$n; done");
    api(&format!("/containers/{}/stop?t=0", container.id), &["--request", "POST"]);
    // Alone what could be a pattern of those; the others together, as the names of a path.
    let (patterns, others): (Vec<_>, Vec<_>) =
        odd_names().into_iter().partition(|name| name.contains(['*', '?', '[', '\\']));
    for name in patterns.into_iter().chain(others.chunks(12).map(|names| names.join("/"))) {
        let path = format!("/root/n/{name}");
        let written = container.handle().write_file(&path, name.as_bytes(), &WriteOptions::new());
        if name.contains('*') && is_podman() {
            assert_eq!(written.unwrap_err().kind(), ErrorKind::Unsupported, "{name:?}");
            continue;
        }
        written.unwrap_or_else(|error| panic!("{name:?}: {error:#}"));
        assert_eq!(container.handle().read_file(&path).unwrap(), name.as_bytes(), "{name:?}");
    }
    assert_eq!(container.handle().read_file("/root/n/a").unwrap(), b"decoy\n");
}

#[test]
fn a_long_path_is_a_path() {
    let container = Container::start();
    let path = format!("/tmp{}/f", format!("/{}", "d".repeat(245)).repeat(16));
    assert!(path.len() > 3900);
    for method in methods() {
        container.handle().write_file(&path, &b"deep"[..], &by(method)).unwrap();
        assert_eq!(container.handle().read_file(&path).unwrap(), b"deep", "{method:?}");
    }
}

#[test]
fn what_is_written_is_where_the_container_sees_it() {
    let options =
        CreateOptions::new(IMAGE).tmpfs(Tmpfs::new("/mem")).tmpfs(Tmpfs::new("/tmp/t/sub"));
    let container = Container::with(options.user("0:0"));
    container.sh("mkdir -p /tmp/disk/a/b /mem/in /tmp/t/d; cd /tmp/disk
         ln -s /dev/shm shm; ln -s ../../dev/shm relative; ln -s shm chain; ln -s chain/. chain2
         ln -s /mem/in mem; ln -s /tmp/disk/a/b /mem/out; ln -s /mem/out/../f around
         ln -s /mem/out through; ln -s /proc/self/cwd/tmp/disk proc; ln -s /tmp/disk/a way");
    for (n, path) in [
        "/tmp/disk/shm/f",
        "/tmp/disk/relative/f",
        "/tmp/disk/chain/new/f",
        "/tmp/disk/chain2/f",
        "/tmp/disk/mem/f",
        "/tmp/disk/through/f",
        "/mem/out/f",
        "/tmp/disk/proc/f",
        "/tmp/disk/way/b/f",
        "/tmp/t/sub/f",
        "/tmp/t/d/f",
        "/tmp/disk/shm/x/y/f",
    ]
    .into_iter()
    .enumerate()
    {
        let text = n.to_string();
        container.handle().write_file(path, text.as_bytes(), &WriteOptions::new()).unwrap();
        assert_eq!(container.sh(&format!("cat {path}")), text, "{path}");
        assert_eq!(container.handle().read_file(path).unwrap(), text.as_bytes(), "{path}");
    }
    container.sh("echo around >/tmp/disk/a/f; echo wrong >/mem/f");
    assert_eq!(container.handle().read_file("/tmp/disk/around").unwrap(), b"around\n");
    let mounts = container.handle().read_file("/etc/mtab");
    assert!(String::from_utf8_lossy(&mounts.unwrap()).contains("/mem"));
}

#[test]
fn a_tree_is_where_the_container_sees_it() {
    let container =
        Container::with(CreateOptions::new(IMAGE).tmpfs(Tmpfs::new("/tmp/t/sub")).user("0:0"));
    container.sh("mkdir -p /tmp/t/sub/d; ln -s /dev/shm /tmp/shm; ln -s /tmp/t /tmp/way");
    let up = tempfile::tempdir().unwrap();
    for dir in ["sub/d", "dev/shm/deep", "plain"] {
        fs::create_dir_all(up.path().join(dir)).unwrap();
        fs::write(up.path().join(dir).join("f"), dir).unwrap();
    }
    for path in ["/tmp/t", "/tmp/way", "/tmp/shm", "/tmp/shm/new"] {
        container.handle().upload(up.path(), path, &TransferOptions::new()).unwrap();
        let text = container.sh(&format!("cd {path} && cat sub/d/f dev/shm/deep/f plain/f"));
        assert_eq!(text, "sub/ddev/shm/deepplain", "{path}");
        let down = tempfile::tempdir().unwrap();
        container.handle().download(path, down.path(), &TransferOptions::new()).unwrap();
        assert_eq!(fs::read(down.path().join("sub/d/f")).unwrap(), b"sub/d", "{path}");
    }
    // Into the root, whose /dev no engine writes to.
    fs::remove_dir_all(up.path().join("sub")).unwrap();
    fs::rename(up.path().join("plain"), up.path().join("tmp")).unwrap();
    container.handle().upload(up.path(), "/", &TransferOptions::new()).unwrap();
    assert_eq!(container.sh("cat /dev/shm/deep/f /tmp/f"), "dev/shm/deepplain");
}

#[test]
fn a_loop_and_a_file_on_the_way_are_of_the_wrong_type() {
    let container = Container::start();
    container.sh(
        "mkdir /tmp/d; cd /tmp; ln -s a b; ln -s b a; ln -s self self; echo x >f; ln -s f to-file
         ln -s none dangling",
    );
    let up = tempfile::tempdir().unwrap();
    fs::write(up.path().join("f"), "x").unwrap();
    let handle = container.handle();
    for path in ["/tmp/a", "/tmp/self", "/tmp/a/x", "/tmp/f/x", "/tmp/to-file/x"] {
        let error = handle.read_file(path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongFileType, "read {path}: {error:#}");
    }
    for method in methods() {
        for path in ["/tmp/a/x", "/tmp/f/x", "/tmp/f/x/y", "/tmp/to-file/x", "/tmp/dangling/x"] {
            let error = handle.write_file(path, &b"x"[..], &by(method)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::WrongFileType, "{method:?} {path}: {error:#}");
        }
        for path in ["/tmp/a", "/tmp/f", "/tmp/to-file", "/tmp/f/x"] {
            let up = handle.upload(up.path(), path, &tree_by(method)).unwrap_err();
            assert_eq!(up.kind(), ErrorKind::WrongFileType, "up {method:?} {path}: {up:#}");
            let down = tempfile::tempdir().unwrap();
            let down = handle.download(path, down.path(), &tree_by(method)).unwrap_err();
            assert_eq!(down.kind(), ErrorKind::WrongFileType, "down {method:?} {path}: {down:#}");
        }
        let down = handle.download("/tmp/dangling", up.path(), &tree_by(method)).unwrap_err();
        assert_eq!(down.kind(), ErrorKind::NotFound, "{method:?}: {down:#}");
    }
    assert_eq!(handle.read_file("/tmp/dangling").unwrap_err().kind(), ErrorKind::NotFound);
}

/// Binds that make Docker 28's archive requests fail for every path.
#[test]
fn a_broken_archive_is_gone_around() {
    let dir = tempfile::tempdir().unwrap();
    let (outer, file) = (dir.path().join("outer"), dir.path().join("file"));
    fs::create_dir_all(outer.join("sub")).unwrap();
    fs::write(outer.join("sub/x"), "").unwrap();
    fs::write(&file, "nested").unwrap();
    let outer = Mount::bind(outer.to_str().unwrap(), "/mnt/a").read_only(true);
    let inner = Mount::bind(file.to_str().unwrap(), "/mnt/a/sub/x");
    let options = CreateOptions::new(IMAGE).mount(outer).mount(inner).user("0:0");
    let container = Container::with(options.allow_unverified_mounts());
    let handle = container.handle();
    handle.write_file("/tmp/f", &b"x"[..], &WriteOptions::new()).unwrap();
    assert_eq!(handle.read_file("/tmp/f").unwrap(), b"x");
    assert_eq!(handle.read_file("/mnt/a/sub/x").unwrap(), b"nested");
    handle.upload(dir.path(), "/tmp/t", &TransferOptions::new()).unwrap();
    let down = tempfile::tempdir().unwrap();
    handle.download("/tmp/t", down.path(), &TransferOptions::new()).unwrap();
    assert_eq!(fs::read(down.path().join("file")).unwrap(), b"nested");
    if let Err(error) = handle.write_file("/tmp/g", &b"x"[..], &by(TransferMethod::Archive)) {
        assert!(!format!("{error:#}").contains("no message"), "{error:#}");
    }
    let error = handle.write_file("/mnt/a/new", &b"x"[..], &WriteOptions::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileAccess, "{error:#}");
}
