//! Answers that are cut, garbage, endless or huge: each is an error of the
//! right kind, in bounded time and memory.

#[path = "support/fake.rs"]
mod fake;

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fake::{FakeEngine, Step, Then, Wire, answer};
use sandcell::{Error, ErrorKind, PullOptions, Result};

const INSPECT: &str = "GET /v1.41/containers/c1/json";
const PULL: &str = "POST /v1.41/images/create";
const RUNNING: &str = r#"{"Id":"c1","State":{"Status":"running","Running":true}}"#;
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
/// What no call of this file takes, and no endless answer may last.
const SOON: Duration = Duration::from_secs(2);
const MIB: usize = 1024 * 1024;

fn chunk(bytes: &str) -> String {
    format!("{:x}\r\n{bytes}\r\n", bytes.len())
}

/// Inspects a container of an engine that answers by `script`.
fn inspect(script: impl Fn(&mut Wire) -> Step + Send + Sync + 'static) -> Result<bool> {
    let engine = FakeEngine::on(INSPECT, move |_, wire| script(wire));
    let start = Instant::now();
    let result = engine.client().with_timeout(SOON).container_alive("c1");
    assert!(start.elapsed() < SOON, "{result:?}");
    result
}

/// Inspects a container of an engine that sends `bytes` and then is silent.
fn inspect_bytes(bytes: impl AsRef<[u8]>) -> Result<bool> {
    let bytes = bytes.as_ref().to_vec();
    inspect(move |wire| {
        wire.send(&bytes)?;
        wire.hold()
    })
}

/// Pulls from an engine that answers with `body` in these chunks; `ends` says
/// whether the last chunk follows.
fn pull(chunks: &[&str], ends: bool) -> Result<()> {
    let chunks: String = chunks.iter().copied().map(chunk).collect();
    let bytes = [CHUNKED, &chunks, if ends { "0\r\n\r\n" } else { "" }].concat();
    let engine = FakeEngine::on(PULL, move |_, wire| wire.cut(bytes.as_bytes()));
    engine.client().pull_image("busybox", &PullOptions::new())
}

#[track_caller]
fn check(error: &Error, kind: ErrorKind, words: &str) {
    assert_eq!(error.kind(), kind, "{error}");
    assert!(format!("{error:#}").contains(words), "no {words:?} in: {error:#}");
}

#[test]
fn an_answer_cut_anywhere_is_a_lost_connection() {
    let halves = RUNNING.split_at(20);
    let chunked = [CHUNKED, &chunk(halves.0), &chunk(halves.1), "0\r\nTrailer: x\r\n\r\n"].concat();
    let interim = format!("HTTP/1.1 103 Early\r\nLink: x\r\n\r\n{}", answer(200, RUNNING));
    for whole in [answer(200, RUNNING), chunked, interim] {
        assert!(inspect_bytes(&whole).unwrap(), "{whole}");
        let cut = Arc::new(AtomicUsize::new(0));
        let engine = FakeEngine::on(INSPECT, {
            let (cut, whole) = (Arc::clone(&cut), whole.clone());
            move |_, wire| wire.cut(&whole.as_bytes()[..cut.load(Ordering::SeqCst)])
        });
        let client = engine.client();
        for at in 0..whole.len() {
            cut.store(at, Ordering::SeqCst);
            let error = client.container_alive("c1").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Disconnected, "cut at {at}: {error}");
            assert!(error.is_retryable());
        }
    }
}

#[test]
fn an_answer_that_ends_with_the_connection_may_be_cut_nowhere() {
    let whole = format!("HTTP/1.1 200 OK\r\n\r\n{RUNNING}");
    for at in 0..whole.len() {
        let cut = whole.as_bytes()[..at].to_vec();
        let error = inspect(move |wire| wire.cut(&cut)).unwrap_err();
        let kinds = [ErrorKind::Disconnected, ErrorKind::Protocol];
        assert!(kinds.contains(&error.kind()), "cut at {at}: {error}");
    }
    assert!(inspect(move |wire| wire.cut(whole.as_bytes())).unwrap());
}

#[test]
fn bytes_may_come_one_by_one() {
    let halves = RUNNING.split_at(20);
    let chunked = [CHUNKED, &chunk(halves.0), &chunk(halves.1), "0\r\n\r\n"].concat();
    for whole in [answer(200, RUNNING), chunked] {
        let pause = Duration::from_micros(50);
        assert!(inspect(move |wire| wire.drip(whole.as_bytes(), pause)).unwrap());
    }
}

