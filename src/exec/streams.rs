//! State shared by a running exec and its users: unread output, unsent input, and
//! the end.

use std::collections::VecDeque;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::demux::OutputStream;
use super::spool::Spool;
use super::{Captured, ExecResult, Outcome, Resources, TreeGone};
use crate::cancel::CancelToken;
use crate::error::{Error, Result};
use crate::sys;

/// How much unsent input is buffered before writers block.
const MAX_UNSENT: usize = 256 * 1024;

/// Shared by the pump, the handle and the stream handles.
#[derive(Debug)]
pub(super) struct Streams {
    state: Mutex<State>,
    changed: Condvar,
    /// Wakes the pump; unset if no other thread needs to.
    wake_tx: OnceLock<UnixStream>,
    /// Whether the pump's end of the socket pair may be readable.
    woken: AtomicBool,
    /// Cancelled when the pump has ended, for threads that wait with `poll`.
    pub(super) finished: CancelToken,
    /// Cancelled when `State::end` is set, for users that wait with `poll`.
    ended: CancelToken,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) stdout: Spool,
    pub(super) stderr: Spool,
    pub(super) unsent: Unsent,
    /// Whether the output has ended.
    pub(super) output_ended: bool,
    /// Whether readers and writers must stop waiting because the call was
    /// abandoned.
    pub(super) abandoned: bool,
    /// How the command ended, or why it never started.
    pub(super) end: Option<Result<Outcome>>,
    pub(super) tree_gone: Option<TreeGone>,
    pub(super) wall_time: Duration,
    pub(super) resources: Option<Resources>,
    /// Why the input ended early.
    pub(super) input_error: Option<Error>,
    /// The request of the handle's owner.
    pub(super) request: HandleRequest,
    /// The signals that were sent to the command.
    pub(super) signals: Vec<i32>,
    /// How many threads wait for a change. Without any, no system call is needed
    /// to notify them.
    waiters: u32,
    pub(super) lead: Lead,
    /// Whether a thread waits for a lead that is lent.
    pub(super) is_lead_wanted: bool,
    /// How many threads wait for the lead.
    followers: u32,
    /// Counts how often the lead changed hands.
    pub(super) turn: u64,
}

/// Who moves the streams. There is one at a time: the thread that has the lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lead {
    /// Nobody, for the moment.
    Free,
    /// A thread that gives it up for one that reads or writes.
    Lent,
    /// A thread that keeps it while it needs it.
    Taken,
    /// Nobody any more: the command has ended.
    Gone,
}

/// What a thread that waits does to have the streams moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It takes the lead, also from a thread to which it is lent.
    Mover,
    /// It takes a free lead, and gives it up for a mover.
    Waiter,
    /// Nothing.
    Bystander,
}

/// How a wait ended.
#[derive(Debug)]
pub(super) enum Turn<T> {
    Found(T),
    /// The thread has the lead now.
    Leads,
    TimeIsUp,
}

/// What the handle's owner requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HandleRequest {
    Run,
    /// The handle was dropped.
    Kill,
    /// Let it run without the pump.
    Detach,
}

/// Input on its way from a writer to the command.
#[derive(Debug, Default)]
pub(super) struct Unsent {
    pub(super) bytes: VecDeque<u8>,
    /// Whether the writer has finished.
    pub(super) closed: bool,
    /// Whether the command accepts no more.
    pub(super) refused: bool,
}

impl Unsent {
    /// Whether there is nothing to send, and more may follow.
    pub(super) fn is_idle(&self) -> bool {
        self.bytes.is_empty() && !self.closed
    }
}

impl State {
    pub(super) fn spool(&mut self, channel: OutputStream) -> &mut Spool {
        match channel {
            OutputStream::Stdout => &mut self.stdout,
            OutputStream::Stderr => &mut self.stderr,
        }
    }

    /// How many bytes of both streams were dropped.
    pub(super) fn dropped(&self) -> u64 {
        self.stdout.dropped() + self.stderr.dropped()
    }

