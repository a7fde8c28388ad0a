//! Orphans: containers whose owner is gone, and the sweep that removes them.

use std::ffi::c_char;
use std::ptr;

use super::args::{handle, out, text};
use super::client::sandcell_client;
use super::container_state::{SANDCELL_CONTAINER_UNKNOWN, number_of, sandcell_container_status};
use super::error::{sandcell_error, sandcell_status};
use super::guard::guard;
use super::handles::{free, text_of, value_of};
use super::names::in_c;
use super::text::Text;
use crate::{Orphan, SweepDecision};

/// The containers that a sweep examined, from sandcell_client_orphans() or
/// sandcell_client_cleanup_orphaned_containers().
///
/// Immutable; free with sandcell_orphans_free().
pub struct sandcell_orphans {
    all: Vec<Entry>,
    none: Text,
}

struct Entry {
    id: Text,
    name: Text,
    session_id: Text,
    status: sandcell_container_status,
    is_orphan: bool,
    reason: Text,
    removed: bool,
    error: Option<sandcell_error>,
}

impl From<Orphan> for Entry {
    fn from(orphan: Orphan) -> Self {
        Entry {
            id: orphan.id.into(),
            name: orphan.name.into(),
            session_id: orphan.session_id.into(),
            status: number_of(orphan.status),
            is_orphan: orphan.decision == SweepDecision::Remove,
            reason: in_c(orphan.reason).into(),
            removed: orphan.removed,
            error: orphan.error.map(Into::into),
        }
    }
}

impl From<Vec<Orphan>> for sandcell_orphans {
    fn from(all: Vec<Orphan>) -> Self {
        sandcell_orphans {
            all: all.into_iter().map(Into::into).collect(),
            none: String::new().into(),
        }
    }
}

impl sandcell_orphans {
    fn text(&self, index: usize, of: impl FnOnce(&Entry) -> &Text) -> &Text {
        self.all.get(index).map_or(&self.none, of)
    }
}

/// Looks for orphans among the containers of a home, without removing any.
///
/// Returns all containers of the home, each with the decision and its reason: what
/// sandcell_client_cleanup_orphaned_containers() would do.
///
/// @param client          in
/// @param home, home_len  in: see sandcell_create_options_set_home()
/// @param orphans         out: owned by the caller; free with
///                        sandcell_orphans_free()
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK                    *orphans is set
///          SANDCELL_ERR_INVALID_ARGUMENT  home is empty
///          any other                      the containers could not be listed
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_orphans(
    client: *const sandcell_client,
    home: *const c_char,
    home_len: usize,
    orphans: *mut *mut sandcell_orphans,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, home) = (handle("client", client)?, text("home", home, home_len)?);
            let orphans = out("orphans", orphans)?;
            orphans.write_handle(client.0.orphans(home)?.into());
            Ok(())
        })
    }
}

/// Removes the containers of a home whose owner is gone.
///
/// The owner is the process that created the container. A later process with the same
/// PID is not mistaken for it, and an owner on another machine, in another boot or in
/// another PID namespace is not mistaken for gone: if it is not known, the container
/// stays. A container whose label has only a PID, as other software sets it, is
/// removed if it has exited or if this machine has no such process. Any number of
/// processes may sweep at once. The call does not fail if a container could not be
/// removed: see sandcell_orphans_error().
///
/// @param client          in
/// @param home, home_len  in: see sandcell_create_options_set_home()
/// @param orphans         out: owned by the caller; free with
///                        sandcell_orphans_free()
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK                    *orphans is set
///          SANDCELL_ERR_INVALID_ARGUMENT  home is empty
///          any other                      the containers could not be listed
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_cleanup_orphaned_containers(
    client: *const sandcell_client,
    home: *const c_char,
    home_len: usize,
    orphans: *mut *mut sandcell_orphans,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, home) = (handle("client", client)?, text("home", home, home_len)?);
            let orphans = out("orphans", orphans)?;
            orphans.write_handle(client.0.cleanup_orphaned_containers(home)?.into());
            Ok(())
        })
    }
}

