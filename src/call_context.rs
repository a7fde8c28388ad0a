//! The limits of one call: its deadline and its cancel token; and those of each
//! of several.

use std::fmt;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags};

use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind, Result, human};
use crate::sys;

/// How long a pull or a transfer goes on while nothing moves, where the caller
/// set no limit: an engine may wait for a registry, or for a disk.
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_secs(300);

/// The limits of one call: when it must end, and who may end it.
///
/// A [`Client`](crate::Client) makes one at the start of each operation and
/// hands it to every request of its [`Api`](crate::api::Api); an implementation
/// of that trait must honour it, at least by [`check`](CallContext::check).
#[derive(Clone, Debug, Default)]
pub struct CallContext {
    deadline: Option<Deadline>,
    cancel: Option<CancelToken>,
    closed: Option<CancelToken>,
}

#[derive(Clone, Copy, Debug)]
struct Deadline {
    at: Instant,
    limit: Limit,
}

/// Which limit a deadline comes from, so that its error can say so.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    /// The caller's own.
    Call,
    /// The default for one request to the engine.
    Request(Duration),
    /// The default for a call of several requests.
    Whole(Duration),
    /// The default for making a connection.
    Connect(Duration),
    /// The default for a pull or a transfer in which nothing moves.
    Idle(Duration),
    /// The library's own, for cleaning up after a failed call.
    CleanUp(Duration),
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Limit::Call => f.write_str("the caller's deadline passed"),
            Limit::Request(d) => write!(f, "no answer within {} (default request limit)", human(d)),
            Limit::Whole(d) => write!(f, "not done within {} (default limit)", human(d)),
            Limit::Connect(d) => write!(f, "no connection within {} (connect limit)", human(d)),
            Limit::Idle(d) => write!(f, "no progress for {} (default limit)", human(d)),
            Limit::CleanUp(d) => write!(f, "not cleaned up within {}", human(d)),
        }
    }
}

impl CallContext {
    /// No deadline, nobody to cancel.
    #[must_use]
    pub fn unlimited() -> Self {
        Self::default()
    }

    /// The same, ending at `deadline` at the latest.
    #[must_use]
    pub fn with_deadline(self, deadline: Instant) -> Self {
        self.at_most(deadline, Limit::Call)
    }

    /// The same, ended by `token` in place of any earlier token.
    #[must_use]
    pub fn with_cancel(mut self, token: &CancelToken) -> Self {
        self.cancel = Some(token.clone());
        self
    }

    pub(crate) fn with_closed(mut self, token: &CancelToken) -> Self {
        self.closed = Some(token.clone());
        self
    }

    /// The same, without an end of its own.
    pub(crate) fn without_deadline(mut self) -> Self {
        self.deadline = None;
        self
    }

    /// The same, ending `duration` from now at the latest.
    pub(crate) fn within(self, duration: Duration, limit: Limit) -> Self {
        match Instant::now().checked_add(duration) {
            Some(at) => self.at_most(at, limit),
            None => self,
        }
    }

    /// The same, and ending `duration` from now unless something narrower than
    /// a limit of the library's for a whole call is set.
    pub(crate) fn with_default_timeout(self, duration: Duration, limit: Limit) -> Self {
        match self.deadline {
            None | Some(Deadline { limit: Limit::Whole(_) | Limit::CleanUp(_), .. }) => {
                self.within(duration, limit)
            }
            Some(_) => self,
        }
    }

    /// The limits of work that goes on when this call's caller has left: the
    /// call's own deadline, but `least` from now at the earliest.
    pub(crate) fn detached(&self, least: Duration, limit: Limit) -> Self {
        let least = CallContext::unlimited().within(least, limit);
        match self.deadline {
            Some(deadline) if least.deadline().is_some_and(|at| at < deadline.at) => {
                CallContext { deadline: Some(deadline), ..CallContext::default() }
            }
            _ => least,
        }
    }

    fn at_most(mut self, at: Instant, limit: Limit) -> Self {
        if self.deadline.is_none_or(|deadline| at < deadline.at) {
            self.deadline = Some(Deadline { at, limit });
        }
        self
    }

