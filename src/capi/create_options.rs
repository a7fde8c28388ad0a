//! Create options: a container to create.
//!
//! Its PID 1 is idle, and the container waits for commands. By default it has no
//! network, no capabilities, no way to gain privileges, 2 GiB of memory without swap,
//! the time of 2 CPUs, 512 processes and threads, and an init process that reaps
//! orphaned children. The sections that follow have more options.

use std::ffi::c_char;
use std::mem;

use super::args::{out, text};
use super::error::{sandcell_error, sandcell_status};
use super::guard::guard;
use super::handles::free;
use super::setters::{Options, set_text, set_texts};
use crate::CreateOptions;

/// A container to create, for sandcell_client_create_and_start().
///
/// Reusable. Free with sandcell_create_options_free().
pub struct sandcell_create_options(pub(super) CreateOptions);

impl Options for sandcell_create_options {
    type Value = CreateOptions;

    fn update(&mut self, change: impl FnOnce(CreateOptions) -> CreateOptions) {
        self.0 = change(mem::replace(&mut self.0, CreateOptions::new("")));
    }
}

/// Makes options for a container of an image, with the defaults.
///
/// @param image, image_len  in: a reference such as "busybox:latest" (the tag
///                          defaults to "latest") or an id. The image must
///                          have /bin/sh, cat and tail
/// @param options           out: owned by the caller; free with
///                          sandcell_create_options_free()
/// @param error             out, may be NULL
///
/// @return  SANDCELL_OK  *options is set
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_new(
    image: *const c_char,
    image_len: usize,
    options: *mut *mut sandcell_create_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (image, options) = (text("image", image, image_len)?, out("options", options)?);
            options.write_handle(sandcell_create_options(CreateOptions::new(image)));
            Ok(())
        })
    }
}

/// Sets the container's name.
///
/// Default: a unique name that the library generates
///
/// @param options         changed
/// @param name, name_len  in: at least two letters, digits, "_", "." or "-"
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_name(
    options: *mut sandcell_create_options,
    name: *const c_char,
    name_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set_text(options, error, ("name", name, name_len), |o, name| o.name(name)) }
}

/// Sets the platform of the image.
///
/// Default: the engine's
///
/// @param options                 changed
/// @param platform, platform_len  in: as os[/arch[/variant]], such as
///                                "linux/arm64"
/// @param error                   out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_platform(
    options: *mut sandcell_create_options,
    platform: *const c_char,
    platform_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        set_text(options, error, ("platform", platform, platform_len), |o, platform| {
            o.platform(platform)
        })
    }
}

/// Sets the OCI runtime that runs the container.
///
/// Default: the engine's
///
/// @param options         changed
/// @param name, name_len  in: its name in the engine's configuration, such as
///                        "runsc"
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_runtime(
    options: *mut sandcell_create_options,
    name: *const c_char,
    name_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set_text(options, error, ("name", name, name_len), |o, name| o.runtime(name)) }
}

/// Sets the working directory of PID 1 and of commands that do not set one.
///
/// Default: the workspace, or else the image's
///
/// @param options         changed
/// @param path, path_len  in: an absolute path in the container
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_working_dir(
    options: *mut sandcell_create_options,
    path: *const c_char,
    path_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set_text(options, error, ("path", path, path_len), |o, path| o.working_dir(path)) }
}

/// Sets an environment variable of PID 1 and of every command. Each call adds one.
///
/// Default: only the image's variables
///
/// @param options           changed
/// @param name, name_len    in: not empty, without "="
/// @param value, value_len  in
/// @param error             out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_add_env(
    options: *mut sandcell_create_options,
    name: *const c_char,
    name_len: usize,
    value: *const c_char,
    value_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        let texts = [("name", name, name_len), ("value", value, value_len)];
        set_texts(options, error, texts, |o, name, value| o.env(name, value))
    }
}

/// Sets the user of commands that do not set one. PID 1 runs as another user,
/// which commands cannot signal. Replaces
/// sandcell_create_options_set_workspace_user().
///
/// Default: the image's
///
/// @param options         changed
/// @param user, user_len  in: as name, uid, name:group or uid:gid
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_user(
    options: *mut sandcell_create_options,
    user: *const c_char,
    user_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set_text(options, error, ("user", user, user_len), |o, user| o.user(user)) }
}

/// Sets a label, replacing one with the same key. The library's own labels are
/// refused.
///
/// Default: only the library's own
///
/// @param options           changed
/// @param key, key_len      in: not empty
/// @param value, value_len  in
/// @param error             out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_add_label(
    options: *mut sandcell_create_options,
    key: *const c_char,
    key_len: usize,
    value: *const c_char,
    value_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        let texts = [("key", key, key_len), ("value", value, value_len)];
        set_texts(options, error, texts, |o, key, value| o.label(key, value))
    }
}

/// Sets the session that the container belongs to. sandcell_sandbox_attach() finds
/// the container by it, and sandcell_orphans_session_id() returns it.
///
/// Default: none
///
/// @param options     changed
/// @param id, id_len  in: not empty
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_session_id(
    options: *mut sandcell_create_options,
    id: *const c_char,
    id_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set_text(options, error, ("id", id, id_len), |o, id| o.session_id(id)) }
}

/// Sets the container's home: a name, such as a directory of the host, that groups
/// the containers that one sandcell_client_cleanup_orphaned_containers() examines.
///
/// Default: none, and no sweep finds the container
///
/// @param options         changed
/// @param home, home_len  in: not empty; compared byte for byte
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_home(
    options: *mut sandcell_create_options,
    home: *const c_char,
    home_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set_text(options, error, ("home", home, home_len), |o, home| o.home(home)) }
}

/// Frees options; containers made with them are not affected.
///
/// @param options  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the options.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_free(options: *mut sandcell_create_options) {
    // SAFETY: the header's contract.
    unsafe { free(options) }
}
