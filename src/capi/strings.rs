//! Lists of strings that a call returns.

use std::ffi::c_char;

use super::handles::{free, text_of, value_of};
use super::text::Texts;

/// Texts that a call returned.
///
/// Immutable; free with sandcell_strings_free().
pub struct sandcell_strings(Texts);

impl From<Vec<String>> for sandcell_strings {
    fn from(texts: Vec<String>) -> Self {
        sandcell_strings(texts.into())
    }
}

/// Returns how many texts there are.
///
/// @param strings  in, may be NULL
///
/// @return  the number; 0 for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_strings_len(strings: *const sandcell_strings) -> usize {
    // SAFETY: the header's contract.
    unsafe { value_of(strings, 0, |strings| strings.0.len()) }
}

/// Returns one of the texts.
///
/// @param strings  in, may be NULL
/// @param index    in: from 0
/// @param len      out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the strings; "" for NULL or an index that is
///          too large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_strings_get(
    strings: *const sandcell_strings,
    index: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(strings, len, |strings| strings.0.get(index)) }
}

/// Frees strings.
///
/// @param strings  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the strings.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_strings_free(strings: *mut sandcell_strings) {
    // SAFETY: the header's contract.
    unsafe { free(strings) }
}
