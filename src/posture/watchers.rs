//! Whether the processes that watch a container's commands are protected from them.

use super::enforcement::Enforcement;
use super::facts::{Facts, Reported, escaped};
use super::held::{CapabilitySet, listed};
use super::isolation::no_new_privileges;
use crate::api::ContainerConfig;
use crate::{labels, watch};

/// Capabilities with which a process can signal, trace, impersonate, slow down or limit
/// a process of another user, or tamper with the kernel.
const CROSS_USER: [&str; 13] = [
    "BPF",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "KILL",
    "PERFMON",
    "SETUID",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_MODULE",
    "SYS_NICE",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_RESOURCE",
];
/// With both of these, a process can create a set-user-id program of any user.
const SETUID_MAKERS: [&str; 2] = ["CHOWN", "FOWNER"];

pub(super) fn watchers(facts: &Facts<'_>) -> Reported<Enforcement> {
    let config = &facts.container.config;
    if !config.is_reported {
        return Err("the engine does not report the container's user".to_owned());
    }
    let user = match user(config) {
        Ok(user) => user,
        Err(why) => return Ok(Enforcement::no(why)),
    };
    let host = facts.host()?;
    if host.privileged {
        return Ok(Enforcement::no("the container is privileged"));
    }
    if !matches!(host.pid_mode.as_str(), "" | "private") {
        let mode = escaped(&host.pid_mode);
        return Ok(Enforcement::no(format!("the PID namespace is shared with \"{mode}\"")));
    }
    Ok(match cross_user(facts, &facts.capabilities()?).as_slice() {
        [] => Enforcement::yes(format!("they run as user {user}")),
        capabilities => {
            let capabilities = listed(capabilities.iter().copied());
            Enforcement::no(format!("commands may affect them with {capabilities}"))
        }
    })
}

/// The watchers' user, if it is the user of PID 1 and not that of commands.
fn user(config: &ContainerConfig) -> Result<u32, String> {
    let Some(label) = config.labels.get(labels::WATCHERS) else {
        return Err("PID 1 runs as the same user as commands".to_owned());
    };
    let Some((uid, _)) = watch::parse_label(label) else {
        return Err(format!("the label {} is malformed", labels::WATCHERS));
    };
    if config.user != uid.to_string() && config.user != format!("{uid}:{uid}") {
        return Err(format!("PID 1 runs as \"{}\", not as user {uid}", escaped(&config.user)));
    }
    let commands = config.labels.get(labels::USER).map(|user| user.split(':').next());
    if commands.flatten().and_then(|user| user.parse().ok()) == Some(uid) {
        return Err("commands run as the same user".to_owned());
    }
    Ok(uid)
}

/// The capabilities with which commands can affect another user's processes.
fn cross_user(facts: &Facts<'_>, set: &CapabilitySet) -> Vec<&'static str> {
    let has = |name: &&str| set.has(name);
    let setuid_works = !matches!(no_new_privileges(facts), Ok(Enforcement::Enforced(_)));
    let makers =
        if setuid_works && SETUID_MAKERS.iter().all(has) { &SETUID_MAKERS[..] } else { &[] };
    CROSS_USER.iter().filter(|name| has(name)).chain(makers).copied().collect()
}
