//! Engines that cannot be reached, are silent, speak another version or do
//! not let go: every call ends in time, with the error that says what it was.

#[path = "support/fake.rs"]
mod fake;

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use fake::{FakeEngine, Then, check};
use nix::sys::socket::{Backlog, listen};
use sandcell::{
    CancelToken, Client, CreateOptions, Error, ErrorKind, ExecOptions, Outcome, PullOptions,
    Result, VolumeFilter, VolumeOptions,
};

/// What the library promises for cancelling and closing.
const PROMPT: Duration = Duration::from_millis(100);
/// A limit that the tests set, and what a call may take that has it.
const LIMIT: Duration = Duration::from_millis(150);
const SOON: Duration = Duration::from_millis(600);

const INSPECT: &str = "GET /v1.41/containers/c1/json";
const START: &str = "POST /v1.41/exec/e1/start";
const STOP: &str = "POST /v1.41/containers/c1/stop";
const CREATE: &str = "POST /v1.41/containers/create";

/// The error of a call that must not take longer than `limit`.
fn fails_within<T>(limit: Duration, call: impl FnOnce() -> Result<T>) -> Error {
    let start = Instant::now();
    let error = call().err().expect("an error");
    assert!(start.elapsed() < limit, "took {:?}: {error}", start.elapsed());
    error
}

fn host(socket: &Path) -> String {
    format!("unix://{}", socket.display())
}

fn client_of(socket: &Path) -> Client {
    Client::builder().host(host(socket)).build().unwrap()
}

#[test]
fn no_engine_at_the_endpoint() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    fs::write(path("file"), "").unwrap();
    drop(UnixListener::bind(path("left")).unwrap());
    for (name, kind) in [
        ("missing", ErrorKind::EngineNotFound),
        ("missing/engine", ErrorKind::EngineNotFound),
        ("file", ErrorKind::ConnectionRefused),
        ("left", ErrorKind::ConnectionRefused),
        (".", ErrorKind::ConnectionRefused),
        (&"long".repeat(50), ErrorKind::Unreachable),
    ] {
        let error = fails_within(SOON, || client_of(&path(name)).version());
        check(&error, kind, &[&host(&path(name)), "from the client's builder"]);
        assert!(error.is_unreachable());
    }
}

