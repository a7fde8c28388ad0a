//! Files into and out of containers, on a real engine.

mod support;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Instant;

use nix::sys::stat::Mode;
use sandcell::{
    Client, CreateOptions, ErrorKind, ExecOptions, ExternalSymlinks, TransferMethod,
    TransferOptions, WriteOptions,
};
use support::{IMAGE, api, engine, noise, transfer_methods, until};

type Container = support::Container<Client>;

const MIB: usize = 1024 * 1024;

fn by(method: TransferMethod) -> WriteOptions {
    WriteOptions::new().method(method)
}

fn tree_by<'a>(method: TransferMethod) -> TransferOptions<'a> {
    TransferOptions::new().method(method)
}

/// A container made as the options of the library cannot say, removed when
/// dropped.
struct Special {
    client: Client,
    id: String,
}

impl Special {
    fn start(host_config: &str) -> Self {
        let json = format!(
            r#"{{"Image":"{IMAGE}","Entrypoint":["/bin/sh"],"Cmd":["-c","tail -f /dev/null"],
                "HostConfig":{{"Init":true,"CapDrop":["ALL"],{host_config}}}}}"#
        );
        let header = ["--request", "POST", "--header", "Content-Type: application/json"];
        let created = api("/containers/create", &[&header[..], &["--data", &json]].concat());
        let created: serde_json::Value = serde_json::from_str(&created).unwrap();
        let id = created["Id"].as_str().unwrap().to_owned();
        api(&format!("/containers/{id}/start"), &["--request", "POST"]);
        Special { client: engine(), id }
    }

    fn sh(&self, text: &str) -> String {
        let command = ExecOptions::new(["sh", "-c", text]);
        let result = self.client.exec(&self.id, &command).unwrap();
        assert!(result.success(), "{text:?}: {result:?}");
        result.stdout.text().into_owned()
    }
}

impl Drop for Special {
    fn drop(&mut self) {
        self.client.stop(&self.id).ok();
    }
}

#[test]
fn a_file_comes_back_byte_for_byte_either_way() {
    let container = Container::start();
    for method in transfer_methods() {
        for len in [0, 1, 511, 512, 513, 3 * MIB + 1] {
            let bytes = noise(len);
            container.handle().write_file("/tmp/x y", &bytes[..], &by(method)).unwrap();
            let read = container.handle().read_file("/tmp/x y").unwrap();
            assert!(read == bytes, "{method:?} {len}");
            let sized = by(method).size(len as u64);
            container.handle().write_file("/tmp/z", &bytes[..], &sized).unwrap();
            assert_eq!(container.sh("cmp '/tmp/x y' /tmp/z && echo same"), "same\n");
        }
    }
}

#[test]
fn modes_owners_and_parents_are_as_asked() {
    for (user, owner) in
        [(None, "0:0"), (Some("65534:65534"), "65534:65534"), (Some("nobody"), "65534:65534")]
    {
        let mut options = CreateOptions::new(IMAGE);
        if let Some(user) = user {
            options = options.user(user);
        }
        let container = Container::with(options);
        let stat = |path: &str| container.sh(&format!("stat -c '%u:%g %a' {path}"));
        for (n, method) in transfer_methods().into_iter().enumerate() {
            let file = format!("/tmp/{n}/a/b/file");
            container.handle().write_file(&file, &b"x"[..], &by(method)).unwrap();
            assert_eq!(stat(&file), format!("{owner} 644\n"), "{method:?}");
            for parent in ["a/b", "a", "."] {
                assert_eq!(stat(&format!("/tmp/{n}/{parent}")), format!("{owner} 755\n"));
            }
            let run = by(method).mode(0o4750);
            container.handle().write_file(&file, &b"x"[..], &run).unwrap();
            assert_eq!(stat(&file), format!("{owner} 4750\n"), "{method:?}");
            let other = by(method).owner(1234, 5678);
            let path = format!("/tmp/other{n}");
            container.handle().write_file(&path, &b"x"[..], &other).unwrap();
            assert_eq!(stat(&path), "1234:5678 644\n", "{method:?}");
        }
    }
}

