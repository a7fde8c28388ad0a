//! The limits of a call end a transfer of files, on a real engine.

mod support;

use std::io::{self, Read};
use std::thread;
use std::time::{Duration, Instant};

use sandcell::{CancelToken, ErrorKind, TransferMethod, TransferOptions, WriteOptions};
use support::{engine, transfer_methods};

type Container = support::Container<sandcell::Client>;

/// What the library promises for cancelling.
const PROMPT: Duration = Duration::from_millis(100);

fn by(method: TransferMethod) -> WriteOptions {
    WriteOptions::new().method(method)
}

fn tree_by<'a>(method: TransferMethod) -> TransferOptions<'a> {
    TransferOptions::new().method(method)
}

/// Gives zeros, for ever, and tells when it is first read.
struct Endless(Option<std::sync::mpsc::Sender<()>>);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.take().map(|first| first.send(()));
        buffer.fill(0);
        Ok(buffer.len())
    }
}

impl io::Write for Endless {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.take().map(|first| first.send(()));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn cancelling_ends_a_transfer_at_once() {
    let container = Container::start();
    // A file without end, as far as anybody will read.
    container.sh("truncate -s 1000G /tmp/endless");
    for (name, method) in [
        ("write", TransferMethod::Archive),
        ("write", TransferMethod::Exec),
        ("read", TransferMethod::Archive),
    ] {
        let (token, (first, began)) = (CancelToken::new(), std::sync::mpsc::channel());
        let (client, id) = (container.with_cancel(&token), container.id.clone());
        let call = thread::spawn(move || {
            let mut endless = Endless(Some(first));
            let options = by(method).size(1 << 40);
            let result = match name {
                "write" => client.container(&id).unwrap().write_file("/tmp/f", endless, &options),
                _ => client
                    .container(&id)
                    .unwrap()
                    .copy_file_out("/tmp/endless", &mut endless)
                    .map(drop),
            };
            (result.unwrap_err(), Instant::now())
        });
        began.recv().unwrap();
        let cancelled = Instant::now();
        token.cancel();
        let (error, ended) = call.join().unwrap();
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{name} {method:?}: {error}");
        let took = ended - cancelled;
        assert!(took < PROMPT, "{name} {method:?}: took {took:?}");
    }
}

#[test]
fn a_deadline_ends_a_transfer_and_nothing_is_left() {
    let container = Container::start();
    container.sh("mkdir /tmp/tree; truncate -s 1000G /tmp/tree/endless");
    let client = engine();
    let limit = Duration::from_millis(500);
    let hurried = client.with_timeout(limit);
    let ends = |what: &str, transfer: &mut dyn FnMut() -> sandcell::Result<()>| {
        let started = Instant::now();
        let (error, took) = (transfer().unwrap_err(), started.elapsed());
        assert_eq!(error.kind(), ErrorKind::Timeout, "{what}: {error}");
        assert!(took >= limit && took < limit + PROMPT, "{what}: took {took:?}");
    };
    let (id, dir) = (&container.id, tempfile::tempdir().unwrap());
    for method in transfer_methods() {
        ends(&format!("write by {method:?}"), &mut || {
            let sized = by(method).size(1 << 40);
            hurried.container(id).unwrap().write_file("/tmp/f", Endless(None), &sized)
        });
        ends(&format!("download by {method:?}"), &mut || {
            hurried.container(id).unwrap().download("/tmp/tree", dir.path(), &tree_by(method))
        });
    }
    let unsized_write =
        hurried.container(id).unwrap().write_file("/tmp/f", Endless(None), &WriteOptions::new());
    assert_eq!(unsized_write.unwrap_err().kind(), ErrorKind::Timeout);
    drop((hurried, client)); // waits for what goes on in the background
    assert_eq!(container.sh("ls -A /tmp | grep -c sandcell; true"), "0\n");
}
