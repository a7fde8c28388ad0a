//! Transfer options: how a tree is copied.

use std::ffi::{c_char, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use super::args::{handle_mut, invalid};
use super::error::{sandcell_error, sandcell_status};
use super::guard::{free, guard, guard_new};
use super::text::Text;
use super::write_options::{sandcell_transfer_method, transfer_method_of};
use crate::{ExternalSymlinks, Progress, Result, SkipReason, Skipped, TransferOptions};

/// What becomes of a downloaded symlink that may lead out of the tree: one of
/// SANDCELL_EXTERNAL_SYMLINKS_*.
pub type sandcell_external_symlinks = i32;

/// Tells how far a transfer is, for every entry and every 64 KiB of a file.
///
/// To end the transfer from there, cancel the client's token.
///
/// @param ctx             in: what came with the callback
/// @param bytes           in: bytes of files that were moved so far
/// @param entries         in: files, directories and symlinks so far, with the
///                        present one
/// @param path, path_len  in: the present one, below the directory that is
///                        copied; bytes, with a NUL behind them that the length
///                        does not count
///
/// Threads: called by the call's own.
/// Since: 0.1.0
pub type sandcell_progress_fn = Option<
    unsafe extern "C" fn(
        ctx: *mut c_void,
        bytes: u64,
        entries: u64,
        path: *const c_char,
        path_len: usize,
    ),
>;

/// Why a part of a tree was not copied: one of SANDCELL_SKIPPED_*.
pub type sandcell_skip_reason = i32;

/// Tells what is not copied, although the transfer goes on.
///
/// @param ctx             in: what came with the callback
/// @param reason          in: one of SANDCELL_SKIPPED_*; there may be more of them
///                        one day
/// @param path, path_len  in: which part, below the directory that is copied; all
///                        that is below it is not copied either. Bytes, with a
///                        NUL behind them that the length does not count
///
/// Threads: called by the call's own.
/// Since: 0.1.0
pub type sandcell_skipped_fn = Option<
    unsafe extern "C" fn(
        ctx: *mut c_void,
        reason: sandcell_skip_reason,
        path: *const c_char,
        path_len: usize,
    ),
>;

/// How a tree is copied, for sandcell_container_upload() and
/// sandcell_container_download().
///
/// Reusable. Free with sandcell_transfer_options_free().
pub struct sandcell_transfer_options {
    options: TransferOptions<'static>,
    progress: sandcell_progress_fn,
    progress_ctx: *mut c_void,
    skipped: sandcell_skipped_fn,
    skipped_ctx: *mut c_void,
}

/// The call fails.
pub const SANDCELL_EXTERNAL_SYMLINKS_REFUSE: sandcell_external_symlinks = 0;
/// It is left out.
pub const SANDCELL_EXTERNAL_SYMLINKS_SKIP: sandcell_external_symlinks = 1;
/// It is made. The library does not follow it; who reads the tree later may,
/// and hostile code chose where to.
pub const SANDCELL_EXTERNAL_SYMLINKS_KEEP: sandcell_external_symlinks = 2;

/// It is a device, a socket or a FIFO.
pub const SANDCELL_SKIPPED_SPECIAL_FILE: sandcell_skip_reason = 0;
/// It is a symlink that may lead out of the tree: see
/// sandcell_transfer_options_set_external_symlinks().
pub const SANDCELL_SKIPPED_EXTERNAL_SYMLINK: sandcell_skip_reason = 1;
/// It was there, and is not any more.
pub const SANDCELL_SKIPPED_VANISHED: sandcell_skip_reason = 2;
/// It became something else while it was looked at.
pub const SANDCELL_SKIPPED_CHANGED: sandcell_skip_reason = 3;

impl sandcell_transfer_options {
    fn new() -> Self {
        sandcell_transfer_options {
            options: TransferOptions::new(),
            progress: None,
            progress_ctx: ptr::null_mut(),
            skipped: None,
            skipped_ctx: ptr::null_mut(),
        }
    }

    fn update(
        &mut self,
        change: impl FnOnce(TransferOptions<'static>) -> TransferOptions<'static>,
    ) {
        self.options = change(self.options);
    }

    /// Runs a transfer with what `options` say, or with the defaults.
    pub(super) fn with(
        options: Option<&Self>,
        transfer: impl FnOnce(&TransferOptions<'_>) -> Result<()>,
    ) -> Result<()> {
        let Some(Self { options, progress, progress_ctx, skipped, skipped_ctx }) = options else {
            return transfer(&TransferOptions::new());
        };
        let tell_progress = |told: &Progress<'_>| {
            let (Some(tell), path) = (progress, text(told.path)) else { return };
            // SAFETY: the header's contract; the path outlives the call.
            unsafe { tell(*progress_ctx, told.bytes, told.entries, path.as_ptr(), path.len()) }
        };
        let tell_skipped = |told: &Skipped<'_>| {
            let (Some(tell), path) = (skipped, text(told.path)) else { return };
            // SAFETY: the header's contract; the path outlives the call.
            unsafe { tell(*skipped_ctx, number_of(told.reason), path.as_ptr(), path.len()) }
        };
        transfer(&options.progress(&tell_progress).skipped(&tell_skipped))
    }
}

fn text(path: &Path) -> Text {
    path.as_os_str().as_bytes().to_vec().into()
}

fn number_of(reason: SkipReason) -> sandcell_skip_reason {
    match reason {
        SkipReason::SpecialFile => SANDCELL_SKIPPED_SPECIAL_FILE,
        SkipReason::ExternalSymlink => SANDCELL_SKIPPED_EXTERNAL_SYMLINK,
        SkipReason::Vanished => SANDCELL_SKIPPED_VANISHED,
        SkipReason::Changed => SANDCELL_SKIPPED_CHANGED,
    }
}

fn external_symlinks_of(number: sandcell_external_symlinks) -> Result<ExternalSymlinks> {
    match number {
        SANDCELL_EXTERNAL_SYMLINKS_REFUSE => Ok(ExternalSymlinks::Refuse),
        SANDCELL_EXTERNAL_SYMLINKS_SKIP => Ok(ExternalSymlinks::Skip),
        SANDCELL_EXTERNAL_SYMLINKS_KEEP => Ok(ExternalSymlinks::Keep),
        other => {
            Err(invalid("links", format_args!("{other} is none of SANDCELL_EXTERNAL_SYMLINKS_*")))
        }
    }
}

/// Makes options, all at their defaults.
///
/// @return  owned by the caller, never NULL; free with
///          sandcell_transfer_options_free().
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn sandcell_transfer_options_new() -> *mut sandcell_transfer_options {
    guard_new(sandcell_transfer_options::new)
}

/// Sets the owner of all that is uploaded, and of parents that are created.
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
pub unsafe extern "C" fn sandcell_transfer_options_set_owner(
    options: *mut sandcell_transfer_options,
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

/// Sets whether an upload creates a missing target, and missing directories
/// above it, with the permissions 0755.
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
pub unsafe extern "C" fn sandcell_transfer_options_set_create_parents(
    options: *mut sandcell_transfer_options,
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

/// Sets how many bytes the files of a download may have in all.
///
/// Default: no limit.
///
/// @param options    changed
/// @param max_bytes  in
/// @param error      out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_transfer_options_set_max_bytes(
    options: *mut sandcell_transfer_options,
    max_bytes: u64,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            handle_mut("options", options)?.update(|options| options.max_bytes(max_bytes));
            Ok(())
        })
    }
}

