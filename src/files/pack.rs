//! Packs a host directory as a tar archive, on the fly while it is read.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat, readlinkat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstatat};
use tar::EntryType;

use super::beneath::Beneath;
use super::header::{END, Entry, padding};
use super::{SkipReason, TransferOptions};
use crate::api::CallContext;
use crate::error::{Error, Result};

/// Permissions of parent directories that are created above the tree.
const PARENT_MODE: u32 = 0o755;
/// The permissions that an owner needs to create entries in a directory.
const OWNER_RWX: u32 = 0o700;

/// A reader of the archive. No symlink of the tree is followed, even if another
/// process changes the tree meanwhile.
pub(super) struct Pack<'a> {
    host_dir: &'a Path,
    tree: Beneath,
    options: &'a TransferOptions<'a>,
    context: &'a CallContext,
    owner: (u32, u32),
    /// Prepended to the path of each entry.
    prefix: Vec<u8>,
    /// The directories being read, the innermost last.
    levels: Vec<Level>,
    /// Headers and padding, and how many bytes of them were returned.
    ready: Vec<u8>,
    consumed: usize,
    file: Option<OpenFile>,
    bytes: u64,
    entries: u64,
    last_file: Option<(PathBuf, u64)>,
}

/// A directory, and the names in it that are still to be packed.
struct Level {
    path: PathBuf,
    names: std::vec::IntoIter<OsString>,
    /// The mode and mtime that the directory gets once it is filled.
    final_meta: Option<(u32, u64)>,
}

struct OpenFile {
    path: PathBuf,
    file: File,
    size: u64,
    left: u64,
}

impl<'a> Pack<'a> {
    pub(super) fn open(
        host_dir: &'a Path,
        options: &'a TransferOptions<'a>,
        context: &'a CallContext,
    ) -> Result<Self> {
        let mut pack = Pack {
            tree: Beneath::open(host_dir).map_err(|e| read_error(host_dir, e))?,
            host_dir,
            options,
            context,
            owner: (0, 0),
            prefix: Vec::new(),
            levels: Vec::new(),
            ready: Vec::new(),
            consumed: 0,
            file: None,
            bytes: 0,
            entries: 0,
            last_file: None,
        };
        let names = pack.tree.dir(Path::new(""), None).and_then(list);
        let names = names.map_err(|errno| read_error(host_dir, errno.into()))?;
        pack.enter(PathBuf::new(), names, None);
        Ok(pack)
    }

    /// Puts the tree below `parents`, which are created, each inside the previous
    /// one. Everything is owned by `owner`. Must be called before reading.
    pub(super) fn put_below(&mut self, parents: &[&str], owner: (u32, u32)) {
        self.owner = owner;
        for name in parents {
            self.prefix.extend_from_slice(name.as_bytes());
            self.header(EntryType::Directory, Path::new(""), b"", (PARENT_MODE, 0, 0));
            self.prefix.push(b'/');
        }
    }

    /// The last file packed, relative to the tree, and its size.
    pub(super) fn last_file(&self) -> Option<(&Path, u64)> {
        self.last_file.as_ref().map(|(path, size)| (path.as_path(), *size))
    }

    /// Prepares the next entry; `false` at the end.
    fn advance(&mut self) -> Result<bool> {
        self.context.check()?;
        self.ready.clear();
        self.consumed = 0;
        let Some(level) = self.levels.last_mut() else { return Ok(false) };
        match level.names.next() {
            Some(name) => {
                let path = level.path.join(name);
                self.entry(path)?;
            }
            None => self.leave(),
        }
        Ok(true)
    }

