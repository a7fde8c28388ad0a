//! Tracks the files that a download created. The target may hold other files,
//! which the download must not hard-link to, and whose modes it must not change.

use std::collections::HashSet;
use std::fs;
use std::os::fd::AsFd;

use libc::{dev_t, ino_t};
use nix::sys::stat::{FileStat, Mode, fchmod, fstat};

/// Files and directories by device and inode, not by name: a name can be reused
/// by another file meanwhile.
#[derive(Debug, Default)]
pub(super) struct Created(HashSet<(dev_t, ino_t)>);

impl Created {
    /// Adds an open file that was just created.
    pub(super) fn insert(&mut self, file: impl AsFd) -> nix::Result<()> {
        self.0.insert(identity(&fstat(file)?));
        Ok(())
    }

    pub(super) fn contains(&self, stat: &FileStat) -> bool {
        self.0.contains(&identity(stat))
    }

    /// Handles the removal of one name of a file. With its last name the file is
    /// gone, and another process's file may get the same inode number.
    pub(super) fn forget(&mut self, before: &FileStat) {
        if before.st_nlink <= 1 {
            self.0.remove(&identity(before));
        }
    }

    pub(super) fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// Sets the permissions of a directory to `mode` less the umask, if this
    /// download created it.
    pub(super) fn set_mode(&self, dir: impl AsFd, mode: Mode) -> nix::Result<()> {
        let stat = fstat(&dir)?;
        if !self.contains(&stat) {
            return Ok(());
        }
        // If the umask is unknown, only remove permissions.
        let allowed = umask().map_or(Mode::from_bits_truncate(stat.st_mode), Mode::complement);
        fchmod(dir, mode & allowed)
    }
}

pub(super) fn identity(stat: &FileStat) -> (dev_t, ino_t) {
    (stat.st_dev, stat.st_ino)
}

/// Reads the umask from `/proc`: `umask(2)` can only be read by changing it, for
/// all threads.
fn umask() -> Option<Mode> {
    let status = fs::read_to_string("/proc/thread-self/status").ok()?;
    let umask = status.lines().find_map(|line| line.strip_prefix("Umask:"))?;
    let umask = u32::from_str_radix(umask.trim(), 8).ok()?;
    Some(Mode::from_bits_truncate(umask as libc::mode_t))
}