/// Sets how many entries a download may have: files, directories, links and what is
/// skipped.
///
/// Default: 1000000
///
/// @param options      changed
/// @param max_entries  in
/// @param error        out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_transfer_options_set_max_entries(
    options: *mut sandcell_transfer_options,
    max_entries: u64,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            handle_mut("options", options)?.update(|options| options.max_entries(max_entries));
            Ok(())
        })
    }
}

/// Sets how deep a download may be: a file in the directory itself is at depth 1,
/// one in a directory of that at 2.
///
/// Default: 128
///
/// @param options    changed
/// @param max_depth  in
/// @param error      out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_transfer_options_set_max_depth(
    options: *mut sandcell_transfer_options,
    max_depth: u32,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            handle_mut("options", options)?.update(|options| options.max_depth(max_depth));
            Ok(())
        })
    }
}

/// Sets what becomes of symlinks of a download that may lead out of the tree.
///
/// Default: SANDCELL_EXTERNAL_SYMLINKS_REFUSE
///
/// @param options  changed
/// @param links    in: one of SANDCELL_EXTERNAL_SYMLINKS_*
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  there is no such choice
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_transfer_options_set_external_symlinks(
    options: *mut sandcell_transfer_options,
    links: sandcell_external_symlinks,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            let links = external_symlinks_of(links)?;
            options.update(|options| options.external_symlinks(links));
            Ok(())
        })
    }
}

/// Sets who is told how far a transfer is.
///
/// Default: nobody.
///
/// @param options   changed
/// @param progress  in: see "Callbacks"; NULL for nobody
/// @param ctx       in, may be NULL: kept as it is, for the callback
/// @param error     out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_transfer_options_set_progress(
    options: *mut sandcell_transfer_options,
    progress: sandcell_progress_fn,
    ctx: *mut c_void,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            (options.progress, options.progress_ctx) = (progress, ctx);
            Ok(())
        })
    }
}

/// Sets who is told what is not copied, although the transfer goes on: devices,
/// sockets and FIFOs, symlinks that SANDCELL_EXTERNAL_SYMLINKS_SKIP leaves out, and what
/// vanishes or changes while it is uploaded.
///
/// Default: nobody; the log has it in any case.
///
/// @param options  changed
/// @param skipped  in: see "Callbacks"; NULL for nobody
/// @param ctx      in, may be NULL: kept as it is, for the callback
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_transfer_options_set_skipped(
    options: *mut sandcell_transfer_options,
    skipped: sandcell_skipped_fn,
    ctx: *mut c_void,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            (options.skipped, options.skipped_ctx) = (skipped, ctx);
            Ok(())
        })
    }
}

/// Sets the way that the tree takes.
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
pub unsafe extern "C" fn sandcell_transfer_options_set_method(
    options: *mut sandcell_transfer_options,
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
pub unsafe extern "C" fn sandcell_transfer_options_free(options: *mut sandcell_transfer_options) {
    // SAFETY: the header's contract.
    unsafe { free(options) }
}
