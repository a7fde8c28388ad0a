//! Work that goes on when the call that began it has returned: undoing what a
//! cancelled call may still cause.

use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use nix::poll::PollFlags;

use crate::call_context::CallContext;
use crate::error::{Error, ErrorKind, Result};
use crate::sys;

/// The tasks make requests and nothing deep.
const STACK: usize = 256 * 1024;

/// The running tasks of one client.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    running: Mutex<usize>,
    ended: Condvar,
}

/// Starts a thread of the library: named, with a small stack, and deaf to
/// signals, which are the host's.
pub(crate) fn spawn_thread(name: &str, body: impl FnOnce() + Send + 'static) -> Result<()> {
    let thread = std::thread::Builder::new().name(name.to_owned()).stack_size(STACK);
    let deaf = move || {
        sys::block_signals();
        body();
    };
    match thread.spawn(deaf) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::io("start a thread", error)),
    }
}

/// A call that its caller may leave.
enum Work<T> {
    Running,
    Ended(Result<T>),
    Left,
}

impl Tasks {
    /// Runs `work` on a thread of its own.
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

    /// Runs `work` so that the caller can leave it at once when `context` ends,
    /// and `undo`, on the work's own thread, what it then still does.
    pub(crate) fn run_abandonable<T: Send + 'static>(
        self: &Arc<Self>,
        context: &CallContext,
        name: &str,
        work: impl FnOnce() -> Result<T> + Send + 'static,
        undo: impl FnOnce(T) + Send + 'static,
    ) -> Result<T> {
        context.check()?;
        let (wake_rx, wake_tx) =
            sys::socket_pair().map_err(|e| Error::io("make a socket pair", e))?;
        let state = Arc::new(Mutex::new(Work::Running));
        let worker_state = Arc::clone(&state);
        self.spawn(name, move || {
            let _wake_tx = wake_tx;
            let result = work();
            let mut state = sys::lock(&worker_state);
            match (&*state, result) {
                (Work::Left, Ok(value)) => {
                    drop(state);
                    undo(value);
                }
                (Work::Left, Err(error)) => log::debug!("a call that was left failed: {error:#}"),
                (_, result) => *state = Work::Ended(result),
            }
        })?;
        let waited = context.wait(wake_rx.as_fd(), PollFlags::POLLIN);
        let mut state = sys::lock(&state);
        match (std::mem::replace(&mut *state, Work::Left), waited) {
            (Work::Ended(result), _) => result,
            (_, Err(left)) => Err(left),
            (_, Ok(_)) => Err(Error::new(ErrorKind::Panic, "a background task panicked")),
        }
    }

    /// Runs `work` on a thread of its own, and waits for its end or that of
    /// `context`, whichever comes first; the work goes on regardless.
    pub(crate) fn finish(
        self: &Arc<Self>,
        context: &CallContext,
        name: &str,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<()> {
        let (wake_rx, wake_tx) =
            sys::socket_pair().map_err(|e| Error::io("make a socket pair", e))?;
        self.spawn(name, move || {
            let _wake_tx = wake_tx;
            work();
        })?;
        context.wait(wake_rx.as_fd(), PollFlags::POLLIN).ok();
        Ok(())
    }

    /// Waits until no task runs, for at most `timeout`; whether none does.
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
    fn a_left_call_is_undone_and_waited_for() {
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
