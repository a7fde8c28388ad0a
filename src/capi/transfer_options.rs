//! Transfer options: how a tree is copied.

use std::ffi::{c_char, c_void};
use std::os::unix::ffi::OsStrExt;
use std::ptr;

use super::args::{handle_mut, invalid};
use super::error::{sandock_error, sandock_status};
use super::guard::{free, guard, made};
use super::text::Text;
use super::write_options::{sandock_transport, transport_of};
use crate::{OutsideLinks, Progress, Result, TransferOptions};

/// What becomes of a downloaded symlink that may lead out of the tree: one of
/// SANDOCK_OUTSIDE_LINKS_*.
pub type sandock_outside_links = i32;

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
pub type sandock_progress_fn = Option<
    unsafe extern "C" fn(
        ctx: *mut c_void,
        bytes: u64,
        entries: u64,
        path: *const c_char,
        path_len: usize,
    ),
>;

/// How a tree is copied, for sandock_client_upload() and
/// sandock_client_download().
///
/// Reusable. Free with sandock_transfer_options_free().
pub struct sandock_transfer_options {
    options: TransferOptions<'static>,
    progress: sandock_progress_fn,
    ctx: *mut c_void,
}

/// The call fails.
pub const SANDOCK_OUTSIDE_LINKS_REFUSE: sandock_outside_links = 0;
/// It is left out.
pub const SANDOCK_OUTSIDE_LINKS_SKIP: sandock_outside_links = 1;
/// It is made. The library does not follow it; who reads the tree later may,
/// and hostile code chose where to.
pub const SANDOCK_OUTSIDE_LINKS_KEEP: sandock_outside_links = 2;

impl sandock_transfer_options {
    fn new() -> Self {
        let options = TransferOptions::new();
        sandock_transfer_options { options, progress: None, ctx: ptr::null_mut() }
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
        let Some(Self { options, progress, ctx }) = options else {
            return transfer(&TransferOptions::new());
        };
        let Some(report) = progress else { return transfer(options) };
        let report = |progress: &Progress<'_>| {
            let path = Text::from(progress.path.as_os_str().as_bytes().to_vec());
            // SAFETY: the header's contract; the path outlives the call.
            unsafe { report(*ctx, progress.bytes, progress.entries, path.as_ptr(), path.len()) }
        };
        transfer(&options.progress(&report))
    }
}

fn outside_links_of(number: sandock_outside_links) -> Result<OutsideLinks> {
    match number {
        SANDOCK_OUTSIDE_LINKS_REFUSE => Ok(OutsideLinks::Refuse),
        SANDOCK_OUTSIDE_LINKS_SKIP => Ok(OutsideLinks::Skip),
        SANDOCK_OUTSIDE_LINKS_KEEP => Ok(OutsideLinks::Keep),
        other => Err(invalid("links", format_args!("{other} is none of SANDOCK_OUTSIDE_LINKS_*"))),
    }
}

/// Makes options, all at their defaults.
///
/// @return  owned by the caller, never NULL; free with
///          sandock_transfer_options_free().
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn sandock_transfer_options_new() -> *mut sandock_transfer_options {
    made(sandock_transfer_options::new)
}

/// Sets the owner of all that is uploaded, and of parents that are created.
///
/// With SANDOCK_TRANSPORT_EXEC the command runs as this user, and so must be
/// able to write there.
///
/// Default: the container's user.
///
/// @param options   changed
/// @param uid, gid  in: as numbers in the container
/// @param error     out, may be NULL
///
/// @return  SANDOCK_OK
///          SANDOCK_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_transfer_options_set_owner(
    options: *mut sandock_transfer_options,
    uid: u32,
    gid: u32,
    error: *mut *mut sandock_error,
) -> sandock_status {
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
/// @return  SANDOCK_OK
///          SANDOCK_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_transfer_options_set_create_parents(
    options: *mut sandock_transfer_options,
    create: bool,
    error: *mut *mut sandock_error,
) -> sandock_status {
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
/// @return  SANDOCK_OK
///          SANDOCK_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_transfer_options_set_max_bytes(
    options: *mut sandock_transfer_options,
    max_bytes: u64,
    error: *mut *mut sandock_error,
) -> sandock_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            handle_mut("options", options)?.update(|options| options.max_bytes(max_bytes));
            Ok(())
        })
    }
}

/// Sets what becomes of symlinks of a download that may lead out of the tree.
///
/// Default: SANDOCK_OUTSIDE_LINKS_REFUSE
///
/// @param options  changed
/// @param links    in: one of SANDOCK_OUTSIDE_LINKS_*
/// @param error    out, may be NULL
///
/// @return  SANDOCK_OK
///          SANDOCK_ERR_INVALID_ARGUMENT  there is no such choice
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_transfer_options_set_outside_links(
    options: *mut sandock_transfer_options,
    links: sandock_outside_links,
    error: *mut *mut sandock_error,
) -> sandock_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            let links = outside_links_of(links)?;
            options.update(|options| options.outside_links(links));
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
/// @return  SANDOCK_OK
///          SANDOCK_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_transfer_options_set_progress(
    options: *mut sandock_transfer_options,
    progress: sandock_progress_fn,
    ctx: *mut c_void,
    error: *mut *mut sandock_error,
) -> sandock_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            (options.progress, options.ctx) = (progress, ctx);
            Ok(())
        })
    }
}

/// Sets the way that the tree takes.
///
/// Default: SANDOCK_TRANSPORT_AUTO
///
/// @param options    changed
/// @param transport  in: one of SANDOCK_TRANSPORT_*
/// @param error      out, may be NULL
///
/// @return  SANDOCK_OK
///          SANDOCK_ERR_INVALID_ARGUMENT  there is no such choice
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_transfer_options_set_transport(
    options: *mut sandock_transfer_options,
    transport: sandock_transport,
    error: *mut *mut sandock_error,
) -> sandock_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            let transport = transport_of(transport)?;
            options.update(|options| options.transport(transport));
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
pub unsafe extern "C" fn sandock_transfer_options_free(options: *mut sandock_transfer_options) {
    // SAFETY: the header's contract.
    unsafe { free(options) }
}
