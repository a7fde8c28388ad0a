//! A seccomp profile, as Docker takes it: how far it goes.
//!
//! It is somebody's text. What is in it that this library does not know could
//! turn its meaning round (engines take keys in any case of letters, for one), so
//! such a profile is not judged at all.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::architecture::Architecture;
use super::enforcement::Enforcement;
use super::facts::{Told, shown};

/// Where a profile is applied.
pub(super) struct Ground<'a> {
    pub(super) architecture: Option<Architecture>,
    /// Whether the container has a capability; `None` if that is not known.
    pub(super) has: &'a dyn Fn(&str) -> Option<bool>,
}

/// A seccomp profile.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[allow(dead_code, reason = "some fields are only known, so that unknown ones stand out")]
pub(super) struct Profile {
    default_action: String,
    architectures: Option<Vec<String>>,
    syscalls: Option<Vec<Entry>>,
    comment: IgnoredAny,
    default_errno: IgnoredAny,
    default_errno_ret: IgnoredAny,
    /// The engine's own architecture is filtered whatever it says.
    arch_map: IgnoredAny,
    flags: IgnoredAny,
    listener_path: IgnoredAny,
    listener_metadata: IgnoredAny,
}

/// What is done about some system calls.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[allow(dead_code, reason = "some fields are only known, so that unknown ones stand out")]
struct Entry {
    names: Option<Vec<String>>,
    name: String,
    action: String,
    /// What the call's arguments must be.
    args: Option<Vec<IgnoredAny>>,
    includes: Option<Filter>,
    excludes: Option<Filter>,
    comment: IgnoredAny,
    errno: IgnoredAny,
    errno_ret: IgnoredAny,
}

/// When an entry counts, or does not.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Filter {
    caps: Option<Vec<String>>,
    arches: Option<Vec<String>>,
    min_kernel: Option<IgnoredAny>,
}

impl Profile {
    /// How far it goes.
    pub(super) fn enforcement(&self, ground: &Ground<'_>) -> Told<Enforcement> {
        let entries = self.syscalls.as_deref().unwrap_or_default();
        if self.default_action.is_empty() && entries.is_empty() {
            return Ok(Enforcement::no("the profile is empty"));
        }
        self.check_architecture(ground)?;
        let refuses_others = refuses(&self.default_action)?;
        let mut calls = Calls::default();
        for entry in entries {
            // What it says of the default's own is nothing new.
            if entry.action != self.default_action {
                calls.add(entry, ground, refuses(&entry.action)? != refuses_others);
            }
        }
        if refuses_others { Ok(calls.spared()) } else { calls.refused() }
    }

    /// Runtimes filter the kernel's own architecture, too, but none promises it.
    fn check_architecture(&self, ground: &Ground<'_>) -> Told<()> {
        let named = self.architectures.as_deref().unwrap_or_default();
        let is_own = |own: Architecture| named.iter().any(|name| name == own.seccomp);
        if named.is_empty() || ground.architecture.is_some_and(is_own) {
            return Ok(());
        }
        Err("the profile does not name the architecture of the engine's host".to_owned())
    }
}

/// Whether an action keeps a system call from what it does.
fn refuses(action: &str) -> Told<bool> {
    match action {
        "SCMP_ACT_ALLOW" | "SCMP_ACT_LOG" => Ok(false),
        // Without a tracer, the last fails the call.
        "SCMP_ACT_KILL"
        | "SCMP_ACT_KILL_PROCESS"
        | "SCMP_ACT_KILL_THREAD"
        | "SCMP_ACT_ERRNO"
        | "SCMP_ACT_TRAP"
        | "SCMP_ACT_TRACE" => Ok(true),
        other => Err(format!("the profile has the action \"{}\"", shown(other))),
    }
}

/// The system calls that are not treated as all others are.
#[derive(Default)]
struct Calls<'a> {
    /// Those that certainly are not; and whether whatever their arguments.
    certain: BTreeMap<&'a str, bool>,
    /// Those that perhaps are not, and those that two entries disagree on.
    doubtful: BTreeSet<&'a str>,
    disputed: BTreeSet<&'a str>,
}

impl<'a> Calls<'a> {
    /// Heeds an entry, which differs from the default in whether it refuses, or
    /// only in how.
    fn add(&mut self, entry: &'a Entry, ground: &Ground<'_>, differs: bool) {
        let names = entry.names.iter().flatten().chain([&entry.name]).map(String::as_str);
        let names = names.filter(|name| !name.is_empty());
        match (entry.counts(ground), differs) {
            (Some(false), _) => {}
            (Some(true), true) => {
                let is_whole = entry.args.as_ref().is_none_or(Vec::is_empty);
                names.for_each(|name| *self.certain.entry(name).or_default() |= is_whole);
            }
            (None, true) => self.doubtful.extend(names),
            (_, false) => self.disputed.extend(names),
        }
    }

