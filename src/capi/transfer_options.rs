//! Transfer options: how a tree is copied.

use std::ffi::{c_char, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use super::args::{handle_mut, invalid};
use super::error::{sandcell_error, sandcell_status};
use super::guard::guard;
use super::handles::{free, guard_new};
use super::setters::{Options, set, set_checked};
use super::text::Text;
use super::write_options::{sandcell_transfer_method, transfer_method_of};
use crate::{ExternalSymlinks, Progress, Result, SkipReason, Skipped, TransferOptions};

/// What to do with a downloaded symlink that may lead out of the tree: one of
/// SANDCELL_EXTERNAL_SYMLINKS_*.
pub type sandcell_external_symlinks = i32;

/// Receives the progress of a transfer, for every entry and every 64 KiB of a file.
///
/// To end the transfer from within, cancel the client's token.
///
/// @param ctx             in: the pointer that was set with the callback
/// @param bytes           in: bytes of files transferred so far
/// @param entries         in: files, directories and symlinks so far, including the
///                        current one
/// @param path, path_len  in: the current one, relative to the directory that is
///                        copied; bytes, followed by a NUL that the length does
///                        not include
///
/// Threads: called on the thread that transfers.
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

/// Receives what a transfer skips.
///
/// @param ctx             in: the pointer that was set with the callback
/// @param reason          in: one of SANDCELL_SKIPPED_*; a later version may add
///                        some
/// @param path, path_len  in: what is skipped, with everything below it, relative
///                        to the directory that is copied; bytes, followed by a
///                        NUL that the length does not include
///
/// Threads: called on the thread that transfers.
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
/// It is skipped.
pub const SANDCELL_EXTERNAL_SYMLINKS_SKIP: sandcell_external_symlinks = 1;
/// It is created. The library does not follow it, but a later reader of the tree may,
/// and hostile code chose the target.
pub const SANDCELL_EXTERNAL_SYMLINKS_KEEP: sandcell_external_symlinks = 2;

/// It is a device, a socket or a FIFO.
pub const SANDCELL_SKIPPED_SPECIAL_FILE: sandcell_skip_reason = 0;
/// It is a symlink that may lead out of the tree: see
/// sandcell_transfer_options_set_external_symlinks().
pub const SANDCELL_SKIPPED_EXTERNAL_SYMLINK: sandcell_skip_reason = 1;
/// It disappeared during the transfer.
pub const SANDCELL_SKIPPED_VANISHED: sandcell_skip_reason = 2;
/// It changed into something else during the transfer.
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

impl Options for sandcell_transfer_options {
    type Value = TransferOptions<'static>;

    fn update(&mut self, change: impl FnOnce(Self::Value) -> Self::Value) {
        self.options = change(self.options);
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

/// Makes options with the defaults.
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

/// Sets the owner of everything that is uploaded, and of created parent directories.
///
/// With SANDCELL_TRANSFER_METHOD_EXEC the command runs as this user, who must be able
/// to write to the target.
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
pub unsafe extern "C" fn sandcell_transfer_options_set_owner(
    options: *mut sandcell_transfer_options,
    uid: u32,
    gid: u32,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.owner(uid, gid)) }
}

/// Sets whether an upload creates the target and its parent directories, with the
/// permissions 0755, if they do not exist.
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
pub unsafe extern "C" fn sandcell_transfer_options_set_create_parents(
    options: *mut sandcell_transfer_options,
    create: bool,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.create_parents(create)) }
}

/// Limits the total size of the files of a download, in bytes.
///
/// Default: unlimited
///
/// @param options    changed
/// @param max_bytes  in
/// @param error      out, may be NULL
///
/// @return  SANDCELL_OK
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
    unsafe { set(options, error, |o| o.max_bytes(max_bytes)) }
}

/// Limits the number of entries of a download: files, directories, links and what is
/// skipped.
///
/// Default: 1000000
///
/// @param options      changed
/// @param max_entries  in
/// @param error        out, may be NULL
///
/// @return  SANDCELL_OK
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
    unsafe { set(options, error, |o| o.max_entries(max_entries)) }
}

/// Limits the depth of a download: a file in the directory itself is at depth 1, one
/// in a subdirectory at depth 2.
///
/// Default: 128
///
/// @param options    changed
/// @param max_depth  in
/// @param error      out, may be NULL
///
/// @return  SANDCELL_OK
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
    unsafe { set(options, error, |o| o.max_depth(max_depth)) }
}

/// Sets what to do with symlinks of a download that may lead out of the tree.
///
/// Default: SANDCELL_EXTERNAL_SYMLINKS_REFUSE
///
/// @param options  changed
/// @param links    in: one of SANDCELL_EXTERNAL_SYMLINKS_*
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  links is none of
///                                         SANDCELL_EXTERNAL_SYMLINKS_*
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
        set_checked(
            options,
            error,
            || external_symlinks_of(links),
            |options, links| options.external_symlinks(links),
        )
    }
}

/// Sets the callback that receives the progress.
///
/// Default: none
///
/// @param options   changed
/// @param progress  in: see "Callbacks"; NULL for none
/// @param ctx       in, may be NULL: for the callback
/// @param error     out, may be NULL
///
/// @return  SANDCELL_OK
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

/// Sets the callback that receives what is skipped: devices, sockets and FIFOs,
/// symlinks with SANDCELL_EXTERNAL_SYMLINKS_SKIP, and what disappears or changes during
/// an upload.
///
/// Default: none; the log has it in any case
///
/// @param options  changed
/// @param skipped  in: see "Callbacks"; NULL for none
/// @param ctx      in, may be NULL: for the callback
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
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
pub unsafe extern "C" fn sandcell_transfer_options_set_method(
    options: *mut sandcell_transfer_options,
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
pub unsafe extern "C" fn sandcell_transfer_options_free(options: *mut sandcell_transfer_options) {
    // SAFETY: the header's contract.
    unsafe { free(options) }
}
