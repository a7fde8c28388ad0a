//! The owner of a container: the process that created it, and whether it is alive.

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

/// Identifies a process uniquely, across PID reuse, namespaces and reboots. It is
/// stored in a label: later versions may add fields, but must not change their
/// meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Owner {
    machine: Option<String>,
    boot: String,
    pid_ns: u64,
    time_ns: Option<u64>,
    pid: i32,
    start: u64,
    /// The container that the process runs in, of the same engine.
    container: Option<String>,
    /// The PID of that container's process in the engine's PID namespace. A different
    /// one means that the container was restarted.
    container_pid: Option<i64>,
}

/// Whether an owner is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Liveness {
    Alive,
    /// It has ended, and cannot come back.
    Gone,
    /// It cannot be determined by this process.
    Unknown,
}

/// The liveness of an owner, and the reason, for humans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assessment {
    pub(crate) liveness: Liveness,
    pub(crate) reason: String,
}

impl Assessment {
    pub(crate) fn new(liveness: Liveness, reason: impl Into<String>) -> Self {
        Assessment { liveness, reason: reason.into() }
    }
}

/// Why a label does not identify an owner.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadLabel {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("{0} is not a PID")]
    Pid(i32),
    #[error(transparent)]
    Container(#[from] Error),
}

/// The lookups of an assessment.
pub(crate) trait OwnerProbe {
    /// Looks up a process in this process's PID namespace.
    fn process(&self, pid: i32) -> Process;
    /// Looks up a container of the engine; `None` if it does not exist.
    fn container(&self, id: &str) -> Result<Option<ContainerState>>;
}

