//! Text that C borrows.

use std::ffi::c_char;

/// Bytes with a NUL behind them that does not count.
pub(super) struct Text(Vec<u8>);

impl Text {
    pub(super) fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len() - 1
    }
}

impl From<Vec<u8>> for Text {
    fn from(mut bytes: Vec<u8>) -> Self {
        bytes.reserve_exact(1); // `push` alone would double what may be long
        bytes.push(0);
        Text(bytes)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}
