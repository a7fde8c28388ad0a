//! The state of a container.

/// The status of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContainerStatus {
    /// Created but never started.
    Created,
    /// Running.
    Running,
    /// Paused: running, with all processes frozen.
    Paused,
    /// Being restarted by the engine.
    Restarting,
    /// Being removed.
    Removing,
    /// Exited.
    Exited,
    /// Could not be removed completely.
    Dead,
    /// A status that this version of the library does not know.
    Unknown,
}

impl ContainerStatus {
    /// Parses the engine's name for a status.
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

/// The state of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContainerState {
    /// The full id.
    pub id: String,
    /// The status.
    pub status: ContainerStatus,
    /// Whether PID 1 exists. Also true for a paused container.
    pub running: bool,
    /// The exit code of PID 1; `None` unless it has exited.
    pub exit_code: Option<i64>,
    /// Whether PID 1 was OOM-killed. Some engines also count other processes of
    /// the container.
    pub oom_killed: bool,
    /// PID 1's id in the engine's PID namespace; `None` unless it is running.
    pub pid: Option<i64>,
    /// Why the engine could not start the container; empty if it could.
    pub error: String,
}
