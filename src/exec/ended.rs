//! Telling a command that its container's end took along from one that failed by
//! itself.
//!
//! Engines tell the two apart badly. When a container ends, the kernel kills all
//! that is in it, so that the engine learns of a command's end before it learns of
//! the container's, and says 137 as if somebody had killed the command alone; a
//! command that is just being started fails with whatever the runtime was at. So
//! where an answer may have that cause, the container is asked for its state. An
//! ordinary exit is not, and costs nothing.

use std::time::{Duration, Instant};

use super::ExecTarget;
use super::exit::Exit;
use crate::api::ContainerInspect;
use crate::container::{ContainerState, ContainerStatus};
use crate::error::{Error, ErrorKind, Result};

/// Pauses between looks at a container that may be about to end.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);
/// How long an engine takes to notice that a container whose first process is no
/// more has ended, or to end one that is being removed.
const NOTICING: Duration = Duration::from_secs(2);
/// The same where it cannot be told whether the first process is there: as long
/// as this is a command taken for one that ended with its container.
const DOUBT: Duration = Duration::from_millis(100);

/// KILL and TERM, as an exit code; and what a shim that has gone leaves behind.
const SUSPICIOUS: [i32; 3] = [137, 143, 255];

/// Whether a command that ended like this may have ended with its container.
pub(super) fn is_suspicious(code: i32) -> bool {
    SUSPICIOUS.contains(&code)
}

/// How much the engine may be behind what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lag {
    /// Not at all: it refused something because of the container's state.
    None,
    /// A moment; it lists a container's processes by their numbers.
    Listed,
    /// A moment.
    Unlisted,
}

impl Lag {
    /// That of an engine that tells of a command's end.
    pub(super) fn of(exit: Exit) -> Self {
        // Podman lists by the container's numbers, or nothing.
        if exit.by_podman { Lag::Unlisted } else { Lag::Listed }
    }
}

/// The state of the container if it has ended. One that does not exist has: the
/// caller knows that it did.
///
/// Fails only when the limits of the call end it, or nobody can be asked.
pub(super) fn find(target: &ExecTarget, lag: Lag) -> Result<Option<ContainerState>> {
    let start = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        let waited = start.elapsed();
        let inspect = match target.api().container_inspect(&target.context, &target.container) {
            Err(error) if error.is_not_found() => return Ok(Some(removed(&target.container))),
            inspect => inspect?,
        };
        let patience = match stage(&inspect) {
            Stage::Ended => return Ok(Some(inspect.into())),
            Stage::Stays => return Ok(None),
            Stage::Ending => NOTICING,
            Stage::Runs => match lag {
                Lag::None => return Ok(None),
                Lag::Unlisted => DOUBT,
                Lag::Listed => match has_first_process(target, inspect.state.pid) {
                    Some(true) => return Ok(None),
                    Some(false) => NOTICING,
                    None => DOUBT,
                },
            },
        };
        if waited >= patience {
            return Ok(None);
        }
        target.context.sleep(pause)?;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// The error of a start that failed with `error`, whose container may be why.
/// Whether it was there before tells what it means that it is not.
pub(super) fn at_start(target: &ExecTarget, error: Error, was_there: bool) -> Error {
    let lag = match error.kind() {
        _ if error.http_status().is_none() => return error,
        ErrorKind::NotFound if !was_there => return error,
        ErrorKind::NotFound | ErrorKind::Conflict | ErrorKind::Engine => Lag::None,
        ErrorKind::ExecStart => Lag::Unlisted,
        _ => return error,
    };
    explained(target, error, lag)
}

/// `error`, or the container's end if that is behind it.
pub(super) fn explained(target: &ExecTarget, error: Error, lag: Lag) -> Error {
    match find(target, lag) {
        Ok(Some(state)) => ended(state).with_source(error),
        Ok(None) => error,
        Err(unknown) => {
            log::debug!("whether the container has ended is not known: {unknown:#}");
            error
        }
    }
}

/// The error of what a container's end has ended, or has kept from starting.
pub(super) fn ended(state: ContainerState) -> Error {
    let mut message = "the container has ended".to_owned();
    if let Some(code) = state.exit_code {
        message.push_str(&format!(", with exit code {code}"));
    }
    if state.oom_killed {
        message.push_str(", for want of memory");
    }
    if !state.error.is_empty() {
        message.push_str(&format!(": {}", state.error));
    }
    Error::new(ErrorKind::ContainerEnded, message).with_container(state)
}

/// Where a container is, as far as it matters here.
enum Stage {
    Runs,
    /// It will have ended soon.
    Ending,
    Ended,
    /// No end is behind what happened.
    Stays,
}

fn stage(inspect: &ContainerInspect) -> Stage {
    let state = &inspect.state;
    match ContainerStatus::named(&state.status) {
        ContainerStatus::Created | ContainerStatus::Paused => Stage::Stays,
        ContainerStatus::Exited | ContainerStatus::Dead if !state.running => Stage::Ended,
        // Docker removes what has ended; Podman gives it time to end first.
        ContainerStatus::Removing if !state.running && state.pid == 0 => Stage::Ended,
        _ if !state.running => Stage::Ending,
        _ => Stage::Runs,
    }
}

/// Whether process `pid`, the container's first, is there, by the engine's list;
/// `None` if that does not tell. The kernel takes it out of the list before it
/// kills the others.
fn has_first_process(target: &ExecTarget, pid: i64) -> Option<bool> {
    let list = match target.api().container_top(&target.context, &target.container, "-eo pid") {
        Err(error) if error.is_conflict() => return Some(false),
        list => list.inspect_err(|e| log::debug!("no list of processes: {e:#}")).ok()?,
    };
    let column = list.titles.iter().position(|title| title == "PID")?;
    let pid = pid.to_string();
    let is_first = |row: &Vec<String>| row.get(column).is_some_and(|cell| cell.trim() == pid);
    match list.processes.iter().any(is_first) {
        true => Some(true),
        // Others, by numbers of their own or about to be killed, tell nothing.
        false => list.processes.is_empty().then_some(false),
    }
}

/// What is known of a container that is no more.
fn removed(container: &str) -> ContainerState {
    ContainerState {
        id: container.to_owned(),
        status: ContainerStatus::Unknown,
        running: false,
        exit_code: None,
        oom_killed: false,
        pid: None,
        error: "it is removed".to_owned(),
    }
}
