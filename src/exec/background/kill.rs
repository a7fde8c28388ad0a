//! Killing a background command. Finding it and ending it are one piece of
//! work, which goes on where its caller's limits end: whoever asks with too
//! little time has still had it killed.

use std::time::Duration;

use super::{Job, Started, found};
use crate::call_context::CallContext;
use crate::error::Result;
use crate::exec::kill::{self, Killer};
use crate::exec::{ExecOptions, TreeGone};

impl Job {
    /// Does `work` under limits of its own, and waits for it under a call's.
    pub(super) fn kill_within<T: From<TreeGone> + Send + 'static>(
        &self,
        context: &CallContext,
        work: fn(&Job) -> Result<T>,
    ) -> Result<T> {
        let target = self.target.under(kill::limits());
        let job = Job { target, ..self.clone() };
        let answer =
            kill::wait_within(&self.target, context, self.kill_timeout(), move || work(&job));
        answer?.unwrap_or_else(|| Ok(kill::in_the_background().into()))
    }

    fn kill_timeout(&self) -> Duration {
        self.started.as_ref().map_or(ExecOptions::DEFAULT_KILL_TIMEOUT, |s| s.killer.timeout())
    }

    /// Kills the command, or what it left behind when it ended.
    pub(super) fn kill(&self) -> Result<TreeGone> {
        match self.kill_running()? {
            Some(tree_gone) => Ok(tree_gone),
            None => self.kill_left(),
        }
    }

    /// Kills what the engine says runs; `None` if nothing does.
    pub(super) fn kill_running(&self) -> Result<Option<TreeGone>> {
        if let Some(Started { exec, killer }) = &self.started {
            let exec = found::inspect(&self.target, exec)?;
            return exec.filter(|exec| exec.running).map(|_| killer.kill(None)).transpose();
        }
        let Some(running) = found::running(&self.target, &self.directory(), &self.name)? else {
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

    /// Kills what an ended command left.
    fn kill_left(&self) -> Result<TreeGone> {
        if let Some(started) = &self.started {
            return started.killer.kill(None);
        }
        // A mark that nothing has, if there is none to be believed.
        let mark = self.remains(&self.target).mark(&self.name)?;
        let mark = mark.map_or_else(|| found::new_mark(&self.name), Ok)?;
        self.killer(self.user.as_deref(), mark, None)?.kill(None)
    }

    /// What kills a command that another handle started.
    fn killer(&self, user: Option<&str>, mark: String, exec: Option<String>) -> Result<Killer> {
        let mut options = ExecOptions::new(["unused"]);
        options.user = user.map(str::to_owned);
        let watch = self.target.watch()?;
        let user = options.user_in(&self.target, &watch)?;
        Ok(Killer::new(&self.target, &watch, &options, user, mark, exec))
    }
}
