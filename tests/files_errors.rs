//! Errors of file transfers, on a real engine.

mod support;

use sandcell::{Client, CreateOptions, ErrorKind, TransferMethod, TransferOptions, WriteOptions};
use support::{IMAGE, transfer_methods};

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
