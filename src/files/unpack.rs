//! A directory of a tar archive that hostile code may have made.
//!
//! Safe by how it resolves, not by what it checks: every name is looked up in
//! an open directory below the target, with no symlink followed, and every
//! file is made anew. Checks only make errors better, but for one: symlinks.

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
use super::copy::{PART, read_part};
use super::made::{Made, identity};
use super::untar::{self, Entry};
use super::{ExternalSymlinks, SkipReason, TransferOptions};
use crate::api::CallContext;
use crate::error::{Error, ErrorKind, Result};

/// No system takes longer paths.
const MAX_PATH: usize = 4096;

/// Unpacks `tar` below `target`, which is created if need be.
pub(super) fn unpack(
    tar: &mut dyn Read,
    target: &Path,
    options: &TransferOptions<'_>,
    context: &CallContext,
) -> Result<()> {
    let tree = fs::create_dir_all(target).and_then(|()| Beneath::open(target));
    let tree = tree.map_err(|e| Error::io(&format!("write to {}", target.display()), e))?;
    let made = Made::default();
    let mut unpack =
        Unpack { tree, made, target, options, context, bytes: 0, entries: 0, roots: 0 };
    untar::each_entry(tar, |entry| unpack.take(entry))
}

struct Unpack<'a> {
    tree: Beneath,
    made: Made,
    target: &'a Path,
    options: &'a TransferOptions<'a>,
    context: &'a CallContext,
    bytes: u64,
    entries: u64,
    /// How often the target itself was an entry.
    roots: u64,
}

impl Unpack<'_> {
    fn take(&mut self, entry: &mut Entry<'_>) -> Result<()> {
        self.context.check()?;
        let path = safe_path(&entry.path())?;
        if path.as_os_str().is_empty() {
            return self.root(entry);
        }
        self.entries += 1;
        self.check_count()?;
        self.check_depth(&path)?;
        self.options.report(self.bytes, self.entries, &path)?;
        self.make_entry(&path, entry)?;
        self.check_count() // with what was made above it
    }

    /// The target itself, which is the caller's. What is no directory could bring
    /// data, which nobody would count.
    fn root(&mut self, entry: &Entry<'_>) -> Result<()> {
        self.roots += 1;
        match entry.header().entry_type() {
            EntryType::Directory => self.check_count(),
            _ => Err(refused(Path::new("."), "it is no directory")),
        }
    }

    fn make_entry(&mut self, path: &Path, entry: &mut Entry<'_>) -> Result<()> {
        let mode = entry.header().mode().map_err(|_| refused(path, "its mode is no number"))?;
        match entry.header().entry_type() {
            EntryType::Directory => self.directory(path, mode),
            EntryType::Regular | EntryType::Continuous => self.file(path, mode, entry),
            EntryType::Symlink => self.symlink(path, entry),
            EntryType::Link => self.hard_link(path, entry),
            EntryType::Char | EntryType::Block | EntryType::Fifo => {
                self.options.skip(path, SkipReason::SpecialFile)
            }
            kind => Err(refused(path, &format!("is of type {:?}", char::from(kind.as_byte())))),
        }
    }

    fn directory(&mut self, path: &Path, mode: u32) -> Result<()> {
        // The owner must be able to fill it, and to remove it.
        let mode = permissions(mode) | Mode::S_IRWXU;
        let made = self.tree.make_dir(path, mode, &mut self.made);
        made.map_err(|errno| self.failed(path, errno))
    }

    fn file(&mut self, path: &Path, mode: u32, entry: &mut Entry<'_>) -> Result<()> {
        let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_CLOEXEC;
        // The mode is given as it is made: so the umask takes from it what it takes.
        let file = self.make(path, |dir, name| openat(dir, name, flags, permissions(mode)))?;
        self.made.note(&file).map_err(|errno| self.failed(path, errno))?;
        let mut file = File::from(file);
        let mut part = vec![0; PART];
        loop {
            self.context.check()?;
            let count = read_part(entry, &mut part)?;
            if count == 0 {
                break;
            }
            self.bytes += count as u64;
            self.check_size()?;
            file.write_all(&part[..count]).map_err(|e| self.io(path, e))?;
            self.options.report(self.bytes, self.entries, path)?;
        }
        let time = mtime(entry.header());
        futimens(&file, &time, &time).map_err(|errno| self.failed(path, errno))
    }

    fn symlink(&mut self, path: &Path, entry: &Entry<'_>) -> Result<()> {
        let link = entry.link();
        let link = Path::new(OsStr::from_bytes(&link));
        if !stays_inside(path, link) {
            match self.options.external_symlinks {
                ExternalSymlinks::Keep => {}
                ExternalSymlinks::Refuse => {
                    return Err(refused(path, &format!("may lead out of the tree, to {link:?}")));
                }
                ExternalSymlinks::Skip => {
                    return self.options.skip(path, SkipReason::OutsideLink);
                }
            }
        }
        let time = mtime(entry.header());
        self.make(path, |dir, name| {
            symlinkat(link, dir, name)?;
            utimensat(dir, name, &time, &time, UtimensatFlags::NoFollowSymlink)
        })
    }

    /// A link to a regular file that this download made, which is found as all is.
    fn hard_link(&mut self, path: &Path, entry: &Entry<'_>) -> Result<()> {
        let link = safe_path(&entry.link());
        let link =
            link.map_err(|e| e.context(format_args!("the entry {path:?} is a hard link")))?;
        let (dir, name) =
            self.tree.parent(&link, None).map_err(|errno| linked(path, &link, errno))?;
        let stat = look(dir, name).map_err(|errno| linked(path, &link, errno))?;
        let is_file = stat.st_mode & SFlag::S_IFMT.bits() == SFlag::S_IFREG.bits();
        if !is_file || link == path || !self.made.has(&stat) {
            let problem = format!("is a hard link to {link:?}, no other file of this download");
            return Err(refused(path, &problem));
        }
        let dir = dir.try_clone_to_owned().map_err(|e| self.io(path, e))?;
        self.make(path, |to, to_name| {
            linkat(&dir, name, to, to_name, AtFlags::empty())?;
            // Somebody may have put another file there just now.
            match look(to, to_name) {
                Ok(made) if identity(&made) == identity(&stat) => Ok(()),
                _ => {
                    unlinkat(to, to_name, UnlinkatFlags::NoRemoveDir)?;
                    Err(Errno::ESTALE)
                }
            }
        })
    }

    /// Makes something new at `path`, in target of what is there.
    fn make<T>(
        &mut self,
        path: &Path,
        make: impl Fn(BorrowedFd<'_>, &OsStr) -> nix::Result<T>,
    ) -> Result<T> {
        let parent = self.tree.parent(path, Some(&mut self.made));
        let made = parent.and_then(|(dir, name)| match make(dir, name) {
            Err(Errno::EEXIST) => {
                let before = look(dir, name)?;
                unlinkat(dir, name, UnlinkatFlags::NoRemoveDir)?;
                self.made.forget(&before);
                make(dir, name)
            }
            result => result,
        });
        made.map_err(|errno| self.failed(path, errno))
    }

    /// Counts entries, and what was made besides, above them.
    fn check_count(&self) -> Result<()> {
        let max = self.options.max_entries;
        let count = (self.entries + self.roots.saturating_sub(1)).max(self.made.len());
        match count > max {
            true => Err(too_large("max_entries", &format!("there are more than {max} entries"))),
            false => Ok(()),
        }
    }

    fn check_depth(&self, path: &Path) -> Result<()> {
        let max = self.options.max_depth;
        match path.components().count() > usize::try_from(max).unwrap_or(usize::MAX) {
            true => Err(too_large("max_depth", &format!("{path:?} is deeper than {max}"))),
            false => Ok(()),
        }
    }

    fn check_size(&self) -> Result<()> {
        match self.options.max_bytes {
            Some(max) if self.bytes > max => {
                Err(too_large("max_bytes", &format!("there are more than {max} bytes")))
            }
            _ => Ok(()),
        }
    }

    /// What it means that nothing could be made at `path`.
    fn failed(&self, path: &Path, errno: Errno) -> Error {
        match errno {
            Errno::ENOTDIR | Errno::ELOOP => {
                refused(path, "something else is where it needs a directory")
            }
            Errno::EISDIR => refused(path, "a directory is in its target"),
            Errno::ESTALE => refused(path, "the file that it is a hard link to was replaced"),
            errno => self.io(path, errno.into()),
        }
    }

    fn io(&self, path: &Path, error: std::io::Error) -> Error {
        Error::io(&format!("write {}", self.target.join(path).display()), error)
    }
}

