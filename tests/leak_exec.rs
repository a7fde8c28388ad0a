//! Commands with handles leave no descriptor and no thread. One test, in a binary of
//! its own: others at the same time would be counted with it.

mod support;

use std::os::fd::{AsFd, OwnedFd};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use sandcell::{Client, NetworkMode, Outcome};
use support::IMAGE;
use support::front::{Command, Exec, Front, sh};
use support::process::{open_fds, threads};

const COMMANDS: usize = 200;

#[test]
fn an_event_loop_with_many_commands_leaves_nothing() {
    all_at_once::<Client>();
    #[cfg(feature = "capi")]
    all_at_once::<support::front::c::Client>();
}

fn all_at_once<F: Front>() {
    drop(support::engine()); // says what to do if there is none
    let before = (open_fds(), threads());
    let client = F::connect();
    let id = client.create_and_start(IMAGE, NetworkMode::Disabled).unwrap();
    // The first also tells what each costs.
    run(&client, &id, 1);
    run(&client, &id, COMMANDS);
    client.stop(&id).unwrap();
    drop(client);
    support::until(|| ((open_fds(), threads()) == before).then_some(()));
}

/// Starts `count` commands, and then waits for whichever has ended, by one poll.
fn run<F: Front>(client: &F, id: &str, count: usize) {
    let code = |n: usize| i32::try_from(n % 100).unwrap();
    let start = |n: usize| {
        let exec = client.start_exec(id, &command(code(n))).unwrap();
        let ended = exec.ended_fd().unwrap();
        (n, exec, ended)
    };
    let mut running: Vec<(usize, F::Exec, OwnedFd)> = (0..count).map(start).collect();
    while !running.is_empty() {
        let fds = running.iter().map(|one| PollFd::new(one.2.as_fd(), PollFlags::POLLIN));
        let mut fds: Vec<_> = fds.collect();
        assert!(poll(&mut fds, PollTimeout::from(60_000_u16)).unwrap() > 0, "nothing for 60 s");
        let mut ready = fds.iter().map(|fd| fd.any().unwrap()).collect::<Vec<_>>().into_iter();
        running.retain(|(n, exec, _)| {
            let is_ready = ready.next().unwrap();
            let outcome = exec.try_wait().unwrap();
            match outcome {
                Some(Outcome::Exited(found)) => assert_eq!(found, code(*n)),
                other => assert!(other.is_none() && !is_ready, "{other:?}"),
            }
            !is_ready
        });
    }
}

fn command(code: i32) -> Command {
    sh(&format!("sleep 0.{code:02}; exit {code}"))
}
