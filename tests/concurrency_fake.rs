//! Many streaming execs at once, on a scripted engine. Alone in its file, because
//! it counts what all tests of a file share.

#[path = "support/fake.rs"]
mod fake;
#[path = "support/process.rs"]
mod process;

use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use fake::{FakeEngine, Then, frame};
use sandcell::{Exec, ExecOptions};

#[test]
fn five_hundred_at_once_cost_little_and_leave_nothing() {
    const COUNT: usize = 500;
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let held = Arc::clone(&gate);
    let engine = FakeEngine::on("POST /v1.41/exec/e1/start", move |_, wire| {
        wire.send(&[fake::UPGRADED, &frame(1, b"begun")].concat())?;
        let open = held.0.lock().unwrap();
        drop(held.1.wait_while(open, |open| !*open).unwrap());
        wire.send(&frame(1, b"ended"))?;
        Ok(Then::Close)
    });
    let client = engine.client();
    client.version().unwrap();
    let before = [process::open_fds(), process::threads(), process::resident()];
    let execs: Vec<Exec> =
        (0..COUNT).map(|_| client.start_exec("c1", &ExecOptions::new(["cmd"])).unwrap()).collect();
    let during = [process::open_fds(), process::threads(), process::resident()];
    // The engine is in this process, too: one thread and one descriptor each.
    let [fds, threads, resident] = [0, 1, 2].map(|n| during[n].saturating_sub(before[n]));
    println!(
        "each of {COUNT}: {:.1} descriptors, {:.1} threads, {} KiB, the engine's included",
        fds as f64 / COUNT as f64,
        threads as f64 / COUNT as f64,
        resident / COUNT / 1024,
    );
    assert!(fds <= 5 * COUNT && threads <= COUNT + 4, "{fds} descriptors, {threads} threads");
    assert!(resident < COUNT * 48 * 1024, "{resident} bytes");

    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
    for exec in execs {
        let result = exec.wait_with_output().unwrap();
        assert_eq!((result.exit_code(), &result.stdout[..]), (Some(0), &b"begunended"[..]));
    }
    drop(client);
    drop(engine);
    let deadline = Instant::now() + Duration::from_secs(10);
    let left = || [process::open_fds(), process::threads()];
    while left().iter().zip(&before).any(|(now, before)| now > before) {
        assert!(Instant::now() < deadline, "{:?}, and {before:?} before", left());
        thread::yield_now();
    }
}
