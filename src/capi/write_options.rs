//! Write options: how a file is written.

use std::mem;

use super::args::{handle_mut, invalid};
use super::error::{sandcell_error, sandcell_status};
use super::guard::{free, guard, guard_new};
use crate::{Result, TransferMethod, WriteOptions};

/// The way that files take into a container, and out of it: one of
/// SANDCELL_TRANSFER_METHOD_*.
pub type sandcell_transfer_method = i32;

/// How a file is written, for sandcell_container_write_file() and
/// sandcell_container_copy_file_in().
///
/// Reusable. Free with sandcell_write_options_free().
pub struct sandcell_write_options(pub(super) WriteOptions);

/// The library looks at the container, and chooses.
pub const SANDCELL_TRANSFER_METHOD_AUTO: sandcell_transfer_method = 0;
/// The engine's archive requests. They need nothing in the image, work in a
/// stopped container, and write with the engine's privileges. A file that is
/// replaced is away, and then incomplete, for as long as the engine takes to
/// write it; an interrupted call may leave it so.
pub const SANDCELL_TRANSFER_METHOD_ARCHIVE: sandcell_transfer_method = 1;
/// A command in the container, which must run and have /bin/sh with cat,
/// chmod, mkdir, mv, rm and wc for files, tar for trees. It can do what its
/// user can. A file is replaced in one step, when it is complete, and stays as
/// it was if the call fails.
pub const SANDCELL_TRANSFER_METHOD_EXEC: sandcell_transfer_method = 2;

impl sandcell_write_options {
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

/// Makes options, all at their defaults.
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

/// Sets the permissions of the file.
///
/// Default: 0644
///
/// @param options  changed
/// @param mode     in: up to 07777
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
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
    unsafe {
        guard(error, || {
            handle_mut("options", options)?.update(|options| options.mode(mode));
            Ok(())
        })
    }
}

/// Sets the owner of the file, and of parents that are created.
///
/// With SANDCELL_TRANSFER_METHOD_EXEC the command runs as this user, and so must be
/// able to write there.
///
/// Default: the container's user.
///
/// @param options   changed
/// @param uid, gid  in: as numbers in the container
/// @param error     out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
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
    unsafe {
        guard(error, || {
            handle_mut("options", options)?.update(|options| options.owner(uid, gid));
            Ok(())
        })
    }
}

/// Sets whether missing directories above the file are created, with the
/// permissions 0755.
///
/// Default: true
///
/// @param options  changed
/// @param create   in
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
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
    unsafe {
        guard(error, || {
            handle_mut("options", options)?.update(|options| options.create_parents(create));
            Ok(())
        })
    }
}

/// Sets how many bytes sandcell_container_copy_file_in() is to write: they are then
/// sent as they are read, and nothing waits in a temporary file.
///
/// sandcell_container_write_file() knows this itself, and ignores it.
///
/// Default: not known.
///
/// @param options  changed
/// @param bytes    in: it is an error if there are less or more
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
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
    unsafe {
        guard(error, || {
            handle_mut("options", options)?.update(|options| options.size(bytes));
            Ok(())
        })
    }
}

/// Sets the way that the file takes.
///
/// Default: SANDCELL_TRANSFER_METHOD_AUTO
///
/// @param options    changed
/// @param method  in: one of SANDCELL_TRANSFER_METHOD_*
/// @param error      out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  there is no such choice
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
        guard(error, || {
            let options = handle_mut("options", options)?;
            let method = transfer_method_of(method)?;
            options.update(|options| options.method(method));
            Ok(())
        })
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
