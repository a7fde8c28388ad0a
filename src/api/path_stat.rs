//! What is at a path in a container.

use serde::Deserialize;

use super::json::or_default;

/// What is at a path in a container.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PathStat {
    /// In bytes.
    pub size: u64,
    /// Type and permissions, in the bits of Go's `fs.FileMode`.
    pub mode: u32,
    /// When it was changed (RFC 3339); empty if the engine does not say.
    #[serde(default, deserialize_with = "or_default")]
    pub mtime: String,
    /// Where a symlink leads, all links followed; empty otherwise.
    #[serde(default, deserialize_with = "or_default")]
    pub link_target: String,
}

impl PathStat {
    const TYPE: u32 = 0x8f28_0000;
    const DIR: u32 = 1 << 31;
    const SYMLINK: u32 = 1 << 27;

    /// Whether it is a directory.
    #[must_use]
    pub fn is_dir(&self) -> bool {
        self.mode & Self::DIR != 0
    }

    /// Whether it is a symlink.
    #[must_use]
    pub fn is_symlink(&self) -> bool {
        self.mode & Self::SYMLINK != 0
    }

    /// Whether it is a regular file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.mode & Self::TYPE == 0
    }
}
