//! Directories below a directory, reached without following a symlink.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{Mode, mkdirat};

use super::made::Made;

/// How directories that nobody described are made.
const DEFAULT_MODE: Mode = Mode::from_bits_truncate(0o755);

/// A directory, and the one below it that was used last.
///
/// Every name is looked up in a directory that is held open, so that nobody
/// can put a symlink in the way.
#[derive(Debug)]
pub(super) struct Beneath {
    root: OwnedFd,
    last: Option<(PathBuf, OwnedFd)>,
}

impl Beneath {
    /// `root` is the caller's own and may be a symlink.
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let flags = OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let root = nix::fcntl::open(root, flags, Mode::empty())?;
        Ok(Beneath { root, last: None })
    }

    /// The directory `path`, which consists of names only; what is missing of
    /// it is made, if there is where to note it.
    pub(super) fn dir(
        &mut self,
        path: &Path,
        mut made: Option<&mut Made>,
    ) -> nix::Result<BorrowedFd<'_>> {
        let (mut below, mut dir) = (path, None);
        if let Some((last, fd)) = self.last.take() {
            if let Ok(rest) = path.strip_prefix(&last) {
                (below, dir) = (rest, Some(fd));
            }
        }
        for name in below {
            let at = dir.as_ref().unwrap_or(&self.root);
            dir = Some(match (open_dir(at.as_fd(), name), made.as_deref_mut()) {
                (Err(Errno::ENOENT), Some(made)) => {
                    make_dir(at.as_fd(), name, DEFAULT_MODE, made)?.0
                }
                (opened, _) => opened?,
            });
        }
        match dir {
            Some(fd) => Ok(self.last.insert((path.to_owned(), fd)).1.as_fd()),
            None => Ok(self.root.as_fd()),
        }
    }

    /// The directory that `path` is in, and its name there.
    pub(super) fn parent<'a>(
        &mut self,
        path: &'a Path,
        made: Option<&mut Made>,
    ) -> nix::Result<(BorrowedFd<'_>, &'a OsStr)> {
        let (parent, name) = split(path);
        Ok((self.dir(parent, made)?, name))
    }

    /// Makes the directory `path` with the permissions `mode`, or gives them to
    /// one that was made before.
    pub(super) fn make_dir(&mut self, path: &Path, mode: Mode, made: &mut Made) -> nix::Result<()> {
        let (parent, name) = self.parent(path, Some(made))?;
        match make_dir(parent, name, mode, made)? {
            (_, true) => Ok(()),
            (dir, false) => made.permit(dir, mode),
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

/// The directory, and whether it was made now. The mode is given as it is made:
/// so the umask takes from it what it takes.
fn make_dir(
    at: BorrowedFd<'_>,
    name: &OsStr,
    mode: Mode,
    made: &mut Made,
) -> nix::Result<(OwnedFd, bool)> {
    match mkdirat(at, name, mode) {
        Ok(()) => {
            let dir = open_dir(at, name)?;
            made.note(&dir)?;
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
        let (mut beneath, mut made) = (Beneath::open(root.path()).unwrap(), Made::default());
        for path in ["a/out", "a/out/x", "a/in", "a/out/new"] {
            let errno = beneath.dir(Path::new(path), Some(&mut made)).unwrap_err();
            assert!(matches!(errno, Errno::ENOTDIR | Errno::ELOOP), "{path}: {errno}");
        }
        for path in ["a/b", "a", "", "a/b/c/d", "a/e", "a/b/c"] {
            beneath.dir(Path::new(path), Some(&mut made)).unwrap();
            assert!(root.path().join(path).is_dir(), "{path}");
        }
        assert_eq!(beneath.dir(Path::new("a/new"), None).unwrap_err(), Errno::ENOENT);
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
        assert_eq!(made.len(), 3, "a/b/c, a/b/c/d and a/e");
    }
}
