//! Which system calls a container's processes are refused.

use super::architecture::Architecture;
use super::enforcement::Enforcement;
use super::facts::{Facts, Told, shown};
use super::profile::{Ground, Profile};

/// Longer profiles are not read, in bytes: Docker's default has 12000.
const MAX_PROFILE: usize = 256 << 10;
const UNCONFINED: &str = "the container is unconfined";

pub(super) fn seccomp(facts: &Facts<'_>) -> Told<Enforcement> {
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
        (None, _) => Ok(Enforcement::no("the engine's kernel lacks it")),
        (Some(engines), "") => of_engine(engines),
        (Some(_), "builtin") => of_engine("profile=builtin"),
        (Some(_), own) => of_container(facts, own),
    }
}

/// What an engine applies where a container names nothing.
fn of_engine(option: &str) -> Told<Enforcement> {
    match option.strip_prefix("profile=").unwrap_or(option) {
        "" | "default" | "builtin" => Ok(Enforcement::yes("the engine's default profile")),
        "unconfined" => Ok(Enforcement::no(UNCONFINED)),
        file => Err(format!("the engine does not tell its default profile, {}", shown(file))),
    }
}

fn of_container(facts: &Facts<'_>, text: &str) -> Told<Enforcement> {
    if !text.starts_with('{') && text != "null" {
        return Err("the profile is a file of the engine's host".to_owned());
    }
    if text.len() > MAX_PROFILE {
        return Err(format!("the profile is longer than {MAX_PROFILE} bytes"));
    }
    let profile: Option<Profile> = serde_json::from_str(text)
        .map_err(|error| format!("the profile is not understood: {}", shown(&error.to_string())))?;
    let held = facts.held();
    let has = |capability: &str| held.as_ref().ok().map(|held| held.has(capability));
    let architecture = Architecture::of(&facts.engine()?.architecture);
    profile.unwrap_or_default().enforcement(&Ground { architecture, has: &has })
}
