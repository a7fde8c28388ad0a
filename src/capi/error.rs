//! Errors: why a call failed.
//!
//! Decide on the status or on the predicates, never on the message.

use std::ffi::c_char;
use std::ptr;

use super::container_state::sandock_container_state;
use super::guard::{free, text_of, value_of};
use super::text::Text;
use crate::{Error, ErrorKind};

/// What became of a call: SANDOCK_OK, or one of SANDOCK_ERR_*.
///
/// Failures are negative. Numbers are never reused, and a later version may
/// add some: treat one that you do not know as a failure.
pub type sandock_status = i32;

/// Why a call failed.
///
/// Immutable. Made by a failing call; free with sandock_error_free().
pub struct sandock_error {
    error: Error,
    message: Text,
    /// In a box: few errors have it.
    container_state: Option<Box<sandock_container_state>>,
}

impl From<Error> for sandock_error {
    fn from(error: Error) -> Self {
        let message = error.to_string().into();
        let container_state = error.container_state().map(|state| Box::new(state.clone().into()));
        sandock_error { error, message, container_state }
    }
}

/// The call succeeded.
pub const SANDOCK_OK: sandock_status = 0;
/// An argument was refused before anything was sent; the message names it.
pub const SANDOCK_ERR_INVALID_ARGUMENT: sandock_status = -1;
/// This build or this engine cannot do what was asked.
pub const SANDOCK_ERR_UNSUPPORTED: sandock_status = -2;
/// There is no engine at the endpoint: its socket does not exist.
pub const SANDOCK_ERR_ENGINE_NOT_FOUND: sandock_status = -3;
/// This process may not open the engine's socket, or a file of TLS.
pub const SANDOCK_ERR_PERMISSION_DENIED: sandock_status = -4;
/// The endpoint exists, but nothing accepts connections on it.
pub const SANDOCK_ERR_CONNECTION_REFUSED: sandock_status = -5;
/// The engine cannot be reached for another reason.
pub const SANDOCK_ERR_UNREACHABLE: sandock_status = -6;
/// A deadline passed: the caller's or a default one; the message says which.
pub const SANDOCK_ERR_TIMEOUT: sandock_status = -7;
/// The client's cancel token was cancelled.
pub const SANDOCK_ERR_CANCELLED: sandock_status = -8;
/// The client was closed.
pub const SANDOCK_ERR_CLOSED: sandock_status = -9;
/// The connection ended in the middle of an answer or of a command's output.
pub const SANDOCK_ERR_DISCONNECTED: sandock_status = -10;
/// The engine's answer is not what the Engine API promises.
pub const SANDOCK_ERR_PROTOCOL: sandock_status = -11;
/// Engine and library have no version of the Engine API in common.
pub const SANDOCK_ERR_API_VERSION: sandock_status = -12;
/// The container, image, volume or exec, or a path in a container, does not exist.
pub const SANDOCK_ERR_NOT_FOUND: sandock_status = -13;
/// The object's state forbids the operation, or its name is taken.
pub const SANDOCK_ERR_CONFLICT: sandock_status = -14;
/// The engine answered that an image could not be pulled, for a reason that has no
/// number of its own.
pub const SANDOCK_ERR_PULL: sandock_status = -15;
/// Any other error answer of the engine; see sandock_error_http_status().
pub const SANDOCK_ERR_ENGINE: sandock_status = -16;
/// The local system refused a file, a descriptor or a thread, or a callback failed.
pub const SANDOCK_ERR_IO: sandock_status = -17;
/// A bug: something panicked inside the library, and was contained.
pub const SANDOCK_ERR_PANIC: sandock_status = -18;
/// The program of a command does not exist in the container.
pub const SANDOCK_ERR_COMMAND_NOT_FOUND: sandock_status = -19;
/// The program of a command may not be executed, or is no program.
pub const SANDOCK_ERR_COMMAND_NOT_EXECUTABLE: sandock_status = -20;
/// A command's working directory does not exist or may not be entered.
pub const SANDOCK_ERR_BAD_WORKING_DIR: sandock_status = -21;
/// The user or the group of a command does not exist in the container, or is no
/// name or number that could.
pub const SANDOCK_ERR_BAD_USER: sandock_status = -22;
/// A command could not be started for another reason.
pub const SANDOCK_ERR_EXEC_START: sandock_status = -23;

