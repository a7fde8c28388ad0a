//! Background tasks of a client: work that may continue after the call that started it
//! has returned, such as undoing the effects of a cancelled call.

use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use nix::poll::PollFlags;

use crate::call_context::CallContext;
use crate::error::{Error, ErrorKind, Result};
use crate::sys;

/// The stack size of a thread, in bytes. Tasks make requests, and do not recurse.
const STACK: usize = 256 * 1024;

/// The running tasks of one client.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    running: Mutex<usize>,
    ended: Condvar,
}

/// Starts a thread of the library, with a name, a small stack and all signals blocked.
pub(crate) fn spawn_thread(name: &str, body: impl FnOnce() + Send + 'static) -> Result<()> {
    let thread = std::thread::Builder::new().name(name.to_owned()).stack_size(STACK);
    let with_signals_blocked = move || {
        sys::block_signals();
        body();
    };
    match thread.spawn(with_signals_blocked) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::io("start a thread", error)),
    }
}

/// The state of a task that its caller may abandon.
enum Work<T> {
    Running,
    Ended(Result<T>),
    Abandoned,
}

impl Tasks {
    /// Runs `work` on a new thread.
    pub(crate) fn spawn(
        self: &Arc<Self>,
        name: &str,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<()> {
        *sys::lock(&self.running) += 1;
        let guard = Running(Arc::clone(self));
        let body = move || {
            let _guard = guard;
            if catch_unwind(AssertUnwindSafe(work)).is_err() {
                log::error!("a background task panicked");
            }
        };
        spawn_thread(name, body)
    }

    /// Runs `work` on a new thread and waits for its result. If `context` is cancelled
    /// or its deadline passes, returns that error at once; should `work` succeed
    /// afterwards, its thread calls `undo`.
    pub(crate) fn run_abandonable<T: Send + 'static>(
        self: &Arc<Self>,
        context: &CallContext,
        name: &str,
        work: impl FnOnce() -> Result<T> + Send + 'static,
        undo: impl FnOnce(T) + Send + 'static,
    ) -> Result<T> {
        context.check()?;
        let (wake_rx, wake_tx) =
            sys::socket_pair().map_err(|e| Error::io("create a socket pair", e))?;
        let state = Arc::new(Mutex::new(Work::Running));
        let worker_state = Arc::clone(&state);
        self.spawn(name, move || {
            let _wake_tx = wake_tx;
            let result = work();
            let mut state = sys::lock(&worker_state);
            match (&*state, result) {
                (Work::Abandoned, Ok(value)) => {
                    drop(state);
                    undo(value);
                }
                (Work::Abandoned, Err(error)) => {
                    log::debug!("an abandoned call failed: {error:#}");
                }
                (_, result) => *state = Work::Ended(result),
            }
        })?;
        let waited = context.wait(wake_rx.as_fd(), PollFlags::POLLIN);
        let mut state = sys::lock(&state);
        match (std::mem::replace(&mut *state, Work::Abandoned), waited) {
            (Work::Ended(result), _) => result,
            (_, Err(interrupted)) => Err(interrupted),
            (_, Ok(_)) => Err(Error::new(ErrorKind::Panic, "a background task panicked")),
        }
    }

    /// Runs `work` on a new thread and waits until it ends, `context` is cancelled or
    /// its deadline passes. The work continues in any case.
    pub(crate) fn finish(
        self: &Arc<Self>,
        context: &CallContext,
        name: &str,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<()> {
        let (wake_rx, wake_tx) =
            sys::socket_pair().map_err(|e| Error::io("create a socket pair", e))?;
        self.spawn(name, move || {
            let _wake_tx = wake_tx;
            work();
        })?;
        context.wait(wake_rx.as_fd(), PollFlags::POLLIN).ok();
        Ok(())
    }

    /// Waits until no task is running, up to `timeout`; returns whether none is.
    pub(crate) fn wait_idle(&self, timeout: Duration) -> bool {
        let running = sys::lock(&self.running);
        let wait = self.ended.wait_timeout_while(running, timeout, |running| *running > 0);
        let (running, _) = wait.unwrap_or_else(std::sync::PoisonError::into_inner);
        *running == 0
    }
}

/// Counts a task as running until dropped.
struct Running(Arc<Tasks>);

impl Drop for Running {
    fn drop(&mut self) {
        *sys::lock(&self.0.running) -= 1;
        self.0.ended.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cancel::CancelToken;
    use std::sync::mpsc::channel;

    #[test]
    fn an_abandoned_call_is_undone_and_waited_for() {
        let tasks = Arc::new(Tasks::default());
        let token = CancelToken::new();
        let context = CallContext::unlimited().with_cancel(&token);
        let (go, wait_for_go) = channel::<()>();
        let (undone, was_undone) = channel();
        let work = move || {
            token.cancel();
            wait_for_go.recv().ok();
            Ok(7)
        };
        let undo = move |value| undone.send(value).unwrap();
        let error = tasks.run_abandonable(&context, "test", work, undo).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert!(!tasks.wait_idle(Duration::ZERO));
        drop(go);
        assert_eq!(was_undone.recv(), Ok(7));
        assert!(tasks.wait_idle(Duration::from_secs(60)));
    }

    #[test]
    fn a_panic_is_an_error_and_no_task_stays() {
        let tasks = Arc::new(Tasks::default());
        let work = || -> Result<()> { panic!("expected by a test") };
        let error =
            tasks.run_abandonable(&CallContext::unlimited(), "test", work, drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Panic);
        assert!(tasks.wait_idle(Duration::from_secs(60)));
    }
}
