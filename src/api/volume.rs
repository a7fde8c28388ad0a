//! Volumes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::json::{lenient, or_default};

/// A volume to create.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VolumeCreateRequest {
    /// Its name; empty to let the engine choose.
    pub name: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// Which volumes to list.
#[non_exhaustive]
#[derive(Clone, Debug, Default)]
pub struct VolumeListRequest {
    /// Labels, `key` or `key=value` each, that a volume must have.
    pub labels: Vec<String>,
}

/// A list of volumes.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VolumeList {
    /// The volumes.
    #[serde(deserialize_with = "or_default")]
    pub volumes: Vec<Volume>,
    /// Why some may be missing.
    #[serde(default, deserialize_with = "or_default")]
    pub warnings: Vec<String>,
}

/// A volume.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// What keeps it: `local` for a directory of the engine's host.
    #[serde(default, deserialize_with = "or_default")]
    pub driver: String,
    /// Where it is on the engine's host.
    #[serde(default, deserialize_with = "or_default")]
    pub mountpoint: String,
    /// Its labels.
    #[serde(default, deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
    /// When it was created (RFC 3339); empty if the engine does not say.
    #[serde(default, deserialize_with = "lenient")]
    pub created_at: String,
}
