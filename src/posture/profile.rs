//! Evaluates a seccomp profile in Docker's format.
//!
//! Anything in a profile that this library does not know could reverse its meaning
//! (engines match keys case-insensitively, for example). So such a profile is not
//! evaluated; its enforcement is unknown.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::architecture::Architecture;
use super::enforcement::Enforcement;
use super::facts::{Reported, escaped};

/// The environment that a profile is evaluated for.
pub(super) struct Environment<'a> {
    pub(super) architecture: Option<Architecture>,
    /// Whether the container has a capability; `None` if unknown.
    pub(super) has: &'a dyn Fn(&str) -> Option<bool>,
}

/// A seccomp profile.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[allow(dead_code, reason = "declared so that unknown fields are rejected")]
pub(super) struct Profile {
    default_action: String,
    architectures: Option<Vec<String>>,
    syscalls: Option<Vec<Entry>>,
    comment: IgnoredAny,
    default_errno: IgnoredAny,
    default_errno_ret: IgnoredAny,
    /// Ignored: the engine's own architecture is always filtered.
    arch_map: IgnoredAny,
    flags: IgnoredAny,
    listener_path: IgnoredAny,
    listener_metadata: IgnoredAny,
}

/// The action for some system calls.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[allow(dead_code, reason = "declared so that unknown fields are rejected")]
struct Entry {
    names: Option<Vec<String>>,
    name: String,
    action: String,
    /// Conditions on the call's arguments.
    args: Option<Vec<IgnoredAny>>,
    includes: Option<Filter>,
    excludes: Option<Filter>,
    comment: IgnoredAny,
    errno: IgnoredAny,
    errno_ret: IgnoredAny,
}

/// The conditions under which an entry applies, or does not apply.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Filter {
    caps: Option<Vec<String>>,
    arches: Option<Vec<String>>,
    min_kernel: Option<IgnoredAny>,
}

impl Profile {
    /// Evaluates the profile.
    pub(super) fn enforcement(&self, environment: &Environment<'_>) -> Reported<Enforcement> {
        let entries = self.syscalls.as_deref().unwrap_or_default();
        if self.default_action.is_empty() && entries.is_empty() {
            return Ok(Enforcement::no("the profile is empty"));
        }
        self.check_architecture(environment)?;
        let refuses_others = refuses(&self.default_action)?;
        let mut calls = Calls::default();
        for entry in entries {
            // An entry with the default action changes nothing.
            if entry.action != self.default_action {
                calls.add(entry, environment, refuses(&entry.action)? != refuses_others);
            }
        }
        if refuses_others { Ok(calls.allowed()) } else { calls.refused() }
    }

    /// Fails unless the profile names the host's architecture. Runtimes filter that
    /// one even if it is not named, but do not document it.
    fn check_architecture(&self, environment: &Environment<'_>) -> Reported<()> {
        let named = self.architectures.as_deref().unwrap_or_default();
        let is_own = |own: Architecture| named.iter().any(|name| name == own.seccomp);
        if named.is_empty() || environment.architecture.is_some_and(is_own) {
            return Ok(());
        }
        Err("the profile does not name the architecture of the engine's host".to_owned())
    }
}

/// Whether an action prevents a system call.
fn refuses(action: &str) -> Reported<bool> {
    match action {
        "SCMP_ACT_ALLOW" | "SCMP_ACT_LOG" => Ok(false),
        // SCMP_ACT_TRACE fails the call if there is no tracer.
        "SCMP_ACT_KILL"
        | "SCMP_ACT_KILL_PROCESS"
        | "SCMP_ACT_KILL_THREAD"
        | "SCMP_ACT_ERRNO"
        | "SCMP_ACT_TRAP"
        | "SCMP_ACT_TRACE" => Ok(true),
        other => Err(format!("the profile has the unknown action \"{}\"", escaped(other))),
    }
}

/// The system calls that do not get the default action.
#[derive(Default)]
struct Calls<'a> {
    /// Those that certainly do not; true if that holds for all arguments.
    certain: BTreeMap<&'a str, bool>,
    /// Those that possibly do not.
    uncertain: BTreeSet<&'a str>,
    /// Those that another entry gives an action equivalent to the default.
    conflicting: BTreeSet<&'a str>,
}

impl<'a> Calls<'a> {
    /// Adds the calls of an entry. `differs` tells whether its action refuses and the
    /// default action allows, or the other way round.
    fn add(&mut self, entry: &'a Entry, environment: &Environment<'_>, differs: bool) {
        let names = entry.names.iter().flatten().chain([&entry.name]).map(String::as_str);
        let names = names.filter(|name| !name.is_empty());
        match (entry.applies(environment), differs) {
            (Some(false), _) => {}
            (Some(true), true) => {
                let is_whole = entry.args.as_ref().is_none_or(Vec::is_empty);
                names.for_each(|name| *self.certain.entry(name).or_default() |= is_whole);
            }
            (None, true) => self.uncertain.extend(names),
            (_, false) => self.conflicting.extend(names),
        }
    }

