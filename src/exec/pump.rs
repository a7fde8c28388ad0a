//! The loop that moves a running command's streams, and sees to its end.

use std::io::{self, ErrorKind::WouldBlock};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::poll::PollFlags;

use super::demux::Demux;
use super::ended::Lag;
use super::exit::{self, Exit};
use super::input::Input;
use super::kill::{self, Killer};
use super::meter::Meter;
use super::resizer::Resizer;
use super::start_error_filter::{self, Start, StartErrorFilter};
use super::streams::{HandleRequest, Streams};
use super::{ExecResult, ExecTarget, Outcome, Overflow, TreeGone, ended};
use crate::api::{CallContext, Stream};
use crate::error::{Error, ErrorKind, Result};
use crate::sys;

/// One read takes at most this, and the larger size once that was too little:
/// with a handle, each read costs its reader a wake-up.
const READ_SIZE: usize = 64 * 1024;
const BULK_READ_SIZE: usize = 256 * 1024;
/// How long the output of a killed command may go on.
const DRAIN_TIMEOUT: Duration = Duration::from_millis(500);

/// A running command, and what moves it.
pub(super) struct Pump {
    pub(super) target: ExecTarget,
    pub(super) exec: String,
    pub(super) stream: Box<dyn Stream>,
    pub(super) demux: Demux,
    pub(super) start_error_filter: StartErrorFilter,
    pub(super) input: Input,
    pub(super) streams: Arc<Streams>,
    /// What rings when somebody else has something to say.
    pub(super) wake_rx: Option<UnixStream>,
    pub(super) timeout: Option<Duration>,
    pub(super) deadline: Option<Instant>,
    pub(super) overflow: Overflow,
    pub(super) killer: Killer,
    /// Whether the library runs it for itself, and leaves it if it takes too long.
    pub(super) is_helper: bool,
    /// Whether it is being killed.
    pub(super) is_killed: bool,
    pub(super) started: Instant,
    pub(super) meter: Option<Meter>,
}

/// Why the pump stopped before the command did.
enum Stop {
    /// The call's deadline passed, it was cancelled, or the client closed.
    Left(Error),
    TimedOut,
    OutputLimit,
    Dropped,
    Detached,
    /// It was killed meanwhile, or nobody waits for that any more.
    Killed,
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Failed(error)
    }
}

impl Pump {
    /// Runs on the caller's thread, to the end or until the caller leaves.
    pub(super) fn run_here(mut self) -> Result<ExecResult> {
        let streams = Arc::clone(&self.streams);
        let outcome = match self.drive() {
            Ok(outcome) => outcome?,
            Err(Stop::Failed(error)) => Outcome::Lost(error),
            Err(Stop::Left(error)) => {
                let why = kill::in_the_background();
                streams.update(|state| state.tree_gone = Some(why));
                let result = left(error).map(|outcome| streams.collect(outcome));
                self.kill_in_background();
                return result;
            }
            Err(stop) => {
                self.kill();
                stop.outcome()
            }
        };
        self.measure();
        Ok(streams.collect(outcome))
    }

    /// What changes the size of the command's terminal.
    pub(super) fn resizer(&self) -> Resizer {
        Resizer { target: self.target.clone(), exec: self.exec.clone() }
    }

    /// Kills the command although its caller has left.
    pub(super) fn kill_in_background(self) {
        if self.is_helper {
            return;
        }
        let kill = |killer: &Killer| {
            // Nobody takes its output any more, so that does not tell of its end.
            if let Err(error) = killer.kill(None) {
                log::warn!("kill: {error:#}");
            }
        };
        let killer = self.killer.clone();
        let spawned = self.target.engine.tasks.spawn("sandcell-kill", move || kill(&killer));
        if let Err(error) = spawned {
            log::warn!("killing a command on its caller's thread: {error:#}");
            kill(&self.killer);
        }
    }

