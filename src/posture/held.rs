//! The Linux capabilities that a container's processes can have.

use std::collections::BTreeSet;

use super::enforcement::Enforcement;
use super::facts::{Facts, Reported, escaped};
use crate::api::HostConfigInspect;

const ALL: &str = "ALL";
/// Docker's default set. Podman has a smaller one, but reports the resulting set.
const DEFAULT: [&str; 14] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// The bounding set: the capabilities that a container's processes can have at most.
#[derive(Debug)]
pub(super) enum CapabilitySet {
    /// All except these.
    AllExcept(BTreeSet<String>),
    /// Only these: all others were dropped.
    Only(BTreeSet<String>),
    /// The engine's default set, possibly with some added or dropped.
    Default(BTreeSet<String>),
}

impl CapabilitySet {
    pub(super) fn read(
        host: &HostConfigInspect,
        is_podman: bool,
        bounding: Option<&[String]>,
    ) -> Reported<Self> {
        let (added, mut dropped) = (names(&host.cap_add), names(&host.cap_drop));
        if host.privileged {
            return Ok(CapabilitySet::AllExcept(BTreeSet::new()));
        }
        match bounding {
            Some(bounding) => Ok(of_podman(&dropped, names(bounding))),
            None if is_podman => {
                Err("Podman does not report the container's capabilities".to_owned())
            }
            // Docker evaluates these two in this order.
            None if added.contains(ALL) => {
                dropped.remove(ALL);
                Ok(CapabilitySet::AllExcept(dropped))
            }
            None if dropped.contains(ALL) => Ok(CapabilitySet::Only(added)),
            None => {
                let all = DEFAULT.map(str::to_owned).into_iter().chain(added);
                Ok(CapabilitySet::Default(all.filter(|name| !dropped.contains(name)).collect()))
            }
        }
    }

    pub(super) fn has(&self, capability: &str) -> bool {
        match self {
            CapabilitySet::AllExcept(these) => !these.contains(capability),
            CapabilitySet::Only(these) | CapabilitySet::Default(these) => {
                these.contains(capability)
            }
        }
    }
}

/// Podman lists each dropped capability, even if `ALL` was requested. More dropped
/// than remaining ones mean that all were dropped.
fn of_podman(dropped: &BTreeSet<String>, bounding: BTreeSet<String>) -> CapabilitySet {
    if bounding.is_empty() || dropped.len() > bounding.len() {
        CapabilitySet::Only(bounding)
    } else {
        CapabilitySet::Default(bounding)
    }
}

/// Normalizes names: engines take lower case, and the prefix `CAP_`.
fn names(capabilities: &[String]) -> BTreeSet<String> {
    let name = |text: &String| {
        let name = text.to_ascii_uppercase();
        name.strip_prefix("CAP_").map_or_else(|| name.clone(), str::to_owned)
    };
    capabilities.iter().map(name).collect()
}

/// Joins names with commas.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(escaped).collect::<Vec<_>>().join(", ")
}

pub(super) fn capabilities(facts: &Facts<'_>) -> Reported<Enforcement> {
    let host = facts.host()?;
    if host.privileged {
        return Ok(Enforcement::no("the container is privileged"));
    }
    let list = |these: &BTreeSet<String>| listed(these.iter().map(String::as_str));
    Ok(match facts.capabilities()? {
        CapabilitySet::AllExcept(these) if these.is_empty() => {
            Enforcement::no("the container has all")
        }
        CapabilitySet::AllExcept(these) => {
            Enforcement::no(format!("the container has all except {}", list(&these)))
        }
        CapabilitySet::Only(these) if these.is_empty() => facts.by_kernel("none"),
        CapabilitySet::Only(these) => facts.by_kernel(&format!("none except {}", list(&these))),
        CapabilitySet::Default(_) if host.cap_drop.is_empty() && host.cap_add.is_empty() => {
            Enforcement::no("the container has the engine's default set")
        }
        CapabilitySet::Default(these) => {
            Enforcement::no(format!("the container has {}", list(&these)))
        }
    })
}
