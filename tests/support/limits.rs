//! What an error must say, and how soon.

use std::thread;
use std::time::{Duration, Instant};

use sandcell::{CancelToken, Client, Error, ErrorKind};

/// How soon a call must end when it is told to.
pub const SOON: Duration = Duration::from_millis(100);

#[track_caller]
pub fn check(error: &Error, kind: ErrorKind, words: &[&str]) {
    assert_eq!(error.kind(), kind, "{error}");
    for word in words {
        assert!(format!("{error:#}").contains(word), "no {word:?} in: {error:#}");
    }
}

/// A call ends with its time-out, no sooner, and its error has these words.
pub fn ends_at_its_deadline(client: &Client, words: &[&str]) {
    let start = Instant::now();
    let error = client.with_timeout(SOON).version().unwrap_err();
    assert!((SOON..2 * SOON).contains(&start.elapsed()), "{:?}", start.elapsed());
    check(&error, ErrorKind::Timeout, words);
    check(&error, ErrorKind::Timeout, &["the caller's deadline passed"]);
}

/// Cancels a call once `is_waiting` has returned.
pub fn ends_when_cancelled<T>(client: &Client, is_waiting: impl FnOnce() -> T) {
    let token = CancelToken::new();
    let client = client.with_cancel(&token);
    let call = thread::spawn(move || (client.version().unwrap_err(), Instant::now()));
    let _held = is_waiting();
    let start = Instant::now();
    token.cancel();
    let (error, end) = call.join().unwrap();
    assert!(end - start < SOON, "{:?}", end - start);
    check(&error, ErrorKind::Cancelled, &[]);
}
