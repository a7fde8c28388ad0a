//! The other commands of a container.

use super::killer::{Killer, uid};
use super::{helper, in_progress};
use crate::api::{CallContext, ContainerInspect, ExecInspect};
use crate::error::Result;
use crate::validate;

/// More execs than any container has at once; a larger number from the engine is
/// ignored.
const MAX_EXECS: usize = 10_000;

/// The other execs of a container that run or are about to, from any client,
/// without the helpers of this library. As reported by the engine.
#[derive(Debug)]
pub(super) struct OtherExecs {
    execs: Vec<ExecInspect>,
    /// Whether some of them are being killed, so that checking again is useful.
    are_ending: bool,
}

impl OtherExecs {
    pub(super) fn of(killer: &Killer, context: &CallContext) -> Result<Self> {
        let container = killer.target.api().container_inspect(context, &killer.watch.id)?;
        OtherExecs::listed_by(killer, context, &container)
    }

    /// Takes the execs from the inspected container.
    pub(super) fn listed_by(
        killer: &Killer,
        context: &CallContext,
        container: &ContainerInspect,
    ) -> Result<Self> {
        let api = killer.target.api();
        let ids = container.exec_ids.as_deref().unwrap_or_default();
        let is_other = |id: &&String| Some(*id) != killer.exec.as_ref();
        let (mut others, mut are_ending) = (Vec::new(), false);
        for id in ids.iter().filter(is_other).take(MAX_EXECS) {
            if validate::id_or_name("exec", id).is_err() {
                continue;
            }
            // An exec whose grace period is over need not be spared.
            let phase = in_progress::phase(&killer.watch, id);
            if phase == Some(true) {
                continue;
            }
            let exec = match api.exec_inspect(context, id) {
                Err(error) if error.is_not_found() => continue,
                exec => exec?,
            };
            if may_run(&exec) && !helper::is_helper(&exec.process_config.arguments) {
                are_ending |= phase.is_some();
                others.push(exec);
            }
        }
        Ok(OtherExecs { execs: others, are_ending })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.execs.is_empty()
    }

    pub(super) fn are_ending(&self) -> bool {
        self.are_ending
    }

    /// Whether any of them may run as `user`. A user given by name may be any
    /// UID.
    pub(super) fn may_run_as(&self, user: &str) -> bool {
        self.execs.iter().any(|exec| match (uid(&exec.process_config.user), uid(user)) {
            (Some(other), Some(own)) => other == own,
            _ => true,
        })
    }
}

/// Whether the command runs or is about to be started.
pub(super) fn may_run(exec: &ExecInspect) -> bool {
    exec.running || exec.exit_code.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(user: &str) -> OtherExecs {
        let mut exec = ExecInspect::default();
        exec.process_config.user = user.to_owned();
        OtherExecs { execs: vec![exec], are_ending: false }
    }

    #[test]
    fn a_user_name_may_be_any_uid() {
        assert!(!of("1000:1000").may_run_as("1001"));
        assert!(!of("0").may_run_as("1001:0"));
        for (other, own) in [("1000", "1000:5"), ("app", "1000"), ("1000", "app"), ("", "0")] {
            assert!(of(other).may_run_as(own), "{other} {own}");
        }
        assert!(!OtherExecs { execs: Vec::new(), are_ending: false }.may_run_as("app"));
    }
}
