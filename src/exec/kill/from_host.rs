//! Killing from the engine's host, if this process is root there.
//!
//! Between the moment when the engine starts a helper as a command's user and the
//! moment when the helper runs its program, a command of that user can stop it.
//! The engine then holds the container's lock, and no request about the container
//! succeeds. The kernel still works: root on the same host sees the container's
//! processes in `/proc`.

use std::fs;
use std::path::PathBuf;

use nix::sys::signal::{Signal, kill as send};
use nix::unistd::Pid;

use crate::watch::Watch;

/// The length of an engine's ids.
const ID_LENGTH: usize = 64;

/// Whether this process sees the container's processes and may kill them.
pub(super) fn is_available(watch: &Watch) -> bool {
    Container::find(watch).is_some()
}

/// Kills all processes of `uid` in the container; returns how many. Returns 0 if,
/// for example, the container is not on this machine or this process lacks the
/// permission.
pub(super) fn kill(watch: &Watch, uid: Option<u32>) -> usize {
    kill_if(watch, uid, |_| true)
}

/// Kills processes that the engine starts as `uid` in the container and that were
/// stopped before they ran their program: they have no mark yet. Returns how
/// many.
pub(super) fn kill_stopped(watch: &Watch, uid: Option<u32>) -> usize {
    kill_if(watch, uid, Process::is_stopped_before_exec)
}

fn kill_if(watch: &Watch, uid: Option<u32>, is_target: fn(&Process) -> bool) -> usize {
    let (Some(uid), Some(container)) = (uid, Container::find(watch)) else { return 0 };
    // Each is checked right before the signal: a PID may have been reused.
    let targets = processes().filter(|process| container.has(process, uid) && is_target(process));
    let sent = targets.filter(|process| send(Pid::from_raw(process.pid), Signal::SIGKILL).is_ok());
    let count = sent.count();
    log::debug!("container {}: killed {count} processes of {uid} from the host", watch.id);
    count
}

/// A container as the host's kernel sees it.
struct Container {
    /// Identifies its PID namespace.
    namespace: PathBuf,
    /// The offset of UIDs in its user namespace.
    offset: u32,
}

struct Process {
    pid: i32,
    /// The real UID, so that a process that only runs a setuid program is spared.
    uid: u32,
    /// Its PID in its own PID namespace.
    inner_pid: i32,
}

impl Container {
    /// Finds the container by its PID 1, which is unique: the first process of
    /// another PID namespace than ours, in a cgroup with the container's id.
    fn find(watch: &Watch) -> Option<Self> {
        // A partial id might match another container.
        let is_full_id =
            watch.id.len() == ID_LENGTH && watch.id.bytes().all(|b| b.is_ascii_hexdigit());
        let watchers = watch.watchers.filter(|_| is_full_id)?;
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
        // The first of several values is the real UID; the last is the innermost
        // PID.
        let value = |key: &str| status.lines().find_map(|line| line.strip_prefix(key));
        let uid = value("Uid:")?.split_whitespace().next()?.parse().ok()?;
        let inner_pid = value("NSpid:")?.split_whitespace().next_back()?.parse().ok()?;
        Some(Process { pid, uid, inner_pid })
    }

    fn is_stopped_before_exec(&self) -> bool {
        let status = fs::read_to_string(self.path("status")).unwrap_or_default();
        // By a signal or by a tracer.
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
