//! The descriptor that tells an event loop that a command has ended: readable when,
//! and only when, waiting would not block.

mod support;

use std::os::fd::{AsFd, OwnedFd};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::read;
use sandcell::{ErrorKind, Outcome, Result};
use support::Container;
use support::front::{Command, Exec, Front, Output, Token, on_each_front, sh};

const PATIENCE: u16 = 30_000;

/// What poll reports within that time, in milliseconds.
fn polled(fd: &OwnedFd, patience: u16) -> PollFlags {
    let mut fds = [PollFd::new(fd.as_fd(), PollFlags::POLLIN)];
    poll(&mut fds, PollTimeout::from(patience)).unwrap();
    fds[0].revents().unwrap()
}

/// Waits for the descriptor alone. Then waiting does not block, and the descriptor
/// stays readable, at its end.
fn outcome_at_the_end<E: Exec>(exec: &E, ended: &OwnedFd) -> Result<Outcome> {
    assert!(polled(ended, PATIENCE).contains(PollFlags::POLLIN), "not readable in time");
    let outcome = exec.try_wait().transpose().expect("readable while waiting would block");
    for _ in 0..2 {
        assert!(polled(ended, 0).contains(PollFlags::POLLIN));
        assert_eq!(read(ended, &mut [0; 8]), Ok(0));
    }
    let late = exec.ended_fd().unwrap();
    assert!(polled(&late, 0).contains(PollFlags::POLLIN), "one that comes late");
    outcome
}

fn start<F: Front>(container: &Container<F>, command: &Command) -> (F::Exec, OwnedFd) {
    let exec = container.start_exec(&container.id, &command.clone().kill_grace(Duration::ZERO));
    let exec = exec.unwrap();
    let ended = exec.ended_fd().unwrap();
    let flags = FdFlag::from_bits_retain(fcntl(&ended, FcntlArg::F_GETFD).unwrap());
    assert!(flags.contains(FdFlag::FD_CLOEXEC));
    (exec, ended)
}

fn it_is_readable_when_the_command_has_ended_and_not_before<F: Front>() {
    let container = Container::<F>::start();
    let text = "read x; echo $x; exec >&- 2>&-; read y; exit 7";
    let (mut exec, ended) = start(&container, &sh(text));
    let (mut stdin, stdout) = (exec.take_stdin().unwrap(), exec.take_stdout());
    std::io::Write::write_all(&mut stdin, b"x\n").unwrap();
    let mut buffer = [0; 8];
    assert_eq!(stdout.read_timeout(&mut buffer, Duration::from_secs(30)).unwrap(), 2);
    assert_eq!(stdout.read_timeout(&mut buffer, Duration::from_secs(30)).unwrap_or(0), 0);
    assert!(polled(&ended, 100).is_empty(), "its output has ended, it has not");
    assert!(exec.try_wait().unwrap().is_none());
    std::io::Write::write_all(&mut stdin, b"y\n").unwrap();
    let outcome = outcome_at_the_end(&exec, &ended).unwrap();
    assert!(matches!(outcome, Outcome::Exited(7)), "{outcome:?}");
}

fn output_need_not_be_read<F: Front>() {
    let container = Container::<F>::start();
    let (exec, ended) = start(&container, &sh("head -c 3000000 /dev/zero; exit 3"));
    let outcome = outcome_at_the_end(&exec, &ended).unwrap();
    assert!(matches!(outcome, Outcome::Exited(3)), "{outcome:?}");
    let result = exec.wait_with_output().unwrap();
    assert_eq!(result.stdout.len(), 3_000_000);
}

fn it_tells_of_a_kill_and_of_a_timeout<F: Front>() {
    let container = Container::<F>::start();
    let (exec, ended) = start(&container, &sh("sleep 1001"));
    exec.kill().unwrap();
    let outcome = outcome_at_the_end(&exec, &ended).unwrap();
    assert!(matches!(outcome, Outcome::Signalled(9)), "{outcome:?}");
    let timed = sh("sleep 1002").timeout(Duration::from_millis(200));
    let (exec, ended) = start(&container, &timed);
    let outcome = outcome_at_the_end(&exec, &ended).unwrap();
    assert!(matches!(outcome, Outcome::TimedOut), "{outcome:?}");
}

fn it_tells_that_the_command_could_not_be_started<F: Front>() {
    let container = Container::<F>::start();
    let command = Command::new(["no-such-program"]);
    // Some engines refuse the start, others report it later.
    let error = match container.start_exec(&container.id, &command) {
        Err(error) => error,
        Ok(exec) => {
            let ended = exec.ended_fd().unwrap();
            outcome_at_the_end(&exec, &ended).unwrap_err()
        }
    };
    assert_eq!(error.kind(), ErrorKind::CommandNotFound, "{error:#}");
}

