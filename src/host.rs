//! The machine that this process runs on, and its processes, read from `/proc`.
//! Nothing is guessed: what cannot be read exactly is an error or unknown.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;

use crate::container_hints::ContainerHints;
use crate::sys;

/// The inode of the initial PID namespace (`PROC_PID_INIT_INO` of Linux).
const FIRST_PID_NS: u64 = 0xEFFF_FFFC;

/// The machine, boot and namespaces that this process runs in.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    /// `/etc/machine-id`; `None` if there is none, and in a container, whose image may
    /// contain one that is not unique.
    pub(crate) machine: Option<String>,
    /// The boot id.
    pub(crate) boot: String,
    /// The inode of the PID namespace.
    pub(crate) pid_ns: u64,
    /// The inode of the time namespace, which start times depend on; `None` if the
    /// kernel does not support time namespaces.
    pub(crate) time_ns: Option<u64>,
    /// When the machine was booted, in seconds since the Unix epoch.
    pub(crate) booted_at: u64,
}

/// The result of looking up a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Process {
    /// It does not exist, or is a zombie.
    Absent,
    /// It exists, and started at this time, in clock ticks since boot.
    Started(u64),
    /// It cannot be determined, for this reason.
    Unknown(String),
}

impl Host {
    pub(crate) fn read() -> io::Result<Self> {
        is_own_proc(&read("/proc/self/status")?)?;
        let pid_ns = fs::metadata("/proc/self/ns/pid")?.ino();
        let is_contained = pid_ns != FIRST_PID_NS || ContainerHints::read().is_contained();
        let machine = if is_contained { None } else { read("/etc/machine-id").ok() };
        Ok(Host {
            machine: machine.and_then(|text| machine_id(&text)),
            boot: boot_id(&read("/proc/sys/kernel/random/boot_id")?)?,
            pid_ns,
            time_ns: fs::metadata("/proc/self/ns/time").ok().map(|ns| ns.ino()),
            booted_at: boot_time(&read("/proc/stat")?)?,
        })
    }

    /// Whether this process is in the initial PID namespace, which has all processes.
    pub(crate) fn sees_all_processes(&self) -> bool {
        self.pid_ns == FIRST_PID_NS
    }
}

/// Looks up the process `pid` in this process's PID namespace.
pub(crate) fn process(pid: i32) -> Process {
    // /proc is not enough: with `hidepid` it does not show other users' processes.
    match exists(pid) {
        Ok(true) => {}
        Ok(false) => return Process::Absent,
        Err(error) => return Process::Unknown(format!("cannot check process {pid}: {error}")),
    }
    match read(&format!("/proc/{pid}/stat")).and_then(|stat| started(&stat)) {
        Ok(process) => process,
        Err(_) if matches!(exists(pid), Ok(false)) => Process::Absent,
        Err(error) => Process::Unknown(format!("cannot read the stat of process {pid}: {error}")),
    }
}

/// Whether the process `pid` exists, also as a zombie.
pub(crate) fn exists(pid: i32) -> nix::Result<bool> {
    // 0 and negative numbers are process groups.
    if pid <= 0 {
        return Err(Errno::EINVAL);
    }
    match kill(Pid::from_raw(pid), None) {
        Ok(()) | Err(Errno::EPERM) => Ok(true),
        Err(Errno::ESRCH) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The start time of this process, in clock ticks since boot.
pub(crate) fn own_start() -> io::Result<u64> {
    match started(&read("/proc/self/stat")?)? {
        Process::Started(start) => Ok(start),
        _ => Err(unexpected("/proc/self/stat")),
    }
}

/// Reads a file as text. Names in it may not be UTF-8.
fn read(path: &str) -> io::Result<String> {
    Ok(String::from_utf8_lossy(&sys::read_proc(path)?).into_owned())
}

fn unexpected(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("unexpected contents of {what}"))
}

/// Fails unless `/proc` belongs to this process's PID namespace. That of an outer one
/// shows other processes with the same PIDs.
fn is_own_proc(status: &str) -> io::Result<()> {
    let pids = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
    let pids: Vec<_> = pids.unwrap_or_default().split_whitespace().collect();
    if pids == [std::process::id().to_string()] {
        Ok(())
    } else {
        Err(unexpected("/proc: it belongs to another PID namespace"))
    }
}

/// Parses a `machine-id`; `None` if it is not yet initialized.
fn machine_id(text: &str) -> Option<String> {
    let id = text.trim();
    let is_id = id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit());
    (is_id && id.bytes().any(|b| b != b'0')).then(|| id.to_owned())
}

