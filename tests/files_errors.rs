//! Errors of file transfers, on a real engine.

mod support;

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use sandcell::{
    Client, CreateOptions, ErrorKind, Mount, Result, TransferMethod, TransferOptions, WriteOptions,
};
use support::surroundings::Need;
use support::{IMAGE, is_rootless, transfer_methods};

type Container = support::Container<Client>;

fn by(method: TransferMethod) -> WriteOptions {
    WriteOptions::new().method(method)
}

#[test]
fn errors_of_reads_are_typed_and_name_the_path() {
    let container = Container::with(CreateOptions::new(IMAGE).user("65534:65534"));
    container.sh("mkdir /tmp/dir; mkfifo /tmp/fifo");
    let handle = container.handle();
    for (path, kind) in [
        ("/tmp/none", ErrorKind::NotFound),
        ("/dev/none", ErrorKind::NotFound),
        ("/tmp/dir", ErrorKind::WrongFileType),
        ("/dev/shm", ErrorKind::WrongFileType),
        ("/tmp/fifo", ErrorKind::WrongFileType),
        ("/dev/null", ErrorKind::WrongFileType),
        ("tmp", ErrorKind::InvalidArgument),
        ("", ErrorKind::InvalidArgument),
        ("/tmp/../x", ErrorKind::InvalidArgument),
        ("/tmp/\0", ErrorKind::InvalidArgument),
    ] {
        let error = handle.read_file(path).unwrap_err();
        assert_eq!(error.kind(), kind, "{path:?}: {error}");
        let is_named = format!("{error:#}").contains(&format!("{path:?}"));
        assert!(is_named || path.contains('\0') || path.is_empty(), "{path:?}: {error:#}");
    }
    let missing = handle.client().container("no-such-container").unwrap();
    assert_eq!(missing.read_file("/x").unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn errors_of_writes_are_typed_and_name_the_path() {
    let container = Container::with(CreateOptions::new(IMAGE).user("65534:65534"));
    container.sh("mkdir /tmp/dir; echo x >/tmp/file");
    let handle = container.handle();
    for method in transfer_methods() {
        for (path, parents, kind) in [
            ("/tmp/none/file", false, ErrorKind::NotFound),
            ("/tmp/dir", true, ErrorKind::WrongFileType),
            ("/tmp/file/below", true, ErrorKind::WrongFileType),
        ] {
            let options = by(method).create_parents(parents);
            let error = handle.write_file(path, &b"x"[..], &options).unwrap_err();
            assert_eq!(error.kind(), kind, "{method:?} {path}: {error}");
            assert!(format!("{error:#}").contains(path), "{error:#}");
        }
    }
    // The engine may write there, and the user may not.
    let options = by(TransferMethod::Exec);
    let error = handle.write_file("/etc/x", &b"x"[..], &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileAccess, "{error}");
    let options = by(TransferMethod::Auto).mode(0o10000);
    let error = handle.write_file("/tmp/x", &b"x"[..], &options).unwrap_err();
    assert!(format!("{error:#}").contains("mode"), "{error:#}");
}

/// A directory of the host that nothing can be changed in, not even by root.
struct Immutable<'a>(&'a Path);

impl<'a> Immutable<'a> {
    fn new(path: &'a Path) -> Self {
        let changed = Command::new("chattr").arg("+i").arg(path).status().unwrap();
        assert!(changed.success(), "the file system has no attributes: set TMPDIR to another");
        Immutable(path)
    }
}

impl Drop for Immutable<'_> {
    fn drop(&mut self) {
        Command::new("chattr").arg("-i").arg(self.0).status().unwrap();
    }
}

/// `FileAccess`, and the message names the path in the container.
fn assert_denied<T>(what: &str, path: &str, result: Result<T>) {
    let Err(error) = result else { panic!("{what}: {path} was accessible") };
    assert_eq!(error.kind(), ErrorKind::FileAccess, "{what} {path}: {error:#}");
    assert!(format!("{error:#}").contains(path), "{what}: {error:#}");
}

#[test]
fn who_may_not_write_is_told_so_by_every_method() {
    if !Need::Machine.is_met() {
        return;
    }
    let host = tempfile::tempdir().unwrap();
    let dirs = ["read-only", "immutable", "foreign"].map(|name| host.path().join(name));
    for dir in &dirs {
        fs::create_dir(dir).unwrap();
    }
    chown(&dirs[2], Some(12345), Some(12345)).unwrap();
    let _immutable = Immutable::new(&dirs[1]);
    let mut options =
        CreateOptions::new(IMAGE).mount(Mount::bind(&dirs[0], "/read-only").read_only(true));
    for (dir, target) in dirs[1..].iter().zip(["/immutable", "/foreign"]) {
        options = options.mount(Mount::bind(dir, target));
    }
    let container = Container::with(options);
    let (handle, tree) = (container.handle(), tempfile::tempdir().unwrap());
    fs::write(tree.path().join("file"), "x").unwrap();
    for method in [TransferMethod::Auto].into_iter().chain(transfer_methods()) {
        for dir in ["/read-only", "/immutable", "/foreign"] {
            // An engine of root's may write where its container's root may not.
            if dir == "/foreign" && method != TransferMethod::Exec && !is_rootless() {
                continue;
            }
            let (file, below) = (format!("{dir}/file"), format!("{dir}/new/file"));
            let what = format!("{method:?}");
            assert_denied(&what, &file, handle.write_file(&file, &b"x"[..], &by(method)));
            let parents = by(method).create_parents(true);
            assert_denied(&what, &below, handle.write_file(&below, &b"x"[..], &parents));
            let into = TransferOptions::new().method(method);
            assert_denied(&what, dir, handle.upload(tree.path(), dir, &into));
        }
    }
    for dir in &dirs {
        assert_eq!(fs::read_dir(dir).unwrap().count(), 0, "{dir:?}");
    }
}

