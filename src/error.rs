//! The one error type of the crate.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::container::ContainerState;

/// Shorthand for a result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, for a program to decide on.
///
/// Two failures have the same kind when a caller would handle them alike; the
/// words for a human are in the error's `Display`.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// An argument was refused: before anything was sent to the engine, where it
    /// can be known before.
    InvalidArgument,
    /// This build or this engine cannot do what was asked.
    Unsupported,
    /// There is no engine at the endpoint: its socket does not exist.
    EngineNotFound,
    /// This process may not open the engine's socket, or a file of TLS.
    PermissionDenied,
    /// The endpoint exists, but nothing accepts connections on it.
    ConnectionRefused,
    /// The engine cannot be reached for another reason.
    Unreachable,
    /// This client and the engine do not agree on TLS: a certificate that one of
    /// them does not accept, or only one of them speaks it.
    Tls,
    /// A deadline passed: the caller's or a default one; the message says which.
    Timeout,
    /// The call's [`CancelToken`](crate::CancelToken) was cancelled.
    Cancelled,
    /// The [`Client`](crate::Client) was closed.
    Closed,
    /// The connection ended in the middle of an answer or of an exec's output.
    Disconnected,
    /// The engine's answer is not what the Engine API promises.
    Protocol,
    /// Engine and library (or `DOCKER_API_VERSION`) have no API version in common.
    ApiVersion,
    /// The container, image, volume or exec, or a path in a container, does not
    /// exist.
    NotFound,
    /// The object is in a state that forbids the operation, or its name is taken.
    Conflict,
    /// The container has ended, so that no command can run in it any more, or
    /// one that ran was interrupted; [`Error::container_state`] says how.
    ContainerEnded,
    /// The program of a command does not exist in the container, or the image
    /// lacks `/bin/sh` or another program that PID 1 needs.
    CommandNotFound,
    /// The program of a command, or the image's `/bin/sh`, may not be executed, or
    /// is no program for this machine.
    CommandNotExecutable,
    /// The working directory of a command does not exist or may not be entered.
    BadWorkingDir,
    /// The user or the group of a command does not exist in the container, or
    /// is no name or number that could.
    BadUser,
    /// The arguments and the environment of a command are longer than the
    /// kernel takes; [`ExecOptions::new`](crate::ExecOptions::new) says how much.
    ArgumentsTooLong,
    /// A command could not be started for another reason.
    ExecStart,
    /// The engine answered that an image could not be pulled, for a reason that
    /// has no kind of its own.
    Pull,
    /// The registry wants other credentials, or any.
    Unauthorized,
    /// The registry has answered enough for now.
    RateLimited,
    /// The engine's disk is full.
    NoSpace,
    /// A path in the container is of another type than is needed: a directory
    /// for a file, a file for a directory, or neither of both.
    WrongFileType,
    /// A path in the container may not be read or written: its permissions, or
    /// a read-only file system.
    FileAccess,
    /// There is more than the caller's limit allows.
    TooLarge,
    /// An archive from a container is malformed, or an entry of it would be
    /// unsafe on this host.
    BadArchive,
    /// Any other error answer of the engine; see [`Error::http_status`].
    Engine,
    /// This process's side failed: a file descriptor or a thread could not be
    /// had, a file of the host's, or a caller's reader or writer, failed.
    Io,
    /// A bug: something panicked inside the library, and was contained.
    Panic,
}

/// What an engine says when its disk is full.
pub(crate) const NO_SPACE: &str = "no space left on device";

/// Why an operation failed.
///
/// Opaque, so that it can grow: decide on [`kind`](Error::kind) or on the
/// `is_*` predicates, never on the text.
///
/// `{}` prints what failed, without the cause that [`source`](StdError::source)
/// returns. `{:#}` prints the whole chain of causes on one line, separated by
/// `: `. Reporters that walk the chain, such as anyhow and eyre, print each text
/// once.
///
/// ```
/// use sandcell::{Client, ErrorKind};
///
/// let client = Client::builder().host("unix:///nonexistent.sock").build()?;
/// let error = client.version().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::EngineNotFound);
/// assert!(error.is_unreachable());
/// assert!(error.to_string().contains("unix:///nonexistent.sock"));
/// assert!(format!("{error:#}").contains(": No such file or directory"));
/// # Ok::<(), sandcell::Error>(())
/// ```
#[derive(Clone, thiserror::Error)]
#[error(transparent)]
pub struct Error(Arc<Inner>);

#[derive(Clone, thiserror::Error)]
struct Inner {
    kind: ErrorKind,
    message: String,
    http_status: Option<u16>,
    /// In a box: few errors have it.
    container: Option<Box<ContainerState>>,
    /// In a box, too: an `Arc<dyn Error>` is itself an error, and `source()` would
    /// return that one, which downcasts to nothing.
    source: Option<Arc<Box<dyn StdError + Send + Sync>>>,
}

