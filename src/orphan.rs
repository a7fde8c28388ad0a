//! Orphans: containers whose owner is gone, and the sweep that removes them.
//!
//! A container is removed only when that is known; in any doubt it stays.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, SystemTime};

use crate::api::{Api, CallContext, ContainerInspect, ContainerSummary};
use crate::call_context::Limit;
use crate::container::{self, ContainerState, ContainerStatus, STOP_LIMIT};
use crate::error::{Error, ErrorKind, Result};
use crate::host::{self, Host, Process};
use crate::labels;
use crate::owner::{Assessment, Life, Owner, OwnerProbe};
use crate::validate;

/// A container created so recently may be about to be started.
const ABOUT_TO_START: Duration = Duration::from_secs(60);
/// A container that is between two states for so long will not get out of it.
const STUCK: Duration = Duration::from_secs(3600);

/// What a sweep does with a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SweepDecision {
    /// Remove it: its owner is gone.
    Remove,
    /// Leave it alone.
    Keep,
}

/// A container that a sweep looked at.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Orphan {
    /// Its full id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The session that it belongs to; empty if it does not say.
    pub session_id: String,
    /// Where it is in its life.
    pub status: ContainerStatus,
    /// What the sweep does with it.
    pub decision: SweepDecision,
    /// Why, for a human.
    pub reason: String,
    /// Whether it is gone, by this sweep or by somebody else's meanwhile.
    pub removed: bool,
    /// Why it could not be removed, or looked at again before that.
    pub error: Option<Error>,
}

/// What a decision rests on.
#[derive(Clone, Debug)]
struct Facts {
    labels: BTreeMap<String, String>,
    status: ContainerStatus,
    /// In seconds since 1970, by the engine's clock; `None` if it does not say.
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
    /// A sweep of the containers of `home`, under the limits of a call.
    pub(crate) fn new(api: &'a dyn Api, context: CallContext, home: &'a str) -> Result<Self> {
        validate::label_value("home", home)?;
        Ok(Sweep { api, context, home, host: Host::read() })
    }

    /// All that it finds, with its decision on each.
    pub(crate) fn look(&self) -> Result<Vec<Orphan>> {
        Ok(self.assess_all()?.into_iter().map(|(orphan, _)| orphan).collect())
    }

    /// The same, having removed those that are orphaned.
    pub(crate) fn clean_up(&self) -> Result<Vec<Orphan>> {
        let remove = |(orphan, facts): (Orphan, Facts)| match orphan.decision {
            SweepDecision::Remove => self.remove(orphan, facts),
            SweepDecision::Keep => orphan,
        };
        Ok(self.assess_all()?.into_iter().map(remove).collect())
    }

    fn assess_all(&self) -> Result<Vec<(Orphan, Facts)>> {
        let list = container::labelled(self.api, &self.context, labels::HOME, self.home)?;
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
        decide(&self.claim(facts), facts.status, now.saturating_sub(created))
    }

    /// Who owns a container by its labels, and what became of them.
    fn claim(&self, facts: &Facts) -> Claim {
        let label = |key| facts.labels.get(key).map(String::as_str);
        let unknown = |reason| Claim::Owner(Assessment::new(Life::Unknown, reason));
        match (label(labels::OWNER), &self.host) {
            (Some(owner), Ok(host)) => match Owner::parse(owner) {
                Ok(owner) => Claim::Owner(owner.assess(host, latest_created(facts), self)),
                Err(error) => unknown(format!("its label makes no sense: {error:#}")),
            },
            (Some(_), Err(error)) => unknown(format!("cannot tell where this process is: {error}")),
            (None, _) if label(labels::CREATE_TOKEN).is_some() => {
                unknown("its owner could not be found out when it was created".to_owned())
            }
            (None, host) => Claim::Pid(assess_pid(label(labels::OWNER_PID), host.as_ref().ok())),
        }
    }

    /// Removes an orphan, unless it is one no longer.
    fn remove(&self, mut orphan: Orphan, facts: Facts) -> Orphan {
        match self.try_remove(&mut orphan, facts) {
            Ok(removed) => orphan.removed = removed,
            Err(error) => {
                log::warn!("orphaned container {} stays behind: {error:#}", orphan.id);
                orphan.error = Some(error.context("remove container"));
            }
        }
        orphan
    }

    /// Looks at it again, and removes it if the decision is the same; whether
    /// it is gone.
    fn try_remove(&self, orphan: &mut Orphan, facts: Facts) -> Result<bool> {
        let context =
            self.context.clone().with_default_timeout(STOP_LIMIT, Limit::Whole(STOP_LIMIT));
        let Some(found) = self.look_again(&context, &orphan.id)? else { return Ok(true) };
        orphan.status = ContainerStatus::named(&found.state.status);
        (orphan.decision, orphan.reason) =
            if found.id == orphan.id && found.config.labels == facts.labels {
                self.decide(&Facts { status: orphan.status, ..facts })
            } else {
                (SweepDecision::Keep, "it is another container by now".to_owned())
            };
        if orphan.decision == SweepDecision::Remove {
            container::remove(self.api, &context, &orphan.id)?;
        }
        Ok(orphan.decision == SweepDecision::Remove)
    }

