//! Exec options: how a command is killed, and how that is proven.

use super::args::duration;
use super::error::{sandcell_error, sandcell_status};
use super::exec_options::sandcell_exec_options;
use super::setters::set;

/// Sets the time between SIGTERM and SIGKILL when the command is killed.
///
/// Default: 2000 ms
///
/// @param options   changed
/// @param grace_ms  in: milliseconds; 0 for SIGKILL at once
/// @param error     out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_options_set_kill_grace_ms(
    options: *mut sandcell_exec_options,
    grace_ms: u64,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.kill_grace(duration(grace_ms))) }
}

/// Sets how long a kill may take, until the command is proven gone.
///
/// After that the call returns with SANDCELL_TREE_UNKNOWN, and the kill continues in
/// the background. Applies to sandcell_exec_options_set_timeout_ms() and
/// sandcell_exec_kill(), and includes the time between SIGTERM and SIGKILL.
///
/// Default: 10000 ms
///
/// @param options          changed
/// @param kill_timeout_ms  in: milliseconds, or SANDCELL_NO_TIMEOUT; with 0, the
///                         call returns at once
/// @param error            out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_options_set_kill_timeout_ms(
    options: *mut sandcell_exec_options,
    kill_timeout_ms: u64,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.kill_timeout(duration(kill_timeout_ms))) }
}

/// Sets when to kill the whole container, with everything that runs in it, if a
/// killed command is not proven gone.
///
/// The result is then SANDCELL_TREE_CONTAINER_KILLED.
///
/// Default: that of sandcell_create_options_set_kill_container_after_ms()
///
/// @param options   changed
/// @param after_ms  in: milliseconds from the start of the kill, or
///                  SANDCELL_NO_TIMEOUT for never
/// @param error     out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_options_set_kill_container_after_ms(
    options: *mut sandcell_exec_options,
    after_ms: u64,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.kill_container_after(duration(after_ms))) }
}

/// Sets whether the command runs as a user of its own: a uid that nothing else in
/// the container has, without a name, a home directory or other groups.
///
/// The command can then be proven gone while other commands run, and it cannot
/// signal them. It can write only what every user can write. Cannot be combined with
/// sandcell_exec_options_set_user(); the call that runs the command checks that.
///
/// Default: false
///
/// @param options   changed
/// @param own_user  in
/// @param error     out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_options_set_own_user(
    options: *mut sandcell_exec_options,
    own_user: bool,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.own_user(own_user)) }
}
