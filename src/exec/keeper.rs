//! Moves the streams of commands while nobody reads or waits.
//!
//! A client has one keeper thread while commands with a handle run, for all of them.
//! Readers do not tell it when they come and go: it looks, and only as long as
//! something changes.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags};

use super::pump::{BULK_READ_SIZE, Pump};
use super::relay::Relay;
use super::streams::{HandleRequest, Lead, Role};
use crate::api::CallContext;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::{panics, sys};

/// How long nobody moves a command's streams before the keeper does.
const TICK: Duration = Duration::from_millis(10);

/// If looking takes longer, for thousands of commands, the keeper pauses before it
/// looks again.
const LONG: Duration = Duration::from_micros(200);

/// The keeper of a client's commands.
#[derive(Default)]
pub(super) struct Keeper {
    state: Mutex<State>,
    /// Whether the thread looks only when it is woken.
    is_asleep: AtomicBool,
}

#[derive(Default)]
struct State {
    arrived: Vec<Arc<Relay>>,
    /// Wakes the thread; `None` if there is none.
    wake_tx: Option<UnixStream>,
}

/// A command, as the keeper sees it.
struct Charge {
    relay: Arc<Relay>,
    /// The turn that was seen last, and when it was seen first.
    turn: u64,
    since: Instant,
    /// The pump, while the keeper has the lead.
    pump: Option<Box<Pump>>,
    /// When to look at the pump even if nothing happens.
    due: Option<Instant>,
}

/// What the keeper sees at a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// It is over.
    Gone,
    /// Another thread moves its streams, or the keeper does.
    Settled,
    /// Look again after a tick.
    Changing,
}

impl Keeper {
    /// Returns the keeper of an engine's commands.
    pub(super) fn of(engine: &Engine) -> Arc<Self> {
        let new = || -> Arc<Keeper> { Arc::default() };
        let keeper = engine.keeper.get_or_init(|| new());
        // Nothing else is put there.
        Arc::clone(keeper).downcast().unwrap_or_else(|_| new())
    }

    /// Looks after a command from now on. `context` bounds how long the thread stays
    /// without one.
    pub(super) fn keep(self: &Arc<Self>, relay: &Arc<Relay>, context: CallContext) -> Result<()> {
        let mut state = sys::lock(&self.state);
        state.arrived.push(Arc::clone(relay));
        if state.wake_tx.is_some() {
            drop(state);
            self.note();
            return Ok(());
        }
        match self.spawn(relay, context) {
            Ok(wake_tx) => state.wake_tx = Some(wake_tx),
            Err(error) => {
                state.arrived.pop();
                return Err(error);
            }
        }
        Ok(())
    }

    /// Starts the thread; returns what wakes it.
    fn spawn(self: &Arc<Self>, relay: &Relay, context: CallContext) -> Result<UnixStream> {
        let (wake_rx, wake_tx) =
            sys::socket_pair().map_err(|e| Error::io("create a socket pair", e))?;
        let keeper = Arc::clone(self);
        relay.tasks().spawn("sandcell-keeper", move || {
            let run = AssertUnwindSafe(|| keeper.run(&wake_rx, &context));
            if catch_unwind(run).is_err() {
                log::error!("the keeper of commands panicked");
                sys::lock(&keeper.state).wake_tx = None; // the next command gets another
            }
        })?;
        Ok(wake_tx)
    }

    /// Has the thread look if it would not do so by itself.
    pub(super) fn note(&self) {
        if self.is_asleep.load(Ordering::SeqCst) && self.is_asleep.swap(false, Ordering::SeqCst) {
            self.wake();
        }
    }

    /// Has the thread look now.
    pub(super) fn wake(&self) {
        if let Some(wake_tx) = &sys::lock(&self.state).wake_tx {
            // A full buffer means that a wake-up is already pending.
            let _ = sys::send(wake_tx.as_fd(), &[0]);
        }
    }

    fn run(&self, wake_rx: &UnixStream, context: &CallContext) {
        let (mut charges, mut buffer) = (Vec::new(), Vec::new());
        loop {
            let begun = Instant::now();
            // Before looking: what changes afterwards wakes the thread.
            self.is_asleep.store(true, Ordering::SeqCst);
            let is_settled = self.look(&mut charges, &mut buffer);
            let busy = begun.elapsed();
            if charges.is_empty() && self.ends(wake_rx, context) {
                return;
            }
            if !is_settled {
                self.is_asleep.store(false, Ordering::SeqCst);
            }
            if busy > LONG {
                std::thread::sleep((2 * busy).min(TICK));
            }
            wait(wake_rx, &mut charges, &mut buffer, (!is_settled).then_some(TICK));
        }
    }

