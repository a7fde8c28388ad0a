//! Errors.

use sandock::capi::*;
use sandock::{Error, ErrorKind};

use super::call::{Owned, text};

const KINDS: &[(sandock_status, ErrorKind)] = &[
    (SANDOCK_ERR_INVALID_ARGUMENT, ErrorKind::InvalidArgument),
    (SANDOCK_ERR_UNSUPPORTED, ErrorKind::Unsupported),
    (SANDOCK_ERR_ENGINE_NOT_FOUND, ErrorKind::EngineNotFound),
    (SANDOCK_ERR_PERMISSION_DENIED, ErrorKind::PermissionDenied),
    (SANDOCK_ERR_CONNECTION_REFUSED, ErrorKind::ConnectionRefused),
    (SANDOCK_ERR_UNREACHABLE, ErrorKind::Unreachable),
    (SANDOCK_ERR_TLS, ErrorKind::Tls),
    (SANDOCK_ERR_TIMEOUT, ErrorKind::Timeout),
    (SANDOCK_ERR_CANCELLED, ErrorKind::Cancelled),
    (SANDOCK_ERR_CLOSED, ErrorKind::Closed),
    (SANDOCK_ERR_DISCONNECTED, ErrorKind::Disconnected),
    (SANDOCK_ERR_PROTOCOL, ErrorKind::Protocol),
    (SANDOCK_ERR_API_VERSION, ErrorKind::ApiVersion),
    (SANDOCK_ERR_NOT_FOUND, ErrorKind::NotFound),
    (SANDOCK_ERR_CONFLICT, ErrorKind::Conflict),
    (SANDOCK_ERR_PULL, ErrorKind::Pull),
    (SANDOCK_ERR_UNAUTHORIZED, ErrorKind::Unauthorized),
    (SANDOCK_ERR_RATE_LIMITED, ErrorKind::RateLimited),
    (SANDOCK_ERR_NO_SPACE, ErrorKind::NoSpace),
    (SANDOCK_ERR_WRONG_FILE_TYPE, ErrorKind::WrongFileType),
    (SANDOCK_ERR_FILE_ACCESS, ErrorKind::FileAccess),
    (SANDOCK_ERR_ENGINE, ErrorKind::Engine),
    (SANDOCK_ERR_IO, ErrorKind::Io),
    (SANDOCK_ERR_PANIC, ErrorKind::Panic),
    (SANDOCK_ERR_COMMAND_NOT_FOUND, ErrorKind::CommandNotFound),
    (SANDOCK_ERR_COMMAND_NOT_EXECUTABLE, ErrorKind::CommandNotExecutable),
    (SANDOCK_ERR_BAD_WORKING_DIR, ErrorKind::BadWorkingDir),
    (SANDOCK_ERR_BAD_USER, ErrorKind::BadUser),
    (SANDOCK_ERR_EXEC_START, ErrorKind::ExecStart),
];

/// The error of a call that failed with `status`.
pub fn taken(error: *mut sandock_error, status: sandock_status) -> Error {
    let error = Owned::new(error, sandock_error_free);
    // SAFETY: live.
    assert_eq!(unsafe { sandock_error_code(error.get()) }, status);
    copied(error.get())
}

/// What an error that was handed out tells.
pub fn owned(error: *mut sandock_error) -> Error {
    copied(Owned::new(error, sandock_error_free).get())
}

/// What an error tells, as an error of Rust.
pub fn copied(error: *const sandock_error) -> Error {
    // SAFETY: live.
    let (code, status) = unsafe { (sandock_error_code(error), sandock_error_http_status(error)) };
    let kind = KINDS.iter().find(|known| known.0 == code).unwrap().1;
    // SAFETY: live.
    let message = text(|len| unsafe { sandock_error_message(error, len) });
    assert!(!message.is_empty());
    let mut copy = Error::new(kind, message);
    if status != 0 {
        copy = copy.with_http_status(u16::try_from(status).unwrap());
    }
    check_predicates(error, &copy);
    copy
}

fn check_predicates(error: *const sandock_error, copy: &Error) {
    // SAFETY: live.
    let told = unsafe {
        [
            sandock_error_is_invalid_argument(error),
            sandock_error_is_not_found(error),
            sandock_error_is_conflict(error),
            sandock_error_is_timeout(error),
            sandock_error_is_cancelled(error),
            sandock_error_is_unreachable(error),
            sandock_error_is_exec_start(error),
            sandock_error_is_retryable(error),
        ]
    };
    let expected = [
        copy.is_invalid_argument(),
        copy.is_not_found(),
        copy.is_conflict(),
        copy.is_timeout(),
        copy.is_cancelled(),
        copy.is_unreachable(),
        copy.is_exec_start(),
        copy.is_retryable(),
    ];
    assert_eq!(told, expected, "{copy}");
}
