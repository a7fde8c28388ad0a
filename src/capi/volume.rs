//! Volumes: storage that outlives containers.

use std::ffi::c_char;
use std::ptr;

use super::args::{handle, optional, out, text};
use super::client::sandcell_client;
use super::error::{sandcell_error, sandcell_status};
use super::guard::guard;
use super::handles::{free, into_handle, text_of, value_of};
use super::text::{Labels, Text};
use super::volume_filter::sandcell_volume_filter;
use super::volume_options::sandcell_volume_options;
use crate::{Volume, VolumeFilter};

/// A volume, from sandcell_client_create_volume(), sandcell_client_inspect_volume()
/// or sandcell_volumes_get().
///
/// Only a description: freeing it does not remove the volume. Immutable; free with
/// sandcell_volume_free(), unless it is borrowed.
pub struct sandcell_volume {
    name: Text,
    driver: Text,
    mountpoint: Text,
    created_at: Text,
    labels: Labels,
}

impl From<Volume> for sandcell_volume {
    fn from(volume: Volume) -> Self {
        sandcell_volume {
            name: volume.name.into(),
            driver: volume.driver.into(),
            mountpoint: volume.mountpoint.into(),
            created_at: volume.created_at.into(),
            labels: volume.labels.into(),
        }
    }
}

/// A list of volumes, from sandcell_client_list_volumes().
///
/// Immutable; free with sandcell_volumes_free().
pub struct sandcell_volumes(Vec<sandcell_volume>);

/// Creates a volume; succeeds if it already exists.
///
/// @param client   in
/// @param options  in
/// @param volume   out: owned by the caller; free with sandcell_volume_free()
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK                    it exists, and *volume is set
///          SANDCELL_ERR_INVALID_ARGUMENT  a bad option; the message names it
///          any other                      the engine could not create it
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_create_volume(
    client: *const sandcell_client,
    options: *const sandcell_volume_options,
    volume: *mut *mut sandcell_volume,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, options) = (handle("client", client)?, handle("options", options)?);
            let volume = out("volume", volume)?;
            volume.write_handle(client.0.create_volume(&options.0)?.into());
            Ok(())
        })
    }
}

/// Returns information about a volume.
///
/// That it does not exist is not an error: the volume is then NULL.
///
/// @param client          in
/// @param name, name_len  in
/// @param volume          out: owned by the caller; free with
///                        sandcell_volume_free(). NULL if there is no such volume
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK                    *volume is set, perhaps to NULL
///          SANDCELL_ERR_INVALID_ARGUMENT  name is not a volume name
///          any other                      the engine could not be asked
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_inspect_volume(
    client: *const sandcell_client,
    name: *const c_char,
    name_len: usize,
    volume: *mut *mut sandcell_volume,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, name) = (handle("client", client)?, text("name", name, name_len)?);
            let place = out("volume", volume)?;
            let volume = client.0.inspect_volume(name)?;
            place.set(volume.map_or(ptr::null_mut(), |volume| into_handle(volume.into())));
            Ok(())
        })
    }
}

/// Lists volumes, in no order.
///
/// Volumes outlive the process that created them, and no sweep removes them: the
/// library does not label them. Set labels, to find what an earlier process left
/// behind.
///
/// @param client   in
/// @param filter   in, may be NULL: all volumes
/// @param volumes  out: owned by the caller; free with sandcell_volumes_free()
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK                    *volumes is set
///          SANDCELL_ERR_INVALID_ARGUMENT  a bad condition; the message names it
///          any other                      the engine could not be asked
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_list_volumes(
    client: *const sandcell_client,
    filter: *const sandcell_volume_filter,
    volumes: *mut *mut sandcell_volumes,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, volumes) = (handle("client", client)?, out("volumes", volumes)?);
            let all = VolumeFilter::new();
            let list = client.0.list_volumes(optional(filter).map_or(&all, |filter| &filter.0))?;
            volumes.write_handle(sandcell_volumes(list.into_iter().map(Into::into).collect()));
            Ok(())
        })
    }
}