    /// Reads output; `None` if there is none yet.
    pub(super) fn read(&mut self, which: OutputStream, buffer: &mut [u8]) -> Option<usize> {
        let count = self.spool(which).pop(buffer);
        let is_end = self.output_ended || self.abandoned || buffer.is_empty();
        (count > 0 || is_end).then_some(count)
    }

    /// Accepts input to send: as much as there is room for, 0 if the command accepts
    /// no more, `None` if there is no room yet.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Option<usize> {
        let unsent = &mut self.unsent;
        if unsent.refused || unsent.closed || self.abandoned || bytes.is_empty() {
            return Some(0);
        }
        let count = (MAX_UNSENT - unsent.bytes.len()).min(bytes.len());
        unsent.bytes.extend(&bytes[..count]);
        (count > 0).then_some(count)
    }

    /// Whether [`write`](State::write) returns at once.
    pub(super) fn is_writable(&self) -> bool {
        let unsent = &self.unsent;
        unsent.bytes.len() < MAX_UNSENT || unsent.refused || self.abandoned
    }

    /// Gives the lead to the calling thread.
    pub(super) fn take_lead(&mut self, role: Role) {
        self.lead = if role == Role::Mover { Lead::Taken } else { Lead::Lent };
        self.is_lead_wanted = false;
        self.turn += 1;
    }
}

impl Streams {
    pub(super) fn new(stdout: Spool, stderr: Spool) -> Self {
        let state = State {
            stdout,
            stderr,
            unsent: Unsent::default(),
            output_ended: false,
            abandoned: false,
            end: None,
            tree_gone: None,
            wall_time: Duration::ZERO,
            resources: None,
            input_error: None,
            request: HandleRequest::Run,
            signals: Vec::new(),
            waiters: 0,
            lead: Lead::Taken,
            is_lead_wanted: false,
            followers: 0,
            turn: 0,
        };
        Streams {
            state: Mutex::new(state),
            changed: Condvar::new(),
            wake_tx: OnceLock::new(),
            woken: AtomicBool::new(false),
            finished: CancelToken::new(),
            ended: CancelToken::new(),
        }
    }

    /// Creates the socket pair that wakes the pump; returns the pump's end.
    pub(super) fn create_waker(&self) -> Result<UnixStream> {
        let (wake_rx, wake_tx) =
            sys::socket_pair().map_err(|e| Error::io("create a socket pair", e))?;
        let _ = self.wake_tx.set(wake_tx);
        Ok(wake_rx)
    }

    /// Wakes the pump.
    pub(super) fn wake(&self) {
        if let Some(wake_tx) = self.wake_tx.get() {
            // A full buffer means that a wake-up is already pending.
            let _ = sys::send(wake_tx.as_fd(), &[0]);
            // Afterwards: else the byte could come when the pump has looked.
            self.woken.store(true, Ordering::SeqCst);
        }
    }

    /// Consumes pending wake-ups.
    pub(super) fn clear_wake(&self, wake_rx: &UnixStream) {
        if self.woken.swap(false, Ordering::SeqCst) {
            let _ = sys::recv(wake_rx.as_fd(), &mut [0; 64]);
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        sys::lock(&self.state)
    }

    /// Changes the state and notifies waiting threads.
    pub(super) fn update<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let result = change(&mut state);
        let has_waiters = state.waiters > 0;
        drop(state);
        if has_waiters {
            self.changed.notify_all();
        }
        result
    }

    /// Waits until `poll` returns a value, at most `timeout` (`None`: forever).
    pub(super) fn wait_for<T>(
        &self,
        timeout: Option<Duration>,
        poll: impl FnMut(&mut State) -> Option<T>,
    ) -> Option<T> {
        let until = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        match self.find(until, Role::Bystander, poll) {
            Turn::Found(found) => Some(found),
            Turn::Leads | Turn::TimeIsUp => None,
        }
    }

