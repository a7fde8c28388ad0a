//! The proof that a killed command is gone, from what the engine and its kernel
//! report. No process in the container can falsify that.
//!
//! A container without commands has its watchers and no other process, and only
//! the engine can add one. So the kernel's count of processes and threads is the
//! proof, without a scan and without a race. While commands of other users run,
//! the proof is a process list that is complete, because the kernel's count
//! agrees, and that has no process of the command's user. While commands of the
//! same user run, there is no proof: a process can make another one of its user
//! run its code.

use super::killer::Killer;
use super::others::{self, OtherExecs};
use crate::api::{CallContext, ContainerInspect};
use crate::container::ContainerStatus;
use crate::error::Result;
use crate::exec::TreeGone;
use crate::posture::Kernel;
use crate::watch::Watchers;

/// The columns of the list: numbers only, no text that a process can choose.
const COLUMNS: &str = "-eo pid,ppid,uid,nlwp";

/// The state of a killed command.
#[derive(Debug)]
pub(super) enum Proof {
    /// Proven gone.
    Gone,
    /// Not gone, or hidden by other activity; the result if that does not change.
    NotYet(TreeGone),
    /// Cannot be determined by repeating the check; the text says why.
    Unknown(String),
}

/// Checks once.
pub(super) fn check(killer: &Killer, context: &CallContext) -> Result<Proof> {
    let container = match killer.target.api().container_inspect(context, &killer.watch.id) {
        Err(error) if error.is_not_found() => return Ok(Proof::Gone),
        container => container?,
    };
    if ended(&container) {
        return Ok(Proof::Gone);
    }
    if may_run(killer, context)? {
        return Ok(Proof::NotYet(TreeGone::No));
    }
    let Some(watchers) = killer.watch.watchers else {
        return Ok(unknown(
            "PID 1 runs as a user that commands can use, so a process could hide \
             among its processes",
        ));
    };
    let info = killer.target.engine.info(context).ok();
    if let Some(why) = killer.kernel(info).and_then(Kernel::hides_processes) {
        return Ok(Proof::Unknown(why));
    }
    let others = OtherExecs::listed_by(killer, context, &container)?;
    match others.is_empty() {
        true => check_alone(killer, context, watchers),
        false => check_beside_others(killer, context, watchers, &others, container.state.pid),
    }
}

fn unknown(why: &str) -> Proof {
    Proof::Unknown(why.to_owned())
}

/// Without other commands: only the watchers must be left.
fn check_alone(killer: &Killer, context: &CallContext, watchers: Watchers) -> Result<Proof> {
    // Some engines update the count only every second; a list is immediate.
    let list = List::of(killer, context);
    if list.is_some_and(|list| list.threads() != watchers.processes) {
        return Ok(Proof::NotYet(TreeGone::No));
    }
    Ok(match count(killer, context)? {
        None => unknown("the engine does not count the container's processes"),
        Some(count) if count == watchers.processes => Proof::Gone,
        Some(_) => Proof::NotYet(TreeGone::No),
    })
}

/// Beside commands of other users: no process of the command's user must be left.
fn check_beside_others(
    killer: &Killer,
    context: &CallContext,
    watchers: Watchers,
    others: &OtherExecs,
    main_pid: i64,
) -> Result<Proof> {
    if !killer.has_own_user && others.may_run_as(&killer.user) {
        let why = "another command may run as the same user, and a process could hide in it; \
                   ExecOptions::own_user gives each command a user of its own";
        return Ok(match others.are_ending() {
            true => Proof::NotYet(TreeGone::Unknown(why.to_owned())),
            false => unknown(why),
        });
    }
    let Some(uid) = killer.uid().filter(|_| killer.watch.users_are_fixed) else {
        return Ok(unknown("other commands run, and its user is not numeric or can change"));
    };
    let lists = List::of(killer, context).zip(Some(count(killer, context)?));
    let Some(((before, count), after)) = lists.zip(List::of(killer, context)) else {
        return Ok(unknown(
            "other commands run, and the engine does not list processes from outside the container",
        ));
    };
    let Some(uid) = before.uid_outside(uid, main_pid, watchers) else {
        return Ok(unknown("the engine's process list lacks PID 1"));
    };
    if after.has(uid) {
        return Ok(Proof::NotYet(TreeGone::No));
    }
    if before == after && Some(after.threads()) == count {
        return Ok(Proof::Gone);
    }
    let why = "other commands keep starting and ending processes";
    Ok(Proof::NotYet(TreeGone::Unknown(why.to_owned())))
}

