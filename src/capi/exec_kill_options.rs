//! Exec options: how a command is killed, and how that is proven.

use super::args::duration;
use super::error::{sandcell_error, sandcell_status};
use super::exec_options::sandcell_exec_options;
use super::setters::set;

/// Sets how long a command that is killed has between the signals TERM and
/// KILL.
///
/// Default: 2000
///
/// @param options   changed
/// @param grace_ms  in: milliseconds; 0 for KILL at once
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

/// Sets how long a call waits until the command is killed and proven gone, from
/// the moment that it is to be killed.
///
/// Then the call returns with SANDCELL_TREE_UNKNOWN, and the killing goes on in
/// the background. It holds for sandcell_exec_options_set_timeout_ms() and
/// sandcell_exec_kill(), and the time between TERM and KILL is part of it.
///
/// Default: 10000
///
/// @param options          changed
/// @param kill_timeout_ms  in: milliseconds, or SANDCELL_NO_TIMEOUT; with 0 the
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

/// Sets how long after a kill the container is killed, with all that runs in
/// it, if the command is not proven gone by then.
///
/// Then the command is, and the answer is SANDCELL_TREE_CONTAINER_KILLED.
///
/// Default: what sandcell_create_options_set_kill_container_after_ms() said of
/// the container
///
/// @param options   changed
/// @param after_ms  in: milliseconds from the moment that the command is to be
///                  killed, or SANDCELL_NO_TIMEOUT for never
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

/// Sets whether the command runs as a user of its own: a number that nobody
/// else in the container has, without a name, a home or other groups.
///
/// It can then be proven gone although other commands run, and they are out of
/// its reach. It may write only where everybody may. Cannot be combined with
/// sandcell_exec_options_set_user(), which is found out when the command is run.
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
