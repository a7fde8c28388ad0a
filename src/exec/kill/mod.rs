//! Killing a command for real.
//!
//! No engine can kill an exec, and closing its connection leaves it running. So
//! another exec, of the same user, does: by `kill(-1)`, which the kernel carries
//! out at once and nobody can evade, where no other command has that user; else
//! it looks for the command's processes. That helper can itself be stopped,
//! killed and deceived by its victims, so nothing that it says is believed: the
//! proof comes [from outside](proof).

mod dying;
mod from_host;
mod helper;
mod killer;
mod others;
mod proof;
mod strike;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use self::dying::Dying;
pub(super) use self::killer::Killer;
use self::killer::limited;
use self::others::Others;
use self::proof::Look;
use self::strike::{Aim, Force, Strike};
use super::streams::Streams;
use super::{ExecTarget, TreeGone};
use crate::api::CallContext;
use crate::call_context::Limit;
use crate::error::{ErrorKind, Result};
use crate::sys;

/// How long killing may go on, whoever waits for it.
const LIMIT: Duration = Duration::from_secs(60);
/// How long to go on where processes are left, once TERM had its time. A fork
/// bomb that leaves little of the processor takes some seconds.
const PROOF_TIMEOUT: Duration = Duration::from_secs(8);
/// The same where no proof can be had, whatever is tried.
const TRIES_WITHOUT_PROOF: u32 = 5;
/// How often helpers kill before it is done from the host, if it can be.
const TRIES_BY_HELPERS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(20);
/// How long an engine may take to tell of the container and its processes.
const ANSWER: Duration = Duration::from_secs(3);
const SIGKILL: i32 = 9;
const SIGTERM: i32 = 15;
/// The answer until there is one.
pub(super) fn in_the_background() -> TreeGone {
    TreeGone::Unknown("it is still being killed, in the background".to_owned())
}

/// The limits of killing, whoever waits for it.
pub(super) fn limits() -> CallContext {
    limited(LIMIT)
}

