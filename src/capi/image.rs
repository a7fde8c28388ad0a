//! Images: pulling, inspecting and removing them.
//!
//! An image is named by a reference, [host[:port]/]path[:tag][@digest], such as
//! "busybox", "ghcr.io/team/app:1.2" or "localhost:5000/app@sha256:...". Without a
//! tag or digest, the tag is "latest". Functions that do not pull accept an image id,
//! too.

use std::ffi::{c_char, c_void};
use std::ptr;

use super::args::{function, handle, optional, out, text};
use super::client::sandcell_client;
use super::error::{sandcell_error, sandcell_status};
use super::file::{Callback, sandcell_read_fn};
use super::guard::guard;
use super::handles::into_handle;
use super::image_info::sandcell_image_info;
use super::pull_options::sandcell_pull_options;
use super::strings::sandcell_strings;

/// Returns whether the engine has an image.
///
/// Only an answer of the engine that there is no such image counts as false: a
/// failure to ask is an error.
///
/// @param client            in
/// @param image, image_len  in: a reference such as "busybox:latest", or an id
/// @param exists            out
/// @param error             out, may be NULL
///
/// @return  SANDCELL_OK                    *exists is set
///          SANDCELL_ERR_INVALID_ARGUMENT  image is not a reference
///          any other                      the engine could not be asked
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_image_exists(
    client: *const sandcell_client,
    image: *const c_char,
    image_len: usize,
    exists: *mut bool,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
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

/// Returns information about an image.
///
/// @param client            in
/// @param image, image_len  in: a reference or an id
/// @param info              out: owned by the caller; free with
///                          sandcell_image_info_free(). NULL if the engine does
///                          not have the image.
/// @param error             out, may be NULL
///
/// @return  SANDCELL_OK                    *info is set
///          SANDCELL_ERR_INVALID_ARGUMENT  image is not a reference
///          any other                      the engine could not be asked
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_inspect_image(
    client: *const sandcell_client,
    image: *const c_char,
    image_len: usize,
    info: *mut *mut sandcell_image_info,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, image) = (handle("client", client)?, text("image", image, image_len)?);
            let info = out("info", info)?;
            let found = client.0.inspect_image(image)?.map(sandcell_image_info::from);
            info.set(found.map_or(ptr::null_mut(), into_handle));
            Ok(())
        })
    }
}

/// Pulls an image from its registry, even if the engine has it; returns when it
/// is complete.
///
/// @param client            in
/// @param image, image_len  in: a reference
/// @param options           in, may be NULL: the defaults
/// @param error             out, may be NULL
///
/// @return  SANDCELL_OK                    the engine has the image
///          SANDCELL_ERR_INVALID_ARGUMENT  image is not a reference, or a bad option
///          SANDCELL_ERR_NOT_FOUND         the registry has no such image, or none
///                                         for the platform
///          SANDCELL_ERR_UNAUTHORIZED      the registry requires (different)
///                                         credentials
///          SANDCELL_ERR_RATE_LIMITED      the registry's rate limit is exceeded
///          SANDCELL_ERR_NO_SPACE          the engine's disk is full
///          SANDCELL_ERR_PULL              the pull failed for another reason
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_pull_image(
    client: *const sandcell_client,
    image: *const c_char,
    image_len: usize,
    options: *const sandcell_pull_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, image) = (handle("client", client)?, text("image", image, image_len)?);
            sandcell_pull_options::with(optional(options), |options| {
                client.0.pull_image(image, options)
            })
        })
    }
}

/// Pulls an image unless the engine has it.
///
/// Concurrent calls for the same image share one check and one pull; the progress
/// goes to the call that pulls. The client, and all clients that share its
/// connection, remember that the image exists, until the engine reports that it does
/// not: later calls return at once, without a request.
///
/// @param client            in
/// @param image, image_len  in: a reference or an id
/// @param options           in, may be NULL: the defaults
/// @param error             out, may be NULL
///
/// @return  SANDCELL_OK  the engine has the image
///          any other    those of sandcell_client_pull_image()
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_ensure_image(
    client: *const sandcell_client,
    image: *const c_char,
    image_len: usize,
    options: *const sandcell_pull_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, image) = (handle("client", client)?, text("image", image, image_len)?);
            sandcell_pull_options::with(optional(options), |options| {
                client.0.ensure_image(image, options)
            })
        })
    }
}

/// Loads the images of a tar archive of "docker save" or "podman save", which a
/// callback supplies and which is sent as it is read.
///
/// @param client  in
/// @param read    in: see "Callbacks"
/// @param ctx     in, may be NULL: for the callback
/// @param names   out: the images' names, or ids of those without a name; owned
///                by the caller; free with sandcell_strings_free()
/// @param error   out, may be NULL
///
/// @return  SANDCELL_OK            *names is set
///          SANDCELL_ERR_ENGINE    it is not such an archive
///          SANDCELL_ERR_NO_SPACE  the engine's disk is full
///          SANDCELL_ERR_IO        the callback failed
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_load_image(
    client: *const sandcell_client,
    read: sandcell_read_fn,
    ctx: *mut c_void,
    names: *mut *mut sandcell_strings,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let client = handle("client", client)?;
            let tar = Callback { function: function("read", read)?, ctx };
            let names = out("names", names)?;
            names.write_handle(client.0.load_image(tar)?.into());
            Ok(())
        })
    }
}

/// Makes an image from a tar archive of a root filesystem, which a callback supplies
/// and which is sent as it is read.
///
/// If another image has the name, it loses it.
///
/// @param client            in
/// @param image, image_len  in: a reference without a digest
/// @param read              in: see "Callbacks"
/// @param ctx               in, may be NULL: for the callback
/// @param info              out: owned by the caller; free with
///                          sandcell_image_info_free()
/// @param error             out, may be NULL
///
/// @return  SANDCELL_OK                    *info is set
///          SANDCELL_ERR_INVALID_ARGUMENT  image is not a reference, or has a digest
///          SANDCELL_ERR_ENGINE            it is not a tar archive
///          SANDCELL_ERR_NO_SPACE          the engine's disk is full
///          SANDCELL_ERR_IO                the callback failed
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_import_image(
    client: *const sandcell_client,
    image: *const c_char,
    image_len: usize,
    read: sandcell_read_fn,
    ctx: *mut c_void,
    info: *mut *mut sandcell_image_info,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, image) = (handle("client", client)?, text("image", image, image_len)?);
            let tar = Callback { function: function("read", read)?, ctx };
            let info = out("info", info)?;
            info.write_handle(client.0.import_image(image, tar)?.into());
            Ok(())
        })
    }
}

/// Removes an image; succeeds if it does not exist.
///
/// If the image has other names, only this one is removed.
///
/// @param client            in
/// @param image, image_len  in: a reference or an id
/// @param error             out, may be NULL
///
/// @return  SANDCELL_OK                    the engine has no such image
///          SANDCELL_ERR_INVALID_ARGUMENT  image is not a reference
///          SANDCELL_ERR_CONFLICT          a container uses it, or it is given by its
///                                         id and has several names
///          any other                      the engine cannot remove it
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_remove_image(
    client: *const sandcell_client,
    image: *const c_char,
    image_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, image) = (handle("client", client)?, text("image", image, image_len)?);
            client.0.remove_image(image)
        })
    }
}
