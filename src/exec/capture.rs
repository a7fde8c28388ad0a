//! Collected output.

use std::borrow::Cow;
use std::ops::Deref;

use super::spool::Spool;

/// What a command wrote to one of its streams.
///
/// Derefs to the bytes. They are the whole of it unless
/// [`is_truncated`](Captured::is_truncated).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    bytes: Vec<u8>,
    gap: Option<usize>,
    total_bytes: u64,
}

impl Captured {
    /// All that is unread in `spool`.
    pub(super) fn collect(spool: &mut Spool) -> Self {
        let (bytes, gap) = spool.pop_all();
        Captured { bytes, gap, total_bytes: spool.total() }
    }

    /// The bytes, without a copy.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The bytes as text, with U+FFFD in target of what is not UTF-8.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// How many bytes the command wrote, kept or not.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.total_bytes
    }

    /// Whether bytes were dropped because they were beyond
    /// [`ExecOptions::max_output`](crate::ExecOptions::max_output), or because
    /// there was no memory or no temporary file for them.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.gap.is_some()
    }

    /// Where in the bytes the dropped ones are missing: at the end if the head
    /// was kept, at 0 for the tail, between the two for both. `None` if none
    /// is missing.
    #[must_use]
    pub fn gap(&self) -> Option<usize> {
        self.gap
    }
}

impl Deref for Captured {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsRef<[u8]> for Captured {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
