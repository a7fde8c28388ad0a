//! Opens directories beneath a root directory without following symlinks.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{Mode, mkdirat};

use super::created::Created;

/// The mode of parent directories that no archive entry describes.
const DEFAULT_MODE: Mode = Mode::from_bits_truncate(0o755);

/// A root directory, and the directory beneath it that was used last.
///
/// Every name is looked up in a directory that is held open, so that another
/// process cannot redirect the lookup with a symlink.
#[derive(Debug)]
pub(super) struct Beneath {
    root: OwnedFd,
    last: Option<(PathBuf, OwnedFd)>,
}

impl Beneath {
    /// Opens `root`, which the caller chose and which may be a symlink.
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let flags = OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let root = nix::fcntl::open(root, flags, Mode::empty())?;
        Ok(Beneath { root, last: None })
    }

    /// Opens the directory `path`, which must not contain `.` or `..`. Missing
    /// directories are created, and added to `created`, if that is given.
    pub(super) fn dir(
        &mut self,
        path: &Path,
        mut created: Option<&mut Created>,
    ) -> nix::Result<BorrowedFd<'_>> {
        let (mut below, mut dir) = (path, None);
        if let Some((last, fd)) = self.last.take() {
            if let Ok(rest) = path.strip_prefix(&last) {
                (below, dir) = (rest, Some(fd));
            }
        }
        for name in below {
            let at = dir.as_ref().unwrap_or(&self.root);
            dir = Some(match (open_dir(at.as_fd(), name), created.as_deref_mut()) {
                (Err(Errno::ENOENT), Some(created)) => {
                    make_dir(at.as_fd(), name, DEFAULT_MODE, created)?.0
                }
                (opened, _) => opened?,
            });
        }
        match dir {
            Some(fd) => Ok(self.last.insert((path.to_owned(), fd)).1.as_fd()),
            None => Ok(self.root.as_fd()),
        }
    }

    /// Opens the parent directory of `path`; returns it and the name there.
    pub(super) fn parent<'a>(
        &mut self,
        path: &'a Path,
        created: Option<&mut Created>,
    ) -> nix::Result<(BorrowedFd<'_>, &'a OsStr)> {
        let (parent, name) = split(path);
        Ok((self.dir(parent, created)?, name))
    }

    /// Creates the directory `path` with the permissions `mode`, or sets the
    /// permissions of one that this download created before.
    pub(super) fn make_dir(
        &mut self,
        path: &Path,
        mode: Mode,
        created: &mut Created,
    ) -> nix::Result<()> {
        let (parent, name) = self.parent(path, Some(created))?;
        match make_dir(parent, name, mode, created)? {
            (_, true) => Ok(()),
            (dir, false) => created.set_mode(dir, mode),
        }
    }
}

fn split(path: &Path) -> (&Path, &OsStr) {
    (path.parent().unwrap_or(Path::new("")), path.file_name().unwrap_or_default())
}

fn open_dir(at: BorrowedFd<'_>, name: &OsStr) -> nix::Result<OwnedFd> {
    let flags = OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    openat(at, name, flags, Mode::empty())
}

/// Opens the directory, creating it if it does not exist; also returns whether it
/// was created. Passing the mode to `mkdirat` applies the umask.
fn make_dir(
    at: BorrowedFd<'_>,
    name: &OsStr,
    mode: Mode,
    created: &mut Created,
) -> nix::Result<(OwnedFd, bool)> {
    match mkdirat(at, name, mode) {
        Ok(()) => {
            let dir = open_dir(at, name)?;
            created.insert(&dir)?;
            Ok((dir, true))
        }
        Err(Errno::EEXIST) => Ok((open_dir(at, name)?, false)),
        Err(errno) => Err(errno),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn no_symlink_is_followed_at_any_depth() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir_all(root.path().join("a/b")).unwrap();
        fs::create_dir(outside.path().join("x")).unwrap();
        symlink(outside.path(), root.path().join("a/out")).unwrap();
        symlink("b", root.path().join("a/in")).unwrap();
        let (mut beneath, mut created) = (Beneath::open(root.path()).unwrap(), Created::default());
        for path in ["a/out", "a/out/x", "a/in", "a/out/new"] {
            let errno = beneath.dir(Path::new(path), Some(&mut created)).unwrap_err();
            assert!(matches!(errno, Errno::ENOTDIR | Errno::ELOOP), "{path}: {errno}");
        }
        for path in ["a/b", "a", "", "a/b/c/d", "a/e", "a/b/c"] {
            beneath.dir(Path::new(path), Some(&mut created)).unwrap();
            assert!(root.path().join(path).is_dir(), "{path}");
        }
        assert_eq!(beneath.dir(Path::new("a/new"), None).unwrap_err(), Errno::ENOENT);
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
        assert_eq!(created.len(), 3, "a/b/c, a/b/c/d and a/e");
    }
}
