//! Operations on existing containers: state, pause, removal.

mod pause;
mod published;
mod remove;
mod state;

pub(crate) use self::pause::set_paused;
pub(crate) use self::published::published_address;
pub(crate) use self::remove::{STOP_LIMIT, cleanup_context, discard, remove, remove_logged, stop};
pub use self::state::{ContainerState, ContainerStatus};
use crate::api::{Api, CallContext, ContainerInspect, ContainerListRequest, ContainerSummary};
use crate::error::Result;

impl From<ContainerInspect> for ContainerState {
    fn from(inspect: ContainerInspect) -> Self {
        let state = inspect.state;
        let status = ContainerStatus::named(&state.status);
        let has_ended = matches!(status, ContainerStatus::Exited | ContainerStatus::Dead);
        ContainerState {
            id: inspect.id,
            status,
            running: state.running,
            // Engines report 0 for a container that has not ended.
            exit_code: state.exit_code.filter(|_| has_ended && !state.running),
            oom_killed: state.oom_killed,
            pid: Some(state.pid).filter(|&pid| pid > 0),
            error: state.error,
        }
    }
}

/// Asks the engine for a container.
pub(crate) fn inspect(
    api: &dyn Api,
    context: &CallContext,
    container: &str,
) -> Result<ContainerInspect> {
    api.container_inspect(context, container).map_err(|e| e.context("inspect container"))
}

/// Lists the containers, running or not, with this label value.
pub(crate) fn list_labelled(
    api: &dyn Api,
    context: &CallContext,
    key: &str,
    value: &str,
) -> Result<Vec<ContainerSummary>> {
    let request = ContainerListRequest { all: true, labels: vec![format!("{key}={value}")] };
    let mut list =
        api.container_list(context, &request).map_err(|e| e.context("list containers"))?;
    // An engine, or a proxy in front of it, may ignore the filter.
    list.retain(|container| container.labels.get(key).is_some_and(|own| own == value));
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ContainerInspectState;

    #[test]
    fn exit_code_is_reported_only_after_the_end() {
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
