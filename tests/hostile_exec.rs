//! Execs on an engine that cuts, garbles or never ends their streams: output
//! is kept, no exit code is made up, and no call hangs.

#[path = "support/fake.rs"]
mod fake;

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use fake::{FakeEngine, Step, Then, UPGRADED, Wire, answer, frame};
use sandcell::{CancelToken, ErrorKind, ExecOptions, ExecResult, Outcome, Result};

const CREATE: &str = "POST /v1.41/containers/c1/exec";
const START: &str = "POST /v1.41/exec/e1/start";
const INSPECT: &str = "GET /v1.41/exec/e1/json";
/// What the library promises for cancelling.
const PROMPT: Duration = Duration::from_millis(100);
/// What no call of this file takes.
const SOON: Duration = Duration::from_secs(2);

fn command() -> ExecOptions {
    ExecOptions::new(["true"])
}

/// Runs a command on `engine`, which must not take long.
fn run(engine: &FakeEngine, options: &ExecOptions) -> Result<ExecResult> {
    let start = Instant::now();
    let result = engine.client().with_timeout(SOON).exec("c1", options);
    assert!(start.elapsed() < SOON, "{result:?}");
    result
}

/// Runs a command on an engine whose stream is `script`.
fn stream(script: impl Fn(&mut Wire) -> Step + Send + Sync + 'static) -> ExecResult {
    run(&FakeEngine::on(START, move |_, wire| script(wire)), &command()).unwrap()
}

/// How an exec ended, in short: its exit code, or why it was lost.
fn end(result: &ExecResult) -> Result<i32, ErrorKind> {
    match &result.outcome {
        Outcome::Exited(code) => Ok(*code),
        Outcome::Lost(error) => Err(error.kind()),
        Outcome::TimedOut => Err(ErrorKind::Timeout),
        Outcome::Cancelled => Err(ErrorKind::Cancelled),
        _ => panic!("{result:?}"),
    }
}

/// A header that claims `length`.
fn header(first: [u8; 4], length: u32) -> Vec<u8> {
    [first, length.to_be_bytes()].concat()
}

#[test]
fn a_stream_may_be_cut_anywhere() {
    let frames = [frame(1, b"out"), frame(2, b"error"), frame(1, b"!")];
    let wire = frames.concat();
    let ends: Vec<_> = (0..=3).map(|n| frames[..n].concat().len()).collect();
    for at in 0..=wire.len() {
        for with_head in [true, false] {
            let bytes = wire[..at].to_vec();
            let result = stream(move |wire| {
                if with_head {
                    return wire.hijack(&bytes);
                }
                wire.send(UPGRADED)?;
                wire.cut(&bytes)
            });
            // What must have arrived: the payload's part of the bytes.
            let part = |n: usize| {
                &frames[n][8..][..at.saturating_sub(ends[n] + 8).min(frames[n].len() - 8)]
            };
            assert_eq!(&result.stdout[..], [part(0), part(2)].concat(), "cut at {at}");
            assert_eq!(&result.stderr[..], part(1), "cut at {at}");
            let expected = if ends.contains(&at) { Ok(0) } else { Err(ErrorKind::Disconnected) };
            assert_eq!(end(&result), expected, "cut at {at}: {result:?}");
        }
    }
}