    /// Waits until `poll` returns a value, at most until `until`, or until the thread
    /// has the lead, if `role` takes it.
    pub(super) fn find<T>(
        &self,
        until: Option<Instant>,
        role: Role,
        mut poll: impl FnMut(&mut State) -> Option<T>,
    ) -> Turn<T> {
        let mut state = self.lock();
        loop {
            if let Some(found) = poll(&mut state) {
                return Turn::Found(found);
            }
            if state.lead == Lead::Free && role != Role::Bystander {
                state.take_lead(role);
                return Turn::Leads;
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                return Turn::TimeIsUp;
            }
            if state.lead == Lead::Lent && role == Role::Mover && !state.is_lead_wanted {
                state.is_lead_wanted = true;
                self.wake();
            }
            let follows = u32::from(role == Role::Mover);
            state.followers += follows;
            state = self.wait(state, until);
            state.followers -= follows;
        }
    }

    /// Waits for a change.
    fn wait<'a>(
        &self,
        mut state: MutexGuard<'a, State>,
        until: Option<Instant>,
    ) -> MutexGuard<'a, State> {
        state.waiters += 1;
        let wait = match until {
            None => self.changed.wait(state),
            Some(until) => {
                let left = until.saturating_duration_since(Instant::now());
                let waited = self.changed.wait_timeout(state, left);
                waited.map(|(state, _)| state).map_err(|e| PoisonError::new(e.into_inner().0))
            }
        };
        let mut state = wait.unwrap_or_else(PoisonError::into_inner);
        state.waiters -= 1;
        state
    }

    /// Passes the lead on, and tells threads that wait for it.
    pub(super) fn set_lead(&self, lead: Lead) {
        let mut state = self.lock();
        (state.lead, state.is_lead_wanted) = (lead, false);
        state.turn += 1;
        let is_followed = state.followers > 0;
        drop(state);
        if is_followed {
            self.changed.notify_all();
        }
    }

    /// Takes the lead if it is free; returns whether it was.
    pub(super) fn try_lead(&self, role: Role) -> bool {
        let mut state = self.lock();
        let is_free = state.lead == Lead::Free;
        if is_free {
            state.take_lead(role);
        }
        is_free
    }

    /// Publishes how the exec ended; only the first call has an effect.
    pub(super) fn publish(&self, end: Result<Outcome>) {
        self.update(|state| {
            state.end.get_or_insert(end);
            // Under the lock: nobody sees the end before the descriptor does.
            self.ended.cancel();
        });
    }

    /// Returns a new descriptor that is readable once the exec's end is published.
    pub(super) fn ended_fd(&self) -> Result<OwnedFd> {
        let duplicate = self.ended.wake_rx().and_then(sys::duplicate);
        duplicate.map_err(|e| Error::io("create a descriptor to wait on", e))
    }

    /// Publishes how the exec ended although it is yet to be killed, and stops
    /// all waiting.
    pub(super) fn abandon(&self, outcome: Outcome) {
        self.publish(Ok(outcome));
        self.update(|state| state.abandoned = true);
    }

    /// Builds the result with the unread output.
    pub(super) fn collect(&self, outcome: Outcome) -> ExecResult {
        self.update(|state| ExecResult {
            outcome,
            tree_gone: state.tree_gone.clone(),
            stdout: Captured::collect(&mut state.stdout),
            stderr: Captured::collect(&mut state.stderr),
            wall_time: state.wall_time,
            resources: state.resources.take(),
            input_error: state.input_error.take(),
        })
    }

    /// Ends output and input.
    pub(super) fn end_streams(&self) {
        self.update(|state| {
            state.output_ended = true;
            state.unsent.refused = true;
            state.unsent.bytes = VecDeque::new();
        });
    }

    /// Accepts input to send, waiting at most `timeout` for room; `None` if the
    /// time is over, 0 if the command accepts no more.
    pub(super) fn write_input(&self, bytes: &[u8], timeout: Option<Duration>) -> Option<usize> {
        let written = self.wait_for(timeout, |state| state.write(bytes));
        self.wake();
        written
    }

    /// Accepts all of `bytes`; returns whether the command accepts input.
    pub(super) fn write_all_input(&self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            match self.write_input(bytes, None) {
                Some(count @ 1..) => bytes = &bytes[count..],
                _ => return false,
            }
        }
        true
    }

    pub(super) fn close_input(&self) {
        self.update(|state| state.unsent.closed = true);
        self.wake();
    }
}
