//! One helper in the container, which signals.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::helper::SCRIPT;
use super::killer::{Killer, limited};
use super::{from_host, proof};
use crate::api::CallContext;
use crate::error::{Error, ErrorKind, Result};
use crate::exec::ended::{self, Lag};
use crate::exec::{self, ExecOptions, ExecResult, ExecTarget, Outcome};
use crate::watch::Watch;

/// A helper that takes longer may have been stopped by its victims.
pub(super) const LATE: Duration = Duration::from_millis(1500);
const PAUSE: Duration = Duration::from_millis(20);

/// What a helper signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// All of its user.
    User,
    /// The processes of one exec, as far as it can find them.
    Tree,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Strike {
    /// The helper has ended, or was killed itself; whether it says that nothing
    /// was left.
    Done { found_none: bool },
    /// It was still there when the time was over.
    Late,
    /// The container has ended.
    NoContainer,
}

/// How a helper is to signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Force {
    Term,
    Kill,
    /// It was tried, and to no avail: the image's shell may be another by now.
    KillAgain,
}

/// Signals, by a helper, or from the host where that is no use.
pub(super) fn at(killer: &Killer, context: &CallContext, aim: Aim, force: Force) -> Result<Strike> {
    let command = match (aim, force) {
        (Aim::User, Force::Term) => ["all", "TERM"],
        (Aim::User, Force::Kill | Force::KillAgain) => ["all", "KILL"],
        (Aim::Tree, Force::Term) => ["tree", "TERM"],
        (Aim::Tree, Force::Kill | Force::KillAgain) => ["end", "-"],
    };
    // Only a kill by user may be carried out from elsewhere: others have it in no
    // other case, and before it there is a time to end.
    let may_kill = aim == Aim::User && force != Force::Term;
    let from_host = if may_kill { from_host::kill } else { from_host::release };
    let struck = watched(killer, context, from_host, command);
    let is_useless = |error: &Error| error.kind() == ErrorKind::Unsupported;
    if may_kill
        && (force == Force::KillAgain || struck.as_ref().is_err_and(is_useless))
        && killer.is_in_reach()
    {
        from_host::kill(&killer.watch, killer.uid());
        return Ok(Strike::Done { found_none: true });
    }
    match struck {
        Ok(Some(said)) => {
            // After a kill by user there is nothing more that a helper can do.
            Ok(Strike::Done { found_none: aim == Aim::User || said.as_deref() == Some("left no") })
        }
        Ok(None) => Ok(Strike::Late),
        Err(error) if error.is_timeout() => Ok(Strike::Late),
        Err(error) => no_container_or(killer, error),
    }
}

/// The container's end, if that is what an error is about.
pub(super) fn no_container_or(killer: &Killer, error: Error) -> Result<Strike> {
    let is_about_it = error.is_not_found()
        || error.is_conflict()
        || matches!(error.kind(), ErrorKind::ContainerEnded | ErrorKind::Engine);
    let context = limited(LATE);
    if is_about_it && proof::has_ended(killer, &context).unwrap_or(false) {
        return Ok(Strike::NoContainer);
    }
    Err(error)
}

/// Runs a helper on a thread of its own, and helps it from the host if it is
/// late; `None` if it still is when `context` ends.
fn watched(
    killer: &Killer,
    context: &CallContext,
    from_host: fn(&Watch, Option<u32>) -> usize,
    command: [&str; 2],
) -> Result<Option<Option<String>>> {
    let (tell, told) = mpsc::channel();
    let helper = {
        let (killer, context) = (killer.clone(), context.clone());
        let command = command.map(str::to_owned);
        move || {
            let said = run(&killer, &context, &command.each_ref().map(String::as_str));
            tell.send(said).ok();
        }
    };
    let tasks = &killer.target.engine.tasks;
    if let Err(error) = tasks.spawn("sandcell-strike", helper) {
        log::debug!("kill: {error:#}");
        return run(killer, context, &command).map(Some);
    }
    loop {
        match told.recv_timeout(LATE) {
            Ok(said) => {
                if matches!(said, Ok(None)) {
                    // Killed by its victims, and perhaps before it could act.
                    from_host(&killer.watch, killer.uid());
                }
                return said.map(Some);
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Err(Error::new(ErrorKind::Panic, "killing a command panicked"));
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                if context.deadline().is_some_and(|deadline| Instant::now() >= deadline) {
                    return Ok(None);
                }
                from_host(&killer.watch, killer.uid());
            }
        }
    }
}

/// Runs a helper and returns what it said; `None` if it was killed.
fn run(killer: &Killer, context: &CallContext, command: &[&str]) -> Result<Option<String>> {
    let result = helper(killer, context, command)?;
    match result.outcome {
        Outcome::Exited(0) => Ok(Some(result.stdout.text().trim_end().to_owned())),
        Outcome::Lost(error) => Err(error),
        Outcome::TimedOut => Err(Error::timeout("the processes could not be found in time")),
        // Its victims can kill it, and so can another kill.
        _ => Ok(None),
    }
}

/// The same, for a question that must be answered.
pub(super) fn ask(killer: &Killer, context: &CallContext, command: &[&str]) -> Result<String> {
    let said = run(killer, context, command).map_err(|error| {
        // A helper alone is not told apart from what the container's end does to it.
        ended::explained(&killer.target.under(context.clone()), error, Lag::None)
    })?;
    said.ok_or_else(|| Error::new(ErrorKind::Engine, "what looked for the command was killed"))
}

/// Where the container has no room for another process, there may be some a
/// moment later.
fn helper(killer: &Killer, context: &CallContext, command: &[&str]) -> Result<ExecResult> {
    let argv = ["/bin/sh", "-c", SCRIPT, "sandcell", &killer.token];
    // The container's own directory may be gone: the command could remove it.
    let options = ExecOptions::new(argv.iter().chain(command).copied()).cwd("/");
    let options = options.helper_as(&killer.user).max_output(4096);
    let target = ExecTarget { context: context.clone(), ..killer.target.clone() };
    loop {
        match exec::run(&target, &options) {
            Err(error) if error.kind() == ErrorKind::ExecStart => {
                log::debug!("kill: {error:#}");
                context.sleep(PAUSE)?;
            }
            Err(error) if error.is_exec_start() => return Err(needs_a_shell(error)),
            result => return result,
        }
    }
}

/// The error that an image lacks what killing needs.
fn needs_a_shell(error: Error) -> Error {
    let problem = "killing a command needs /bin/sh in the image";
    Error::new(ErrorKind::Unsupported, problem).with_source(error)
}
