//! Finds orphans, containers whose owner process is gone, and removes them.
//!
//! A container is removed only if its owner is known to be gone. In doubt it is kept.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, SystemTime};

use crate::api::{Api, CallContext, ContainerInspect, ContainerSummary};
use crate::call_context::Limit;
use crate::container::{self, ContainerState, ContainerStatus, STOP_LIMIT};
use crate::error::{Error, ErrorKind, Result};
use crate::host::{self, Host, Process};
use crate::labels;
use crate::owner::{Assessment, Liveness, Owner, OwnerProbe};
use crate::validate;

/// How long a created container may not have been started yet.
const START_GRACE: Duration = Duration::from_secs(60);
/// A container that has been in a transitional state for this long is stuck.
const STUCK: Duration = Duration::from_secs(3600);

/// A sweep's decision about a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SweepDecision {
    /// Remove the container: its owner is gone.
    Remove,
    /// Keep the container.
    Keep,
}

/// A container that a sweep examined.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Orphan {
    /// The container's full id.
    pub id: String,
    /// The container's name.
    pub name: String,
    /// The session that it belongs to; empty if it has no such label.
    pub session_id: String,
    /// The container's status.
    pub status: ContainerStatus,
    /// The sweep's decision.
    pub decision: SweepDecision,
    /// The reason for the decision, for humans.
    pub reason: String,
    /// Whether the container is gone: removed by this sweep, or by another process
    /// meanwhile.
    pub removed: bool,
    /// The error with which inspecting or removing the container failed.
    pub error: Option<Error>,
}

/// The facts that a decision is based on.
#[derive(Clone, Debug)]
struct Facts {
    labels: BTreeMap<String, String>,
    status: ContainerStatus,
    /// In seconds since the Unix epoch, by the engine's clock; `None` if it does not
    /// report it.
    created: Option<u64>,
}

/// One sweep.
pub(crate) struct Sweep<'a> {
    api: &'a dyn Api,
    context: CallContext,
    home: &'a str,
    host: io::Result<Host>,
}

impl<'a> Sweep<'a> {
    /// Creates a sweep of the containers of `home`, within the limits of `context`.
    pub(crate) fn new(api: &'a dyn Api, context: CallContext, home: &'a str) -> Result<Self> {
        validate::label_value("home", home)?;
        Ok(Sweep { api, context, home, host: Host::read() })
    }

    /// Returns all containers, with the decision about each, and removes none.
    pub(crate) fn look(&self) -> Result<Vec<Orphan>> {
        Ok(self.assess_all()?.into_iter().map(|(orphan, _)| orphan).collect())
    }

    /// Removes the orphans; returns all containers, with the decision about each.
    pub(crate) fn clean_up(&self) -> Result<Vec<Orphan>> {
        let remove = |(orphan, facts): (Orphan, Facts)| match orphan.decision {
            SweepDecision::Remove => self.remove(orphan, facts),
            SweepDecision::Keep => orphan,
        };
        Ok(self.assess_all()?.into_iter().map(remove).collect())
    }

    fn assess_all(&self) -> Result<Vec<(Orphan, Facts)>> {
        let list = container::list_labelled(self.api, &self.context, labels::HOME, self.home)?;
        Ok(list.into_iter().map(|container| self.assess(container)).collect())
    }

    fn assess(&self, container: ContainerSummary) -> (Orphan, Facts) {
        let facts = Facts {
            labels: container.labels,
            status: ContainerStatus::named(&container.state),
            created: u64::try_from(container.created).ok().filter(|&at| at > 0),
        };
        let (decision, reason) = self.decide(&facts);
        let name = container.names.first().map(|name| name.trim_start_matches('/').to_owned());
        let orphan = Orphan {
            id: container.id,
            name: name.unwrap_or_default(),
            session_id: facts.labels.get(labels::SESSION_ID).cloned().unwrap_or_default(),
            status: facts.status,
            decision,
            reason,
            removed: false,
            error: None,
        };
        log::debug!("sweep: container {}: {decision:?}: {}", orphan.id, orphan.reason);
        (orphan, facts)
    }