#[test]
fn what_is_cut_before_the_stream_is_an_error() {
    for (line, whole) in [
        (CREATE, answer(201, r#"{"Id":"e1"}"#)),
        (START, String::from_utf8(UPGRADED.to_vec()).unwrap()),
    ] {
        let cut = Arc::new(AtomicUsize::new(0));
        let engine = FakeEngine::on(line, {
            let (cut, whole) = (Arc::clone(&cut), whole.clone());
            move |_, wire| wire.cut(&whole.as_bytes()[..cut.load(Ordering::SeqCst)])
        });
        for at in 0..whole.len() {
            cut.store(at, Ordering::SeqCst);
            let error = run(&engine, &command()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Disconnected, "cut at {at}: {error}");
        }
        assert_eq!(engine.count(CREATE), whole.len(), "no command is created twice");
    }
}

#[test]
fn frames_of_every_kind() {
    let large = vec![b'x'; 65_537];
    let (out, tail) = (frame(1, b"out"), frame(2, b"tail"));
    let lost = |kind| Err(kind);
    for (name, middle, expected) in [
        ("empty", frame(1, b""), Ok(0)),
        ("one byte", frame(1, b"y"), Ok(0)),
        ("large", frame(1, &large), Ok(0)),
        ("stream 0", frame(0, b"y"), Ok(0)),
        ("many", frame(1, b"y").repeat(10_000), Ok(0)),
        ("many empty", frame(2, b"").repeat(10_000), Ok(0)),
        ("4 GiB, cut", header([1, 0, 0, 0], u32::MAX), lost(ErrorKind::Disconnected)),
        ("stream 4", frame(4, b"y"), lost(ErrorKind::Protocol)),
        ("stream 255", frame(255, b"y"), lost(ErrorKind::Protocol)),
        ("byte 1", header([1, 1, 0, 0], 1), lost(ErrorKind::Protocol)),
        ("byte 2", header([1, 0, 1, 0], 1), lost(ErrorKind::Protocol)),
        ("byte 3", header([1, 0, 0, 1], 1), lost(ErrorKind::Protocol)),
        ("text", b"sh: not found\n".to_vec(), lost(ErrorKind::Protocol)),
    ] {
        let wire = [&out[..], &middle, &tail].concat();
        let result = stream(move |connection| connection.hijack(&wire));
        assert_eq!(end(&result), expected, "{name}: {:?}", result.outcome);
        assert!(result.stdout.starts_with(b"out"), "{name}");
        if expected.is_ok() {
            assert_eq!(&result.stderr[..], b"tail", "{name}");
            let payload = result.stdout.len() - 3;
            let claimed = match middle[0] {
                2 => 0,
                _ => middle.iter().filter(|&&byte| byte == b'x' || byte == b'y').count(),
            };
            assert_eq!(payload, claimed, "{name}");
        }
    }
}

#[test]
fn an_error_in_the_stream_is_passed_on() {
    let result = stream(|wire| wire.hijack(&[frame(1, b"out"), frame(3, b"disk full")].concat()));
    assert_eq!(end(&result), Err(ErrorKind::Protocol));
    assert_eq!(&result.stdout[..], b"out");
    let Outcome::Lost(error) = &result.outcome else { unreachable!() };
    assert!(format!("{error:#}").contains("disk full"), "{error:#}");
}

#[test]
fn a_stream_without_end_fills_no_memory() {
    let sent = Arc::new(AtomicUsize::new(0));
    let engine = FakeEngine::on(START, {
        let sent = Arc::clone(&sent);
        move |_, wire| {
            wire.send(&[UPGRADED, &header([1, 0, 0, 0], u32::MAX)].concat())?;
            wire.flood(&[b'x'; 64 * 1024], &sent)
        }
    });
    let client = engine.client().with_timeout(Duration::from_millis(300));
    let result = client.exec("c1", &command().max_output(1000)).unwrap();
    assert_eq!(end(&result), Err(ErrorKind::Timeout));
    assert_eq!((result.stdout.len(), result.stdout.is_truncated()), (1000, true));
    assert!(result.stdout.total_bytes() > 1_000_000);
    drop(engine);
    assert!(result.stdout.total_bytes() <= sent.load(Ordering::SeqCst) as u64);
}

#[test]
fn starts_that_give_no_stream() {
    let framed = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let frames = frame(1, b"out");
    for (bytes, kind, words) in [
        ([framed.as_bytes(), &frames].concat(), ErrorKind::Protocol, "did not upgrade"),
        ([chunked.as_bytes(), b"b\r\n", &frames].concat(), ErrorKind::Protocol, "did not upgrade"),
        (answer(201, "{}").into(), ErrorKind::Protocol, "did not upgrade"),
        (answer(204, "").into(), ErrorKind::Protocol, "did not upgrade"),
        (answer(304, "").into(), ErrorKind::Protocol, "did not upgrade"),
        (answer(404, r#"{"message":"No such exec"}"#).into(), ErrorKind::NotFound, "No such exec"),
        (answer(409, r#"{"message":"is paused"}"#).into(), ErrorKind::Conflict, "is paused"),
        (answer(500, r#"{"message":"OCI runtime"}"#).into(), ErrorKind::Engine, "OCI runtime"),
        (answer(400, "plain text").into(), ErrorKind::Engine, "plain text"),
        (b"garbage\r\n\r\n".to_vec(), ErrorKind::Protocol, "not HTTP"),
    ] {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let engine = FakeEngine::on(START, move |_, wire| {
            wire.send(&bytes)?;
            wire.hold()
        });
        let start = Instant::now();
        match engine.client().with_timeout(SOON).exec("c1", &command()) {
            Ok(result) => panic!("{text:?}: {result:?}"),
            Err(error) => {
                assert_eq!(error.kind(), kind, "{text:?}: {error}");
                assert!(error.to_string().contains(words), "no {words:?} in: {error}");
                assert!(start.elapsed() < SOON, "{text:?}");
            }
        }
        assert_eq!(engine.count(INSPECT), 0);
    }
    // Old engines say 200, and hand over the connection all the same.
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n";
    let result = stream(move |wire| wire.cut(&[head, &frames[..]].concat()));
    assert_eq!((end(&result), &result.stdout[..]), (Ok(0), &b"out"[..]));
}

#[test]
fn creates_that_give_no_exec() {
    for (body, kind) in [
        ("{}", ErrorKind::Protocol),
        (r#"{"Id":null}"#, ErrorKind::Protocol),
        (r#"{"Id":""}"#, ErrorKind::Protocol),
        (r#"{"Id":".."}"#, ErrorKind::Protocol),
        (r#"{"Id":"../../containers/c2"}"#, ErrorKind::Protocol),
    ] {
        let engine = FakeEngine::on(CREATE, |_, wire| wire.json(201, body));
        match run(&engine, &command()) {
            Ok(result) => panic!("{body}: {result:?}; {:?}", engine.requests()),
            Err(error) => assert_eq!(error.kind(), kind, "{body}: {error}"),
        }
    }
}

#[test]
fn a_deadline_keeps_the_output_so_far() {
    let limit = Duration::from_secs(1); // within which the command has to start
    for tty in [false, true] {
        let engine = FakeEngine::on(START, move |_, wire| {
            let partial = if tty { b"partial".to_vec() } else { frame(1, b"partial") };
            wire.send(&[UPGRADED, &partial].concat())?;
            wire.hold()
        });
        let start = Instant::now();
        let client = engine.client().with_timeout(limit);
        let result = client.exec("c1", &command().tty(tty)).unwrap();
        assert!(matches!(result.outcome, Outcome::TimedOut), "{result:?}");
        assert_eq!(&result.stdout[..], b"partial");
        assert!(start.elapsed() < 5 * limit, "{:?}", start.elapsed());
    }
    // A command that closes its output and runs on.
    let engine = FakeEngine::on(INSPECT, |_, wire| wire.json(200, r#"{"Running":true}"#));
    let client = engine.client().with_timeout(limit);
    let result = client.exec("c1", &command()).unwrap();
    assert!(matches!(result.outcome, Outcome::TimedOut), "{result:?}");
}

/// An exec that is silent, does not read its input, writes without end, or does not
/// end. Says when it has started, and holds until it is done.
fn endless(case: &'static str, started: Sender<()>, until_done: Receiver<()>) -> FakeEngine {
    let (started, until_done) = (Mutex::new(started), Mutex::new(until_done));
    FakeEngine::start(move |request, wire| {
        let is_start = request.line.starts_with(START);
        match case {
            "running" if request.line.starts_with(INSPECT) => {
                started.lock().unwrap().send(()).ok();
                return wire.json(200, r#"{"Running":true,"ExitCode":0}"#);
            }
            "running" => return Ok(Then::Routine),
            _ if !is_start => return Ok(Then::Routine),
            _ => {}
        }
        wire.send(UPGRADED)?;
        started.lock().unwrap().send(()).ok();
        match case {
            "loud" => wire.flood(&frame(1, &[b'x'; 60_000]), &AtomicUsize::new(0)),
            "deaf" => Ok(until_done.lock().unwrap().recv().map_or(Then::Close, |()| Then::Close)),
            _ => wire.hold(),
        }
    })
}

#[test]
fn cancel_is_prompt_whatever_the_exec_does() {
    for case in ["silent", "deaf", "loud", "running"] {
        let (started, start) = channel();
        let (done, until_done) = channel();
        let engine = endless(case, started, until_done);
        let token = CancelToken::new();
        let client = engine.client().with_cancel(&token);
        let options = command().stdin(vec![b'x'; if case == "deaf" { 4 << 20 } else { 0 }]);
        let options = if case == "silent" { command() } else { options };
        let call = thread::spawn(move || (client.exec("c1", &options), Instant::now()));
        start.recv_timeout(SOON).unwrap();
        let cancelled = Instant::now();
        token.cancel();
        let (result, end) = call.join().unwrap();
        drop(done);
        let took = end.saturating_duration_since(cancelled);
        assert!(took < PROMPT, "{case}: {took:?}");
        match result {
            Ok(result) => assert!(matches!(result.outcome, Outcome::Cancelled), "{case}"),
            // The head of the answer had not been read yet.
            Err(error) => assert!(error.is_cancelled(), "{case}: {error}"),
        }
    }
}

#[test]
fn no_exit_code_is_lost_or_made_up() {
    let none = r#"{"Running":false,"ExitCode":null}"#;
    let code = r#"{"Running":false,"ExitCode":7}"#;
    for (first, times, then, expected) in [
        (r#"{"Running":true,"ExitCode":null}"#, 3, code, Ok(7)),
        (r#"{"Running":true,"ExitCode":0}"#, 3, code, Ok(7)),
        (none, 3, code, Ok(7)),
        (r#"{"Running":false}"#, 3, code, Ok(7)),
        (none, usize::MAX, code, Err(ErrorKind::Protocol)),
        (r#"{"ExitCode":0}"#, 1, code, Err(ErrorKind::Protocol)),
        ("{}", 1, code, Err(ErrorKind::Protocol)),
        (r#"{"Running":false,"ExitCode":4294967296}"#, 1, code, Err(ErrorKind::Protocol)),
        (r#"{"Running":false,"ExitCode":"0"}"#, 1, code, Err(ErrorKind::Protocol)),
        (r#"{"Running":false,"ExitCode":-1}"#, 1, code, Ok(-1)),
    ] {
        let asked = AtomicUsize::new(0);
        let engine = FakeEngine::start(move |request, wire| {
            if request.line.starts_with(START) {
                return wire.hijack(&frame(1, b"out"));
            }
            if !request.line.starts_with(INSPECT) {
                return Ok(Then::Routine);
            }
            let is_first = asked.fetch_add(1, Ordering::SeqCst) < times;
            wire.json(200, if is_first { first } else { then })
        });
        let result = run(&engine, &command()).unwrap();
        assert_eq!(end(&result), expected, "{first}: {:?}", result.outcome);
        assert_eq!(&result.stdout[..], b"out");
    }
}

#[test]
fn an_engine_gone_at_the_end_is_no_success() {
    for (status, expected) in
        [(0, ErrorKind::Disconnected), (404, ErrorKind::NotFound), (500, ErrorKind::Engine)]
    {
        let engine = FakeEngine::on(INSPECT, move |_, wire| match status {
            0 => Ok(Then::Close),
            status => wire.json(status, r#"{"message":"no"}"#),
        });
        let result = run(&engine, &command()).unwrap();
        assert_eq!(end(&result), Err(expected), "{:?}", result.outcome);
    }
    // Its socket goes away, too.
    let socket = Arc::new(OnceLock::<PathBuf>::new());
    let path = Arc::clone(&socket);
    let engine = FakeEngine::start(move |request, wire| {
        if request.line.starts_with(INSPECT) {
            return Ok(Then::Close);
        }
        if request.line.starts_with(START) {
            fs::remove_file(path.get().unwrap())?;
            return wire.hijack(&frame(1, b"out"));
        }
        Ok(Then::Routine)
    });
    socket.set(engine.socket()).unwrap();
    let result = run(&engine, &command()).unwrap();
    assert_eq!(end(&result), Err(ErrorKind::EngineNotFound), "{:?}", result.outcome);
    assert_eq!(&result.stdout[..], b"out");
}

#[test]
fn input_that_nobody_reads_does_not_hang() {
    let input = vec![b'x'; 64 << 20];
    let options = command().stdin(input);
    for output in [vec![], frame(1, b"out")] {
        let bytes = output.clone();
        let engine = FakeEngine::on(START, move |_, wire| wire.hijack(&bytes));
        let result = run(&engine, &options).unwrap();
        assert_eq!(end(&result), Ok(0), "{result:?}");
        assert_eq!(result.stdout.len(), output.len().saturating_sub(8));
    }
}

#[test]
fn input_and_output_do_not_wait_for_each_other() {
    // Answers each piece of input with more output than a socket holds, and
    // says how much input there was when it has seen its end.
    let engine = FakeEngine::on(START, |_, wire| {
        wire.send(UPGRADED)?;
        let mut total = 0;
        loop {
            let count = wire.read(&mut [0; 64 * 1024])?;
            if count == 0 {
                break;
            }
            total += count;
            wire.send(&frame(1, &vec![b'o'; 2 * count]))?;
        }
        wire.cut(&frame(2, total.to_string().as_bytes()))
    });
    for length in [0, 1, 8 << 20] {
        let result = run(&engine, &command().stdin(vec![b'i'; length])).unwrap();
        assert_eq!(end(&result), Ok(0), "{:?}", result.outcome);
        assert_eq!(
            (result.stdout.len(), &*result.stderr.text()),
            (2 * length, &*length.to_string())
        );
    }
}
