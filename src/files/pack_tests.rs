use super::*;
use crate::error::ErrorKind;
use std::cell::{Cell, RefCell};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

fn pack(dir: &Path) -> Result<Vec<u8>> {
    let (options, context) = (TransferOptions::new(), CallContext::unlimited());
    let mut pack = Pack::open(dir, &options, &context)?;
    pack.put_below(&["a", "b"], (7, 8));
    let mut bytes = Vec::new();
    let read = pack.read_to_end(&mut bytes);
    read.map(|_| bytes).map_err(|e| Error::passed_on("read", e))
}

#[test]
fn a_tree_becomes_an_archive() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("locked")).unwrap();
    fs::write(at("locked/file"), vec![b'x'; 513]).unwrap();
    fs::set_permissions(at("locked"), fs::Permissions::from_mode(0o500)).unwrap();
    symlink("/etc", at("link")).unwrap();
    nix::unistd::mkfifo(&at("fifo"), Mode::S_IRWXU).unwrap();
    let bytes = pack(dir.path()).unwrap();
    let mut archive = tar::Archive::new(&bytes[..]);
    let entries = archive.entries().unwrap().map(|entry| {
        let entry = entry.unwrap();
        let header = entry.header();
        assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (7, 8));
        let path = entry.path().unwrap().display().to_string();
        (path, header.mode().unwrap() & 0o700, entry.size())
    });
    let expected = [
        ("a", 0o700, 0),
        ("a/b", 0o700, 0),
        ("a/b/link", 0o700, 0),
        ("a/b/locked", 0o700, 0),
        ("a/b/locked/file", 0o600, 513),
        ("a/b/locked", 0o500, 0), // once it is filled
    ];
    let expected = expected.map(|(path, mode, size)| (path.to_owned(), mode, size));
    assert_eq!(entries.collect::<Vec<_>>(), expected);
}

#[test]
fn a_file_that_changes_its_size_corrupts_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    for (size_then, fails) in [(0, true), (100_000, false)] {
        fs::write(&file, vec![b'x'; 50_000]).unwrap();
        let (options, context) = (TransferOptions::new(), CallContext::unlimited());
        let mut pack = Pack::open(dir.path(), &options, &context).unwrap();
        let mut bytes = vec![0; 1000];
        pack.read_exact(&mut bytes).unwrap();
        fs::write(&file, vec![b'y'; size_then]).unwrap();
        match pack.read_to_end(&mut bytes) {
            Err(error) => {
                let error = Error::passed_on("read", error);
                assert_eq!(error.kind(), ErrorKind::Io);
                assert!(fails && error.to_string().contains("file"), "{error}");
            }
            Ok(_) => {
                assert!(!fails);
                let mut archive = tar::Archive::new(&bytes[..]);
                let sizes = archive.entries().unwrap().map(|entry| entry.unwrap().size());
                assert_eq!(sizes.collect::<Vec<_>>(), [50_000]);
            }
        }
    }
}

/// Changes the contents of `dir`, once, after its names were listed.
fn change(dir: &Path) {
    let at = |name: &str| dir.join(name);
    if !at("file").exists() {
        return;
    }
    for name in ["file", "into-dir", "into-fifo", "into-link", "link"] {
        fs::remove_file(at(name)).unwrap();
    }
    fs::remove_dir_all(at("dir")).unwrap();
    fs::create_dir(at("into-dir")).unwrap();
    nix::unistd::mkfifo(&at("into-fifo"), Mode::S_IRWXU).unwrap();
    symlink("/etc/passwd", at("into-link")).unwrap();
}

#[test]
fn what_vanishes_before_its_turn_is_skipped_and_told() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a", "file", "into-dir", "into-fifo", "into-link", "z"] {
        fs::write(dir.path().join(name), name).unwrap();
    }
    fs::create_dir_all(dir.path().join("dir/below")).unwrap();
    symlink("a", dir.path().join("link")).unwrap();
    let told = RefCell::new(Vec::new());
    let tell = |skipped: &crate::Skipped<'_>| {
        told.borrow_mut().push((skipped.path.display().to_string(), skipped.reason));
    };
    let change = |progress: &crate::Progress<'_>| {
        if progress.path == Path::new("a") {
            change(dir.path());
        }
    };
    let options = TransferOptions::new().progress(&change).skipped(&tell);
    let (context, mut bytes) = (CallContext::unlimited(), Vec::new());
    Pack::open(dir.path(), &options, &context).unwrap().read_to_end(&mut bytes).unwrap();
    let mut archive = tar::Archive::new(&bytes[..]);
    let paths =
        archive.entries().unwrap().map(|e| e.unwrap().path().unwrap().display().to_string());
    // An entry replaced before its type was read is sent as its new type.
    assert_eq!(paths.collect::<Vec<_>>(), ["a", "into-dir", "into-link", "z"]);
    let expected = [
        ("dir", SkipReason::Vanished),
        ("file", SkipReason::Vanished),
        ("into-fifo", SkipReason::SpecialFile),
        ("link", SkipReason::Vanished),
    ];
    assert_eq!(told.into_inner(), expected.map(|(path, reason)| (path.to_owned(), reason)));
}

#[test]
fn what_changes_between_two_looks_is_skipped_and_told() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let told = Cell::new(None);
    let tell = |skipped: &crate::Skipped<'_>| told.set(Some(skipped.reason));
    let options = TransferOptions::new().skipped(&tell);
    let context = CallContext::unlimited();
    fs::write(at("file"), "").unwrap();
    fs::create_dir(at("dir")).unwrap();
    symlink("x", at("link")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    let mut pack = Pack::open(dir.path(), &options, &context).unwrap();
    // As if each had had another type when it was listed.
    for (name, reason) in [
        ("link", SkipReason::Changed),
        ("dir", SkipReason::Changed),
        ("socket", SkipReason::Changed),
        ("file/below", SkipReason::Changed),
        ("none", SkipReason::Vanished),
    ] {
        pack.open_file(name.into()).unwrap();
        assert_eq!(told.take(), Some(reason), "{name} as a file");
    }
    pack.directory("file".into(), 0o755, 0).unwrap();
    assert_eq!(told.take(), Some(SkipReason::Changed));
    pack.directory("link".into(), 0o755, 0).unwrap();
    assert_eq!(told.take(), Some(SkipReason::Changed));
    pack.symlink(Path::new("file"), 0).unwrap();
    assert_eq!(told.take(), Some(SkipReason::Changed));
    assert!(pack.ready.is_empty() && pack.file.is_none());
}

#[test]
fn only_a_directory_can_be_packed() {
    let error = pack(Path::new("/nonexistent")).unwrap_err();
    assert_eq!((error.kind(), error.os_errno()), (ErrorKind::Io, Some(2)));
    assert!(error.to_string().contains("/nonexistent"), "{error}");
}
