//! Killing a background command. Finding and killing it form one task, which
//! continues when its caller's limits end the call: the command is killed even if
//! the time was too short.

use std::time::Duration;

use super::{Job, Started, find};
use crate::call_context::CallContext;
use crate::error::Result;
use crate::exec::kill::{self, Killer};
use crate::exec::{ExecOptions, TreeGone};

impl Job {
    /// Runs `work` under limits of its own and waits for it under a call's.
    pub(super) fn kill_within<T: From<TreeGone> + Send + 'static>(
        &self,
        context: &CallContext,
        work: fn(&Job) -> Result<T>,
    ) -> Result<T> {
        let target = self.target.under(kill::limits());
        let job = Job { target, ..self.clone() };
        let answer =
            kill::wait_within(&self.target, context, self.kill_timeout(), move || work(&job));
        answer?.unwrap_or_else(|| Ok(kill::kill_pending().into()))
    }

    fn kill_timeout(&self) -> Duration {
        self.started.as_ref().map_or(ExecOptions::DEFAULT_KILL_TIMEOUT, |s| s.killer.timeout())
    }

    /// Kills the command, or the processes that it left behind.
    pub(super) fn kill(&self) -> Result<TreeGone> {
        match self.kill_running()? {
            Some(tree_gone) => Ok(tree_gone),
            None => self.kill_leftovers(),
        }
    }

    /// Kills the command if the engine reports it as running; `None` if it does
    /// not.
    pub(super) fn kill_running(&self) -> Result<Option<TreeGone>> {
        if let Some(Started { exec, killer }) = &self.started {
            let exec = find::inspect(&self.target, exec)?;
            return exec.filter(|exec| exec.running).map(|_| killer.kill(None)).transpose();
        }
        let Some(running) = find::running(&self.target, &self.directory(), &self.name)? else {
            return Ok(Some(TreeGone::Yes)); // no container, no process
        };
        let mut all = None;
        for exec in running {
            let user = exec.user.as_deref().or(self.user.as_deref());
            match self.killer(user, exec.mark, Some(exec.id))?.kill(None)? {
                TreeGone::Yes => all = Some(TreeGone::Yes),
                other => return Ok(Some(other)),
            }
        }
        Ok(all)
    }

    /// Kills the processes that an ended command left behind.
    fn kill_leftovers(&self) -> Result<TreeGone> {
        if let Some(started) = &self.started {
            return started.killer.kill(None);
        }
        // Without a valid mark, a new one that no process has.
        let mark = self.files(&self.target).mark(&self.name)?;
        let mark = mark.map_or_else(|| find::new_mark(&self.name), Ok)?;
        self.killer(self.user.as_deref(), mark, None)?.kill(None)
    }

    /// The killer for a command that another handle started.
    fn killer(&self, user: Option<&str>, mark: String, exec: Option<String>) -> Result<Killer> {
        let mut options = ExecOptions::new(["unused"]);
        options.user = user.map(str::to_owned);
        let watch = self.target.watch()?;
        let user = options.user_in(&self.target, &watch)?;
        Ok(Killer::new(&self.target, &watch, &options, user, mark, exec))
    }
}
