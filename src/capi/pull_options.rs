//! Pull options: how an image is pulled.

use std::ffi::{c_char, c_void};
use std::mem;
use std::ptr;

use super::args::handle_mut;
use super::error::{sandcell_error, sandcell_status};
use super::guard::guard;
use super::handles::{free, guard_new};
use super::setters::{Options, set_text, set_texts};
use super::text::Text;
use crate::{Credentials, PullOptions, PullProgress, Result};

/// In place of a number of bytes: the engine does not report it.
pub const SANDCELL_UNKNOWN_SIZE: u64 = u64::MAX;

/// Receives the progress of a pull, many times a second for each layer.
///
/// To end the pull from within, cancel the client's token.
///
/// @param ctx                 in: the pointer that was set with the callback
/// @param layer, layer_len    in: a short id, the tag, or ""; followed by a NUL
///                            that the length does not include
/// @param status, status_len  in: the layer's status, such as "Downloading";
///                            followed by a NUL that the length does not include
/// @param current             in: bytes done so far, or SANDCELL_UNKNOWN_SIZE
/// @param total               in: bytes in total, or SANDCELL_UNKNOWN_SIZE
///
/// Threads: called on the thread that pulls.
/// Since: 0.1.0
pub type sandcell_pull_progress_fn = Option<
    unsafe extern "C" fn(
        ctx: *mut c_void,
        layer: *const c_char,
        layer_len: usize,
        status: *const c_char,
        status_len: usize,
        current: u64,
        total: u64,
    ),
>;

/// How an image is pulled, for sandcell_client_pull_image() and
/// sandcell_client_ensure_image().
///
/// Reusable. Free with sandcell_pull_options_free().
pub struct sandcell_pull_options {
    options: PullOptions<'static>,
    progress: sandcell_pull_progress_fn,
    ctx: *mut c_void,
}

impl sandcell_pull_options {
    fn new() -> Self {
        let options = PullOptions::new();
        sandcell_pull_options { options, progress: None, ctx: ptr::null_mut() }
    }

    /// Pulls with what `options` say, or with the defaults.
    pub(super) fn with(
        options: Option<&Self>,
        pull: impl FnOnce(&PullOptions<'_>) -> Result<()>,
    ) -> Result<()> {
        let Some(Self { options, progress, ctx }) = options else {
            return pull(&PullOptions::new());
        };
        let Some(report) = progress else { return pull(options) };
        let report = |progress: &PullProgress| {
            let layer = Text::from(progress.id.clone());
            let status = Text::from(progress.status.clone());
            let current = progress.detail.current.unwrap_or(SANDCELL_UNKNOWN_SIZE);
            let total = progress.detail.total.unwrap_or(SANDCELL_UNKNOWN_SIZE);
            let (layer, layer_len) = (layer.as_ptr(), layer.len());
            // SAFETY: the header's contract; the texts outlive the call.
            unsafe {
                report(*ctx, layer, layer_len, status.as_ptr(), status.len(), current, total);
            }
        };
        pull(&options.clone().progress(&report))
    }
}

impl Options for sandcell_pull_options {
    type Value = PullOptions<'static>;

    fn update(&mut self, change: impl FnOnce(Self::Value) -> Self::Value) {
        self.options = change(mem::take(&mut self.options));
    }
}

/// Makes options with the defaults.
///
/// @return  owned by the caller, never NULL; free with
///          sandcell_pull_options_free().
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn sandcell_pull_options_new() -> *mut sandcell_pull_options {
    guard_new(sandcell_pull_options::new)
}

/// Sets the platform to pull the image for.
///
/// Default: the engine's
///
/// @param options                 changed
/// @param platform, platform_len  in: as os[/arch[/variant]]
/// @param error                   out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_pull_options_set_platform(
    options: *mut sandcell_pull_options,
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

/// Sets the credentials for the registry: a user name, and a password or an access
/// token.
///
/// They appear neither in errors nor in the log. Replaces
/// sandcell_pull_options_set_credentials_identity_token().
///
/// Default: those of the client's Docker config, see
/// sandcell_client_builder_set_docker_config()
///
/// @param options                 changed
/// @param username, username_len  in
/// @param password, password_len  in
/// @param error                   out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_pull_options_set_credentials_password(
    options: *mut sandcell_pull_options,
    username: *const c_char,
    username_len: usize,
    password: *const c_char,
    password_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        let texts = [("username", username, username_len), ("password", password, password_len)];
        set_texts(options, error, texts, |o, username, password| {
            o.credentials(Credentials::password(username, password))
        })
    }
}

/// Sets the credentials for the registry: an identity token, which a login returned
/// in place of a password.
///
/// It appears neither in errors nor in the log. Replaces
/// sandcell_pull_options_set_credentials_password().
///
/// Default: those of the client's Docker config
///
/// @param options           changed
/// @param token, token_len  in
/// @param error             out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_pull_options_set_credentials_identity_token(
    options: *mut sandcell_pull_options,
    token: *const c_char,
    token_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        set_text(options, error, ("token", token, token_len), |o, token| {
            o.credentials(Credentials::identity_token(token))
        })
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
pub unsafe extern "C" fn sandcell_pull_options_set_progress(
    options: *mut sandcell_pull_options,
    progress: sandcell_pull_progress_fn,
    ctx: *mut c_void,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            (options.progress, options.ctx) = (progress, ctx);
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
pub unsafe extern "C" fn sandcell_pull_options_free(options: *mut sandcell_pull_options) {
    // SAFETY: the header's contract.
    unsafe { free(options) }
}