    fn decide(&self, facts: &Facts) -> (SweepDecision, String) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let created = facts.created.map_or(now, Duration::from_secs);
        decide(&self.ownership(facts), facts.status, now.saturating_sub(created))
    }

    /// Assesses the owner that a container's labels name.
    fn ownership(&self, facts: &Facts) -> Ownership {
        let label = |key| facts.labels.get(key).map(String::as_str);
        let unknown = |reason| Ownership::Exact(Assessment::new(Liveness::Unknown, reason));
        match (label(labels::OWNER), &self.host) {
            (Some(owner), Ok(host)) => match Owner::parse(owner) {
                Ok(owner) => Ownership::Exact(owner.assess(host, latest_created(facts), self)),
                Err(error) => unknown(format!("its owner label is malformed: {error:#}")),
            },
            (Some(_), Err(error)) => {
                unknown(format!("cannot determine the namespaces of this process: {error}"))
            }
            (None, _) if label(labels::CREATE_TOKEN).is_some() => {
                unknown("its owner could not be determined when it was created".to_owned())
            }
            (None, host) => {
                Ownership::PidOnly(assess_pid(label(labels::OWNER_PID), host.as_ref().ok()))
            }
        }
    }

    /// Removes an orphan, unless it is no longer one.
    fn remove(&self, mut orphan: Orphan, facts: Facts) -> Orphan {
        match self.try_remove(&mut orphan, facts) {
            Ok(removed) => orphan.removed = removed,
            Err(error) => {
                log::warn!("cannot remove orphaned container {}: {error:#}", orphan.id);
                orphan.error = Some(error.context("remove container"));
            }
        }
        orphan
    }

    /// Inspects the container again, and removes it if the decision is the same.
    /// Returns whether it is gone.
    fn try_remove(&self, orphan: &mut Orphan, facts: Facts) -> Result<bool> {
        let context =
            self.context.clone().with_default_timeout(STOP_LIMIT, Limit::Whole(STOP_LIMIT));
        let Some(found) = self.inspect(&context, &orphan.id)? else { return Ok(true) };
        orphan.status = ContainerStatus::named(&found.state.status);
        (orphan.decision, orphan.reason) =
            if found.id == orphan.id && found.config.labels == facts.labels {
                self.decide(&Facts { status: orphan.status, ..facts })
            } else {
                (SweepDecision::Keep, "another container has its id now".to_owned())
            };
        if orphan.decision == SweepDecision::Remove {
            container::remove(self.api, &context, &orphan.id)?;
        }
        Ok(orphan.decision == SweepDecision::Remove)
    }

    /// Inspects a container; `None` if it is gone. Asks twice, because some engines
    /// fail for a moment while another process removes the container.
    fn inspect(&self, context: &CallContext, id: &str) -> Result<Option<ContainerInspect>> {
        let inspect = || self.api.container_inspect(context, id);
        let found = inspect().or_else(|error| match error.kind() {
            ErrorKind::Engine => inspect(),
            _ => Err(error),
        });
        match found {
            Err(error) if error.is_not_found() => Ok(None),
            found => found.map(Some),
        }
    }
}

impl OwnerProbe for Sweep<'_> {
    fn process(&self, pid: i32) -> Process {
        host::process(pid)
    }

    fn container(&self, id: &str) -> Result<Option<ContainerState>> {
        Ok(self.inspect(&self.context, id)?.map(ContainerState::from))
    }
}

/// When a container was created, by the engine's clock or its owner's clock,
/// whichever is later.
fn latest_created(facts: &Facts) -> Option<u64> {
    let label = facts.labels.get(labels::CREATED_AT);
    let label = label.and_then(|text| humantime::parse_rfc3339_weak(text).ok());
    let label = label.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
    facts.created.max(label.map(|since| since.as_secs()))
}

/// Assesses an owner of which only the PID is known.
fn assess_pid(label: Option<&str>, host: Option<&Host>) -> Assessment {
    let Some(label) = label else {
        return Assessment::new(Liveness::Unknown, "its labels do not name an owner");
    };
    let Some(pid) = label.parse().ok().filter(|&pid: &i32| pid > 0) else {
        return Assessment::new(Liveness::Unknown, format!("its owner's PID is {label:?}"));
    };
    if !host.is_some_and(Host::sees_all_processes) {
        let reason = format!("this process cannot see whether its owner, process {pid}, is alive");
        return Assessment::new(Liveness::Unknown, reason);
    }
    match host::exists(pid) {
        Ok(false) => Assessment::new(Liveness::Gone, format!("its owner, process {pid}, is gone")),
        Ok(true) => Assessment::new(Liveness::Alive, format!("its owner may be process {pid}")),
        Err(error) => {
            Assessment::new(Liveness::Unknown, format!("cannot check process {pid}: {error}"))
        }
    }
}

/// How exactly a container's labels identify its owner, and the owner's assessment.
#[derive(Debug)]
enum Ownership {
    /// They identify a process uniquely.
    Exact(Assessment),
    /// They name a PID, which another process may have by now.
    PidOnly(Assessment),
}

