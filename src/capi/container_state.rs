//! Container states: whether a container is running, and how it ended.

use std::ffi::c_char;

use super::args::set_if_some;
use super::handles::{free, text_of, value_of};
use super::text::Text;
use crate::{ContainerState, ContainerStatus};

/// The status of a container: one of SANDCELL_CONTAINER_*.
///
/// A later version may add some.
pub type sandcell_container_status = i32;

/// The state of a container, from sandcell_container_inspect_state(),
/// sandcell_client_inspect_container_state() or sandcell_error_container_state().
///
/// Immutable; free with sandcell_container_state_free(), unless it is borrowed.
pub struct sandcell_container_state {
    state: ContainerState,
    id: Text,
    error: Text,
}

impl From<ContainerState> for sandcell_container_state {
    fn from(state: ContainerState) -> Self {
        let (id, error) = (state.id.clone().into(), state.error.clone().into());
        sandcell_container_state { state, id, error }
    }
}

/// A status that this version of the library does not know.
pub const SANDCELL_CONTAINER_UNKNOWN: sandcell_container_status = 0;
/// Created, never started.
pub const SANDCELL_CONTAINER_CREATED: sandcell_container_status = 1;
/// Running.
pub const SANDCELL_CONTAINER_RUNNING: sandcell_container_status = 2;
/// Running, with all processes frozen.
pub const SANDCELL_CONTAINER_PAUSED: sandcell_container_status = 3;
/// Being restarted by the engine.
pub const SANDCELL_CONTAINER_RESTARTING: sandcell_container_status = 4;
/// Being removed.
pub const SANDCELL_CONTAINER_REMOVING: sandcell_container_status = 5;
/// Ended.
pub const SANDCELL_CONTAINER_EXITED: sandcell_container_status = 6;
/// Only partly removed.
pub const SANDCELL_CONTAINER_DEAD: sandcell_container_status = 7;

pub(super) fn number_of(status: ContainerStatus) -> sandcell_container_status {
    match status {
        ContainerStatus::Created => SANDCELL_CONTAINER_CREATED,
        ContainerStatus::Running => SANDCELL_CONTAINER_RUNNING,
        ContainerStatus::Paused => SANDCELL_CONTAINER_PAUSED,
        ContainerStatus::Restarting => SANDCELL_CONTAINER_RESTARTING,
        ContainerStatus::Removing => SANDCELL_CONTAINER_REMOVING,
        ContainerStatus::Exited => SANDCELL_CONTAINER_EXITED,
        ContainerStatus::Dead => SANDCELL_CONTAINER_DEAD,
        ContainerStatus::Unknown => SANDCELL_CONTAINER_UNKNOWN,
    }
}

/// Returns the container's full id.
///
/// @param state  in, may be NULL
/// @param len    out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the state; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_state_id(
    state: *const sandcell_container_state,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(state, len, |state| &state.id) }
}

/// Returns the status of the container.
///
/// @param state  in, may be NULL
///
/// @return  one of SANDCELL_CONTAINER_*; SANDCELL_CONTAINER_UNKNOWN for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_state_status(
    state: *const sandcell_container_state,
) -> sandcell_container_status {
    // SAFETY: the header's contract.
    unsafe { value_of(state, SANDCELL_CONTAINER_UNKNOWN, |state| number_of(state.state.status)) }
}

/// Returns whether PID 1 of the container exists, even if the container is paused.
///
/// @param state  in, may be NULL
///
/// @return  true if so; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_state_running(
    state: *const sandcell_container_state,
) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(state, false, |state| state.state.running) }
}

/// Returns the exit code of PID 1.
///
/// @param state  in, may be NULL
/// @param code   out, may be NULL; written only if the result is true
///
/// @return  whether there is one: false unless PID 1 has ended.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_state_exit_code(
    state: *const sandcell_container_state,
    code: *mut i64,
) -> bool {
    // SAFETY: the header's contract.
    unsafe { set_if_some(code, value_of(state, None, |state| state.state.exit_code)) }
}

/// Returns whether PID 1 was OOM-killed.
///
/// Some engines also count other processes of the container.
///
/// @param state  in, may be NULL
///
/// @return  true if so; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_state_oom_killed(
    state: *const sandcell_container_state,
) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(state, false, |state| state.state.oom_killed) }
}

/// Returns the process id of PID 1 in the PID namespace of the engine.
///
/// @param state  in, may be NULL
/// @param pid    out, may be NULL; written only if the result is true
///
/// @return  whether there is one: false unless PID 1 is running.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_state_pid(
    state: *const sandcell_container_state,
    pid: *mut i64,
) -> bool {
    // SAFETY: the header's contract.
    unsafe { set_if_some(pid, value_of(state, None, |state| state.state.pid)) }
}

/// Returns why the engine could not start the container.
///
/// @param state  in, may be NULL
/// @param len    out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the state; "" for NULL, and if it could.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_state_error(
    state: *const sandcell_container_state,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(state, len, |state| &state.error) }
}

/// Frees a container state.
///
/// Not for one that is borrowed from an error.
///
/// @param state  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the state.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_state_free(state: *mut sandcell_container_state) {
    // SAFETY: the header's contract.
    unsafe { free(state) }
}
