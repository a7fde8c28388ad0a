//! The pump of a command with a handle, which goes from thread to thread.
//!
//! Whoever waits for the command, a reader above all, moves its streams, so that
//! output goes from the socket to the reader's buffer: there is no thread in
//! between, no copy and no wake-up. While nobody waits, the [keeper](Keeper) moves
//! them, or a thread of the command's own where there is much to move or something to
//! wait for.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::Outcome;
use super::demux::OutputStream;
use super::keeper::Keeper;
use super::pump::{PublishOnDrop, Pump};
use super::stop::{Left, Stop};
use super::streams::{HandleRequest, Lead, Role, Streams, Turn};
use crate::error::Result;
use crate::tasks::Tasks;
use crate::{panics, sys};

/// A running command, shared by its handle, its streams and the keeper.
pub(super) struct Relay {
    pub(super) streams: Arc<Streams>,
    /// The pump, unless the thread that has the lead has it.
    pump: Mutex<Option<Box<Pump>>>,
    keeper: Arc<Keeper>,
    tasks: Arc<Tasks>,
}

impl Relay {
    /// Shares the pump of a command that has just been started.
    ///
    /// # Errors
    /// `Io` if there can be no keeper. Then nobody moves the streams.
    pub(super) fn start(mut pump: Pump) -> Result<Arc<Self>> {
        let (streams, engine) = (Arc::clone(&pump.streams), Arc::clone(&pump.target.engine));
        let context = pump.target.context.clone();
        pump.guard = Some(PublishOnDrop(Arc::clone(&streams)));
        let keeper = Keeper::of(&engine);
        let relay = Arc::new(Relay {
            streams,
            pump: Mutex::default(),
            keeper: Arc::clone(&keeper),
            tasks: Arc::clone(&engine.tasks),
        });
        relay.put_back(Box::new(pump));
        keeper.keep(&relay, context)?;
        Ok(relay)
    }

    /// Reads output of one stream, waiting at most `timeout`.
    pub(super) fn read(
        self: &Arc<Self>,
        which: OutputStream,
        buffer: &mut [u8],
        timeout: Option<Duration>,
    ) -> Option<usize> {
        let until = end_of(timeout);
        loop {
            match self.streams.find(until, Role::Mover, |state| state.read(which, buffer)) {
                Turn::Found(count) => return Some(count),
                Turn::TimeIsUp => return None,
                Turn::Leads => {}
            }
            match self.lead(until.is_none(), |pump| pump.read(which, buffer, until)) {
                Some(Left::Found(count)) => return Some(count),
                Some(Left::TimeIsUp) => return None,
                _ => {}
            }
        }
    }

    /// Accepts input to send, waiting at most `timeout` for room; `None` if the
    /// time is over, 0 if the command accepts no more.
    pub(super) fn write(
        self: &Arc<Self>,
        bytes: &[u8],
        timeout: Option<Duration>,
    ) -> Option<usize> {
        let until = end_of(timeout);
        let streams = &self.streams;
        loop {
            match streams.find(until, Role::Mover, |state| state.write(bytes)) {
                Turn::Found(count) => {
                    self.push_input();
                    return Some(count);
                }
                Turn::TimeIsUp => return None,
                Turn::Leads => {}
            }
            let is_done = || streams.lock().is_writable();
            let left = self.lead(until.is_none(), |pump| pump.move_until(until, is_done));
            if left == Some(Left::TimeIsUp) {
                return None;
            }
        }
    }

