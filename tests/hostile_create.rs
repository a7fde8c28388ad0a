//! Creating a container on an engine that fails in between: nothing stays
//! behind, nothing of somebody else's is removed, and no call outstays its
//! limits to tidy up.

#[path = "support/fake.rs"]
mod fake;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use fake::{FakeEngine, Request, Step, Then, Wire};
use sandcell::{CancelToken, CreateOptions, Error, ErrorKind};

const IMAGE: &str = "GET /v1.41/images/busybox/json";
const PULL: &str = "POST /v1.41/images/create";
const CREATE: &str = "POST /v1.41/containers/create";
const START: &str = "POST /v1.41/containers/c1/start";
const REMOVE: &str = "DELETE /v1.41/containers/c1?";
/// What the library promises for cancelling and closing.
const PROMPT: Duration = Duration::from_millis(100);
/// A limit that the tests set, and what a call may take that has it.
const LIMIT: Duration = Duration::from_millis(150);
const SOON: Duration = Duration::from_millis(600);
/// How long a test waits for what must happen, before it fails.
const PATIENCE: Duration = Duration::from_secs(5);

fn options() -> CreateOptions {
    CreateOptions::new("busybox").label("job", "17")
}

#[track_caller]
fn check(error: &Error, kind: ErrorKind, words: &str) {
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains(words), "no {words:?} in: {error}");
}