/// Whether the command runs or is about to, as reported by the engine.
pub(super) fn may_run(killer: &Killer, context: &CallContext) -> Result<bool> {
    let Some(exec) = &killer.exec else { return Ok(false) };
    match killer.target.api().exec_inspect(context, exec) {
        Err(error) if error.is_not_found() => Ok(false),
        inspect => Ok(others::may_run(&inspect?)),
    }
}

/// Whether the container has ended. An unknown exec does not prove that.
pub(super) fn has_ended(killer: &Killer, context: &CallContext) -> Result<bool> {
    match killer.target.api().container_inspect(context, &killer.watch.id) {
        Err(error) if error.is_not_found() => Ok(true),
        container => Ok(ended(&container?)),
    }
}

/// A container that is being stopped still has processes.
fn ended(container: &ContainerInspect) -> bool {
    let status = ContainerStatus::named(&container.state.status);
    let has_ended = matches!(status, ContainerStatus::Exited | ContainerStatus::Dead);
    has_ended && !container.state.running && container.state.pid == 0
}

/// The kernel's count of processes and threads in the container.
fn count(killer: &Killer, context: &CallContext) -> Result<Option<u64>> {
    match killer.target.api().container_stats(context, &killer.watch.id) {
        Ok(stats) => Ok(stats.pids_stats.current.filter(|count| *count > 0)),
        Err(error) if error.is_interruption() || error.is_not_found() => Err(error),
        Err(error) => {
            log::debug!("cannot count the container's processes: {error:#}");
            Ok(None)
        }
    }
}

/// A container's processes, sorted by PID.
#[derive(Debug, PartialEq, Eq)]
struct List(Vec<Row>);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    pid: i64,
    parent: i64,
    uid: u32,
    threads: u64,
}

impl List {
    /// Queries an engine that lists processes from outside; `None` for others.
    /// Podman lists them with a program in the container.
    fn of(killer: &Killer, context: &CallContext) -> Option<Self> {
        if killer.target.engine.info(context).map_or(true, |info| info.is_podman()) {
            return None;
        }
        let top = killer.target.api().container_top(context, &killer.watch.id, COLUMNS);
        let top = top
            .inspect_err(|error| log::debug!("cannot list the container's processes: {error:#}"))
            .ok()?;
        let mut rows =
            top.processes.iter().map(|row| Row::read(row)).collect::<Option<Vec<_>>>()?;
        rows.sort_unstable();
        Some(List(rows))
    }

    fn threads(&self) -> u64 {
        self.0.iter().map(|row| row.threads).sum()
    }

    fn has(&self, uid: u32) -> bool {
        self.0.iter().any(|row| row.uid == uid)
    }

    /// The host UID of the container's `uid`; `main_pid` is the host PID of PID
    /// 1. A user namespace adds the same offset to all UIDs.
    fn uid_outside(&self, uid: u32, main_pid: i64, watchers: Watchers) -> Option<u32> {
        let main = self.0.iter().find(|row| row.pid == main_pid)?;
        uid.checked_add(main.uid.checked_sub(watchers.uid)?)
    }
}

impl Row {
    fn read(columns: &[String]) -> Option<Self> {
        let [pid, parent, uid, threads] = columns else { return None };
        Some(Row {
            pid: pid.parse().ok()?,
            parent: parent.parse().ok()?,
            uid: uid.parse().ok()?,
            threads: threads.parse().ok()?,
        })
    }
}
