//! Volume filters: which volumes to list.

use std::ffi::c_char;
use std::mem;

use super::error::{sandcell_error, sandcell_status};
use super::handles::{free, guard_new};
use super::setters::{Options, set_text, set_texts};
use crate::VolumeFilter;

/// The volumes to list, for sandcell_client_list_volumes(): those that meet all
/// conditions.
///
/// Reusable. Free with sandcell_volume_filter_free().
pub struct sandcell_volume_filter(pub(super) VolumeFilter);

impl Options for sandcell_volume_filter {
    type Value = VolumeFilter;
    const NAME: &str = "filter";

    fn update(&mut self, change: impl FnOnce(VolumeFilter) -> VolumeFilter) {
        self.0 = change(mem::take(&mut self.0));
    }
}

/// Makes a filter that accepts all volumes.
///
/// @return  owned by the caller, never NULL; free with
///          sandcell_volume_filter_free().
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn sandcell_volume_filter_new() -> *mut sandcell_volume_filter {
    guard_new(|| sandcell_volume_filter(VolumeFilter::new()))
}

/// Adds a condition: a label with this key and value.
///
/// Default: none
///
/// @param filter            changed
/// @param key, key_len      in: not empty, without "="
/// @param value, value_len  in
/// @param error             out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_volume_filter_add_label(
    filter: *mut sandcell_volume_filter,
    key: *const c_char,
    key_len: usize,
    value: *const c_char,
    value_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        let texts = [("key", key, key_len), ("value", value, value_len)];
        set_texts(filter, error, texts, |f, key, value| f.label(key, value))
    }
}

/// Adds a condition: a label with this key and any value.
///
/// Default: none
///
/// @param filter        changed
/// @param key, key_len  in: not empty, without "="
/// @param error         out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_volume_filter_add_label_key(
    filter: *mut sandcell_volume_filter,
    key: *const c_char,
    key_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set_text(filter, error, ("key", key, key_len), |f, key| f.label_key(key)) }
}

/// Frees a filter.
///
/// @param filter  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the filter.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_volume_filter_free(filter: *mut sandcell_volume_filter) {
    // SAFETY: the header's contract.
    unsafe { free(filter) }
}
