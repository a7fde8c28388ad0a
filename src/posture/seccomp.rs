//! The seccomp filter of a container.

use super::architecture::Architecture;
use super::enforcement::Enforcement;
use super::facts::{Facts, Reported, escaped};
use super::profile::{Environment, Profile};

/// The size limit of a profile, in bytes. Docker's default profile has 12000.
const MAX_PROFILE: usize = 256 << 10;
const UNCONFINED: &str = "the container is unconfined";

pub(super) fn seccomp(facts: &Facts<'_>) -> Reported<Enforcement> {
    if facts.host()?.privileged {
        return Ok(Enforcement::no("the container is privileged"));
    }
    let own = facts.option("seccomp")?.unwrap_or_default();
    if own == "unconfined" {
        return Ok(Enforcement::no(UNCONFINED));
    }
    if let Some(replaced) = facts.replacement()? {
        return Ok(replaced);
    }
    match (facts.engine_option("seccomp")?, own) {
        (None, _) => Ok(Enforcement::no("the engine's kernel does not support it")),
        (Some(engines), "") => of_engine(engines),
        (Some(_), "builtin") => of_engine("profile=builtin"),
        (Some(_), own) => of_container(facts, own),
    }
}

/// The engine's default profile, which applies to a container without its own.
fn of_engine(option: &str) -> Reported<Enforcement> {
    match option.strip_prefix("profile=").unwrap_or(option) {
        "" | "default" | "builtin" => Ok(Enforcement::yes("the engine's default profile")),
        "unconfined" => Ok(Enforcement::no(UNCONFINED)),
        file => {
            let file = escaped(file);
            Err(format!("the engine does not report the contents of its default profile {file}"))
        }
    }
}

fn of_container(facts: &Facts<'_>, text: &str) -> Reported<Enforcement> {
    if !text.starts_with('{') && text != "null" {
        return Err("the profile is a file on the engine's host".to_owned());
    }
    if text.len() > MAX_PROFILE {
        return Err(format!("the profile is larger than {MAX_PROFILE} bytes"));
    }
    let profile: Option<Profile> = serde_json::from_str(text)
        .map_err(|error| format!("cannot parse the profile: {}", escaped(&error.to_string())))?;
    let capabilities = facts.capabilities();
    let has = |capability: &str| capabilities.as_ref().ok().map(|set| set.has(capability));
    let architecture = Architecture::of(&facts.engine()?.architecture);
    profile.unwrap_or_default().enforcement(&Environment { architecture, has: &has })
}
