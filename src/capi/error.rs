//! Errors: why a call failed.
//!
//! Decide on the status or on the predicates, never on the message.

use std::ffi::c_char;
use std::ptr;

use super::container_state::sandcell_container_state;
use super::handles::{free, text_of, value_of};
use super::names::in_c;
use super::text::Text;
use crate::{Error, ErrorKind};

/// The result of a call: SANDCELL_OK, or one of SANDCELL_ERR_*.
///
/// Failures are negative. Numbers are never reused. A later version may add some:
/// treat an unknown one as a failure.
pub type sandcell_status = i32;

/// Why a call failed.
///
/// Immutable. Made by a failing call; free with sandcell_error_free().
pub struct sandcell_error {
    error: Error,
    message: Text,
    /// In a box: few errors have it.
    container_state: Option<Box<sandcell_container_state>>,
}

impl From<Error> for sandcell_error {
    fn from(error: Error) -> Self {
        let message = in_c(format!("{error:#}")).into();
        let container_state = error.container_state().map(|state| Box::new(state.clone().into()));
        sandcell_error { error, message, container_state }
    }
}

/// The call succeeded.
pub const SANDCELL_OK: sandcell_status = 0;
/// An argument is invalid; the message names it. Nothing was sent.
pub const SANDCELL_ERR_INVALID_ARGUMENT: sandcell_status = -1;
/// This build or this engine does not support the request.
pub const SANDCELL_ERR_UNSUPPORTED: sandcell_status = -2;
/// The endpoint's socket does not exist: there is no engine.
pub const SANDCELL_ERR_ENGINE_NOT_FOUND: sandcell_status = -3;
/// This process may not open the engine's socket, or a TLS file.
pub const SANDCELL_ERR_PERMISSION_DENIED: sandcell_status = -4;
/// The endpoint exists, but nothing accepts connections on it.
pub const SANDCELL_ERR_CONNECTION_REFUSED: sandcell_status = -5;
/// The engine cannot be reached for another reason.
pub const SANDCELL_ERR_UNREACHABLE: sandcell_status = -6;
/// A timeout passed: the caller's or a default one; the message says which.
pub const SANDCELL_ERR_TIMEOUT: sandcell_status = -7;
/// The client's cancel token was cancelled.
pub const SANDCELL_ERR_CANCELLED: sandcell_status = -8;
/// The client was closed.
pub const SANDCELL_ERR_CLOSED: sandcell_status = -9;
/// The connection ended in the middle of a response or of a command's output.
pub const SANDCELL_ERR_DISCONNECTED: sandcell_status = -10;
/// The engine's response violates the Engine API.
pub const SANDCELL_ERR_PROTOCOL: sandcell_status = -11;
/// Engine and library have no version of the Engine API in common.
pub const SANDCELL_ERR_API_VERSION: sandcell_status = -12;
/// The container, image, volume or exec, or a path in a container, does not exist.
pub const SANDCELL_ERR_NOT_FOUND: sandcell_status = -13;
/// The object's state forbids the operation, or its name is taken.
pub const SANDCELL_ERR_CONFLICT: sandcell_status = -14;
/// The engine reported that an image could not be pulled, for a reason that has no
/// status of its own.
pub const SANDCELL_ERR_PULL: sandcell_status = -15;
/// Any other error response of the engine; see sandcell_error_http_status().
pub const SANDCELL_ERR_ENGINE: sandcell_status = -16;
/// A local file, descriptor or thread could not be opened or created, or a callback
/// failed.
pub const SANDCELL_ERR_IO: sandcell_status = -17;
/// A bug: the library panicked, and the panic was contained.
pub const SANDCELL_ERR_PANIC: sandcell_status = -18;
/// The program of a command does not exist in the container.
pub const SANDCELL_ERR_COMMAND_NOT_FOUND: sandcell_status = -19;
/// The program of a command may not be executed, or is not a program.
pub const SANDCELL_ERR_COMMAND_NOT_EXECUTABLE: sandcell_status = -20;
/// A command's working directory does not exist or may not be entered.
pub const SANDCELL_ERR_BAD_WORKING_DIR: sandcell_status = -21;
/// The user or the group of a command does not exist in the container, or is not a
/// valid name or number.
pub const SANDCELL_ERR_BAD_USER: sandcell_status = -22;
/// A command could not be started for another reason.
pub const SANDCELL_ERR_EXEC_START: sandcell_status = -23;

