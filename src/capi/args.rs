//! Arguments from C. Each is checked before it is used, and the error for a bad
//! one names it.
//!
//! Of the caller's pointers only NULL can be detected; the rest is the contract
//! that the header states.

use std::ffi::{CStr, OsStr, c_char};
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::NonNull;
use std::slice;
use std::str;
use std::time::{Duration, Instant};

use super::handles::into_handle;
use super::sentinels::SANDCELL_CSTR;
use super::sentinels::SANDCELL_NO_TIMEOUT;
use crate::{Error, ErrorKind, Result};

/// The error for a bad argument.
pub(super) fn invalid(name: &str, problem: impl fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidArgument, format!("{name}: {problem}"))
}

/// A handle that is only read.
///
/// # Safety
/// `handle` is NULL or live, and is not changed meanwhile.
pub(super) unsafe fn handle<'a, T>(name: &str, handle: *const T) -> Result<&'a T> {
    // SAFETY: this function's contract.
    unsafe { handle.as_ref() }.ok_or_else(|| invalid(name, "is NULL"))
}

/// A handle that is only read, and may be NULL.
///
/// # Safety
/// `handle` is NULL or live, and is not changed meanwhile.
pub(super) unsafe fn optional<'a, T>(handle: *const T) -> Option<&'a T> {
    // SAFETY: this function's contract.
    unsafe { handle.as_ref() }
}

/// A handle that is changed.
///
/// # Safety
/// `handle` is NULL or live, and nothing else uses it meanwhile.
pub(super) unsafe fn handle_mut<'a, T>(name: &str, handle: *mut T) -> Result<&'a mut T> {
    // SAFETY: this function's contract.
    unsafe { handle.as_mut() }.ok_or_else(|| invalid(name, "is NULL"))
}

/// An output parameter, checked but not written yet.
pub(super) struct Out<T>(NonNull<T>);

/// # Safety
/// `place` is NULL or may be written to as long as the result lives.
pub(super) unsafe fn out<T>(name: &str, place: *mut T) -> Result<Out<T>> {
    NonNull::new(place).map(Out).ok_or_else(|| invalid(name, "is NULL"))
}

impl<T> Out<T> {
    pub(super) fn set(self, value: T) {
        // SAFETY: the contract of `out`.
        unsafe { self.0.write(value) }
    }
}

impl<T> Out<*mut T> {
    /// Writes a handle to `object`, which the caller owns from now on.
    pub(super) fn write_handle(self, object: T) {
        self.set(into_handle(object));
    }
}

/// Writes an optional output: `place` may be NULL, and there may be no value.
/// Returns whether there is one.
///
/// # Safety
/// `place` is NULL or may be written to.
pub(super) unsafe fn set_if_some<T>(place: *mut T, value: Option<T>) -> bool {
    let is_some = value.is_some();
    if let (Some(place), Some(value)) = (NonNull::new(place), value) {
        // SAFETY: not NULL, hence valid by this function's contract.
        unsafe { place.write(value) };
    }
    is_some
}

/// Bytes.
///
/// # Safety
/// `start` is NULL or points to `len` bytes, or with [`SANDCELL_CSTR`] to a C
/// string, which are not changed meanwhile.
pub(super) unsafe fn bytes<'a, T>(name: &str, start: *const T, len: usize) -> Result<&'a [u8]> {
    if start.is_null() {
        return match len {
            0 => Ok(&[]),
            _ => Err(invalid(name, "is NULL, and its length is not 0")),
        };
    }
    if len == SANDCELL_CSTR {
        // SAFETY: this function's contract.
        return Ok(unsafe { CStr::from_ptr(start.cast()) }.to_bytes());
    }
    if isize::try_from(len).is_err() {
        return Err(invalid(name, format_args!("no memory is as long as its length, {len}")));
    }
    // SAFETY: this function's contract, and the length was checked.
    Ok(unsafe { slice::from_raw_parts(start.cast(), len) })
}

/// A buffer to write bytes to: never empty, since 0 bytes are the end of a stream.
///
/// # Safety
/// `start` is NULL or points to `cap` bytes that nothing else uses meanwhile.
pub(super) unsafe fn buffer<'a, T>(name: &str, start: *mut T, cap: usize) -> Result<&'a mut [u8]> {
    if start.is_null() {
        return Err(invalid(name, "is NULL"));
    }
    if cap == 0 {
        return Err(invalid("cap", "is 0"));
    }
    if isize::try_from(cap).is_err() {
        return Err(invalid("cap", format_args!("no memory is as long as {cap}")));
    }
    // SAFETY: this function's contract, and the length was checked.
    Ok(unsafe { slice::from_raw_parts_mut(start.cast(), cap) })
}

/// A timeout; [`SANDCELL_NO_TIMEOUT`] is for ever.
pub(super) fn duration(ms: u64) -> Duration {
    match ms {
        SANDCELL_NO_TIMEOUT => Duration::MAX,
        ms => Duration::from_millis(ms),
    }
}

/// A deadline; `None` if it is too far away to be represented.
pub(super) fn deadline_from_now(ms: u64) -> Option<Instant> {
    Instant::now().checked_add(Duration::from_millis(ms))
}

/// Text: UTF-8 without NUL.
///
/// # Safety
/// That of [`bytes`].
pub(super) unsafe fn text<'a, T>(name: &str, start: *const T, len: usize) -> Result<&'a str> {
    // SAFETY: this function's contract.
    let bytes = unsafe { bytes(name, start, len) }?;
    let not_utf8 =
        |e: str::Utf8Error| invalid(name, format_args!("is not UTF-8 at byte {}", e.valid_up_to()));
    let text = str::from_utf8(bytes).map_err(not_utf8)?;
    match text.find('\0') {
        Some(at) => Err(invalid(name, format_args!("contains a NUL at byte {at}"))),
        None => Ok(text),
    }
}

/// Texts that each end in NUL.
///
/// # Safety
/// `start` is NULL or points to `n` pointers, each NULL or to a C string, which are
/// not changed meanwhile.
pub(super) unsafe fn texts<'a>(
    name: &str,
    start: *const *const c_char,
    n: usize,
) -> Result<Vec<&'a str>> {
    if start.is_null() && n > 0 {
        return Err(invalid(name, "is NULL, and its length is not 0"));
    }
    if n > isize::MAX as usize / size_of::<*const c_char>() {
        return Err(invalid(name, format_args!("no memory has as many elements as {n}")));
    }
    let one = |index| {
        // SAFETY: this function's contract, and the length was checked.
        let element = unsafe { *start.add(index) };
        let name = format!("{name}: element {index}");
        match element.is_null() {
            true => Err(invalid(&name, "is NULL")),
            // SAFETY: this function's contract.
            false => unsafe { text(&name, element, SANDCELL_CSTR) },
        }
    };
    (0..n).map(one).collect()
}

/// A path on this host: bytes without NUL.
///
/// # Safety
/// That of [`bytes`].
pub(super) unsafe fn host_path<'a, T>(name: &str, start: *const T, len: usize) -> Result<&'a Path> {
    // SAFETY: this function's contract.
    let bytes = unsafe { bytes(name, start, len) }?;
    match bytes.iter().position(|&byte| byte == 0) {
        Some(at) => Err(invalid(name, format_args!("contains a NUL at byte {at}"))),
        None => Ok(Path::new(OsStr::from_bytes(bytes))),
    }
}

/// A callback, which may not be NULL.
pub(super) fn function<F>(name: &str, function: Option<F>) -> Result<F> {
    function.ok_or_else(|| invalid(name, "is NULL"))
}
