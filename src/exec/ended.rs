//! Telling whether a command failed by itself or because its container ended.
//!
//! Engines do not report the difference reliably. When a container ends, the
//! kernel kills all of its processes, and the engine notices the command's end
//! before the container's: it reports 137, as if only the command had been
//! killed. A command that is being started fails with any error of the runtime.
//! Therefore, where the container's end may be the cause, its state is queried.
//! An ordinary exit costs no extra request.

use std::time::{Duration, Instant};

use super::ExecTarget;
use super::exit::Exit;
use crate::api::ContainerInspect;
use crate::container::{ContainerState, ContainerStatus};
use crate::error::{Error, ErrorKind, Result};

/// Pauses between polls of a container that may be ending.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);
/// How long an engine may take to notice that a container's PID 1 is gone, or to
/// end a container that is being removed.
const END_TIMEOUT: Duration = Duration::from_secs(2);
/// The same if it is unknown whether PID 1 exists. A command that was killed by
/// itself is delayed by as much.
const UNSURE_TIMEOUT: Duration = Duration::from_millis(100);

/// The exit codes of SIGKILL and SIGTERM, and of a shim that is gone.
const END_CODES: [i32; 3] = [137, 143, 255];

/// Whether a command with this exit code may have ended with its container.
pub(super) fn may_be_container_end(code: i32) -> bool {
    END_CODES.contains(&code)
}

/// How far the engine's information may lag behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lag {
    /// Not at all: the engine refused a request because of the container's state.
    None,
    /// Briefly; the engine lists processes with host PIDs.
    Listed,
    /// Briefly; the engine does not list host PIDs.
    Unlisted,
}

impl Lag {
    /// The lag of the engine that reported `exit`.
    pub(super) fn of(exit: Exit) -> Self {
        // Podman lists container PIDs, or nothing.
        if exit.by_podman { Lag::Unlisted } else { Lag::Listed }
    }
}

/// Returns the container's state if it has ended. A missing container has ended:
/// the caller knows that it existed.
///
/// Fails only if the call's limits end it or the engine cannot be asked.
pub(crate) fn find(target: &ExecTarget, lag: Lag) -> Result<Option<ContainerState>> {
    let start = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        let waited = start.elapsed();
        let inspect = match target.api().container_inspect(&target.context, &target.container) {
            Err(error) if error.is_not_found() => return Ok(Some(removed(&target.container))),
            inspect => inspect?,
        };
        let timeout = match stage(&inspect) {
            Stage::Ended => return Ok(Some(inspect.into())),
            Stage::NotEnding => return Ok(None),
            Stage::Ending => END_TIMEOUT,
            Stage::Runs => match lag {
                Lag::None => return Ok(None),
                Lag::Unlisted => UNSURE_TIMEOUT,
                Lag::Listed => match has_pid_1(target, inspect.state.pid) {
                    Some(true) => return Ok(None),
                    Some(false) => END_TIMEOUT,
                    None => UNSURE_TIMEOUT,
                },
            },
        };
        if waited >= timeout {
            return Ok(None);
        }
        target.context.sleep(pause)?;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Explains the error of a failed start by the container's end, if that is the
/// cause. `was_there` says whether the container is known to have existed.
pub(super) fn explain_start(target: &ExecTarget, error: Error, was_there: bool) -> Error {
    let lag = match error.kind() {
        _ if error.http_status().is_none() => return error,
        ErrorKind::NotFound if !was_there => return error,
        ErrorKind::NotFound | ErrorKind::Conflict | ErrorKind::Engine => Lag::None,
        // It may be one of an ending container. Where the engine lists no host PIDs, this
        // waits no longer than `Unlisted`.
        ErrorKind::ExecStart => Lag::Listed,
        _ => return error,
    };
    explain(target, error, lag)
}

/// Returns `error`, or the container's end if that is the cause.
pub(super) fn explain(target: &ExecTarget, error: Error, lag: Lag) -> Error {
    match find(target, lag) {
        Ok(Some(state)) => to_error(state).with_source(error),
        Ok(None) => error,
        Err(unknown) => {
            log::debug!("unknown whether the container has ended: {unknown:#}");
            error
        }
    }
}

/// The error for what the container's end terminated or prevented.
pub(crate) fn to_error(state: ContainerState) -> Error {
    let mut message = "the container has ended".to_owned();
    if let Some(code) = state.exit_code {
        message.push_str(&format!(", with exit code {code}"));
    }
    if state.oom_killed {
        message.push_str(", OOM-killed");
    }
    if !state.error.is_empty() {
        message.push_str(&format!(": {}", state.error));
    }
    Error::new(ErrorKind::ContainerEnded, message).with_container(state)
}

/// The container's state, as far as it matters here.
enum Stage {
    Runs,
    /// It is about to end.
    Ending,
    Ended,
    /// It has not ended and is not ending.
    NotEnding,
}

fn stage(inspect: &ContainerInspect) -> Stage {
    let state = &inspect.state;
    match ContainerStatus::named(&state.status) {
        ContainerStatus::Created | ContainerStatus::Paused => Stage::NotEnding,
        ContainerStatus::Exited | ContainerStatus::Dead if !state.running => Stage::Ended,
        // Docker removes containers that have ended; Podman first lets them end.
        ContainerStatus::Removing if !state.running && state.pid == 0 => Stage::Ended,
        _ if !state.running => Stage::Ending,
        _ => Stage::Runs,
    }
}

/// Whether the container's PID 1, host PID `pid`, is in the engine's process
/// list; `None` if that is unknown. When a container ends, the kernel removes PID
/// 1 from the list before it kills the others.
fn has_pid_1(target: &ExecTarget, pid: i64) -> Option<bool> {
    let list = match target.api().container_top(&target.context, &target.container, "-eo pid") {
        Err(error) if error.is_conflict() => return Some(false),
        list => list.inspect_err(|e| log::debug!("cannot list processes: {e:#}")).ok()?,
    };
    let column = list.titles.iter().position(|title| title == "PID")?;
    let pid = pid.to_string();
    let is_pid_1 = |row: &Vec<String>| row.get(column).is_some_and(|cell| cell.trim() == pid);
    match list.processes.iter().any(is_pid_1) {
        true => Some(true),
        // Other entries, with container PIDs or about to be killed, prove
        // nothing.
        false => list.processes.is_empty().then_some(false),
    }
}

/// The state of a container that was removed.
fn removed(container: &str) -> ContainerState {
    ContainerState {
        id: container.to_owned(),
        status: ContainerStatus::Unknown,
        running: false,
        exit_code: None,
        oom_killed: false,
        pid: None,
        error: "the container was removed".to_owned(),
    }
}
