//! Write options: how a file is written.

use std::mem;

use super::args::invalid;
use super::error::{sandcell_error, sandcell_status};
use super::handles::{free, guard_new};
use super::setters::{Options, set, set_checked};
use crate::{Result, TransferMethod, WriteOptions};

/// How files are transferred to and from a container: one of
/// SANDCELL_TRANSFER_METHOD_*.
pub type sandcell_transfer_method = i32;

/// How a file is written, for sandcell_container_write_file() and
/// sandcell_container_copy_file_in().
///
/// Reusable. Free with sandcell_write_options_free().
pub struct sandcell_write_options(pub(super) WriteOptions);

/// The library examines the container, and chooses.
pub const SANDCELL_TRANSFER_METHOD_AUTO: sandcell_transfer_method = 0;
/// The engine's archive requests. They need nothing in the image, work in a
/// stopped container, and write with the engine's privileges. They do not replace a
/// file atomically: it is missing or incomplete while the engine writes it, and an
/// interrupted call may leave it so.
pub const SANDCELL_TRANSFER_METHOD_ARCHIVE: sandcell_transfer_method = 1;
/// A command in the container, which must be running and have /bin/sh with cat,
/// chmod, mkdir, mv, rm and wc for files, and tar for trees. It has the permissions
/// of its user. A file is replaced atomically, and is unchanged if the call fails.
pub const SANDCELL_TRANSFER_METHOD_EXEC: sandcell_transfer_method = 2;

impl Options for sandcell_write_options {
    type Value = WriteOptions;

    fn update(&mut self, change: impl FnOnce(WriteOptions) -> WriteOptions) {
        self.0 = change(mem::take(&mut self.0));
    }
}

pub(super) fn transfer_method_of(number: sandcell_transfer_method) -> Result<TransferMethod> {
    match number {
        SANDCELL_TRANSFER_METHOD_AUTO => Ok(TransferMethod::Auto),
        SANDCELL_TRANSFER_METHOD_ARCHIVE => Ok(TransferMethod::Archive),
        SANDCELL_TRANSFER_METHOD_EXEC => Ok(TransferMethod::Exec),
        other => {
            Err(invalid("method", format_args!("{other} is none of SANDCELL_TRANSFER_METHOD_*")))
        }
    }
}

/// Makes options with the defaults.
///
/// @return  owned by the caller, never NULL; free with
///          sandcell_write_options_free().
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn sandcell_write_options_new() -> *mut sandcell_write_options {
    guard_new(|| sandcell_write_options(WriteOptions::new()))
}

/// Sets the file's permissions.
///
/// Default: 0644
///
/// @param options  changed
/// @param mode     in: up to 07777
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_write_options_set_mode(
    options: *mut sandcell_write_options,
    mode: u32,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.mode(mode)) }
}

/// Sets the owner of the file, and of created parent directories.
///
/// With SANDCELL_TRANSFER_METHOD_EXEC the command runs as this user, who must be able
/// to write to the directory.
///
/// Default: the container's user
///
/// @param options   changed
/// @param uid, gid  in: the container's numbers
/// @param error     out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_write_options_set_owner(
    options: *mut sandcell_write_options,
    uid: u32,
    gid: u32,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.owner(uid, gid)) }
}

/// Sets whether to create missing parent directories of the file, with the
/// permissions 0755.
///
/// Default: true
///
/// @param options  changed
/// @param create   in
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_write_options_set_create_parents(
    options: *mut sandcell_write_options,
    create: bool,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.create_parents(create)) }
}

/// Sets the size of the file that sandcell_container_copy_file_in() writes. The bytes
/// are then sent as they are read, without a temporary file.
///
/// sandcell_container_write_file() ignores it.
///
/// Default: not known
///
/// @param options  changed
/// @param bytes    in: the exact size; the call fails if there are fewer or more
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_write_options_set_size(
    options: *mut sandcell_write_options,
    bytes: u64,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.size(bytes)) }
}

/// Sets the transfer method.
///
/// Default: SANDCELL_TRANSFER_METHOD_AUTO
///
/// @param options  changed
/// @param method   in: one of SANDCELL_TRANSFER_METHOD_*
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  method is none of
///                                         SANDCELL_TRANSFER_METHOD_*
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_write_options_set_method(
    options: *mut sandcell_write_options,
    method: sandcell_transfer_method,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        set_checked(
            options,
            error,
            || transfer_method_of(method),
            |options, method| options.method(method),
        )
    }
}

/// Frees options.
///
/// @param options  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the options.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_write_options_free(options: *mut sandcell_write_options) {
    // SAFETY: the header's contract.
    unsafe { free(options) }
}
