//! What an engine really enforces on a container: read back, never assumed.

use std::collections::BTreeMap;
use std::fmt;

use crate::api::{ContainerInspect, HostConfigInspect, Scope, SystemInfo};
use crate::engine::Engine;
use crate::error::{Error, Result};

/// Something that keeps a container in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Protection {
    /// A limit to memory.
    Memory,
    /// A limit to swap.
    Swap,
    /// A limit to CPU time.
    Cpus,
    /// A limit to the number of processes and threads.
    Pids,
    /// No network but its own loopback interface.
    Network,
    /// No capabilities.
    Capabilities,
    /// No way to gain privileges.
    NoNewPrivileges,
    /// A filter of system calls.
    Seccomp,
    /// An AppArmor profile.
    AppArmor,
    /// A root file system that cannot be written to.
    ReadOnlyRoot,
    /// Root in the container is nobody on the host.
    UserNamespace,
    /// An init process, which reaps orphaned processes.
    Init,
    /// What watches the commands, and ends the container with its
    /// [lifetime](crate::Lifetime), is out of their reach.
    Watchers,
}

impl Protection {
    /// Those that a number limits.
    pub(crate) const LIMITS: [Protection; 4] =
        [Protection::Memory, Protection::Swap, Protection::Cpus, Protection::Pids];
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Protection::Memory => "memory",
            Protection::Swap => "swap",
            Protection::Cpus => "cpus",
            Protection::Pids => "pids",
            Protection::Network => "network",
            Protection::Capabilities => "capabilities",
            Protection::NoNewPrivileges => "no new privileges",
            Protection::Seccomp => "seccomp",
            Protection::AppArmor => "AppArmor",
            Protection::ReadOnlyRoot => "read-only root",
            Protection::UserNamespace => "user namespace",
            Protection::Init => "init",
            Protection::Watchers => "watchers",
        })
    }
}

/// Whether a protection is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "it is, it is not, or nobody knows")]
pub enum Enforcement {
    /// It is; the text says how far, such as `512`.
    Enforced(String),
    /// It is not; the text says why.
    NotEnforced(String),
    /// It cannot be told; the text says why.
    Unknown(String),
}

impl fmt::Display for Enforcement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Enforcement::Enforced(how) => write!(f, "enforced: {how}"),
            Enforcement::NotEnforced(why) => write!(f, "not enforced: {why}"),
            Enforcement::Unknown(why) => write!(f, "unknown: {why}"),
        }
    }
}

/// What an engine enforces on a container, from
/// [`Client::posture`](crate::Client::posture). `Display` prints a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posture {
    protections: BTreeMap<Protection, Enforcement>,
}

impl Posture {
    /// All that is known.
    pub fn iter(&self) -> impl Iterator<Item = (Protection, &Enforcement)> {
        self.protections.iter().map(|(&protection, enforcement)| (protection, enforcement))
    }

    /// Whether `protection` is in force.
    #[must_use]
    pub fn is_enforced(&self, protection: Protection) -> bool {
        matches!(self.protections.get(&protection), Some(Enforcement::Enforced(_)))
    }

    /// Asks the engine.
    pub(crate) fn of(engine: &Engine, scope: &Scope, container: &str) -> Result<Self> {
        let inspecting = |e: Error| e.context("inspect container");
        let inspect = engine.api.container_inspect(scope, container).map_err(inspecting)?;
        let info = engine.info(scope)?;
        let mut posture = Posture::read(&inspect, info);
        if info.is_podman() {
            let left = engine.api.container_capabilities(scope, &inspect.id);
            if let Some(left) = left.map_err(inspecting)? {
                let capabilities = capabilities_left(&inspect.host_config, &left);
                posture.protections.insert(Protection::Capabilities, capabilities);
            }
        }
        Ok(posture)
    }

    /// What the engine says of a container, and of itself: some engines take a
    /// limit without a word, show it in the container, and do not enforce it.
    pub(crate) fn read(container: &ContainerInspect, engine: &SystemInfo) -> Self {
        let config = &container.host_config;
        let lacks = |can: bool, what: &str| (!can).then(|| lack(engine, what));
        let entries = [
            (
                Protection::Memory,
                limit(lacks(engine.memory_limit, "memory"), config.memory, "bytes"),
            ),
            (Protection::Swap, swap(lacks(engine.swap_limit, "swap"), config)),
            (Protection::Cpus, cpus(lacks(engine.cpu_cfs_quota, "CPU time"), config)),
            (
                Protection::Pids,
                limit(lacks(engine.pids_limit, "processes"), config.pids_limit, "processes"),
            ),
            (Protection::Network, network(config)),
            (Protection::Capabilities, capabilities(config)),
            (Protection::NoNewPrivileges, no_new_privileges(config)),
            (Protection::Seccomp, seccomp(config, engine)),
            (Protection::AppArmor, apparmor(container)),
            (
                Protection::ReadOnlyRoot,
                when(config.readonly_rootfs, "it is", "it can be written to"),
            ),
            (Protection::UserNamespace, user_namespace(engine)),
            (
                Protection::Init,
                when(config.init, "it is process 1", "the idle process is process 1"),
            ),
        ];
        Posture { protections: entries.into() }
    }

    /// The protections that are not in force, and why.
    pub(crate) fn unenforced(&self) -> impl Iterator<Item = (Protection, &str)> {
        self.iter().filter_map(|(protection, enforcement)| match enforcement {
            Enforcement::Enforced(_) | Enforcement::Unknown(_) => None,
            Enforcement::NotEnforced(why) => Some((protection, why.as_str())),
        })
    }
}

impl fmt::Display for Posture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (protection, enforcement) in self.iter() {
            writeln!(f, "{:18}{enforcement}", protection.to_string())?;
        }
        Ok(())
    }
}

