//! Who owns a container: which process made it, and whether that is still there.

use std::collections::BTreeMap;
use std::io;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::api::ContainerInspect;
use crate::container::{ContainerState, ContainerStatus};
use crate::error::{Error, Result};
use crate::host::{self, Host, Process};
use crate::labels;
use crate::validate;

/// A process, told from every other one that there is or ever was. A later
/// version may add fields, and none may change its meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Owner {
    machine: Option<String>,
    boot: String,
    pid_ns: u64,
    time_ns: Option<u64>,
    pid: i32,
    start: u64,
    /// The container that the process runs in, of the engine that made the
    /// owned one.
    container: Option<String>,
    /// That container's process 1 in the engine's PID namespace: another one
    /// means that it was started anew.
    container_pid: Option<i64>,
}

/// Whether an owner is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Alive,
    /// It is not there, and can never be again.
    Gone,
    /// It cannot be told from here.
    Unknown,
}

/// What was found out about an owner, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assessment {
    pub(crate) life: Life,
    pub(crate) reason: String,
}

impl Assessment {
    pub(crate) fn new(life: Life, reason: impl Into<String>) -> Self {
        Assessment { life, reason: reason.into() }
    }
}

/// Why a label names no owner.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadLabel {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("{0} is not a PID")]
    Pid(i32),
    #[error(transparent)]
    Container(#[from] Error),
}

/// What a assess may ask.
pub(crate) trait OwnerProbe {
    /// A process of this process's own PID namespace.
    fn process(&self, pid: i32) -> Process;
    /// A container of the engine; `None` if there is none.
    fn container(&self, id: &str) -> Result<Option<ContainerState>>;
}

impl Owner {
    /// This process, which runs in `container` of the engine.
    pub(crate) fn current(container: Option<ContainerState>) -> io::Result<Self> {
        let host = Host::read()?;
        let pid = i32::try_from(std::process::id()).map_err(io::Error::other)?;
        Ok(Owner {
            // A container's own machine id says nothing.
            machine: host.machine.filter(|_| container.is_none()),
            boot: host.boot,
            pid_ns: host.pid_ns,
            time_ns: host.time_ns,
            pid,
            start: host::own_start()?,
            container_pid: container.as_ref().and_then(|container| container.pid),
            container: container.map(|container| container.id),
        })
    }

    /// Reads a label; nobody vouches for what it says.
    pub(crate) fn parse(label: &str) -> Result<Self, BadLabel> {
        let owner: Owner = serde_json::from_str(label)?;
        if owner.pid <= 0 {
            return Err(BadLabel::Pid(owner.pid));
        }
        if let Some(container) = &owner.container {
            validate::id_or_name("container", container)?;
        }
        Ok(owner)
    }

    /// Whether this owner of a container that was made at `created` (seconds
    /// since 1970, if known) is still there, as seen from `host`.
    pub(crate) fn assess(
        &self,
        host: &Host,
        created: Option<u64>,
        probe: &dyn OwnerProbe,
    ) -> Assessment {
        let same_boot = self.boot == host.boot;
        match &self.container {
            _ if same_boot && self.pid_ns == host.pid_ns => self.assess_process(host, probe),
            // With its container the process is gone, whatever was booted since.
            Some(container) => self.assess_container(container, probe),
            None if same_boot => {
                Assessment::new(Life::Unknown, "its owner is in another PID namespace")
            }
            None => self.assess_boot(host, created),
        }
    }

    fn assess_process(&self, host: &Host, probe: &dyn OwnerProbe) -> Assessment {
        let pid = self.pid;
        match probe.process(pid) {
            Process::Started(start) if start == self.start => {
                Assessment::new(Life::Alive, format!("its owner, process {pid}, is alive"))
            }
            // Each time namespace has a start time of its own for a process.
            Process::Started(_) if self.time_ns != host.time_ns => {
                Assessment::new(Life::Unknown, "its owner is in another time namespace")
            }
            Process::Started(_) => {
                let reason = format!("its owner is gone: process {pid} is a later one");
                Assessment::new(Life::Gone, reason)
            }
            Process::Absent => {
                Assessment::new(Life::Gone, format!("its owner, process {pid}, is gone"))
            }
            Process::Unknown(reason) => Assessment::new(Life::Unknown, reason),
        }
    }

