//! Cancelling a call from another thread.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, OnceLock};

use crate::sys;

/// Ends calls from another thread.
///
/// Give a token to a client with [`Client::with_cancel`](crate::Client::with_cancel):
/// every call through that client then returns with
/// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled) within 100 ms of
/// [`cancel`](CancelToken::cancel), running ones and later ones. Clones are the
/// same token. A cancelled token stays cancelled.
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
    /// Becomes readable (end of stream), for good, when `State::bell` is
    /// dropped. Made by the first waiter, so that a token without waiters
    /// costs no descriptor and `new` cannot fail.
    ear: OnceLock<UnixStream>,
}

#[derive(Default)]
struct State {
    cancelled: bool,
    bell: Option<UnixStream>,
}

impl CancelToken {
    /// A token that is not cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels: every call that holds this token ends. Idempotent; may be
    /// called from any thread, but not from a signal handler.
    pub fn cancel(&self) {
        let mut state = sys::lock(&self.0.state);
        state.cancelled = true;
        state.bell = None;
    }

    /// Whether [`cancel`](CancelToken::cancel) was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        sys::lock(&self.0.state).cancelled
    }

    /// A descriptor that polls readable once the token is cancelled.
    pub(crate) fn ear(&self) -> io::Result<BorrowedFd<'_>> {
        if self.0.ear.get().is_none() {
            let mut state = sys::lock(&self.0.state);
            if self.0.ear.get().is_none() {
                let (ear, bell) = sys::socket_pair()?;
                state.bell = (!state.cancelled).then_some(bell);
                let _ = self.0.ear.set(ear);
            }
        }
        let ear = self.0.ear.get().ok_or(io::ErrorKind::Other)?;
        Ok(ear.as_fd())
    }
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelToken").field("cancelled", &self.is_cancelled()).finish()
    }
}
