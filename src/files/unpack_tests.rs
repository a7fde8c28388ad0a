use super::*;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use crate::cancel::CancelToken;
use crate::files::header::{END, Entry as TarEntry};

/// An entry: type, path, link, data.
type Crafted<'a> = (EntryType, &'a [u8], &'a [u8], &'a [u8]);

fn craft(entries: &[Crafted<'_>]) -> Vec<u8> {
    let mut archive = Vec::new();
    for &(kind, path, link, data) in entries {
        let size = data.len() as u64;
        let entry = TarEntry { kind, path, link, mode: 0o7777, size, mtime: 1000, owner: (0, 0) };
        entry.encode(&mut archive);
        archive.extend_from_slice(data);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.extend_from_slice(&END);
    archive
}

/// A target directory inside a directory in which nothing else may appear.
struct World {
    dir: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("target")).unwrap();
        fs::create_dir(dir.path().join("outside")).unwrap();
        fs::write(dir.path().join("outside/file"), "untouched").unwrap();
        World { dir }
    }

    fn target(&self) -> PathBuf {
        self.dir.path().join("target")
    }

    fn unpack_with(&self, archive: &[u8], options: &TransferOptions<'_>) -> Result<()> {
        let result = unpack(&mut &archive[..], &self.target(), options, &CallContext::unlimited());
        let outside = self.dir.path().join("outside");
        assert_eq!(fs::read_to_string(outside.join("file")).unwrap(), "untouched");
        assert_eq!(fs::metadata(outside.join("file")).unwrap().nlink(), 1);
        assert_eq!(fs::read_dir(outside).unwrap().count(), 1, "{result:?}");
        assert_eq!(fs::read_dir(&self.dir).unwrap().count(), 2, "{result:?}");
        result
    }

    fn unpack(&self, entries: &[Crafted<'_>]) -> Result<()> {
        self.unpack_with(&craft(entries), &TransferOptions::new())
    }
}

const FILE: EntryType = EntryType::Regular;
const DIR: EntryType = EntryType::Directory;
const LINK: EntryType = EntryType::Symlink;
const HARD: EntryType = EntryType::Link;

#[test]
fn what_would_be_unsafe_is_refused_and_named() {
    let outside = "../outside";
    let into = outside.as_bytes();
    let cases: &[(&str, &[Crafted<'_>])] = &[
        ("absolute", &[(FILE, b"/evil", b"", b"x")]),
        ("climbing", &[(FILE, b"../evil", b"", b"x")]),
        ("climbing later", &[(FILE, b"a/../../evil", b"", b"x")]),
        ("climbing directory", &[(DIR, b"..", b"", b"")]),
        ("symlink out", &[(LINK, b"evil", into, b"")]),
        ("absolute symlink", &[(LINK, b"evil", b"/etc/passwd", b"")]),
        ("symlink by way of a name", &[(LINK, b"d/evil", b"x/../../../outside", b"")]),
        ("empty symlink", &[(LINK, b"evil", b"", b"")]),
        ("hard link out", &[(HARD, b"evil", b"../outside/file", b"")]),
        ("absolute hard link", &[(HARD, b"evil", b"/etc/passwd", b"")]),
        ("hard link to nothing", &[(HARD, b"evil", b"nothing", b"")]),
        ("hard link to itself", &[(FILE, b"evil", b"", b"x"), (HARD, b"evil", b"./evil", b"")]),
        ("hard link to a directory", &[(DIR, b"d", b"", b""), (HARD, b"evil", b"d", b"")]),
        ("hard link to a symlink", &[(LINK, b"l", b"x", b""), (HARD, b"evil", b"l", b"")]),
        (
            "hard link whose target was replaced",
            &[(FILE, b"f", b"", b"x"), (LINK, b"f", b"x", b""), (HARD, b"evil", b"f", b"")],
        ),
        ("through a symlink", &[(LINK, b"l", b".", b""), (FILE, b"l/evil", b"", b"x")]),
        ("directory on a symlink", &[(LINK, b"evil", b".", b""), (DIR, b"evil", b"", b"")]),
        ("symlink on a directory", &[(DIR, b"evil", b"", b""), (LINK, b"evil", b".", b"")]),
        ("file on a directory", &[(DIR, b"evil", b"", b""), (FILE, b"evil", b"", b"x")]),
        ("below a file", &[(FILE, b"f", b"", b"x"), (FILE, b"f/evil", b"", b"x")]),
        ("target that is a file", &[(FILE, b".", b"", b"x")]),
        ("target that is a symlink", &[(LINK, b".", b"x", b"")]),
        ("sparse", &[(EntryType::new(b'V'), b"evil", b"", b"")]),
    ];
    for (name, entries) in cases {
        let world = World::new();
        let error = world.unpack(entries).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadArchive, "{name}: {error}");
        let culprit = String::from_utf8_lossy(entries.last().unwrap().1);
        assert!(error.to_string().contains(&*culprit), "{name}: {error}");
    }
}

#[test]
fn a_symlink_that_was_there_before_is_not_followed() {
    let world = World::new();
    symlink("../outside", world.target().join("way")).unwrap();
    symlink("../outside/file", world.target().join("file")).unwrap();
    let error = world.unpack(&[(FILE, b"way/evil", b"", b"x")]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadArchive);
    // A symlink is replaced, and so is a file that has other hard links.
    fs::write(world.target().join("one"), "before").unwrap();
    fs::hard_link(world.target().join("one"), world.target().join("two")).unwrap();
    world.unpack(&[(FILE, b"file", b"", b"new"), (FILE, b"one", b"", b"new")]).unwrap();
    assert_eq!(fs::read_to_string(world.target().join("file")).unwrap(), "new");
    assert_eq!(fs::read_to_string(world.target().join("two")).unwrap(), "before");
}

#[test]
fn symlinks_inside_stay_inside_in_any_chain() {
    let inside = |path: &str, link: &str| stays_inside(Path::new(path), Path::new(link));
    for (path, link) in [("l", "x"), ("l", "./x/y"), ("a/l", ".."), ("a/b/l", "../.././x")] {
        assert!(inside(path, link), "{path} -> {link}");
    }
    for (path, link) in
        [("l", ".."), ("a/l", "../.."), ("a/l", "x/.."), ("l", "/"), ("l", ""), ("a/l", "../x/..")]
    {
        assert!(!inside(path, link), "{path} -> {link}");
    }
}

#[test]
fn external_symlinks_are_what_the_caller_wants() {
    let archive = craft(&[(LINK, b"l", b"/etc", b""), (FILE, b"f", b"", b"x")]);
    for (links, exists) in [(ExternalSymlinks::Skip, false), (ExternalSymlinks::Keep, true)] {
        let world = World::new();
        let options = TransferOptions::new().external_symlinks(links);
        world.unpack_with(&archive, &options).unwrap();
        assert_eq!(fs::symlink_metadata(world.target().join("l")).is_ok(), exists);
        assert!(world.target().join("f").exists());
    }
    // One that was kept is not followed either.
    let world = World::new();
    let entries = [(LINK, &b"l"[..], &b"../outside"[..], &b""[..]), (FILE, b"l/evil", b"", b"x")];
    let options = TransferOptions::new().external_symlinks(ExternalSymlinks::Keep);
    let error = world.unpack_with(&craft(&entries), &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadArchive);
}

#[test]
fn a_good_tree_arrives() {
    let world = World::new();
    let long = [b"d/".as_slice(), &[b'n'; 200], b"/", &[b'm'; 200]].concat();
    world
        .unpack(&[
            (DIR, b"./", b"", b""),
            (DIR, b"./d", b"", b""),
            (FILE, b"./d/f \n\xff", b"", b"old"),
            (FILE, b"d/f \n\xff", b"", b"data"),
            (HARD, b"hard", b"./d/f \n\xff", b""),
            (LINK, b"d/l", b"../hard", b""),
            (FILE, &long, b"", b""),
            (EntryType::Char, b"null", b"", b""),
            (EntryType::Fifo, b"fifo", b"", b""),
            (EntryType::XGlobalHeader, b"comment", b"", b"9 a=bcd\n"),
        ])
        .unwrap();
    let at = |name: &[u8]| world.target().join(OsStr::from_bytes(name));
    assert_eq!(fs::read(at(b"d/f \n\xff")).unwrap(), b"data");
    assert_eq!(fs::read(at(b"d/l")).unwrap(), b"data");
    assert_eq!(fs::metadata(at(b"hard")).unwrap().nlink(), 2);
    assert!(at(&long).exists());
    assert_eq!(fs::read_dir(world.target()).unwrap().count(), 2, "no device, no FIFO");
    let meta = fs::metadata(at(b"hard")).unwrap();
    let umask = umask_by_test(world.dir.path());
    assert_eq!(meta.permissions().mode() & 0o7777, 0o777 & !umask, "not set-user-id");
    assert_eq!((meta.mtime(), fs::symlink_metadata(at(b"d/l")).unwrap().mtime()), (1000, 1000));
}

/// The umask, determined from the mode of a new directory.
fn umask_by_test(dir: &Path) -> u32 {
    let probe = dir.join("outside/probe");
    fs::DirBuilder::new().create(&probe).unwrap();
    let mode = fs::metadata(&probe).unwrap().permissions().mode();
    fs::remove_dir(&probe).unwrap();
    0o777 & !mode
}

fn mode_of(path: impl AsRef<Path>) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn what_was_there_before_is_neither_linked_nor_permitted() {
    let world = World::new();
    let at = |name: &str| world.target().join(name);
    fs::create_dir_all(at("d/e")).unwrap();
    fs::write(at("d/secret"), "secret").unwrap();
    for (name, mode) in [("d", 0o700), ("d/e", 0o711), ("d/secret", 0o600)] {
        fs::set_permissions(at(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    for link in ["d/secret", "./d//secret"] {
        let error = world.unpack(&[(DIR, b"d", b"", b""), (HARD, b"evil", link.as_bytes(), b"")]);
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadArchive, "{error}");
        assert!(error.to_string().contains("evil"), "{error}");
    }
    world
        .unpack(&[(DIR, b"d", b"", b""), (DIR, b"d/e", b"", b""), (FILE, b"d/e/f", b"", b"x")])
        .unwrap();
    assert_eq!(
        [mode_of(at("d")), mode_of(at("d/e")), mode_of(at("d/secret"))],
        [0o700, 0o711, 0o600]
    );
    assert_eq!(fs::metadata(at("d/secret")).unwrap().nlink(), 1);
    assert!(at("d/e/f").exists() && !at("evil").exists());
}

#[test]
fn what_takes_the_place_of_something_may_be_linked_to() {
    let world = World::new();
    let at = |name: &str| world.target().join(name);
    fs::create_dir(at("d")).unwrap();
    fs::write(at("d/secret"), "secret").unwrap();
    let replaced =
        [(FILE, &b"d/secret"[..], &b""[..], &b"new"[..]), (HARD, b"good", b"d/secret", b"")];
    world.unpack(&replaced).unwrap();
    assert_eq!(fs::read_to_string(at("good")).unwrap(), "new");
    // A link that this download created earlier is one of its files, too.
    world
        .unpack(&[
            (FILE, b"a", b"", b"x"),
            (HARD, b"b", b"a", b""),
            (LINK, b"a", b"b", b""),
            (HARD, b"c", b"b", b""),
        ])
        .unwrap();
    assert_eq!(fs::metadata(at("c")).unwrap().nlink(), 2);
}

#[test]
fn a_file_of_an_earlier_download_is_not_linked_to() {
    let world = World::new();
    world.unpack(&[(FILE, b"a", b"", b"x")]).unwrap();
    let error = world.unpack(&[(HARD, b"evil", b"a", b"")]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadArchive, "{error}");
}

#[test]
fn the_umask_takes_what_it_takes() {
    use crate::files::header::Entry as TarEntry;
    let entries = [
        (FILE, "f", 0o666),
        (FILE, "private", 0o600),
        (DIR, "d", 0o777),
        (FILE, "implicit/f", 0o777),
        (DIR, "implicit", 0o777), // created before, with the default mode
        (DIR, "d", 0o775),        // again
    ];
    let mut archive = Vec::new();
    for (kind, path, mode) in entries {
        let (path, link) = (path.as_bytes(), &[][..]);
        TarEntry { kind, path, link, mode, size: 0, mtime: 0, owner: (0, 0) }.encode(&mut archive);
    }
    archive.extend_from_slice(&END);
    let world = World::new();
    let umask = umask_by_test(world.dir.path());
    world.unpack_with(&archive, &TransferOptions::new()).unwrap();
    for (name, mode) in
        [("f", 0o666), ("private", 0o600), ("d", 0o775), ("implicit/f", 0o777), ("implicit", 0o777)]
    {
        assert_eq!(mode_of(world.target().join(name)), mode & !umask, "{name}");
    }
}

#[test]
fn entries_and_depth_are_limited() {
    let refuse = |entries: &[Crafted<'_>], option: &str| {
        let options = TransferOptions::new().max_entries(5).max_depth(3);
        let error = World::new().unpack_with(&craft(entries), &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
        assert!(error.to_string().starts_with(option), "{error}");
    };
    let take = |entries: &[Crafted<'_>]| {
        let options = TransferOptions::new().max_entries(5).max_depth(3);
        World::new().unpack_with(&craft(entries), &options).unwrap();
    };
    let root: Crafted<'_> = (DIR, b"./", b"", b"");
    let six =
        [b"1", b"2", b"3", b"4", b"5", b"6"].map(|name| (FILE, &name[..], &b""[..], &b""[..]));
    take(&[&[root], &six[..5]].concat());
    refuse(&[&[root], &six[..]].concat(), "max_entries: ");
    // Also counted: repeated names, the root, skipped entries and implicit parents.
    for (kind, path, times) in [(FILE, "f", 6), (DIR, ".", 7), (EntryType::Fifo, "p", 6)] {
        let entry: Crafted<'_> = (kind, path.as_bytes(), b"", b"");
        refuse(&vec![entry; times], "max_entries: ");
        take(&vec![entry; times - 1]);
    }
    refuse(&[(FILE, b"a/b/f", b"", b""), (FILE, b"c/d/f", b"", b"")], "max_entries: ");
    take(&[(FILE, b"a/./b//f", b"", b""), (DIR, b"a/b/d", b"", b"")]);
    for kind in [FILE, DIR, EntryType::Fifo] {
        refuse(&[(kind, b"a/b/c/f", b"", b"")], "max_depth: ");
    }
    refuse(&[(LINK, b"a/b/c/f", b"x", b"")], "max_depth: ");
    let deep = ["d"; 129].join("/");
    let error = World::new().unpack(&[(DIR, deep.as_bytes(), b"", b"")]).unwrap_err();
    assert!(error.to_string().starts_with("max_depth: "), "{error}");
}

#[test]
fn endless_extensions_are_an_error() {
    let comment = craft(&[(EntryType::XGlobalHeader, b"comment", b"", b"9 a=bcd\n")]);
    let mut archive = std::io::Cursor::new(comment[..1024].repeat(10_000));
    let target = tempfile::tempdir().unwrap();
    let error =
        unpack(&mut archive, target.path(), &TransferOptions::new(), &CallContext::unlimited());
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadArchive, "{error}");
    assert!(archive.position() < 1 << 20, "{}", archive.position());
}

#[test]
fn what_is_left_out_is_told() {
    let told = std::cell::RefCell::new(Vec::new());
    let tell = |skipped: &crate::Skipped<'_>| {
        told.borrow_mut().push((skipped.path.to_owned(), skipped.reason));
    };
    let archive = craft(&[
        (EntryType::Char, b"null", b"", b""),
        (LINK, b"l", b"/etc", b""),
        (FILE, b"f", b"", b"x"),
    ]);
    let options = TransferOptions::new().external_symlinks(ExternalSymlinks::Skip).skipped(&tell);
    World::new().unpack_with(&archive, &options).unwrap();
    let expected = [("null", SkipReason::SpecialFile), ("l", SkipReason::ExternalSymlink)];
    assert_eq!(told.into_inner(), expected.map(|(path, reason)| (path.into(), reason)));
}

#[test]
fn a_callback_that_panics_ends_it() {
    let archive = craft(&[(FILE, b"f", b"", b"x"), (EntryType::Fifo, b"p", b"", b"")]);
    let progress = |_: &crate::Progress<'_>| panic!("expected by a test");
    let skipped = |_: &crate::Skipped<'_>| panic!("expected by a test");
    for options in
        [TransferOptions::new().progress(&progress), TransferOptions::new().skipped(&skipped)]
    {
        let error = World::new().unpack_with(&archive, &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        assert!(error.to_string().ends_with("panicked: expected by a test"), "{error}");
    }
}

#[test]
fn a_cut_archive_is_an_error_wherever_it_is_cut() {
    let long = [b'n'; 300];
    let archive = craft(&[(FILE, &long[..250], b"", &[7; 1000]), (DIR, b"d", b"", b"")]);
    for at in (0..archive.len() - 512).step_by(64).chain([archive.len() - 513]) {
        let error = World::new().unpack_with(&archive[..at], &TransferOptions::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadArchive, "cut at {at}: {error}");
    }
    World::new().unpack_with(&archive, &TransferOptions::new()).unwrap();
}

#[test]
fn claims_cost_nothing() {
    // Headers that announce an exabyte each.
    for kind in [EntryType::GNULongName, EntryType::XHeader, EntryType::GNUSparse, FILE] {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(1 << 60);
        header.set_mode(0o644);
        header.as_old_mut().name[0] = b'x';
        header.set_cksum();
        let flood = std::io::repeat(b'a').take(64 << 20);
        let mut archive = header.as_bytes().chain(flood);
        let target = tempfile::tempdir().unwrap();
        let options = TransferOptions::new().max_bytes(4 << 20);
        let error =
            unpack(&mut archive, target.path(), &options, &CallContext::unlimited()).unwrap_err();
        let kinds = [ErrorKind::BadArchive, ErrorKind::TooLarge];
        assert!(kinds.contains(&error.kind()), "{kind:?}: {error}");
        let read = (64 << 20) - archive.into_inner().1.limit();
        assert!(read < 6 << 20, "{kind:?}: {read} bytes were read");
    }
}

#[test]
fn an_endless_trailer_is_an_error() {
    let mut archive = END.chain(std::io::repeat(0));
    let target = tempfile::tempdir().unwrap();
    let error =
        unpack(&mut archive, target.path(), &TransferOptions::new(), &CallContext::unlimited());
    assert_eq!(error.unwrap_err().kind(), ErrorKind::BadArchive);
}

#[test]
fn the_progress_callback_can_cancel() {
    let (world, token) = (World::new(), CancelToken::new());
    let context = CallContext::unlimited().with_cancel(&token);
    let cancel = |progress: &crate::Progress<'_>| {
        assert!(progress.entries <= 2);
        if progress.entries == 2 {
            token.cancel();
        }
    };
    let options = TransferOptions::new().progress(&cancel);
    let archive =
        craft(&[(FILE, b"a", b"", b"x"), (FILE, b"b", b"", b"x"), (FILE, b"c", b"", b"x")]);
    let error = unpack(&mut &archive[..], &world.target(), &options, &context).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
}

/// Picks one of `all` with a deterministic generator (xorshift).
fn pick<T: Copy>(state: &mut u64, all: &[T]) -> T {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    all[(*state % all.len() as u64) as usize]
}

#[test]
fn no_archive_reaches_what_was_there() {
    let kinds = [FILE, DIR, LINK, HARD, HARD, EntryType::Fifo, EntryType::Continuous];
    let names = ["a", "b", "a/b", "d", "d/", "d/secret", "d/e/../f", "l", "l/x", "./d/./secret"];
    let links =
        ["a", "d/secret", "b", "../outside", "../outside/file", "d", "l/secret", ".", "d/x"];
    let (mut state, mut ok) = (0x9e37_79b9_7f4a_7c15, 0);
    for _ in 0..300 {
        let world = World::new();
        fs::create_dir(world.target().join("d")).unwrap();
        fs::write(world.target().join("d/secret"), "secret").unwrap();
        fs::set_permissions(world.target().join("d"), fs::Permissions::from_mode(0o700)).unwrap();
        let secret = File::open(world.target().join("d/secret")).unwrap();
        let before = secret.metadata().unwrap();
        symlink("../outside", world.target().join("l")).unwrap();
        let entries: Vec<Crafted<'_>> = (0..pick(&mut state, &[1, 2, 3, 6]))
            .map(|_| {
                let (name, link) = (pick(&mut state, &names), pick(&mut state, &links));
                (pick(&mut state, &kinds), name.as_bytes(), link.as_bytes(), &b""[..])
            })
            .collect();
        let links = [ExternalSymlinks::Keep, ExternalSymlinks::Skip, ExternalSymlinks::Refuse];
        let options = TransferOptions::new().external_symlinks(pick(&mut state, &links));
        ok += u32::from(world.unpack_with(&craft(&entries), &options).is_ok());
        let now = secret.metadata().unwrap();
        assert!(now.nlink() <= 1, "{entries:?}");
        assert_eq!((now.mode(), now.mtime(), now.len()), (before.mode(), before.mtime(), 6));
        assert_eq!(mode_of(world.target().join("d")), 0o700, "{entries:?}");
    }
    assert!(ok > 15, "nearly all were refused: {ok}");
}
