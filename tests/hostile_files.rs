//! File transfers with an engine, or a container, that is hostile or fails in
//! the middle.

#[path = "support/fake.rs"]
mod fake;
#[path = "support/process.rs"]
mod process;

use std::cell::RefCell;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use fake::{FakeEngine, Then, UPGRADED, Wire, frame};
use sandcell::{
    CancelToken, Client, ErrorKind, Result, SkipReason, Skipped, TransferMethod, TransferOptions,
    WriteOptions,
};
use tar::{EntryType, Header};

const HEAD: &str = "HEAD /v1.41/containers/c1/archive";
const GET: &str = "GET /v1.41/containers/c1/archive";
const PUT: &str = "PUT /v1.41/containers/c1/archive";
const START: &str = "POST /v1.41/exec/e1/start";
const EXEC_INSPECT: &str = "GET /v1.41/exec/e1/json";
const BOTH: [TransferMethod; 2] = [TransferMethod::Archive, TransferMethod::Exec];
/// What the library promises for cancelling.
const PROMPT: Duration = Duration::from_millis(100);
const MIB: usize = 1024 * 1024;

/// An entry with no data but what `data` says.
fn entry(kind: EntryType, path: &str, link: &str, data: &[u8]) -> Vec<u8> {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(0o6777);
    header.set_size(data.len() as u64);
    header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
    header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
    header.set_cksum();
    let mut bytes = [&header.as_bytes()[..], data].concat();
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn archive(entries: &[Vec<u8>]) -> Vec<u8> {
    [entries.concat(), vec![0; 1024]].concat()
}

/// Says that a directory, a file or nothing is at the path.
fn stat(wire: &mut Wire, what: Option<(u32, u64)>) -> fake::Step {
    use base64::Engine as _;
    let Some((mode, size)) = what else {
        return wire.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 50\r\n\r\n");
    };
    let json = format!(r#"{{"name":"x","size":{size},"mode":{mode},"linkTarget":""}}"#);
    let stat = base64::prelude::BASE64_STANDARD.encode(json);
    let head = format!("HTTP/1.1 200 OK\r\nX-Docker-Container-Path-Stat: {stat}\r\n\r\n");
    wire.send(head.as_bytes())
}

const DIRECTORY: Option<(u32, u64)> = Some((1 << 31, 0));

/// An engine whose container has `tar` at every path.
fn engine_with(tar: Vec<u8>) -> FakeEngine {
    FakeEngine::start(move |request, wire| {
        if request.line.starts_with(HEAD) {
            stat(wire, DIRECTORY)
        } else if request.line.starts_with(GET) {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", tar.len());
            wire.send(&[head.as_bytes(), &tar].concat())
        } else if request.line.starts_with(START) {
            wire.hijack(&tar.chunks(1000).flat_map(|part| frame(1, part)).collect::<Vec<_>>())
        } else {
            Ok(Then::Routine)
        }
    })
}

#[test]
fn nothing_is_written_outside_the_target() {
    use EntryType::{Block, Char, Directory, Fifo, Link, Regular, Symlink};
    let cases = [
        ("absolute", vec![entry(Regular, "/tmp/evil", "", b"x")], false),
        ("climbing", vec![entry(Regular, "../evil", "", b"x")], false),
        ("symlink out", vec![entry(Symlink, "evil", "../outside", b"")], false),
        ("absolute symlink", vec![entry(Symlink, "evil", "/etc", b"")], false),
        ("hard link out", vec![entry(Link, "evil", "../outside/file", b"")], false),
        (
            "through a symlink",
            vec![entry(Symlink, "l", "d", b""), entry(Regular, "l/evil", "", b"x")],
            false,
        ),
        (
            "a directory that becomes a symlink",
            vec![entry(Directory, "evil", "", b""), entry(Symlink, "evil", "d", b"")],
            false,
        ),
        ("device", vec![entry(Char, "evil", "", b""), entry(Block, "b", "", b"")], true),
        ("FIFO", vec![entry(Fifo, "evil", "", b"")], true),
    ];
    for (name, entries, fine) in cases {
        for method in BOTH {
            let world = tempfile::tempdir().unwrap();
            let (target, outside) = (world.path().join("target"), world.path().join("outside"));
            fs::create_dir(&outside).unwrap();
            fs::write(outside.join("file"), "untouched").unwrap();
            let engine = engine_with(archive(&entries));
            let options = TransferOptions::new().method(method);
            let result = engine.client().container("c1").unwrap().download("/x", &target, &options);
            match result {
                Ok(()) => assert!(fine, "{name} by {method:?}"),
                Err(error) => {
                    assert!(!fine, "{name} by {method:?}: {error}");
                    assert_eq!(error.kind(), ErrorKind::BadArchive, "{name}: {error}");
                    assert!(error.to_string().contains("evil"), "{name}: {error}");
                }
            }
            assert!(fs::symlink_metadata(target.join("b")).is_err());
            assert_eq!(fs::read(outside.join("file")).unwrap(), b"untouched");
            assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
            assert_eq!(fs::read_dir(world.path()).unwrap().count(), 2);
        }
    }
}

#[test]
fn what_was_in_the_target_is_neither_linked_nor_permitted() {
    use EntryType::{Directory, Link, Regular};
    for method in BOTH {
        let target = tempfile::tempdir().unwrap();
        let at = |name: &str| target.path().join(name);
        fs::create_dir(at("d")).unwrap();
        fs::write(at("d/secret"), "secret").unwrap();
        for (name, mode) in [("d", 0o700), ("d/secret", 0o600)] {
            fs::set_permissions(at(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        let options = TransferOptions::new().method(method);
        let download = |entries: &[Vec<u8>]| {
            let engine = engine_with(archive(entries));
            engine.client().container("c1").unwrap().download("/x", target.path(), &options)
        };
        let [d, f, good] = [
            entry(Directory, "d", "", b""),
            entry(Regular, "d/f", "", b"x"),
            entry(Link, "good", "d/f", b""),
        ];
        let evil = entry(Link, "evil", "d/secret", b"");
        let error = download(&[d.clone(), f.clone(), evil]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadArchive, "{method:?}: {error}");
        assert!(error.to_string().contains("evil"), "{error}");
        download(&[d, f, good]).unwrap();
        let modes = ["d", "d/secret"].map(|name| fs::metadata(at(name)).unwrap().mode() & 0o7777);
        assert_eq!(modes, [0o700, 0o600]);
        assert_eq!(fs::metadata(at("d/secret")).unwrap().nlink(), 1);
        assert_eq!(fs::metadata(at("good")).unwrap().nlink(), 2);
    }
}

/// A tar archive of `entry` again and again: without end, or as an exec's output,
/// which would be spooled all the while, without one in sight.
fn endless(entry: Vec<u8>) -> FakeEngine {
    let entries = entry.repeat(16);
    FakeEngine::start(move |request, wire| {
        if request.line.starts_with(HEAD) {
            return stat(wire, DIRECTORY);
        }
        if request.line.starts_with(GET) {
            wire.send(b"HTTP/1.1 200 OK\r\n\r\n")?;
            return wire.flood(&entries, &Default::default());
        }
        if request.line.starts_with(START) {
            return wire.hijack(&frame(1, &entries).repeat(100));
        }
        Ok(Then::Routine)
    })
}

#[test]
fn a_tree_without_end_comes_to_one() {
    use EntryType::{Directory, Fifo, Regular, Symlink, XGlobalHeader, XHeader};
    let deep = "d/".repeat(40);
    for (entry, kind) in [
        (entry(Regular, "f", "", b""), ErrorKind::TooLarge),
        (entry(Directory, "./", "", b""), ErrorKind::TooLarge),
        (entry(Symlink, "l", "x", b""), ErrorKind::TooLarge),
        (entry(Fifo, "p", "", b""), ErrorKind::TooLarge),
        (entry(Directory, &deep, "", b""), ErrorKind::TooLarge),
        (entry(XGlobalHeader, "c", "", b"9 a=bcd\n"), ErrorKind::BadArchive),
        (entry(XHeader, "x", "", b"9 a=bcd\n"), ErrorKind::BadArchive),
    ] {
        for method in BOTH {
            let (engine, target) = (endless(entry.clone()), tempfile::tempdir().unwrap());
            let options = TransferOptions::new().method(method).max_entries(500);
            let options = options.max_depth(39);
            let error = engine
                .client()
                .container("c1")
                .unwrap()
                .download("/x", target.path(), &options)
                .unwrap_err();
            assert_eq!(error.kind(), kind, "{method:?}: {error}");
            let made = fs::read_dir(target.path()).unwrap().count();
            assert!(made <= 1, "{made}");
        }
    }
}

#[test]
fn an_archive_cut_by_the_engine_is_an_error() {
    let whole = archive(&[entry(EntryType::Regular, "f", "", &[7; 600])]);
    for at in [0, 100, 512, 600, 1024, 1536, whole.len() - 1024] {
        for method in BOTH {
            let target = tempfile::tempdir().unwrap();
            let engine = engine_with(whole[..at].to_vec());
            let options = TransferOptions::new().method(method);
            let error = engine
                .client()
                .container("c1")
                .unwrap()
                .download("/x", target.path(), &options)
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BadArchive, "{method:?} cut at {at}: {error}");
        }
    }
}

/// Writes a file with an engine whose answer to the archive is `script`.
fn put(
    script: impl Fn(&mut Wire) -> fake::Step + Send + Sync + 'static,
    contents: impl Read,
    write: impl FnOnce(&Client, &WriteOptions, Box<dyn Read + '_>) -> Result<()>,
) -> Result<()> {
    let engine = FakeEngine::start(move |request, wire| {
        if request.line.starts_with(HEAD) {
            let path = request.line.rsplit_once("path=").unwrap().1;
            return stat(wire, if path == "%2Fd" { DIRECTORY } else { None });
        }
        if request.line.starts_with(PUT) { script(wire) } else { Ok(Then::Routine) }
    });
    let options = WriteOptions::new().size(1 << 40);
    write(&engine.client(), &options, Box::new(contents))
}

fn write(client: &Client, options: &WriteOptions, contents: Box<dyn Read + '_>) -> Result<()> {
    client.container("c1").unwrap().write_file("/d/f", contents, options)
}

#[test]
fn an_early_answer_is_heard_while_the_body_is_sent() {
    let answer = fake::answer(500, r#"{"message":"no space left on device"}"#);
    let (held, cut) = (answer.clone(), answer);
    // One that leaves the rest of the body unread, and one that closes besides.
    let hold = move |wire: &mut Wire| {
        wire.read(&mut [0; 1000])?;
        wire.send(held.as_bytes())?;
        wire.hold_unread()
    };
    let close = move |wire: &mut Wire| {
        wire.read(&mut [0; 1000])?;
        wire.cut(cut.as_bytes())
    };
    for error in [put(hold, io::repeat(7), write), put(close, io::repeat(7), write)] {
        let error = error.unwrap_err();
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::NoSpace, Some(500)), "{error}");
        assert!(error.to_string().contains("no space left"), "{error}");
    }
}

#[test]
fn an_engine_that_goes_away_is_a_lost_connection() {
    let error = put(|wire| wire.cut(b""), io::repeat(7), write).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disconnected, "{error}");
}

#[test]
fn an_engine_that_reads_nothing_holds_nobody() {
    for limit in [None, Some(Duration::from_millis(300))] {
        let (token, (waiting, waits)) = (CancelToken::new(), channel());
        let canceller = token.clone();
        let cancelled = thread::spawn(move || {
            waits.recv().unwrap();
            canceller.cancel();
            Instant::now()
        });
        let started = Instant::now();
        let error = put(Wire::hold_unread, Noticed(waiting), |client, options, contents| {
            let client = match limit {
                Some(limit) => client.with_timeout(limit),
                None => client.with_cancel(&token),
            };
            write(&client, options, contents)
        });
        let (error, ended) = (error.unwrap_err(), Instant::now());
        match limit {
            Some(limit) => {
                assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
                assert!(started.elapsed() < limit + PROMPT, "{:?}", started.elapsed());
            }
            None => {
                assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
                let took = ended.saturating_duration_since(cancelled.join().unwrap());
                assert!(took < PROMPT, "took {took:?}");
            }
        }
    }
}

/// Zeros without end, which tells that more is read than any socket holds.
struct Noticed(Sender<()>);

impl Read for Noticed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let _ = self.0.send(());
        buffer.fill(0);
        Ok(buffer.len())
    }
}

#[test]
fn what_the_engine_took_and_does_not_have_is_an_error() {
    let engine = FakeEngine::start(|request, wire| {
        if request.line.starts_with(HEAD) {
            return stat(wire, if request.line.ends_with("%2Fd") { DIRECTORY } else { None });
        }
        if request.line.starts_with(PUT) {
            wire.read_chunks()?;
            return wire.json(200, "");
        }
        Ok(Then::Routine)
    });
    let client = engine.client();
    let error = client
        .container("c1")
        .unwrap()
        .write_file("/d/f", &[7; 3000][..], &WriteOptions::new())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Engine);
    assert!(error.to_string().contains("is not there"), "{error}");
}

