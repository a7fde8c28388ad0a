//! Whether what watches a container's commands is out of their reach.

use super::enforcement::Enforcement;
use super::facts::{Facts, Told, shown};
use super::held::{Held, listed};
use super::isolation::no_new_privileges;
use crate::api::ContainerConfig;
use crate::labels;

/// EngineFeatures by which a process signals, traces, becomes, slows or limits a
/// process of another user, or gets at the kernel that keeps them apart.
const REACHING: [&str; 13] = [
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
/// These two make a setuid program of any user's.
const SETUID_MAKERS: [&str; 2] = ["CHOWN", "FOWNER"];

pub(super) fn watchers(facts: &Facts<'_>) -> Told<Enforcement> {
    let config = &facts.container.config;
    if !config.is_reported {
        return Err("the engine does not tell the container's users".to_owned());
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
        let mode = shown(&host.pid_mode);
        return Ok(Enforcement::no(format!("it shares its processes with \"{mode}\"")));
    }
    Ok(match reaching(facts, &facts.held()?).as_slice() {
        [] => Enforcement::yes(format!("they run as user {user}")),
        reaching => {
            let reaching = listed(reaching.iter().copied());
            Enforcement::no(format!("commands may reach them by {reaching}"))
        }
    })
}

/// The watchers' user, if it is process 1's and not the commands'.
fn user(config: &ContainerConfig) -> Result<u32, String> {
    let Some(label) = config.labels.get(labels::WATCHERS) else {
        return Err("process 1 runs as the same user as commands".to_owned());
    };
    let parts = label.split_once('/').and_then(|(uid, count)| Some((id(uid)?, id(count)?)));
    let Some((uid, _)) = parts.filter(|(uid, _)| *uid != 0) else {
        return Err(format!("the label {} is malformed", labels::WATCHERS));
    };
    if config.user != uid.to_string() && config.user != format!("{uid}:{uid}") {
        return Err(format!("process 1 runs as \"{}\", not as user {uid}", shown(&config.user)));
    }
    let commands = config.labels.get(labels::USER).map(|user| user.split(':').next());
    if commands.flatten().and_then(id) == Some(uid) {
        return Err("commands run as the same user".to_owned());
    }
    Ok(uid)
}

/// A number in plain digits.
fn id(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// The capabilities that let commands reach another user's processes.
fn reaching(facts: &Facts<'_>, held: &Held) -> Vec<&'static str> {
    let has = |name: &&str| held.has(name);
    let gains = !matches!(no_new_privileges(facts), Ok(Enforcement::Enforced(_)));
    let makers = if gains && SETUID_MAKERS.iter().all(has) { &SETUID_MAKERS[..] } else { &[] };
    REACHING.iter().filter(|name| has(name)).chain(makers).copied().collect()
}
