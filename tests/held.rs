//! Who tries to hold the caller: an engine that is there and does nothing, and
//! commands that hold, or swamp, what the engine starts. Every call ends with its
//! client's limits all the same.

mod support;

use std::fs;
use std::io::Read;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sandcell::{CancelToken, Client, CreateOptions, ExecOptions, Outcome, Sandbox};
use support::calls::{LIMIT, PATIENCE, all_end, calls, sleep};
use support::evade::{Arena, evade};
use support::restartable::Restartable;

/// Stopped, until dropped.
struct Frozen(Pid);

impl Frozen {
    fn new(docker: &Restartable) -> Self {
        let pid = fs::read_to_string(docker.state("pid")).unwrap().trim().parse().unwrap();
        kill(Pid::from_raw(pid), Signal::SIGSTOP).unwrap();
        Frozen(Pid::from_raw(pid))
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        kill(self.0, Signal::SIGCONT).unwrap();
    }
}

#[test]
fn an_engine_that_stands_still_holds_no_call() {
    let docker = Restartable::new();
    let client = Client::builder().host(docker.engine("up")).build().unwrap();
    let client = client.with_timeout(Duration::from_secs(60));
    let sandbox = Sandbox::start(&client, &CreateOptions::new(support::IMAGE)).unwrap();
    let hurried = client.with_timeout(LIMIT);
    let hurried_sandbox = Sandbox::attach(&hurried, sandbox.id()).unwrap();
    let calls = calls(&hurried, &hurried_sandbox);
    let frozen = Frozen::new(&docker);
    all_end("engine", calls);
    let begun = Instant::now();
    drop(hurried_sandbox);
    println!("drop of the sandbox: {:?}", begun.elapsed());
    assert!(begun.elapsed() < PATIENCE);
    drop(frozen);
}

#[test]
fn a_time_out_and_a_cancel_end_a_command_that_cannot_be_killed() {
    let docker = Restartable::new();
    let client = Client::builder().host(docker.engine("up")).build().unwrap();
    let sandbox = Sandbox::start(&client, &CreateOptions::new(support::IMAGE)).unwrap();
    let token = CancelToken::new();
    let (running, cancelled) = (channel::<()>(), client.with_cancel(&token));
    let id = sandbox.id().to_owned();
    let by_token = thread::spawn(move || {
        let mut exec = cancelled.start_exec(&id, &ExecOptions::new(["cat"])).unwrap();
        let mut stdout = exec.stdout.take().unwrap();
        running.0.send(()).unwrap();
        assert_eq!(stdout.read(&mut [0; 8]).unwrap(), 0);
        exec.wait().unwrap()
    });
    running.1.recv().unwrap();
    let timed = sleep().timeout(Duration::from_secs(1)).kill_grace(Duration::ZERO);
    let exec = sandbox.start_exec(&timed).unwrap();
    let frozen = Frozen::new(&docker);
    let begun = Instant::now();
    token.cancel();
    assert!(matches!(by_token.join().unwrap(), Outcome::Cancelled));
    println!("cancelled: {:?}", begun.elapsed());
    let outcome = exec.wait_timeout(PATIENCE).unwrap();
    assert!(matches!(outcome, Some(Outcome::TimedOut)), "{outcome:?}");
    println!("timed out, and not killed: {:?}", begun.elapsed());
    drop(frozen);
}

/// One that stops, one that kills, one that is everywhere.
#[test]
fn a_hostile_command_holds_no_call() {
    let client: Client = support::engine();
    let hurried = client.with_timeout(LIMIT);
    for evasion in ["stopper", "storm", "bomb"] {
        let arena = Arena::start(&client);
        let mut sandbox = Sandbox::attach(&hurried, arena.sandbox.id()).unwrap();
        // These would end what the others are to meet.
        let ends = |name: &str| ["pause", "stop", "attach"].contains(&name);
        let calls = calls(&hurried, &sandbox).into_iter().filter(|(name, _)| !ends(name));
        let calls = calls.collect();
        let attack = arena.sandbox.start_exec(&evade(evasion, "heart")).unwrap();
        arena.hearts.wait_for("heart", 1);
        all_end(evasion, calls);
        sandbox.leave_running().unwrap();
        drop(sandbox);
        drop(attack);
        arena.remove().unwrap();
    }
}