impl Owner {
    /// Identifies this process, which runs in `container` of the engine, if any.
    pub(crate) fn current(container: Option<ContainerState>) -> io::Result<Self> {
        let host = Host::read()?;
        let pid = i32::try_from(std::process::id()).map_err(io::Error::other)?;
        Ok(Owner {
            // A machine id inside a container does not identify the machine.
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

    /// Parses a label, which is untrusted.
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

    /// Determines, from `host`, whether this owner is alive. `created` is when its
    /// container was created, in seconds since the Unix epoch, if known.
    pub(crate) fn assess(
        &self,
        host: &Host,
        created: Option<u64>,
        probe: &dyn OwnerProbe,
    ) -> Assessment {
        let same_boot = self.boot == host.boot;
        match &self.container {
            _ if same_boot && self.pid_ns == host.pid_ns => self.assess_process(host, probe),
            // If its container is gone, the process is gone, on any boot.
            Some(container) => self.assess_container(container, probe),
            None if same_boot => {
                Assessment::new(Liveness::Unknown, "its owner is in another PID namespace")
            }
            None => self.assess_boot(host, created),
        }
    }

    fn assess_process(&self, host: &Host, probe: &dyn OwnerProbe) -> Assessment {
        let pid = self.pid;
        match probe.process(pid) {
            Process::Started(start) if start == self.start => {
                Assessment::new(Liveness::Alive, format!("its owner, process {pid}, is alive"))
            }
            // A process's start time differs between time namespaces.
            Process::Started(_) if self.time_ns != host.time_ns => {
                Assessment::new(Liveness::Unknown, "its owner is in another time namespace")
            }
            Process::Started(_) => {
                let reason = format!("its owner is gone: another process has the PID {pid}");
                Assessment::new(Liveness::Gone, reason)
            }
            Process::Absent => {
                Assessment::new(Liveness::Gone, format!("its owner, process {pid}, is gone"))
            }
            Process::Unknown(reason) => Assessment::new(Liveness::Unknown, reason),
        }
    }

    fn assess_container(&self, container: &str, probe: &dyn OwnerProbe) -> Assessment {
        use ContainerStatus::{Created, Dead, Exited};
        let state = match probe.container(container) {
            Ok(Some(state)) => state,
            Ok(None) => {
                let reason = format!("its owner is gone with container {container}");
                return Assessment::new(Liveness::Gone, reason);
            }
            Err(error) => {
                let reason = format!("cannot inspect its owner's container: {error:#}");
                return Assessment::new(Liveness::Unknown, reason);
            }
        };
        let has_ended = !state.running && matches!(state.status, Created | Exited | Dead);
        let is_later =
            matches!((state.pid, self.container_pid), (Some(now), Some(then)) if now != then);
        let (liveness, what) = if has_ended {
            (Liveness::Gone, "is not running")
        } else if is_later {
            (Liveness::Gone, "was restarted")
        } else {
            (Liveness::Unknown, "still exists")
        };
        Assessment::new(liveness, format!("its owner's container, {container}, {what}"))
    }

    fn assess_boot(&self, host: &Host, created: Option<u64>) -> Assessment {
        let unknown = |reason| Assessment::new(Liveness::Unknown, reason);
        match (&self.machine, &host.machine) {
            (Some(theirs), Some(ours)) if theirs == ours => {}
            (Some(_), Some(_)) => return unknown("its owner is on another machine"),
            _ => return unknown("its owner is from another boot, perhaps of another machine"),
        }
        // A cloned machine has the same id, but its own boots.
        match created {
            Some(created) if created < host.booted_at => {
                let reason = "its owner is gone: the machine has been rebooted since";
                Assessment::new(Liveness::Gone, reason)
            }
            _ => unknown("its owner is from another boot, which is not known to be earlier"),
        }
    }
}

/// The owner labels of a container that this process, which runs in container `own`,
/// creates now. If the owner cannot be determined, its label is missing, and no sweep
/// removes the container.
pub(crate) fn labels(own: &Result<Option<ContainerInspect>>) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    labels.insert(labels::OWNER_PID.to_owned(), std::process::id().to_string());
    let now = SystemTime::now();
    if now > SystemTime::UNIX_EPOCH {
        let created_at = humantime::format_rfc3339_seconds(now).to_string();
        labels.insert(labels::CREATED_AT.to_owned(), created_at);
    }
    let container = own.clone().unwrap_or_else(|error| {
        log::warn!("cannot determine the container of this process for the owner label: {error:#}");
        None
    });
    let owner = Owner::current(container.map(ContainerState::from));
    match owner.and_then(|owner| Ok(serde_json::to_string(&owner)?)) {
        Ok(owner) => {
            labels.insert(labels::OWNER.to_owned(), owner);
        }
        Err(error) => log::warn!("cannot determine the owner label of a new container: {error:#}"),
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorKind};

    const BOOTED_AT: u64 = 1_000_000;

    /// A machine with one process, 7, and an engine with one container, `c1`.
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
        for (process, liveness) in [
            (Process::Started(100), Liveness::Alive),
            (Process::Started(101), Liveness::Gone),
            (Process::Absent, Liveness::Gone),
            (unknown, Liveness::Unknown),
        ] {
            // The container is not looked up then.
            let owner = Owner { container: Some("c2".to_owned()), ..owner() };
            let world = World { process, ..world() };
            let assessment = owner.assess(&host(), None, &world);
            assert_eq!(assessment.liveness, liveness, "{}", assessment.reason);
        }
    }

    #[test]
    fn a_start_time_of_another_time_namespace_proves_nothing() {
        let owner = Owner { time_ns: Some(3), start: 50, ..owner() };
        assert_eq!(owner.assess(&host(), None, &world()).liveness, Liveness::Unknown);
        let empty = World { process: Process::Absent, ..world() };
        assert_eq!(owner.assess(&host(), None, &empty).liveness, Liveness::Gone);
    }

    #[test]
    fn an_owner_in_another_namespace_is_gone_only_with_its_container() {
        use ContainerStatus::*;
        let foreign = Owner { pid_ns: 9, ..owner() };
        assert_eq!(foreign.assess(&host(), Some(1), &world()).liveness, Liveness::Unknown);
        let error = || Err(Error::new(ErrorKind::Timeout, "no answer"));
        for (container, liveness) in [
            (Ok(None), Liveness::Gone),
            (state(Exited, None), Liveness::Gone),
            (state(Dead, None), Liveness::Gone),
            (state(Created, None), Liveness::Gone),
            (state(Running, Some(5)), Liveness::Unknown),
            (state(Paused, Some(5)), Liveness::Unknown),
            (state(Running, Some(6)), Liveness::Gone),
            (state(Running, None), Liveness::Unknown),
            (state(Restarting, None), Liveness::Unknown),
            (state(Removing, None), Liveness::Unknown),
            (state(Unknown, None), Liveness::Unknown),
            (error(), Liveness::Unknown),
        ] {
            for boot in ["b", "another boot"] {
                let (boot, named) = (boot.to_owned(), Some("c1".to_owned()));
                let owner =
                    Owner { boot, container: named, container_pid: Some(5), ..foreign.clone() };
                let world = World { container: container.clone(), ..world() };
                let assessment = owner.assess(&host(), Some(1), &world);
                assert_eq!(assessment.liveness, liveness, "{container:?}: {}", assessment.reason);
            }
        }
    }

    #[test]
    fn another_boot_must_be_an_earlier_one_of_this_machine() {
        let machine = |id: &str| Some(id.to_owned());
        let before = Some(BOOTED_AT - 1);
        for (theirs, ours, created, liveness) in [
            (machine("m"), machine("m"), before, Liveness::Gone),
            (machine("m"), machine("m"), Some(BOOTED_AT), Liveness::Unknown),
            (machine("m"), machine("m"), None, Liveness::Unknown),
            (machine("n"), machine("m"), before, Liveness::Unknown),
            (None, machine("m"), before, Liveness::Unknown),
            (machine("m"), None, before, Liveness::Unknown),
            (None, None, before, Liveness::Unknown),
        ] {
            let owner = Owner { machine: theirs, boot: "another boot".to_owned(), ..owner() };
            let host = Host { machine: ours, ..host() };
            assert_eq!(
                owner.assess(&host, created, &world()).liveness,
                liveness,
                "{owner:?} {created:?}"
            );
        }
    }

    #[test]
    fn a_label_round_trips_and_a_bad_one_is_refused() {
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
        assert_eq!(owner.assess(&host, None, &world).liveness, Liveness::Alive);
    }
}
