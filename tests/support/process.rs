//! This process, as the kernel sees it.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::fs;

/// How many descriptors are open.
pub fn open_fds() -> usize {
    // The listing itself holds one.
    fs::read_dir("/proc/self/fd").unwrap().count() - 1
}

/// How many threads run.
pub fn threads() -> usize {
    fs::read_dir("/proc/self/task").unwrap().count()
}

/// Resident memory, in bytes.
pub fn resident() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * 4096
}

/// Forgets how much memory was resident at most; returns what is now.
pub fn reset_peak() -> usize {
    fs::write("/proc/self/clear_refs", "5").unwrap();
    peak()
}

/// The most memory that was resident since [`reset_peak`], in bytes.
pub fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}
