//! Isolation from the host, and from additional privileges.

use super::enforcement::Enforcement;
use super::facts::{Facts, Reported, escaped};

const PRIVILEGED: &str = "the container is privileged";

pub(super) fn network(facts: &Facts<'_>) -> Reported<Enforcement> {
    let mode = &facts.host()?.network_mode;
    let why_not = format!("the container is in the network \"{}\"", escaped(mode));
    Ok(Enforcement::when(mode == "none", "loopback only", &why_not))
}

pub(super) fn no_new_privileges(facts: &Facts<'_>) -> Reported<Enforcement> {
    const NAME: &str = "no-new-privileges";
    if facts.host()?.privileged {
        return Ok(Enforcement::no(PRIVILEGED));
    }
    let holds = match facts.option(NAME)? {
        Some(_) => facts.host()?.has_no_new_privileges(),
        // It may be the engine's default.
        None => facts.engine_option(NAME).is_ok_and(|option| option.is_some()),
    };
    Ok(if holds {
        facts.by_kernel("setuid has no effect")
    } else {
        Enforcement::no("processes may gain privileges")
    })
}

pub(super) fn apparmor(facts: &Facts<'_>) -> Reported<Enforcement> {
    let profile = facts.container.app_armor_profile.as_str();
    if profile == "unconfined" {
        return Ok(Enforcement::no("the container is unconfined"));
    }
    let is_used = facts.engine_option("apparmor")?.is_some();
    match (profile, is_used) {
        ("", false) => {
            return Ok(Enforcement::no("no profile: the engine's host does not use AppArmor"));
        }
        // Podman reports the profile of a created container, Docker only that of a
        // started one.
        ("", true) if facts.engine()?.is_podman() => return Ok(Enforcement::no("no profile")),
        _ => {}
    }
    if facts.host()?.privileged {
        return Ok(Enforcement::no(PRIVILEGED));
    }
    match (facts.replacement()?, profile, is_used) {
        (Some(replaced), ..) => Ok(replaced),
        (None, "", _) => {
            Err("the engine does not report the profile before the container starts".to_owned())
        }
        (None, profile, true) => Ok(Enforcement::yes(escaped(profile))),
        (None, profile, false) => {
            let profile = escaped(profile);
            Err(format!("profile {profile}, but the engine does not report AppArmor support"))
        }
    }
}

pub(super) fn read_only_root(facts: &Facts<'_>) -> Reported<Enforcement> {
    let host = facts.host()?;
    let can_mount = || facts.capabilities().is_ok_and(|set| set.has("SYS_ADMIN"));
    if host.readonly_rootfs && (host.privileged || can_mount()) {
        return Ok(Enforcement::no("processes may remount it"));
    }
    Ok(Enforcement::when(host.readonly_rootfs, "read-only", "the root filesystem is writable"))
}

pub(super) fn init(facts: &Facts<'_>) -> Reported<Enforcement> {
    let has_init = facts.host()?.init;
    Ok(Enforcement::when(has_init, "PID 1 is an init process", "PID 1 is not an init process"))
}

pub(super) fn user_namespace(facts: &Facts<'_>) -> Reported<Enforcement> {
    if facts.engine_option("rootless")?.is_some() {
        return Ok(Enforcement::yes("the engine is rootless"));
    }
    let mode = facts.host()?.userns_mode.as_str();
    let maps = facts.engine_option("userns")?.is_some();
    Ok(match mode {
        "host" => Enforcement::no("the container is in the host's user namespace"),
        "" if maps => Enforcement::yes("the engine maps user ids"),
        // gVisor's or Kata's kernel may isolate root, but not the engine.
        "" => facts
            .replacement()
            .ok()
            .flatten()
            .unwrap_or_else(|| Enforcement::no("root in the container is root on the host")),
        mode => {
            return Err(format!("the user namespace mode \"{}\" is not known", escaped(mode)));
        }
    })
}
