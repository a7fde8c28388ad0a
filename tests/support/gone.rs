//! Whether a killed command is gone: what the library says of it, and what is left.

use sandcell::{EngineFeature, TreeGone};

use super::front::{Command, Front};
use super::{Container, api, engine};

/// Why no kill is proven on the engine that the tests run against, if none is.
pub fn why_unproven() -> Option<String> {
    let features = engine().engine_features().unwrap();
    features.why_not(EngineFeature::ProvenKill).map(str::to_owned)
}

/// The answer about a command of which nothing is left: a proof, or the reason why
/// the engine can have none.
pub fn proof() -> TreeGone {
    why_unproven().map_or(TreeGone::Yes, TreeGone::Unknown)
}

/// What still runs in a container, besides its own.
pub fn top<F: Front>(container: &Container<F>) -> String {
    let commands = match why_unproven() {
        None => from_outside(&container.id),
        // An engine that cannot count processes lists the machine's.
        Some(_) => from_inside(container),
    };
    // Process 1 has the other's command line in its own.
    let own = |command: &String| command.ends_with("tail -f /dev/null");
    commands.into_iter().filter(|c| !own(c)).collect::<Vec<_>>().join("; ")
}

/// What the engine says.
fn from_outside(container: &str) -> Vec<String> {
    let json = api(&format!("/containers/{container}/top"), &[]);
    // Podman 4 says nothing at all if it could not look into a full container.
    let Ok(value) = serde_json::from_str::<serde_json::Value>(&json) else {
        return vec![json + "?"];
    };
    // Some engines make one column of all.
    let words = |columns: &serde_json::Value| -> Vec<String> {
        let columns = columns.as_array().unwrap().iter().map(|column| column.as_str().unwrap());
        columns.flat_map(str::split_whitespace).map(str::to_owned).collect()
    };
    let before = words(&value["Titles"]).len() - 1;
    let processes = value["Processes"].as_array().unwrap().iter();
    processes.map(|process| words(process)[before..].join(" ")).collect()
}

/// What the container's own `ps` says.
fn from_inside<F: Front>(container: &Container<F>) -> Vec<String> {
    let ps = ["ps", "-o", "args"];
    let result = container.run(&Command::new(ps));
    assert!(result.success(), "{result:?}");
    let lines = result.stdout.text();
    let commands = lines.lines().skip(1).map(|line| line.trim().to_owned());
    commands.filter(|command| *command != ps.join(" ")).collect()
}
