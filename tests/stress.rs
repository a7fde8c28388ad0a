//! One handle, and many threads that use it at once: all answers are those that
//! one thread would get. `make sanitize` runs this under ThreadSanitizer.

#[path = "support/fake.rs"]
mod fake;
mod support;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use fake::{FakeEngine, Then};
use sandcell::{ErrorKind, Outcome};
use support::front::{Command, Exec, Front, Images, Output, Pull, Stdin, Token, on_each_front};
use support::gone::proof;
use support::{Container, IMAGE};

/// How long a thread waits for what must come, before its test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs `body` in as many threads, each told its number.
fn threads<'scope, 'env>(
    scope: &'scope Scope<'scope, 'env>,
    count: usize,
    body: impl Fn(usize) + Clone + Send + 'scope,
) {
    for number in 0..count {
        let body = body.clone();
        scope.spawn(move || body(number));
    }
}

/// Reads a stream to its end, with others that do the same; what this one got.
fn read_on(output: &impl Output) -> usize {
    let (mut buffer, mut len) = ([0; 999], 0);
    loop {
        match output.read_timeout(&mut buffer, PATIENCE).unwrap() {
            0 => return len,
            count => len += count,
        }
    }
}

/// 4 write, 3 and 2 read, 3 wait, and 4 signal, ask and resize.
fn one_exec_serves_sixteen_threads<F: Front>() {
    const EACH: usize = 100_000;
    let container = Container::<F>::start();
    let started = Instant::now();
    let mut exec = container.start_exec(&container.id, &Command::new(["cat"])).unwrap();
    let stdin = Arc::new(exec.take_stdin().unwrap());
    let (stdout, stderr) = (exec.take_stdout(), exec.take_stderr());
    let read = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (exec, stdout, stderr, read) = (&exec, &stdout, &stderr, &read);
        // The input ends when the last of them lets go of it.
        threads(scope, 4, move |_| {
            let mut left = EACH;
            while left > 0 {
                left -= stdin.write_timeout(&vec![b'x'; left.min(4321)], PATIENCE).unwrap();
            }
        });
        threads(scope, 3, |_| {
            read.fetch_add(read_on(stdout), Ordering::SeqCst);
        });
        threads(scope, 2, |_| assert_eq!(read_on(stderr), 0));
        threads(scope, 3, |_| {
            let ended = exec.wait_timeout(PATIENCE).unwrap();
            assert!(matches!(ended, Some(Outcome::Exited(0))), "{ended:?}");
        });
        threads(scope, 4, |number| match number {
            0 | 1 => exec.signal(18).unwrap(), // CONT
            2 => assert!(exec.pid_in_container().unwrap().is_none_or(|pid| pid > 1)),
            // What the engine says of a command without a terminal is its own affair.
            _ => drop(exec.resize(40, 100)),
        });
    });
    assert!(started.elapsed() < PATIENCE, "somebody was not woken");
    assert_eq!(read.into_inner(), 4 * EACH);
    assert_eq!((stdout.total_bytes(), stderr.total_bytes()), (4 * EACH as u64, 0));
}

fn a_kill_by_four_threads_ends_what_twelve_do<F: Front>() {
    let container = Container::<F>::start();
    let loud = Command::new(["sh", "-c", "while :; do echo x; echo y >&2; done"]);
    let started = Instant::now();
    let mut exec = container.start_exec(&container.id, &loud).unwrap();
    let stdin = exec.take_stdin().unwrap();
    let (stdout, stderr) = (exec.take_stdout(), exec.take_stderr());
    let is_read = AtomicBool::new(false);
    let begin = Barrier::new(4);
    thread::scope(|scope| {
        let (exec, stdin, stdout, stderr) = (&exec, &stdin, &stdout, &stderr);
        threads(scope, 3, |_| {
            let error = loop {
                if let Err(error) = stdin.write_timeout(&[b'x'; 65_536], PATIENCE) {
                    break error;
                }
            };
            assert_eq!(error.kind(), ErrorKind::Disconnected, "{error}");
        });
        threads(scope, 3, |_| {
            is_read.fetch_or(read_on(stdout) > 0, Ordering::SeqCst);
        });
        threads(scope, 2, |_| {
            read_on(stderr);
        });
        threads(scope, 4, |_| {
            let ended = exec.wait_timeout(PATIENCE).unwrap();
            assert!(matches!(ended, Some(Outcome::Signalled(_))), "{ended:?}");
        });
        threads(scope, 4, |_| {
            while stdout.total_bytes() == 0 {
                thread::yield_now();
            }
            begin.wait();
            assert_eq!(exec.kill().unwrap(), proof());
        });
    });
    assert!(started.elapsed() < PATIENCE, "somebody was not woken");
    assert!(is_read.into_inner());
    assert_eq!(exec.tree_gone(), Some(proof()));
}

fn closing_a_client_ends_what_thirty_two_threads_do<F: Front>() {
    const COUNT: usize = 32;
    let container = Container::<F>::start();
    let (client, calls) = (F::connect(), AtomicUsize::new(0));
    thread::scope(|scope| {
        threads(scope, COUNT, |_| {
            let error = loop {
                match client.container_alive(&container.id) {
                    Ok(alive) => assert!(alive),
                    Err(error) => break error,
                }
                calls.fetch_add(1, Ordering::SeqCst);
            };
            assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
        });
        threads(scope, 4, |_| {
            while calls.load(Ordering::SeqCst) < 4 * COUNT {
                thread::yield_now();
            }
            client.close();
        });
    });
    assert_eq!(client.version().unwrap_err().kind(), ErrorKind::Closed);
}

fn one_token_is_cancelled_by_many_while_many_wait_for_it<F: Front>() {
    const ASK: &str = "GET /v1.41/containers/c1/json";
    for round in 0..20 {
        let engine = FakeEngine::on(ASK, |_, wire| wire.hold());
        let (client, token) = (F::connect_to(&engine.host()), F::Token::default());
        let waiting = client.with_cancel(&token);
        thread::scope(|scope| {
            threads(scope, 8, |_| {
                let error = waiting.container_alive("c1").unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
            });
            threads(scope, 2, |_| {
                while !token.is_cancelled() {
                    thread::yield_now();
                }
            });
            threads(scope, 4, |_| {
                // In some rounds, others make the token's first use.
                while engine.count(ASK) < round % 9 {
                    thread::yield_now();
                }
                token.cancel();
            });
        });
        assert_eq!(waiting.version().unwrap_err().kind(), ErrorKind::Cancelled);
        client.version().unwrap();
    }
}

fn one_image_is_pulled_once_by_many<F: Images>() {
    let engine = FakeEngine::start(|request, wire| match &request.line {
        line if line.starts_with("GET /v1.41/images/") => wire.json(404, "{}"),
        _ => Ok(Then::Routine),
    });
    let (client, begin) = (F::connect_to(&engine.host()), Barrier::new(16));
    thread::scope(|scope| {
        threads(scope, 16, |_| {
            begin.wait();
            client.ensure_image(IMAGE, Pull::default()).unwrap();
        });
    });
    assert_eq!(engine.count("POST /v1.41/images/create"), 1);
}

on_each_front! {
    one_exec_serves_sixteen_threads
    a_kill_by_four_threads_ends_what_twelve_do
    closing_a_client_ends_what_thirty_two_threads_do
    one_token_is_cancelled_by_many_while_many_wait_for_it
    one_image_is_pulled_once_by_many
}
