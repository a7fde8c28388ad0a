//! Volumes: storage that outlives containers.

use std::ffi::c_char;

use super::args::{handle, out};
use super::client::sandock_client;
use super::error::{sandock_error, sandock_status};
use super::guard::{free, guard, text_of};
use super::text::Text;
use super::volume_options::sandock_volume_options;
use crate::Volume;

/// A volume, from sandock_client_volume_create().
///
/// Only a description: freeing it leaves the volume alone. Immutable; free with
/// sandock_volume_free().
pub struct sandock_volume {
    name: Text,
    mountpoint: Text,
}

impl From<Volume> for sandock_volume {
    fn from(volume: Volume) -> Self {
        sandock_volume { name: volume.name.into(), mountpoint: volume.mountpoint.into() }
    }
}

/// Creates a volume; succeeds if it exists.
///
/// @param client   in
/// @param options  in
/// @param volume   out: owned by the caller; free with sandock_volume_free()
/// @param error    out, may be NULL
///
/// @return  SANDOCK_OK                    it exists, and *volume is set
///          SANDOCK_ERR_INVALID_ARGUMENT  a bad option; the message names it
///          any other                     the engine cannot create it
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_client_volume_create(
    client: *const sandock_client,
    options: *const sandock_volume_options,
    volume: *mut *mut sandock_volume,
    error: *mut *mut sandock_error,
) -> sandock_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, options) = (handle("client", client)?, handle("options", options)?);
            let volume = out("volume", volume)?;
            volume.give(client.0.volume_create(&options.0)?.into());
            Ok(())
        })
    }
}

/// Tells the volume's name.
///
/// @param volume  in, may be NULL
/// @param len     out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the volume; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_volume_name(
    volume: *const sandock_volume,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(volume, len, |volume| &volume.name) }
}

/// Tells where the volume is on the engine's host.
///
/// @param volume  in, may be NULL
/// @param len     out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the volume; "" for NULL, or if the engine
///          does not say.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_volume_mountpoint(
    volume: *const sandock_volume,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(volume, len, |volume| &volume.mountpoint) }
}

/// Frees the description of a volume; the volume itself stays.
///
/// @param volume  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses it.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_volume_free(volume: *mut sandock_volume) {
    // SAFETY: the header's contract.
    unsafe { free(volume) }
}
