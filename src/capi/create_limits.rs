//! Create options: resource limits.
//!
//! If the engine does not enforce a limit that is set here, the container is refused,
//! unless sandcell_create_options_allow_unenforced() accepts that. A limit that is
//! only the default never causes a refusal.

use std::ffi::c_char;

use super::create_options::sandcell_create_options;
use super::error::{sandcell_error, sandcell_status};
use super::posture::{protection, sandcell_protection};
use super::setters::{set, set_checked, set_text};

/// Limits the memory of all processes together.
///
/// Default: 2 GiB
///
/// @param options  changed
/// @param bytes    in: not 0
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_memory(
    options: *mut sandcell_create_options,
    bytes: u64,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.memory(bytes)) }
}

/// Removes the limits on memory and swap.
///
/// Default: both are limited
///
/// @param options  changed
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_without_memory_limit(
    options: *mut sandcell_create_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.without_memory_limit()) }
}

/// Sets how much swap the container may use in addition to memory.
///
/// Default: 0
///
/// @param options  changed
/// @param bytes    in
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_swap(
    options: *mut sandcell_create_options,
    bytes: u64,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.swap(bytes)) }
}

/// Removes the limit on swap.
///
/// Default: there is no swap
///
/// @param options  changed
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_without_swap_limit(
    options: *mut sandcell_create_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.without_swap_limit()) }
}

/// Limits CPU time.
///
/// Default: 2 CPUs
///
/// @param options  changed
/// @param cpus     in: a number of CPUs, at least 0.01; 0.5 is half of one
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_cpus(
    options: *mut sandcell_create_options,
    cpus: f64,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.cpus(cpus)) }
}

/// Removes the limit on CPU time.
///
/// Default: CPU time is limited
///
/// @param options  changed
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_without_cpu_limit(
    options: *mut sandcell_create_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.without_cpu_limit()) }
}

/// Limits the number of processes and threads.
///
/// Default: 512
///
/// @param options  changed
/// @param count    in: not 0
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_pids(
    options: *mut sandcell_create_options,
    count: u32,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.pids(count)) }
}

/// Removes the limit on the number of processes and threads.
///
/// Default: the number is limited
///
/// @param options  changed
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_without_pids_limit(
    options: *mut sandcell_create_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.without_pids_limit()) }
}

/// Sets the size of /dev/shm.
///
/// Default: the engine's, usually 64 MiB
///
/// @param options  changed
/// @param bytes    in: not 0
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_shm_size(
    options: *mut sandcell_create_options,
    bytes: u64,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.shm_size(bytes)) }
}

/// Sets a resource limit (ulimit) of each process. Each call adds one.
///
/// crun 1.8 keeps its filter of system calls in a file: with a "fsize" below that,
/// some 8 KiB, the container ends as it starts, with exit code 1.
///
/// Default: the engine's
///
/// @param options         changed
/// @param name, name_len  in: in lower case, such as "nofile" or "fsize"
/// @param soft            in: the soft limit; -1 for none
/// @param hard            in: the hard limit; -1 for none
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_add_ulimit(
    options: *mut sandcell_create_options,
    name: *const c_char,
    name_len: usize,
    soft: i64,
    hard: i64,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        set_text(options, error, ("name", name, name_len), |o, name| o.ulimit(name, soft, hard))
    }
}

/// Accepts that the engine does not enforce a limit that these options set, or does
/// not report whether it does.
///
/// Default: the container is refused
///
/// @param options  changed
/// @param limit    in: SANDCELL_PROTECTION_MEMORY, _SWAP, _CPUS or _PIDS
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  there is no such protection
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_allow_unenforced(
    options: *mut sandcell_create_options,
    limit: sandcell_protection,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        set_checked(
            options,
            error,
            || protection("limit", limit),
            |options, limit| options.allow_unenforced(limit),
        )
    }
}
