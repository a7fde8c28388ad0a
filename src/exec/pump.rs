//! The loop that moves a running command's streams and waits for its end.

use std::io::{self, ErrorKind::WouldBlock};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::poll::PollFlags;

use super::complaint::Feed;
use super::demux::{Demux, FrameError};
use super::ended::Lag;
use super::exit::{self, Exit};
use super::input::Input;
use super::kill::{self, Killer};
use super::meter::Meter;
use super::resizer::Resizer;
use super::start_error_filter::{self, Start, StartErrorFilter};
use super::start_failure::StartRequest;
use super::stop::{Left, Step, Stop, interrupted};
use super::streams::{HandleRequest, Lead, Streams};
use super::watchdog::Watchdog;
use super::{ExecResult, ExecTarget, Outcome, Overflow, ended};
use crate::api::{CallContext, Stream};
use crate::error::{Error, ErrorKind, Result};

/// The read size, and the one after a read filled the buffer. The former fits on the
/// stack: most of many commands at once write little at a time.
pub(super) const READ_SIZE: usize = 4 * 1024;
pub(super) const BULK_READ_SIZE: usize = 64 * 1024;

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
    /// Why to stop, once a reader has what came before.
    pub(super) pending: Option<Stop>,
    /// Whether the output has ended.
    pub(super) has_ended: bool,
    /// Whether the pump stops if a reader or a writer wants the lead.
    pub(super) yields: bool,
    /// Whether requests may be made while the streams move.
    pub(super) may_block: bool,
    /// Dropped last: with a handle, somebody may be waiting.
    pub(super) guard: Option<PublishOnDrop>,
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

    /// Publishes how a command with a handle ended, `ended` as [`end`](Pump::end)
    /// returned it. Kills the command if it has not ended.
    pub(super) fn conclude(mut self, ended: Result<Result<Outcome>, Stop>) {
        let streams = Arc::clone(&self.streams);
        let end = match ended {
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
        let moved = self.move_streams();
        self.end(moved)
    }

    /// Waits for the command's exit after its streams were moved to their end.
    pub(super) fn end(&mut self, moved: Result<(), Stop>) -> Result<Result<Outcome>, Stop> {
        let end = moved.and_then(|()| self.await_exit());
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
    pub(super) fn run_watchdog(&self) -> Result<(), Stop> {
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
    pub(super) fn move_streams(&mut self) -> Result<(), Stop> {
        self.move_until(None, || false).map(drop)
    }

    /// The same, until `is_done`, at most until `until`.
    pub(super) fn move_until(
        &mut self,
        until: Option<Instant>,
        is_done: impl Fn() -> bool,
    ) -> Result<Left, Stop> {
        let (mut small, mut large) = ([0; READ_SIZE], Vec::new());
        loop {
            self.check()?;
            if is_done() {
                return Ok(Left::Found(0));
            }
            let buffer = if large.is_empty() { &mut small[..] } else { &mut large[..] };
            let size = buffer.len();
            match self.step(buffer)? {
                Step::Moved(count) if count == size => large.resize(BULK_READ_SIZE, 0),
                Step::Moved(_) => {}
                Step::Ended => return Ok(Left::Ended),
                Step::WouldBlock => {
                    let hold = self.flush_held();
                    if !self.wait_until(until, hold)? {
                        return Ok(Left::TimeIsUp);
                    }
                }
            }
        }
    }

    /// Sends and receives what is possible without waiting.
    pub(super) fn step(&mut self, buffer: &mut [u8]) -> Result<Step, Stop> {
        let step = self.exchange(buffer)?;
        if let Step::Moved(count) = step {
            self.receive(&buffer[..count])?;
        }
        Ok(step)
    }

    /// Sends input, and receives into `buffer`.
    pub(super) fn exchange(&mut self, buffer: &mut [u8]) -> Result<Step, Stop> {
        if let Some(stop) = self.pending.take() {
            return Err(stop);
        }
        if self.has_ended {
            return Ok(Step::Ended);
        }
        self.send_input()?;
        let is_reset = match self.stream.recv(buffer) {
            Ok(count @ 1..) => return Ok(Step::Moved(count)),
            Ok(0) => false,
            Err(error) if error.kind() == WouldBlock => return Ok(Step::WouldBlock),
            // An engine that ends an exec with unread input resets the
            // connection, after all output.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => true,
            Err(error) => return Err(disconnected("receiving output").with_source(error).into()),
        };
        self.has_ended = true;
        self.end_output(is_reset);
        Ok(Step::Ended)
    }

    /// Sends what the stream accepts of the input, once it may be sent.
    pub(super) fn send_input(&mut self) -> Result<(), Stop> {
        self.begin_feed()?;
        if self.feed.delay().is_some() {
            return Ok(());
        }
        let fed = self.input.feed(self.stream.as_mut(), &self.streams);
        Ok(fed.map_err(|e| disconnected("sending input").with_source(e))?)
    }

    /// Finds out when input may be sent.
    fn begin_feed(&mut self) -> Result<(), Stop> {
        if self.may_block {
            self.feed.begin(&self.target, &self.exec);
        } else if self.feed.must_ask(&self.target) {
            return Err(Stop::MayNotBlock);
        }
        Ok(())
    }

    /// Makes the requests that are due.
    pub(super) fn make_requests(&mut self) -> Result<(), Stop> {
        self.begin_feed()?;
        self.run_watchdog()
    }

    pub(super) fn receive(&mut self, received: &[u8]) -> Result<(), Stop> {
        let Pump { demux, feed, start_error_filter, streams, overflow, .. } = self;
        let (fed, dropped) = streams.update(|state| {
            let fed = if start_error_filter.is_settled() && !feed.complaints.is_active() {
                demux.feed(received, |channel, bytes| state.spool(channel).push(bytes))
            } else {
                demux.feed(received, |channel, bytes| {
                    feed.complaints.filter(channel, bytes, |channel, bytes| {
                        let sink = |channel, bytes: &[u8]| state.spool(channel).push(bytes);
                        start_error_filter.filter(channel, bytes, sink);
                    });
                })
            };
            (fed, state.dropped())
        });
        fed.map_err(cannot_demultiplex)?;
        if *overflow == Overflow::Kill && dropped > 0 { Err(Stop::OutputLimit) } else { Ok(()) }
    }

    /// Checks whether to continue.
    pub(super) fn check(&self) -> Result<(), Stop> {
        if self.is_killed && self.streams.lock().tree_gone.is_some() {
            return Err(Stop::Killed);
        }
        if self.wake_rx.is_some() && !self.is_killed {
            let state = self.streams.lock();
            match state.request {
                HandleRequest::Kill => return Err(Stop::Dropped),
                HandleRequest::Detach => return Err(Stop::Detached),
                HandleRequest::Run if self.yields && state.is_lead_wanted => {
                    return Err(Stop::Wanted);
                }
                HandleRequest::Run => {}
            }
        }
        self.target.context.check().map_err(Stop::Interrupted)?;
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(Stop::TimedOut);
        }
        Ok(())
    }

    /// Waits until the stream is ready or another thread wakes the pump, at most as
    /// long as `hold`. Returns false if it is `until` already.
    pub(super) fn wait_until(
        &self,
        until: Option<Instant>,
        hold: Option<Duration>,
    ) -> Result<bool, Stop> {
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) {
            return Ok(false);
        }
        let timeout = hold.into_iter().chain(left).chain(self.feed.time_left()).min();
        self.poll(Some((self.stream.fd(), self.interest())), timeout)?;
        Ok(true)
    }

    /// What to wait for on the stream.
    pub(super) fn interest(&self) -> PollFlags {
        let mut interest = PollFlags::POLLIN;
        let is_due = self.feed.time_left().is_none();
        interest.set(PollFlags::POLLOUT, is_due && self.input.wants_to_send());
        crate::api::interest(self.stream.as_ref(), interest)
    }

    pub(super) fn sleep(&self, duration: Duration) -> Result<(), Stop> {
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
        let fds: Vec<_> = stream.into_iter().chain(wake_rx).collect();
        let timeout = timeout.into_iter().chain(self.time_left()).min();
        if let Err(limit) = self.target.context.poll(&fds, timeout) {
            self.check()?; // the owner's request comes first
            return Err(Stop::Interrupted(limit));
        }
        if let Some(wake_rx) = &self.wake_rx {
            self.streams.clear_wake(wake_rx);
        }
        Ok(())
    }

    /// The time until the pump must look again although nothing happens.
    pub(super) fn time_left(&self) -> Option<Duration> {
        let left = self.deadline.map(|at| at.saturating_duration_since(Instant::now()));
        let check = self.watchdog.remaining().filter(|_| !self.is_killed);
        left.into_iter().chain(check).min()
    }
}

/// Publishes an end when the pump of a handle is dropped, even by a panic.
#[derive(Debug)]
pub(super) struct PublishOnDrop(pub(super) Arc<Streams>);

impl Drop for PublishOnDrop {
    fn drop(&mut self) {
        if self.0.lock().end.is_none() {
            let panicked = Error::new(ErrorKind::Panic, "the thread of an exec panicked");
            self.0.publish(Ok(Outcome::Lost(panicked)));
        }
        self.0.end_streams();
        self.0.set_lead(Lead::Gone);
        self.0.finished.cancel();
    }
}

/// The error for a stream that is not what it should be.
pub(super) fn cannot_demultiplex(error: FrameError) -> Error {
    Error::protocol("cannot demultiplex the output").with_source(error)
}

fn disconnected(when: &str) -> Error {
    Error::new(ErrorKind::Disconnected, format!("the exec's connection was closed {when}"))
}
