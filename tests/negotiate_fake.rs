//! Which version of the Engine API is spoken, with engines of many ages, and
//! with one that is replaced meanwhile.

#[path = "support/fake.rs"]
mod fake;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use fake::{FakeEngine, Then, check};
use sandcell::api::ApiVersion;
use sandcell::{ErrorKind, ExecOptions};

const PATIENCE: Duration = Duration::from_secs(20);

/// An engine that supports these versions.
fn engine_with(min: ApiVersion, max: ApiVersion) -> FakeEngine {
    let version = format!(r#"{{"ApiVersion":"{max}","MinAPIVersion":"{min}"}}"#);
    FakeEngine::start(move |request, wire| match request.line.as_str() {
        "GET /_ping" => wire.ping(&max.to_string()),
        "GET /version" => wire.json(200, &version),
        _ => Ok(Then::Routine),
    })
}

#[test]
fn versions_are_negotiated() {
    let (least, most) = (ApiVersion::MIN, ApiVersion::MAX);
    let newer = ApiVersion::new(most.major, most.minor + 1);
    let version = |minor| ApiVersion::new(1, minor);
    for (engine_min, engine_max, pinned, expected) in [
        (version(12), version(41), None, Some(version(41))),
        (version(24), version(43), None, Some(version(43))),
        (version(24), most, None, Some(most)),
        (version(44), newer, None, Some(most)),
        (most, version(99), None, Some(most)),
        (version(12), version(40), None, None),
        (newer, version(99), None, None),
        (version(24), version(45), Some(version(43)), Some(version(43))),
        (version(24), newer, Some(least), Some(least)),
        (version(24), version(43), Some(version(44)), None),
        (version(44), version(50), Some(version(43)), None),
        (version(12), version(43), Some(version(40)), None),
        (version(24), version(99), Some(newer), None),
    ] {
        let engine = engine_with(engine_min, engine_max);
        let builder = engine.builder();
        let builder = pinned.into_iter().fold(builder, |b, version| b.api_version(version));
        let client = builder.build().unwrap();
        match (client.container_alive("c1"), expected) {
            (Ok(_), Some(version)) => {
                let inspect = format!("GET /v{version}/containers/c1/json");
                assert_eq!(engine.count(&inspect), 1, "{:?}", engine.requests());
                assert_eq!(client.version().unwrap().negotiated, version);
            }
            (Err(error), None) => {
                let ranges =
                    [format!("{engine_min} to {engine_max}"), format!("{least} to {most}")];
                check(&error, ErrorKind::ApiVersion, &[&ranges[0], &ranges[1]]);
                assert_eq!(engine.count("GET /v1."), 0);
            }
            (result, _) => panic!("{engine_min} to {engine_max}, {pinned:?}: {result:?}"),
        }
    }
}

#[test]
fn an_engine_that_was_replaced_is_asked_for_its_version_again() {
    for (old, new, refusal) in [
        ("1.45", "1.41", "client version 1.45 is too new. Maximum supported API version is 1.41"),
        ("1.41", "1.51", "client version 1.41 is too old. Minimum supported API version is 1.44"),
    ] {
        let is_replaced = Arc::new(AtomicBool::new(false));
        let engine = FakeEngine::start({
            let is_replaced = Arc::clone(&is_replaced);
            move |request, wire| {
                let replaced = is_replaced.load(Ordering::SeqCst);
                let is_old = request.line.contains(&format!("/v{old}/"));
                match request.line.as_str() {
                    "GET /_ping" => wire.ping(if replaced { new } else { old }),
                    _ if replaced && is_old => {
                        wire.json(400, &serde_json::json!({ "message": refusal }).to_string())
                    }
                    _ => Ok(Then::Routine),
                }
            }
        });
        let client = engine.client();
        client.container_alive("c1").unwrap();
        is_replaced.store(true, Ordering::SeqCst);
        // Also what may not be repeated: it was refused before anything was done.
        client.exec("c1", &ExecOptions::new(["true"])).unwrap();
        assert_eq!(client.version().unwrap().negotiated.to_string(), new);
        assert_eq!(engine.count("GET /_ping"), 2);
        assert_eq!(engine.count(&format!("POST /v{new}/containers/c1/exec")), 1);
    }
    // A pinned one stays.
    let refusal = r#"{"message":"client version 1.45 is too new."}"#;
    let engine = FakeEngine::on("GET /v1.45", |_, wire| wire.json(400, refusal));
    let pinned = engine.builder().api_version(ApiVersion::new(1, 45)).build().unwrap();
    assert!(pinned.container_alive("c1").is_err());
}

#[test]
fn of_two_calls_that_a_replaced_engine_refuses_both_succeed() {
    let (second, on_its_way) = channel();
    let (first, is_done) = channel();
    let is_done = Mutex::new(is_done);
    let is_replaced = Arc::new(AtomicBool::new(false));
    let engine = FakeEngine::start({
        let is_replaced = Arc::clone(&is_replaced);
        move |request, wire| {
            let replaced = is_replaced.load(Ordering::SeqCst);
            if request.line.ends_with("/_ping") {
                return wire.ping(if replaced { "1.41" } else { "1.45" });
            }
            if !replaced || !request.line.contains("/v1.45/") {
                return Ok(Then::Routine);
            }
            if request.line.contains("/c2/") {
                second.send(()).unwrap();
                is_done.lock().unwrap().recv_timeout(PATIENCE).unwrap();
            }
            wire.json(400, r#"{"message":"client version 1.45 is too new."}"#)
        }
    });
    let client = engine.client();
    client.container_alive("c1").unwrap();
    is_replaced.store(true, Ordering::SeqCst);
    thread::scope(|scope| {
        let late = scope.spawn(|| client.container_alive("c2"));
        on_its_way.recv_timeout(PATIENCE).unwrap();
        client.container_alive("c1").unwrap();
        first.send(()).unwrap();
        late.join().unwrap().unwrap();
    });
    assert_eq!(engine.count("GET /_ping"), 2, "{:?}", engine.requests());
}

#[test]
fn an_engine_without_a_sane_version_is_refused() {
    for version in ["", "x", "1", "1.99999", "1.41.2", "-1.41"] {
        let engine = FakeEngine::on("GET /_ping", move |_, wire| wire.ping(version));
        let error = engine.client().container_alive("c1").unwrap_err();
        check(&error, ErrorKind::Protocol, &["API version"]);
    }
    let engine = FakeEngine::on("GET /_ping", |_, wire| wire.json(200, "OK"));
    check(&engine.client().container_alive("c1").unwrap_err(), ErrorKind::Protocol, &[]);
}
