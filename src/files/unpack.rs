//! Extracts a tar archive that hostile code may have written.
//!
//! Safety comes from how paths are resolved, not from checks: every name is
//! looked up in an open directory below the target without following symlinks,
//! and every file is newly created. Checks only improve error messages, with one
//! exception: where a symlink points is decided by a check.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat};
use nix::sys::stat::{FileStat, Mode, SFlag, UtimensatFlags, fstatat, futimens, utimensat};
use nix::sys::time::TimeSpec;
use nix::unistd::{UnlinkatFlags, linkat, symlinkat, unlinkat};
use tar::{EntryType, Header};

use super::beneath::Beneath;
use super::copy::{CHUNK, read_chunk};
use super::created::{Created, identity};
use super::untar::{self, Entry};
use super::{ExternalSymlinks, SkipReason, TransferOptions};
use crate::api::CallContext;
use crate::error::{Error, ErrorKind, Result};

/// Linux's `PATH_MAX`: the kernel does not take longer paths.
const MAX_PATH: usize = 4096;

/// Extracts `tar` below `target`, which is created if it does not exist.
pub(super) fn unpack(
    tar: &mut dyn Read,
    target: &Path,
    options: &TransferOptions<'_>,
    context: &CallContext,
) -> Result<()> {
    let mut unpack = Unpack::open(target, options, context)?;
    untar::each_entry(tar, |entry| unpack.unpack_entry(entry))
}

/// Creates the entries of one or more archives below `target`.
pub(super) struct Unpack<'a> {
    tree: Beneath,
    created: Created,
    target: &'a Path,
    options: &'a TransferOptions<'a>,
    context: &'a CallContext,
    bytes: u64,
    entries: u64,
    /// The number of entries for the target directory itself.
    roots: u64,
}

impl<'a> Unpack<'a> {
    /// Creates `target` if it does not exist.
    pub(super) fn open(
        target: &'a Path,
        options: &'a TransferOptions<'a>,
        context: &'a CallContext,
    ) -> Result<Self> {
        let tree = fs::create_dir_all(target).and_then(|()| Beneath::open(target));
        let tree = tree.map_err(|e| Error::io(&format!("write to {}", target.display()), e))?;
        let created = Created::default();
        Ok(Unpack { tree, created, target, options, context, bytes: 0, entries: 0, roots: 0 })
    }

    pub(super) fn unpack_entry(&mut self, entry: &mut Entry<'_>) -> Result<()> {
        self.context.check()?;
        let path = relative_path(&entry.path())?;
        if path.as_os_str().is_empty() {
            return self.root(entry);
        }
        self.entries += 1;
        self.check_count()?;
        self.check_depth(&path)?;
        self.options.report(self.bytes, self.entries, &path)?;
        self.create_entry(&path, entry)?;
        self.check_count() // again: parents may have been created
    }

    /// Handles an entry for the target itself, which belongs to the caller and is
    /// not changed. Only a directory is accepted: another type could carry data
    /// that no limit counts.
    fn root(&mut self, entry: &Entry<'_>) -> Result<()> {
        self.roots += 1;
        match entry.header().entry_type() {
            EntryType::Directory => self.check_count(),
            _ => Err(refused(Path::new("."), "not a directory")),
        }
    }

    fn create_entry(&mut self, path: &Path, entry: &mut Entry<'_>) -> Result<()> {
        let mode = entry.header().mode().map_err(|_| refused(path, "the mode is not a number"))?;
        match entry.header().entry_type() {
            EntryType::Directory => self.directory(path, mode),
            EntryType::Regular | EntryType::Continuous => self.file(path, mode, entry),
            EntryType::Symlink => self.symlink(path, entry),
            EntryType::Link => self.hard_link(path, entry),
            EntryType::Char | EntryType::Block | EntryType::Fifo => {
                self.options.skip(path, SkipReason::SpecialFile)
            }
            kind => {
                Err(refused(path, &format!("unsupported type {:?}", char::from(kind.as_byte()))))
            }
        }
    }

