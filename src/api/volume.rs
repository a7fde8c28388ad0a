//! Volumes: requests to create and list them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::json::{lenient, or_default};

/// A request to create a volume.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VolumeCreateRequest {
    /// The volume's name; empty to let the engine choose.
    pub name: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// A request to list volumes.
#[non_exhaustive]
#[derive(Clone, Debug, Default)]
pub struct VolumeListRequest {
    /// Labels that a volume must have, each `key` or `key=value`.
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
    /// The engine's warnings, for example that volumes of a driver are missing.
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
    /// Its volume driver: `local` for a directory on the engine's host.
    #[serde(default, deserialize_with = "or_default")]
    pub driver: String,
    /// Its path on the engine's host.
    #[serde(default, deserialize_with = "or_default")]
    pub mountpoint: String,
    /// Its labels.
    #[serde(default, deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
    /// When it was created (RFC 3339); empty if the engine does not report it.
    #[serde(default, deserialize_with = "lenient")]
    pub created_at: String,
}
