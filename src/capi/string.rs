//! Strings: texts or bytes that a call returns.

use std::ffi::c_char;
use std::ptr::{self, NonNull};

use super::handles::{free, into_handle, text_of};
use super::text::Text;

/// A text, or bytes, that a call returned.
///
/// Immutable; free with sandcell_string_free().
pub struct sandcell_string(Text);

impl From<String> for sandcell_string {
    fn from(text: String) -> Self {
        sandcell_string(text.into())
    }
}

impl From<Vec<u8>> for sandcell_string {
    fn from(bytes: Vec<u8>) -> Self {
        sandcell_string(bytes.into())
    }
}

/// Writes a text, or NULL if there is none, to an output that may be NULL.
///
/// # Safety
/// `place` is NULL or may be written to.
pub(super) unsafe fn give_text(place: *mut *mut sandcell_string, text: Option<String>) {
    if let Some(place) = NonNull::new(place) {
        let string = text.map_or(ptr::null_mut(), |text| into_handle(text.into()));
        // SAFETY: not NULL, hence valid by this function's contract.
        unsafe { place.write(string) };
    }
}

/// Returns the text or the bytes.
///
/// @param string  in, may be NULL
/// @param len     out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text or bytes, borrowed from the string; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_string_data(
    string: *const sandcell_string,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(string, len, |string| &string.0) }
}

/// Frees a string.
///
/// @param string  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the string.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_string_free(string: *mut sandcell_string) {
    // SAFETY: the header's contract.
    unsafe { free(string) }
}