    fn directory(&mut self, path: &Path, mode: u32) -> Result<()> {
        // The owner must be able to create entries in it, and to remove it.
        let mode = permissions(mode) | Mode::S_IRWXU;
        let result = self.tree.make_dir(path, mode, &mut self.created);
        result.map_err(|errno| self.create_error(path, errno))
    }

    fn file(&mut self, path: &Path, mode: u32, entry: &mut Entry<'_>) -> Result<()> {
        let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_CLOEXEC;
        // Passing the mode to open applies the umask.
        let file = self.create(path, |dir, name| openat(dir, name, flags, permissions(mode)))?;
        self.created.insert(&file).map_err(|errno| self.create_error(path, errno))?;
        let mut file = File::from(file);
        let mut chunk = vec![0; CHUNK];
        loop {
            self.context.check()?;
            let count = read_chunk(entry, &mut chunk)?;
            if count == 0 {
                break;
            }
            self.bytes += count as u64;
            self.check_size()?;
            file.write_all(&chunk[..count]).map_err(|e| self.io(path, e))?;
            self.options.report(self.bytes, self.entries, path)?;
        }
        let time = mtime(entry.header());
        futimens(&file, &time, &time).map_err(|errno| self.create_error(path, errno))
    }

    fn symlink(&mut self, path: &Path, entry: &Entry<'_>) -> Result<()> {
        let link = entry.link();
        let link = Path::new(OsStr::from_bytes(&link));
        if !stays_inside(path, link) {
            match self.options.external_symlinks {
                ExternalSymlinks::Keep => {}
                ExternalSymlinks::Refuse => {
                    let problem = format!("is a symlink to {link:?}, outside the tree");
                    return Err(refused(path, &problem));
                }
                ExternalSymlinks::Skip => {
                    return self.options.skip(path, SkipReason::ExternalSymlink);
                }
            }
        }
        let time = mtime(entry.header());
        self.create(path, |dir, name| {
            symlinkat(link, dir, name)?;
            utimensat(dir, name, &time, &time, UtimensatFlags::NoFollowSymlink)
        })
    }

    /// Creates a hard link to a regular file that this download created. The link
    /// target is resolved like every other path.
    fn hard_link(&mut self, path: &Path, entry: &Entry<'_>) -> Result<()> {
        let link = relative_path(&entry.link());
        let link =
            link.map_err(|e| e.context(format_args!("archive entry {path:?} is a hard link")))?;
        let (dir, name) =
            self.tree.parent(&link, None).map_err(|errno| link_error(path, &link, errno))?;
        let stat = lstat(dir, name).map_err(|errno| link_error(path, &link, errno))?;
        let is_file = stat.st_mode & SFlag::S_IFMT.bits() == SFlag::S_IFREG.bits();
        if !is_file || link == path || !self.created.contains(&stat) {
            let problem =
                format!("is a hard link to {link:?}, which is not another file of this download");
            return Err(refused(path, &problem));
        }
        let dir = dir.try_clone_to_owned().map_err(|e| self.io(path, e))?;
        self.create(path, |to, to_name| {
            linkat(&dir, name, to, to_name, AtFlags::empty())?;
            // Another process may have replaced the link's target meanwhile.
            match lstat(to, to_name) {
                Ok(linked) if identity(&linked) == identity(&stat) => Ok(()),
                _ => {
                    unlinkat(to, to_name, UnlinkatFlags::NoRemoveDir)?;
                    Err(Errno::ESTALE)
                }
            }
        })
    }

