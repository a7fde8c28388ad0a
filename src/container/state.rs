//! What has become of a container.

/// Where a container is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContainerStatus {
    /// Created, never started.
    Created,
    /// Running.
    Running,
    /// Running, but frozen.
    Paused,
    /// Being started again by the engine.
    Restarting,
    /// Being removed.
    Removing,
    /// Ended.
    Exited,
    /// Could not be removed wholly.
    Dead,
    /// Something that this version of the library does not know.
    Unknown,
}

impl ContainerStatus {
    /// The status by the engine's name for it.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "created" | "configured" | "initialized" => ContainerStatus::Created,
            "running" => ContainerStatus::Running,
            "paused" => ContainerStatus::Paused,
            "restarting" => ContainerStatus::Restarting,
            "removing" | "stopping" => ContainerStatus::Removing,
            "exited" | "stopped" => ContainerStatus::Exited,
            "dead" => ContainerStatus::Dead,
            _ => ContainerStatus::Unknown,
        }
    }
}

/// What has become of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContainerState {
    /// Its full id.
    pub id: String,
    /// Where it is in its life.
    pub status: ContainerStatus,
    /// Whether its process 1 exists: true for a paused container, too.
    pub running: bool,
    /// The exit code of process 1; `None` unless it has ended.
    pub exit_code: Option<i64>,
    /// Whether the kernel killed process 1 for want of memory. Some engines
    /// count other processes of the container, too.
    pub oom_killed: bool,
    /// Process 1 in the PID namespace of the engine; `None` unless it runs.
    pub pid: Option<i64>,
    /// Why the engine could not start it; empty if it could.
    pub error: String,
}
