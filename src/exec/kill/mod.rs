//! Killing a command reliably.
//!
//! No engine can kill an exec, and closing its connection leaves it running. So
//! another exec, the helper, runs as the same user. If no other command runs as
//! that user, it calls `kill(-1)`, which the kernel performs atomically and no
//! process can evade. Otherwise it searches for the command's processes. The
//! helper can be stopped, killed and deceived by its targets, so its output
//! proves nothing: the proof comes [from outside the container](proof).

mod from_host;
mod helper;
mod in_progress;
mod killer;
mod others;
mod proof;
mod signal;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use self::in_progress::KillInProgress;
pub(super) use self::killer::Killer;
use self::others::OtherExecs;
use self::proof::Proof;
use self::signal::{HelperResult, KillPhase, KillScope};
use super::streams::Streams;
use super::{ExecTarget, TreeGone};
use crate::api::CallContext;
use crate::call_context::Limit;
use crate::error::{ErrorKind, Result};
use crate::sys;

/// How long a kill may take, whether or not a caller waits.
const LIMIT: Duration = Duration::from_secs(60);
/// How long to repeat the kill after the grace period while processes are left. A
/// fork bomb that starves the CPU takes several seconds.
const PROOF_TIMEOUT: Duration = Duration::from_secs(8);
/// The number of attempts if no proof is possible.
const TRIES_WITHOUT_PROOF: u32 = 5;
/// The number of attempts by helpers before the host's `/proc` is used, if
/// possible.
const TRIES_BY_HELPERS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(20);
/// How long the engine may take for information about the container and its
/// processes.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);
const SIGKILL: i32 = 9;
const SIGTERM: i32 = 15;
/// The result while the kill continues in the background.
pub(super) fn kill_pending() -> TreeGone {
    TreeGone::Unknown("still being killed in the background".to_owned())
}

/// The limits of a kill, whether or not a caller waits.
pub(super) fn limits() -> CallContext {
    CallContext::for_clean_up(LIMIT)
}

impl Killer {
    /// Kills the command and waits for the result within the limits of a call. If
    /// they end the wait, the kill continues.
    pub(super) fn kill_within(
        &self,
        context: &CallContext,
        streams: Option<&Arc<Streams>>,
    ) -> Result<TreeGone> {
        let (killer, streams) = (self.clone(), streams.cloned());
        let kill = move || {
            let killed = killer.kill(streams.as_deref());
            if let (Some(streams), Ok(tree_gone)) = (&streams, &killed) {
                streams.update(|state| state.tree_gone = Some(tree_gone.clone()));
            }
            killed
        };
        let answer = wait_within(&self.target, context, self.timeout, kill)?;
        answer.unwrap_or_else(|| Ok(kill_pending()))
    }

    /// Kills the command in the background.
    pub(super) fn kill_in_background(&self) {
        let killer = self.clone();
        let kill = move || match killer.kill(None) {
            Ok(tree_gone) => log::debug!("killed an abandoned command: {tree_gone:?}"),
            Err(error) => log::warn!("cannot kill a command: {error:#}"),
        };
        if let Err(error) = self.target.engine.tasks.spawn("sandcell-kill", kill.clone()) {
            log::warn!("killing a command on the calling thread: {error:#}");
            kill();
        }
    }

    /// Performs the whole kill on this thread: SIGTERM, grace period, SIGKILL,
    /// proof. `streams` are the command's streams, if this process moves them.
    pub(super) fn kill(&self, streams: Option<&Streams>) -> Result<TreeGone> {
        if let Some(streams) = streams {
            streams.update(|state| state.signals.extend([SIGTERM, SIGKILL]));
        }
        let begun = Instant::now();
        let limit = self.kill_container_after.map_or(LIMIT, |after| after.min(LIMIT));
        let context = CallContext::for_clean_up(limit);
        let killed = self.try_to_kill(&context, streams);
        let is_gone = matches!(killed, Ok(TreeGone::Yes));
        match self.kill_container_after.filter(|_| !is_gone) {
            Some(after) => self.kill_container(after.saturating_sub(begun.elapsed()), killed),
            None => killed,
        }
    }