    /// Looks at each command; returns whether all of them are settled.
    fn look(&self, charges: &mut Vec<Charge>, buffer: &mut Vec<u8>) -> bool {
        let now = Instant::now();
        let arrived = std::mem::take(&mut sys::lock(&self.state).arrived);
        charges.extend(arrived.into_iter().map(|relay| Charge::new(relay, now)));
        let mut is_settled = true;
        charges.retain_mut(|charge| {
            let look = charge.look(now, buffer);
            is_settled &= look != Look::Changing;
            look != Look::Gone
        });
        is_settled
    }

    /// Waits a moment for another command; returns false if there is one.
    fn ends(&self, wake_rx: &UnixStream, context: &CallContext) -> bool {
        let is_woken = context.poll(&[(wake_rx.as_fd(), PollFlags::POLLIN)], Some(TICK));
        let mut state = sys::lock(&self.state);
        if is_woken.is_ok_and(|is_woken| is_woken) || !state.arrived.is_empty() {
            return false;
        }
        state.wake_tx = None;
        true
    }
}

impl Charge {
    fn new(relay: Arc<Relay>, now: Instant) -> Self {
        Charge { relay, turn: 0, since: now, pump: None, due: None }
    }

    fn look(&mut self, now: Instant, buffer: &mut Vec<u8>) -> Look {
        if self.pump.is_some() {
            return Look::Settled;
        }
        let mut state = self.relay.streams.lock();
        let is_urgent = state.request != HandleRequest::Run;
        if self.turn != state.turn {
            (self.turn, self.since) = (state.turn, now);
        }
        let is_quiet = now.saturating_duration_since(self.since) >= TICK;
        match state.lead {
            Lead::Gone => return Look::Gone,
            Lead::Free if is_quiet || is_urgent => {}
            Lead::Lent | Lead::Taken if is_quiet => return Look::Settled,
            _ => return Look::Changing,
        }
        state.take_lead(Role::Waiter);
        drop(state);
        self.pump = self.relay.take_pump();
        if let Some(pump) = &mut self.pump {
            pump.yields = true;
        }
        self.step(buffer);
        if self.pump.is_some() { Look::Settled } else { Look::Changing }
    }

    /// Moves what can be moved at once.
    fn step(&mut self, buffer: &mut Vec<u8>) {
        let Some(mut pump) = self.pump.take() else { return };
        buffer.resize(BULK_READ_SIZE, 0);
        match catch_unwind(AssertUnwindSafe(|| pump.keep_up(buffer))) {
            Ok(Ok(Some(wait))) => {
                self.due = wait.and_then(|wait| Instant::now().checked_add(wait));
                self.pump = Some(pump);
            }
            Ok(Ok(None)) => self.relay.continue_on_thread(pump),
            Ok(Err(stop)) => drop(self.relay.pass_on(pump, Err(stop))),
            Err(panic) => {
                panics::discard(panic);
                panics::discard(pump);
            }
        }
    }
}

/// Waits until something happens, at most `timeout`, and moves what can be moved.
fn wait(
    wake_rx: &UnixStream,
    charges: &mut [Charge],
    buffer: &mut Vec<u8>,
    timeout: Option<Duration>,
) {
    let ready = poll(wake_rx, charges, timeout);
    let _ = sys::recv(wake_rx.as_fd(), &mut [0; 64]);
    let now = Instant::now();
    for (charge, is_ready) in charges.iter_mut().zip(ready) {
        if is_ready || charge.due.is_some_and(|due| due <= now) {
            charge.step(buffer);
        }
    }
}

/// Polls for all commands; returns which of them may have something to do.
fn poll(wake_rx: &UnixStream, charges: &[Charge], timeout: Option<Duration>) -> Vec<bool> {
    let mut fds = vec![PollFd::new(wake_rx.as_fd(), PollFlags::POLLIN)];
    let mut tokens = BTreeMap::new();
    let mut due = None;
    for charge in charges {
        let Some(pump) = &charge.pump else { continue };
        fds.push(PollFd::new(pump.stream.fd(), pump.interest()));
        let wake_rx = pump.wake_rx.as_ref().unwrap_or(wake_rx);
        fds.push(PollFd::new(wake_rx.as_fd(), PollFlags::POLLIN));
        tokens.extend(pump.target.context.wake_fds().map(|fd| (fd.as_raw_fd(), fd)));
        due = due.into_iter().chain(charge.due).min();
    }
    let first_token = fds.len();
    fds.extend(tokens.into_values().map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
    let left = due.map(|due| due.saturating_duration_since(Instant::now()));
    let timeout = left.into_iter().chain(timeout).min();
    let polled = sys::poll(&mut fds, timeout);
    // A flag that nix does not know still means readiness.
    let is_ready = |fd: &PollFd<'_>| fd.any().unwrap_or(true);
    let is_all = polled.is_err() || fds[first_token..].iter().any(is_ready);
    let mut pairs = fds[1..first_token].chunks(2);
    let mut of = |charge: &Charge| {
        let pair = charge.pump.as_ref().and_then(|_| pairs.next());
        pair.is_some_and(|pair| is_all || pair.iter().any(is_ready))
    };
    charges.iter().map(&mut of).collect()
}
