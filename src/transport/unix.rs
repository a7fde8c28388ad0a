//! `unix://`: a Unix domain socket.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::time::Duration;

use crate::api::SocketStream;
use crate::call_context::CallContext;
use crate::error::{Error, ErrorKind, Result};
use crate::sys;

/// The retry interval while the engine's listen queue is full: a Unix socket then
/// offers nothing to poll.
const QUEUE_FULL_RETRY: Duration = Duration::from_millis(5);

pub(super) fn connect(
    endpoint: &dyn fmt::Display,
    path: &Path,
    context: &CallContext,
) -> Result<SocketStream> {
    let attempt = || -> io::Result<OwnedFd> {
        let socket = sys::unix_socket()?;
        sys::connect_unix(socket.as_fd(), path)?;
        Ok(socket)
    };
    loop {
        match attempt() {
            Ok(socket) => return Ok(socket.into()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                context.sleep(QUEUE_FULL_RETRY).map_err(|e| {
                    e.context(format_args!("{endpoint} is not accepting connections"))
                })?;
            }
            Err(error) => return Err(explain(endpoint, path, error)),
        }
    }
}

/// Turns the errno of `connect` into an error with a hint.
fn explain(endpoint: &dyn fmt::Display, path: &Path, error: io::Error) -> Error {
    let file_type = std::fs::metadata(path).map(|meta| meta.file_type());
    let is_other_file = file_type.is_ok_and(|file_type| !file_type.is_socket());
    let (kind, hint) = match error.kind() {
        io::ErrorKind::NotFound => (
            ErrorKind::EngineNotFound,
            "the socket does not exist; is an engine installed and running?",
        ),
        io::ErrorKind::PermissionDenied => (
            ErrorKind::PermissionDenied,
            "this user may not open the socket; is the user in the engine's group (docker)?",
        ),
        _ if is_other_file => (ErrorKind::ConnectionRefused, "the path is not a socket"),
        io::ErrorKind::ConnectionRefused => (
            ErrorKind::ConnectionRefused,
            "the socket exists, but no engine listens on it; did it stop?",
        ),
        _ => (ErrorKind::Unreachable, "connecting failed"),
    };
    Error::new(kind, format!("cannot reach the engine at {endpoint}: {hint}")).with_source(error)
}
