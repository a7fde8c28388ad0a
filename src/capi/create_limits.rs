//! Create options: what the container may use of its host.
//!
//! A limit that is set here and that the engine does not enforce refuses the
//! container, unless sandcell_create_options_allow_unenforced() says otherwise; one
//! that is only the default never does.

use std::ffi::c_char;

use super::create_options::sandcell_create_options;
use super::error::{sandcell_error, sandcell_status};
use super::posture::{protection, sandcell_protection};
use super::setters::{set, set_checked, set_text};

/// Limits the memory that all processes together may use.
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

/// Sets no limit to memory, nor to swap.
///
/// Default: there are limits
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

/// Sets how much swap there is beside the memory.
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

/// Sets no limit to swap.
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
/// Default: 2
///
/// @param options  changed
/// @param cpus     in: how many CPUs' time, 0.01 at least; 0.5 is half of one
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

/// Sets no limit to CPU time.
///
/// Default: there is one
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

/// Sets no limit to the number of processes and threads.
///
/// Default: there is one
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
/// Default: the engine's, mostly 64 MiB
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

/// Sets a limit of each process. Each call adds one.
///
/// Default: the engine's
///
/// @param options         changed
/// @param name, name_len  in: in lower case, such as "nofile" or "fsize"
/// @param soft            in: what a process starts with; -1 is no limit
/// @param hard            in: what it may raise that to; -1 is no limit
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

/// Accepts that the engine does not enforce a limit that these options set, or
/// does not say whether it does.
///
/// Default: such a container is refused
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