/// The rules of a sweep.
fn decide(owner: &Ownership, status: ContainerStatus, age: Duration) -> (SweepDecision, String) {
    use ContainerStatus as Status;
    let keep = |reason: &str| (SweepDecision::Keep, reason.to_owned());
    let remove = |reason: &str| (SweepDecision::Remove, reason.to_owned());
    let (Ownership::Exact(assessment) | Ownership::PidOnly(assessment)) = owner;
    let (is_gone, reason) = (assessment.liveness == Liveness::Gone, assessment.reason.as_str());
    match (owner, status) {
        (Ownership::Exact(_), _) if !is_gone => keep(reason),
        (_, Status::Restarting | Status::Removing | Status::Unknown) => {
            if age < STUCK {
                keep("it is in a transitional state")
            } else {
                remove("it is stuck in a transitional state")
            }
        }
        (Ownership::Exact(_), _) => remove(reason),
        (_, Status::Running | Status::Paused) => {
            if is_gone {
                remove(reason)
            } else {
                keep(reason)
            }
        }
        (_, Status::Created) if age < START_GRACE && !is_gone => {
            keep("it may be about to be started")
        }
        (_, Status::Created) => remove("it was never started"),
        (_, Status::Exited | Status::Dead) => remove("it has exited"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules() {
        use ContainerStatus::*;
        use Liveness::*;
        const HOUR: u64 = 3600;
        // The status, and the lowest age for a removal if the owner is alive, unknown
        // and gone; `None` for never.
        let owner = [
            (Created, [None, None, Some(0)]),
            (Running, [None, None, Some(0)]),
            (Paused, [None, None, Some(0)]),
            (Exited, [None, None, Some(0)]),
            (Dead, [None, None, Some(0)]),
            (Restarting, [None, None, Some(HOUR)]),
            (Removing, [None, None, Some(HOUR)]),
            (ContainerStatus::Unknown, [None, None, Some(HOUR)]),
        ];
        let pid = [
            (Created, [Some(60), Some(60), Some(0)]),
            (Running, [None, None, Some(0)]),
            (Paused, [None, None, Some(0)]),
            (Exited, [Some(0); 3]),
            (Dead, [Some(0); 3]),
            (Restarting, [Some(HOUR); 3]),
            (Removing, [Some(HOUR); 3]),
            (ContainerStatus::Unknown, [Some(HOUR); 3]),
        ];
        for (kind, rules) in [(Ownership::Exact as fn(_) -> _, owner), (Ownership::PidOnly, pid)] {
            for (status, ages) in rules {
                for (liveness, least) in [Alive, Liveness::Unknown, Gone].into_iter().zip(ages) {
                    for age in [0, 59, 60, HOUR - 1, HOUR, 99 * HOUR] {
                        let owner = kind(Assessment::new(liveness, "reason"));
                        let (decision, reason) = decide(&owner, status, Duration::from_secs(age));
                        let is_removed = decision == SweepDecision::Remove;
                        let expected = least.is_some_and(|least| age >= least);
                        assert_eq!(is_removed, expected, "{owner:?} {status:?} {age}: {reason}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_pid_is_looked_for_only_where_all_can_be_seen() {
        let host = |pid_ns| Host {
            machine: None,
            boot: String::new(),
            pid_ns,
            time_ns: None,
            booted_at: 0,
        };
        let everywhere = host(0xEFFF_FFFC);
        let own = std::process::id().to_string();
        // Above the kernel's largest PID.
        let gone = "2147483647";
        for (label, host, liveness) in [
            (Some(own.as_str()), Some(&everywhere), Liveness::Alive),
            (Some(gone), Some(&everywhere), Liveness::Gone),
            (Some(gone), Some(&host(1)), Liveness::Unknown),
            (Some(gone), None, Liveness::Unknown),
            (None, Some(&everywhere), Liveness::Unknown),
            (Some("0"), Some(&everywhere), Liveness::Unknown),
            (Some("-1"), Some(&everywhere), Liveness::Unknown),
            (Some("x"), Some(&everywhere), Liveness::Unknown),
            (Some(""), Some(&everywhere), Liveness::Unknown),
        ] {
            let assessment = assess_pid(label, host);
            assert_eq!(assessment.liveness, liveness, "{label:?}: {}", assessment.reason);
        }
    }

    #[test]
    fn the_later_creation_time_counts() {
        let facts = |created, label: Option<&str>| Facts {
            labels: label
                .map(|at| (labels::CREATED_AT.to_owned(), at.to_owned()))
                .into_iter()
                .collect(),
            status: ContainerStatus::Running,
            created,
        };
        let at = "1970-01-01T00:01:00Z";
        assert_eq!(latest_created(&facts(Some(59), Some(at))), Some(60));
        assert_eq!(latest_created(&facts(Some(61), Some(at))), Some(61));
        assert_eq!(latest_created(&facts(None, Some(at))), Some(60));
        assert_eq!(latest_created(&facts(Some(61), Some("yesterday"))), Some(61));
        assert_eq!(latest_created(&facts(None, None)), None);
    }
}
