//! Create options: privileges.
//!
//! Each function removes a protection, or adds one.

use std::ffi::c_char;

use super::create_options::sandcell_create_options;
use super::error::{sandcell_error, sandcell_status};
use super::setters::{set, set_text};
use crate::Seccomp;

/// Adds a Linux capability. Each call adds one.
///
/// Default: none
///
/// @param options         changed
/// @param name, name_len  in: its name without "CAP_", such as "NET_BIND_SERVICE"
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

/// Keeps the capabilities that the engine grants by default.
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

/// Lets processes gain privileges, for example by setuid programs.
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

/// Sets the seccomp profile, which filters system calls.
///
/// Default: the engine's profile
///
/// @param options         changed
/// @param json, json_len  in: the profile itself, not a file name
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

/// Disables seccomp: allows all system calls.
///
/// Default: the engine's profile
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

/// Sets the container's AppArmor profile.
///
/// Default: the engine's
///
/// @param options               changed
/// @param profile, profile_len  in: its name on the engine's host
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

/// Sets whether the root filesystem is read-only. Mounts and tmpfs stay writable.
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

/// Runs the idle process as PID 1, without an init process.
///
/// Orphaned processes then remain as zombies, which count as processes.
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