    /// Runs on a thread of its own, to the end or until the handle is done
    /// with it.
    pub(super) fn run_on_thread(mut self) {
        let ending = Ending(Arc::clone(&self.streams));
        let streams = &ending.0;
        let end = match self.drive() {
            Ok(end) => end,
            Err(Stop::Failed(error)) => Ok(Outcome::Lost(error)),
            Err(Stop::Detached) => return streams.publish(Ok(Stop::Detached.outcome())),
            // Who left does not wait for the kill; who set a limit does.
            Err(stop @ (Stop::Left(_) | Stop::Dropped)) => {
                streams.leave(stop.outcome());
                self.target.context = CallContext::unlimited();
                self.kill();
                return;
            }
            Err(stop) => {
                self.kill();
                Ok(stop.outcome())
            }
        };
        self.measure();
        streams.publish(end);
    }

    /// Notes what the command used, if that was asked for.
    fn measure(&mut self) {
        if let Some(meter) = self.meter.take() {
            let resources = meter.stop(&self.target.context);
            self.streams.update(|state| state.resources = Some(resources));
        }
    }

    /// Moves the streams to their end, and learns how the command ended; the
    /// inner error is a command that never started.
    fn drive(&mut self) -> Result<Result<Outcome>, Stop> {
        self.deadline = self.timeout.and_then(|timeout| self.started.checked_add(timeout));
        let end = self.move_streams().and_then(|()| self.await_exit());
        let end = end.or_else(|stop| if self.is_helper { Err(stop) } else { self.explained(stop) });
        self.streams.update(|state| state.wall_time = self.started.elapsed());
        end
    }

    /// How the command ended whose output did.
    fn await_exit(&mut self) -> Result<Result<Outcome>, Stop> {
        let whole = self.demux.is_between_frames();
        let exit = self.wait_exit()?;
        if let Some(failure) = self.failure(exit) {
            return Ok(Err(failure));
        }
        self.pass_through();
        self.streams.end_streams();
        let signal = exit.code - 128;
        let was_sent = self.streams.lock().signals.contains(&signal);
        if !was_sent && !self.is_helper && ended::is_suspicious(exit.code) {
            self.check_container(Lag::of(exit))?;
        }
        if !whole {
            return Err(Stop::Failed(broken("inside a frame of output")));
        }
        Ok(Ok(if was_sent { Outcome::Signalled(signal) } else { Outcome::Exited(exit.code) }))
    }

    /// Why the command was not started, if it was not.
    fn failure(&self, exit: Exit) -> Option<Error> {
        let error = match self.start_error_filter.into_error(exit) {
            Start::Happened => return None,
            Start::FailedUnless { ended_since, .. }
                if start_error_filter::has_ended(&self.target, exit.code, ended_since) =>
            {
                return None;
            }
            Start::Failed(error) | Start::FailedUnless { error, .. } => error,
        };
        // Words that name no fault of the command's are often due to this.
        let is_vague = error.kind() == ErrorKind::ExecStart;
        let is_asked = is_vague && !self.is_helper;
        Some(if is_asked { ended::explained(&self.target, error, Lag::of(exit)) } else { error })
    }

    /// Fails if the container has ended, and so the command.
    fn check_container(&self, lag: Lag) -> Result<(), Stop> {
        match ended::find(&self.target, lag) {
            Ok(None) => Ok(()),
            Ok(Some(state)) => Err(Stop::Failed(ended::ended(state))),
            Err(limit) if limit.is_interruption() => Err(Stop::Left(limit)),
            Err(error) => {
                log::debug!("whether the container has ended is not known: {error:#}");
                Ok(())
            }
        }
    }

    /// The same, or the container's end if that is behind a failure.
    fn explained(&mut self, stop: Stop) -> Result<Result<Outcome>, Stop> {
        let Stop::Failed(mut error) = stop else { return Err(stop) };
        if !error.is_container_ended() {
            error = ended::explained(&self.target, error, Lag::None);
        }
        // What an engine says of a container that has ended is no output.
        if error.is_container_ended() && self.start_error_filter.is_undecided() {
            return Ok(Err(error.context("start exec")));
        }
        self.pass_through();
        Err(Stop::Failed(error))
    }