#[test]
fn a_stopped_container_has_files_too() {
    let container = Container::start();
    container.sh("echo content >/root/f");
    api(&format!("/containers/{}/stop?t=0", container.id), &["--request", "POST"]);
    assert_eq!(container.handle().read_file("/root/f").unwrap(), b"content\n");
    container.handle().write_file("/root/g", &b"new"[..], &WriteOptions::new()).unwrap();
    assert_eq!(container.handle().read_file("/root/g").unwrap(), b"new");
    let error = container.handle().write_file("/root/g", &b""[..], &by(TransferMethod::Exec));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::ContainerEnded);
}

#[test]
fn symlinks_are_followed_to_read_and_replaced_by_a_write() {
    let container = Container::start();
    container.sh("echo one >/tmp/one; ln -s one /tmp/link; ln -s /tmp /tmp/way");
    assert_eq!(container.handle().read_file("/tmp/way/link").unwrap(), b"one\n");
    for method in transfer_methods() {
        container.sh("ln -sf one /tmp/link");
        container.handle().write_file("/tmp/way/link", &b"two"[..], &by(method)).unwrap();
        assert_eq!(container.sh("cat /tmp/one; cat /tmp/link"), "one\ntwo");
    }
}

#[test]
fn a_large_file_is_not_read_into_memory() {
    let container = Container::start();
    container.sh("truncate -s 65M /tmp/large");
    let error = container.handle().read_file("/tmp/large").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.to_string().contains("copy_file_out"), "{error}");
    let copied = container.handle().copy_file_out("/tmp/large", &mut io::sink()).unwrap();
    assert_eq!(copied, 65 * MIB as u64);
}

#[test]
fn memory_is_reached_by_a_command() {
    let special =
        Special::start(r#""Tmpfs":{"/mem":""},"Mounts":[{"Type":"tmpfs","Target":"/also"}]"#);
    special.sh("ln -s /mem /tmp/way; mkdir /mem/deep");
    let (client, id) = (&special.client, &special.id);
    for path in ["/mem/f", "/also/new/f", "/tmp/way/deep/f", "/tmp/way/x/f", "/dev/shm/f"] {
        client
            .container(id)
            .unwrap()
            .write_file(path, path.as_bytes(), &WriteOptions::new())
            .unwrap();
        assert_eq!(special.sh(&format!("cat {path}")), path);
        assert_eq!(
            client.container(id).unwrap().read_file(path).unwrap(),
            path.as_bytes(),
            "{path}"
        );
    }
    let (up, down) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(up.path().join("f"), "tree").unwrap();
    for path in ["/mem/tree", "/tmp/way/tree", "/tmp"] {
        client.container(id).unwrap().upload(up.path(), path, &TransferOptions::new()).unwrap();
        assert_eq!(special.sh(&format!("cat {path}/f")), "tree");
    }
    client
        .container(id)
        .unwrap()
        .download("/tmp/way/tree", down.path(), &TransferOptions::new())
        .unwrap();
    assert_eq!(fs::read(down.path().join("f")).unwrap(), b"tree");
    // With force the engine is content, and whether anybody sees the file is its affair.
    client
        .container(id)
        .unwrap()
        .write_file("/mem/lost", &b"x"[..], &by(TransferMethod::Archive))
        .unwrap();
}

#[test]
fn a_read_only_root_is_written_where_it_can_be() {
    let special = Special::start(r#""ReadonlyRootfs":true,"Tmpfs":{"/mem":""}"#);
    let (client, id) = (&special.client, &special.id);
    client.container(id).unwrap().write_file("/mem/a/f", &b"x"[..], &WriteOptions::new()).unwrap();
    assert_eq!(client.container(id).unwrap().read_file("/mem/a/f").unwrap(), b"x");
    assert!(client.container(id).unwrap().read_file("/etc/passwd").unwrap().starts_with(b"root"));
    for method in [TransferMethod::Auto, TransferMethod::Archive] {
        let error =
            client.container(id).unwrap().write_file("/etc/x", &b"x"[..], &by(method)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileAccess, "{method:?}: {error}");
    }
}

#[test]
fn a_failed_write_over_a_command_leaves_what_was_there() {
    let container = Container::start();
    let write = |contents: &mut dyn Read| {
        let options = by(TransferMethod::Exec).size(10 * MIB as u64);
        container.handle().write_file("/tmp/f", contents, &options).unwrap_err()
    };
    container.sh("echo before >/tmp/f");
    let error = write(&mut &noise(MIB)[..]);
    assert_eq!(error.kind(), ErrorKind::InvalidArgument, "too short: {error}");
    let error = write(&mut noise(MIB).chain(Failing));
    assert!(error.kind() == ErrorKind::Io && format!("{error:#}").contains("no more"), "{error:#}");
    // The killing goes on in the background.
    let listing = until(|| {
        let listing = container.sh("cat /tmp/f; ls -A /tmp");
        (!listing.contains(".sandcell-")).then_some(listing)
    });
    assert_eq!(listing, "before\nf\n");
}

struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("no more"))
    }
}

