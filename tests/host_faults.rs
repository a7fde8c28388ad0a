//! What the caller supplies panics, or says what is not so.

mod support;

use std::cell::Cell;
use std::fs;
use std::io::{self, Read, Write};

use sandcell::{
    Client, ErrorKind, ExecOptions, Outcome, Result, TransferMethod, TransferOptions, WriteOptions,
};
use support::{Container, engine, transfer_methods};

/// What is moved before it goes wrong: more than is read at once.
const BEFORE: usize = 100_000;

#[derive(Clone, Copy, Debug)]
enum Fault {
    Panics,
    OverReports,
    /// As no arithmetic survives.
    OverReportsMost,
    Fails,
    PanicsWhenDropped,
}

const FAULTS: [Fault; 4] =
    [Fault::Panics, Fault::OverReports, Fault::OverReportsMost, Fault::Fails];

impl Fault {
    /// What the error says of it.
    fn words(self) -> &'static str {
        match self {
            Fault::Panics => "panicked: expected by a test",
            Fault::OverReports | Fault::OverReportsMost => "at most",
            Fault::Fails | Fault::PanicsWhenDropped => "failed as a test wants it",
        }
    }
}

/// Reads and takes for a while, and then does not.
struct Faulty {
    fault: Fault,
    left: usize,
}

impl Faulty {
    fn new(fault: Fault) -> Self {
        Faulty { fault, left: BEFORE }
    }

    fn count(&mut self, max: usize) -> io::Result<usize> {
        let count = max.min(self.left);
        self.left -= count;
        match self.fault {
            _ if count > 0 => Ok(count),
            Fault::Panics => panic!("expected by a test"),
            Fault::OverReports => Ok(max + 1),
            Fault::OverReportsMost => Ok(usize::MAX),
            Fault::Fails => Err(io::Error::other("failed as a test wants it")),
            Fault::PanicsWhenDropped => Ok(0),
        }
    }
}

impl Read for Faulty {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        buffer.fill(b'x');
        self.count(buffer.len())
    }
}

impl Write for Faulty {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.count(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        if let (Fault::PanicsWhenDropped, false) = (self.fault, std::thread::panicking()) {
            panic!("expected by a test, in drop");
        }
    }
}

#[track_caller]
fn check(result: Result<impl Sized>, fault: Fault) {
    let error = result.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Io, "{fault:?}: {error}");
    assert!(format!("{error:#}").contains(fault.words()), "{fault:?}: {error:#}");
}

#[test]
fn the_input_of_a_command_ends_and_the_result_says_why() {
    let container = Container::<Client>::start();
    for fault in FAULTS {
        let options = || ExecOptions::new(["wc", "-c"]).stdin_reader(Faulty::new(fault));
        let streamed = container.start_exec(&container.id, &options()).unwrap();
        let collected = container.exec(&container.id, &options()).unwrap();
        for result in [collected, streamed.wait_with_output().unwrap()] {
            assert!(matches!(result.outcome, Outcome::Exited(0)), "{fault:?}: {result:?}");
            assert_eq!(result.stdout.text(), format!("{BEFORE}\n"), "{fault:?}");
            check(Err::<(), _>(result.input_error.unwrap()), fault);
        }
    }
    let options =
        ExecOptions::new(["wc", "-c"]).stdin_reader(Faulty::new(Fault::PanicsWhenDropped));
    let result = container.exec(&container.id, &options).unwrap();
    assert!(result.success() && result.input_error.is_none(), "{result:?}");
}

#[test]
fn a_write_fails_and_an_exec_leaves_what_was_there() {
    let container = Container::<Client>::start();
    let id = &container.id;
    container
        .container(id)
        .unwrap()
        .write_file("/tmp/f", &b"before"[..], &WriteOptions::new())
        .unwrap();
    let sizes = [None, Some(2 * BEFORE as u64)];
    for (fault, size) in FAULTS.iter().flat_map(|fault| sizes.map(|size| (*fault, size))) {
        for method in transfer_methods() {
            let options = WriteOptions::new().method(method);
            let options = size.map_or(options.clone(), |size| options.size(size));
            // Of a known size it is sent as it is read: the engine's way has begun to.
            let path = if method == TransferMethod::Exec { "/tmp/f" } else { "/tmp/g" };
            check(
                container.container(id).unwrap().write_file(path, Faulty::new(fault), &options),
                fault,
            );
            assert_eq!(container.container(id).unwrap().read_file("/tmp/f").unwrap(), b"before");
        }
    }
    for method in transfer_methods() {
        let options = WriteOptions::new().method(method);
        let faulty = Faulty::new(Fault::PanicsWhenDropped);
        container.container(id).unwrap().write_file("/tmp/f", faulty, &options).unwrap();
        assert_eq!(container.container(id).unwrap().read_file("/tmp/f").unwrap(), [b'x'; BEFORE]);
    }
}

#[test]
fn a_read_fails_where_its_writer_does() {
    let container = Container::<Client>::start();
    let id = &container.id;
    let contents = vec![7; 3 * BEFORE];
    // The first is in memory, and so read by a command.
    for path in ["/dev/shm/f", "/tmp/f"] {
        container
            .container(id)
            .unwrap()
            .write_file(path, &contents[..], &WriteOptions::new())
            .unwrap();
        for fault in FAULTS {
            check(
                container.container(id).unwrap().copy_file_out(path, &mut Faulty::new(fault)),
                fault,
            );
        }
        assert_eq!(container.container(id).unwrap().read_file(path).unwrap(), contents);
    }
}

#[test]
fn a_transfer_ends_when_a_callback_panics() {
    let container = Container::<Client>::start();
    let id = &container.id;
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(from.path().join("f"), "x").unwrap();
    nix::unistd::mkfifo(&from.path().join("p"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    container.sh("mkdir /tmp/t && cd /tmp/t && echo x >f && mkfifo p");
    let calls = Cell::new(0);
    let panic = || {
        calls.set(calls.get() + 1);
        panic!("expected by a test")
    };
    let progress = |_: &sandcell::Progress<'_>| panic();
    let skipped = |_: &sandcell::Skipped<'_>| panic();
    for method in transfer_methods() {
        let options = TransferOptions::new().method(method);
        for options in [options.progress(&progress), options.skipped(&skipped)] {
            check(
                container.container(id).unwrap().upload(from.path(), "/tmp/up", &options),
                Fault::Panics,
            );
            check(
                container.container(id).unwrap().download("/tmp/t", to.path(), &options),
                Fault::Panics,
            );
        }
        container.container(id).unwrap().upload(from.path(), "/tmp/up", &options).unwrap();
        container.container(id).unwrap().download("/tmp/t", to.path(), &options).unwrap();
    }
    assert_eq!(calls.get(), 4 * transfer_methods().len(), "one for each call that failed");
}

#[test]
fn an_image_is_not_made_of_what_fails() {
    let client = engine();
    for fault in FAULTS {
        check(client.load_image(Faulty::new(fault)), fault);
        check(client.import_image("sandcell-faulty:latest", Faulty::new(fault)), fault);
    }
    assert!(!client.image_exists("sandcell-faulty:latest").unwrap());
}