/// A path in the container has the wrong type: a directory instead of a file, a file
/// instead of a directory, or neither.
pub const SANDCELL_ERR_WRONG_FILE_TYPE: sandcell_status = -24;
/// A path in the container may not be read or written.
pub const SANDCELL_ERR_FILE_ACCESS: sandcell_status = -25;
/// The data exceeds the caller's limit.
pub const SANDCELL_ERR_TOO_LARGE: sandcell_status = -26;
/// An archive from a container is malformed, or one of its entries would be unsafe
/// on this host.
pub const SANDCELL_ERR_BAD_ARCHIVE: sandcell_status = -27;
/// The TLS handshake failed: one side does not accept the other's certificate, or
/// only one of them uses TLS.
pub const SANDCELL_ERR_TLS: sandcell_status = -28;
/// The registry requires (different) credentials.
pub const SANDCELL_ERR_UNAUTHORIZED: sandcell_status = -29;
/// The registry's rate limit is exceeded.
pub const SANDCELL_ERR_RATE_LIMITED: sandcell_status = -30;
/// The engine's disk is full.
pub const SANDCELL_ERR_NO_SPACE: sandcell_status = -31;
/// The container has ended: a command cannot be started, or was interrupted; see
/// sandcell_error_container_state().
pub const SANDCELL_ERR_CONTAINER_ENDED: sandcell_status = -32;
/// The arguments and the environment of a command are longer than the kernel allows:
/// 131071 bytes for each of them, and 2 MiB less 16 KiB for all, counting 9 more for
/// each.
pub const SANDCELL_ERR_ARGUMENTS_TOO_LONG: sandcell_status = -33;

impl sandcell_error {
    pub(super) fn status(&self) -> sandcell_status {
        number_of(self.error.kind())
    }
}

/// Every kind has a number: a new kind does not compile without one.
fn number_of(kind: ErrorKind) -> sandcell_status {
    match kind {
        ErrorKind::InvalidArgument => SANDCELL_ERR_INVALID_ARGUMENT,
        ErrorKind::Unsupported => SANDCELL_ERR_UNSUPPORTED,
        ErrorKind::EngineNotFound => SANDCELL_ERR_ENGINE_NOT_FOUND,
        ErrorKind::PermissionDenied => SANDCELL_ERR_PERMISSION_DENIED,
        ErrorKind::ConnectionRefused => SANDCELL_ERR_CONNECTION_REFUSED,
        ErrorKind::Unreachable => SANDCELL_ERR_UNREACHABLE,
        ErrorKind::Tls => SANDCELL_ERR_TLS,
        ErrorKind::Timeout => SANDCELL_ERR_TIMEOUT,
        ErrorKind::Cancelled => SANDCELL_ERR_CANCELLED,
        ErrorKind::Closed => SANDCELL_ERR_CLOSED,
        ErrorKind::Disconnected => SANDCELL_ERR_DISCONNECTED,
        ErrorKind::Protocol => SANDCELL_ERR_PROTOCOL,
        ErrorKind::ApiVersion => SANDCELL_ERR_API_VERSION,
        ErrorKind::NotFound => SANDCELL_ERR_NOT_FOUND,
        ErrorKind::Conflict => SANDCELL_ERR_CONFLICT,
        ErrorKind::CommandNotFound => SANDCELL_ERR_COMMAND_NOT_FOUND,
        ErrorKind::CommandNotExecutable => SANDCELL_ERR_COMMAND_NOT_EXECUTABLE,
        ErrorKind::BadWorkingDir => SANDCELL_ERR_BAD_WORKING_DIR,
        ErrorKind::BadUser => SANDCELL_ERR_BAD_USER,
        ErrorKind::ContainerEnded => SANDCELL_ERR_CONTAINER_ENDED,
        ErrorKind::ArgumentsTooLong => SANDCELL_ERR_ARGUMENTS_TOO_LONG,
        ErrorKind::ExecStart => SANDCELL_ERR_EXEC_START,
        ErrorKind::Pull => SANDCELL_ERR_PULL,
        ErrorKind::Unauthorized => SANDCELL_ERR_UNAUTHORIZED,
        ErrorKind::RateLimited => SANDCELL_ERR_RATE_LIMITED,
        ErrorKind::NoSpace => SANDCELL_ERR_NO_SPACE,
        ErrorKind::WrongFileType => SANDCELL_ERR_WRONG_FILE_TYPE,
        ErrorKind::FileAccess => SANDCELL_ERR_FILE_ACCESS,
        ErrorKind::TooLarge => SANDCELL_ERR_TOO_LARGE,
        ErrorKind::BadArchive => SANDCELL_ERR_BAD_ARCHIVE,
        ErrorKind::Engine => SANDCELL_ERR_ENGINE,
        ErrorKind::Io => SANDCELL_ERR_IO,
        ErrorKind::Panic => SANDCELL_ERR_PANIC,
    }
}

/// Returns the status of the call that failed.
///
/// @param error  in, may be NULL
///
/// @return  the same SANDCELL_ERR_* as the call; SANDCELL_OK for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_error_kind(error: *const sandcell_error) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { value_of(error, SANDCELL_OK, sandcell_error::status) }
}

