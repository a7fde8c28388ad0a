//! The loop that moves a running command's streams and waits for its end.

use std::io::{self, ErrorKind::WouldBlock};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::poll::PollFlags;

use super::complaint::Feed;
use super::demux::Demux;
use super::ended::Lag;
use super::exit::{self, Exit};
use super::input::Input;
use super::kill::{self, Killer};
use super::meter::Meter;
use super::resizer::Resizer;
use super::start_error_filter::{self, Start, StartErrorFilter};
use super::start_failure::StartRequest;
use super::streams::{HandleRequest, Streams};
use super::watchdog::Watchdog;
use super::{ExecResult, ExecTarget, Outcome, Overflow, TreeGone, ended};
use crate::api::{CallContext, Stream};
use crate::error::{Error, ErrorKind, Result};
use crate::sys;

/// The read size, and the larger one after a read filled the buffer: with a
/// handle, each read costs a wake-up of its reader.
const READ_SIZE: usize = 64 * 1024;
const BULK_READ_SIZE: usize = 256 * 1024;
/// How long the output of a killed command is still drained.
const DRAIN_TIMEOUT: Duration = Duration::from_millis(500);

/// A running command and the state to move its streams.
pub(super) struct Pump {
    pub(super) target: ExecTarget,
    pub(super) exec: String,
    pub(super) stream: Box<dyn Stream>,
    pub(super) demux: Demux,
    pub(super) start_error_filter: StartErrorFilter,
    pub(super) request: StartRequest,
    pub(super) input: Input,
    pub(super) feed: Feed,
    pub(super) streams: Arc<Streams>,
    /// Becomes readable when another thread calls [`Streams::wake`].
    pub(super) wake_rx: Option<UnixStream>,
    pub(super) timeout: Option<Duration>,
    pub(super) deadline: Option<Instant>,
    pub(super) overflow: Overflow,
    pub(super) killer: Killer,
    /// Whether the command is the library's own: it is not killed but abandoned.
    pub(super) is_helper: bool,
    /// Whether it is being killed.
    pub(super) is_killed: bool,
    pub(super) started: Instant,
    pub(super) watchdog: Watchdog,
    pub(super) meter: Option<Meter>,
}

/// Why the pump stopped before the command did.
enum Stop {
    /// The call's deadline passed, it was cancelled, or the client was closed.
    Interrupted(Error),
    TimedOut,
    OutputLimit,
    Dropped,
    Detached,
    /// It was killed meanwhile, or the wait for that is over.
    Killed,
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Failed(error)
    }
}