#[test]
fn a_missing_program_is_named() {
    let engine = FakeEngine::start(|request, wire| {
        if request.line.starts_with(START) {
            return wire.hijack(&frame(2, b"tar\n"));
        }
        if request.line.starts_with(EXEC_INSPECT) {
            return wire.json(200, r#"{"Running":false,"ExitCode":127,"Pid":7}"#);
        }
        Ok(Then::Routine)
    });
    let (client, dir) = (engine.client(), tempfile::tempdir().unwrap());
    let options = TransferOptions::new().method(TransferMethod::Exec);
    for result in [
        client.container("c1").unwrap().download("/x", dir.path(), &options),
        client.container("c1").unwrap().upload(dir.path(), "/x", &options),
    ] {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().ends_with("lacks a program: tar"), "{error}");
    }
}

#[test]
fn what_a_tar_has_not_found_any_more_is_skipped_and_told() {
    let tar = archive(&[entry(EntryType::Regular, "f", "", b"x")]);
    let gone = "tar: ./gone: No such file or directory\n\
                tar: error exit delayed from previous errors\n";
    let denied = "tar: can't open './secret': Permission denied\n";
    for (said, code, cut, is_fine) in [
        (gone.to_owned(), 1, 0, true),
        (gone.to_owned(), 2, 0, false),
        (gone.to_owned(), 1, 600, false),
        (format!("{denied}{gone}"), 1, 0, false),
    ] {
        let output = [frame(1, &tar[..tar.len() - cut]), frame(2, said.as_bytes())].concat();
        let engine = FakeEngine::start(move |request, wire| {
            if request.line.starts_with(START) {
                return wire.hijack(&output);
            }
            if request.line.starts_with(EXEC_INSPECT) {
                let json = format!(r#"{{"Running":false,"ExitCode":{code},"Pid":7}}"#);
                return wire.json(200, &json);
            }
            Ok(Then::Routine)
        });
        let (told, target) = (RefCell::new(Vec::new()), tempfile::tempdir().unwrap());
        let tell = |skipped: &Skipped<'_>| {
            told.borrow_mut().push((skipped.path.to_owned(), skipped.reason));
        };
        let options = TransferOptions::new().method(TransferMethod::Exec).skipped(&tell);
        let result =
            engine.client().container("c1").unwrap().download("/x", target.path(), &options);
        assert_eq!(result.is_ok(), is_fine, "{said:?}, {code}, cut by {cut}: {result:?}");
        let expected = [("gone".into(), SkipReason::Vanished)];
        assert_eq!(told.take(), expected[..usize::from(is_fine)]);
        assert_eq!(fs::read(target.path().join("f")).unwrap(), b"x");
    }
}