#[test]
fn what_is_not_http_is_refused() {
    // Bytes that look random, and are the same every time.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    for _ in 0..20 {
        let bytes: Vec<u8> = (0..400).map(|_| noise()).collect();
        check(&inspect_bytes(bytes).unwrap_err(), ErrorKind::Protocol, "not HTTP");
    }
    let ok = "HTTP/1.1 200 OK\r\n";
    for bytes in [
        "<html>hello</html>\n".to_owned(),
        "{\"Id\":\"c1\"}\n".to_owned(),
        "\0\0\0\0\0\0\0\0".to_owned(),
        "SSH-2.0-OpenSSH_9\r\n".to_owned(),
        "HTTP/2.0 200 OK\r\n\r\n".to_owned(),
        "HTTP/1.1 2x0 OK\r\n\r\n".to_owned(),
        "HTTP/1.1 99 OK\r\n\r\n".to_owned(),
        "HTTP/1.1 1000 OK\r\n\r\n".to_owned(),
        "HTTP/1.1 -200 OK\r\n\r\n".to_owned(),
        "HTTP/1.1 000 OK\r\n\r\n".to_owned(),
        format!("{ok}no colon\r\n\r\n"),
        format!("{ok}: no name\r\n\r\n"),
        format!("{ok}X: \0\r\n\r\n"),
        format!("{ok}Content-Length: -1\r\n\r\n"),
        format!("{ok}Content-Length: +2\r\n\r\n{{}}"),
        format!("{ok}Content-Length: 2x\r\n\r\n{{}}"),
        format!("{ok}Content-Length: 99999999999999999999999\r\n\r\n"),
        format!("{ok}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}} "),
        format!("{ok}Content-Length: 2, 3\r\n\r\n{{}} "),
        format!("{ok}{}\r\n", "X: y\r\n".repeat(10_000)),
        format!("{CHUNKED}zz\r\n"),
        format!("{CHUNKED}-1\r\n"),
        format!("{CHUNKED}ffffffffffffffffffff\r\n"),
        format!("{CHUNKED}2\r\n{{}}}}\r\n"),
        format!("{CHUNKED}2;{}\r\n{{}}\r\n", "x".repeat(1000)),
    ] {
        let error = inspect_bytes(&bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{bytes:.100}: {error}");
    }
}

/// How much an engine can send that repeats `unit` after `start` without end.
fn flood(line: &'static str, start: String, unit: String) -> (usize, Error) {
    let sent = Arc::new(AtomicUsize::new(0));
    let engine = FakeEngine::on(line, {
        let sent = Arc::clone(&sent);
        move |_, wire| {
            wire.send(start.as_bytes())?;
            wire.flood(unit.repeat(1 + 4096 / unit.len()).as_bytes(), &sent)
        }
    });
    let client = engine.client().with_timeout(SOON);
    let error = match line {
        PULL => client.pull_image("busybox", &PullOptions::new()).unwrap_err(),
        "GET /_ping" => client.container_alive("c1").unwrap_err(),
        "DELETE" => client.stop("c1").unwrap_err(),
        _ => client.container_alive("c1").unwrap_err(),
    };
    drop(engine);
    (sent.load(Ordering::SeqCst), error)
}