impl Killer {
    /// Kills the command, and waits for the answer under the limits of a call.
    /// Where they end the wait the killing goes on.
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
        answer.unwrap_or_else(|| Ok(in_the_background()))
    }

    /// Kills the command although nobody waits for it.
    pub(super) fn kill_behind(&self) {
        let killer = self.clone();
        let kill = move || match killer.kill(None) {
            Ok(tree_gone) => log::debug!("a command that was left: {tree_gone:?}"),
            Err(error) => log::warn!("kill: {error:#}"),
        };
        if let Err(error) = self.target.engine.tasks.spawn("sandcell-kill", kill.clone()) {
            log::warn!("killing a command on its caller's thread: {error:#}");
            kill();
        }
    }

    /// TERM, time, KILL, and the proof, on this thread. Tells `streams`, if the
    /// command's are moved by this process.
    pub(super) fn kill(&self, streams: Option<&Streams>) -> Result<TreeGone> {
        if let Some(streams) = streams {
            streams.update(|state| state.signals.extend([SIGTERM, SIGKILL]));
        }
        let begun = Instant::now();
        let limit = self.kill_container_after.map_or(LIMIT, |after| after.min(LIMIT));
        let context = limited(limit);
        let killed = self.try_to_kill(&context, streams);
        let is_gone = matches!(killed, Ok(TreeGone::Yes));
        match self.kill_container_after.filter(|_| !is_gone) {
            Some(after) => self.kill_container(after.saturating_sub(begun.elapsed()), killed),
            None => killed,
        }
    }

    fn try_to_kill(&self, context: &CallContext, streams: Option<&Streams>) -> Result<TreeGone> {
        let dying = Dying::new(&self.watch, self.exec.as_deref());
        if !self.grace.is_zero() {
            let time = self.grace.saturating_add(strike::LATE);
            match self.strike(&context.clone().within(time, Limit::CleanUp(time)), Force::Term) {
                Ok(Strike::NoContainer) => return Ok(TreeGone::Yes),
                Ok(Strike::Done { .. }) => self.wait_for_grace(context, streams)?,
                // Who stopped it had the time to end, and who removed the shell has
                // none; from the host there is a way.
                Ok(Strike::Late) if self.is_in_reach() => {}
                Err(error) if error.kind() == ErrorKind::Unsupported && self.is_in_reach() => {}
                Ok(Strike::Late) => return Ok(late()),
                Err(error) => return Err(error),
            }
        }
        dying.without_mercy();
        self.hunt(context)
    }

    /// Gives the command its time to end by itself.
    fn wait_for_grace(&self, context: &CallContext, streams: Option<&Streams>) -> Result<()> {
        let until = context.deadline().into_iter().chain(Instant::now().checked_add(self.grace));
        let left = |until: Instant| until.saturating_duration_since(Instant::now());
        let grace = until.min().map_or(self.grace, left);
        if let Some(streams) = streams {
            streams.wait_for(Some(grace), |state| state.output_ended.then_some(()));
            return Ok(());
        }
        let give_up = Instant::now() + grace;
        let may_run = |soon: &CallContext| proof::may_run(self, soon);
        while Instant::now() < give_up && self.unless_stuck(context, may_run)? == Some(true) {
            context.sleep(PAUSE)?;
        }
        Ok(())
    }

    /// Kills until nothing is left, or no more can be known.
    fn hunt(&self, context: &CallContext) -> Result<TreeGone> {
        let give_up = Instant::now() + PROOF_TIMEOUT;
        let mut tries = 0;
        loop {
            let force = if tries < TRIES_BY_HELPERS { Force::Kill } else { Force::KillAgain };
            tries += 1;
            let found_none = match self.strike(context, force)? {
                Strike::NoContainer => return Ok(TreeGone::Yes),
                Strike::Late => return Ok(late()),
                Strike::Done { found_none } => found_none,
            };
            match self.unless_stuck(context, |soon| proof::look(self, soon))? {
                None => return Ok(late()),
                Some(Look::Gone) => return Ok(TreeGone::Yes),
                Some(Look::Left(answer)) if Instant::now() >= give_up => return Ok(answer),
                Some(Look::Unknown(why)) if found_none || tries >= TRIES_WITHOUT_PROOF => {
                    return Ok(TreeGone::Unknown(why));
                }
                Some(Look::Left(_) | Look::Unknown(_)) => context.sleep(PAUSE)?,
            }
        }
    }

    /// Signals all of the user's, where that is nobody else's, or the command's
    /// own as far as they can be found.
    fn strike(&self, context: &CallContext, force: Force) -> Result<Strike> {
        if self.has_own_user {
            return strike::at(self, context, Aim::User, force);
        }
        let shut = || self.watch.gate.shut(strike::LATE);
        if let Some(_shut) = self.watch.watchers.as_ref().and_then(|_| shut()) {
            // Nobody starts a command now, so whoever is there is listed.
            match self.unless_stuck(context, |soon| Others::of(self, soon)) {
                Err(error) => return strike::no_container_or(self, error),
                Ok(None) => return Ok(Strike::Late),
                Ok(Some(others)) if !others.may_be(&self.user) => {
                    return strike::at(self, context, Aim::User, force);
                }
                Ok(Some(_)) => {}
            }
        }
        strike::at(self, context, Aim::Tree, force)
    }

    /// Asks the engine; `None` if it does not answer. It then holds a lock for a
    /// command that it starts, and that was stopped before it had begun: where the
    /// host can end that, it is asked again, and else it is left alone.
    fn unless_stuck<T>(
        &self,
        context: &CallContext,
        ask: impl Fn(&CallContext) -> Result<T>,
    ) -> Result<Option<T>> {
        loop {
            match ask(&context.clone().within(ANSWER, Limit::CleanUp(ANSWER))) {
                Err(error) if !error.is_timeout() => return Err(error),
                Ok(answer) => return Ok(Some(answer)),
                Err(_) if context.check().is_err() => return Ok(None),
                Err(_) if from_host::release(&self.watch, self.uid()) == 0 => return Ok(None),
                Err(_) => {}
            }
        }
    }

    /// Sends one signal to the command's first process; `Ok(None)` if it is no
    /// more. Signal 0 only looks.
    pub(super) fn signal(&self, context: &CallContext, signal: i32) -> Result<Option<i32>> {
        let said = strike::ask(self, context, &["main", &signal.to_string()])?;
        Ok(said.strip_prefix("main ").and_then(|pid| pid.parse().ok()))
    }

    /// Kills the container in `time`, unless the command was found to be gone.
    fn kill_container(&self, time: Duration, killed: Result<TreeGone>) -> Result<TreeGone> {
        match &killed {
            Ok(left) => log::warn!("container {}: killed, for {left:?}", self.watch.id),
            Err(error) => log::warn!("container {}: killed, for {error:#}", self.watch.id),
        }
        CallContext::unlimited().sleep(time)?;
        let context = limited(LIMIT);
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

/// Runs `work` on a thread of its own, and waits for its answer under the limits
/// of a call, `timeout` at most; `None` if there is none by then. The work goes
/// on in any case.
pub(super) fn wait_within<T: Send + 'static>(
    target: &ExecTarget,
    context: &CallContext,
    timeout: Duration,
    work: impl FnOnce() -> T + Clone + Send + 'static,
) -> Result<Option<T>> {
    context.check()?;
    let answer = Arc::new(Mutex::new(None));
    let wait = context.clone().within(timeout, Limit::CleanUp(timeout));
    let told = Arc::clone(&answer);
    let work = move || {
        let said = work();
        *sys::lock(&told) = Some(said);
    };
    if let Err(error) = target.engine.tasks.finish(&wait, "sandcell-kill", work.clone()) {
        log::warn!("killing a command on its caller's thread: {error:#}");
        work();
    }
    let answer = sys::lock(&answer).take();
    if answer.is_none() {
        context.check()?;
    }
    Ok(answer)
}

/// A helper was sent, and has not answered. The engine may hold a lock until it
/// does: whoever asks about the container then makes it worse.
fn late() -> TreeGone {
    let why = "what was sent to kill it did not answer in time: it may have been stopped";
    TreeGone::Unknown(why.to_owned())
}
