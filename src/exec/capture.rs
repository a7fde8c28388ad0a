//! Captured output.

use std::borrow::Cow;
use std::ops::Deref;

use super::spool::Spool;

/// The output that a command wrote to one stream.
///
/// Dereferences to the bytes. They are complete unless
/// [`is_truncated`](Captured::is_truncated).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    bytes: Vec<u8>,
    gap: Option<usize>,
    total_bytes: u64,
}

impl Captured {
    /// Takes everything unread from `spool`.
    pub(super) fn collect(spool: &mut Spool) -> Self {
        let (bytes, gap) = spool.pop_all();
        Captured { bytes, gap, total_bytes: spool.total() }
    }

    /// Returns the bytes without copying.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Returns the bytes as text, with U+FFFD for invalid UTF-8.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// Returns how many bytes the command wrote, including dropped ones.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.total_bytes
    }

    /// Returns whether bytes were dropped: because of
    /// [`ExecOptions::max_output`](crate::ExecOptions::max_output), or because
    /// there was not enough memory or temporary disk space. Also true if the end may
    /// be missing: Podman can lose it if a command ends before it has read its
    /// input.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.gap.is_some()
    }

    /// Returns the offset at which dropped bytes are missing: the end if the head
    /// was kept, 0 if the tail was kept, in between if both were. `None` if
    /// nothing was dropped.
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