/// Parses a boot id, a UUID.
fn boot_id(text: &str) -> io::Result<String> {
    let id = text.trim();
    if id.len() == 36 { Ok(id.to_owned()) } else { Err(unexpected("the boot id")) }
}

/// Parses `btime` of `/proc/stat`.
fn boot_time(stat: &str) -> io::Result<u64> {
    let seconds = stat.lines().find_map(|line| line.strip_prefix("btime "));
    seconds.and_then(|text| text.trim().parse().ok()).ok_or_else(|| unexpected("/proc/stat"))
}

/// Parses `/proc/PID/stat`. The name in it may contain spaces and parentheses, the
/// fields after it do not.
fn started(stat: &str) -> io::Result<Process> {
    let (_, fields) = stat.rsplit_once(')').ok_or_else(|| unexpected("a process's stat"))?;
    let fields: Vec<_> = fields.split_whitespace().collect();
    let number = |field: usize| -> io::Result<u64> {
        let text = fields.get(field - 3).and_then(|text| text.parse().ok());
        text.ok_or_else(|| unexpected("a process's stat"))
    };
    let (threads, start) = (number(20)?, number(22)?);
    // If only the main thread has exited, other threads may still run.
    let is_dead = matches!(fields.first(), Some(&("Z" | "X" | "x"))) && threads <= 1;
    Ok(if is_dead { Process::Absent } else { Process::Started(start) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stat(name: &str, state: char, threads: u32) -> String {
        format!(
            "7 ({name}) {state} 1 7 7 0 -1 4 96 0 0 0 0 0 0 0 20 0 {threads} 0 214639 313 360\n"
        )
    }

    #[test]
    fn a_name_does_not_move_the_fields() {
        for name in ["cat", "a b", "x) Z 1 2 (y", ") S", "(", "\u{fffd})"] {
            assert_eq!(started(&stat(name, 'S', 1)).unwrap(), Process::Started(214_639));
        }
        for bad in ["", "7 (cat", "7 (cat) S 1", "7 (cat) S x x x"] {
            assert!(started(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_zombie_is_absent_unless_threads_of_it_go_on() {
        assert_eq!(started(&stat("z", 'Z', 1)).unwrap(), Process::Absent);
        assert_eq!(started(&stat("z", 'X', 0)).unwrap(), Process::Absent);
        assert_eq!(started(&stat("z", 'Z', 2)).unwrap(), Process::Started(214_639));
    }

    #[test]
    fn a_proc_of_another_namespace_is_refused() {
        let own = std::process::id();
        is_own_proc(&format!("Name:\tx\nNSpid:\t{own}\nThreads:\t1\n")).unwrap();
        for bad in [format!("NSpid:\t9999\t{own}"), format!("NSpid:\t{own}\t1"), String::new()] {
            assert!(is_own_proc(&bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_invalid_machine_id_is_ignored() {
        assert!(machine_id("3d1219c7c4c5404aaa1f6d2a48adfda4\n").is_some());
        for bad in ["", "uninitialized\n", "00000000000000000000000000000000", "3d12"] {
            assert_eq!(machine_id(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn this_process_started_and_a_reaped_one_is_absent() {
        let own = i32::try_from(std::process::id()).unwrap();
        assert_eq!(process(own), Process::Started(own_start().unwrap()));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        assert!(exists(pid).unwrap(), "not reaped yet");
        child.wait().unwrap();
        assert_eq!(process(pid), Process::Absent);
        for group in [0, -1] {
            assert!(matches!(process(group), Process::Unknown(_)));
        }
        assert!(boot_time("cpu 1\nbtime 1795532699\n").is_ok_and(|time| time == 1_795_532_699));
        assert!(boot_time("cpu 1\n").is_err());
    }
}