/// A path in the container is a directory where a file is needed, or the other
/// way round, or neither of both.
pub const SANDOCK_ERR_WRONG_FILE_TYPE: sandock_status = -24;
/// A path in the container may not be read or written.
pub const SANDOCK_ERR_FILE_ACCESS: sandock_status = -25;
/// There is more than the caller's limit allows.
pub const SANDOCK_ERR_TOO_LARGE: sandock_status = -26;
/// An archive from a container is malformed, or an entry of it would be unsafe
/// on this host.
pub const SANDOCK_ERR_BAD_ARCHIVE: sandock_status = -27;
/// This client and the engine do not agree on TLS: a certificate that one of
/// them does not accept, or only one of them speaks it.
pub const SANDOCK_ERR_TLS: sandock_status = -28;
/// The registry wants other credentials, or any.
pub const SANDOCK_ERR_UNAUTHORIZED: sandock_status = -29;
/// The registry has answered enough for now.
pub const SANDOCK_ERR_RATE_LIMITED: sandock_status = -30;
/// The engine's disk is full.
pub const SANDOCK_ERR_NO_SPACE: sandock_status = -31;
/// The container has ended, so that no command can run in it any more, or one
/// that ran was interrupted; see sandock_error_container_state().
pub const SANDOCK_ERR_CONTAINER_ENDED: sandock_status = -32;
/// The arguments and the environment of a command are longer than the kernel
/// takes: one of them than 131071 bytes, or all of them than 2 MiB less 16 KiB, each
/// with 9 bytes more.
pub const SANDOCK_ERR_ARGUMENTS_TOO_LONG: sandock_status = -33;

impl sandock_error {
    pub(super) fn status(&self) -> sandock_status {
        number_of(self.error.kind())
    }
}

/// Every kind has a number: a new kind does not compile without one.
fn number_of(kind: ErrorKind) -> sandock_status {
    match kind {
        ErrorKind::InvalidArgument => SANDOCK_ERR_INVALID_ARGUMENT,
        ErrorKind::Unsupported => SANDOCK_ERR_UNSUPPORTED,
        ErrorKind::EngineNotFound => SANDOCK_ERR_ENGINE_NOT_FOUND,
        ErrorKind::PermissionDenied => SANDOCK_ERR_PERMISSION_DENIED,
        ErrorKind::ConnectionRefused => SANDOCK_ERR_CONNECTION_REFUSED,
        ErrorKind::Unreachable => SANDOCK_ERR_UNREACHABLE,
        ErrorKind::Tls => SANDOCK_ERR_TLS,
        ErrorKind::Timeout => SANDOCK_ERR_TIMEOUT,
        ErrorKind::Cancelled => SANDOCK_ERR_CANCELLED,
        ErrorKind::Closed => SANDOCK_ERR_CLOSED,
        ErrorKind::Disconnected => SANDOCK_ERR_DISCONNECTED,
        ErrorKind::Protocol => SANDOCK_ERR_PROTOCOL,
        ErrorKind::ApiVersion => SANDOCK_ERR_API_VERSION,
        ErrorKind::NotFound => SANDOCK_ERR_NOT_FOUND,
        ErrorKind::Conflict => SANDOCK_ERR_CONFLICT,
        ErrorKind::CommandNotFound => SANDOCK_ERR_COMMAND_NOT_FOUND,
        ErrorKind::CommandNotExecutable => SANDOCK_ERR_COMMAND_NOT_EXECUTABLE,
        ErrorKind::BadWorkingDir => SANDOCK_ERR_BAD_WORKING_DIR,
        ErrorKind::BadUser => SANDOCK_ERR_BAD_USER,
        ErrorKind::ContainerEnded => SANDOCK_ERR_CONTAINER_ENDED,
        ErrorKind::ArgumentsTooLong => SANDOCK_ERR_ARGUMENTS_TOO_LONG,
        ErrorKind::ExecStart => SANDOCK_ERR_EXEC_START,
        ErrorKind::Pull => SANDOCK_ERR_PULL,
        ErrorKind::Unauthorized => SANDOCK_ERR_UNAUTHORIZED,
        ErrorKind::RateLimited => SANDOCK_ERR_RATE_LIMITED,
        ErrorKind::NoSpace => SANDOCK_ERR_NO_SPACE,
        ErrorKind::WrongFileType => SANDOCK_ERR_WRONG_FILE_TYPE,
        ErrorKind::FileAccess => SANDOCK_ERR_FILE_ACCESS,
        ErrorKind::TooLarge => SANDOCK_ERR_TOO_LARGE,
        ErrorKind::BadArchive => SANDOCK_ERR_BAD_ARCHIVE,
        ErrorKind::Engine => SANDOCK_ERR_ENGINE,
        ErrorKind::Io => SANDOCK_ERR_IO,
        ErrorKind::Panic => SANDOCK_ERR_PANIC,
    }
}

