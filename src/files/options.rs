//! How files are copied.

use std::fmt;
use std::path::Path;

use crate::error::{Error, Result};
use crate::supplied;

/// Permissions of a file that is written, unless set.
const DEFAULT_MODE: u32 = 0o644;
/// What a download takes, unless set.
const DEFAULT_MAX_ENTRIES: u64 = 1_000_000;
const DEFAULT_MAX_DEPTH: u32 = 128;

/// The way that files take into a container, and out of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransferMethod {
    /// The library looks at the container, and chooses.
    #[default]
    Auto,
    /// The engine's archive requests. They need nothing in the image, work in
    /// a stopped container, and write with the engine's privileges. A file
    /// that is replaced is away, and then incomplete, for as long as the
    /// engine takes to write it; an interrupted call may leave it so, and
    /// root's.
    Archive,
    /// A command in the container, which must run and have `/bin/sh` with
    /// `cat`, `chmod`, `mkdir`, `mv`, `rm` and `wc` for files, `tar` for trees. It
    /// can do what its user can. A file is replaced in one step, when it is
    /// complete, and stays as it was if the call fails.
    Exec,
}

/// How a file is written.
///
/// ```
/// use sandcell::{TransferMethod, WriteOptions};
///
/// let script = WriteOptions::new().mode(0o755).owner(1000, 1000);
/// let replaced_at_once = WriteOptions::new().method(TransferMethod::Exec);
/// # let _ = (script, replaced_at_once);
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
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        let method = TransferMethod::default();
        WriteOptions { mode: DEFAULT_MODE, owner: None, parents: true, size: None, method }
    }

    /// The permissions, up to `0o7777`. Default: `0o644`.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    /// The owner and group, as numbers in the container; also of parents that
    /// are created. With [`TransferMethod::Exec`] the command runs as this user,
    /// and so must be able to write there. Default: the container's user.
    #[must_use]
    pub fn owner(mut self, uid: u32, gid: u32) -> Self {
        self.owner = Some((uid, gid));
        self
    }

    /// Whether missing directories above the file are created, with the
    /// permissions `0o755`. Default: yes.
    #[must_use]
    pub fn create_parents(mut self, create: bool) -> Self {
        self.parents = create;
        self
    }

    /// How many bytes the contents have: then they are sent as they are read,
    /// and nothing waits in a temporary file. It is an `InvalidArgument` if
    /// they end before or go on. Default: not known.
    #[must_use]
    pub fn size(mut self, bytes: u64) -> Self {
        self.size = Some(bytes);
        self
    }

    /// The way the file takes. Default: [`TransferMethod::Auto`].
    #[must_use]
    pub fn method(mut self, method: TransferMethod) -> Self {
        self.method = method;
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        check_owner(self.owner)?;
        match self.mode {
            0..=0o7777 => Ok(()),
            mode => Err(Error::invalid("mode", format_args!("{mode:#o} is more than 0o7777"))),
        }
    }
}

/// Larger numbers are none to the kernel, or to the programs that pass them on.
fn check_owner(owner: Option<(u32, u32)>) -> Result<()> {
    const MAX: u32 = i32::MAX as u32;
    match owner {
        Some((uid, gid)) if uid > MAX || gid > MAX => {
            Err(Error::invalid("owner", format_args!("{uid}:{gid} is more than {MAX}")))
        }
        _ => Ok(()),
    }
}

/// What becomes of a downloaded symlink that may lead out of the tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExternalSymlinks {
    /// The call fails.
    #[default]
    Refuse,
    /// It is left out, with a warning in the log.
    Skip,
    /// It is made. The library does not follow it; who reads the tree later
    /// may, and hostile code chose where to.
    Keep,
}

/// How far a transfer is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// Bytes of files that were moved so far.
    pub bytes: u64,
    /// Files, directories and symlinks so far, with the present one.
    pub entries: u64,
    /// The present one, below the directory that is copied.
    pub path: &'a Path,
}

/// Why a part of a tree was not copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SkipReason {
    /// It is a device, a socket or a FIFO.
    SpecialFile,
    /// It is a symlink that may lead out of the tree: see
    /// [`TransferOptions::external_symlinks`].
    OutsideLink,
    /// It was there, and is not any more.
    Vanished,
    /// It became something else while it was looked at.
    Changed,
}

/// A part of a tree that was not copied.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Skipped<'a> {
    /// Which, below the directory that is copied. All that is below it is not
    /// copied either.
    pub path: &'a Path,
    /// Why.
    pub reason: SkipReason,
}

/// How a tree is copied.
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
    /// The defaults.
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

    /// Upload: the owner and group of all that is copied, as numbers in the
    /// container; see [`WriteOptions::owner`]. Default: the container's user.
    #[must_use]
    pub fn owner(mut self, uid: u32, gid: u32) -> Self {
        self.owner = Some((uid, gid));
        self
    }

    /// Upload: whether a missing target, and missing directories above it, are
    /// created, with the permissions `0o755`. Default: yes.
    #[must_use]
    pub fn create_parents(mut self, create: bool) -> Self {
        self.parents = create;
        self
    }

    /// Download: how many bytes the files may have in all. Default: no limit.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// Download: how many entries the tree may have: files, directories, links
    /// and what is skipped. Default: 1,000,000.
    #[must_use]
    pub fn max_entries(mut self, entries: u64) -> Self {
        self.max_entries = entries;
        self
    }

    /// Download: how deep the tree may be: a file in the directory itself is at
    /// depth 1, one in a directory of that at 2. Default: 128.
    #[must_use]
    pub fn max_depth(mut self, depth: u32) -> Self {
        self.max_depth = depth;
        self
    }

    /// Download: what becomes of symlinks that may lead out of the tree.
    /// Default: [`ExternalSymlinks::Refuse`].
    #[must_use]
    pub fn external_symlinks(mut self, links: ExternalSymlinks) -> Self {
        self.external_symlinks = links;
        self
    }

    /// Called on the caller's thread, for every entry and every 64 KiB of a
    /// file. To end the transfer from there, cancel the client's token; a panic
    /// ends it with the error `Io`.
    #[must_use]
    pub fn progress(mut self, progress: &'a dyn Fn(&Progress<'_>)) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Called on the caller's thread, for everything that is not copied although
    /// the call goes on. A panic ends it with the error `Io`. Default: a warning
    /// in the log, which there is in any case.
    #[must_use]
    pub fn skipped(mut self, skipped: &'a dyn Fn(&Skipped<'_>)) -> Self {
        self.skipped = Some(skipped);
        self
    }

    /// The way the tree takes. Default: [`TransferMethod::Auto`].
    #[must_use]
    pub fn method(mut self, method: TransferMethod) -> Self {
        self.method = method;
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        check_owner(self.owner)
    }

    /// Tells the caller of progress.
    pub(super) fn report(&self, bytes: u64, entries: u64, path: &Path) -> Result<()> {
        let Some(progress) = self.progress else { return Ok(()) };
        supplied::tell("a progress callback", || progress(&Progress { bytes, entries, path }))
    }

    /// Tells the caller, and the log, that `path` is not copied.
    pub(super) fn skip(&self, path: &Path, reason: SkipReason) -> Result<()> {
        log::warn!("{path:?} is not copied: {reason:?}");
        let Some(skipped) = self.skipped else { return Ok(()) };
        supplied::tell("a callback", || skipped(&Skipped { path, reason }))
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