impl Error {
    /// Makes an error, for an [`Api`](crate::api::Api) implementation to return.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error(Arc::new(Inner {
            kind,
            message: message.into(),
            http_status: None,
            container: None,
            source: None,
        }))
    }

    /// The same error with the cause that it wraps.
    ///
    /// The error's own message must not repeat the cause's text.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.inner().source = Some(Arc::new(source.into()));
        self
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.inner().kind = kind;
        self
    }

    /// The same error with the HTTP status that the engine answered.
    #[must_use]
    pub fn with_http_status(mut self, status: u16) -> Self {
        self.inner().http_status = Some(status);
        self
    }

    /// The same error with the state of the container that is the reason.
    pub(crate) fn with_container(mut self, state: ContainerState) -> Self {
        self.inner().container = Some(Box::new(state));
        self
    }

    /// The same error, said to have happened while doing `what`: a part of its own
    /// message, not a link of the chain.
    pub(crate) fn context(mut self, what: impl fmt::Display) -> Self {
        let message = format!("{what}: {}", self.0.message);
        self.inner().message = message;
        self
    }

    /// The same error with advice at the end of its own message.
    pub(crate) fn hint(mut self, advice: impl fmt::Display) -> Self {
        let message = format!("{}; {advice}", self.0.message);
        self.inner().message = message;
        self
    }

    /// The contents, to change: a copy of them if a clone shares them.
    fn inner(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }

    /// A refused argument: names the `field` and says what it must be.
    pub(crate) fn invalid(field: &str, problem: impl fmt::Display) -> Self {
        Error::new(ErrorKind::InvalidArgument, format!("{field}: {problem}"))
    }

    /// An error that an engine tells only in words.
    pub(crate) fn of_engine(message: String) -> Self {
        let is_full = message.contains(NO_SPACE);
        Error::new(if is_full { ErrorKind::NoSpace } else { ErrorKind::Engine }, message)
    }

    pub(crate) fn protocol(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::Protocol, message)
    }

    pub(crate) fn io(what: &str, cause: std::io::Error) -> Self {
        Error::new(ErrorKind::Io, format!("cannot {what}")).with_source(cause)
    }

    /// What a [`Read`](std::io::Read) or [`Write`](std::io::Write) failed with:
    /// an error of this type that it passed on, or a failure to `what`.
    pub(crate) fn passed_on(what: &str, cause: std::io::Error) -> Self {
        cause.downcast::<Error>().unwrap_or_else(|cause| Error::io(what, cause))
    }

    pub(crate) fn timeout(limit: impl fmt::Display) -> Self {
        Error::new(ErrorKind::Timeout, format!("timed out: {limit}"))
    }

    /// What went wrong, for a program to decide on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The HTTP status of the engine's error answer, if it answered one.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// What has become of the container whose end is the reason; `None` for
    /// other kinds than [`ErrorKind::ContainerEnded`].
    ///
    /// Of a container that is removed already, as the engine does with some when
    /// they end, no more is known than that: its status is
    /// [`Unknown`](crate::ContainerStatus::Unknown), and it has no exit code.
    #[must_use]
    pub fn container_state(&self) -> Option<&ContainerState> {
        self.0.container.as_deref()
    }

    /// The operating system's error number behind this error, if there is one.
    #[must_use]
    pub fn os_errno(&self) -> Option<i32> {
        let mut causes = causes(self);
        causes.find_map(|cause| cause.downcast_ref::<std::io::Error>())?.raw_os_error()
    }

    /// An argument was refused before anything was sent.
    #[must_use]
    pub fn is_invalid_argument(&self) -> bool {
        self.kind() == ErrorKind::InvalidArgument
    }

    /// The container, image, volume or exec does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// The object's state forbids the operation, or its name is taken.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.kind() == ErrorKind::Conflict
    }

    /// The container has ended; see [`container_state`](Error::container_state).
    #[must_use]
    pub fn is_container_ended(&self) -> bool {
        self.kind() == ErrorKind::ContainerEnded
    }

    /// A deadline passed.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// The call was cancelled by its token.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.kind() == ErrorKind::Cancelled
    }

    /// No connection to the engine could be made: no socket, no permission,
    /// refused, no agreement on TLS, or another reason.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(
            self.kind(),
            ErrorKind::EngineNotFound
                | ErrorKind::PermissionDenied
                | ErrorKind::ConnectionRefused
                | ErrorKind::Unreachable
                | ErrorKind::Tls
        )
    }

    /// Trying the same call again later may succeed without a change: the
    /// engine was away, busy or too slow. Whether the first try had an effect
    /// is not known; repeat only what may be done twice.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.kind() {
            ErrorKind::EngineNotFound
            | ErrorKind::ConnectionRefused
            | ErrorKind::Unreachable
            | ErrorKind::Timeout
            | ErrorKind::Pull
            | ErrorKind::RateLimited
            | ErrorKind::Disconnected => true,
            ErrorKind::Engine => self.http_status().is_some_and(|status| status >= 500),
            _ => false,
        }
    }

    /// The peer had closed the connection when it was written to.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        let gone = [libc::EPIPE, libc::ECONNRESET];
        self.os_errno().is_some_and(|errno| gone.contains(&errno))
    }

    /// The engine may have done what was asked although the call failed.
    pub(crate) fn leaves_doubt(&self) -> bool {
        let kinds = [ErrorKind::Disconnected, ErrorKind::Protocol, ErrorKind::Io];
        self.is_interruption() || kinds.contains(&self.kind())
    }

    /// A command could not be started: its program, arguments, working directory
    /// or user is wrong, or the engine failed to. Nothing of it ran.
    #[must_use]
    pub fn is_exec_start(&self) -> bool {
        matches!(
            self.kind(),
            ErrorKind::CommandNotFound
                | ErrorKind::CommandNotExecutable
                | ErrorKind::BadWorkingDir
                | ErrorKind::BadUser
                | ErrorKind::ArgumentsTooLong
                | ErrorKind::ExecStart
        )
    }

    /// The caller or a clock ended the call; the engine may still be at it.
    pub(crate) fn is_interruption(&self) -> bool {
        matches!(self.kind(), ErrorKind::Timeout | ErrorKind::Cancelled | ErrorKind::Closed)
    }
}

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if f.alternate() {
            causes(self).try_for_each(|cause| write!(f, ": {cause}"))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Error");
        debug.field("kind", &self.kind).field("message", &format!("{self:#}"));
        if let Some(status) = self.http_status {
            debug.field("http_status", &status);
        }
        debug.finish()
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What is behind `error`: its source, the source of that, and so on.
fn causes(error: &dyn StdError) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}

