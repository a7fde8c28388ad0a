//! The limits of a single call (deadline and cancel token), and those of a
//! client's calls.

use std::fmt;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags};

use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind, Result, human};
use crate::sys;

/// Default timeout of a pull or a transfer without progress. It is long because
/// an engine may wait for a registry or a disk.
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_secs(300);

/// The limits of one call: its deadline and its cancel token.
///
/// A [`Client`](crate::Client) creates one per operation and passes it to every
/// request of its [`Api`](crate::api::Api). An implementation of that trait must
/// honour it, at least by calling [`check`](CallContext::check).
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

/// The origin of a deadline, for its error message.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    /// Set by the caller.
    Call,
    /// The default for one request.
    Request(Duration),
    /// The default for a call of several requests.
    Whole(Duration),
    /// The default for establishing a connection.
    Connect(Duration),
    /// The default for a pull or a transfer without progress.
    Idle(Duration),
    /// The limit for cleaning up after a failed call.
    CleanUp(Duration),
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Limit::Call => f.write_str("the caller's deadline passed"),
            Limit::Request(d) => {
                write!(f, "no answer within {} (default request timeout)", human(d))
            }
            Limit::Whole(d) => write!(f, "not finished within {} (default timeout)", human(d)),
            Limit::Connect(d) => write!(f, "no connection within {} (connect timeout)", human(d)),
            Limit::Idle(d) => write!(f, "no progress for {} (default timeout)", human(d)),
            Limit::CleanUp(d) => write!(f, "not cleaned up within {}", human(d)),
        }
    }
}

impl CallContext {
    /// A context without limits.
    #[must_use]
    pub fn unlimited() -> Self {
        Self::default()
    }

    /// Adds a deadline; an earlier one stays in force.
    #[must_use]
    pub fn with_deadline(self, deadline: Instant) -> Self {
        self.at_most(deadline, Limit::Call)
    }

    /// Sets the cancel token, replacing any earlier one.
    #[must_use]
    pub fn with_cancel(mut self, token: &CancelToken) -> Self {
        self.cancel = Some(token.clone());
        self
    }

    pub(crate) fn with_closed(mut self, token: &CancelToken) -> Self {
        self.closed = Some(token.clone());
        self
    }

    /// Removes the deadline.
    pub(crate) fn without_deadline(mut self) -> Self {
        self.deadline = None;
        self
    }

    /// Adds a deadline `duration` from now; an earlier one stays in force.
    pub(crate) fn within(self, duration: Duration, limit: Limit) -> Self {
        match Instant::now().checked_add(duration) {
            Some(at) => self.at_most(at, limit),
            None => self,
        }
    }

    /// Adds a deadline `duration` from now, unless the caller, a request or the
    /// connection already has one.
    pub(crate) fn with_default_timeout(self, duration: Duration, limit: Limit) -> Self {
        match self.deadline {
            None | Some(Deadline { limit: Limit::Whole(_) | Limit::CleanUp(_), .. }) => {
                self.within(duration, limit)
            }
            Some(_) => self,
        }
    }

    /// The limits of work that continues after this call's caller has left: the
    /// call's own deadline, but at least `least` from now, and not cancellable.
    pub(crate) fn detached(&self, least: Duration, limit: Limit) -> Self {
        let least = CallContext::unlimited().within(least, limit);
        match self.deadline {
            Some(deadline) if least.deadline().is_some_and(|at| at < deadline.at) => {
                CallContext { deadline: Some(deadline), ..CallContext::default() }
            }
            _ => least,
        }
    }

    /// The limits of the library's own work, without a caller's.
    pub(crate) fn for_clean_up(limit: Duration) -> Self {
        CallContext::unlimited().within(limit, Limit::CleanUp(limit))
    }

    fn at_most(mut self, at: Instant, limit: Limit) -> Self {
        if self.deadline.is_none_or(|deadline| at < deadline.at) {
            self.deadline = Some(Deadline { at, limit });
        }
        self
    }

    /// Returns the deadline, if any.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline.map(|deadline| deadline.at)
    }

    /// Checks whether the call may continue.
    ///
    /// # Errors
    /// `Closed`, `Cancelled` or `Timeout`, checked in this order.
    pub fn check(&self) -> Result<()> {
        let is_cancelled =
            |token: &Option<CancelToken>| token.as_ref().is_some_and(CancelToken::is_cancelled);
        if is_cancelled(&self.closed) {
            return Err(Error::new(ErrorKind::Closed, "the client was closed"));
        }
        if is_cancelled(&self.cancel) {
            return Err(Error::new(ErrorKind::Cancelled, "cancelled by the caller"));
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline.at => Err(Error::timeout(deadline.limit)),
            _ => Ok(()),
        }
    }

    /// Waits until `fd` is ready for `interest`, or has an error.
    pub(crate) fn wait(&self, fd: BorrowedFd<'_>, interest: PollFlags) -> Result<()> {
        while !self.poll(&[(fd, interest)], None)? {}
        Ok(())
    }

    /// Sleeps for `duration`. Fails early if the call's limits end it.
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

    /// The descriptors that become readable when the call is cancelled.
    pub(crate) fn wake_fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let tokens = [&self.closed, &self.cancel].into_iter().flatten();
        tokens.filter_map(|token| token.wake_rx().ok())
    }

    /// Polls once: returns whether any descriptor is ready, and fails as soon as
    /// the call's limits end it. May return early with nothing ready.
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
                token.wake_rx().map_err(|e| Error::io("create a descriptor to wait on", e))?;
            polled.push(PollFd::new(wake_rx, PollFlags::POLLIN));
        }
        let left = self.deadline.map(|d| d.at.saturating_duration_since(Instant::now()));
        let timeout = timeout.into_iter().chain(left).min();
        sys::poll(&mut polled, timeout).map_err(|e| Error::io("wait for the engine", e))?;
        // A flag that nix does not know still means readiness.
        let ready = polled[..fds.len()].iter().any(|fd| fd.any().unwrap_or(true));
        if !ready {
            self.check()?;
        }
        Ok(ready)
    }
}

/// The limits of a client's calls: a timeout for each, and a context for all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    timeout: Option<Duration>,
    context: CallContext,
}

impl Limits {
    /// Limits without a timeout per call.
    pub(crate) fn new(context: CallContext) -> Self {
        Limits { timeout: None, context }
    }

    /// Sets the timeout of each call.
    pub(crate) fn with_timeout(self, timeout: Duration) -> Self {
        Limits { timeout: Some(timeout), ..self }
    }

    /// Changes the limits that hold for all calls.
    pub(crate) fn with(self, change: impl FnOnce(CallContext) -> CallContext) -> Self {
        Limits { context: change(self.context), ..self }
    }

    /// Returns the limits for a call that starts now.
    ///
    /// # Errors
    /// Those of [`CallContext::check`], if a limit already ends the call.
    pub(crate) fn begin(&self) -> Result<CallContext> {
        let context = self.context();
        context.check()?;
        Ok(context)
    }

    /// Like [`begin`](Limits::begin), without checking the limits.
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
    fn each_call_has_its_own_timeout() {
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
    fn the_descriptor_of_a_cancelled_token_is_ready() {
        let token = CancelToken::new();
        token.cancel();
        assert!(sys::is_readable(token.wake_rx().unwrap()).unwrap());
    }
}