    /// Creates something new at `path`, replacing an existing file or symlink.
    fn create<T>(
        &mut self,
        path: &Path,
        create: impl Fn(BorrowedFd<'_>, &OsStr) -> nix::Result<T>,
    ) -> Result<T> {
        let parent = self.tree.parent(path, Some(&mut self.created));
        let result = parent.and_then(|(dir, name)| match create(dir, name) {
            Err(Errno::EEXIST) => {
                let replaced = lstat(dir, name)?;
                unlinkat(dir, name, UnlinkatFlags::NoRemoveDir)?;
                self.created.forget(&replaced);
                create(dir, name)
            }
            result => result,
        });
        result.map_err(|errno| self.create_error(path, errno))
    }

    /// Checks the number of entries, including parent directories that no entry
    /// named.
    fn check_count(&self) -> Result<()> {
        let max = self.options.max_entries;
        let count = (self.entries + self.roots.saturating_sub(1)).max(self.created.len());
        match count > max {
            true => Err(too_large("max_entries", &format!("more than {max} entries"))),
            false => Ok(()),
        }
    }

    fn check_depth(&self, path: &Path) -> Result<()> {
        let max = self.options.max_depth;
        match path.components().count() > usize::try_from(max).unwrap_or(usize::MAX) {
            true => Err(too_large("max_depth", &format!("{path:?} is deeper than {max} levels"))),
            false => Ok(()),
        }
    }

    fn check_size(&self) -> Result<()> {
        match self.options.max_bytes {
            Some(max) if self.bytes > max => {
                Err(too_large("max_bytes", &format!("more than {max} bytes")))
            }
            _ => Ok(()),
        }
    }

    /// The error for an entry that could not be created at `path`.
    fn create_error(&self, path: &Path, errno: Errno) -> Error {
        match errno {
            Errno::ENOTDIR | Errno::ELOOP => {
                refused(path, "a parent of it exists and is not a directory")
            }
            Errno::EISDIR => refused(path, "a directory exists at this path"),
            Errno::ESTALE => refused(path, "the target of the hard link was replaced"),
            errno => self.io(path, errno.into()),
        }
    }

    fn io(&self, path: &Path, error: std::io::Error) -> Error {
        Error::io(&format!("write {}", self.target.join(path).display()), error)
    }
}

/// Returns a relative path without `.` and `..`; it is empty for the target itself.
fn relative_path(bytes: &[u8]) -> Result<PathBuf> {
    let whole = Path::new(OsStr::from_bytes(bytes));
    if bytes.starts_with(b"/") {
        return Err(refused(whole, "the path is absolute"));
    }
    if bytes.contains(&0) || bytes.len() > MAX_PATH {
        return Err(refused(whole, "the path contains a NUL byte or is too long"));
    }
    let mut path = PathBuf::new();
    for name in bytes.split(|&byte| byte == b'/') {
        match name {
            b"" | b"." => {}
            b".." => return Err(refused(whole, "the path contains \"..\"")),
            name => path.push(OsStr::from_bytes(name)),
        }
    }
    Ok(path)
}

/// Whether a symlink at `path` points inside the tree, whatever other symlinks
/// the tree contains.
///
/// Leading `..` are resolved from the link's own directory, which is real, and
/// may not go above the tree. A `..` after a name is refused, because the name
/// may itself be a symlink.
fn stays_inside(path: &Path, link: &Path) -> bool {
    let link = link.as_os_str().as_bytes();
    let depth = path.components().count() - 1;
    let names = || link.split(|&byte| byte == b'/').filter(|name| !matches!(*name, b"" | b"."));
    let climbs = names().take_while(|name| *name == b"..").count();
    let is_odd = link.is_empty() || link.starts_with(b"/");
    !is_odd && climbs <= depth && !names().skip(climbs).any(|name| name == b"..")
}

/// Drops the set-user-id, set-group-id and sticky bits.
fn permissions(mode: u32) -> Mode {
    Mode::from_bits_truncate((mode & 0o777) as libc::mode_t)
}

fn mtime(header: &Header) -> TimeSpec {
    TimeSpec::new(header.mtime().ok().and_then(|time| time.try_into().ok()).unwrap_or(0), 0)
}

fn link_error(path: &Path, link: &Path, errno: Errno) -> Error {
    refused(path, &format!("is a hard link to {link:?}")).with_source(errno)
}

/// Returns the status of `name`, without following symlinks.
fn lstat(dir: BorrowedFd<'_>, name: &OsStr) -> nix::Result<FileStat> {
    fstatat(dir, name, AtFlags::AT_SYMLINK_NOFOLLOW)
}

fn too_large(option: &str, problem: &str) -> Error {
    Error::new(ErrorKind::TooLarge, format!("{option}: {problem}"))
}

fn refused(path: &Path, problem: &str) -> Error {
    Error::new(ErrorKind::BadArchive, format!("archive entry {path:?}: {problem}"))
}

#[cfg(test)]
#[path = "unpack_tests.rs"]
mod tests;