    fn entry(&mut self, path: PathBuf) -> Result<()> {
        let stat = self
            .tree
            .parent(&path, None)
            .and_then(|(dir, name)| fstatat(dir, name, AtFlags::AT_SYMLINK_NOFOLLOW));
        let stat = match stat {
            Ok(stat) => stat,
            Err(errno) => return self.skip_or_fail(&path, errno),
        };
        #[allow(clippy::unnecessary_cast, reason = "`mode_t` is not `u32` everywhere")]
        let (mode, mtime) = ((stat.st_mode & 0o7777) as u32, seconds(&stat));
        match SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits()) {
            SFlag::S_IFDIR => self.directory(path, mode, mtime),
            SFlag::S_IFREG => self.open_file(path),
            SFlag::S_IFLNK => self.symlink(&path, mtime),
            _ => self.options.skip(&path, SkipReason::SpecialFile),
        }
    }

    fn directory(&mut self, path: PathBuf, mode: u32, mtime: u64) -> Result<()> {
        let names = match self.tree.dir(&path, None).and_then(list) {
            Ok(names) => names,
            Err(errno) => return self.skip_or_fail(&path, errno),
        };
        self.count(&path)?;
        self.header(EntryType::Directory, &path, b"", (mode | OWNER_RWX, 0, mtime));
        self.enter(path, names, (mode | OWNER_RWX != mode).then_some((mode, mtime)));
        Ok(())
    }

    fn symlink(&mut self, path: &Path, mtime: u64) -> Result<()> {
        let read = |(dir, name): (BorrowedFd<'_>, &OsStr)| readlinkat(dir, name);
        let link = match self.tree.parent(path, None).and_then(read) {
            Ok(link) => link,
            Err(errno) => return self.skip_or_fail(path, errno),
        };
        self.count(path)?;
        self.header(EntryType::Symlink, path, link.as_bytes(), (0o777, 0, mtime));
        Ok(())
    }

    fn enter(&mut self, path: PathBuf, mut names: Vec<OsString>, final_meta: Option<(u32, u64)>) {
        names.sort_unstable();
        self.levels.push(Level { path, names: names.into_iter(), final_meta });
    }

    /// Handles a listed `path` that cannot be opened: skips it if it, or a parent,
    /// was removed or replaced since, and fails otherwise.
    fn skip_or_fail(&self, path: &Path, errno: Errno) -> Result<()> {
        match errno {
            Errno::ENOENT | Errno::ESTALE => self.options.skip(path, SkipReason::Vanished),
            Errno::ENOTDIR | Errno::ELOOP | Errno::EINVAL | Errno::ENXIO => {
                self.options.skip(path, SkipReason::Changed)
            }
            errno => Err(self.read_error(path, errno)),
        }
    }

    fn leave(&mut self) {
        let final_meta = self.levels.pop().and_then(|level| Some((level.path, level.final_meta?)));
        if let Some((path, (mode, mtime))) = final_meta {
            self.header(EntryType::Directory, &path, b"", (mode, 0, mtime));
        }
        if self.levels.is_empty() {
            self.ready.extend_from_slice(&END);
        }
    }

    fn open_file(&mut self, path: PathBuf) -> Result<()> {
        // O_NONBLOCK: it may have become a FIFO, whose open would block.
        let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let open = |(dir, name): (BorrowedFd<'_>, &OsStr)| openat(dir, name, flags, Mode::empty());
        let file = match self.tree.parent(&path, None).and_then(open) {
            Ok(file) => File::from(file),
            Err(errno) => return self.skip_or_fail(&path, errno),
        };
        let meta = file.metadata().map_err(|e| self.read_error(&path, e))?;
        if !meta.is_file() {
            return self.options.skip(&path, SkipReason::Changed);
        }
        let (size, mtime) = (meta.len(), u64::try_from(meta.mtime()).unwrap_or(0));
        self.count(&path)?;
        self.header(EntryType::Regular, &path, b"", (meta.mode() & 0o7777, size, mtime));
        self.last_file = Some((path.clone(), size));
        self.file = Some(OpenFile { path, file, size, left: size });
        Ok(())
    }

    fn header(
        &mut self,
        kind: EntryType,
        path: &Path,
        link: &[u8],
        (mode, size, mtime): (u32, u64, u64),
    ) {
        let path = &[self.prefix.as_slice(), path.as_os_str().as_bytes()].concat();
        Entry { kind, path, link, mode, size, mtime, owner: self.owner }.encode(&mut self.ready);
    }

    fn count(&mut self, path: &Path) -> Result<()> {
        self.entries += 1;
        self.options.report(self.bytes, self.entries, path)
    }

    /// Reads the open file, up to the size that it had when it was opened.
    fn read_file(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let Some(open) = &mut self.file else { return Ok(0) };
        let max = usize::try_from(open.left).unwrap_or(usize::MAX).min(buffer.len());
        let count = match open.file.read(&mut buffer[..max]) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(0),
            Err(error) => return Err(read_error(&self.host_dir.join(&open.path), error)),
        };
        if count == 0 && max > 0 {
            let short = io::Error::other("the file was truncated while it was read");
            return Err(read_error(&self.host_dir.join(&open.path), short));
        }
        open.left -= count as u64;
        self.bytes += count as u64;
        self.options.report(self.bytes, self.entries, &open.path)?;
        if open.left == 0 {
            self.ready = vec![0; padding(open.size)];
            (self.consumed, self.file) = (0, None);
        }
        Ok(count)
    }

    fn read_some(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            let count = (self.ready.len() - self.consumed).min(buffer.len());
            if count > 0 {
                buffer[..count].copy_from_slice(&self.ready[self.consumed..][..count]);
                self.consumed += count;
                return Ok(count);
            }
            let count = self.read_file(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            if self.file.is_none() && self.consumed == self.ready.len() && !self.advance()? {
                return Ok(0);
            }
        }
    }

    fn read_error(&self, path: &Path, error: impl Into<io::Error>) -> Error {
        read_error(&self.host_dir.join(path), error.into())
    }
}

impl Read for Pack<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Fills the buffer: sending many small chunks is slow.
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read_some(&mut buffer[filled..]).map_err(io::Error::other)? {
                0 => break,
                count => filled += count,
            }
        }
        Ok(filled)
    }
}

fn list(dir: BorrowedFd<'_>) -> nix::Result<Vec<OsString>> {
    let mut dir = Dir::openat(dir, ".", OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
    let mut names = Vec::new();
    for entry in dir.iter() {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if !matches!(name, b"." | b"..") {
            names.push(OsStr::from_bytes(name).to_owned());
        }
    }
    Ok(names)
}

/// The modification time; times before 1970 become 0.
fn seconds(stat: &FileStat) -> u64 {
    u64::try_from(stat.st_mtime).unwrap_or(0)
}

fn read_error(path: &Path, error: io::Error) -> Error {
    Error::io(&format!("read {}", path.display()), error)
}

#[cfg(test)]
#[path = "pack_tests.rs"]
mod tests;
