//! Callbacks that panic in what only a scripted engine does without a registry.

#[path = "support/fake.rs"]
mod fake;

use std::sync::atomic::{AtomicUsize, Ordering};

use fake::{FakeEngine, Then, check};
use sandcell::{ErrorKind, PullOptions, PullProgress};

#[test]
fn a_pull_ends_at_once_when_its_callback_panics() {
    let engine = FakeEngine::on("POST /v1.41/images/create", |_, wire| {
        wire.send(b"HTTP/1.1 200 OK\r\n\r\n{\"status\":\"Pulling\"}{\"status\":\"on\"}")?;
        wire.hold()?; // it would take for ever
        Ok(Then::Close)
    });
    let calls = AtomicUsize::new(0);
    let progress = |_: &PullProgress| {
        calls.fetch_add(1, Ordering::SeqCst);
        panic!("expected by a test")
    };
    let options = PullOptions::new().progress(&progress);
    let client = engine.client();
    let error = client.pull_image("x", &options).unwrap_err();
    check(&error, ErrorKind::Io, &["pull image \"x\"", "panicked: expected by a test"]);
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert!(client.version().is_ok(), "the client is as it was");
}
