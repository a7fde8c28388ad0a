//! What failed calls leave behind in this process: nothing. Alone in its file,
//! because it counts what all tests of a file share.

#[path = "support/fake.rs"]
mod fake;
#[path = "support/process.rs"]
mod process;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fake::{FakeEngine, Then};
use sandcell::{CancelToken, CreateOptions, ExecOptions, Outcome};

/// Open descriptors and threads.
fn held() -> [usize; 2] {
    [process::open_fds(), process::threads()]
}

/// One exchange each that is cut, times out, is cancelled or succeeds.
fn round(engine: &FakeEngine, cancels: &AtomicUsize) {
    let client = engine.client();
    let run = ExecOptions::new(["true"]).stdin("input");
    for timeout in [1, 3] {
        let hurried = client.with_timeout(Duration::from_millis(timeout));
        hurried.exec("c2", &run).ok();
        hurried.create_and_start(&CreateOptions::new("busybox")).ok();
    }
    let token = CancelToken::new();
    let before = cancels.load(Ordering::SeqCst);
    thread::scope(|scope| {
        let exec = scope.spawn(|| client.with_cancel(&token).exec("c2", &run));
        while cancels.load(Ordering::SeqCst) == before && !exec.is_finished() {
            thread::yield_now();
        }
        token.cancel();
        match exec.join().unwrap() {
            Ok(result) => assert!(!matches!(result.outcome, Outcome::TimedOut), "{result:?}"),
            Err(error) => assert!(error.is_cancelled() || error.is_retryable(), "{error}"),
        }
    });
    client.create_and_start(&CreateOptions::new("busybox")).ok();
    client.stop("c1").ok();
    client.close();
    client.version().unwrap_err();
}

#[test]
fn failed_calls_leave_nothing_behind() {
    let starts = Arc::new(AtomicUsize::new(0));
    let engine = FakeEngine::start({
        let starts = Arc::clone(&starts);
        move |request, wire| {
            let is_start = request.line.contains("/exec/e1/start");
            match (is_start, request.connection % 7) {
                (true, turn) => {
                    let frame = fake::frame(1, b"output");
                    wire.send(&[fake::UPGRADED, &frame[..4 + turn]].concat())?;
                    starts.fetch_add(1, Ordering::SeqCst);
                    if turn % 2 == 0 {
                        wire.hold()?;
                    }
                    Ok(Then::Close)
                }
                (_, 3) if request.nth > 1 => Ok(Then::Close),
                (_, 5) if request.nth > 2 => wire.cut(b"HTTP/1.1 200 OK\r\nConte"),
                _ => Ok(Then::Routine),
            }
        }
    });
    round(&engine, &starts); // what is made once and kept
    let before = held();
    for _ in 0..50 {
        round(&engine, &starts);
    }
    assert!(engine.connections() > 200, "{}", engine.connections());
    // The last threads are about to end; so were some when `before` was counted.
    let deadline = Instant::now() + Duration::from_secs(5);
    let is_more = || held().iter().zip(&before).any(|(now, before)| now > before);
    while is_more() && Instant::now() < deadline {
        thread::yield_now();
    }
    assert!(!is_more(), "descriptors and threads: {:?}, and {before:?} before", held());
}