#[test]
fn what_is_endless_is_refused_before_it_fills_the_memory() {
    let ok = || "HTTP/1.1 200 OK\r\n".to_owned();
    let until_close = "HTTP/1.1 200 OK\r\n\r\n[".to_owned();
    let message = format!("{CHUNKED}fffffff\r\n{{\"status\":\"");
    let ten_gib = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", 10_u64 << 30);
    let ping = ten_gib.replace("\r\n\r\n", "\r\nApi-Version: 1.41\r\n\r\n");
    let error = |length: &str| format!("HTTP/1.1 500 No\r\n{length}\r\n");
    let numbers = chunk(&"1,".repeat(2048));
    // A socket holds some 200 KiB that nobody has read.
    let (head, json) = (MIB, 17 * MIB);
    let mut failures = Vec::new();
    for (name, line, start, unit, most) in [
        ("head without line ends", INSPECT, String::new(), "x", head),
        ("status line", INSPECT, "HTTP/1.1 200 ".to_owned(), "x", head),
        ("header", INSPECT, format!("{}X: ", ok()), "y", head),
        ("headers", INSPECT, ok(), "X: y\r\n", head),
        ("chunked body", INSPECT, format!("{CHUNKED}1\r\n[\r\n"), &numbers, json),
        ("body until the end", INSPECT, until_close, "1,", json),
        ("chunk's length", INSPECT, CHUNKED.to_owned(), "0", head),
        ("end of a chunk", INSPECT, format!("{CHUNKED}2\r\n{{}}"), "x", head),
        ("trailer", INSPECT, format!("{CHUNKED}2\r\n{{}}\r\n0\r\n"), "x", head),
        ("10 GiB of JSON", INSPECT, ten_gib.clone(), "[", head),
        ("10 GiB of ping", "GET /_ping", ping, "x", head),
        ("10 GiB of nothing", "DELETE", ten_gib.clone(), "x", head),
        ("message of an error", INSPECT, error(""), "x", head),
        ("10 GiB of error", INSPECT, error("Content-Length: 9999999999\r\n"), "x", head),
        ("progress message", PULL, message.clone(), "x", 2 * MIB),
        ("number in progress", PULL, message.replace('"', ""), "1", 2 * MIB),
        ("space in progress", PULL, format!("{CHUNKED}fffffff\r\n"), " ", 2 * MIB),
        ("nested progress", PULL, format!("{CHUNKED}fffffff\r\n"), "[", 2 * MIB),
    ] {
        let (sent, error) = flood(line, start, unit.to_owned());
        let is_refused = [ErrorKind::Protocol, ErrorKind::Engine].contains(&error.kind());
        if !is_refused || sent > most {
            failures.push(format!("{name}: {sent} bytes were taken: {error}"));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn a_huge_length_is_refused_at_once() {
    let resident = || -> usize {
        let statm = fs::read_to_string("/proc/self/statm").unwrap();
        4096 * statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap()
    };
    let before = resident();
    for length in [10_u64 << 30, u64::MAX, 17 << 20] {
        // Nothing follows: only the length can have been the reason.
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
        check(&inspect_bytes(&head).unwrap_err(), ErrorKind::Protocol, "larger than 16 MiB");
    }
    // Other tests of this file may hold their 16 MiB at this time.
    assert!(resident() < before + 150 * MIB, "{before} bytes, then {}", resident());
}

#[test]
fn json_of_another_shape_is_refused() {
    let deep = |open: &str, close: &str| [open.repeat(100_000), close.repeat(100_000)].concat();
    for body in [
        "",
        " ",
        "null",
        "[]",
        "{}",
        "1",
        "\"\"",
        "{",
        "{]",
        "\u{feff}{}",
        "{} {}",
        r#"{"Id":"c1"}"#,
        r#"{"Id":7,"State":{}}"#,
        r#"{"Id":"c1","State":1}"#,
        r#"{"Id":"c1","State":{"Running":"yes"}}"#,
        r#"{"Id":"c1","State":{"Pid":99999999999999999999}}"#,
        r#"{"Id":"c1","State":{"ExitCode":1e999}}"#,
        r#"{"Id":"c1","State":{},"State":{}}"#,
        r#"{"Id":"c1","State":{},"Config":{"Labels":{"a":[]}}}"#,
        &deep("[", "]"),
        &deep("{\"State\":", "}"),
        &format!(r#"{{"Id":"c1","State":{{}},"Config":{}}}"#, deep("[", "]")),
    ] {
        let error = inspect_bytes(answer(200, body)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{body:.100}: {error}");
    }
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n";
    let bytes = [head.as_bytes(), b"{\"Id\":\"\xff\xfe\",\"State\":{}}"].concat();
    check(&inspect_bytes(bytes).unwrap_err(), ErrorKind::Protocol, "malformed response");
    // Depth where nobody looks costs nothing.
    let unknown = format!(r#"{{"Id":"c1","New":{},"State":{{}}}}"#, deep("[", "]"));
    assert!(!inspect_bytes(answer(200, &unknown)).unwrap());
}

#[test]
fn an_error_answer_keeps_its_message_and_status() {
    for (status, kind) in [
        (301, ErrorKind::Engine),
        (400, ErrorKind::Engine),
        (409, ErrorKind::Conflict),
        (418, ErrorKind::Engine),
        (500, ErrorKind::Engine),
        (599, ErrorKind::Engine),
        (999, ErrorKind::Engine),
    ] {
        for body in [r#"{"message":"boom"}"#, "boom", "{\"message\":\"boom\",\"x\":[1]}"] {
            let error = inspect_bytes(answer(status, body)).unwrap_err();
            check(&error, kind, "boom");
            assert_eq!(error.http_status(), Some(status));
        }
    }
    assert!(!inspect_bytes(answer(404, r#"{"message":"No such container"}"#)).unwrap());
    // A message that is cut, or is none, does not hide the status.
    let cut = |wire: &mut Wire| wire.cut(b"HTTP/1.1 500 No\r\nContent-Length: 99\r\n\r\nboom");
    check(&inspect(cut).unwrap_err(), ErrorKind::Engine, "boom");
    check(&inspect_bytes(answer(500, "")).unwrap_err(), ErrorKind::Engine, "no message");
    check(&inspect_bytes(answer(500, "\u{1b}[31m")).unwrap_err(), ErrorKind::Engine, "500");
}

#[test]
fn an_answer_unasked_is_not_taken_for_the_next() {
    let twice = [answer(200, RUNNING), answer(200, r#"{"Id":"other","State":{}}"#)].concat();
    let engine = FakeEngine::on(INSPECT, move |request, wire| match request.connection {
        0 => wire.send(twice.as_bytes()),
        _ => Ok(Then::Routine),
    });
    let client = engine.client();
    for _ in 0..2 {
        assert!(client.container_alive("c1").unwrap());
    }
    assert_eq!(engine.connections(), 2);
}

#[test]
fn an_answer_says_whether_its_connection_can_be_used_again() {
    for (version, header, connections) in [
        ("1.1", "", 1),
        ("1.1", "Connection: disclosed\r\n", 1),
        ("1.1", "Connection: Close\r\n", 2),
        ("1.1", "Connection: keep-alive, close\r\n", 2),
        ("1.0", "", 2),
        ("1.0", "Connection: Keep-Alive\r\n", 1),
    ] {
        let length = RUNNING.len();
        let bytes =
            format!("HTTP/{version} 200 OK\r\n{header}Content-Length: {length}\r\n\r\n{RUNNING}");
        let engine = FakeEngine::on(INSPECT, move |_, wire| wire.send(bytes.as_bytes()));
        let client = engine.client();
        for _ in 0..2 {
            assert!(client.container_alive("c1").unwrap());
        }
        assert_eq!(engine.connections(), connections, "HTTP/{version} {header:?}");
    }
}

#[test]
fn progress_of_a_pull_may_be_cut_into_chunks_anywhere() {
    let stream = concat!(
        r#"{"status":"Pulling","id":"latest"}"#,
        "\r\n",
        r#"{"status":"Downloading","progressDetail":{"current":1,"total":2},"id":"é"}{}"#,
        r#"{"status":null,"progressDetail":null,"id":null,"new":[1]} "#,
    );
    pull(&[stream], true).unwrap();
    pull(&[], true).unwrap();
    for at in (1..stream.len()).filter(|&at| stream.is_char_boundary(at)) {
        let (head, tail) = stream.split_at(at);
        pull(&[head, tail], true).unwrap();
    }
}

#[test]
fn a_failed_pull_says_why() {
    let good = r#"{"status":"Pulling"}"#;
    let bad = r#"{"errorDetail":{"message":"no space left"},"error":"no space left"}"#;
    for chunks in [&[bad][..], &[good, bad], &[bad, good], &[&bad[..30], &bad[30..], good, bad]] {
        check(&pull(chunks, true).unwrap_err(), ErrorKind::Pull, "no space left");
        // An engine that fails often ends the connection as well.
        check(&pull(chunks, false).unwrap_err(), ErrorKind::Pull, "no space left");
    }
    for (chunks, kind) in [
        (&[good][..], ErrorKind::Disconnected),
        (&[], ErrorKind::Disconnected),
        (&[&good[..9]], ErrorKind::Disconnected),
        (&[good, &bad[..20]], ErrorKind::Disconnected),
    ] {
        check(&pull(chunks, false).unwrap_err(), kind, "busybox");
    }
    check(&pull(&[&good[..9]], true).unwrap_err(), ErrorKind::Disconnected, "inside a message");
    for chunks in [&["null"][..], &["[]"], &["1"], &[r#"{"error":7}"#], &[good, "}"], &["\u{1}"]] {
        check(&pull(chunks, true).unwrap_err(), ErrorKind::Protocol, "malformed progress");
    }
}

#[test]
fn a_pull_that_ends_with_a_reset_is_not_complete() {
    // The engine died: it never read the request, and says no length.
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("engine");
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let engine = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut ping, _) = listener.accept().unwrap();
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nApi-Version: 1.41\r\n";
        write!(ping, "{head}Connection: close\r\n\r\n").unwrap();
        let (mut pull, _) = listener.accept().unwrap();
        pull.read_exact(&mut [0]).unwrap();
        pull.write_all(b"HTTP/1.1 200 OK\r\n\r\n{\"status\":\"Pulling\"}").unwrap();
    });
    let client = sandcell::Client::builder().host(format!("unix://{}", socket.display()));
    let result = client.build().unwrap().pull_image("busybox", &PullOptions::new());
    engine.join().unwrap();
    check(&result.unwrap_err(), ErrorKind::Disconnected, "busybox");
}

#[test]
fn the_cause_of_an_error_of_podman_is_typed() {
    for (cause, kind) in [
        ("no such container", ErrorKind::NotFound),
        ("network not found", ErrorKind::NotFound),
        ("that name is already in use", ErrorKind::Conflict),
        ("container state improper", ErrorKind::Conflict),
        ("something else", ErrorKind::Engine),
    ] {
        let body = format!(r#"{{"cause":"{cause}","message":"x: {cause}","response":500}}"#);
        match inspect(move |wire| wire.json(500, &body)) {
            Ok(runs) => assert!(kind == ErrorKind::NotFound && !runs, "{cause}"),
            Err(error) => assert_eq!(error.kind(), kind, "{error}"),
        }
    }
}