fn it_tells_of_the_containers_end<F: Front>() {
    let container = Container::<F>::start();
    let (mut exec, ended) = start(&container, &sh("echo; sleep 1003"));
    let stdout = exec.take_stdout();
    assert_eq!(stdout.read_timeout(&mut [0; 8], Duration::from_secs(30)).unwrap(), 1);
    container.stop(&container.id).unwrap();
    let outcome = outcome_at_the_end(&exec, &ended).unwrap();
    assert!(matches!(&outcome, Outcome::Lost(e) if e.is_container_ended()), "{outcome:?}");
}

fn it_tells_of_a_cancel_and_of_a_closed_client<F: Front>() {
    let container = Container::<F>::start();
    let token = F::Token::default();
    let cancellable = container.with_cancel(&token);
    let exec = cancellable.start_exec(&container.id, &sh("sleep 1004")).unwrap();
    let ended = exec.ended_fd().unwrap();
    token.cancel();
    let outcome = outcome_at_the_end(&exec, &ended).unwrap();
    assert!(matches!(outcome, Outcome::Cancelled), "{outcome:?}");

    let other = F::connect();
    let exec = other.start_exec(&container.id, &sh("sleep 1005")).unwrap();
    let ended = exec.ended_fd().unwrap();
    other.close();
    let outcome = outcome_at_the_end(&exec, &ended);
    assert!(
        matches!(&outcome, Ok(Outcome::Lost(e)) if e.kind() == ErrorKind::Closed),
        "{outcome:?}"
    );
}

fn it_outlives_its_exec_and_is_closed_before_it<F: Front>() {
    let container = Container::<F>::start();
    let (exec, ended) = start(&container, &sh("sleep 1006"));
    assert!(polled(&ended, 0).is_empty());
    drop(exec); // kills it
    assert!(polled(&ended, PATIENCE).contains(PollFlags::POLLIN));

    let (exec, ended) = start(&container, &sh("sleep 1"));
    exec.detach();
    assert!(polled(&ended, PATIENCE).contains(PollFlags::POLLIN));

    let (mut exec, ended) = start(&container, &sh("cat; exit 4"));
    let second = exec.ended_fd().unwrap();
    drop(ended);
    drop(exec.take_stdin());
    assert!(matches!(outcome_at_the_end(&exec, &second).unwrap(), Outcome::Exited(4)));
}

/// One thread waits, as an event loop does, and another polls.
fn a_waiter_and_the_descriptor_agree<F: Front>() {
    let container = Container::<F>::start();
    for _ in 0..20 {
        let (mut exec, ended) = start(&container, &Command::new(["true"]));
        thread::scope(|scope| {
            let poller = scope.spawn(|| polled(&ended, PATIENCE));
            exec.wait().unwrap();
            assert!(polled(&ended, 0).contains(PollFlags::POLLIN), "waited, and not readable");
            assert!(poller.join().unwrap().contains(PollFlags::POLLIN));
        });
    }
}

/// Nothing is ever written to it, so nobody's end of it can be read empty.
fn its_owner_cannot_spoil_it<F: Front>() {
    let container = Container::<F>::start();
    let (exec, ended) = start(&container, &sh("read x; exit 2"));
    let other = exec.ended_fd().unwrap();
    nix::fcntl::fcntl(&ended, FcntlArg::F_SETFL(nix::fcntl::OFlag::O_NONBLOCK)).unwrap();
    assert_eq!(read(&ended, &mut [0; 8]), Err(Errno::EAGAIN));
    assert_eq!(nix::unistd::write(&ended, b"x"), Err(Errno::EPIPE));
    assert!(polled(&other, 0).is_empty() && exec.try_wait().unwrap().is_none());
    exec.kill().unwrap();
    assert!(matches!(outcome_at_the_end(&exec, &other).unwrap(), Outcome::Signalled(9)));
}

on_each_front! {
    it_is_readable_when_the_command_has_ended_and_not_before
    output_need_not_be_read
    it_tells_of_a_kill_and_of_a_timeout
    it_tells_that_the_command_could_not_be_started
    it_tells_of_the_containers_end
    it_tells_of_a_cancel_and_of_a_closed_client
    it_outlives_its_exec_and_is_closed_before_it
    a_waiter_and_the_descriptor_agree
    its_owner_cannot_spoil_it
}
