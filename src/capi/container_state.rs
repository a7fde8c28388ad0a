//! Container states: what has become of a container.

use std::ffi::c_char;

use super::args::set_if_some;
use super::guard::{free, text_of, value_of};
use super::text::Text;
use crate::{ContainerState, ContainerStatus};

/// Where a container is in its life: one of SANDOCK_CONTAINER_*.
///
/// A later version may add some.
pub type sandock_container_status = i32;

/// What has become of a container, from
/// sandock_client_inspect_container_state() or sandock_error_container_state().
///
/// Immutable; free with sandock_container_state_free(), unless it is borrowed.
pub struct sandock_container_state {
    state: ContainerState,
    id: Text,
    error: Text,
}

impl From<ContainerState> for sandock_container_state {
    fn from(state: ContainerState) -> Self {
        let (id, error) = (state.id.clone().into(), state.error.clone().into());
        sandock_container_state { state, id, error }
    }
}

/// Something that this version of the library does not know.
pub const SANDOCK_CONTAINER_UNKNOWN: sandock_container_status = 0;
/// Created, never started.
pub const SANDOCK_CONTAINER_CREATED: sandock_container_status = 1;
/// Running.
pub const SANDOCK_CONTAINER_RUNNING: sandock_container_status = 2;
/// Running, but frozen.
pub const SANDOCK_CONTAINER_PAUSED: sandock_container_status = 3;
/// Being started again by the engine.
pub const SANDOCK_CONTAINER_RESTARTING: sandock_container_status = 4;
/// Being removed.
pub const SANDOCK_CONTAINER_REMOVING: sandock_container_status = 5;
/// Ended.
pub const SANDOCK_CONTAINER_EXITED: sandock_container_status = 6;
/// Could not be removed wholly.
pub const SANDOCK_CONTAINER_DEAD: sandock_container_status = 7;

pub(super) fn number_of(status: ContainerStatus) -> sandock_container_status {
    match status {
        ContainerStatus::Created => SANDOCK_CONTAINER_CREATED,
        ContainerStatus::Running => SANDOCK_CONTAINER_RUNNING,
        ContainerStatus::Paused => SANDOCK_CONTAINER_PAUSED,
        ContainerStatus::Restarting => SANDOCK_CONTAINER_RESTARTING,
        ContainerStatus::Removing => SANDOCK_CONTAINER_REMOVING,
        ContainerStatus::Exited => SANDOCK_CONTAINER_EXITED,
        ContainerStatus::Dead => SANDOCK_CONTAINER_DEAD,
        ContainerStatus::Unknown => SANDOCK_CONTAINER_UNKNOWN,
    }
}

/// Tells the container's full id.
///
/// @param state  in, may be NULL
/// @param len    out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the state; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_container_state_id(
    state: *const sandock_container_state,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(state, len, |state| &state.id) }
}

/// Tells where the container is in its life.
///
/// @param state  in, may be NULL
///
/// @return  one of SANDOCK_CONTAINER_*; SANDOCK_CONTAINER_UNKNOWN for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_container_state_status(
    state: *const sandock_container_state,
) -> sandock_container_status {
    // SAFETY: the header's contract.
    unsafe { value_of(state, SANDOCK_CONTAINER_UNKNOWN, |state| number_of(state.state.status)) }
}

/// Tells whether process 1 of the container exists: true when it is paused,
/// too.
///
/// @param state  in, may be NULL
///
/// @return  the answer; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_container_state_running(
    state: *const sandock_container_state,
) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(state, false, |state| state.state.running) }
}

/// Tells the exit code of process 1.
///
/// @param state  in, may be NULL
/// @param code   out, may be NULL; written only if the answer is true
///
/// @return  whether there is one: false unless process 1 has ended.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_container_state_exit_code(
    state: *const sandock_container_state,
    code: *mut i64,
) -> bool {
    // SAFETY: the header's contract.
    unsafe { set_if_some(code, value_of(state, None, |state| state.state.exit_code)) }
}

/// Tells whether the kernel killed process 1 for want of memory.
///
/// Some engines count other processes of the container, too.
///
/// @param state  in, may be NULL
///
/// @return  the answer; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_container_state_oom_killed(
    state: *const sandock_container_state,
) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(state, false, |state| state.state.oom_killed) }
}

/// Tells the process id of process 1, in the PID namespace of the engine.
///
/// @param state  in, may be NULL
/// @param pid    out, may be NULL; written only if the answer is true
///
/// @return  whether there is one: false unless process 1 runs.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_container_state_pid(
    state: *const sandock_container_state,
    pid: *mut i64,
) -> bool {
    // SAFETY: the header's contract.
    unsafe { set_if_some(pid, value_of(state, None, |state| state.state.pid)) }
}

/// Tells why the engine could not start the container.
///
/// @param state  in, may be NULL
/// @param len    out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the state; "" for NULL, or if it could.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_container_state_error(
    state: *const sandock_container_state,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(state, len, |state| &state.error) }
}

/// Frees a state.
///
/// Not for one that is borrowed from an error.
///
/// @param state  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the state.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_container_state_free(state: *mut sandock_container_state) {
    // SAFETY: the header's contract.
    unsafe { free(state) }
}
