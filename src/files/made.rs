//! What a download made itself: a target may have held much before, of which
//! nothing may be linked to and nothing re-moded.

use std::collections::HashSet;
use std::fs;
use std::os::fd::AsFd;

use libc::{dev_t, ino_t};
use nix::sys::stat::{FileStat, Mode, fchmod, fstat};

/// Files and directories, by what they are, not by their names: a name can be
/// given to something else meanwhile.
#[derive(Debug, Default)]
pub(super) struct Made(HashSet<(dev_t, ino_t)>);

impl Made {
    /// Notes what was just made, and is open.
    pub(super) fn note(&mut self, made: impl AsFd) -> nix::Result<()> {
        self.0.insert(identity(&fstat(made)?));
        Ok(())
    }

    pub(super) fn has(&self, stat: &FileStat) -> bool {
        self.0.contains(&identity(stat))
    }

    /// A name of it was removed; with the last one it goes, and somebody else's
    /// file may get its number.
    pub(super) fn forget(&mut self, before: &FileStat) {
        if before.st_nlink <= 1 {
            self.0.remove(&identity(before));
        }
    }

    pub(super) fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// Gives a directory the permissions `mode`, without those that the umask
    /// takes, if it was made here.
    pub(super) fn permit(&self, dir: impl AsFd, mode: Mode) -> nix::Result<()> {
        let stat = fstat(&dir)?;
        if !self.has(&stat) {
            return Ok(());
        }
        // Who does not know the umask gives nothing that was not given.
        let allowed = umask().map_or(Mode::from_bits_truncate(stat.st_mode), Mode::complement);
        fchmod(dir, mode & allowed)
    }
}

pub(super) fn identity(stat: &FileStat) -> (dev_t, ino_t) {
    (stat.st_dev, stat.st_ino)
}

/// The umask. To ask the kernel by its own call would be to change it, for all
/// threads.
fn umask() -> Option<Mode> {
    let status = fs::read_to_string("/proc/thread-self/status").ok()?;
    let umask = status.lines().find_map(|line| line.strip_prefix("Umask:"))?;
    let umask = u32::from_str_radix(umask.trim(), 8).ok()?;
    Some(Mode::from_bits_truncate(umask as libc::mode_t))
}