    /// The enforcement of a profile that allows all other calls.
    fn refused(mut self) -> Reported<Enforcement> {
        let conflicting = std::mem::take(&mut self.conflicting);
        let (in_conflict, certain): (BTreeMap<_, _>, BTreeMap<_, _>) =
            self.certain.into_iter().partition(|(name, _)| conflicting.contains(name));
        let partly = certain.values().filter(|is_whole| !**is_whole).count();
        let note = match partly {
            0 => String::new(),
            partly => format!(" ({partly} of them for some arguments only)"),
        };
        match certain.len() {
            0 if self.uncertain.is_empty() && in_conflict.is_empty() => {
                Ok(Enforcement::no("the profile allows every system call"))
            }
            0 => Err("cannot determine which system calls the profile refuses".to_owned()),
            all => {
                Ok(Enforcement::yes(format!("custom profile, refused system calls: {all}{note}")))
            }
        }
    }

    /// The enforcement of a profile that refuses all other calls. Calls that are
    /// possibly allowed count as allowed.
    fn allowed(self) -> Enforcement {
        let all: BTreeSet<_> = self.certain.into_keys().chain(self.uncertain).collect();
        Enforcement::yes(format!("custom profile, allowed system calls: {}", all.len()))
    }
}

impl Entry {
    /// Whether the entry applies; `None` if unknown.
    fn applies(&self, environment: &Environment<'_>) -> Option<bool> {
        let included = self.includes.as_ref().map(|filter| all(filter.conditions(environment)));
        let excluded = self.excludes.as_ref().map(|filter| {
            // A single condition excludes it.
            not(all(filter.conditions(environment).into_iter().map(not)))
        });
        all([included.unwrap_or(Some(true)), not(excluded.unwrap_or(Some(false)))])
    }
}

impl Filter {
    /// Whether each condition holds.
    fn conditions(&self, environment: &Environment<'_>) -> Vec<Option<bool>> {
        let arches = self.arches.iter().filter(|arches| !arches.is_empty());
        let own = environment.architecture;
        let includes_own =
            |arches: &Vec<String>| own.map(|own| arches.iter().any(|arch| arch.as_str() == own.go));
        let has = |cap: &String| (environment.has)(cap.strip_prefix("CAP_").unwrap_or(cap));
        let kernel = self.min_kernel.iter().map(|_| None);
        arches.map(includes_own).chain(self.caps.iter().flatten().map(has)).chain(kernel).collect()
    }
}

fn not(condition: Option<bool>) -> Option<bool> {
    condition.map(|holds| !holds)
}

/// Whether all conditions hold, in three-valued logic: a false one decides, whether or
/// not others are unknown.
fn all(conditions: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut holds = Some(true);
    for condition in conditions {
        match condition {
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

    /// Evaluates a profile for a container that has `CHOWN`, does not have other
    /// capabilities, and may have `SYS_ADMIN`.
    fn evaluate(json: &str) -> Result<Enforcement, String> {
        let has = |name: &str| (name != "SYS_ADMIN").then_some(name == "CHOWN");
        let profile: Profile = serde_json::from_str(json).map_err(|e| e.to_string())?;
        profile.enforcement(&Environment { architecture: HERE, has: &has })
    }

    /// A profile that allows all calls, with an entry for `mkdir` that contains `rest`.
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
            let enforcement = evaluate(json);
            assert!(matches!(enforcement, Ok(Enforcement::NotEnforced(_))), "{enforcement:?}");
        }
    }

    #[test]
    fn a_profile_is_in_force_as_far_as_it_goes() {
        let refused = |count: &str| format!("custom profile, refused system calls: {count}");
        let allowed = |count: &str| format!("custom profile, allowed system calls: {count}");
        for (json, how) in [
            (with(r#""name":"mkdirat""#), refused("2")),
            (with(r#""args":[]"#), refused("1")),
            (with(r#""args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"}]"#), refused("1 (1 of them for some arguments only)")),
            (with(r#""includes":{"caps":["CAP_CHOWN"],"arches":["x86","amd64"]}"#), refused("1")),
            (with(r#""excludes":{"caps":["CAP_NET_RAW"],"arches":["s390x"]}"#), refused("1")),
            (
                r#"{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86"],
                    "syscalls":[{"names":["a","b"],"action":"SCMP_ACT_KILL_PROCESS"},{"names":["a"],"action":"SCMP_ACT_LOG"}]}"#.to_owned(),
                refused("1"),
            ),
            (r#"{"defaultAction":"SCMP_ACT_ERRNO"}"#.to_owned(), allowed("0")),
            // In the form of Docker's and Podman's default profiles.
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
            assert_eq!(evaluate(&json), Ok(Enforcement::Enforced(how)), "{json}");
        }
    }

    #[test]
    fn a_profile_with_unknown_contents_is_not_evaluated() {
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
            (&with(r#""includes":{"caps":["CAP_SYS_ADMIN"]}"#), "cannot determine"),
            (&with(r#""excludes":{"minKernel":"4.8"}"#), "cannot determine"),
        ] {
            let reason = evaluate(json).unwrap_err();
            assert!(reason.contains(why), "{json:.200}: {reason}");
        }
    }
}