/// What a tree consists of: type and permissions, time, link or contents.
type Listing = BTreeMap<PathBuf, (u32, i64, Vec<u8>)>;

fn list(root: &Path) -> Listing {
    let (mut listing, mut todo) = (Listing::new(), vec![PathBuf::new()]);
    while let Some(dir) = todo.pop() {
        for entry in fs::read_dir(root.join(&dir)).unwrap() {
            let path = dir.join(entry.unwrap().file_name());
            let meta = fs::symlink_metadata(root.join(&path)).unwrap();
            let (time, contents) = if meta.is_dir() {
                todo.push(path.clone());
                (0, Vec::new())
            } else if meta.is_symlink() {
                let link = fs::read_link(root.join(&path)).unwrap();
                (0, link.as_os_str().as_bytes().to_vec())
            } else {
                (meta.mtime(), fs::read(root.join(&path)).unwrap())
            };
            listing.insert(path, (meta.mode(), time, contents));
        }
    }
    listing
}

/// 10,000 files, and what else a tree may have.
fn make_tree(root: &Path) {
    for n in 0..10_000_u32 {
        let dir = root.join(format!("d{}/e{}", n % 10, n % 97));
        fs::create_dir_all(&dir).unwrap();
        let file = dir.join(format!("f{n}"));
        fs::write(&file, n.to_string().repeat(n as usize % 50)).unwrap();
        fs::set_permissions(
            &file,
            fs::Permissions::from_mode([0o644, 0o755, 0o600][n as usize % 3]),
        )
        .unwrap();
    }
    for n in 0..500 {
        symlink(format!("../e{}/f{n}", n % 97), root.join(format!("d{}/e{}/l{n}", n % 10, n % 97)))
            .unwrap();
    }
    symlink("dangling", root.join("broken")).unwrap();
    fs::create_dir_all(root.join("empty/more empty")).unwrap();
    let long = "n".repeat(200);
    let names: [&[u8]; 7] = [
        b"with space",
        b"with\nnew line",
        b"\xff\xfe not text",
        b"-dash",
        b"*?[",
        "ü日本".as_bytes(),
        &[b'x'; 255],
    ];
    for dir in ["", "odd", &format!("{long}/{long}/{long}")] {
        fs::create_dir_all(root.join(dir)).unwrap();
        for name in names {
            let path = root.join(dir).join(OsStr::from_bytes(name));
            fs::write(&path, name).unwrap();
            let link = [b"link to ", &name[..name.len().min(200)]].concat();
            symlink(OsStr::from_bytes(name), root.join(dir).join(OsStr::from_bytes(&link)))
                .unwrap();
        }
    }
    nix::unistd::mkfifo(&root.join("fifo"), Mode::S_IRWXU).unwrap();
}

