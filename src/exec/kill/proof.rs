//! Whether a killed command is gone: what the engine and its kernel say from
//! outside the container, where no process of it can write.
//!
//! A container without commands has its watchers and no other process, and
//! nobody but the engine can add any. So the kernel's count of its processes and
//! threads is the proof: there is nothing to scan, and no race to win. Beside
//! commands of other users the proof is a list: complete, because the kernel
//! counts as many as it shows, and without a process of the command's user. Beside
//! commands of the same user there is none: a process can make another of its user
//! run its code.

use super::killer::Killer;
use super::others::{self, Others};
use crate::api::{CallContext, ContainerInspect};
use crate::container::ContainerStatus;
use crate::error::Result;
use crate::exec::TreeGone;
use crate::watch::Watchers;

/// The columns of a list: numbers alone, no text that a process can choose.
const COLUMNS: &str = "-eo pid,ppid,uid,nlwp";

/// What can be seen of a killed command.
#[derive(Debug)]
pub(super) enum Look {
    /// Nothing, and that is proven.
    Gone,
    /// Something, or what others do hides it; the answer if that stays so.
    Left(TreeGone),
    /// It cannot be told, however often one looks; the text says why.
    Unknown(String),
}

/// Looks once.
pub(super) fn look(killer: &Killer, context: &CallContext) -> Result<Look> {
    let container = match killer.target.api().container_inspect(context, &killer.watch.id) {
        Err(error) if error.is_not_found() => return Ok(Look::Gone),
        container => container?,
    };
    if ended(&container) {
        return Ok(Look::Gone);
    }
    if may_run(killer, context)? {
        return Ok(Look::Left(TreeGone::No));
    }
    let Some(watchers) = killer.watch.watchers else {
        return Ok(unknown(
            "process 1 is a user that commands can be, so its processes could hide among theirs",
        ));
    };
    if let Some(why) = killer.hidden_by_kernel(context) {
        return Ok(Look::Unknown(why));
    }
    let others = Others::among(killer, context, &container)?;
    match others.are_none() {
        true => alone(killer, context, watchers),
        false => beside(killer, context, watchers, &others, container.state.pid),
    }
}

fn unknown(why: &str) -> Look {
    Look::Unknown(why.to_owned())
}

/// Where no other command runs: nobody is there but the watchers.
fn alone(killer: &Killer, context: &CallContext, watchers: Watchers) -> Result<Look> {
    // Some engines need a second for another count, and no time for a list.
    let list = List::of(killer, context);
    if list.is_some_and(|list| list.threads() != watchers.processes) {
        return Ok(Look::Left(TreeGone::No));
    }
    Ok(match count(killer, context)? {
        None => unknown("the engine does not count the container's processes"),
        Some(count) if count == watchers.processes => Look::Gone,
        Some(_) => Look::Left(TreeGone::No),
    })
}

/// Where others run, as other users: nobody is there of the command's.
fn beside(
    killer: &Killer,
    context: &CallContext,
    watchers: Watchers,
    others: &Others,
    main_pid: i64,
) -> Result<Look> {
    if !killer.has_own_user && others.may_be(&killer.user) {
        let why = "another command may be of the same user, and it could hide in that; \
                   ExecOptions::own_user gives each a user of its own";
        return Ok(match others.are_ending() {
            true => Look::Left(TreeGone::Unknown(why.to_owned())),
            false => unknown(why),
        });
    }
    let Some(uid) = killer.uid().filter(|_| killer.watch.users_are_fixed) else {
        return Ok(unknown("other commands run, and its user has no number or can change"));
    };
    let lists = List::of(killer, context).zip(Some(count(killer, context)?));
    let Some(((before, count), after)) = lists.zip(List::of(killer, context)) else {
        return Ok(unknown(
            "other commands run, and the engine does not list processes from outside",
        ));
    };
    let Some(uid) = before.uid_outside(uid, main_pid, watchers) else {
        return Ok(unknown("the engine's list lacks process 1"));
    };
    if after.has(uid) {
        return Ok(Look::Left(TreeGone::No));
    }
    if before == after && Some(after.threads()) == count {
        return Ok(Look::Gone);
    }
    let why = "other commands start and end processes all the time";
    Ok(Look::Left(TreeGone::Unknown(why.to_owned())))
}

/// Whether the engine says that the command runs, or is yet to.
pub(super) fn may_run(killer: &Killer, context: &CallContext) -> Result<bool> {
    let Some(exec) = &killer.exec else { return Ok(false) };
    match killer.target.api().exec_inspect(context, exec) {
        Err(error) if error.is_not_found() => Ok(false),
        inspect => Ok(others::may_run(&inspect?)),
    }
}

/// Whether the container has ended. That an exec is not known proves nothing.
pub(super) fn has_ended(killer: &Killer, context: &CallContext) -> Result<bool> {
    match killer.target.api().container_inspect(context, &killer.watch.id) {
        Err(error) if error.is_not_found() => Ok(true),
        container => Ok(ended(&container?)),
    }
}

/// A container that is only being stopped still has processes.
fn ended(container: &ContainerInspect) -> bool {
    let status = ContainerStatus::named(&container.state.status);
    let has_ended = matches!(status, ContainerStatus::Exited | ContainerStatus::Dead);
    has_ended && !container.state.running && container.state.pid == 0
}

/// How many processes and threads the kernel counts in the container.
fn count(killer: &Killer, context: &CallContext) -> Result<Option<u64>> {
    match killer.target.api().container_stats(context, &killer.watch.id) {
        Ok(stats) => Ok(stats.pids_stats.current.filter(|count| *count > 0)),
        Err(error) if error.is_interruption() || error.is_not_found() => Err(error),
        Err(error) => {
            log::debug!("kill: {error:#}");
            Ok(None)
        }
    }
}

/// The processes of a container, in order of their numbers.
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
    /// Asks an engine that lists processes from outside; `None` if it does not.
    /// Podman's own list is made by the container's program.
    fn of(killer: &Killer, context: &CallContext) -> Option<Self> {
        if killer.target.engine.info(context).map_or(true, |info| info.is_podman()) {
            return None;
        }
        let top = killer.target.api().container_top(context, &killer.watch.id, COLUMNS);
        let top = top.inspect_err(|error| log::debug!("kill: {error:#}")).ok()?;
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

    /// What `uid` of the container is outside, where process 1 is `main_pid`: a
    /// user namespace adds the same number to all.
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