    fn assess_container(&self, container: &str, probe: &dyn OwnerProbe) -> Assessment {
        use ContainerStatus::{Created, Dead, Exited};
        let state = match probe.container(container) {
            Ok(Some(state)) => state,
            Ok(None) => {
                let reason = format!("its owner is gone with container {container}");
                return Assessment::new(Life::Gone, reason);
            }
            Err(error) => {
                let reason = format!("cannot ask for its owner's container: {error:#}");
                return Assessment::new(Life::Unknown, reason);
            }
        };
        let has_ended = !state.running && matches!(state.status, Created | Exited | Dead);
        let is_later =
            matches!((state.pid, self.container_pid), (Some(now), Some(then)) if now != then);
        let (life, what) = if has_ended {
            (Life::Gone, "does not run any more")
        } else if is_later {
            (Life::Gone, "was started anew")
        } else {
            (Life::Unknown, "is still there")
        };
        Assessment::new(life, format!("its owner's container, {container}, {what}"))
    }

    fn assess_boot(&self, host: &Host, created: Option<u64>) -> Assessment {
        let unknown = |reason| Assessment::new(Life::Unknown, reason);
        match (&self.machine, &host.machine) {
            (Some(theirs), Some(ours)) if theirs == ours => {}
            (Some(_), Some(_)) => return unknown("its owner is on another machine"),
            _ => return unknown("its owner is of another boot, maybe on another machine"),
        }
        // A copy of this machine has the same id and boots of its own.
        match created {
            Some(created) if created < host.booted_at => {
                Assessment::new(Life::Gone, "its owner is gone: the machine was booted since")
            }
            _ => unknown("its owner is of another boot, but no earlier one"),
        }
    }
}

