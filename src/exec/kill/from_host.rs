//! Killing from the engine's host, where this process is root on it.
//!
//! A command can stop what the engine starts as its user before that has become
//! a helper. The engine then holds the container's lock, and nothing can be asked
//! or done by way of it. But the kernel does not: whoever is root on the same host
//! sees the container's processes in `/proc`.

use std::fs;
use std::path::PathBuf;

use nix::sys::signal::{Signal, kill as send};
use nix::unistd::Pid;

use crate::watch::Watch;

/// How long an engine's ids are.
const ID_LENGTH: usize = 64;

/// Whether this process sees the container of `watch`, and can kill in it.
pub(super) fn reaches(watch: &Watch) -> bool {
    Container::find(watch).is_some()
}

/// Kills all processes of `uid` in the container of `watch`; returns how many.
/// There are none if the container is not on this machine, for one, or if this
/// process may not.
pub(super) fn kill(watch: &Watch, uid: Option<u32>) -> usize {
    kill_if(watch, uid, |_| true)
}

/// Kills what the engine starts as `uid` in the container of `watch` and somebody
/// stopped before it became a command: it has no mark yet. Returns how many.
pub(super) fn release(watch: &Watch, uid: Option<u32>) -> usize {
    kill_if(watch, uid, Process::is_stopped_before_it_began)
}

fn kill_if(watch: &Watch, uid: Option<u32>, is_meant: fn(&Process) -> bool) -> usize {
    let (Some(uid), Some(container)) = (uid, Container::find(watch)) else { return 0 };
    // Looked at right before it is hit: a number can be another's by now.
    let meant = processes().filter(|process| container.has(process, uid) && is_meant(process));
    let sent = meant.filter(|process| send(Pid::from_raw(process.pid), Signal::SIGKILL).is_ok());
    let count = sent.count();
    log::debug!("container {}: killed {count} processes of {uid} from the host", watch.id);
    count
}

/// A container as this host's kernel sees it.
struct Container {
    /// What tells its PID namespace from others.
    namespace: PathBuf,
    /// What a user namespace adds to each number.
    offset: u32,
}

struct Process {
    pid: i32,
    /// The real user; nothing is sent to who only runs a setuid program.
    uid: u32,
    /// Its number in its own PID namespace.
    inner_pid: i32,
}

impl Container {
    /// By its process 1, of which no other container has the like: it is the
    /// first of a namespace that is not ours, and in a cgroup of the container's.
    fn find(watch: &Watch) -> Option<Self> {
        // Less than a whole id could be a part of another's.
        let is_whole =
            watch.id.len() == ID_LENGTH && watch.id.bytes().all(|b| b.is_ascii_hexdigit());
        let watchers = watch.watchers.filter(|_| is_whole)?;
        let main = processes().find(|process| {
            process.inner_pid == 1
                && process.uid % 65_536 == watchers.uid
                && fs::read_to_string(process.path("cgroup")).is_ok_and(|c| c.contains(&watch.id))
        })?;
        let namespace = fs::read_link(main.path("ns/pid")).ok()?;
        let is_ours = fs::read_link("/proc/self/ns/pid").ok()? == namespace;
        let offset = main.uid.checked_sub(watchers.uid)?;
        (!is_ours).then_some(Container { namespace, offset })
    }

    fn has(&self, process: &Process, uid: u32) -> bool {
        Some(process.uid) == uid.checked_add(self.offset)
            && process.inner_pid != 1
            && fs::read_link(process.path("ns/pid")).is_ok_and(|link| link == self.namespace)
    }
}

impl Process {
    fn read(pid: i32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        // Of several numbers the first is the real user, and the last the innermost.
        let value = |key: &str| status.lines().find_map(|line| line.strip_prefix(key));
        let uid = value("Uid:")?.split_whitespace().next()?.parse().ok()?;
        let inner_pid = value("NSpid:")?.split_whitespace().next_back()?.parse().ok()?;
        Some(Process { pid, uid, inner_pid })
    }

    fn is_stopped_before_it_began(&self) -> bool {
        let status = fs::read_to_string(self.path("status")).unwrap_or_default();
        // By a signal, or by whoever traces it.
        let is_stop = |line: &str| line.starts_with("State:\tT") || line.starts_with("State:\tt");
        let is_stopped = status.lines().any(is_stop);
        let mark = format!("{}=", crate::exec::mark::VARIABLE).into_bytes();
        let has_mark = |environ: Vec<u8>| environ.split(|b| *b == 0).any(|v| v.starts_with(&mark));
        is_stopped && fs::read(self.path("environ")).is_ok_and(|environ| !has_mark(environ))
    }

    fn path(&self, file: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{file}", self.pid))
    }
}

fn processes() -> impl Iterator<Item = Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| Process::read(entry.file_name().to_str()?.parse().ok()?))
}
