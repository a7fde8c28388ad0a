//! The protections that a posture reports.

use std::fmt;

/// A protection of the host, or of other containers, from a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Protection {
    /// A memory limit.
    Memory,
    /// A swap limit.
    Swap,
    /// A limit of CPU time.
    Cpus,
    /// A limit of processes and threads. With gVisor, gVisor's own threads count as
    /// well, and the container dies when it reaches the limit.
    Pids,
    /// No network other than the container's loopback interface.
    Network,
    /// No capabilities.
    Capabilities,
    /// The no-new-privileges flag: processes cannot gain privileges, for example with
    /// set-user-id programs.
    NoNewPrivileges,
    /// A seccomp filter that refuses some system calls. Not enforced with gVisor and
    /// Kata, whose own kernels take its place.
    Seccomp,
    /// An AppArmor profile. Not enforced with gVisor and Kata, either.
    AppArmor,
    /// A read-only root filesystem.
    ReadOnlyRoot,
    /// A user namespace: root in the container is an unprivileged user on the host.
    UserNamespace,
    /// An init process as PID 1, which reaps orphaned processes.
    Init,
    /// Commands cannot signal or trace the processes that watch them and that enforce
    /// the container's [lifetime](crate::Lifetime). PID 1 runs as a user of its own,
    /// and no command has a capability to affect another user's processes.
    Watchers,
}

impl Protection {
    pub(super) const ALL: [Protection; 13] = [
        Protection::Memory,
        Protection::Swap,
        Protection::Cpus,
        Protection::Pids,
        Protection::Network,
        Protection::Capabilities,
        Protection::NoNewPrivileges,
        Protection::Seccomp,
        Protection::AppArmor,
        Protection::ReadOnlyRoot,
        Protection::UserNamespace,
        Protection::Init,
        Protection::Watchers,
    ];
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Protection::Memory => "memory",
            Protection::Swap => "swap",
            Protection::Cpus => "cpus",
            Protection::Pids => "pids",
            Protection::Network => "network",
            Protection::Capabilities => "capabilities",
            Protection::NoNewPrivileges => "no new privileges",
            Protection::Seccomp => "seccomp",
            Protection::AppArmor => "AppArmor",
            Protection::ReadOnlyRoot => "read-only root",
            Protection::UserNamespace => "user namespace",
            Protection::Init => "init",
            Protection::Watchers => "watchers",
        })
    }
}
