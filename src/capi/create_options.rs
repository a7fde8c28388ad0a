//! Create options: a container to create.
//!
//! It runs an idle process 1 and waits for commands. It has no network unless
//! asked for, no capabilities, cannot gain privileges, and has an init process
//! that reaps orphaned children.

use std::ffi::c_char;
use std::mem;

use super::args::{handle_mut, invalid, out, text};
use super::error::{sandock_error, sandock_status};
use super::guard::{free, guard};
use crate::{CreateOptions, Mount, NetworkMode, Result};

/// What a container can reach: one of SANDOCK_NETWORK_*.
pub type sandock_network_mode = i32;

/// A container to create, for sandock_client_create_and_start().
///
/// Reusable. Free with sandock_create_options_free().
pub struct sandock_create_options(pub(super) CreateOptions);

impl sandock_create_options {
    fn update(&mut self, change: impl FnOnce(CreateOptions) -> CreateOptions) {
        self.0 = change(mem::replace(&mut self.0, CreateOptions::new("")));
    }
}

/// Nothing but the container's own loopback interface.
pub const SANDOCK_NETWORK_DISABLED: sandock_network_mode = 0;
/// Whatever the engine's default network reaches.
pub const SANDOCK_NETWORK_ALLOW_ALL: sandock_network_mode = 1;

fn network_mode(mode: sandock_network_mode) -> Result<NetworkMode> {
    match mode {
        SANDOCK_NETWORK_DISABLED => Ok(NetworkMode::Disabled),
        SANDOCK_NETWORK_ALLOW_ALL => Ok(NetworkMode::AllowAll),
        other => Err(invalid("mode", format_args!("{other} is none of SANDOCK_NETWORK_*"))),
    }
}

/// Makes options for a container of an image, all others at their defaults.
///
/// @param image, image_len  in: a reference such as "busybox:latest" (the
///                          tag's default is "latest") or an id. The image
///                          must have /bin/sh and tail.
/// @param options           out: owned by the caller; free with
///                          sandock_create_options_free()
/// @param error             out, may be NULL
///
/// @return  SANDOCK_OK                    *options is set
///          SANDOCK_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_create_options_new(
    image: *const c_char,
    image_len: usize,
    options: *mut *mut sandock_create_options,
    error: *mut *mut sandock_error,
) -> sandock_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (image, options) = (text("image", image, image_len)?, out("options", options)?);
            options.give(sandock_create_options(CreateOptions::new(image)));
            Ok(())
        })
    }
}

/// Sets the container's name.
///
/// Default: the library makes up a unique one.
///
/// @param options         changed
/// @param name, name_len  in: two or more letters, digits and "_.-"
/// @param error           out, may be NULL
///
/// @return  SANDOCK_OK
///          SANDOCK_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_create_options_set_name(
    options: *mut sandock_create_options,
    name: *const c_char,
    name_len: usize,
    error: *mut *mut sandock_error,
) -> sandock_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (options, name) = (handle_mut("options", options)?, text("name", name, name_len)?);
            options.update(|options| options.name(name));
            Ok(())
        })
    }
}

/// Mounts a directory of the host writable, and makes it the working directory
/// of process 1 and of commands that set none.
///
/// Default: no workspace.
///
/// @param options             changed
/// @param source, source_len  in: an absolute path on the engine's host
/// @param target, target_len  in: an absolute path in the container
/// @param error               out, may be NULL
///
/// @return  SANDOCK_OK
///          SANDOCK_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_create_options_set_workspace(
    options: *mut sandock_create_options,
    source: *const c_char,
    source_len: usize,
    target: *const c_char,
    target_len: usize,
    error: *mut *mut sandock_error,
) -> sandock_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            let source = text("source", source, source_len)?;
            let target = text("target", target, target_len)?;
            options.update(|options| options.workspace(source, target));
            Ok(())
        })
    }
}