    /// When the call must have ended, if ever.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline.map(|deadline| deadline.at)
    }

    /// Whether the call may go on.
    ///
    /// # Errors
    /// `Closed`, `Cancelled` or `Timeout`: whichever holds, in this order.
    pub fn check(&self) -> Result<()> {
        let rung =
            |token: &Option<CancelToken>| token.as_ref().is_some_and(CancelToken::is_cancelled);
        if rung(&self.closed) {
            return Err(Error::new(ErrorKind::Closed, "the client was closed"));
        }
        if rung(&self.cancel) {
            return Err(Error::new(ErrorKind::Cancelled, "cancelled by the caller"));
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline.at => Err(Error::timeout(deadline.limit)),
            _ => Ok(()),
        }
    }

    /// Waits until `fd` is ready for `interest`, or broken.
    pub(crate) fn wait(&self, fd: BorrowedFd<'_>, interest: PollFlags) -> Result<()> {
        while !self.poll(&[(fd, interest)], None)? {}
        Ok(())
    }

    /// Sleeps, unless the call ends first.
    pub(crate) fn sleep(&self, duration: Duration) -> Result<()> {
        let until = Instant::now() + duration;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            self.poll(&[], Some(left))?;
            if left.is_zero() {
                return Ok(());
            }
        }
    }

    /// One poll: returns whether any descriptor is ready, and fails as soon as
    /// the call's limits say so. May end early with nothing ready.
    pub(crate) fn poll(
        &self,
        fds: &[(BorrowedFd<'_>, PollFlags)],
        timeout: Option<Duration>,
    ) -> Result<bool> {
        self.check()?;
        let mut polled = Vec::with_capacity(fds.len() + 2);
        polled.extend(fds.iter().map(|&(fd, interest)| PollFd::new(fd, interest)));
        for token in [&self.closed, &self.cancel].into_iter().flatten() {
            let wake_rx =
                token.wake_rx().map_err(|e| Error::io("make a descriptor to wait on", e))?;
            polled.push(PollFd::new(wake_rx, PollFlags::POLLIN));
        }
        let left = self.deadline.map(|d| d.at.saturating_duration_since(Instant::now()));
        let timeout = timeout.into_iter().chain(left).min();
        sys::poll(&mut polled, timeout).map_err(|e| Error::io("wait for the engine", e))?;
        // A flag that nix does not know is some kind of readiness as well.
        let ready = polled[..fds.len()].iter().any(|fd| fd.any().unwrap_or(true));
        if !ready {
            self.check()?;
        }
        Ok(ready)
    }
}

/// What limits each call of several: a time for each, and what ends them all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    timeout: Option<Duration>,
    context: CallContext,
}

impl Limits {
    /// No time for each call, and `context` for all.
    pub(crate) fn new(context: CallContext) -> Self {
        Limits { timeout: None, context }
    }

    /// The same, with this time for each call in place of any earlier one.
    pub(crate) fn with_timeout(self, timeout: Duration) -> Self {
        Limits { timeout: Some(timeout), ..self }
    }

    /// The same, with what `change` makes of that which holds for all calls.
    pub(crate) fn with(self, change: impl FnOnce(CallContext) -> CallContext) -> Self {
        Limits { context: change(self.context), ..self }
    }

    /// The limits of a call that starts now.
    ///
    /// # Errors
    /// Those of [`CallContext::check`]: it may be over before it starts.
    pub(crate) fn begin(&self) -> Result<CallContext> {
        let context = self.context();
        context.check()?;
        Ok(context)
    }

    /// The same, although it may be over before it starts.
    pub(crate) fn context(&self) -> CallContext {
        let context = self.context.clone();
        match self.timeout {
            Some(timeout) => context.within(timeout, Limit::Call),
            None => context,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_has_its_own_time() {
        let limits = Limits::default().with_timeout(Duration::from_secs(3600));
        let first = limits.begin().unwrap().deadline().unwrap();
        assert!(Limits::begin(&limits).unwrap().deadline().unwrap() > first);
        let over = limits.with(|scope| scope.with_deadline(Instant::now()));
        assert_eq!(over.begin().unwrap_err().kind(), ErrorKind::Timeout);
    }

    #[test]
    fn the_earlier_deadline_wins_and_says_which_it_is() {
        let context = CallContext::unlimited()
            .with_deadline(Instant::now() + Duration::from_secs(60))
            .within(Duration::ZERO, Limit::Connect(Duration::from_millis(250)));
        let error = context.check().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.to_string().contains("no connection within 250 ms"), "{error}");
    }

    #[test]
    fn a_default_never_replaces_the_callers_deadline() {
        let at = Instant::now() + Duration::from_secs(3600);
        let context = CallContext::unlimited()
            .with_deadline(at)
            .with_default_timeout(Duration::ZERO, Limit::Call);
        assert_eq!(context.deadline(), Some(at));
    }

    #[test]
    fn cancel_wakes_a_sleeper() {
        let token = CancelToken::new();
        let context = CallContext::unlimited().with_cancel(&token);
        let sleeper = std::thread::spawn(move || context.sleep(Duration::from_secs(3600)));
        token.cancel();
        let error = sleeper.join().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
    }

    #[test]
    fn a_descriptor_of_a_token_cancelled_before_it_was_made_is_ready() {
        let token = CancelToken::new();
        token.cancel();
        assert!(sys::is_readable(token.wake_rx().unwrap()).unwrap());
    }
}
