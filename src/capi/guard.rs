//! The wrappers of every export: no panic may unwind into C.

use std::ptr::{self, NonNull};

use super::error::{SANDCELL_OK, sandcell_error, sandcell_status};
use super::handles::into_handle;
use crate::{Error, ErrorKind, Result, panics};

/// Runs the body of a fallible function, and returns its outcome to C.
///
/// A panic leaves no broken state that matters: the library's own types are used
/// through `&`, and the setters of options put them back whole.
///
/// # Safety
/// `error` is NULL or may be written to.
pub(super) unsafe fn guard(
    error: *mut *mut sandcell_error,
    body: impl FnOnce() -> Result<()>,
) -> sandcell_status {
    let run = || body().map_err(sandcell_error::from);
    let result = panics::catch(run).unwrap_or_else(|words| Err(panicked(&words).into()));
    let status = result.as_ref().map_or_else(sandcell_error::status, |()| SANDCELL_OK);
    if let Some(slot) = NonNull::new(error) {
        let object = result.err().map_or(ptr::null_mut(), into_handle);
        // SAFETY: not NULL, hence valid by this function's contract.
        unsafe { slot.write(object) };
    }
    status
}

fn panicked(words: &str) -> Error {
    Error::new(ErrorKind::Panic, format!("the library panicked, which is a bug: {words}"))
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;
    use std::panic::panic_any;

    use super::*;
    use crate::capi::error::{SANDCELL_ERR_PANIC, sandcell_error_free, sandcell_error_message};
    use crate::capi::handles::{free, guard_new, value_of};

    fn check_panic(body: fn() -> Result<()>, message: &str) {
        let mut error = ptr::null_mut();
        // SAFETY: `error` is of this frame.
        let status = unsafe { guard(&mut error, body) };
        assert_eq!(status, SANDCELL_ERR_PANIC);
        // SAFETY: `error` was just made; its text ends in NUL.
        unsafe {
            let text = CStr::from_ptr(sandcell_error_message(error, ptr::null_mut()));
            assert!(text.to_str().unwrap().ends_with(message), "{text:?}");
            sandcell_error_free(error);
        }
    }

    #[test]
    fn a_panic_is_an_error_with_its_message() {
        check_panic(|| panic!("plain"), "plain");
        check_panic(|| panic!("formatted {}", 1), "formatted 1");
        check_panic(|| panic_any(1), "no message");
    }

    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in drop");
        }
    }

    #[test]
    fn a_panicking_drop_and_a_panicking_accessor_are_contained() {
        // SAFETY: the handle is live, then given back.
        unsafe {
            let bomb = into_handle(Bomb);
            assert_eq!(value_of(bomb, 7, |_| panic!("in accessor")), 7);
            free(bomb);
        }
    }

    #[test]
    fn a_panic_whose_cause_panics_is_contained() {
        struct Trap;
        impl Drop for Trap {
            fn drop(&mut self) {
                panic_any(Bomb);
            }
        }
        check_panic(|| panic_any(Bomb), "no message");
        assert!(guard_new::<u8>(|| panic_any(Bomb)).is_null());
        // SAFETY: the handle is live, then given back.
        unsafe {
            let trap = into_handle(Trap);
            assert_eq!(value_of(trap, 7, |_| panic_any(Bomb)), 7);
            free(trap);
        }
    }
}
