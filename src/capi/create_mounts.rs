//! Create options: mounts.

use std::ffi::c_char;

use super::args::text;
use super::create_options::sandcell_create_options;
use super::error::{sandcell_error, sandcell_status};
use super::setters::{set, set_checked, set_text, set_texts};
use crate::{Mount, Tmpfs};

/// Mounts a directory of the host, writable, and makes it the working directory of
/// PID 1 and of commands that do not set one.
///
/// The directory keeps its owner and its mode, and a command has no capabilities:
/// not even root may write to a directory of another user. If commands get
/// "Permission denied" there, let them run as its owner, with
/// sandcell_create_options_set_workspace_user().
///
/// Default: none
///
/// @param options             changed
/// @param source, source_len  in: an absolute path on the engine's host
/// @param target, target_len  in: an absolute path in the container
/// @param error               out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_workspace(
    options: *mut sandcell_create_options,
    source: *const c_char,
    source_len: usize,
    target: *const c_char,
    target_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        let texts = [("source", source, source_len), ("target", target, target_len)];
        set_texts(options, error, texts, |o, source, target| o.workspace(source, target))
    }
}

/// Makes the workspace's owner the user of commands that do not set one: the user
/// and group that own the directory, as this process sees it when the container is
/// created. So commands can write to the workspace, and what they create there
/// belongs to the same user. Replaces sandcell_create_options_set_user().
///
/// Creating the container fails with SANDCELL_ERR_INVALID_ARGUMENT if there is no
/// workspace or this process cannot see it, and with SANDCELL_ERR_UNSUPPORTED if
/// the engine maps user ids (it is rootless, or uses user namespaces): there the
/// owner has another id in the container, which only you know.
///
/// Default: the user that was set, or else the image's
///
/// @param options  changed
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_workspace_user(
    options: *mut sandcell_create_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.workspace_user()) }
}

/// Mounts a directory or a file of the host. Each call adds one.
///
/// Default: none
///
/// @param options             changed
/// @param source, source_len  in: an absolute path on the engine's host, which
///                            must exist
/// @param target, target_len  in: an absolute path in the container
/// @param read_only           in: whether the mount is read-only
/// @param error               out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_add_mount_bind(
    options: *mut sandcell_create_options,
    source: *const c_char,
    source_len: usize,
    target: *const c_char,
    target_len: usize,
    read_only: bool,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        let texts = [("source", source, source_len), ("target", target, target_len)];
        set_texts(options, error, texts, |o, source, target| {
            o.mount(Mount::bind(source, target).read_only(read_only))
        })
    }
}

/// Mounts a volume, which is created if it does not exist. Each call adds one.
///
/// Default: none
///
/// @param options               changed
/// @param name, name_len        in: the volume's name
/// @param target, target_len    in: an absolute path in the container
/// @param read_only             in: whether the mount is read-only
/// @param no_copy               in: whether an empty volume stays empty, instead of
///                              being filled with the image's files at the target
/// @param subpath, subpath_len  in: the directory of the volume to mount, a
///                              relative path; empty for all of it. Needs an
///                              engine with API 1.45
/// @param error                 out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_add_mount_volume(
    options: *mut sandcell_create_options,
    name: *const c_char,
    name_len: usize,
    target: *const c_char,
    target_len: usize,
    read_only: bool,
    no_copy: bool,
    subpath: *const c_char,
    subpath_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        let mount = || {
            let name = text("name", name, name_len)?;
            let target = text("target", target, target_len)?;
            let subpath = text("subpath", subpath, subpath_len)?;
            let mount = Mount::volume(name, target).read_only(read_only).no_copy(no_copy);
            Ok(if subpath.is_empty() { mount } else { mount.subpath(subpath) })
        };
        set_checked(options, error, mount, |o, mount| o.mount(mount))
    }
}

/// Mounts a tmpfs: an empty filesystem in memory, which ends with the container.
/// Each call adds one.
///
/// Default: none
///
/// @param options             changed
/// @param target, target_len  in: an absolute path in the container
/// @param size                in: its maximum size in bytes; 0 for half of the
///                            host's memory. Its contents count towards the
///                            container's memory
/// @param mode                in: the permissions of its root, such as 01777
/// @param executable          in: whether programs in it can be executed
/// @param error               out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_add_tmpfs(
    options: *mut sandcell_create_options,
    target: *const c_char,
    target_len: usize,
    size: u64,
    mode: u32,
    executable: bool,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        set_text(options, error, ("target", target, target_len), |o, target| {
            let tmpfs = Tmpfs::new(target).mode(mode).executable(executable);
            o.tmpfs(if size == 0 { tmpfs } else { tmpfs.size(size) })
        })
    }
}

/// Accepts workspaces and bind mounts without verifying that their source is, for the
/// engine, the same file or directory as for this process.
///
/// For an engine on another machine that has the same paths.
///
/// Default: a container whose mounts differ is refused
///
/// @param options  changed
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_allow_unverified_mounts(
    options: *mut sandcell_create_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.allow_unverified_mounts()) }
}
