//! tmpfs mounts.

use crate::error::{Error, Result};
use crate::validate;

/// An empty file system in memory, which is discarded with the container.
///
/// ```
/// use sandcell::Tmpfs;
///
/// let scratch = Tmpfs::new("/scratch").size(64 << 20).executable(true);
/// # let _ = scratch;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tmpfs {
    target: String,
    size: Option<u64>,
    mode: u32,
    executable: bool,
}

impl Tmpfs {
    /// A tmpfs at `target`, an absolute path in the container without `..`.
    pub fn new(target: impl Into<String>) -> Self {
        Tmpfs { target: target.into(), size: None, mode: 0o1777, executable: false }
    }

    /// Limits the size, in bytes. The contents count as the container's memory.
    /// Default: half of the host's memory.
    #[must_use]
    pub fn size(mut self, bytes: u64) -> Self {
        self.size = Some(bytes);
        self
    }

    /// Sets the permissions of its root directory. Default: `0o1777`, writable
    /// for everyone.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    /// Sets whether programs on it can be executed. Default: `false`.
    #[must_use]
    pub fn executable(mut self, executable: bool) -> Self {
        self.executable = executable;
        self
    }

    /// The target, in its shortest form.
    pub(super) fn target(&self) -> String {
        validate::normalized(&self.target)
    }

    /// The target and the mount options for the request.
    pub(super) fn to_request(&self) -> Result<(String, String)> {
        let in_field = |error: Error| error.context("tmpfs");
        let target = validate::mount_target(&self.target).map_err(in_field)?;
        if self.mode > 0o7777 {
            return Err(Error::invalid(
                "tmpfs: mode",
                format_args!("{:o} is greater than 7777", self.mode),
            ));
        }
        let exec = if self.executable { "exec" } else { "noexec" };
        let mut options = format!("rw,nosuid,nodev,{exec},mode={:o}", self.mode);
        match self.size {
            None => {}
            Some(0) => {
                return Err(Error::invalid(
                    "tmpfs: size",
                    "is 0, which would mean no limit; leave it unset for the default",
                ));
            }
            Some(size) => options += &format!(",size={size}"),
        }
        Ok((target, options))
    }
}
