//! Keeps a command from being started while all processes of its user are
//! killed.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::api::CallContext;
use crate::error::Result;
use crate::sys;

/// How often one who waits looks at the limits of its call.
const TICK: Duration = Duration::from_millis(20);

/// Commands of one container pass while they are started, unless it is shut.
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

/// A command on its way through, until dropped.
#[derive(Debug)]
pub(crate) struct Passing<'a>(&'a Gate);

/// Nobody passes until this is dropped.
#[derive(Debug)]
pub(crate) struct Shut<'a>(&'a Gate);

impl Gate {
    /// Passes, once it is open.
    pub(crate) fn pass(&self, context: &CallContext) -> Result<Passing<'_>> {
        let mut state = sys::lock(&self.state);
        while state.shut > 0 {
            state = self.tick(state);
            context.check()?;
        }
        state.passing += 1;
        Ok(Passing(self))
    }

    /// Shuts it, and waits until nobody is passing; `None` if somebody still is
    /// after `patience`.
    pub(crate) fn shut(&self, patience: Duration) -> Option<Shut<'_>> {
        let until = Instant::now() + patience;
        let mut state = sys::lock(&self.state);
        state.shut += 1;
        while state.passing > 0 && Instant::now() < until {
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
        sys::lock(&self.0.state).passing -= 1;
        self.0.changed.notify_all();
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
    fn nobody_passes_a_shut_gate() {
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
    fn it_cannot_be_shut_on_somebody() {
        let gate = Gate::default();
        let passing = gate.pass(&CallContext::unlimited()).unwrap();
        assert!(gate.shut(Duration::ZERO).is_none());
        drop(passing);
        assert!(gate.shut(Duration::ZERO).is_some());
    }
}