    /// Of a profile that allows all others.
    fn refused(mut self) -> Told<Enforcement> {
        let disputed = std::mem::take(&mut self.disputed);
        let (in_dispute, certain): (BTreeMap<_, _>, BTreeMap<_, _>) =
            self.certain.into_iter().partition(|(name, _)| disputed.contains(name));
        let partly = certain.values().filter(|is_whole| !**is_whole).count();
        let note = match partly {
            0 => String::new(),
            partly => format!(", by some arguments only: {partly}"),
        };
        match certain.len() {
            0 if self.doubtful.is_empty() && in_dispute.is_empty() => {
                Ok(Enforcement::no("the profile allows every system call"))
            }
            0 => Err("it cannot be told which system calls the profile refuses".to_owned()),
            all => Ok(Enforcement::yes(format!(
                "a profile of its own, system calls refused: {all}{note}"
            ))),
        }
    }

    /// Of a profile that refuses all others: what may be spared, is counted.
    fn spared(self) -> Enforcement {
        let all: BTreeSet<_> = self.certain.into_keys().chain(self.doubtful).collect();
        Enforcement::yes(format!("a profile of its own, system calls allowed: {}", all.len()))
    }
}

impl Entry {
    /// Whether it is part of the filter; `None` if that cannot be told.
    fn counts(&self, ground: &Ground<'_>) -> Option<bool> {
        let included = self.includes.as_ref().map(|filter| all(filter.conditions(ground)));
        let excluded = self.excludes.as_ref().map(|filter| {
            // One condition is enough.
            not(all(filter.conditions(ground).into_iter().map(not)))
        });
        all([included.unwrap_or(Some(true)), not(excluded.unwrap_or(Some(false)))])
    }
}

impl Filter {
    /// Whether each of its conditions holds.
    fn conditions(&self, ground: &Ground<'_>) -> Vec<Option<bool>> {
        let arches = self.arches.iter().filter(|arches| !arches.is_empty());
        let is_here = |arches: &Vec<String>| {
            Some(arches.iter().any(|arch| Some(arch.as_str()) == ground.architecture.map(|a| a.go)))
                .filter(|_| ground.architecture.is_some())
        };
        let has = |cap: &String| (ground.has)(cap.strip_prefix("CAP_").unwrap_or(cap));
        let kernel = self.min_kernel.iter().map(|_| None);
        arches.map(is_here).chain(self.caps.iter().flatten().map(has)).chain(kernel).collect()
    }
}

fn not(it: Option<bool>) -> Option<bool> {
    it.map(|it| !it)
}

