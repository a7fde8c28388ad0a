//! Prevents starting commands while all processes of their user are killed.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::api::CallContext;
use crate::error::Result;
use crate::sys;

/// How often a waiting thread checks the limits of its call.
const TICK: Duration = Duration::from_millis(20);

/// Lets commands of a container start, unless it is shut.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    passing: usize,
    shut: usize,
}

/// Held while a command is being started.
#[derive(Debug)]
pub(crate) struct Passing<'a>(&'a Gate);

/// Keeps the gate shut until dropped.
#[derive(Debug)]
pub(crate) struct Shut<'a>(&'a Gate);

impl Gate {
    /// Waits until the gate is open, and enters it.
    pub(crate) fn pass(&self, context: &CallContext) -> Result<Passing<'_>> {
        let mut state = sys::lock(&self.state);
        while state.shut > 0 {
            state = self.tick(state);
            context.check()?;
        }
        state.passing += 1;
        Ok(Passing(self))
    }

    /// Shuts the gate and waits until no command is being started; `None` if one
    /// still is after `timeout`.
    pub(crate) fn shut(&self, timeout: Duration) -> Option<Shut<'_>> {
        let deadline = Instant::now() + timeout;
        let mut state = sys::lock(&self.state);
        state.shut += 1;
        while state.passing > 0 && Instant::now() < deadline {
            state = self.tick(state);
        }
        let is_empty = state.passing == 0;
        drop(state);
        let shut = Shut(self);
        is_empty.then_some(shut)
    }

    fn tick<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Drop for Passing<'_> {
    fn drop(&mut self) {
        let mut state = sys::lock(&self.0.state);
        state.passing -= 1;
        let is_awaited = state.shut > 0;
        drop(state);
        if is_awaited {
            self.0.changed.notify_all();
        }
    }
}

impl Drop for Shut<'_> {
    fn drop(&mut self) {
        sys::lock(&self.0.state).shut -= 1;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cancel::CancelToken;
    use crate::error::ErrorKind;

    #[test]
    fn a_shut_gate_blocks_starts() {
        let gate = Gate::default();
        let shut = gate.shut(Duration::ZERO).unwrap();
        let token = CancelToken::new();
        token.cancel();
        let error = gate.pass(&CallContext::unlimited().with_cancel(&token)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        drop(shut);
        gate.pass(&CallContext::unlimited()).unwrap();
    }

    #[test]
    fn shutting_fails_while_a_command_starts() {
        let gate = Gate::default();
        let passing = gate.pass(&CallContext::unlimited()).unwrap();
        assert!(gate.shut(Duration::ZERO).is_none());
        drop(passing);
        assert!(gate.shut(Duration::ZERO).is_some());
    }
}
