//! Create options: what the container's processes may do.
//!
//! Each function gives up one protection, or adds one.

use std::ffi::c_char;

use super::create_options::sandcell_create_options;
use super::error::{sandcell_error, sandcell_status};
use super::setters::{set, set_text};
use crate::Seccomp;

/// Gives the container a capability. Each call adds one.
///
/// Default: it has none
///
/// @param options         changed
/// @param name, name_len  in: such as "NET_BIND_SERVICE"
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_cap_add(
    options: *mut sandcell_create_options,
    name: *const c_char,
    name_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set_text(options, error, ("name", name, name_len), |o, name| o.cap_add(name)) }
}

/// Leaves the container the capabilities that the engine gives by default.
///
/// Default: all are dropped
///
/// @param options  changed
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_keep_capabilities(
    options: *mut sandcell_create_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.keep_capabilities()) }
}

/// Lets processes gain privileges, by setuid programs for one.
///
/// Default: they cannot
///
/// @param options  changed
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_allow_new_privileges(
    options: *mut sandcell_create_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.allow_new_privileges()) }
}

/// Sets which system calls there are.
///
/// Default: what the engine's profile allows
///
/// @param options         changed
/// @param json, json_len  in: the profile itself, not the name of a file
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_seccomp_profile(
    options: *mut sandcell_create_options,
    json: *const c_char,
    json_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        set_text(options, error, ("json", json, json_len), |o, json| {
            o.seccomp(Seccomp::Profile(json.to_owned()))
        })
    }
}

/// Allows all system calls.
///
/// Default: what the engine's profile allows
///
/// @param options  changed
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_seccomp_unconfined(
    options: *mut sandcell_create_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.seccomp(Seccomp::Unconfined)) }
}

/// Sets the AppArmor profile that confines the container.
///
/// Default: the engine's
///
/// @param options               changed
/// @param profile, profile_len  in: the name that it has on the engine's host
/// @param error                 out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_apparmor(
    options: *mut sandcell_create_options,
    profile: *const c_char,
    profile_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        set_text(options, error, ("profile", profile, profile_len), |o, profile| {
            o.apparmor(profile)
        })
    }
}

/// Sets whether the root file system is read-only; mounts and temporary
/// file systems are not.
///
/// Default: false
///
/// @param options    changed
/// @param read_only  in
/// @param error      out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_read_only_root(
    options: *mut sandcell_create_options,
    read_only: bool,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.read_only_root(read_only)) }
}

/// Makes the idle process 1 itself, without an init process before it.
///
/// Orphaned processes then stay as zombies, which count as processes.
///
/// Default: there is an init process
///
/// @param options  changed
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_without_init(
    options: *mut sandcell_create_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.without_init()) }
}