/// The labels that say that this process, which runs in container `own`, owns a
/// container made now. What cannot be found out is left out: such a container is
/// nobody's to sweep.
pub(crate) fn labels(own: &Result<Option<ContainerInspect>>) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    labels.insert(labels::OWNER_PID.to_owned(), std::process::id().to_string());
    let now = SystemTime::now();
    if now > SystemTime::UNIX_EPOCH {
        let created_at = humantime::format_rfc3339_seconds(now).to_string();
        labels.insert(labels::CREATED_AT.to_owned(), created_at);
    }
    let container = own.clone().unwrap_or_else(|error| {
        log::warn!("a new container does not say which container its owner is in: {error:#}");
        None
    });
    let owner = Owner::current(container.map(ContainerState::from));
    match owner.and_then(|owner| Ok(serde_json::to_string(&owner)?)) {
        Ok(owner) => {
            labels.insert(labels::OWNER.to_owned(), owner);
        }
        Err(error) => log::warn!("a new container does not say who owns it: {error:#}"),
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorKind};

    const BOOTED_AT: u64 = 1_000_000;

    /// A machine with one process, 7, and an engine with one container.
    struct World {
        process: Process,
        container: Result<Option<ContainerState>>,
    }

    impl OwnerProbe for World {
        fn process(&self, pid: i32) -> Process {
            assert_eq!(pid, 7);
            self.process.clone()
        }

        fn container(&self, id: &str) -> Result<Option<ContainerState>> {
            assert_eq!(id, "c1");
            self.container.clone()
        }
    }

    fn world() -> World {
        World { process: Process::Started(100), container: Ok(None) }
    }

    fn host() -> Host {
        Host {
            machine: Some("m".to_owned()),
            boot: "b".to_owned(),
            pid_ns: 1,
            time_ns: Some(2),
            booted_at: BOOTED_AT,
        }
    }

    fn owner() -> Owner {
        Owner {
            machine: Some("m".to_owned()),
            boot: "b".to_owned(),
            pid_ns: 1,
            time_ns: Some(2),
            pid: 7,
            start: 100,
            container: None,
            container_pid: None,
        }
    }

    fn state(status: ContainerStatus, pid: Option<i64>) -> Result<Option<ContainerState>> {
        let mut state = ContainerState::from(crate::api::ContainerInspect::default());
        (state.status, state.running, state.pid) = (status, pid.is_some(), pid);
        Ok(Some(state))
    }

    #[test]
    fn a_process_of_this_namespace_is_known_exactly() {
        let unknown = Process::Unknown("no permission".to_owned());
        for (process, life) in [
            (Process::Started(100), Life::Alive),
            (Process::Started(101), Life::Gone),
            (Process::Absent, Life::Gone),
            (unknown, Life::Unknown),
        ] {
            // A container that is named besides is not asked for.
            let owner = Owner { container: Some("c2".to_owned()), ..owner() };
            let world = World { process, ..world() };
            let assessment = owner.assess(&host(), None, &world);
            assert_eq!(assessment.life, life, "{}", assessment.reason);
        }
    }

    #[test]
    fn a_start_time_of_another_time_namespace_proves_nothing() {
        let owner = Owner { time_ns: Some(3), start: 50, ..owner() };
        assert_eq!(owner.assess(&host(), None, &world()).life, Life::Unknown);
        let empty = World { process: Process::Absent, ..world() };
        assert_eq!(owner.assess(&host(), None, &empty).life, Life::Gone);
    }

    #[test]
    fn an_owner_in_another_namespace_is_gone_only_with_its_container() {
        use ContainerStatus::*;
        let foreign = Owner { pid_ns: 9, ..owner() };
        assert_eq!(foreign.assess(&host(), Some(1), &world()).life, Life::Unknown);
        let error = || Err(Error::new(ErrorKind::Timeout, "no answer"));
        for (container, life) in [
            (Ok(None), Life::Gone),
            (state(Exited, None), Life::Gone),
            (state(Dead, None), Life::Gone),
            (state(Created, None), Life::Gone),
            (state(Running, Some(5)), Life::Unknown),
            (state(Paused, Some(5)), Life::Unknown),
            (state(Running, Some(6)), Life::Gone),
            (state(Running, None), Life::Unknown),
            (state(Restarting, None), Life::Unknown),
            (state(Removing, None), Life::Unknown),
            (state(Unknown, None), Life::Unknown),
            (error(), Life::Unknown),
        ] {
            for boot in ["b", "another boot"] {
                let (boot, named) = (boot.to_owned(), Some("c1".to_owned()));
                let owner =
                    Owner { boot, container: named, container_pid: Some(5), ..foreign.clone() };
                let world = World { container: container.clone(), ..world() };
                let assessment = owner.assess(&host(), Some(1), &world);
                assert_eq!(assessment.life, life, "{container:?}: {}", assessment.reason);
            }
        }
    }

    #[test]
    fn another_boot_must_be_an_earlier_one_of_this_machine() {
        let machine = |id: &str| Some(id.to_owned());
        let before = Some(BOOTED_AT - 1);
        for (theirs, ours, created, life) in [
            (machine("m"), machine("m"), before, Life::Gone),
            (machine("m"), machine("m"), Some(BOOTED_AT), Life::Unknown),
            (machine("m"), machine("m"), None, Life::Unknown),
            (machine("n"), machine("m"), before, Life::Unknown),
            (None, machine("m"), before, Life::Unknown),
            (machine("m"), None, before, Life::Unknown),
            (None, None, before, Life::Unknown),
        ] {
            let owner = Owner { machine: theirs, boot: "another boot".to_owned(), ..owner() };
            let host = Host { machine: ours, ..host() };
            assert_eq!(owner.assess(&host, created, &world()).life, life, "{owner:?} {created:?}");
        }
    }

    #[test]
    fn a_label_says_all_and_is_believed_nothing() {
        let owner = Owner { container: Some("c1".to_owned()), ..owner() };
        let label = serde_json::to_string(&owner).unwrap();
        assert_eq!(Owner::parse(&label).unwrap(), owner);
        let newer = label.replace('{', r#"{"new":[1],"#);
        assert_eq!(Owner::parse(&newer).unwrap(), owner);
        for (from, to) in [
            ("7", "0"),
            ("7", "-1"),
            ("7", "99999999999"),
            ("\"c1\"", "\"../c1\""),
            ("\"b\"", "null"),
            ("}", ""),
            ("\"pid\"", "\"dip\""),
        ] {
            let bad = label.replacen(from, to, 1);
            assert!(bad != label && Owner::parse(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn this_process_is_alive() {
        let owner = Owner::current(None).unwrap();
        let host = Host::read().unwrap();
        let world = World { process: Process::Started(owner.start), ..world() };
        let owner = Owner { pid: 7, ..owner };
        assert_eq!(owner.assess(&host, None, &world).life, Life::Alive);
    }
}
