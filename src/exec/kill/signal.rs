//! The helper: an exec in the container that sends signals.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::helper::SCRIPT;
use super::killer::Killer;
use super::{from_host, proof};
use crate::api::CallContext;
use crate::error::{Error, ErrorKind, Result};
use crate::exec::ended::{self, Lag};
use crate::exec::{self, ExecOptions, ExecResult, ExecTarget, Outcome};
use crate::watch::Watch;

/// A helper that takes longer may have been stopped by its targets.
pub(super) const HELPER_TIMEOUT: Duration = Duration::from_millis(1500);
const PAUSE: Duration = Duration::from_millis(20);

/// What a helper signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KillScope {
    /// All processes of its user.
    User,
    /// The processes of one exec, as far as they can be found.
    Tree,
}

/// The result of a helper.
#[derive(Clone, Copy, Debug)]
pub(super) enum HelperResult {
    /// The helper exited or was itself killed; whether it reported that nothing
    /// was left.
    Done { found_none: bool },
    /// It was still running at the time limit.
    TimedOut,
    /// The container has ended.
    NoContainer,
}

/// The phase of a kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KillPhase {
    Term,
    Kill,
    /// SIGKILL had no effect: the image's shell may have been replaced.
    KillAgain,
}

/// Signals with a helper, or from the host if a helper has no effect.
pub(super) fn send_signal(
    killer: &Killer,
    context: &CallContext,
    scope: KillScope,
    phase: KillPhase,
) -> Result<HelperResult> {
    let command = match (scope, phase) {
        (KillScope::User, KillPhase::Term) => ["all", "TERM"],
        (KillScope::User, KillPhase::Kill | KillPhase::KillAgain) => ["all", "KILL"],
        (KillScope::Tree, KillPhase::Term) => ["tree", "TERM"],
        (KillScope::Tree, KillPhase::Kill | KillPhase::KillAgain) => ["end", "-"],
    };
    // Only SIGKILL to a whole user may be sent from the host: otherwise other
    // commands may run as that user, and before it there is a grace period.
    let may_kill = scope == KillScope::User && phase != KillPhase::Term;
    let from_host = if may_kill { from_host::kill } else { from_host::kill_stopped };
    let result = run_supervised(killer, context, from_host, command);
    let has_no_shell = |error: &Error| error.kind() == ErrorKind::Unsupported;
    if may_kill
        && (phase == KillPhase::KillAgain || result.as_ref().is_err_and(has_no_shell))
        && killer.is_reachable_from_host()
    {
        from_host::kill(&killer.watch, killer.uid());
        return Ok(HelperResult::Done { found_none: true });
    }
    match result {
        Ok(Some(output)) => {
            // After SIGKILL to a whole user, a helper can do nothing more.
            Ok(HelperResult::Done {
                found_none: scope == KillScope::User || output.as_deref() == Some("left no"),
            })
        }
        Ok(None) => Ok(HelperResult::TimedOut),
        Err(error) if error.is_timeout() => Ok(HelperResult::TimedOut),
        Err(error) => container_end_or(killer, error),
    }
}

/// Returns `NoContainer` if the container's end caused the error.
pub(super) fn container_end_or(killer: &Killer, error: Error) -> Result<HelperResult> {
    let may_be_cause = error.is_not_found()
        || error.is_conflict()
        || matches!(error.kind(), ErrorKind::ContainerEnded | ErrorKind::Engine);
    let context = CallContext::for_clean_up(HELPER_TIMEOUT);
    if may_be_cause && proof::has_ended(killer, &context).unwrap_or(false) {
        return Ok(HelperResult::NoContainer);
    }
    Err(error)
}

/// Runs a helper on a background thread, and unblocks it from the host if it is
/// late; `None` if it is still running when `context` ends.
fn run_supervised(
    killer: &Killer,
    context: &CallContext,
    from_host: fn(&Watch, Option<u32>) -> usize,
    command: [&str; 2],
) -> Result<Option<Option<String>>> {
    let (sender, receiver) = mpsc::channel();
    let helper = {
        let (killer, context) = (killer.clone(), context.clone());
        let command = command.map(str::to_owned);
        move || {
            let output = run(&killer, &context, &command.each_ref().map(String::as_str));
            sender.send(output).ok();
        }
    };
    let tasks = &killer.target.engine.tasks;
    if let Err(error) = tasks.spawn("sandcell-signal", helper) {
        log::debug!("running a kill helper on the calling thread: {error:#}");
        return run(killer, context, &command).map(Some);
    }
    loop {
        match receiver.recv_timeout(HELPER_TIMEOUT) {
            Ok(output) => {
                if matches!(output, Ok(None)) {
                    // Killed by its targets, perhaps before it could act.
                    from_host(&killer.watch, killer.uid());
                }
                return output.map(Some);
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

/// Runs a helper and returns its output; `None` if it was killed.
fn run(killer: &Killer, context: &CallContext, command: &[&str]) -> Result<Option<String>> {
    let result = helper(killer, context, command)?;
    match result.outcome {
        Outcome::Exited(0) => Ok(Some(result.stdout.text().trim_end().to_owned())),
        Outcome::Lost(error) => Err(error),
        Outcome::TimedOut => Err(Error::timeout("finding the command's processes took too long")),
        // Its targets, or a concurrent kill, can kill it.
        _ => Ok(None),
    }
}

/// Like [`run`], for a query that must be answered.
pub(super) fn query(killer: &Killer, context: &CallContext, command: &[&str]) -> Result<String> {
    let output = run(killer, context, command).map_err(|error| {
        // The helper's failure may be due to the container's end.
        ended::explain(&killer.target.under(context.clone()), error, Lag::None)
    })?;
    output.ok_or_else(|| {
        Error::new(ErrorKind::Engine, "the helper that searched for the command was killed")
    })
}

/// Runs a helper. If the container has reached its process limit, retries until
/// `context` ends.
fn helper(killer: &Killer, context: &CallContext, command: &[&str]) -> Result<ExecResult> {
    let argv = ["/bin/sh", "-c", SCRIPT, "sandcell", &killer.token];
    // The container's working directory may be gone: the command could remove it.
    let options = ExecOptions::new(argv.iter().chain(command).copied()).cwd("/");
    let options = options.helper_as(&killer.user).max_output(4096);
    let target = ExecTarget { context: context.clone(), ..killer.target.clone() };
    loop {
        match exec::run(&target, &options) {
            Err(error) if error.kind() == ErrorKind::ExecStart => {
                log::debug!("cannot start a kill helper yet: {error:#}");
                context.sleep(PAUSE)?;
            }
            Err(error) if error.is_exec_start() => return Err(shell_required(error)),
            result => return result,
        }
    }
}

/// The error if the image lacks a shell.
fn shell_required(error: Error) -> Error {
    let problem = "killing a command requires /bin/sh in the image";
    Error::new(ErrorKind::Unsupported, problem).with_source(error)
}
