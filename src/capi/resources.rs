//! Resources: what was used of a container's.
//!
//! Read in the container, from its cgroup: a hostile root in it can lie.

use std::ffi::c_char;

use super::args::{handle, out, set_if_some, text};
use super::client::sandcell_client;
use super::error::{sandcell_error, sandcell_status};
use super::guard::{free, guard, text_of, value_of};
use super::text::Text;
use crate::Resources;

/// What was used of a container's resources, from sandcell_client_resources() or
/// sandcell_exec_result_resources().
///
/// Immutable.
pub struct sandcell_resources {
    resources: Resources,
    missing: Text,
}

impl From<Resources> for sandcell_resources {
    fn from(resources: Resources) -> Self {
        let missing = resources.missing.clone().unwrap_or_default().into();
        sandcell_resources { resources, missing }
    }
}

/// Asks what all processes of a container have used since it started. Takes a
/// look into the container, as long as a short command.
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param resources                 out: owned by the caller; free with
///                                  sandcell_resources_free()
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK                     *resources is set
///          SANDCELL_ERR_NOT_FOUND          there is no such container
///          SANDCELL_ERR_CONFLICT           the container does not run
///          SANDCELL_ERR_COMMAND_NOT_FOUND  the image has no /bin/sh
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_resources(
    client: *const sandcell_client,
    container: *const c_char,
    container_len: usize,
    resources: *mut *mut sandcell_resources,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let client = handle("client", client)?;
            let container = text("container", container, container_len)?;
            let resources = out("resources", resources)?;
            resources.write_handle(client.0.container(container)?.resources()?.into());
            Ok(())
        })
    }
}

/// Tells the CPU time of all processes together. It includes what the engine
/// spends to start a command, mostly some 10 ms.
///
/// @param resources  in, may be NULL
/// @param ns         out, may be NULL: nanoseconds; written only if the answer
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

/// Tells the most memory that was in use at once since the container started;
/// the cache of files counts.
///
/// @param resources  in, may be NULL
/// @param bytes      out, may be NULL; written only if the answer is true
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

/// Tells how many processes the kernel killed for want of memory.
///
/// @param resources  in, may be NULL
/// @param count      out, may be NULL; written only if the answer is true
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

/// Tells the most processes and threads that there were at once since the
/// container started.
///
/// @param resources  in, may be NULL
/// @param count      out, may be NULL; written only if the answer is true
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

/// Tells why something is not known.
///
/// @param resources  in, may be NULL
/// @param len        out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the resources; "" if all is known, or for NULL.
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

/// Frees resources that sandcell_client_resources() made; never those that were
/// borrowed from a result.
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

/// A time that may be longer than the number can say: nobody measures 500 years.
pub(super) fn nanos(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