    fn try_to_kill(&self, context: &CallContext, streams: Option<&Streams>) -> Result<TreeGone> {
        let kill_in_progress = KillInProgress::new(&self.watch, self.exec.as_deref());
        if !self.grace.is_zero() {
            let time = self.grace.saturating_add(signal::HELPER_TIMEOUT);
            match self.signal_processes(
                &context.clone().within(time, Limit::CleanUp(time)),
                KillPhase::Term,
            ) {
                Ok(HelperResult::NoContainer) => return Ok(TreeGone::Yes),
                Ok(HelperResult::Done { .. }) => self.wait_for_grace(context, streams)?,
                // The targets stopped the helper, so they had their grace period;
                // or the shell was removed, so there is no way to deliver
                // SIGTERM. The host can still kill.
                Ok(HelperResult::TimedOut) if self.is_reachable_from_host() => {}
                Err(error)
                    if error.kind() == ErrorKind::Unsupported && self.is_reachable_from_host() => {}
                Ok(HelperResult::TimedOut) => return Ok(helper_timed_out()),
                Err(error) => return Err(error),
            }
        }
        kill_in_progress.end_grace();
        self.kill_until_gone(context)
    }

    /// Waits for the grace period, or until the command has ended.
    fn wait_for_grace(&self, context: &CallContext, streams: Option<&Streams>) -> Result<()> {
        let until = context.deadline().into_iter().chain(Instant::now().checked_add(self.grace));
        let left = |until: Instant| until.saturating_duration_since(Instant::now());
        let grace = until.min().map_or(self.grace, left);
        if let Some(streams) = streams {
            streams.wait_for(Some(grace), |state| state.output_ended.then_some(()));
            return Ok(());
        }
        let deadline = Instant::now() + grace;
        let may_run = |limited: &CallContext| proof::may_run(self, limited);
        while Instant::now() < deadline && self.query_engine(context, may_run)? == Some(true) {
            context.sleep(PAUSE)?;
        }
        Ok(())
    }

    /// Kills repeatedly until nothing is left, or until no more can be known.
    fn kill_until_gone(&self, context: &CallContext) -> Result<TreeGone> {
        let deadline = Instant::now() + PROOF_TIMEOUT;
        let mut tries = 0;
        loop {
            let phase =
                if tries < TRIES_BY_HELPERS { KillPhase::Kill } else { KillPhase::KillAgain };
            tries += 1;
            let found_none = match self.signal_processes(context, phase)? {
                HelperResult::NoContainer => return Ok(TreeGone::Yes),
                HelperResult::TimedOut => return Ok(helper_timed_out()),
                HelperResult::Done { found_none } => found_none,
            };
            match self.query_engine(context, |limited| proof::check(self, limited))? {
                None => return Ok(helper_timed_out()),
                Some(Proof::Gone) => return Ok(TreeGone::Yes),
                Some(Proof::NotYet(answer)) if Instant::now() >= deadline => return Ok(answer),
                Some(Proof::Unknown(why)) if found_none || tries >= TRIES_WITHOUT_PROOF => {
                    return Ok(TreeGone::Unknown(why));
                }
                Some(Proof::NotYet(_) | Proof::Unknown(_)) => context.sleep(PAUSE)?,
            }
        }
    }