#[test]
fn bad_arguments_are_refused_before_anything_is_sent() {
    let engine = FakeEngine::routine();
    let (client, dir) = (engine.client(), tempfile::tempdir().unwrap());
    for path in ["", "x", "/a/../b", "/a\0"] {
        for result in [
            client.container("c1").unwrap().read_file(path).map(drop),
            client.container("c1").unwrap().write_file(path, io::empty(), &WriteOptions::new()),
            client.container("c1").unwrap().upload(dir.path(), path, &TransferOptions::new()),
            client.container("c1").unwrap().download(path, dir.path(), &TransferOptions::new()),
        ] {
            let error = result.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{path:?}: {error}");
            assert!(error.to_string().starts_with("path: "), "{error}");
        }
    }
    assert!(client.container("../x").unwrap_err().is_invalid_argument());
    assert_eq!(engine.requests(), [""; 0]);
}

#[test]
fn a_flood_that_nobody_wants_is_not_held_in_memory() {
    // A name of a claimed terabyte, and what comes of it.
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::GNULongName);
    header.set_size(1 << 40);
    header.set_cksum();
    let head = *header.as_bytes();
    let engine = FakeEngine::start(move |request, wire| {
        if request.line.starts_with(HEAD) {
            return stat(wire, DIRECTORY);
        }
        if request.line.starts_with(GET) {
            wire.send(b"HTTP/1.1 200 OK\r\n\r\n")?;
            wire.send(&head)?;
            return wire.flood(&[b'a'; MIB], &Default::default());
        }
        if request.line.starts_with(START) {
            wire.send(UPGRADED)?;
            wire.send(&frame(1, &head))?;
            return wire.flood(&frame(1, &[b'a'; MIB]), &Default::default());
        }
        Ok(Then::Routine)
    });
    let target = tempfile::tempdir().unwrap();
    let before = process::resident();
    for method in BOTH {
        let options = TransferOptions::new().method(method);
        let error = engine
            .client()
            .container("c1")
            .unwrap()
            .download("/x", target.path(), &options)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadArchive, "{error}");
    }
    let grown = process::resident().saturating_sub(before);
    assert!(grown < 32 * MIB, "grew by {grown}");
}
