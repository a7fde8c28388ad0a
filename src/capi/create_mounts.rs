//! Create options: what the container sees of other file systems.

use std::ffi::c_char;

use super::args::text;
use super::create_options::sandcell_create_options;
use super::error::{sandcell_error, sandcell_status};
use super::setters::{set, set_checked, set_text, set_texts};
use crate::{Mount, Tmpfs};

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

/// Mounts a volume, which is created if it does not exist. Each call adds
/// one.
///
/// Default: no mounts
///
/// @param options               changed
/// @param name, name_len        in: the volume's name
/// @param target, target_len    in: an absolute path in the container
/// @param read_only             in: whether the container may only read
/// @param no_copy               in: whether an empty volume stays empty, and is
///                              not filled with what the image has at the target
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

/// Adds an empty file system in memory, gone with the container. Each call
/// adds one.
///
/// Default: none
///
/// @param options             changed
/// @param target, target_len  in: an absolute path in the container
/// @param size                in: the most that it holds, in bytes; 0 is half of
///                            the host's memory. What it holds counts as the
///                            container's memory
/// @param mode                in: the permissions of its root, such as 01777
/// @param executable          in: whether programs in it can be run
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

/// Accepts a workspace or bind mount whose source is, to the engine, not
/// what this process sees at that path.
///
/// For an engine on another machine that has the same paths.
///
/// Default: such a container is refused
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
