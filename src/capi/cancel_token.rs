//! Cancel tokens: ending calls from another thread.

use super::handles::{free, guard_new, value_of};
use crate::CancelToken;

/// Ends calls from another thread.
///
/// Every call of a client that sandcell_client_with_cancel() gave a token ends
/// within 100 ms of sandcell_cancel_token_cancel(), running ones and later ones.
/// A cancelled token stays cancelled. Free with sandcell_cancel_token_free();
/// clients that hold the token keep it alive.
pub struct sandcell_cancel_token(pub(super) CancelToken);

/// Makes a token that is not cancelled.
///
/// @return  owned by the caller, never NULL; free with
///          sandcell_cancel_token_free().
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn sandcell_cancel_token_new() -> *mut sandcell_cancel_token {
    guard_new(|| sandcell_cancel_token(CancelToken::new()))
}

/// Ends every call that holds the token.
///
/// Returns at once. May be repeated.
///
/// @param token  in, may be NULL: then nothing happens
///
/// Threads: any, at any time; not in a signal handler.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_cancel_token_cancel(token: *const sandcell_cancel_token) {
    // SAFETY: the header's contract.
    unsafe { value_of(token, (), |token| token.0.cancel()) }
}

/// Returns whether sandcell_cancel_token_cancel() was called.
///
/// @param token  in, may be NULL
///
/// @return  true if so; false for NULL.
///
/// Threads: any, at any time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_cancel_token_is_cancelled(
    token: *const sandcell_cancel_token,
) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(token, false, |token| token.0.is_cancelled()) }
}

/// Frees a token; calls that hold it go on.
///
/// @param token  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses this pointer.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_cancel_token_free(token: *mut sandcell_cancel_token) {
    // SAFETY: the header's contract.
    unsafe { free(token) }
}