/// Mounts a directory or a file of the host.
///
/// Default: no mounts. Each call adds one.
///
/// @param options             changed
/// @param source, source_len  in: an absolute path on the engine's host, which
///                            must exist
/// @param target, target_len  in: an absolute path in the container
/// @param read_only           in: whether the container may only read
/// @param error               out, may be NULL
///
/// @return  SANDOCK_OK
///          SANDOCK_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_create_options_add_bind(
    options: *mut sandock_create_options,
    source: *const c_char,
    source_len: usize,
    target: *const c_char,
    target_len: usize,
    read_only: bool,
    error: *mut *mut sandock_error,
) -> sandock_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            let source = text("source", source, source_len)?;
            let target = text("target", target, target_len)?;
            let mount = Mount::bind(source, target).read_only(read_only);
            options.update(|options| options.mount(mount));
            Ok(())
        })
    }
}

/// Mounts a volume, which is created if it does not exist.
///
/// Default: no mounts. Each call adds one.
///
/// @param options             changed
/// @param name, name_len      in: the volume's name
/// @param target, target_len  in: an absolute path in the container
/// @param read_only           in: whether the container may only read
/// @param error               out, may be NULL
///
/// @return  SANDOCK_OK
///          SANDOCK_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_create_options_add_volume(
    options: *mut sandock_create_options,
    name: *const c_char,
    name_len: usize,
    target: *const c_char,
    target_len: usize,
    read_only: bool,
    error: *mut *mut sandock_error,
) -> sandock_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            let name = text("name", name, name_len)?;
            let target = text("target", target, target_len)?;
            let mount = Mount::volume(name, target).read_only(read_only);
            options.update(|options| options.mount(mount));
            Ok(())
        })
    }
}

/// Sets what the container can reach.
///
/// Default: SANDOCK_NETWORK_DISABLED
///
/// @param options  changed
/// @param mode     in: one of SANDOCK_NETWORK_*
/// @param error    out, may be NULL
///
/// @return  SANDOCK_OK
///          SANDOCK_ERR_INVALID_ARGUMENT  there is no such mode
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_create_options_set_network_mode(
    options: *mut sandock_create_options,
    mode: sandock_network_mode,
    error: *mut *mut sandock_error,
) -> sandock_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (options, mode) = (handle_mut("options", options)?, network_mode(mode)?);
            options.update(|options| options.network(mode));
            Ok(())
        })
    }
}

/// Sets an environment variable for process 1 and every command.
///
/// Default: the image's variables only. Each call adds one.
///
/// @param options           changed
/// @param name, name_len    in: not empty, without "="
/// @param value, value_len  in
/// @param error             out, may be NULL
///
/// @return  SANDOCK_OK
///          SANDOCK_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_create_options_add_env(
    options: *mut sandock_create_options,
    name: *const c_char,
    name_len: usize,
    value: *const c_char,
    value_len: usize,
    error: *mut *mut sandock_error,
) -> sandock_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            let (name, value) = (text("name", name, name_len)?, text("value", value, value_len)?);
            options.update(|options| options.env(name, value));
            Ok(())
        })
    }
}

/// Sets the user of process 1 and of commands that set none.
///
/// Default: the image's.
///
/// @param options         changed
/// @param user, user_len  in: as name, uid, name:group or uid:gid
/// @param error           out, may be NULL
///
/// @return  SANDOCK_OK
///          SANDOCK_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_create_options_set_user(
    options: *mut sandock_create_options,
    user: *const c_char,
    user_len: usize,
    error: *mut *mut sandock_error,
) -> sandock_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (options, user) = (handle_mut("options", options)?, text("user", user, user_len)?);
            options.update(|options| options.user(user));
            Ok(())
        })
    }
}

/// Sets a label; one with the same key is replaced.
///
/// Default: none but the library's own.
///
/// @param options           changed
/// @param key, key_len      in: not empty
/// @param value, value_len  in
/// @param error             out, may be NULL
///
/// @return  SANDOCK_OK
///          SANDOCK_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_create_options_add_label(
    options: *mut sandock_create_options,
    key: *const c_char,
    key_len: usize,
    value: *const c_char,
    value_len: usize,
    error: *mut *mut sandock_error,
) -> sandock_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            let (key, value) = (text("key", key, key_len)?, text("value", value, value_len)?);
            options.update(|options| options.label(key, value));
            Ok(())
        })
    }
}

/// Frees options; containers made with them go on.
///
/// @param options  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the options.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_create_options_free(options: *mut sandock_create_options) {
    // SAFETY: the header's contract.
    unsafe { free(options) }
}
