//! Options of file transfers.

use std::fmt;
use std::path::Path;

use crate::error::{Error, Result};
use crate::supplied;

/// Default permissions of a written file.
const DEFAULT_MODE: u32 = 0o644;
/// Default limits of a download.
const DEFAULT_MAX_ENTRIES: u64 = 1_000_000;
const DEFAULT_MAX_DEPTH: u32 = 128;

/// How files are transferred into and out of a container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransferMethod {
    /// The library inspects the container and chooses a method.
    #[default]
    Auto,
    /// The engine's archive requests (`/containers/{id}/archive`).
    ///
    /// They need no program in the image, work in a stopped container, and
    /// write with the engine's privileges. Replacing a file is not atomic:
    /// while the engine writes, the file is first missing and then incomplete.
    /// An interrupted call may leave it incomplete and owned by root.
    Archive,
    /// A command that runs in the container.
    ///
    /// The container must be running and have `/bin/sh`, with `cat`, `chmod`,
    /// `mkdir`, `mv`, `rm` and `wc` to transfer a file, or `tar` to transfer a
    /// tree. The command has the permissions of its user. Replacing a file is
    /// atomic: it is renamed into place once it is complete, and a failed call
    /// leaves the old file unchanged.
    Exec,
}

/// Options for writing a file: its permissions, owner and size, and the
/// transfer method.
///
/// ```
/// use sandcell::{TransferMethod, WriteOptions};
///
/// let script = WriteOptions::new().mode(0o755).owner(1000, 1000);
/// let atomic = WriteOptions::new().method(TransferMethod::Exec);
/// # let _ = (script, atomic);
/// ```
#[derive(Clone, Debug)]
pub struct WriteOptions {
    pub(super) mode: u32,
    pub(super) owner: Option<(u32, u32)>,
    pub(super) parents: bool,
    pub(super) size: Option<u64>,
    pub(super) method: TransferMethod,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl WriteOptions {
    /// Creates options with the default values.
    #[must_use]
    pub fn new() -> Self {
        let method = TransferMethod::default();
        WriteOptions { mode: DEFAULT_MODE, owner: None, parents: true, size: None, method }
    }

    /// Sets the file's permissions, up to `0o7777`. Default: `0o644`.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    /// Sets the owner of the file and of any parent directories that are
    /// created, as a numeric user id and group id inside the container.
    ///
    /// With [`TransferMethod::Exec`] the command runs as this user, who must
    /// have write permission there. Default: the container's user.
    #[must_use]
    pub fn owner(mut self, uid: u32, gid: u32) -> Self {
        self.owner = Some((uid, gid));
        self
    }

    /// Sets whether missing parent directories are created, with permissions
    /// `0o755`. Default: true.
    #[must_use]
    pub fn create_parents(mut self, create: bool) -> Self {
        self.parents = create;
        self
    }

    /// Sets the size of the contents in bytes, if it is known in advance.
    ///
    /// The contents are then streamed. Without a size, contents larger than
    /// 1 MiB are first spooled to a temporary file, because the engine has to
    /// be told the size first. The call fails with `InvalidArgument` if the
    /// contents are shorter or longer than this. Default: unknown.
    #[must_use]
    pub fn size(mut self, bytes: u64) -> Self {
        self.size = Some(bytes);
        self
    }

    /// Sets the transfer method. Default: [`TransferMethod::Auto`].
    #[must_use]
    pub fn method(mut self, method: TransferMethod) -> Self {
        self.method = method;
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        check_owner(self.owner)?;
        match self.mode {
            0..=0o7777 => Ok(()),
            mode => {
                Err(Error::invalid("mode", format_args!("must be at most 0o7777, not {mode:#o}")))
            }
        }
    }
}

/// Rejects ids that the kernel, or a program that passes them on, does not take.
fn check_owner(owner: Option<(u32, u32)>) -> Result<()> {
    const MAX: u32 = i32::MAX as u32;
    match owner {
        Some((uid, gid)) if uid > MAX || gid > MAX => {
            let problem = format!("user id and group id must be at most {MAX}, not {uid}:{gid}");
            Err(Error::invalid("owner", problem))
        }
        _ => Ok(()),
    }
}

/// How a download treats a symlink that may point outside the tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExternalSymlinks {
    /// The call fails with `BadArchive`.
    #[default]
    Refuse,
    /// The symlink is not created. The call continues, reports it to
    /// [`TransferOptions::skipped`] and logs a warning.
    Skip,
    /// The symlink is created. The library never follows it, but a program that
    /// reads the tree later may, and hostile code chose its target.
    Keep,
}

/// The progress of a transfer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// The number of bytes of file contents transferred so far.
    pub bytes: u64,
    /// The number of files, directories and symlinks so far, including the
    /// current one.
    pub entries: u64,
    /// The path of the current entry, relative to the directory being copied.
    pub path: &'a Path,
}

/// Why an entry of a tree was not copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SkipReason {
    /// It is a device, a socket or a FIFO.
    SpecialFile,
    /// It is a symlink that may point outside the tree, and
    /// [`TransferOptions::external_symlinks`] is [`ExternalSymlinks::Skip`].
    ExternalSymlink,
    /// It was removed during the transfer.
    Vanished,
    /// It was replaced by a file of another type during the transfer.
    Changed,
}

