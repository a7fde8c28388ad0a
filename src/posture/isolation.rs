//! What keeps a container's processes from the host, and from privileges.

use super::enforcement::Enforcement;
use super::facts::{Facts, Told, shown};

const PRIVILEGED: &str = "the container is privileged";
/// What engines take for yes.
const YES: [&str; 7] = ["", "1", "t", "T", "TRUE", "true", "True"];

pub(super) fn network(facts: &Facts<'_>) -> Told<Enforcement> {
    let mode = &facts.host()?.network_mode;
    let why_not = format!("the container is in network \"{}\"", shown(mode));
    Ok(Enforcement::when(mode == "none", "loopback only", &why_not))
}

pub(super) fn no_new_privileges(facts: &Facts<'_>) -> Told<Enforcement> {
    const NAME: &str = "no-new-privileges";
    if facts.host()?.privileged {
        return Ok(Enforcement::no(PRIVILEGED));
    }
    let holds = match facts.option(NAME)? {
        Some(value) => YES.contains(&value),
        // An engine may have it as its default.
        None => facts.engine_option(NAME).is_ok_and(|option| option.is_some()),
    };
    Ok(if holds {
        facts.kept("setuid has no effect")
    } else {
        Enforcement::no("processes may gain privileges")
    })
}

pub(super) fn apparmor(facts: &Facts<'_>) -> Told<Enforcement> {
    let profile = facts.container.app_armor_profile.as_str();
    if profile == "unconfined" {
        return Ok(Enforcement::no("the container is unconfined"));
    }
    let is_used = facts.engine_option("apparmor")?.is_some();
    match (profile, is_used) {
        ("", false) => {
            return Ok(Enforcement::no("no profile: the engine's host does not use it"));
        }
        // Podman tells the profile from the beginning, Docker from the start.
        ("", true) if facts.engine()?.is_podman() => return Ok(Enforcement::no("no profile")),
        _ => {}
    }
    if facts.host()?.privileged {
        return Ok(Enforcement::no(PRIVILEGED));
    }
    match (facts.replacement()?, profile, is_used) {
        (Some(replaced), ..) => Ok(replaced),
        (None, "", _) => Err("the engine does not tell the profile before it starts".to_owned()),
        (None, profile, true) => Ok(Enforcement::yes(shown(profile))),
        (None, profile, false) => {
            let profile = shown(profile);
            Err(format!("profile {profile}, but the engine does not say that its host heeds any"))
        }
    }
}

pub(super) fn read_only_root(facts: &Facts<'_>) -> Told<Enforcement> {
    let host = facts.host()?;
    if host.readonly_rootfs && (host.privileged || facts.held().is_ok_and(|h| h.has("SYS_ADMIN"))) {
        return Ok(Enforcement::no("processes may mount it anew"));
    }
    Ok(Enforcement::when(host.readonly_rootfs, "it is", "it can be written to"))
}

pub(super) fn init(facts: &Facts<'_>) -> Told<Enforcement> {
    let has_init = facts.host()?.init;
    Ok(Enforcement::when(has_init, "it is process 1", "the idle process is process 1"))
}

pub(super) fn user_namespace(facts: &Facts<'_>) -> Told<Enforcement> {
    if facts.engine_option("rootless")?.is_some() {
        return Ok(Enforcement::yes("the engine is rootless"));
    }
    let mode = facts.host()?.userns_mode.as_str();
    let maps = facts.engine_option("userns")?.is_some();
    Ok(match mode {
        "host" => Enforcement::no("the container has the host's users"),
        "" if maps => Enforcement::yes("the engine maps users"),
        // Whichever it is, it is not the engine that keeps root apart.
        "" => facts
            .replacement()
            .ok()
            .flatten()
            .unwrap_or_else(|| Enforcement::no("root in the container is root on the host")),
        mode => return Err(format!("the engine does not tell the users of \"{}\"", shown(mode))),
    })
}
