//! The other commands of a container.

use super::killer::{Killer, uid};
use super::{dying, helper};
use crate::api::{CallContext, ContainerInspect, ExecInspect};
use crate::error::Result;
use crate::validate;

/// No container has more execs at once; an engine that says so is not believed.
const MAX_EXECS: usize = 10_000;

/// The execs of a container that run, or are yet to, beside one and its helpers:
/// whoever started them. The engine's word.
#[derive(Debug)]
pub(super) struct Others {
    execs: Vec<ExecInspect>,
    /// Whether some of them are being killed: it pays to look again.
    are_ending: bool,
}

impl Others {
    pub(super) fn of(killer: &Killer, context: &CallContext) -> Result<Self> {
        let container = killer.target.api().container_inspect(context, &killer.watch.id)?;
        Others::among(killer, context, &container)
    }

    /// Those that the engine lists with the container.
    pub(super) fn among(
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
            // What is being killed without mercy is not to be spared.
            let phase = dying::phase(&killer.watch, id);
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
        Ok(Others { execs: others, are_ending })
    }

    pub(super) fn are_none(&self) -> bool {
        self.execs.is_empty()
    }

    pub(super) fn are_ending(&self) -> bool {
        self.are_ending
    }

    /// Whether any of them may be of `user`. A name may be any number's.
    pub(super) fn may_be(&self, user: &str) -> bool {
        self.execs.iter().any(|exec| match (uid(&exec.process_config.user), uid(user)) {
            (Some(theirs), Some(ours)) => theirs == ours,
            _ => true,
        })
    }
}

/// Whether a command runs, or is yet to be started.
pub(super) fn may_run(exec: &ExecInspect) -> bool {
    exec.running || exec.exit_code.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(user: &str) -> Others {
        let mut exec = ExecInspect::default();
        exec.process_config.user = user.to_owned();
        Others { execs: vec![exec], are_ending: false }
    }

    #[test]
    fn names_may_be_any_number() {
        assert!(!of("1000:1000").may_be("1001"));
        assert!(!of("0").may_be("1001:0"));
        for (theirs, ours) in [("1000", "1000:5"), ("app", "1000"), ("1000", "app"), ("", "0")] {
            assert!(of(theirs).may_be(ours), "{theirs} {ours}");
        }
        assert!(!Others { execs: Vec::new(), are_ending: false }.may_be("app"));
    }
}