/// Returns the message: the error and the chain of its causes, on one line.
///
/// @param error  in, may be NULL
/// @param len    out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the error; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_error_message(
    error: *const sandcell_error,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(error, len, |error| &error.message) }
}

/// Returns the HTTP status of the engine's error response.
///
/// @param error  in, may be NULL
///
/// @return  400 or more; 0 if there is none.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_error_http_status(error: *const sandcell_error) -> i32 {
    // SAFETY: the header's contract.
    unsafe { value_of(error, 0, |error| error.error.http_status().map_or(0, i32::from)) }
}

/// Returns the operating system's error number behind the error.
///
/// @param error  in, may be NULL
///
/// @return  a value of errno; 0 if there is none.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_error_os_errno(error: *const sandcell_error) -> i32 {
    // SAFETY: the header's contract.
    unsafe { value_of(error, 0, |error| error.error.os_errno().unwrap_or(0)) }
}

/// Returns whether an argument is invalid. Nothing was sent.
///
/// @param error  in, may be NULL
///
/// @return  true if so; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_error_is_invalid_argument(error: *const sandcell_error) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(error, false, |error| error.error.is_invalid_argument()) }
}

/// Returns whether the container, image, volume or exec does not exist.
///
/// @param error  in, may be NULL
///
/// @return  true if so; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_error_is_not_found(error: *const sandcell_error) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(error, false, |error| error.error.is_not_found()) }
}

/// Returns whether the object's state forbids the operation, or its name is taken.
///
/// @param error  in, may be NULL
///
/// @return  true if so; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_error_is_conflict(error: *const sandcell_error) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(error, false, |error| error.error.is_conflict()) }
}

/// Returns whether the container has ended; see sandcell_error_container_state().
///
/// @param error  in, may be NULL
///
/// @return  true if so; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_error_is_container_ended(error: *const sandcell_error) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(error, false, |error| error.error.is_container_ended()) }
}

/// Returns the state of the container whose end is the reason.
///
/// If the container has already been removed, it has no exit code, and its status is
/// SANDCELL_CONTAINER_UNKNOWN.
///
/// @param error  in, may be NULL
///
/// @return  a state, borrowed from the error: do not free it. NULL unless the error
///          is SANDCELL_ERR_CONTAINER_ENDED.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_error_container_state(
    error: *const sandcell_error,
) -> *const sandcell_container_state {
    let state = |error: &sandcell_error| {
        error.container_state.as_deref().map_or(ptr::null(), ptr::from_ref)
    };
    // SAFETY: the header's contract.
    unsafe { value_of(error, ptr::null(), state) }
}

/// Returns whether a timeout passed.
///
/// @param error  in, may be NULL
///
/// @return  true if so; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_error_is_timeout(error: *const sandcell_error) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(error, false, |error| error.error.is_timeout()) }
}

/// Returns whether the call was cancelled by its token.
///
/// @param error  in, may be NULL
///
/// @return  true if so; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_error_is_cancelled(error: *const sandcell_error) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(error, false, |error| error.error.is_cancelled()) }
}

/// Returns whether the engine could not be connected to, for any reason.
///
/// @param error  in, may be NULL
///
/// @return  true if so; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_error_is_unreachable(error: *const sandcell_error) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(error, false, |error| error.error.is_unreachable()) }
}

/// Returns whether a command could not be started: its program, working directory or
/// user is wrong, or the engine failed. The command did not run.
///
/// @param error  in, may be NULL
///
/// @return  true if so; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_error_is_exec_start(error: *const sandcell_error) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(error, false, |error| error.error.is_exec_start()) }
}

/// Returns whether the same call may succeed later: the engine was unreachable, busy
/// or too slow, or a rate limit was exceeded.
///
/// The first attempt may have had an effect: repeat only idempotent calls.
///
/// @param error  in, may be NULL
///
/// @return  true if so; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_error_is_retryable(error: *const sandcell_error) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(error, false, |error| error.error.is_retryable()) }
}

/// Frees an error.
///
/// Not for a borrowed error, such as that of sandcell_exec_result_lost_reason().
///
/// @param error  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the error.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_error_free(error: *mut sandcell_error) {
    // SAFETY: the header's contract.
    unsafe { free(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_the_whole_chain() {
        let cause = std::io::Error::from_raw_os_error(2);
        let error = Error::new(ErrorKind::EngineNotFound, "cannot connect").with_source(cause);
        let chain = format!("{error:#}");
        assert_eq!(chain, "cannot connect: No such file or directory (os error 2)");
        let error = sandcell_error::from(error);
        let mut len = 0;
        // SAFETY: the error lives, and so does its message.
        let message = unsafe {
            let message = sandcell_error_message(&raw const error, &raw mut len);
            std::ffi::CStr::from_ptr(message)
        };
        assert_eq!((message.to_str().unwrap(), len), (chain.as_str(), chain.len()));
    }
}
