//! What holds for every call, as the header's first comment has it.

use std::ffi::c_char;
use std::fmt::Debug;
use std::ptr;
use std::slice;
use std::time::Duration;

use sandcell::Result;
use sandcell::capi::{
    SANDCELL_NO_TIMEOUT, SANDCELL_OK, sandcell_error, sandcell_status, sandcell_string,
    sandcell_string_data, sandcell_string_free,
};

use super::error;

/// A handle that is owned, and freed once.
pub struct Owned<T> {
    handle: *mut T,
    free: unsafe extern "C" fn(*mut T),
}

// SAFETY: the header: a handle is of no thread.
unsafe impl<T> Send for Owned<T> {}
// SAFETY: only functions that any thread may call are called without `&mut`.
unsafe impl<T> Sync for Owned<T> {}

impl<T> Owned<T> {
    pub fn new(handle: *mut T, free: unsafe extern "C" fn(*mut T)) -> Self {
        assert!(!handle.is_null() && handle != ptr::dangling_mut());
        Owned { handle, free }
    }

    pub fn get(&self) -> *const T {
        self.handle
    }

    pub fn get_mut(&mut self) -> *mut T {
        self.handle
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: it was owned, and nobody uses it any more.
        unsafe { (self.free)(self.handle) }
    }
}

/// The outputs of a call.
pub trait Outputs: Copy + PartialEq + Debug {
    /// What no call writes.
    const POISON: Self;

    /// Whether each was written.
    fn are_written(self) -> bool {
        self != Self::POISON
    }
}

impl Outputs for () {
    const POISON: () = ();

    fn are_written(self) -> bool {
        true
    }
}

impl Outputs for i32 {
    const POISON: i32 = -0x5a5a_5a5a;
}

impl Outputs for usize {
    const POISON: usize = usize::MAX / 3;
}

impl<T> Outputs for *mut T {
    const POISON: *mut T = ptr::dangling_mut();
}

impl<T> Outputs for *const T {
    const POISON: *const T = ptr::dangling();
}

impl<A: Outputs, B: Outputs> Outputs for (A, B) {
    const POISON: (A, B) = (A::POISON, B::POISON);

    fn are_written(self) -> bool {
        self.0.are_written() && self.1.are_written()
    }
}

/// Calls a function that can fail; its outputs, all written, or its error, and
/// then none was.
pub fn call<T: Outputs>(
    function: impl FnOnce(&mut T, *mut *mut sandcell_error) -> sandcell_status,
) -> Result<T> {
    let (mut outputs, mut error) = (T::POISON, ptr::dangling_mut());
    let status = function(&mut outputs, &mut error);
    if status == SANDCELL_OK {
        assert!(error.is_null(), "a success that has an error");
        assert!(outputs.are_written(), "{outputs:?}");
        return Ok(outputs);
    }
    assert_eq!(outputs, T::POISON, "a failure that has outputs");
    Err(error::taken(error, status))
}

/// A copy of bytes that are lent, behind which is a NUL.
pub fn copied(data: *const c_char, len: usize) -> Vec<u8> {
    // SAFETY: the header: as many bytes, and a NUL.
    let bytes = unsafe { slice::from_raw_parts(data.cast::<u8>(), len + 1) };
    assert_eq!(bytes[len], 0);
    bytes[..len].to_vec()
}

/// A copy of a text that `lend` lends.
pub fn text(lend: impl FnOnce(*mut usize) -> *const c_char) -> String {
    let mut len = usize::POISON;
    let data = lend(&mut len);
    String::from_utf8(copied(data, len)).unwrap()
}

/// The text of a string that is owned; frees it. `None` for NULL.
pub fn string(string: *mut sandcell_string) -> Option<String> {
    let string = (!string.is_null()).then(|| Owned::new(string, sandcell_string_free))?;
    // SAFETY: the string is live.
    Some(text(|len| unsafe { sandcell_string_data(string.get(), len) }))
}

pub fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(SANDCELL_NO_TIMEOUT)
}
