//! Catches panics, of the caller's code and of the library.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `body`; if it panics, returns the panic's message.
///
/// `body` must be unwind safe: data that it changes must be consistent at any time, or
/// not be used after a panic.
pub(crate) fn catch<T>(body: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(body)).map_err(message)
}

/// Drops a value whose destructor may panic, with a payload whose destructor may panic
/// as well.
pub(crate) fn discard(object: impl Sized) {
    let mut dropped = catch_unwind(AssertUnwindSafe(|| drop(object)));
    while let Err(cause) = dropped {
        dropped = catch_unwind(AssertUnwindSafe(|| drop(cause)));
    }
}

/// The message of a panic.
fn message(cause: Box<dyn Any + Send>) -> String {
    match cause.downcast::<&'static str>() {
        Ok(text) => (*text).to_owned(),
        Err(cause) => cause.downcast::<String>().map_or_else(
            |other| {
                discard(other);
                "no message".to_owned()
            },
            |text| *text,
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::panic::panic_any;

    use super::*;

    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in drop");
        }
    }

    struct Trap;

    impl Drop for Trap {
        fn drop(&mut self) {
            panic_any(Bomb);
        }
    }

    #[test]
    fn a_panic_is_its_message() {
        assert_eq!(catch(|| 7), Ok(7));
        assert_eq!(catch(|| panic!("plain")), Err::<(), _>("plain".to_owned()));
        assert_eq!(catch(|| panic!("formatted {}", 1)), Err::<(), _>("formatted 1".to_owned()));
        assert_eq!(catch(|| panic_any(1)), Err::<(), _>("no message".to_owned()));
    }

    #[test]
    fn what_panics_again_when_dropped_is_contained() {
        assert_eq!(catch(|| panic_any(Trap)), Err::<(), _>("no message".to_owned()));
        discard(Trap);
        discard(7);
    }
}