/// An engine that remembers the container it was asked to create, so that it
/// can be found by its name, and answers the request by `answer`.
fn creating(
    answer: impl Fn(&Request, &mut Wire) -> Step + Send + Sync + 'static,
    foreign_token: bool,
) -> FakeEngine {
    let created = OnceLock::<(String, serde_json::Value)>::new();
    FakeEngine::start(move |request, wire| {
        if request.line.starts_with(CREATE) {
            let name = request.line.split("name=").nth(1).unwrap().to_owned();
            let mut body: serde_json::Value = serde_json::from_slice(&request.body)?;
            if foreign_token {
                body["Labels"]["sandcell.create_token"] = "0123456789abcdef".into();
            }
            created.get_or_init(|| (name, body["Labels"].take()));
            return answer(request, wire);
        }
        match created.get() {
            Some((name, labels)) if request.line.contains(&format!("/containers/{name}/json")) => {
                let config = format!(r#"{{"Labels":{labels}}}"#);
                wire.json(200, &format!(r#"{{"Id":"c1","State":{{}},"Config":{config}}}"#))
            }
            _ => Ok(Then::Routine),
        }
    })
}

#[test]
fn a_container_whose_answer_was_lost_is_removed() {
    let whole = fake::answer(201, r#"{"Id":"c1"}"#);
    let half = whole[..whole.len() - 3].to_owned();
    for answer in [String::new(), half, fake::answer(201, "{}"), "garbage\n".to_owned()] {
        let engine = creating(move |_, wire| wire.cut(answer.as_bytes()), false);
        let error = engine.client().create_and_start(&options()).unwrap_err();
        let kinds = [ErrorKind::Disconnected, ErrorKind::Protocol];
        assert!(kinds.contains(&error.kind()), "{error}");
        assert_eq!((engine.count(CREATE), engine.count(REMOVE)), (1, 1), "{error}");
    }
}

#[test]
fn a_container_of_somebody_else_is_left_alone() {
    let engine = creating(|_, _| Ok(Then::Close), true);
    let error = engine.client().create_and_start(&options().name("taken")).unwrap_err();
    check(&error, ErrorKind::Disconnected, "create container");
    assert_eq!(engine.count("GET /v1.41/containers/taken/json"), 1);
    assert_eq!(engine.count("DELETE"), 0, "{:?}", engine.requests());
    // The engine's word that there is none needs no look.
    for (status, kind) in [(409, ErrorKind::Conflict), (500, ErrorKind::Engine)] {
        let refuse = move |_: &_, wire: &mut Wire| wire.json(status, r#"{"message":"no"}"#);
        let engine = FakeEngine::on(CREATE, refuse);
        check(&engine.client().create_and_start(&options()).unwrap_err(), kind, "no");
        assert_eq!((engine.count(CREATE), engine.count("DELETE")), (1, 0));
    }
}

#[test]
fn a_container_that_does_not_start_is_removed() {
    for (status, kind, words) in [
        (500, ErrorKind::Engine, "exec: /bin/sh: not found"),
        (404, ErrorKind::NotFound, "exec: /bin/sh: not found"),
        (409, ErrorKind::Conflict, "exec: /bin/sh: not found"),
        (0, ErrorKind::Disconnected, "start container"),
    ] {
        let engine = FakeEngine::on(START, move |_, wire| match status {
            0 => Ok(Then::Close),
            status => wire.json(status, r#"{"message":"exec: /bin/sh: not found"}"#),
        });
        let error = engine.client().create_and_start(&options()).unwrap_err();
        check(&error, kind, words);
        assert_eq!(engine.count(REMOVE), 1, "before the call returns");
    }
}

#[test]
fn a_start_that_times_out_is_undone_in_the_background() {
    let engine = FakeEngine::on(START, |_, wire| wire.hold());
    let start = Instant::now();
    let error = engine.client().with_timeout(LIMIT).create_and_start(&options()).unwrap_err();
    assert!(start.elapsed() < SOON, "{error}");
    check(&error, ErrorKind::Timeout, "the caller's deadline passed");
    engine.wait_for(REMOVE);
}

#[test]
fn tidying_up_does_not_keep_the_caller() {
    // The engine fails a request, and hangs when the container is to go.
    let look = "GET /v1.41/containers/";
    for (failing, silent) in [(START, REMOVE), (START, look), (CREATE, look)] {
        for cancel in [false, true] {
            let engine = FakeEngine::start(move |request, wire| {
                if request.line.starts_with(silent) {
                    return wire.hold();
                }
                let fails = request.line.starts_with(failing);
                Ok(if fails { Then::Close } else { Then::Routine })
            });
            let (client, token) = (engine.client(), CancelToken::new());
            let caller = match cancel {
                true => client.with_cancel(&token),
                false => client.with_timeout(LIMIT),
            };
            let (ended, end) = channel();
            let call = move || caller.create_and_start(&options()).unwrap_err();
            thread::spawn(move || ended.send((call(), Instant::now())));
            engine.wait_for(silent);
            let start = Instant::now();
            let limit = if cancel { PROMPT } else { SOON };
            if cancel {
                token.cancel();
            }
            let end = end.recv_timeout(2 * SOON);
            let (error, end) = end.unwrap_or_else(|_| panic!("{silent} keeps the caller"));
            assert!(end.saturating_duration_since(start) < limit, "{silent}: {error}");
            drop(engine); // or the client would wait for it
        }
    }
}

#[test]
fn an_image_that_vanishes_is_pulled_again_once() {
    let gone = |_: &Request, wire: &mut Wire| wire.json(404, r#"{"message":"No such image"}"#);
    for times in [1, usize::MAX] {
        let (created, pulled) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let engine = FakeEngine::start(move |request, wire| match request.line.as_str() {
            line if line.starts_with(PULL) => {
                pulled.fetch_add(1, Ordering::SeqCst);
                Ok(Then::Routine)
            }
            IMAGE if created.load(Ordering::SeqCst) > pulled.load(Ordering::SeqCst) => {
                gone(request, wire)
            }
            line if line.starts_with(CREATE) && created.fetch_add(1, Ordering::SeqCst) < times => {
                gone(request, wire)
            }
            _ => Ok(Then::Routine),
        });
        let result = engine.client().create_and_start(&options());
        assert_eq!((engine.count(IMAGE), engine.count(PULL), engine.count(CREATE)), (4, 1, 2));
        match result {
            Ok(id) => assert_eq!((id.as_str(), times), ("c1", 1)),
            Err(error) => check(&error, ErrorKind::NotFound, "No such image"),
        }
    }
    // What is missing is something else: nothing is pulled.
    let engine = FakeEngine::on(CREATE, gone);
    let error = engine.client().create_and_start(&options()).unwrap_err();
    check(&error, ErrorKind::NotFound, "No such image");
    assert_eq!((engine.count(IMAGE), engine.count(PULL), engine.count(CREATE)), (4, 0, 2));
    // It is not there at all, and cannot be had.
    let engine = FakeEngine::start(move |request, wire| match request.line.as_str() {
        IMAGE => gone(request, wire),
        line if line.starts_with(PULL) => wire.json(404, r#"{"message":"pull access denied"}"#),
        _ => Ok(Then::Routine),
    });
    let error = engine.client().create_and_start(&options()).unwrap_err();
    check(&error, ErrorKind::NotFound, "pull access denied");
    assert_eq!((engine.count(PULL), engine.count(CREATE)), (1, 0));
}

#[test]
fn a_create_that_was_left_is_undone_when_its_answer_comes() {
    for way in ["cancel", "timeout", "close", "lost"] {
        let (go, wait_for_go) = channel::<()>();
        let wait_for_go = Mutex::new(wait_for_go);
        let engine = creating(
            move |_, wire| {
                wait_for_go.lock().unwrap().recv_timeout(PATIENCE).ok();
                if way == "lost" { Ok(Then::Close) } else { wire.json(201, r#"{"Id":"c1"}"#) }
            },
            false,
        );
        let token = CancelToken::new();
        let client = engine.client();
        let caller = client.with_cancel(&token);
        let caller = if way == "timeout" { caller.with_timeout(LIMIT) } else { caller };
        let call = thread::spawn(move || (caller.create_and_start(&options()), Instant::now()));
        engine.wait_for(CREATE);
        let start = Instant::now();
        let (limit, kind) = match way {
            "timeout" => (SOON, ErrorKind::Timeout),
            "close" => (PROMPT, ErrorKind::Closed),
            _ => (PROMPT, ErrorKind::Cancelled),
        };
        let client = Arc::new(client);
        let closer = (way == "close").then(|| {
            let client = Arc::clone(&client);
            thread::spawn(move || client.close())
        });
        if !["close", "timeout"].contains(&way) {
            token.cancel();
        }
        let (result, end) = call.join().unwrap();
        check(&result.unwrap_err(), kind, "");
        assert!(end.saturating_duration_since(start) < limit, "{way}");
        assert_eq!(engine.count("DELETE"), 0);
        drop(go);
        engine.wait_for(REMOVE);
        // Closing waits for it.
        closer.into_iter().for_each(|closer| closer.join().unwrap());
        client.close();
        assert_eq!((engine.count(CREATE), engine.count(START)), (1, 0), "{way}");
    }
}

#[test]
fn an_answer_without_an_id_is_none() {
    for body in [r#"{"Id":""}"#, r#"{"Id":".."}"#, "{}", r#"{"Id":null}"#] {
        let engine = FakeEngine::on(CREATE, |_, wire| wire.json(201, body));
        let result = engine.client().create_and_start(&options());
        let error = result.expect_err(body);
        check(&error, ErrorKind::Protocol, "create container");
        assert_eq!(engine.count("POST /v1.41/containers/.."), 0, "{:?}", engine.requests());
    }
}

#[test]
fn depth_does_not_overflow_the_small_stack_of_a_task() {
    let deep = ["[".repeat(100_000), "]".repeat(100_000)].concat();
    let body = format!(r#"{{"Id":"c1","New":{deep},"Warnings":null}}"#);
    let engine = FakeEngine::on(CREATE, move |_, wire| wire.json(201, &body));
    assert_eq!(engine.client().create_and_start(&options()).unwrap(), "c1");
}
