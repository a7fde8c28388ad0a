//! Handles: making, reading and freeing them. No panic may unwind into C.

use std::ffi::c_char;
use std::ptr::{self, NonNull};

use super::text::Text;
use crate::panics;

/// Runs the body of an accessor; a NULL handle or a panic yields `default`.
///
/// # Safety
/// `handle` is NULL or a live handle.
pub(super) unsafe fn value_of<T, V>(handle: *const T, default: V, read: impl FnOnce(&T) -> V) -> V {
    // SAFETY: this function's contract.
    let handle = unsafe { handle.as_ref() };
    let read = || handle.map(read);
    panics::catch(read).ok().flatten().unwrap_or(default)
}

/// Runs the body of an accessor of text; a NULL handle yields "".
///
/// # Safety
/// `handle` is NULL or a live handle, `len` is NULL or may be written to.
pub(super) unsafe fn text_of<T>(
    handle: *const T,
    len: *mut usize,
    read: impl FnOnce(&T) -> &Text,
) -> *const c_char {
    let lend = |handle: &T| {
        let text = read(handle);
        (text.as_ptr(), text.len())
    };
    // SAFETY: this function's contract.
    unsafe {
        let (text, text_len) = value_of(handle, (c"".as_ptr(), 0), lend);
        if let Some(len) = NonNull::new(len) {
            len.write(text_len);
        }
        text
    }
}

/// Frees a handle; does nothing for NULL.
///
/// # Safety
/// `handle` is NULL or came from [`into_handle`], and nothing uses it any more.
pub(super) unsafe fn free<T>(handle: *mut T) {
    if handle.is_null() {
        return;
    }
    // SAFETY: not NULL, hence a handle by this function's contract.
    let handle = unsafe { Box::from_raw(handle) };
    // There is no way to report a panic, which was already printed.
    panics::discard(handle);
}

/// Runs the body of a constructor that cannot fail; a panic yields NULL.
pub(super) fn guard_new<T>(make: impl FnOnce() -> T) -> *mut T {
    panics::catch(|| into_handle(make())).unwrap_or(ptr::null_mut())
}

/// Moves an object to C, until [`free`] takes it back.
pub(super) fn into_handle<T>(object: T) -> *mut T {
    Box::into_raw(Box::new(object))
}
