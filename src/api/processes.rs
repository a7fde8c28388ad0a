//! A container's processes, as the engine and its kernel see them from outside.

use serde::Deserialize;

use super::json::or_default;

/// A table of processes.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TopList {
    /// The columns' titles.
    #[serde(deserialize_with = "or_default")]
    pub titles: Vec<String>,
    /// A row for each process.
    #[serde(deserialize_with = "or_default")]
    pub processes: Vec<Vec<String>>,
}

/// The part of a container's statistics that is about processes.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ContainerStats {
    /// What the kernel counts.
    #[serde(deserialize_with = "or_default")]
    pub pids_stats: PidsStats,
}

/// How many processes and threads there are.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PidsStats {
    /// Now; `None` or 0 if the engine does not know.
    pub current: Option<u64>,
}