/// Removes a volume and its contents; succeeds if it does not exist.
///
/// @param client          in
/// @param name, name_len  in
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK                    the volume does not exist any more
///          SANDCELL_ERR_INVALID_ARGUMENT  name is not a volume name
///          SANDCELL_ERR_CONFLICT          a container uses it, running or not
///          any other                      the engine could not remove it
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_remove_volume(
    client: *const sandcell_client,
    name: *const c_char,
    name_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, name) = (handle("client", client)?, text("name", name, name_len)?);
            client.0.remove_volume(name)
        })
    }
}

/// Returns how many volumes are in a list.
///
/// @param volumes  in, may be NULL
///
/// @return  the number; 0 for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_volumes_len(volumes: *const sandcell_volumes) -> usize {
    // SAFETY: the header's contract.
    unsafe { value_of(volumes, 0, |volumes| volumes.0.len()) }
}

/// Returns one of the volumes of a list.
///
/// @param volumes  in, may be NULL
/// @param index    in: from 0
///
/// @return  the volume, borrowed from the list: do not free it. NULL for NULL or an
///          index that is too large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_volumes_get(
    volumes: *const sandcell_volumes,
    index: usize,
) -> *const sandcell_volume {
    // SAFETY: the header's contract.
    unsafe {
        value_of(volumes, ptr::null(), |volumes| {
            volumes.0.get(index).map_or(ptr::null(), ptr::from_ref)
        })
    }
}

/// Returns the volume's name.
///
/// @param volume  in, may be NULL
/// @param len     out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the volume; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_volume_name(
    volume: *const sandcell_volume,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(volume, len, |volume| &volume.name) }
}

/// Returns the volume's driver: "local" for a directory of the engine's host.
///
/// @param volume  in, may be NULL
/// @param len     out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the volume; "" for NULL, or if the engine
///          does not report it.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_volume_driver(
    volume: *const sandcell_volume,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(volume, len, |volume| &volume.driver) }
}

/// Returns the volume's path on the engine's host.
///
/// @param volume  in, may be NULL
/// @param len     out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the volume; "" for NULL, or if the engine
///          does not report it.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_volume_mountpoint(
    volume: *const sandcell_volume,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(volume, len, |volume| &volume.mountpoint) }
}

/// Returns when the volume was created.
///
/// @param volume  in, may be NULL
/// @param len     out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text (RFC 3339), borrowed from the volume; "" for NULL, or if the
///          engine does not report it.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_volume_created_at(
    volume: *const sandcell_volume,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(volume, len, |volume| &volume.created_at) }
}

/// Returns how many labels the volume has.
///
/// @param volume  in, may be NULL
///
/// @return  the number; 0 for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_volume_label_count(volume: *const sandcell_volume) -> usize {
    // SAFETY: the header's contract.
    unsafe { value_of(volume, 0, |volume| volume.labels.len()) }
}

/// Returns the key of one of the volume's labels, which are sorted by key.
///
/// @param volume  in, may be NULL
/// @param index   in: from 0
/// @param len     out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the volume; "" for NULL or an index that is too
///          large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_volume_label_key(
    volume: *const sandcell_volume,
    index: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(volume, len, |volume| volume.labels.key(index)) }
}

/// Returns the value of one of the volume's labels.
///
/// @param volume  in, may be NULL
/// @param index   in: from 0
/// @param len     out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the volume; "" for NULL or an index that is too
///          large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_volume_label_value(
    volume: *const sandcell_volume,
    index: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(volume, len, |volume| volume.labels.value(index)) }
}

/// Frees a list of volumes, and everything borrowed from it; the volumes themselves
/// are not affected.
///
/// @param volumes  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses it.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_volumes_free(volumes: *mut sandcell_volumes) {
    // SAFETY: the header's contract.
    unsafe { free(volumes) }
}

/// Frees the description of a volume; the volume itself is not affected.
///
/// @param volume  in, may be NULL, not borrowed; unusable afterwards
///
/// Threads: any, as long as no other uses it.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_volume_free(volume: *mut sandcell_volume) {
    // SAFETY: the header's contract.
    unsafe { free(volume) }
}