#[test]
fn who_may_not_read_is_told_so_by_every_method() {
    if !Need::Machine.is_met() {
        return;
    }
    let host = tempfile::tempdir().unwrap();
    fs::set_permissions(host.path(), Permissions::from_mode(0o755)).unwrap();
    let (secret, closed) = (host.path().join("secret"), host.path().join("closed"));
    fs::write(&secret, "x").unwrap();
    fs::create_dir(&closed).unwrap();
    fs::write(closed.join("file"), "x").unwrap();
    for (path, mode) in [(&secret, 0o600), (&closed, 0o700)] {
        chown(path, Some(12345), Some(12345)).unwrap();
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }
    let container =
        Container::with(CreateOptions::new(IMAGE).mount(Mount::bind(host.path(), "/m")));
    let (handle, to) = (container.handle(), tempfile::tempdir().unwrap());
    if is_rootless() || !transfer_methods().contains(&TransferMethod::Archive) {
        assert_denied("read", "/m/secret", handle.read_file("/m/secret"));
        assert_denied("read", "/m/closed/file", handle.read_file("/m/closed/file"));
    } else {
        // The engine may read them.
        assert_eq!(handle.read_file("/m/secret").unwrap(), b"x");
        assert_eq!(handle.read_file("/m/closed/file").unwrap(), b"x");
    }
    let download =
        |path, method| handle.download(path, to.path(), &TransferOptions::new().method(method));
    for path in ["/m/closed", "/m"] {
        assert_denied("Exec", path, download(path, TransferMethod::Exec));
        if is_rootless() {
            assert_denied("Auto", path, download(path, TransferMethod::Auto));
            // Its archives may lack what it may not read.
            let error = download(path, TransferMethod::Archive).unwrap_err();
            let kinds = [ErrorKind::Unsupported, ErrorKind::FileAccess];
            assert!(kinds.contains(&error.kind()), "{path}: {error}");
        }
    }
}

#[test]
fn a_missing_shell_is_named() {
    let container = Container::start();
    container.sh("rm /bin/sh");
    let dir = tempfile::tempdir().unwrap();
    let (handle, exec) = (container.handle(), TransferMethod::Exec);
    let options = TransferOptions::new().method(exec);
    for result in [
        handle.write_file("/tmp/f", &b"x"[..], &by(exec)),
        handle.upload(dir.path(), "/tmp/t", &options),
        handle.download("/tmp", dir.path(), &options),
        handle.read_file("/dev/shm/f").map(drop),
    ] {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(format!("{error:#}").contains("/bin/sh"), "{error:#}");
    }
    // The engine needs none, where it sees the same files.
    let written = handle.write_file("/tmp/f", &b"x"[..], &WriteOptions::new());
    if transfer_methods().contains(&TransferMethod::Archive) {
        written.unwrap();
        assert_eq!(handle.read_file("/tmp/f").unwrap(), b"x");
    } else {
        assert_eq!(written.unwrap_err().kind(), ErrorKind::Unsupported);
    }
}

#[test]
fn bad_arguments_name_their_field() {
    let client = Client::builder().host("unix:///nonexistent.sock").build().unwrap();
    let container = client.container("c1").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (none, tree) = (WriteOptions::new(), TransferOptions::new());
    let too_large = 1 << 31;
    for (field, result) in [
        ("path", container.write_file("relative", &b""[..], &none)),
        ("path", container.write_file("/a/../b", &b""[..], &none)),
        ("path", container.read_file("/a\0").map(drop)),
        ("mode", container.write_file("/a", &b""[..], &none.clone().mode(0o10000))),
        ("owner", container.write_file("/a", &b""[..], &none.clone().owner(too_large, 0))),
        ("owner", container.upload(dir.path(), "/a", &tree.owner(0, too_large))),
        ("host_dir", container.upload("", "/a", &tree)),
        ("host_dir", container.download("/a", "", &tree)),
        ("container", client.container("../c1").map(drop)),
    ] {
        let error = result.unwrap_err();
        assert!(error.is_invalid_argument(), "{field}: {error}");
        assert!(error.to_string().contains(&format!("{field}: ")), "{field}: {error}");
    }
}
