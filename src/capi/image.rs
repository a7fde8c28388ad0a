//! Images: what containers are made of.

use std::ffi::c_char;

use super::args::{handle, out, text};
use super::client::sandock_client;
use super::error::{sandock_error, sandock_status};
use super::guard::guard;

/// Tells whether the engine has an image.
///
/// Only the engine's word that there is no such image counts as false: any
/// failure to ask is an error.
///
/// @param client            in
/// @param image, image_len  in: a reference such as "busybox:latest", or an id
/// @param exists            out
/// @param error             out, may be NULL
///
/// @return  SANDOCK_OK                    *exists is set
///          SANDOCK_ERR_INVALID_ARGUMENT  image is not a reference
///          any other                     the engine could not be asked
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_client_image_exists(
    client: *const sandock_client,
    image: *const c_char,
    image_len: usize,
    exists: *mut bool,
    error: *mut *mut sandock_error,
) -> sandock_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, image) = (handle("client", client)?, text("image", image, image_len)?);
            let exists = out("exists", exists)?;
            exists.set(client.0.image_exists(image)?);
            Ok(())
        })
    }
}

/// Pulls an image from its registry; returns when it is complete.
///
/// Without a tag or digest, the tag is "latest".
///
/// @param client            in
/// @param image, image_len  in: a reference such as "busybox:latest"
/// @param error             out, may be NULL
///
/// @return  SANDOCK_OK                    the engine has the image
///          SANDOCK_ERR_INVALID_ARGUMENT  image is not a reference
///          SANDOCK_ERR_NOT_FOUND         the registry has no such image
///          SANDOCK_ERR_PULL              the engine could not pull it
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_client_pull_image(
    client: *const sandock_client,
    image: *const c_char,
    image_len: usize,
    error: *mut *mut sandock_error,
) -> sandock_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, image) = (handle("client", client)?, text("image", image, image_len)?);
            client.0.pull_image(image)
        })
    }
}
