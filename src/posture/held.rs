//! The kernel's capabilities that a container's processes can have.

use std::collections::BTreeSet;

use super::enforcement::Enforcement;
use super::facts::{Facts, Told, shown};
use crate::api::HostConfigInspect;

const ALL: &str = "ALL";
/// What Docker gives by default. Podman's own are fewer, but Podman lists what
/// it left.
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

/// The capabilities that a container's processes can have, at most.
#[derive(Debug)]
pub(super) enum Held {
    /// All but these.
    AllBut(BTreeSet<String>),
    /// These, which the engine was told to leave.
    Only(BTreeSet<String>),
    /// These: the engine's default ones, some perhaps dropped and some added.
    Default(BTreeSet<String>),
}

impl Held {
    pub(super) fn read(
        host: &HostConfigInspect,
        is_podman: bool,
        left: Option<&[String]>,
    ) -> Told<Self> {
        let (added, mut dropped) = (names(&host.cap_add), names(&host.cap_drop));
        if host.privileged {
            return Ok(Held::AllBut(BTreeSet::new()));
        }
        match left {
            Some(left) => Ok(left_by_podman(&dropped, names(left))),
            None if is_podman => {
                Err("Podman does not tell which capabilities the container has".to_owned())
            }
            // Docker heeds these two in this order.
            None if added.contains(ALL) => {
                dropped.remove(ALL);
                Ok(Held::AllBut(dropped))
            }
            None if dropped.contains(ALL) => Ok(Held::Only(added)),
            None => {
                let all = DEFAULT.map(str::to_owned).into_iter().chain(added);
                Ok(Held::Default(all.filter(|name| !dropped.contains(name)).collect()))
            }
        }
    }

    pub(super) fn has(&self, capability: &str) -> bool {
        match self {
            Held::AllBut(these) => !these.contains(capability),
            Held::Only(these) | Held::Default(these) => these.contains(capability),
        }
    }
}

/// Podman lists each capability that was dropped, and not whether all were: they
/// were if most are gone.
fn left_by_podman(dropped: &BTreeSet<String>, left: BTreeSet<String>) -> Held {
    if left.is_empty() || dropped.len() > left.len() {
        Held::Only(left)
    } else {
        Held::Default(left)
    }
}

/// As the kernel has them: engines take small letters, and a prefix.
fn names(capabilities: &[String]) -> BTreeSet<String> {
    let name = |text: &String| {
        let name = text.to_ascii_uppercase();
        name.strip_prefix("CAP_").map_or_else(|| name.clone(), str::to_owned)
    };
    capabilities.iter().map(name).collect()
}

/// Names, in one line.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(shown).collect::<Vec<_>>().join(", ")
}

pub(super) fn capabilities(facts: &Facts<'_>) -> Told<Enforcement> {
    let host = facts.host()?;
    if host.privileged {
        return Ok(Enforcement::no("the container is privileged"));
    }
    Ok(match facts.held()? {
        Held::AllBut(these) if these.is_empty() => Enforcement::no("it has all"),
        Held::AllBut(these) => {
            Enforcement::no(format!("it has all but {}", listed(these.iter().map(String::as_str))))
        }
        Held::Only(these) if these.is_empty() => facts.kept("none"),
        Held::Only(these) => {
            facts.kept(&format!("none but {}", listed(these.iter().map(String::as_str))))
        }
        Held::Default(_) if host.cap_drop.is_empty() && host.cap_add.is_empty() => {
            Enforcement::no("it has the engine's default ones")
        }
        Held::Default(these) => {
            Enforcement::no(format!("it has {}", listed(these.iter().map(String::as_str))))
        }
    })
}