#[test]
fn ten_thousand_files_come_back_as_they_were() {
    let up = tempfile::tempdir().unwrap();
    make_tree(up.path());
    let expected = list_without_fifo(up.path());
    let container = Container::with(CreateOptions::new(IMAGE).user("65534:65534"));
    // In one way, out the other, if there are two.
    let ways = transfer_methods();
    for (method, back) in ways.iter().copied().zip(ways.iter().copied().rev()) {
        let last = Cell::new((0, 0));
        let progress = |progress: &sandcell::Progress<'_>| {
            assert!(progress.bytes >= last.get().0 && progress.entries >= last.get().1);
            last.set((progress.bytes, progress.entries));
        };
        let options = tree_by(method).progress(&progress);
        let started = Instant::now();
        container.handle().upload(up.path(), "/tmp/new/tree", &options).unwrap();
        let uploaded = started.elapsed();
        let bytes: usize = expected
            .values()
            .filter(|(mode, ..)| mode & 0o170_000 == 0o100_000)
            .map(|entry| entry.2.len())
            .sum();
        assert_eq!(last.get(), (bytes as u64, expected.len() as u64));
        let owner = container.sh("cd /tmp/new/tree && find . ! -user 65534 -o ! -group 65534");
        assert_eq!(owner, "", "{method:?}");
        let down = tempfile::tempdir().unwrap();
        last.set((0, 0));
        let started = Instant::now();
        let options = tree_by(back).progress(&progress);
        container.handle().download("/tmp/new/tree", down.path(), &options).unwrap();
        println!("{method:?}: {uploaded:?}, {back:?}: {:?}", started.elapsed());
        assert_eq!(last.get(), (bytes as u64, expected.len() as u64));
        let found = list(down.path());
        let other = expected.keys().find(|path| !found.contains_key(*path));
        assert_eq!((other, found.len()), (None, expected.len()), "{method:?} {back:?}");
        for (path, entry) in &found {
            assert_eq!(entry, &expected[path], "{method:?} {back:?}: {path:?}");
        }
        container.sh("rm -rf /tmp/new");
    }
}

fn list_without_fifo(root: &Path) -> Listing {
    fs::rename(root.join("fifo"), root.with_extension("fifo")).unwrap();
    let listing = list(root);
    fs::rename(root.with_extension("fifo"), root.join("fifo")).unwrap();
    listing
}

#[test]
fn a_tree_is_put_into_what_is_there() {
    let container = Container::start();
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("d")).unwrap();
    fs::write(dir.path().join("d/f"), "new").unwrap();
    fs::set_permissions(dir.path().join("d"), fs::Permissions::from_mode(0o555)).unwrap();
    for method in transfer_methods() {
        container.sh("rm -rf /tmp/t; mkdir -p /tmp/t/d; echo old >/tmp/t/d/f; echo stays >/tmp/t/g; chmod 700 /tmp/t");
        container.handle().upload(dir.path(), "/tmp/t", &tree_by(method)).unwrap();
        assert_eq!(
            container.sh("cat /tmp/t/d/f /tmp/t/g; stat -c %a /tmp/t /tmp/t/d"),
            "newstays\n700\n555\n"
        );
        // A directory and a file never make way for each other.
        container.sh("chmod 755 /tmp/t/d; rm -rf /tmp/t/d; echo file >/tmp/t/d");
        let error = container.handle().upload(dir.path(), "/tmp/t", &tree_by(method));
        assert_eq!(error.unwrap_err().kind(), ErrorKind::WrongFileType, "{method:?}");
        let missing = tree_by(method).create_parents(false);
        let error = container.handle().upload(dir.path(), "/tmp/none/x", &missing);
        assert_eq!(error.unwrap_err().kind(), ErrorKind::NotFound, "{method:?}");
        let down = dir.path().join("down");
        for (path, kind) in
            [("/tmp/none", ErrorKind::NotFound), ("/tmp/t/g", ErrorKind::WrongFileType)]
        {
            let error = container.handle().download(path, &down, &tree_by(method));
            assert_eq!(error.unwrap_err().kind(), kind, "{method:?} {path}");
        }
    }
}

#[test]
fn a_hostile_container_writes_nothing_outside_the_target() {
    let container = Container::start();
    let world = tempfile::tempdir().unwrap();
    let secret = world.path().join("secret");
    fs::write(&secret, "untouched").unwrap();
    container.sh("mkdir /tmp/h; ln -s ../secret /tmp/h/link; echo ok >/tmp/h/z");
    for method in transfer_methods() {
        let target = world.path().join("target");
        let options = tree_by(method);
        let error = container.handle().download("/tmp/h", &target, &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadArchive, "{error}");
        assert!(error.to_string().contains("link"), "{error}");
        let options = options.external_symlinks(ExternalSymlinks::Skip);
        container.handle().download("/tmp/h", &target, &options).unwrap();
        assert_eq!(fs::read(target.join("z")).unwrap(), b"ok\n");
        assert!(fs::symlink_metadata(target.join("link")).is_err());
        fs::remove_dir_all(&target).unwrap();
    }
    assert_eq!(fs::read_to_string(&secret).unwrap(), "untouched");
}