    /// A container, unless it is gone. Some engines fail, for a moment, where
    /// somebody else removes it: so they are asked twice.
    fn look_again(&self, context: &CallContext, id: &str) -> Result<Option<ContainerInspect>> {
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
        Ok(self.look_again(&self.context, id)?.map(ContainerState::from))
    }
}

/// When a container was created, by the engine's clock or its owner's,
/// whichever says later.
fn latest_created(facts: &Facts) -> Option<u64> {
    let label = facts.labels.get(labels::CREATED_AT);
    let label = label.and_then(|text| humantime::parse_rfc3339_weak(text).ok());
    let label = label.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
    facts.created.max(label.map(|since| since.as_secs()))
}

/// What is known of an owner that left no more than a PID.
fn assess_pid(label: Option<&str>, host: Option<&Host>) -> Assessment {
    let Some(label) = label else {
        return Assessment::new(Life::Unknown, "it does not say who owns it");
    };
    let Some(pid) = label.parse().ok().filter(|&pid: &i32| pid > 0) else {
        return Assessment::new(Life::Unknown, format!("its owner's PID is {label:?}"));
    };
    if !host.is_some_and(Host::sees_all_processes) {
        let reason = format!("this process cannot see whether its owner, process {pid}, is alive");
        return Assessment::new(Life::Unknown, reason);
    }
    match host::exists(pid) {
        Ok(false) => Assessment::new(Life::Gone, format!("its owner, process {pid}, is gone")),
        Ok(true) => Assessment::new(Life::Alive, format!("its owner may be process {pid}")),
        Err(error) => Assessment::new(Life::Unknown, format!("cannot look for {pid}: {error}")),
    }
}

/// Who owns a container, by its labels.
#[derive(Debug)]
enum Claim {
    /// A process that is told from every other one.
    Owner(Assessment),
    /// A PID, which may be another process's by now.
    Pid(Assessment),
}

/// The rules.
fn decide(claim: &Claim, status: ContainerStatus, age: Duration) -> (SweepDecision, String) {
    use ContainerStatus as Status;
    let keep = |reason: &str| (SweepDecision::Keep, reason.to_owned());
    let remove = |reason: &str| (SweepDecision::Remove, reason.to_owned());
    let (Claim::Owner(assessment) | Claim::Pid(assessment)) = claim;
    let (is_gone, reason) = (assessment.life == Life::Gone, assessment.reason.as_str());
    match (claim, status) {
        (Claim::Owner(_), _) if !is_gone => keep(reason),
        (_, Status::Restarting | Status::Removing | Status::Unknown) => {
            if age < STUCK {
                keep("it is between two states")
            } else {
                remove("it has been between two states for long")
            }
        }
        (Claim::Owner(_), _) => remove(reason),
        (_, Status::Running | Status::Paused) => {
            if is_gone {
                remove(reason)
            } else {
                keep(reason)
            }
        }
        (_, Status::Created) if age < ABOUT_TO_START && !is_gone => {
            keep("it may be about to be started")
        }
        (_, Status::Created) => remove("it was never started"),
        (_, Status::Exited | Status::Dead) => remove("it has ended"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules() {
        use ContainerStatus::*;
        use Life::*;
        const HOUR: u64 = 3600;
        // Status, youngest age of removal for an owner that is alive, unknown
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
        for (claim, rules) in [(Claim::Owner as fn(_) -> _, owner), (Claim::Pid, pid)] {
            for (status, ages) in rules {
                for (life, least) in [Alive, Life::Unknown, Gone].into_iter().zip(ages) {
                    for age in [0, 59, 60, HOUR - 1, HOUR, 99 * HOUR] {
                        let claim = claim(Assessment::new(life, "reason"));
                        let (decision, reason) = decide(&claim, status, Duration::from_secs(age));
                        let is_removed = decision == SweepDecision::Remove;
                        let expected = least.is_some_and(|least| age >= least);
                        assert_eq!(is_removed, expected, "{claim:?} {status:?} {age}: {reason}");
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
        // The kernel's largest PID is below.
        let gone = "2147483647";
        for (label, host, life) in [
            (Some(own.as_str()), Some(&everywhere), Life::Alive),
            (Some(gone), Some(&everywhere), Life::Gone),
            (Some(gone), Some(&host(1)), Life::Unknown),
            (Some(gone), None, Life::Unknown),
            (None, Some(&everywhere), Life::Unknown),
            (Some("0"), Some(&everywhere), Life::Unknown),
            (Some("-1"), Some(&everywhere), Life::Unknown),
            (Some("x"), Some(&everywhere), Life::Unknown),
            (Some(""), Some(&everywhere), Life::Unknown),
        ] {
            let assessment = assess_pid(label, host);
            assert_eq!(assessment.life, life, "{label:?}: {}", assessment.reason);
        }
    }

    #[test]
    fn the_later_word_on_the_creation_counts() {
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
