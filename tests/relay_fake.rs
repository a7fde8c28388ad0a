//! Who moves the streams of a command with a handle, on a scripted engine: whoever
//! waits, or else a thread of the library, and nothing is lost when that changes.

#[path = "support/fake.rs"]
mod fake;
mod support;

use std::io::{Read, Write};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use fake::{FakeEngine, Then, frame};
use sandcell::{Client, Outcome};
use support::front::{Command, Exec, Front, Output, on_each_front};

const START: &str = "POST /v1.41/exec/e1/start";
const PATIENCE: Duration = Duration::from_secs(10);
/// More than fits into all buffers between engine and reader.
const MUCH: usize = 8 << 20;

fn start<F: Front>(engine: &FakeEngine) -> F::Exec {
    F::connect_to(&engine.host()).start_exec("c1", &Command::new(["cmd"])).unwrap()
}

/// An engine whose exec writes what it is told, and says when each was taken.
fn obedient() -> (FakeEngine, Sender<Vec<u8>>, Receiver<usize>) {
    let ((tell, told), (say, said)) = (channel::<Vec<u8>>(), channel());
    let (told, say) = (Mutex::new(told), Mutex::new(say));
    let engine = FakeEngine::on(START, move |_, wire| {
        wire.send(fake::UPGRADED)?;
        while let Ok(bytes) = told.lock().unwrap().recv() {
            wire.send(&bytes)?;
            say.lock().unwrap().send(bytes.len()).ok();
        }
        Ok(Then::Close)
    });
    (engine, tell, said)
}

/// Bytes of which no two parts are alike.
fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|n| (n ^ (n >> 8) ^ (n >> 16)) as u8).collect()
}

/// `bytes` in frames of many lengths.
fn framed(stream: u8, mut bytes: &[u8]) -> Vec<u8> {
    let mut wire = Vec::new();
    for len in [1, 7, 512, 4096, 32 * 1024, 70_000].into_iter().cycle() {
        if bytes.is_empty() {
            break;
        }
        let (part, rest) = bytes.split_at(len.min(bytes.len()));
        wire.extend(frame(stream, part));
        bytes = rest;
    }
    wire
}

fn rest(mut output: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    output.read_to_end(&mut bytes).unwrap();
    bytes
}

fn assert_exited(mut exec: impl Exec) {
    assert!(matches!(exec.wait().unwrap(), Outcome::Exited(0)));
}

fn output_is_drained_while_nobody_reads<F: Front>() {
    let (engine, tell, said) = obedient();
    let mut exec = start::<F>(&engine);
    let mut stdout = exec.take_stdout();
    let sent = pattern(2 * MUCH);
    // Before any call, and again when a reader has come and gone.
    tell.send(framed(1, &sent[..MUCH])).unwrap();
    said.recv_timeout(PATIENCE).expect("the engine waits for nobody");
    let mut head = vec![0; MUCH + 1];
    stdout.read_exact(&mut head[..MUCH]).unwrap();
    tell.send(framed(1, &sent[MUCH..])).unwrap();
    stdout.read_exact(&mut head[MUCH..]).unwrap();
    said.recv_timeout(PATIENCE).expect("the engine waits for nobody");
    drop(tell);
    assert!(head == sent[..=MUCH] && rest(&mut stdout) == sent[MUCH + 1..]);
    assert_eq!((stdout.total_bytes(), stdout.dropped_bytes()), (2 * MUCH as u64, 0));
    assert_exited(exec);
}

fn input_is_sent_while_nobody_waits<F: Front>() {
    let (say, said) = channel();
    let say = Mutex::new(say);
    let engine = FakeEngine::on(START, move |_, wire| {
        wire.send(fake::UPGRADED)?;
        let mut left = MUCH;
        while left > 0 {
            left -= wire.read(&mut [0; 64 * 1024])?;
        }
        say.lock().unwrap().send(wire.read(&mut [0; 1])?).ok();
        Ok(Then::Close)
    });
    let mut exec = start::<F>(&engine);
    let mut stdin = exec.take_stdin().unwrap();
    stdin.write_all(&pattern(MUCH)).unwrap();
    drop(stdin);
    assert_eq!(said.recv_timeout(PATIENCE), Ok(0), "and its end, too");
    assert_exited(exec);
}

fn readers_of_both_streams_and_a_waiter_get_all<F: Front>() {
    let (engine, tell, _said) = obedient();
    let mut exec = start::<F>(&engine);
    let (stdout, stderr) = (exec.take_stdout(), exec.take_stderr());
    let sent = pattern(MUCH);
    thread::scope(|scope| {
        let waiter = scope.spawn(move || assert_exited(exec));
        let readers = [scope.spawn(|| rest(stdout)), scope.spawn(|| rest(stderr))];
        for (nth, part) in sent.chunks(100_000).enumerate() {
            tell.send([framed(1, part), framed(2, part)].concat()).unwrap();
            if nth % 16 == 0 {
                // The engine pauses, and another thread may come to move the streams.
                thread::sleep(Duration::from_millis(15));
            }
        }
        drop(tell);
        for reader in readers {
            assert!(reader.join().unwrap() == sent);
        }
        waiter.join().unwrap();
    });
}

