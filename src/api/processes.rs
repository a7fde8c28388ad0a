//! A container's processes, as the engine and the kernel report them.

use serde::Deserialize;

use super::json::or_default;

/// A table of processes.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TopList {
    /// The column titles.
    #[serde(deserialize_with = "or_default")]
    pub titles: Vec<String>,
    /// The rows, one for each process.
    #[serde(deserialize_with = "or_default")]
    pub processes: Vec<Vec<String>>,
}

/// The part of a container's statistics that concerns processes.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ContainerStats {
    /// The kernel's process count.
    #[serde(deserialize_with = "or_default")]
    pub pids_stats: PidsStats,
}

/// The number of processes and threads.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PidsStats {
    /// The current number; `None` or 0 if the engine does not know it.
    pub current: Option<u64>,
}
