//! Volumes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::json::or_default;

/// A volume to create.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VolumeCreateRequest {
    /// Its name; empty to let the engine choose.
    pub name: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// A volume.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// Where it is on the engine's host.
    #[serde(default, deserialize_with = "or_default")]
    pub mountpoint: String,
    /// Its labels.
    #[serde(default, deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
}