fn reads_of_every_size_get_all<F: Front>() {
    for size in [1, 100, 4095, 4096, 5000, 70_000] {
        let (engine, tell, _said) = obedient();
        let mut exec = start::<F>(&engine);
        let (mut stdout, sent) = (exec.take_stdout(), pattern(300_000));
        tell.send([framed(1, &sent), framed(2, b"noise"), framed(1, &sent)].concat()).unwrap();
        drop(tell);
        let (mut got, mut buffer) = (Vec::new(), vec![0; size]);
        loop {
            match stdout.read(&mut buffer).unwrap() {
                0 => break,
                count => got.extend_from_slice(&buffer[..count]),
            }
        }
        assert!(got == [&sent[..], &sent[..]].concat(), "in reads of {size}");
        assert_eq!(rest(exec.take_stderr()), b"noise");
        assert_exited(exec);
    }
}

/// The output ends, and the engine does not say how.
fn a_limited_wait_does_not_wait_for_the_exit_code<F: Front>() {
    let (release, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    let engine = FakeEngine::start(move |request, wire| match &request.line[..] {
        line if line.starts_with(START) => wire.hijack(&frame(1, b"all")),
        line if line.starts_with("GET /v1.41/exec/e1/json") => {
            wait.lock().unwrap().recv_timeout(PATIENCE).ok();
            Ok(Then::Routine)
        }
        _ => Ok(Then::Routine),
    });
    let mut exec = start::<F>(&engine);
    let (stdout, mut buffer) = (exec.take_stdout(), [0; 64]);
    let limit = Duration::from_millis(50);
    let begun = Instant::now();
    assert_eq!(stdout.read_timeout(&mut buffer, limit).unwrap(), 3);
    assert!(stdout.read_timeout(&mut buffer, limit).is_err_and(|error| error.is_timeout()));
    assert!(exec.wait_timeout(limit).unwrap().is_none());
    assert!(begun.elapsed() < Duration::from_secs(5));
    release.send(()).unwrap();
    assert_eq!(rest(stdout), b"");
    assert_exited(exec);
}

fn a_broken_frame_ends_a_reader_after_what_came_before<F: Front>() {
    let (engine, tell, _said) = obedient();
    let mut exec = start::<F>(&engine);
    let sent = pattern(100_000);
    tell.send([framed(1, &sent), b"nonsense".to_vec()].concat()).unwrap();
    let mut stdout = exec.take_stdout();
    assert!(rest(&mut stdout) == sent);
    assert!(matches!(exec.wait().unwrap(), Outcome::Lost(_)));
}

/// In C, a reader keeps the handle.
#[test]
fn a_drop_frees_a_reader() {
    let (engine, tell, _said) = obedient();
    let mut exec = start::<Client>(&engine);
    let mut stdout = exec.take_stdout();
    let (say, said) = channel();
    tell.send(frame(1, b"x")).unwrap();
    let reader = thread::spawn(move || {
        stdout.read_exact(&mut [0]).unwrap();
        say.send(()).unwrap();
        rest(stdout)
    });
    said.recv_timeout(PATIENCE).unwrap();
    let begun = Instant::now();
    drop(exec);
    assert_eq!(reader.join().unwrap(), b"");
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

fn a_writer_that_waits_for_room_drains_the_output<F: Front>() {
    let engine = FakeEngine::on(START, |_, wire| {
        wire.send(fake::UPGRADED)?;
        // A command that reads nothing until all of its output was taken.
        wire.send(&framed(1, &pattern(MUCH)))?;
        let mut left = MUCH;
        while left > 0 {
            left -= wire.read(&mut [0; 64 * 1024])?;
        }
        Ok(Then::Close)
    });
    let mut exec = start::<F>(&engine);
    let (mut stdin, stdout) = (exec.take_stdin().unwrap(), exec.take_stdout());
    stdin.write_all(&pattern(MUCH)).unwrap();
    drop(stdin);
    assert!(rest(stdout) == pattern(MUCH));
    assert_exited(exec);
}

on_each_front! {
    output_is_drained_while_nobody_reads
    input_is_sent_while_nobody_waits
    readers_of_both_streams_and_a_waiter_get_all
    reads_of_every_size_get_all
    a_limited_wait_does_not_wait_for_the_exit_code
    a_broken_frame_ends_a_reader_after_what_came_before
    a_writer_that_waits_for_room_drains_the_output
}