    fn wait_exit(&self) -> Result<Exit, Stop> {
        exit::wait(
            || self.target.api().exec_inspect(&self.target.context, &self.exec),
            |pause| self.sleep(pause),
        )
        // An inspect that ends because the call's limits do is no loss.
        .map_err(|stop| match self.target.context.check() {
            Err(limit) => Stop::Left(limit),
            Ok(()) => stop,
        })
    }

    /// Until the engine ends the stream, which it does when the command ends.
    fn move_streams(&mut self) -> Result<(), Stop> {
        let mut buffer = vec![0; READ_SIZE];
        loop {
            self.check()?;
            let fed = self.input.feed(self.stream.as_mut(), &self.streams);
            fed.map_err(|e| broken("sending input").with_source(e))?;
            match self.stream.recv(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => {
                    self.take(&buffer[..count])?;
                    if count == buffer.len() && self.wake_rx.is_some() {
                        buffer.resize(BULK_READ_SIZE, 0);
                    }
                }
                Err(error) if error.kind() == WouldBlock => self.wait()?,
                // An engine that ends an exec with input unread resets the
                // connection, behind all output.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(()),
                Err(error) => return Err(broken("receiving output").with_source(error).into()),
            }
        }
    }

    fn take(&mut self, received: &[u8]) -> Result<(), Stop> {
        let Pump { demux, start_error_filter, streams, overflow, .. } = self;
        let (fed, dropped) = streams.update(|state| {
            let fed = demux.feed(received, |channel, bytes| {
                start_error_filter
                    .filter(channel, bytes, |channel, bytes| state.spool(channel).push(bytes));
            });
            (fed, state.stdout.dropped() + state.stderr.dropped())
        });
        fed.map_err(|e| Error::protocol("cannot take the output apart").with_source(e))?;
        if *overflow == Overflow::Kill && dropped > 0 { Err(Stop::OutputLimit) } else { Ok(()) }
    }

    /// Passes on what was held back as no output of the command: it is.
    fn pass_through(&mut self) {
        let Pump { start_error_filter, streams, .. } = self;
        streams.update(|state| {
            start_error_filter.pass_through(|channel, bytes| state.spool(channel).push(bytes));
        });
    }

    /// Passes it on if it was held for long; returns how long it may be yet.
    fn hold(&mut self) -> Option<Duration> {
        let patience = self.start_error_filter.patience()?;
        if !patience.is_zero() {
            return Some(patience);
        }
        let Pump { start_error_filter, streams, .. } = self;
        streams.update(|state| {
            start_error_filter.show(|channel, bytes| state.spool(channel).push(bytes));
        });
        None
    }

