//! Errors.

use sandcell::capi::*;
use sandcell::{Error, ErrorKind};

use super::call::{Owned, text};

const KINDS: &[(sandcell_status, ErrorKind)] = &[
    (SANDCELL_ERR_INVALID_ARGUMENT, ErrorKind::InvalidArgument),
    (SANDCELL_ERR_UNSUPPORTED, ErrorKind::Unsupported),
    (SANDCELL_ERR_ENGINE_NOT_FOUND, ErrorKind::EngineNotFound),
    (SANDCELL_ERR_PERMISSION_DENIED, ErrorKind::PermissionDenied),
    (SANDCELL_ERR_CONNECTION_REFUSED, ErrorKind::ConnectionRefused),
    (SANDCELL_ERR_UNREACHABLE, ErrorKind::Unreachable),
    (SANDCELL_ERR_TLS, ErrorKind::Tls),
    (SANDCELL_ERR_TIMEOUT, ErrorKind::Timeout),
    (SANDCELL_ERR_CANCELLED, ErrorKind::Cancelled),
    (SANDCELL_ERR_CLOSED, ErrorKind::Closed),
    (SANDCELL_ERR_DISCONNECTED, ErrorKind::Disconnected),
    (SANDCELL_ERR_PROTOCOL, ErrorKind::Protocol),
    (SANDCELL_ERR_API_VERSION, ErrorKind::ApiVersion),
    (SANDCELL_ERR_NOT_FOUND, ErrorKind::NotFound),
    (SANDCELL_ERR_CONFLICT, ErrorKind::Conflict),
    (SANDCELL_ERR_PULL, ErrorKind::Pull),
    (SANDCELL_ERR_UNAUTHORIZED, ErrorKind::Unauthorized),
    (SANDCELL_ERR_RATE_LIMITED, ErrorKind::RateLimited),
    (SANDCELL_ERR_NO_SPACE, ErrorKind::NoSpace),
    (SANDCELL_ERR_WRONG_FILE_TYPE, ErrorKind::WrongFileType),
    (SANDCELL_ERR_FILE_ACCESS, ErrorKind::FileAccess),
    (SANDCELL_ERR_ENGINE, ErrorKind::Engine),
    (SANDCELL_ERR_IO, ErrorKind::Io),
    (SANDCELL_ERR_PANIC, ErrorKind::Panic),
    (SANDCELL_ERR_COMMAND_NOT_FOUND, ErrorKind::CommandNotFound),
    (SANDCELL_ERR_COMMAND_NOT_EXECUTABLE, ErrorKind::CommandNotExecutable),
    (SANDCELL_ERR_BAD_WORKING_DIR, ErrorKind::BadWorkingDir),
    (SANDCELL_ERR_BAD_USER, ErrorKind::BadUser),
    (SANDCELL_ERR_EXEC_START, ErrorKind::ExecStart),
    (SANDCELL_ERR_CONTAINER_ENDED, ErrorKind::ContainerEnded),
    (SANDCELL_ERR_ARGUMENTS_TOO_LONG, ErrorKind::ArgumentsTooLong),
];

/// The error of a call that failed with `status`.
pub fn taken(error: *mut sandcell_error, status: sandcell_status) -> Error {
    let error = Owned::new(error, sandcell_error_free);
    // SAFETY: live.
    assert_eq!(unsafe { sandcell_error_kind(error.get()) }, status);
    copied(error.get())
}

/// What an error that was handed out tells.
pub fn owned(error: *mut sandcell_error) -> Error {
    copied(Owned::new(error, sandcell_error_free).get())
}

/// What an error tells, as an error of Rust.
pub fn copied(error: *const sandcell_error) -> Error {
    // SAFETY: live.
    let (code, status) = unsafe { (sandcell_error_kind(error), sandcell_error_http_status(error)) };
    let kind = KINDS.iter().find(|known| known.0 == code).unwrap().1;
    // SAFETY: live.
    let message = text(|len| unsafe { sandcell_error_message(error, len) });
    assert!(!message.is_empty());
    let mut copy = Error::new(kind, message);
    if status != 0 {
        copy = copy.with_http_status(u16::try_from(status).unwrap());
    }
    check_predicates(error, &copy);
    check_container(error, &copy);
    copy
}

fn check_predicates(error: *const sandcell_error, copy: &Error) {
    // SAFETY: live.
    let told = unsafe {
        [
            sandcell_error_is_invalid_argument(error),
            sandcell_error_is_not_found(error),
            sandcell_error_is_conflict(error),
            sandcell_error_is_container_ended(error),
            sandcell_error_is_timeout(error),
            sandcell_error_is_cancelled(error),
            sandcell_error_is_unreachable(error),
            sandcell_error_is_exec_start(error),
            sandcell_error_is_retryable(error),
        ]
    };
    let expected = [
        copy.is_invalid_argument(),
        copy.is_not_found(),
        copy.is_conflict(),
        copy.is_container_ended(),
        copy.is_timeout(),
        copy.is_cancelled(),
        copy.is_unreachable(),
        copy.is_exec_start(),
        copy.is_retryable(),
    ];
    assert_eq!(told, expected, "{copy}");
}

/// An error has the state of a container if that is the reason.
fn check_container(error: *const sandcell_error, copy: &Error) {
    // SAFETY: live.
    let state = unsafe { sandcell_error_container_state(error) };
    assert_eq!(!state.is_null(), copy.is_container_ended(), "{copy}");
    if !state.is_null() {
        // SAFETY: lent by a live error.
        assert!(!text(|len| unsafe { sandcell_container_state_id(state, len) }).is_empty());
        // SAFETY: the same.
        assert!(!unsafe { sandcell_container_state_running(state) });
    }
}