/// A path of names only; an empty one is the target itself.
fn safe_path(bytes: &[u8]) -> Result<PathBuf> {
    let whole = Path::new(OsStr::from_bytes(bytes));
    if bytes.starts_with(b"/") {
        return Err(refused(whole, "its path is absolute"));
    }
    if bytes.contains(&0) || bytes.len() > MAX_PATH {
        return Err(refused(whole, "its path has a NUL or is too long"));
    }
    let mut path = PathBuf::new();
    for name in bytes.split(|&byte| byte == b'/') {
        match name {
            b"" | b"." => {}
            b".." => return Err(refused(whole, "its path has a \"..\" in it")),
            name => path.push(OsStr::from_bytes(name)),
        }
    }
    Ok(path)
}

/// Whether a symlink at `path` stays inside whatever else there is: it climbs
/// no higher than the tree, and only from its own, real directory. Behind a
/// name, which may be another symlink, `..` could be anywhere.
fn stays_inside(path: &Path, link: &Path) -> bool {
    let link = link.as_os_str().as_bytes();
    let depth = path.components().count() - 1;
    let names = || link.split(|&byte| byte == b'/').filter(|name| !matches!(*name, b"" | b"."));
    let climbs = names().take_while(|name| *name == b"..").count();
    let is_odd = link.is_empty() || link.starts_with(b"/");
    !is_odd && climbs <= depth && !names().skip(climbs).any(|name| name == b"..")
}

/// Without what would give a program of the tree another user's rights.
fn permissions(mode: u32) -> Mode {
    Mode::from_bits_truncate((mode & 0o777) as libc::mode_t)
}

fn mtime(header: &Header) -> TimeSpec {
    TimeSpec::new(header.mtime().ok().and_then(|time| time.try_into().ok()).unwrap_or(0), 0)
}

fn linked(path: &Path, link: &Path, errno: Errno) -> Error {
    refused(path, &format!("is a hard link to {link:?}")).with_source(errno)
}

/// What is at a name, symlinks not followed.
fn look(dir: BorrowedFd<'_>, name: &OsStr) -> nix::Result<FileStat> {
    fstatat(dir, name, AtFlags::AT_SYMLINK_NOFOLLOW)
}

fn too_large(option: &str, problem: &str) -> Error {
    Error::new(ErrorKind::TooLarge, format!("{option}: {problem}"))
}

fn refused(path: &Path, problem: &str) -> Error {
    Error::new(ErrorKind::BadArchive, format!("the entry {path:?}: {problem}"))
}

#[cfg(test)]
#[path = "unpack_tests.rs"]
mod tests;