/// Whether all hold: one that does not decides, whatever is not known of others.
fn all(them: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut holds = Some(true);
    for it in them {
        match it {
            Some(true) => {}
            Some(false) => return Some(false),
            None => holds = None,
        }
    }
    holds
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Option<Architecture> =
        Some(Architecture { seccomp: "SCMP_ARCH_X86_64", go: "amd64" });

    /// How far a profile goes in a container that has `CHOWN`, and no more than
    /// `SYS_ADMIN`, of which it is not known.
    fn judged(json: &str) -> Result<Enforcement, String> {
        let has = |name: &str| (name != "SYS_ADMIN").then_some(name == "CHOWN");
        let profile: Profile = serde_json::from_str(json).map_err(|e| e.to_string())?;
        profile.enforcement(&Ground { architecture: HERE, has: &has })
    }

    /// A profile that allows all but what `rest` of an entry says of `mkdir`.
    fn with(rest: &str) -> String {
        let entry = format!(r#"{{"names":["mkdir"],"action":"SCMP_ACT_ERRNO",{rest}}}"#);
        format!(r#"{{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{entry}]}}"#)
    }

    #[test]
    fn a_profile_that_refuses_nothing_is_no_protection() {
        for json in [
            "{}",
            r#"{"syscalls":[]}"#,
            r#"{"syscalls":null,"comment":"x"}"#,
            r#"{"defaultAction":"SCMP_ACT_ALLOW"}"#,
            r#"{"defaultAction":"SCMP_ACT_LOG","syscalls":null}"#,
            r#"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_LOG"}]}"#,
            r#"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":[],"action":"SCMP_ACT_ERRNO"}]}"#,
            &with(r#""includes":{"caps":["CAP_NET_RAW"]}"#),
            &with(r#""includes":{"arches":["arm64"]}"#),
            &with(r#""includes":{"arches":["arm64"],"caps":["CAP_SYS_ADMIN"]}"#),
            &with(r#""excludes":{"caps":["CAP_CHOWN"]}"#),
            &with(r#""excludes":{"caps":["CAP_SYS_ADMIN","CAP_CHOWN"]}"#),
            &with(r#""excludes":{"arches":["amd64"],"minKernel":"4.8"}"#),
        ] {
            assert!(matches!(judged(json), Ok(Enforcement::NotEnforced(_))), "{:?}", judged(json));
        }
    }

    #[test]
    fn a_profile_is_in_force_as_far_as_it_goes() {
        let refused = |count: &str| format!("a profile of its own, system calls refused: {count}");
        let allowed = |count: &str| format!("a profile of its own, system calls allowed: {count}");
        for (json, how) in [
            (with(r#""name":"mkdirat""#), refused("2")),
            (with(r#""args":[]"#), refused("1")),
            (with(r#""args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"}]"#), refused("1, by some arguments only: 1")),
            (with(r#""includes":{"caps":["CAP_CHOWN"],"arches":["x86","amd64"]}"#), refused("1")),
            (with(r#""excludes":{"caps":["CAP_NET_RAW"],"arches":["s390x"]}"#), refused("1")),
            (
                r#"{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86"],
                    "syscalls":[{"names":["a","b"],"action":"SCMP_ACT_KILL_PROCESS"},{"names":["a"],"action":"SCMP_ACT_LOG"}]}"#.to_owned(),
                refused("1"),
            ),
            (r#"{"defaultAction":"SCMP_ACT_ERRNO"}"#.to_owned(), allowed("0")),
            // As Docker's and Podman's own are written.
            (
                r#"{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":38,"defaultErrno":"ENOSYS",
                    "archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]}],
                    "syscalls":[{"names":["bdflush"],"action":"SCMP_ACT_ERRNO","args":[],"comment":"",
                    "includes":{},"excludes":{},"errnoRet":1,"errno":"EPERM"},{"names":["a","b"],
                    "action":"SCMP_ACT_ALLOW","args":null,"includes":{"minKernel":"4.8"}}]}"#
                    .to_owned(),
                allowed("2"),
            ),
            (
                r#"{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":1,"syscalls":[
                    {"names":["a","b"],"action":"SCMP_ACT_ALLOW"},
                    {"names":["b","c"],"action":"SCMP_ACT_ALLOW","includes":{"minKernel":"4.8"}},
                    {"names":["d"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_BPF"]}},
                    {"names":["e"],"action":"SCMP_ACT_TRAP"}]}"#.to_owned(),
                allowed("3"),
            ),
        ] {
            assert_eq!(judged(&json), Ok(Enforcement::Enforced(how)), "{json}");
        }
    }

    #[test]
    fn a_profile_that_is_not_understood_is_not_judged() {
        let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for (json, why) in [
            ("7", "invalid type"),
            (&*nested, ""),
            (
                r#"{"defaultAction":"SCMP_ACT_ERRNO","DEFAULTACTION":"SCMP_ACT_ALLOW"}"#,
                "unknown field",
            ),
            (r#"{"defaultAction":"SCMP_ACT_ERRNO","defaultAction":"SCMP_ACT_ALLOW"}"#, "duplicate"),
            (r#"{"defaultAction":"SCMP_ACT_NONSENSE"}"#, "action \"SCMP_ACT_NONSENSE\""),
            (r#"{"defaultAction":"SCMP_ACT_NOTIFY"}"#, "SCMP_ACT_NOTIFY"),
            (r#"{"syscalls":[{"names":["a"],"action":"SCMP_ACT_ERRNO"}]}"#, "action \"\""),
            (
                r#"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["a"],"action":"\n"}]}"#,
                r#"action "\n""#,
            ),
            (
                r#"{"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_AARCH64"]}"#,
                "architecture",
            ),
            (&with(r#""includes":{"caps":["CAP_SYS_ADMIN"]}"#), "cannot be told"),
            (&with(r#""excludes":{"minKernel":"4.8"}"#), "cannot be told"),
        ] {
            let said = judged(json).unwrap_err();
            assert!(said.contains(why), "{json:.200}: {said}");
        }
    }
}