    /// Accepts all of `bytes`; returns whether the command accepts input.
    pub(super) fn write_all(self: &Arc<Self>, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            match self.write(bytes, None) {
                Some(count @ 1..) => bytes = &bytes[count..],
                _ => return false,
            }
        }
        true
    }

    pub(super) fn close_input(self: &Arc<Self>) {
        self.streams.update(|state| state.unsent.closed = true);
        self.push_input();
    }

    /// Sends new input, or has it sent by the thread that has the lead.
    fn push_input(self: &Arc<Self>) {
        if self.streams.try_lead(Role::Mover) {
            self.lead(false, Pump::push_input);
        } else {
            self.streams.wake();
        }
    }

    /// Waits at most `timeout` for the command's end.
    pub(super) fn wait(self: &Arc<Self>, timeout: Option<Duration>) -> Option<Result<Outcome>> {
        let until = end_of(timeout);
        // The lead is taken once. Whoever takes it away is about to read.
        let is_look = timeout.is_some_and(|timeout| timeout.is_zero());
        let mut role = if is_look { Role::Bystander } else { Role::Waiter };
        loop {
            match self.streams.find(until, role, |state| state.end.clone()) {
                Turn::Found(end) => return Some(end),
                Turn::TimeIsUp => return None,
                Turn::Leads => role = Role::Bystander,
            }
            self.lead(until.is_none(), |pump| {
                pump.yields = true;
                pump.move_until(until, || false)
            });
        }
    }

    /// Sets the request of the handle's owner, unless there is one.
    pub(super) fn request(&self, request: HandleRequest) {
        let is_gone = self.streams.update(|state| {
            if state.request == HandleRequest::Run {
                state.request = request;
            }
            state.lead == Lead::Gone
        });
        if !is_gone {
            self.streams.wake();
            self.keeper.wake();
        }
    }

    /// Moves the streams on this thread, which has the lead, and passes it on.
    /// `may_end` says whether the thread may wait for the exit of a command whose
    /// output has ended.
    fn lead(
        self: &Arc<Self>,
        may_end: bool,
        work: impl FnOnce(&mut Pump) -> Result<Left, Stop>,
    ) -> Option<Left> {
        let mut pump = self.take_pump()?;
        let worked = catch_unwind(AssertUnwindSafe(|| match work(&mut pump) {
            Ok(Left::Ended) if may_end && pump.meter.is_none() => self.end(&mut pump),
            worked => worked,
        }));
        match worked {
            Ok(Ok(Left::Concluded)) => {}
            Ok(worked) => return self.pass_on(pump, worked),
            // Whoever waits is told so when the pump is dropped.
            Err(panic) => panics::discard(panic),
        }
        panics::discard(pump);
        None
    }

    /// Passes the pump on to whoever must have it next.
    pub(super) fn pass_on(
        self: &Arc<Self>,
        mut pump: Box<Pump>,
        worked: Result<Left, Stop>,
    ) -> Option<Left> {
        match worked {
            Ok(left @ (Left::Found(_) | Left::TimeIsUp)) => {
                self.put_back(pump);
                return Some(left);
            }
            Err(Stop::Wanted) => self.put_back(pump),
            Err(Stop::Detached) => pump.conclude(Err(Stop::Detached)),
            Ok(_) | Err(Stop::MayNotBlock) => self.continue_on_thread(pump),
            Err(stop) => {
                pump.pending = Some(stop);
                self.continue_on_thread(pump);
            }
        }
        None
    }

    /// Waits for the exit of a command whose output has ended.
    fn end(&self, pump: &mut Pump) -> Result<Left, Stop> {
        self.streams.set_lead(Lead::Taken);
        (pump.yields, pump.may_block) = (false, true);
        let ended = pump.end(Ok(()))?;
        self.streams.publish(ended);
        Ok(Left::Concluded)
    }

    pub(super) fn tasks(&self) -> &Arc<Tasks> {
        &self.tasks
    }

    /// Takes the pump, which the thread that has the lead does.
    pub(super) fn take_pump(&self) -> Option<Box<Pump>> {
        sys::lock(&self.pump).take()
    }

    fn put_back(&self, mut pump: Box<Pump>) {
        (pump.yields, pump.may_block) = (false, false);
        *sys::lock(&self.pump) = Some(pump);
        self.streams.set_lead(Lead::Free);
        self.keeper.note();
    }

    /// Goes on on a thread, for the rest of the command's life or until a reader or a
    /// writer wants the lead.
    pub(super) fn continue_on_thread(self: &Arc<Self>, mut pump: Box<Pump>) {
        let is_over = pump.has_ended || pump.pending.is_some();
        (pump.yields, pump.may_block) = (!is_over, true);
        *sys::lock(&self.pump) = Some(pump);
        self.streams.set_lead(if is_over { Lead::Taken } else { Lead::Lent });
        let relay = Arc::clone(self);
        if let Err(error) = self.tasks.spawn("sandcell-exec", move || relay.run()) {
            log::warn!("moving a command's streams on the calling thread: {error:#}");
            self.run();
        }
    }

    fn run(&self) {
        let Some(mut pump) = self.take_pump() else { return };
        // First of all, since a reader that wants the lead could not do it.
        let moved = pump.make_requests().and_then(|()| pump.move_streams());
        if let Err(Stop::Wanted) = moved {
            return self.put_back(pump);
        }
        self.streams.set_lead(Lead::Taken);
        pump.yields = false;
        let ended = pump.end(moved);
        pump.conclude(ended);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        panics::discard(self.take_pump());
    }
}

/// When a wait ends that begins now.
fn end_of(timeout: Option<Duration>) -> Option<Instant> {
    timeout.and_then(|timeout| Instant::now().checked_add(timeout))
}