/// An entry of a tree that was not copied.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Skipped<'a> {
    /// The path of the entry, relative to the directory being copied. If it is
    /// a directory, nothing below it was copied either.
    pub path: &'a Path,
    /// Why it was not copied.
    pub reason: SkipReason,
}

/// Options for copying a directory tree: limits, owner, callbacks and the
/// transfer method.
///
/// Unless stated otherwise, an option applies to uploads and downloads.
///
/// ```
/// use sandcell::{ExternalSymlinks, TransferOptions};
///
/// let options = TransferOptions::new().max_bytes(1 << 30).external_symlinks(ExternalSymlinks::Skip);
/// # let _ = options;
/// ```
#[derive(Clone, Copy)]
pub struct TransferOptions<'a> {
    pub(super) owner: Option<(u32, u32)>,
    pub(super) parents: bool,
    pub(super) max_bytes: Option<u64>,
    pub(super) max_entries: u64,
    pub(super) max_depth: u32,
    pub(super) external_symlinks: ExternalSymlinks,
    pub(super) progress: Option<&'a dyn Fn(&Progress<'_>)>,
    pub(super) skipped: Option<&'a dyn Fn(&Skipped<'_>)>,
    pub(super) method: TransferMethod,
}

impl Default for TransferOptions<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> TransferOptions<'a> {
    /// Creates options with the default values.
    #[must_use]
    pub fn new() -> Self {
        TransferOptions {
            owner: None,
            parents: true,
            max_bytes: None,
            max_entries: DEFAULT_MAX_ENTRIES,
            max_depth: DEFAULT_MAX_DEPTH,
            external_symlinks: ExternalSymlinks::default(),
            progress: None,
            skipped: None,
            method: TransferMethod::default(),
        }
    }

    /// Uploads: sets the owner of everything that is copied, as a numeric user
    /// id and group id inside the container; see [`WriteOptions::owner`].
    /// Default: the container's user.
    #[must_use]
    pub fn owner(mut self, uid: u32, gid: u32) -> Self {
        self.owner = Some((uid, gid));
        self
    }

    /// Uploads: sets whether a missing target directory and its missing parents
    /// are created, with permissions `0o755`. Default: true.
    #[must_use]
    pub fn create_parents(mut self, create: bool) -> Self {
        self.parents = create;
        self
    }

    /// Downloads: limits the total size of all files, in bytes. A larger tree
    /// fails with `TooLarge`. Default: no limit.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// Downloads: limits the number of entries: files, directories, links and
    /// skipped entries. A larger tree fails with `TooLarge`. Default: 1,000,000.
    #[must_use]
    pub fn max_entries(mut self, entries: u64) -> Self {
        self.max_entries = entries;
        self
    }

    /// Downloads: limits the depth of the tree. A file in the directory itself
    /// is at depth 1, a file in a subdirectory of it at depth 2, and so on. A
    /// deeper tree fails with `TooLarge`. Default: 128.
    #[must_use]
    pub fn max_depth(mut self, depth: u32) -> Self {
        self.max_depth = depth;
        self
    }

    /// Downloads: sets how symlinks that may point outside the tree are treated.
    /// Default: [`ExternalSymlinks::Refuse`].
    #[must_use]
    pub fn external_symlinks(mut self, links: ExternalSymlinks) -> Self {
        self.external_symlinks = links;
        self
    }

    /// Sets a callback that reports progress: once for every entry and once for
    /// every 64 KiB of file contents, on the caller's thread.
    ///
    /// To stop the transfer from the callback, cancel the client's
    /// [`CancelToken`](crate::CancelToken). If the callback panics, the transfer
    /// fails with `Io`.
    #[must_use]
    pub fn progress(mut self, progress: &'a dyn Fn(&Progress<'_>)) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Sets a callback that is called for every entry that the transfer skips,
    /// on the caller's thread.
    ///
    /// Skipped entries are logged as warnings with or without a callback. If the
    /// callback panics, the transfer fails with `Io`. Default: none.
    #[must_use]
    pub fn skipped(mut self, skipped: &'a dyn Fn(&Skipped<'_>)) -> Self {
        self.skipped = Some(skipped);
        self
    }

    /// Sets the transfer method. Default: [`TransferMethod::Auto`].
    #[must_use]
    pub fn method(mut self, method: TransferMethod) -> Self {
        self.method = method;
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        check_owner(self.owner)
    }

    /// Calls the progress callback.
    pub(super) fn report(&self, bytes: u64, entries: u64, path: &Path) -> Result<()> {
        let Some(progress) = self.progress else { return Ok(()) };
        supplied::notify("a progress callback", || progress(&Progress { bytes, entries, path }))
    }

    /// Logs that `path` is not copied, and calls the callback for it.
    pub(super) fn skip(&self, path: &Path, reason: SkipReason) -> Result<()> {
        log::warn!("{path:?} is not copied: {reason:?}");
        let Some(skipped) = self.skipped else { return Ok(()) };
        supplied::notify("a skip callback", || skipped(&Skipped { path, reason }))
    }
}

impl fmt::Debug for TransferOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransferOptions")
            .field("owner", &self.owner)
            .field("parents", &self.parents)
            .field("max_bytes", &self.max_bytes)
            .field("max_entries", &self.max_entries)
            .field("max_depth", &self.max_depth)
            .field("external_symlinks", &self.external_symlinks)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}
