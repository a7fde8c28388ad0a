//! What a posture tells of.

use std::fmt;

/// Something that keeps a container in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Protection {
    /// A limit to memory.
    Memory,
    /// A limit to swap.
    Swap,
    /// A limit to CPU time.
    Cpus,
    /// A limit to the number of processes and threads. With gVisor its own threads
    /// count, and reaching the limit ends the container.
    Pids,
    /// No network but its own loopback interface.
    Network,
    /// No capabilities.
    Capabilities,
    /// No way to gain privileges.
    NoNewPrivileges,
    /// A filter of system calls, which refuses some. Not in force with gVisor and
    /// Kata, whose own kernels take its place.
    Seccomp,
    /// An AppArmor profile. Not in force with gVisor and Kata, either.
    AppArmor,
    /// A root file system that cannot be written to.
    ReadOnlyRoot,
    /// Root in the container is nobody on the host.
    UserNamespace,
    /// An init process, which reaps orphaned processes.
    Init,
    /// What watches the commands, and ends the container with its
    /// [lifetime](crate::Lifetime), is out of their reach: process 1 has a user of
    /// its own, and no command has a capability to get at another user's processes.
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