/// Runs the test `name` again in a process of its own, without root's powers;
/// returns what it printed.
fn as_nobody(name: &str, docker_host: Option<&str>) -> String {
    let mut child = Command::new("/proc/self/exe"); // the path to it may be closed to others
    child.args(["--exact", name, "--nocapture"]).env("HOSTILE_CHILD", name);
    child.env_remove("DOCKER_HOST").env_remove("DOCKER_API_VERSION").current_dir("/");
    child.envs(docker_host.map(|host| ("DOCKER_HOST", host)));
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        child.uid(65534).gid(65534);
    }
    let output = child.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn permission_denied_and_who_named_the_endpoint() {
    if std::env::var_os("HOSTILE_CHILD").is_some() {
        let error = Client::from_env().unwrap().version().unwrap_err();
        return println!("{:?}: {error}", error.kind());
    }
    let name = "permission_denied_and_who_named_the_endpoint";
    let engine = FakeEngine::routine();
    fs::set_permissions(engine.socket().parent().unwrap(), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(engine.socket(), Permissions::from_mode(0o000)).unwrap();
    let said = as_nobody(name, Some(&engine.host()));
    for words in ["PermissionDenied", &engine.host(), "from DOCKER_HOST"] {
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(engine.connections(), 0);
    // There may be an engine at the default endpoint: not for nobody.
    let said = as_nobody(name, None);
    for words in ["unix:///var/run/docker.sock", "the default; DOCKER_HOST is not set"] {
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn a_full_queue_ends_at_the_deadline() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("engine");
    let listener = UnixListener::bind(&socket).unwrap();
    listen(&listener, Backlog::new(0).unwrap()).unwrap();
    let _first = UnixStream::connect(&socket).unwrap(); // fills the queue
    let client = client_of(&socket);
    let error = fails_within(SOON, || client.with_timeout(LIMIT).version());
    check(&error, ErrorKind::Timeout, &["caller's deadline", &host(&socket)]);
    let builder = Client::builder().host(host(&socket)).connect_timeout(LIMIT);
    let error = fails_within(SOON, || builder.build().unwrap().version());
    check(&error, ErrorKind::Timeout, &["150 ms", "connect timeout", &host(&socket)]);
    let token = CancelToken::new();
    let client = client.with_cancel(&token);
    let call = thread::spawn(move || (client.version().unwrap_err(), Instant::now()));
    let start = Instant::now();
    token.cancel();
    let (error, end) = call.join().unwrap();
    check(&error, ErrorKind::Cancelled, &[]);
    assert!(end.duration_since(start) < PROMPT);
}

type Call = fn(&Client) -> Result<()>;

/// Each operation, and the request that it waits for in vain.
const CALLS: [(&str, Call); 9] = [
    ("GET /version", |client| client.version().map(drop)),
    (INSPECT, |client| client.container_alive("c1").map(drop)),
    ("GET /v1.41/images/", |client| client.image_exists("busybox").map(drop)),
    ("POST /v1.41/volumes", |client| client.create_volume(&VolumeOptions::new("v1")).map(drop)),
    ("GET /v1.41/volumes?", |client| {
        client.list_volumes(&VolumeFilter::new().label_key("a")).map(drop)
    }),
    ("GET /v1.41/volumes/v1", |client| client.remove_volume("v1")),
    ("POST /v1.41/containers/c1/exec", |client| {
        client.exec("c1", &ExecOptions::new(["true"])).map(drop)
    }),
    (STOP, |client| client.stop("c1")),
    (CREATE, |client| client.create_and_start(&CreateOptions::new("busybox")).map(drop)),
];

/// An engine that never answers a request that starts with `line`.
fn silent(line: &'static str) -> FakeEngine {
    FakeEngine::on(line, |_, wire| wire.hold())
}

#[test]
fn silence_ends_at_the_callers_deadline() {
    for (line, call) in CALLS {
        let engine = silent(line);
        let client = engine.client();
        let error = fails_within(SOON, || call(&client.with_timeout(LIMIT)));
        check(&error, ErrorKind::Timeout, &["the caller's deadline passed"]);
        assert_eq!(engine.count(line), 1, "{line}");
        // Lets the create that was left fail, so that nothing waits for it.
        drop(engine);
    }
}

#[test]
fn silence_ends_at_the_default_limit_of_a_request() {
    for (line, call) in CALLS {
        if line == STOP || line == CREATE {
            continue; // see below
        }
        let engine = silent(line);
        let client = engine.builder().request_timeout(LIMIT).build().unwrap();
        let error = fails_within(SOON, || call(&client));
        check(&error, ErrorKind::Timeout, &["150 ms", "default request timeout"]);
    }
}

/// The same of those calls that have a limit of their own beside it.
#[test]
fn stop_and_create_keep_to_the_default_limit_of_a_request() {
    let calls = CALLS.into_iter().filter(|(line, _)| [STOP, CREATE].contains(line));
    let ends = calls.map(|(line, call)| {
        let engine = silent(line);
        // A stopping engine is given the 2 s of grace, too.
        let patience = SOON + if line == STOP { Duration::from_secs(2) } else { Duration::ZERO };
        let client = engine.builder().request_timeout(LIMIT).build().unwrap();
        let (ended, end) = channel();
        thread::spawn(move || ended.send(call(&client).unwrap_err()));
        let end = end.recv_timeout(patience).map(|error| (error.kind(), error.to_string()));
        (line, end)
    });
    for (line, end) in ends.collect::<Vec<_>>() {
        let (kind, text) = end.unwrap_or_else(|_| panic!("{line}: no end at the limit"));
        assert_eq!(kind, ErrorKind::Timeout, "{line}: {text}");
        assert!(text.contains("default request timeout"), "{line}: {text}");
    }
}

#[test]
fn a_limit_for_ever_is_none() {
    for forever in [Duration::MAX, Duration::from_secs(u64::MAX / 4)] {
        let engine = FakeEngine::routine();
        let builder = engine.builder().connect_timeout(forever).request_timeout(forever);
        let client = builder.build().unwrap().with_timeout(forever);
        client.exec("c1", &ExecOptions::new(["true"])).unwrap();
        client.create_and_start(&CreateOptions::new("busybox")).unwrap();
        client.stop("c1").unwrap();
    }
}

#[test]
fn a_deadline_is_for_all_of_an_answer() {
    let pause = LIMIT / 10;
    for answer in [
        fake::answer(200, &format!(r#"{{"Id":"c1","State":{}}}"#, " ".repeat(10_000))),
        format!("HTTP/1.1 200 OK\r\n{}", "X: y\r\n".repeat(1_000)),
        fake::answer(500, &"x".repeat(10_000)),
    ] {
        let cut = answer.find("\r\n\r\n").map_or(0, |end| end + 4);
        let engine = FakeEngine::on(INSPECT, move |_, wire| {
            wire.send(&answer.as_bytes()[..cut])?;
            wire.drip(&answer.as_bytes()[cut..], pause)
        });
        let start = Instant::now();
        let error = engine.client().with_timeout(LIMIT).container_alive("c1").unwrap_err();
        assert!(error.is_timeout() || error.http_status() == Some(500), "{error}");
        assert!(start.elapsed() < SOON, "{error}");
    }
}

#[test]
fn cancel_and_close_end_every_call_promptly() {
    for (line, call) in CALLS {
        for close in [false, true] {
            let engine = silent(line);
            let (token, client) = (CancelToken::new(), engine.client());
            let caller = client.with_cancel(&token);
            let call = thread::spawn(move || (call(&caller).unwrap_err(), Instant::now()));
            engine.wait_for(line);
            let start = Instant::now();
            let kind = if close {
                let closer = client.clone();
                thread::spawn(move || closer.close());
                ErrorKind::Closed
            } else {
                token.cancel();
                ErrorKind::Cancelled
            };
            let (error, end) = call.join().unwrap();
            check(&error, kind, &[]);
            assert!(end.duration_since(start) < PROMPT, "{line}: {:?}", end - start);
            if close {
                let seen = engine.requests().len();
                check(&client.version().unwrap_err(), ErrorKind::Closed, &[]);
                assert_eq!(engine.requests().len(), seen);
            }
            drop(engine); // a create goes on in the background until this
        }
    }
}

#[test]
fn cancel_ends_the_wait_for_the_rest_of_an_error() {
    let engine = FakeEngine::on(INSPECT, |_, wire| {
        wire.send(b"HTTP/1.1 500 No\r\nContent-Length: 99\r\n\r\n{\"message\"")?;
        wire.hold()
    });
    // Often, so that the head has been read in some of them.
    for tries in 1..=30 {
        let token = CancelToken::new();
        let client = engine.client().with_cancel(&token);
        let call = thread::spawn(move || client.container_alive("c1").unwrap_err());
        while engine.count(INSPECT) < tries {
            thread::yield_now();
        }
        token.cancel();
        check(&call.join().unwrap(), ErrorKind::Cancelled, &[]);
    }
}

#[test]
fn closing_ends_an_exec_and_dropping_does_not_hang() {
    let engine = FakeEngine::on(START, |_, wire| {
        wire.send(fake::UPGRADED)?;
        wire.hold()
    });
    let client = engine.client();
    let caller = client.clone();
    let sleep = ExecOptions::new(["sleep", "9"]).kill_grace(Duration::ZERO);
    let call = thread::spawn(move || (caller.exec("c1", &sleep), Instant::now()));
    engine.wait_for(START);
    let start = Instant::now();
    client.close(); // waits for the kill, and for last words that never come
    let (result, ended) = call.join().unwrap();
    check(&result.unwrap_err(), ErrorKind::Closed, &[]);
    assert!(ended - start < PROMPT);
    client.close();
    drop(client);
    assert!(start.elapsed() < Duration::from_secs(5));
}

/// Every call that takes an id or a name.
fn calls_with_id(client: &Client, id: &str) -> [Result<()>; 8] {
    let run = ExecOptions::new(["true"]);
    [
        client.exec(id, &run).map(drop),
        client.stop(id),
        client.container_alive(id).map(drop),
        client.inspect_container_state(id).map(drop),
        client.create_volume(&VolumeOptions::new(id)).map(drop),
        client.inspect_volume(id).map(drop),
        client.remove_volume(id),
        client.create_and_start(&CreateOptions::new("busybox").name(id)).map(drop),
    ]
}

#[test]
fn bad_ids_reach_no_engine() {
    let engine = FakeEngine::routine();
    let client = engine.client();
    let long = "x".repeat(256);
    for id in [
        "../../version?x=",
        "",
        "/",
        ".",
        "..",
        "a/b",
        "a?b",
        "a#b",
        "a%2fb",
        "a b",
        "a\r\nX: y",
        "a\0",
        "-a",
        "_a",
        "é",
        "a\u{202e}",
        &long,
    ] {
        for result in calls_with_id(&client, id) {
            check(&result.unwrap_err(), ErrorKind::InvalidArgument, &[]);
        }
    }
    for image in ["", "../x", "a/../b", "a?b", "a b", "a\r\nb", "/a", "a//b", "a:", "é"] {
        check(&client.image_exists(image).unwrap_err(), ErrorKind::InvalidArgument, &[]);
        check(
            &client.pull_image(image, &PullOptions::new()).unwrap_err(),
            ErrorKind::InvalidArgument,
            &[],
        );
    }
    assert_eq!((engine.connections(), engine.requests()), (0, vec![]));
}

#[test]
fn stop_succeeds_once_the_container_is_gone() {
    for stopped in [204, 304, 404, 409, 500] {
        for removed in [204, 404, 409] {
            let (looks, looked) = channel();
            let looked = std::sync::Mutex::new(looked);
            (0..3).for_each(|_| looks.send(()).unwrap());
            let engine = FakeEngine::start(move |request, wire| {
                let no = r#"{"message":"no"}"#;
                match request.line.split(['?', ' ']).next() {
                    Some("DELETE") => wire.json(removed, no),
                    Some("POST") => wire.json(stopped, no),
                    _ if request.line == INSPECT && looked.lock().unwrap().try_recv().is_ok() => {
                        wire.json(200, r#"{"Id":"c1","State":{"Status":"removing"}}"#)
                    }
                    _ => Ok(Then::Routine),
                }
            });
            let client = engine.client();
            for _ in 0..2 {
                client.stop("c1").unwrap();
                assert_eq!(engine.requests()[1].split('?').next(), Some(STOP));
            }
            if removed != 404 {
                assert_eq!(engine.count(INSPECT), 5, "3 times there, gone, and gone");
            }
        }
    }
}

#[test]
fn stop_does_not_take_a_failure_for_success() {
    for (line, status, kind) in [
        ("DELETE", 500, ErrorKind::Engine),
        (INSPECT, 500, ErrorKind::Engine),
        ("DELETE", 0, ErrorKind::Disconnected),
        (INSPECT, 0, ErrorKind::Disconnected),
    ] {
        let engine = FakeEngine::on(line, move |_, wire| match status {
            0 => Ok(Then::Close),
            status => wire.json(status, r#"{"message":"disk on fire"}"#),
        });
        let error = engine.client().stop("c1").unwrap_err();
        check(&error, kind, if status == 0 { &[] } else { &["disk on fire"] });
    }
    // It never goes away.
    let engine = FakeEngine::on(INSPECT, |_, wire| {
        wire.json(200, r#"{"Id":"c1","State":{"Status":"removing"}}"#)
    });
    let error = fails_within(SOON, || engine.client().with_timeout(LIMIT).stop("c1"));
    check(&error, ErrorKind::Timeout, &[]);
}

#[test]
fn a_stale_connection_is_used_for_nothing_twice() {
    let run = |client: &Client| match client.exec("c1", &ExecOptions::new(["true"])) {
        Ok(result) => match result.outcome {
            Outcome::Exited(_) => Ok(()),
            _ => panic!("{result:?}"),
        },
        Err(error) => Err(error),
    };
    // The first connection ends at its `uses`th use.
    let engine = |uses| {
        FakeEngine::start(move |request, _| {
            let stale = request.connection == 0 && request.nth >= uses;
            Ok(if stale { Then::Close } else { Then::Routine })
        })
    };
    let fake = engine(2);
    let client = fake.client();
    client.container_alive("c1").unwrap();
    client.container_alive("c1").unwrap();
    assert_eq!((fake.count(INSPECT), fake.connections()), (3, 2), "again, and on a new one");

    // A command's container is asked about first.
    let fake = engine(3);
    let client = fake.client();
    client.container_alive("c1").unwrap();
    check(&run(&client).unwrap_err(), ErrorKind::Disconnected, &[]);
    assert_eq!((fake.count("POST"), fake.connections()), (1, 1), "{:?}", fake.requests());
    run(&client).unwrap();

    let fake = FakeEngine::on(CREATE, |_, _| Ok(Then::Close));
    let client = fake.client();
    let error = client.create_and_start(&CreateOptions::new("busybox")).unwrap_err();
    check(&error, ErrorKind::Disconnected, &[]);
    assert_eq!(fake.count(CREATE), 1);

    // A connection that ends every time is tried twice, not for ever.
    let fake = FakeEngine::on(INSPECT, |_, _| Ok(Then::Close));
    let client = fake.client();
    check(&client.container_alive("c1").unwrap_err(), ErrorKind::Disconnected, &[]);
    assert_eq!(fake.count(INSPECT), 2);
}