fn when(holds: bool, how: &str, why_not: &str) -> Enforcement {
    match holds {
        true => Enforcement::Enforced(how.to_owned()),
        false => Enforcement::NotEnforced(why_not.to_owned()),
    }
}

/// Why an engine cannot limit something.
pub(crate) fn lack(engine: &SystemInfo, what: &str) -> String {
    let hint = match (engine.cgroup_driver.as_str(), engine.is_rootless()) {
        ("none", true) => ": it is rootless, and was not delegated a cgroup",
        ("none", false) => ": it has no cgroups",
        _ => ": its kernel or its cgroup lacks the controller",
    };
    format!("the engine cannot limit {what}{hint}")
}

fn limit(lack: Option<String>, value: i64, unit: &str) -> Enforcement {
    match lack {
        Some(lack) => Enforcement::NotEnforced(lack),
        None => when(value > 0, &format!("{value} {unit}"), "the container has no limit"),
    }
}

fn swap(lack: Option<String>, config: &HostConfigInspect) -> Enforcement {
    if config.memory > 0 && config.memory_swap <= 0 {
        return Enforcement::NotEnforced("the container has no limit".to_owned());
    }
    // What the engine says is memory and swap together.
    match (lack, config.memory > 0) {
        (Some(lack), _) => Enforcement::NotEnforced(lack),
        (None, true) => {
            Enforcement::Enforced(format!("{} bytes", config.memory_swap - config.memory))
        }
        (None, false) => Enforcement::NotEnforced("memory has no limit".to_owned()),
    }
}

fn cpus(lack: Option<String>, config: &HostConfigInspect) -> Enforcement {
    const DEFAULT_PERIOD: i64 = 100_000;
    let period = if config.cpu_period > 0 { config.cpu_period } else { DEFAULT_PERIOD };
    match lack {
        Some(lack) => Enforcement::NotEnforced(lack),
        None => {
            let cpus = config.cpu_quota as f64 / period as f64;
            when(cpus > 0.0, &format!("{cpus} CPUs"), "the container has no limit")
        }
    }
}

fn network(config: &HostConfigInspect) -> Enforcement {
    let mode = &config.network_mode;
    when(mode == "none", "loopback only", &format!("the container is in network {mode:?}"))
}

fn capabilities(config: &HostConfigInspect) -> Enforcement {
    let drops_all = config.cap_drop.iter().any(|cap| cap == "ALL" || cap == "CAP_ALL");
    let added = config.cap_add.join(", ");
    match (config.privileged, drops_all, added.as_str()) {
        (true, _, _) => Enforcement::NotEnforced("the container is privileged".to_owned()),
        (_, false, _) => Enforcement::NotEnforced("it has the engine's default ones".to_owned()),
        (_, true, "") => Enforcement::Enforced("none".to_owned()),
        (_, true, added) => Enforcement::Enforced(format!("none but {added}")),
    }
}

/// Of an engine that lists each capability that was dropped, and not whether all
/// were: they were if most are gone.
fn capabilities_left(config: &HostConfigInspect, left: &[String]) -> Enforcement {
    let names: Vec<_> = left.iter().map(|name| name.trim_start_matches("CAP_")).collect();
    if config.privileged {
        Enforcement::NotEnforced("the container is privileged".to_owned())
    } else if names.is_empty() {
        Enforcement::Enforced("none".to_owned())
    } else if config.cap_drop.is_empty() {
        Enforcement::NotEnforced("it has the engine's default ones".to_owned())
    } else if config.cap_drop.len() > names.len() {
        Enforcement::Enforced(format!("none but {}", names.join(", ")))
    } else {
        Enforcement::NotEnforced(format!("it has {}", names.join(", ")))
    }
}

fn no_new_privileges(config: &HostConfigInspect) -> Enforcement {
    const SPELLINGS: [&str; 3] =
        ["no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"];
    let is_it = |option: &String| SPELLINGS.contains(&option.as_str());
    let holds = config.security_opt.iter().any(is_it);
    when(holds, "setuid has no effect", "processes may gain privileges")
}

fn seccomp(config: &HostConfigInspect, engine: &SystemInfo) -> Enforcement {
    let own = config.security_opt.iter().find_map(|option| option.strip_prefix("seccomp="));
    if !engine.security_options.iter().any(|option| option.contains("seccomp")) {
        return Enforcement::NotEnforced("the engine's kernel lacks it".to_owned());
    }
    match own {
        Some("unconfined") => Enforcement::NotEnforced("the container is unconfined".to_owned()),
        _ if config.privileged => {
            Enforcement::NotEnforced("the container is privileged".to_owned())
        }
        Some(_) => Enforcement::Enforced("a profile of its own".to_owned()),
        None => Enforcement::Enforced("the engine's default profile".to_owned()),
    }
}

fn apparmor(container: &ContainerInspect) -> Enforcement {
    match container.app_armor_profile.as_str() {
        "" => Enforcement::NotEnforced("no profile: the engine's host does not use it".to_owned()),
        "unconfined" => Enforcement::NotEnforced("the container is unconfined".to_owned()),
        profile => Enforcement::Enforced(profile.to_owned()),
    }
}

fn user_namespace(engine: &SystemInfo) -> Enforcement {
    let has = |name: &str| engine.security_options.iter().any(|option| option.contains(name));
    match (engine.is_rootless(), has("userns")) {
        (true, _) => Enforcement::Enforced("the engine is rootless".to_owned()),
        (_, true) => Enforcement::Enforced("the engine maps users".to_owned()),
        _ => Enforcement::NotEnforced("root in the container is root on the host".to_owned()),
    }
}
