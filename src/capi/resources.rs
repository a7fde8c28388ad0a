//! Resources: what a container has used.
//!
//! Read in the container, from its cgroup: hostile code that runs as root in it can
//! falsify the numbers.

use std::ffi::c_char;

use super::args::{handle, out, set_if_some};
use super::container::sandcell_container;
use super::error::{sandcell_error, sandcell_status};
use super::guard::guard;
use super::handles::{free, text_of, value_of};
use super::names::in_c;
use super::text::Text;
use crate::Resources;

/// The resources that a container has used, from sandcell_container_resources() or
/// sandcell_exec_result_resources().
///
/// Immutable; free with sandcell_resources_free(), unless they are borrowed.
pub struct sandcell_resources {
    resources: Resources,
    missing: Text,
}

impl From<Resources> for sandcell_resources {
    fn from(resources: Resources) -> Self {
        let missing = in_c(resources.missing.clone().unwrap_or_default()).into();
        sandcell_resources { resources, missing }
    }
}

/// Reads what all processes of a container have used since it started.
///
/// Takes as long as a short command in the container.
///
/// @param container  in
/// @param resources  out: owned by the caller; free with
///                   sandcell_resources_free()
/// @param error      out, may be NULL
///
/// @return  SANDCELL_OK                     *resources is set
///          SANDCELL_ERR_NOT_FOUND          there is no such container
///          SANDCELL_ERR_CONTAINER_ENDED    the container has ended
///          SANDCELL_ERR_CONFLICT           it was never started, or is paused
///          SANDCELL_ERR_COMMAND_NOT_FOUND  the image has no /bin/sh
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_resources(
    container: *const sandcell_container,
    resources: *mut *mut sandcell_resources,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let container = handle("container", container)?;
            let resources = out("resources", resources)?;
            resources.write_handle(container.inner.resources()?.into());
            Ok(())
        })
    }
}

/// Returns the CPU time of all processes together. It includes what the engine
/// spends to start a command, usually about 10 ms.
///
/// @param resources  in, may be NULL
/// @param ns         out, may be NULL: nanoseconds; written only if the result
///                   is true
///
/// @return  whether it is known.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_resources_cpu_time_ns(
    resources: *const sandcell_resources,
    ns: *mut u64,
) -> bool {
    let time = |r: &sandcell_resources| r.resources.cpu_time.map(nanos);
    // SAFETY: the header's contract.
    unsafe { set_if_some(ns, value_of(resources, None, time)) }
}

/// Returns the peak memory use since the container started, including the page
/// cache.
///
/// @param resources  in, may be NULL
/// @param bytes      out, may be NULL; written only if the result is true
///
/// @return  whether it is known.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_resources_peak_memory(
    resources: *const sandcell_resources,
    bytes: *mut u64,
) -> bool {
    // SAFETY: the header's contract.
    unsafe { set_if_some(bytes, value_of(resources, None, |r| r.resources.peak_memory)) }
}

/// Returns how many processes were OOM-killed.
///
/// @param resources  in, may be NULL
/// @param count      out, may be NULL; written only if the result is true
///
/// @return  whether it is known.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_resources_oom_kills(
    resources: *const sandcell_resources,
    count: *mut u64,
) -> bool {
    // SAFETY: the header's contract.
    unsafe { set_if_some(count, value_of(resources, None, |r| r.resources.oom_kills)) }
}

/// Returns the peak number of processes and threads since the container started.
///
/// @param resources  in, may be NULL
/// @param count      out, may be NULL; written only if the result is true
///
/// @return  whether it is known.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_resources_peak_pids(
    resources: *const sandcell_resources,
    count: *mut u64,
) -> bool {
    // SAFETY: the header's contract.
    unsafe { set_if_some(count, value_of(resources, None, |r| r.resources.peak_pids)) }
}

/// Returns why some of the numbers are not known.
///
/// @param resources  in, may be NULL
/// @param len        out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the resources; "" if all are known, or for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_resources_missing(
    resources: *const sandcell_resources,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(resources, len, |resources| &resources.missing) }
}

/// Frees resources.
///
/// Not for those that are borrowed from a result.
///
/// @param resources  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses them.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_resources_free(resources: *mut sandcell_resources) {
    // SAFETY: the header's contract.
    unsafe { free(resources) }
}

/// Saturates: nobody measures 500 years.
pub(super) fn nanos(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