impl Pump {
    /// Runs on the calling thread until the command ends or the call's limits do.
    pub(super) fn run_here(mut self) -> Result<ExecResult> {
        let streams = Arc::clone(&self.streams);
        let outcome = match self.drive() {
            Ok(outcome) => outcome?,
            Err(Stop::Failed(error)) => Outcome::Lost(error),
            Err(Stop::Interrupted(error)) => {
                let why = kill::kill_pending();
                streams.update(|state| state.tree_gone = Some(why));
                let result = interrupted(error).map(|outcome| streams.collect(outcome));
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

    /// Returns a handle to resize the command's terminal.
    pub(super) fn resizer(&self) -> Resizer {
        Resizer { target: self.target.clone(), exec: self.exec.clone() }
    }

    /// Kills the command after its caller has left.
    pub(super) fn kill_in_background(self) {
        if self.is_helper {
            return;
        }
        let kill = |killer: &Killer| {
            // Without a reader, the end of its output does not tell its end.
            if let Err(error) = killer.kill(None) {
                log::warn!("cannot kill a command: {error:#}");
            }
        };
        let killer = self.killer.clone();
        let spawned = self.target.engine.tasks.spawn("sandcell-kill", move || kill(&killer));
        if let Err(error) = spawned {
            log::warn!("killing a command on the calling thread: {error:#}");
            kill(&self.killer);
        }
    }

    /// Runs on a background thread until the command ends or is detached.
    pub(super) fn run_on_thread(mut self) {
        let guard = PublishOnDrop(Arc::clone(&self.streams));
        let streams = &guard.0;
        let end = match self.drive() {
            Ok(end) => end,
            Err(Stop::Failed(error)) => Ok(Outcome::Lost(error)),
            Err(Stop::Detached) => return streams.publish(Ok(Stop::Detached.outcome())),
            // After an interruption nobody waits for the kill; after a limit of
            // the options, the handle's owner does.
            Err(stop @ (Stop::Interrupted(_) | Stop::Dropped)) => {
                streams.abandon(stop.outcome());
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

    /// Records the resource usage, if requested.
    fn measure(&mut self) {
        if let Some(meter) = self.meter.take() {
            let resources = meter.stop(&self.target.context);
            self.streams.update(|state| state.resources = Some(resources));
        }
    }

    /// Moves the streams to their end and waits for the command's exit. The inner
    /// error means that the command never started.
    fn drive(&mut self) -> Result<Result<Outcome>, Stop> {
        self.deadline = self.timeout.and_then(|timeout| self.started.checked_add(timeout));
        let end = self.move_streams().and_then(|()| self.await_exit());
        let end = end.or_else(|stop| if self.is_helper { Err(stop) } else { self.explain(stop) });
        self.streams.update(|state| state.wall_time = self.started.elapsed());
        end
    }

    /// Waits for the exit of a command whose output has ended.
    fn await_exit(&mut self) -> Result<Result<Outcome>, Stop> {
        let is_complete = self.demux.is_between_frames();
        let exit = self.wait_exit()?;
        if let Some(failure) = self.failure(exit) {
            return Ok(Err(failure));
        }
        self.pass_through();
        self.streams.end_streams();
        let signal = exit.code - 128;
        let was_sent = self.streams.lock().signals.contains(&signal);
        if !was_sent && !self.is_helper && ended::may_be_container_end(exit.code) {
            self.check_container(Lag::of(exit))?;
        }
        if !is_complete {
            return Err(Stop::Failed(disconnected("within an output frame")));
        }
        Ok(Ok(if was_sent { Outcome::Signalled(signal) } else { Outcome::Exited(exit.code) }))
    }

    /// Returns why the command failed to start, if it did.
    fn failure(&self, exit: Exit) -> Option<Error> {
        let error = match self.start_error_filter.decide(exit) {
            Start::Happened => return None,
            Start::FailedUnless { ended_since, .. }
                if start_error_filter::has_exited(&self.target, exit.code, ended_since) =>
            {
                return None;
            }
            Start::Failed(report) | Start::FailedUnless { error: report, .. } => {
                self.request.explain(report).context("start exec")
            }
        };
        // A generic start error is often caused by the container's end.
        let is_vague = error.kind() == ErrorKind::ExecStart;
        let may_be_container_end = is_vague && !self.is_helper;
        Some(if may_be_container_end {
            ended::explain(&self.target, error, Lag::of(exit))
        } else {
            error
        })
    }

    /// Fails if the container, and with it the command, has ended.
    fn check_container(&self, lag: Lag) -> Result<(), Stop> {
        match ended::find(&self.target, lag) {
            Ok(None) => Ok(()),
            Ok(Some(state)) => Err(Stop::Failed(ended::to_error(state))),
            Err(limit) if limit.is_interruption() => Err(Stop::Interrupted(limit)),
            Err(error) => {
                log::debug!("unknown whether the container has ended: {error:#}");
                Ok(())
            }
        }
    }

    /// Returns `stop`, or the container's end if that is the cause.
    fn explain(&mut self, stop: Stop) -> Result<Result<Outcome>, Stop> {
        let Stop::Failed(mut error) = stop else { return Err(stop) };
        if !error.is_container_ended() {
            error = ended::explain(&self.target, error, Lag::None);
        }
        // A report about an ended container is not the command's output.
        if error.is_container_ended() && self.start_error_filter.is_undecided() {
            return Ok(Err(error.context("start exec")));
        }
        self.pass_through();
        Err(Stop::Failed(error))
    }

    /// Fails if the container has ended and the engine does not end the stream. A
    /// kill finds that out itself.
    fn run_watchdog(&self) -> Result<(), Stop> {
        if self.is_killed {
            return Ok(());
        }
        match self.watchdog.check(&self.target, &self.killer, self.is_helper) {
            Some(state) => Err(Stop::Failed(ended::to_error(state))),
            None => Ok(()),
        }
    }

    fn wait_exit(&self) -> Result<Exit, Stop> {
        exit::wait(
            || self.target.api().exec_inspect(&self.target.context, &self.exec),
            |pause| self.sleep(pause),
        )
        // If the call's limits ended the inspect, that is not a failure.
        .map_err(|stop| match self.target.context.check() {
            Err(limit) => Stop::Interrupted(limit),
            Ok(()) => stop,
        })
    }

    /// Moves the streams until the engine closes the connection, which it does
    /// when the command ends.
    fn move_streams(&mut self) -> Result<(), Stop> {
        let mut buffer = vec![0; READ_SIZE];
        self.feed.begin(&self.target, &self.exec);
        loop {
            self.check()?;
            if self.feed.delay().is_none() {
                let fed = self.input.feed(self.stream.as_mut(), &self.streams);
                fed.map_err(|e| disconnected("sending input").with_source(e))?;
            }
            match self.stream.recv(&mut buffer) {
                Ok(0) => {
                    self.end_output(false);
                    return Ok(());
                }
                Ok(count) => {
                    self.receive(&buffer[..count])?;
                    if count == buffer.len() && self.wake_rx.is_some() {
                        buffer.resize(BULK_READ_SIZE, 0);
                    }
                }
                Err(error) if error.kind() == WouldBlock => self.wait()?,
                // An engine that ends an exec with unread input resets the
                // connection, after all output.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                    self.end_output(true);
                    return Ok(());
                }
                Err(error) => {
                    return Err(disconnected("receiving output").with_source(error).into());
                }
            }
        }
    }

    fn receive(&mut self, received: &[u8]) -> Result<(), Stop> {
        let Pump { demux, feed, start_error_filter, streams, overflow, .. } = self;
        let (fed, dropped) = streams.update(|state| {
            let fed = demux.feed(received, |channel, bytes| {
                feed.complaints.filter(channel, bytes, |channel, bytes| {
                    start_error_filter
                        .filter(channel, bytes, |channel, bytes| state.spool(channel).push(bytes));
                });
            });
            (fed, state.stdout.dropped() + state.stderr.dropped())
        });
        fed.map_err(|e| Error::protocol("cannot demultiplex the output").with_source(e))?;
        if *overflow == Overflow::Kill && dropped > 0 { Err(Stop::OutputLimit) } else { Ok(()) }
    }

    /// Checks whether to continue.
    fn check(&self) -> Result<(), Stop> {
        if self.is_killed && self.streams.lock().tree_gone.is_some() {
            return Err(Stop::Killed);
        }
        match self.wake_rx.as_ref().map_or(HandleRequest::Run, |_| self.streams.lock().request) {
            HandleRequest::Kill if !self.is_killed => return Err(Stop::Dropped),
            HandleRequest::Detach if !self.is_killed => return Err(Stop::Detached),
            _ => {}
        }
        self.target.context.check().map_err(Stop::Interrupted)?;
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(Stop::TimedOut);
        }
        Ok(())
    }

    /// Waits until the stream is ready or another thread wakes the pump.
    fn wait(&mut self) -> Result<(), Stop> {
        let (held, delay) = (self.flush_held(), self.feed.delay());
        let timeout = held.into_iter().chain(delay).min();
        let mut interest = PollFlags::POLLIN;
        interest.set(PollFlags::POLLOUT, delay.is_none() && self.input.wants_to_send());
        let interest = crate::api::interest(self.stream.as_ref(), interest);
        self.poll(Some((self.stream.fd(), interest)), timeout)
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
        self.run_watchdog()?;
        let wake_rx = self.wake_rx.as_ref().map(|wake_rx| (wake_rx.as_fd(), PollFlags::POLLIN));
        let check = self.watchdog.running().filter(|_| !self.is_killed);
        let check = check.as_ref().map(|check| (check.wake_rx(), PollFlags::POLLIN));
        let fds: Vec<_> = stream.into_iter().chain(wake_rx).chain(check).collect();
        let left = self.deadline.map(|at| at.saturating_duration_since(Instant::now()));
        let next_check = self.watchdog.remaining().filter(|_| !self.is_killed);
        let timeout = timeout.into_iter().chain(left).chain(next_check).min();
        if let Err(limit) = self.target.context.poll(&fds, timeout) {
            self.check()?; // the owner's request comes first
            return Err(Stop::Interrupted(limit));
        }
        if let Some(wake_rx) = &self.wake_rx {
            let _ = sys::recv(wake_rx.as_fd(), &mut [0; 64]);
        }
        Ok(())
    }

    /// Kills the command on a background thread while its output is still
    /// drained. Waits as long as the options and the call's limits allow.
    fn kill(&mut self) {
        self.pass_through();
        if self.wake_rx.is_none() {
            self.wake_rx = self.streams.create_waker().ok();
        }
        let (killer, streams) = (self.killer.clone(), Arc::clone(&self.streams));
        let spawned = self.target.engine.tasks.spawn("sandcell-kill", move || {
            kill_and_publish(&killer, &streams);
        });
        if let Err(error) = spawned {
            log::warn!("killing a command on the calling thread: {error:#}");
            kill_and_publish(&self.killer, &self.streams);
        }
        self.drain_until_killed();
    }

    /// Drains the stream until the command is killed, then briefly for the rest
    /// of its output.
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
        let unknown = kill::kill_pending;
        self.streams.update(|state| {
            state.output_ended = true;
            state.tree_gone.get_or_insert_with(unknown);
        });
    }
}

/// Kills a command on this thread and publishes the result.
fn kill_and_publish(killer: &Killer, streams: &Streams) {
    // Publish even after a panic: a thread may be waiting.
    let killed = catch_unwind(AssertUnwindSafe(|| killer.kill(Some(streams))));
    let tree_gone = match killed {
        Ok(Ok(tree_gone)) => tree_gone,
        Ok(Err(error)) => {
            log::warn!("cannot kill a command: {error:#}");
            TreeGone::Unknown(format!("{error:#}"))
        }
        Err(_) => {
            log::error!("killing a command panicked");
            TreeGone::Unknown("killing the command panicked".to_owned())
        }
    };
    streams.update(|state| state.tree_gone = Some(tree_gone));
    streams.wake();
}

/// Publishes an end when the pump's thread ends, even by a panic.
struct PublishOnDrop(Arc<Streams>);

impl Drop for PublishOnDrop {
    fn drop(&mut self) {
        let panicked = Error::new(ErrorKind::Panic, "the thread of an exec panicked");
        self.0.publish(Ok(Outcome::Lost(panicked))); // unless an end was published
        self.0.end_streams();
        self.0.finished.cancel();
    }
}

impl Stop {
    fn outcome(self) -> Outcome {
        match self {
            Stop::Interrupted(error) => interrupted(error).unwrap_or_else(Outcome::Lost),
            Stop::TimedOut => Outcome::TimedOut,
            Stop::OutputLimit => Outcome::OutputLimit,
            Stop::Dropped | Stop::Killed => Outcome::Cancelled,
            Stop::Detached => {
                Outcome::Lost(Error::new(ErrorKind::Closed, "the command was detached"))
            }
            Stop::Failed(error) => Outcome::Lost(error),
        }
    }
}

/// The outcome of an interrupted call; closing the client is an error.
fn interrupted(error: Error) -> Result<Outcome> {
    match error.kind() {
        ErrorKind::Timeout => Ok(Outcome::TimedOut),
        ErrorKind::Cancelled => Ok(Outcome::Cancelled),
        _ => Err(error),
    }
}

fn disconnected(when: &str) -> Error {
    Error::new(ErrorKind::Disconnected, format!("the exec's connection was closed {when}"))
}
