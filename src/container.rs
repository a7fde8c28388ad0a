//! Containers that exist: what has become of them, and their removal.

use std::time::Duration;

use crate::api::{Api, ContainerInspect, ContainerListRequest, ContainerSummary, Scope};
use crate::error::{ErrorKind, Result};
use crate::scope::Limit;

/// How long cleaning up after a failed call may take.
const CLEAN_UP_LIMIT: Duration = Duration::from_secs(30);
/// Pauses between looks at a container that is being removed.
const GONE_FIRST_PAUSE: Duration = Duration::from_millis(1);
const GONE_LONGEST_PAUSE: Duration = Duration::from_millis(100);

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

impl From<ContainerInspect> for ContainerState {
    fn from(inspect: ContainerInspect) -> Self {
        let state = inspect.state;
        let status = ContainerStatus::named(&state.status);
        let has_ended = matches!(status, ContainerStatus::Exited | ContainerStatus::Dead);
        ContainerState {
            id: inspect.id,
            status,
            running: state.running,
            // An engine says 0 for a container that has not ended.
            exit_code: state.exit_code.filter(|_| has_ended && !state.running),
            oom_killed: state.oom_killed,
            pid: Some(state.pid).filter(|&pid| pid > 0),
            error: state.error,
        }
    }
}

/// The containers, running or not, that have a label of this value.
pub(crate) fn labelled(
    api: &dyn Api,
    scope: &Scope,
    key: &str,
    value: &str,
) -> Result<Vec<ContainerSummary>> {
    let request = ContainerListRequest { all: true, labels: vec![format!("{key}={value}")] };
    let mut list = api.container_list(scope, &request).map_err(|e| e.context("list containers"))?;
    // An engine, or a proxy before it, may not know the filter.
    list.retain(|container| container.labels.get(key).is_some_and(|own| own == value));
    Ok(list)
}

/// Removes a container, running or not, and returns when it is gone.
pub(crate) fn remove(api: &dyn Api, scope: &Scope, container: &str) -> Result<()> {
    let mut pause = GONE_FIRST_PAUSE;
    loop {
        match is_removed(api, scope, container) {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            // Some engines fail, for a moment, where somebody else was faster.
            Err(error) if error.kind() == ErrorKind::Engine && pause < GONE_LONGEST_PAUSE => {
                log::debug!("remove container: {error}");
            }
            Err(error) => return Err(error),
        }
        scope.sleep(pause)?;
        pause = (pause * 2).min(GONE_LONGEST_PAUSE);
    }
}

/// Asks for a container's removal; whether it is gone already.
fn is_removed(api: &dyn Api, scope: &Scope, container: &str) -> Result<bool> {
    match api.container_remove(scope, container) {
        Err(error) if error.is_not_found() => return Ok(true),
        // Somebody else is removing it: wait for them.
        Err(error) if error.is_conflict() => log::debug!("remove container: {error}"),
        removed => removed?,
    }
    match api.container_inspect(scope, container) {
        Err(error) if error.is_not_found() => Ok(true),
        found => found.map(|_| false),
    }
}

/// Removes a container that would be left behind, whatever the limits of the
/// call were; the log tells of a failure.
pub(crate) fn remove_logged(api: &dyn Api, container: &str) {
    if let Err(error) = remove(api, &clean_up_scope(), container) {
        log::error!("container {container} stays behind: {error}");
    }
}

/// The limits of cleaning up.
pub(crate) fn clean_up_scope() -> Scope {
    Scope::unlimited().within(CLEAN_UP_LIMIT, Limit::CleanUp(CLEAN_UP_LIMIT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ContainerInspectState;

    #[test]
    fn an_exit_code_is_told_only_of_what_has_ended() {
        let state = |status: &str, running| {
            let state = ContainerInspectState {
                status: status.to_owned(),
                running,
                exit_code: Some(0),
                ..Default::default()
            };
            ContainerState::from(ContainerInspect {
                id: "x".to_owned(),
                state,
                ..Default::default()
            })
        };
        assert_eq!(state("created", false).exit_code, None);
        assert_eq!(state("running", true).exit_code, None);
        assert_eq!(state("exited", false).exit_code, Some(0));
        assert_eq!(state("new-state", false).status, ContainerStatus::Unknown);
    }
}