/// Tells the status of the call that failed.
///
/// @param error  in, may be NULL
///
/// @return  the same SANDOCK_ERR_* as the call; SANDOCK_OK for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_error_code(error: *const sandock_error) -> sandock_status {
    // SAFETY: the header's contract.
    unsafe { value_of(error, SANDOCK_OK, sandock_error::status) }
}

/// Tells in words what happened, with the whole chain of causes on one line.
///
/// @param error  in, may be NULL
/// @param len    out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the error; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_error_message(
    error: *const sandock_error,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(error, len, |error| &error.message) }
}

/// Tells the HTTP status of the engine's error answer.
///
/// @param error  in, may be NULL
///
/// @return  400 and above; 0 if the engine did not answer an error.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_error_http_status(error: *const sandock_error) -> i32 {
    // SAFETY: the header's contract.
    unsafe { value_of(error, 0, |error| error.error.http_status().map_or(0, i32::from)) }
}

/// Tells the operating system's error number behind the error.
///
/// @param error  in, may be NULL
///
/// @return  a value of errno; 0 if there is none.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_error_os_errno(error: *const sandock_error) -> i32 {
    // SAFETY: the header's contract.
    unsafe { value_of(error, 0, |error| error.error.os_errno().unwrap_or(0)) }
}

/// Tells whether an argument was refused before anything was sent.
///
/// @param error  in, may be NULL
///
/// @return  the answer; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_error_is_invalid_argument(error: *const sandock_error) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(error, false, |error| error.error.is_invalid_argument()) }
}

/// Tells whether the container, image, volume or exec does not exist.
///
/// @param error  in, may be NULL
///
/// @return  the answer; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_error_is_not_found(error: *const sandock_error) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(error, false, |error| error.error.is_not_found()) }
}

/// Tells whether the object's state forbids the operation, or its name is
/// taken.
///
/// @param error  in, may be NULL
///
/// @return  the answer; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_error_is_conflict(error: *const sandock_error) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(error, false, |error| error.error.is_conflict()) }
}

/// Tells whether the container has ended; see sandock_error_container_state().
///
/// @param error  in, may be NULL
///
/// @return  the answer; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_error_is_container_ended(error: *const sandock_error) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(error, false, |error| error.error.is_container_ended()) }
}

/// Lends the state of the container whose end is the reason.
///
/// Of a container that is removed already no more is known than that: its status is
/// SANDOCK_CONTAINER_UNKNOWN, and it has no exit code.
///
/// @param error  in, may be NULL
///
/// @return  a state, borrowed from the error: do not free it. NULL unless the error
///          is SANDOCK_ERR_CONTAINER_ENDED.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_error_container_state(
    error: *const sandock_error,
) -> *const sandock_container_state {
    let state =
        |error: &sandock_error| error.container_state.as_deref().map_or(ptr::null(), ptr::from_ref);
    // SAFETY: the header's contract.
    unsafe { value_of(error, ptr::null(), state) }
}

/// Tells whether a deadline passed.
///
/// @param error  in, may be NULL
///
/// @return  the answer; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_error_is_timeout(error: *const sandock_error) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(error, false, |error| error.error.is_timeout()) }
}

/// Tells whether the call was cancelled by its token.
///
/// @param error  in, may be NULL
///
/// @return  the answer; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_error_is_cancelled(error: *const sandock_error) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(error, false, |error| error.error.is_cancelled()) }
}

/// Tells whether no connection to the engine could be made, for whatever
/// reason.
///
/// @param error  in, may be NULL
///
/// @return  the answer; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_error_is_unreachable(error: *const sandock_error) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(error, false, |error| error.error.is_unreachable()) }
}

/// Tells whether a command could not be started: its program, working directory
/// or user is wrong, or the engine failed to. Nothing of it ran.
///
/// @param error  in, may be NULL
///
/// @return  the answer; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_error_is_exec_start(error: *const sandock_error) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(error, false, |error| error.error.is_exec_start()) }
}

/// Tells whether the same call may succeed later without a change: the engine
/// was away, busy or too slow.
///
/// Whether the first try had an effect is not known: repeat only what may be
/// done twice.
///
/// @param error  in, may be NULL
///
/// @return  the answer; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_error_is_retryable(error: *const sandock_error) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(error, false, |error| error.error.is_retryable()) }
}

/// Frees an error.
///
/// Not for an error that is borrowed from another object, as
/// sandock_exec_result_lost_reason() lends one.
///
/// @param error  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the error.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_error_free(error: *mut sandock_error) {
    // SAFETY: the header's contract.
    unsafe { free(error) }
}