/// Returns how many containers were examined.
///
/// @param orphans  in, may be NULL
///
/// @return  the number; 0 for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_orphans_len(orphans: *const sandcell_orphans) -> usize {
    // SAFETY: the header's contract.
    unsafe { value_of(orphans, 0, |orphans| orphans.all.len()) }
}

/// Returns a container's full id.
///
/// @param orphans  in, may be NULL
/// @param index    in: from 0
/// @param len      out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the orphans; "" for NULL or an index that is too
///          large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_orphans_id(
    orphans: *const sandcell_orphans,
    index: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(orphans, len, |orphans| orphans.text(index, |orphan| &orphan.id)) }
}

/// Returns a container's name.
///
/// @param orphans  in, may be NULL
/// @param index    in: from 0
/// @param len      out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the orphans; "" for NULL or an index that is too
///          large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_orphans_name(
    orphans: *const sandcell_orphans,
    index: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(orphans, len, |orphans| orphans.text(index, |orphan| &orphan.name)) }
}

/// Returns the session that a container belongs to; "" if it has none.
///
/// @param orphans  in, may be NULL
/// @param index    in: from 0
/// @param len      out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the orphans; "" for NULL or an index that is too
///          large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_orphans_session_id(
    orphans: *const sandcell_orphans,
    index: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(orphans, len, |orphans| orphans.text(index, |orphan| &orphan.session_id)) }
}

/// Returns the status of a container.
///
/// @param orphans  in, may be NULL
/// @param index    in: from 0
///
/// @return  one of SANDCELL_CONTAINER_*; SANDCELL_CONTAINER_UNKNOWN for NULL or an
///          index
///          that is too large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_orphans_status(
    orphans: *const sandcell_orphans,
    index: usize,
) -> sandcell_container_status {
    // SAFETY: the header's contract.
    unsafe {
        value_of(orphans, SANDCELL_CONTAINER_UNKNOWN, |orphans| {
            orphans.all.get(index).map_or(SANDCELL_CONTAINER_UNKNOWN, |orphan| orphan.status)
        })
    }
}

/// Returns whether a container is to be removed, because its owner is gone.
///
/// @param orphans  in, may be NULL
/// @param index    in: from 0
///
/// @return  true if so; false for NULL or an index that is too large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_orphans_is_orphan(
    orphans: *const sandcell_orphans,
    index: usize,
) -> bool {
    // SAFETY: the header's contract.
    unsafe {
        value_of(orphans, false, |orphans| {
            orphans.all.get(index).is_some_and(|orphan| orphan.is_orphan)
        })
    }
}

/// Returns why a container is to be removed or kept.
///
/// @param orphans  in, may be NULL
/// @param index    in: from 0
/// @param len      out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the orphans; "" for NULL or an index that is too
///          large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_orphans_reason(
    orphans: *const sandcell_orphans,
    index: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(orphans, len, |orphans| orphans.text(index, |orphan| &orphan.reason)) }
}

/// Returns whether a container was removed, by this sweep or by a concurrent one.
///
/// @param orphans  in, may be NULL
/// @param index    in: from 0
///
/// @return  true if so; false for NULL or an index that is too large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_orphans_removed(
    orphans: *const sandcell_orphans,
    index: usize,
) -> bool {
    // SAFETY: the header's contract.
    unsafe {
        value_of(orphans, false, |orphans| {
            orphans.all.get(index).is_some_and(|orphan| orphan.removed)
        })
    }
}

/// Returns why a container could not be removed.
///
/// @param orphans  in, may be NULL
/// @param index    in: from 0
///
/// @return  an error, borrowed from the orphans: do not free it. NULL if there is
///          none.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_orphans_error(
    orphans: *const sandcell_orphans,
    index: usize,
) -> *const sandcell_error {
    // SAFETY: the header's contract.
    unsafe {
        value_of(orphans, ptr::null(), |orphans| {
            let error = orphans.all.get(index).and_then(|orphan| orphan.error.as_ref());
            error.map_or(ptr::null(), ptr::from_ref)
        })
    }
}

/// Frees a list of orphans, and everything borrowed from it.
///
/// @param orphans  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses it.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_orphans_free(orphans: *mut sandcell_orphans) {
    // SAFETY: the header's contract.
    unsafe { free(orphans) }
}
