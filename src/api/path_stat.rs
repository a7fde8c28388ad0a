//! The status of a path in a container.

use serde::Deserialize;

use super::json::or_default;

/// The status of a path in a container: type, permissions and size.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PathStat {
    /// The size in bytes.
    pub size: u64,
    /// The type and permissions, as the bits of Go's `fs.FileMode`.
    pub mode: u32,
    /// The modification time (RFC 3339); empty if the engine does not report it.
    #[serde(default, deserialize_with = "or_default")]
    pub mtime: String,
    /// The final target of a symlink, with all symlinks resolved; empty otherwise.
    #[serde(default, deserialize_with = "or_default")]
    pub link_target: String,
}

impl PathStat {
    const TYPE: u32 = 0x8f28_0000;
    const DIR: u32 = 1 << 31;
    const SYMLINK: u32 = 1 << 27;

    /// The status of some directory.
    pub(crate) fn directory() -> Self {
        PathStat { mode: Self::DIR, ..PathStat::default() }
    }

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
