//! What the setters of options are made of: the same checks, the same guard.

use std::ffi::c_char;

use super::args::{handle_mut, text};
use super::error::{sandcell_error, sandcell_status};
use super::guard::guard;
use crate::Result;

/// A handle to options of Rust's, whose setters take them and return them.
pub(super) trait Options {
    type Value;
    /// What the functions call the parameter.
    const NAME: &str = "options";

    fn update(&mut self, change: impl FnOnce(Self::Value) -> Self::Value);
}

/// A text as C passes it: the name of the parameter, where it starts, its length.
pub(super) type TextArg = (&'static str, *const c_char, usize);

/// A setter whose arguments need no check.
///
/// # Safety
/// `options` is NULL or a live handle that nobody else uses meanwhile, `error` is
/// NULL or may be written to.
pub(super) unsafe fn set<O: Options>(
    options: *mut O,
    error: *mut *mut sandcell_error,
    change: impl FnOnce(O::Value) -> O::Value,
) -> sandcell_status {
    // SAFETY: this function's contract.
    unsafe { set_checked(options, error, || Ok(()), |value, ()| change(value)) }
}

/// A setter of a text.
///
/// # Safety
/// That of [`set`], and of [`text`].
pub(super) unsafe fn set_text<'a, O: Options>(
    options: *mut O,
    error: *mut *mut sandcell_error,
    (name, start, len): TextArg,
    change: impl FnOnce(O::Value, &'a str) -> O::Value,
) -> sandcell_status {
    // SAFETY: this function's contract.
    unsafe { set_checked(options, error, || text(name, start, len), change) }
}

/// A setter of two texts.
///
/// # Safety
/// That of [`set`], and of [`text`] for each.
pub(super) unsafe fn set_texts<'a, O: Options>(
    options: *mut O,
    error: *mut *mut sandcell_error,
    [first, second]: [TextArg; 2],
    change: impl FnOnce(O::Value, &'a str, &'a str) -> O::Value,
) -> sandcell_status {
    // SAFETY: this function's contract.
    let texts =
        || unsafe { Ok((text(first.0, first.1, first.2)?, text(second.0, second.1, second.2)?)) };
    // SAFETY: this function's contract.
    unsafe { set_checked(options, error, texts, |value, (a, b)| change(value, a, b)) }
}

/// A setter of an argument that is checked before the options are touched.
///
/// # Safety
/// That of [`set`].
pub(super) unsafe fn set_checked<O: Options, A>(
    options: *mut O,
    error: *mut *mut sandcell_error,
    check: impl FnOnce() -> Result<A>,
    change: impl FnOnce(O::Value, A) -> O::Value,
) -> sandcell_status {
    // SAFETY: this function's contract.
    unsafe {
        guard(error, || {
            let (options, argument) = (handle_mut(O::NAME, options)?, check()?);
            options.update(|value| change(value, argument));
            Ok(())
        })
    }
}