    /// Whether to go on.
    fn check(&self) -> Result<(), Stop> {
        if self.is_killed && self.streams.lock().tree_gone.is_some() {
            return Err(Stop::Killed);
        }
        match self.wake_rx.as_ref().map_or(HandleRequest::Run, |_| self.streams.lock().request) {
            HandleRequest::Kill if !self.is_killed => return Err(Stop::Dropped),
            HandleRequest::Detach if !self.is_killed => return Err(Stop::Detached),
            _ => {}
        }
        self.target.context.check().map_err(Stop::Left)?;
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(Stop::TimedOut);
        }
        Ok(())
    }

    /// Waits until the stream is ready, or somebody rings.
    fn wait(&mut self) -> Result<(), Stop> {
        let patience = self.hold();
        let mut interest = PollFlags::POLLIN;
        interest.set(PollFlags::POLLOUT, self.input.wants_to_send());
        let interest = crate::api::interest(self.stream.as_ref(), interest);
        self.poll(Some((self.stream.fd(), interest)), patience)
    }

    fn sleep(&self, duration: Duration) -> Result<(), Stop> {
        self.check()?;
        self.poll(None, Some(duration))
    }

    fn poll(
        &self,
        stream: Option<(BorrowedFd<'_>, PollFlags)>,
        timeout: Option<Duration>,
    ) -> Result<(), Stop> {
        let wake_rx = self.wake_rx.as_ref().map(|wake_rx| (wake_rx.as_fd(), PollFlags::POLLIN));
        let fds: Vec<_> = stream.into_iter().chain(wake_rx).collect();
        let left = self.deadline.map(|at| at.saturating_duration_since(Instant::now()));
        let timeout = timeout.into_iter().chain(left).min();
        if let Err(limit) = self.target.context.poll(&fds, timeout) {
            self.check()?; // the owner's request comes first
            return Err(Stop::Left(limit));
        }
        if let Some(wake_rx) = &self.wake_rx {
            let _ = sys::recv(wake_rx.as_fd(), &mut [0; 64]);
        }
        Ok(())
    }

    /// Kills the command, on a thread of its own so that its output goes on
    /// being drained; waits for that as long as the options and the call's limits
    /// let it.
    fn kill(&mut self) {
        self.pass_through();
        if self.wake_rx.is_none() {
            self.wake_rx = self.streams.make_wake().ok();
        }
        let (killer, streams) = (self.killer.clone(), Arc::clone(&self.streams));
        let spawned = self.target.engine.tasks.spawn("sandcell-kill", move || {
            kill_now(&killer, &streams);
        });
        if let Err(error) = spawned {
            log::warn!("killing a command on its caller's thread: {error:#}");
            kill_now(&self.killer, &self.streams);
        }
        self.drain_until_killed();
    }

    /// Drains the stream until the command is killed, and a little longer for
    /// last words.
    fn drain_until_killed(&mut self) {
        (self.deadline, self.overflow) = (self.killer.caller_waits_until(), Overflow::KeepHead);
        self.input = Input::none();
        self.is_killed = true;
        let drained = self.move_streams();
        if drained.is_ok() {
            while self.sleep(DRAIN_TIMEOUT).is_ok() {}
        } else if self.streams.lock().tree_gone.is_some() {
            self.is_killed = false;
            self.deadline = Instant::now().checked_add(DRAIN_TIMEOUT);
            let _ = self.move_streams();
        }
        let unknown = kill::in_the_background;
        self.streams.update(|state| {
            state.output_ended = true;
            state.tree_gone.get_or_insert_with(unknown);
        });
    }
}

/// Kills a command on this thread, and tells who waits.
fn kill_now(killer: &Killer, streams: &Streams) {
    // Even a panic must be answered: somebody may wait for the word.
    let killed = catch_unwind(AssertUnwindSafe(|| killer.kill(Some(streams))));
    let tree_gone = match killed {
        Ok(Ok(tree_gone)) => tree_gone,
        Ok(Err(error)) => {
            log::warn!("kill: {error:#}");
            TreeGone::Unknown(format!("{error:#}"))
        }
        Err(_) => {
            log::error!("killing a command panicked");
            TreeGone::Unknown("killing it panicked".to_owned())
        }
    };
    streams.update(|state| state.tree_gone = Some(tree_gone));
    streams.wake();
}

/// Ends what others wait for when the pump does, even if that panics.
struct Ending(Arc<Streams>);

impl Drop for Ending {
    fn drop(&mut self) {
        let panicked = Error::new(ErrorKind::Panic, "the thread of an exec panicked");
        self.0.publish(Ok(Outcome::Lost(panicked))); // unless it is known better
        self.0.end_streams();
        self.0.over.cancel();
    }
}

impl Stop {
    fn outcome(self) -> Outcome {
        match self {
            Stop::Left(error) => left(error).unwrap_or_else(Outcome::Lost),
            Stop::TimedOut => Outcome::TimedOut,
            Stop::OutputLimit => Outcome::OutputLimit,
            Stop::Dropped | Stop::Killed => Outcome::Cancelled,
            Stop::Detached => Outcome::Lost(Error::new(ErrorKind::Closed, "it was detached")),
            Stop::Failed(error) => Outcome::Lost(error),
        }
    }
}

/// What it means that a call's limits ended it; closing is an error.
fn left(error: Error) -> Result<Outcome> {
    match error.kind() {
        ErrorKind::Timeout => Ok(Outcome::TimedOut),
        ErrorKind::Cancelled => Ok(Outcome::Cancelled),
        _ => Err(error),
    }
}

fn broken(when: &str) -> Error {
    Error::new(ErrorKind::Disconnected, format!("the exec's connection ended {when}"))
}