/// A duration as the messages print it: `60 s`, `250 ms`.
pub(crate) fn human(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As anyhow and eyre print an error: each link of the chain by itself.
    fn links(error: &dyn StdError) -> Vec<String> {
        let mut links = vec![error.to_string()];
        let mut cause = error.source();
        while let Some(error) = cause {
            links.push(error.to_string());
            cause = error.source();
        }
        links
    }

    /// An error with a context, around another of this crate, around the system's.
    fn chain() -> Error {
        let denied = std::io::Error::from_raw_os_error(13);
        let connect = Error::new(ErrorKind::PermissionDenied, "cannot connect");
        let connect = connect.with_source(denied).context("attach");
        Error::new(ErrorKind::ContainerEnded, "the container ended").with_source(connect)
    }

    const CHAIN: [&str; 3] =
        ["exec: the container ended", "attach: cannot connect", "Permission denied (os error 13)"];

    #[test]
    fn display_has_the_contexts_and_not_the_cause() {
        let error = chain().context("exec");
        assert_eq!(error.to_string(), CHAIN[0]);
        assert_eq!(format!("{error:?}").matches("Permission denied").count(), 1);
    }

    #[test]
    fn alternate_display_prints_each_link_once() {
        let error = chain().context("exec");
        assert_eq!(format!("{error:#}"), CHAIN.join(": "));
        // Passed through std::io, as a reader of the caller's does.
        let passed = std::io::Error::other(error);
        assert_eq!(links(&passed), CHAIN);
        assert_eq!(format!("{passed:#}"), CHAIN.join(": "));
        let message = "no cause";
        assert_eq!(format!("{:#}", Error::protocol(message)), message);
    }

    #[test]
    fn a_walked_chain_has_no_text_twice() {
        let error = chain().context("exec");
        assert_eq!(links(&error), CHAIN);
        let cause = error.source().and_then(|cause| cause.downcast_ref::<Error>()).unwrap();
        assert_eq!(cause.kind(), ErrorKind::PermissionDenied);
        assert!(cause.source().unwrap().is::<std::io::Error>());
        assert_eq!(error.os_errno(), Some(13));
    }

    #[test]
    fn a_clone_is_not_changed_by_a_context() {
        let error = chain();
        let clone = error.clone().context("exec").with_http_status(500);
        assert_eq!((links(&clone)[0].as_str(), clone.http_status()), (CHAIN[0], Some(500)));
        assert_eq!((error.to_string().as_str(), error.http_status()), (&CHAIN[0][6..], None));
        assert_eq!(links(&error)[1..], links(&clone)[1..]);
    }

    #[test]
    fn one_word_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn server_errors_are_retryable_client_errors_are_not() {
        let with = |status| Error::new(ErrorKind::Engine, "x").with_http_status(status);
        assert!(with(500).is_retryable());
        assert!(!with(400).is_retryable());
    }
}
