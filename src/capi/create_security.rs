//! Create options: what the container's processes may do.
//!
//! Each function gives up one protection, or adds one.

use std::ffi::c_char;

use super::args::{handle_mut, text};
use super::create_options::sandcell_create_options;
use super::error::{sandcell_error, sandcell_status};
use super::guard::guard;
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
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_add_capability(
    options: *mut sandcell_create_options,
    name: *const c_char,
    name_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            let name = text("name", name, name_len)?;
            options.update(|options| options.cap_add(name));
            Ok(())
        })
    }
}

/// Leaves the container the capabilities that the engine gives by default.
///
/// Default: all are dropped
///
/// @param options  changed
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_keep_capabilities(
    options: *mut sandcell_create_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            options.update(|options| options.keep_capabilities());
            Ok(())
        })
    }
}

/// Lets processes gain privileges, by setuid programs for one.
///
/// Default: they cannot
///
/// @param options  changed
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_allow_new_privileges(
    options: *mut sandcell_create_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            options.update(|options| options.allow_new_privileges());
            Ok(())
        })
    }
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
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
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
        guard(error, || {
            let options = handle_mut("options", options)?;
            let json = text("json", json, json_len)?;
            options.update(|options| options.seccomp(Seccomp::Profile(json.to_owned())));
            Ok(())
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
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_seccomp_unconfined(
    options: *mut sandcell_create_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            options.update(|options| options.seccomp(Seccomp::Unconfined));
            Ok(())
        })
    }
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
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
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
        guard(error, || {
            let options = handle_mut("options", options)?;
            let profile = text("profile", profile, profile_len)?;
            options.update(|options| options.apparmor(profile));
            Ok(())
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
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
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
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            options.update(|options| options.read_only_root(read_only));
            Ok(())
        })
    }
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
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_without_init(
    options: *mut sandcell_create_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            options.update(|options| options.without_init());
            Ok(())
        })
    }
}