    /// Signals all processes of the user if no other command runs as that user,
    /// or else the command's own processes as far as they can be found.
    fn signal_processes(&self, context: &CallContext, phase: KillPhase) -> Result<HelperResult> {
        if self.has_own_user {
            return signal::send_signal(self, context, KillScope::User, phase);
        }
        let shut = || self.watch.gate.shut(signal::HELPER_TIMEOUT);
        if let Some(_shut) = self.watch.watchers.as_ref().and_then(|_| shut()) {
            // No command can be started now, so the list is complete.
            match self.query_engine(context, |limited| OtherExecs::of(self, limited)) {
                Err(error) => return signal::container_end_or(self, error),
                Ok(None) => return Ok(HelperResult::TimedOut),
                Ok(Some(others)) if !others.may_run_as(&self.user) => {
                    return signal::send_signal(self, context, KillScope::User, phase);
                }
                Ok(Some(_)) => {}
            }
        }
        signal::send_signal(self, context, KillScope::Tree, phase)
    }

    /// Asks the engine; `None` if it does not answer. Then it holds a lock for a
    /// process that it starts and that was stopped before it ran its program. If
    /// the host can kill that process, the engine is asked again.
    fn query_engine<T>(
        &self,
        context: &CallContext,
        ask: impl Fn(&CallContext) -> Result<T>,
    ) -> Result<Option<T>> {
        loop {
            match ask(&context.clone().within(ANSWER_TIMEOUT, Limit::CleanUp(ANSWER_TIMEOUT))) {
                Err(error) if !error.is_timeout() => return Err(error),
                Ok(answer) => return Ok(Some(answer)),
                Err(_) if context.check().is_err() => return Ok(None),
                Err(_) if from_host::kill_stopped(&self.watch, self.uid()) == 0 => return Ok(None),
                Err(_) => {}
            }
        }
    }

    /// Sends a signal to the command's first process; `Ok(None)` if it has ended.
    /// Signal 0 only checks.
    pub(super) fn signal(&self, context: &CallContext, signal: i32) -> Result<Option<i32>> {
        let output = signal::query(self, context, &["main", &signal.to_string()])?;
        Ok(output.strip_prefix("main ").and_then(|pid| pid.parse().ok()))
    }

    /// Kills the container after `time`, because the command is not proven gone.
    fn kill_container(&self, time: Duration, killed: Result<TreeGone>) -> Result<TreeGone> {
        match &killed {
            Ok(left) => log::warn!(
                "container {}: killing it, because the result of a kill is {left:?}",
                self.watch.id
            ),
            Err(error) => log::warn!(
                "container {}: killing it, because a kill failed: {error:#}",
                self.watch.id
            ),
        }
        CallContext::unlimited().sleep(time)?;
        let context = CallContext::for_clean_up(LIMIT);
        match self.target.api().container_kill(&context, &self.watch.id) {
            Err(error) if error.is_not_found() || error.is_conflict() => {}
            killed => killed.map_err(|e| e.context("kill container"))?,
        }
        while !proof::has_ended(self, &context)? {
            context.sleep(PAUSE)?;
        }
        Ok(TreeGone::ContainerKilled)
    }
}

/// Runs `work` on a background thread and waits for its result within the limits
/// of a call, at most `timeout`; `None` if there is none by then. The work
/// continues in any case.
pub(super) fn wait_within<T: Send + 'static>(
    target: &ExecTarget,
    context: &CallContext,
    timeout: Duration,
    work: impl FnOnce() -> T + Clone + Send + 'static,
) -> Result<Option<T>> {
    context.check()?;
    let result = Arc::new(Mutex::new(None));
    let wait = context.clone().within(timeout, Limit::CleanUp(timeout));
    let published = Arc::clone(&result);
    let work = move || {
        let value = work();
        *sys::lock(&published) = Some(value);
    };
    if let Err(error) = target.engine.tasks.finish(&wait, "sandcell-kill", work.clone()) {
        log::warn!("killing a command on the calling thread: {error:#}");
        work();
    }
    let result = sys::lock(&result).take();
    if result.is_none() {
        context.check()?;
    }
    Ok(result)
}

/// The result if a helper did not answer. The engine may hold a lock until it
/// does, so further requests about the container would only block.
fn helper_timed_out() -> TreeGone {
    let why = "the helper that kills it did not answer in time; it may have been stopped";
    TreeGone::Unknown(why.to_owned())
}
