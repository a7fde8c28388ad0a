//! Options of a pool.

use std::mem;
use std::time::Duration;

use super::error::{sandcell_error, sandcell_status};
use super::handles::{free, guard_new};
use super::setters::{Options, set};
use crate::PoolOptions;

/// Options for sandcell_pool_start().
///
/// Reusable. Free with sandcell_pool_options_free().
pub struct sandcell_pool_options(pub(super) PoolOptions);

impl Options for sandcell_pool_options {
    type Value = PoolOptions;
    const NAME: &str = "options";

    fn update(&mut self, change: impl FnOnce(PoolOptions) -> PoolOptions) {
        self.0 = change(mem::take(&mut self.0));
    }
}

/// Makes options with the default values.
///
/// @return  owned by the caller, never NULL; free with
///          sandcell_pool_options_free().
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn sandcell_pool_options_new() -> *mut sandcell_pool_options {
    guard_new(|| sandcell_pool_options(PoolOptions::new()))
}

/// Sets how many sandboxes wait to be taken.
///
/// Default: 2
///
/// @param options  changed
/// @param size     in: from 1 to 1024; checked by sandcell_pool_start()
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_pool_options_set_size(
    options: *mut sandcell_pool_options,
    size: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.size(size)) }
}

/// Sets how long a sandbox waits at most before it is replaced by a new one.
///
/// Default: 3600000, one hour
///
/// @param options     changed
/// @param max_age_ms  in: milliseconds, not 0; checked by sandcell_pool_start()
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_pool_options_set_max_age_ms(
    options: *mut sandcell_pool_options,
    max_age_ms: u64,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.max_age(Duration::from_millis(max_age_ms))) }
}

/// Frees options.
///
/// @param options  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the options.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_pool_options_free(options: *mut sandcell_pool_options) {
    // SAFETY: the header's contract.
    unsafe { free(options) }
}
