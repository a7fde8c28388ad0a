//! Cancelling calls from another thread.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, OnceLock};

use crate::sys;

/// Cancels calls from another thread.
///
/// Pass a token to [`Client::with_cancel`](crate::Client::with_cancel). After
/// [`cancel`](CancelToken::cancel), every running and later call through that
/// client fails with [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled) within
/// 100 ms. Clones share one state. A cancelled token stays cancelled.
///
/// ```
/// use sandcell::{CancelToken, Client, ErrorKind};
///
/// let token = CancelToken::new();
/// let client = Client::builder().host("unix:///run/docker.sock").build()?.with_cancel(&token);
/// token.cancel();
/// assert_eq!(client.version().unwrap_err().kind(), ErrorKind::Cancelled);
/// # Ok::<(), sandcell::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct CancelToken(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Becomes readable (end of stream) for good when `State::wake_tx` is
    /// dropped. Created by the first waiter, so that an unused token costs no
    /// descriptor and `new` cannot fail.
    wake_rx: OnceLock<UnixStream>,
}

#[derive(Default)]
struct State {
    cancelled: bool,
    wake_tx: Option<UnixStream>,
}

impl CancelToken {
    /// Creates a token that is not cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels every call that uses this token. Idempotent. May be called from
    /// any thread, but not from a signal handler.
    pub fn cancel(&self) {
        let mut state = sys::lock(&self.0.state);
        state.cancelled = true;
        state.wake_tx = None;
    }

    /// Whether [`cancel`](CancelToken::cancel) was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        sys::lock(&self.0.state).cancelled
    }

    /// A descriptor that becomes readable when the token is cancelled.
    pub(crate) fn wake_rx(&self) -> io::Result<BorrowedFd<'_>> {
        if self.0.wake_rx.get().is_none() {
            let mut state = sys::lock(&self.0.state);
            if self.0.wake_rx.get().is_none() {
                let (wake_rx, wake_tx) = sys::socket_pair()?;
                // What the other end never reads would turn its end into an error.
                sys::shutdown_write(wake_rx.as_fd())?;
                state.wake_tx = (!state.cancelled).then_some(wake_tx);
                let _ = self.0.wake_rx.set(wake_rx);
            }
        }
        let wake_rx = self.0.wake_rx.get().ok_or(io::ErrorKind::Other)?;
        Ok(wake_rx.as_fd())
    }
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelToken").field("cancelled", &self.is_cancelled()).finish()
    }
}
