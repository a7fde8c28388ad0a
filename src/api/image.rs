//! Images, and pulling them.

use serde::Deserialize;

use super::json::or_default;

/// An image in the engine's store.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ImageInspect {
    /// The image's id, such as `sha256:…`.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
}

/// One message of a running pull.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PullProgress {
    /// What happens, such as `Downloading`.
    #[serde(deserialize_with = "or_default")]
    pub status: String,
    /// The layer (a short id) or the tag that it happens to; may be empty.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// How far the layer is.
    #[serde(rename = "progressDetail", deserialize_with = "or_default")]
    pub detail: ProgressDetail,
}

/// How far a layer of a pull is, in bytes.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProgressDetail {
    /// Bytes done, if the engine says.
    pub current: Option<u64>,
    /// Bytes to do in all, if the engine knows.
    pub total: Option<u64>,
}
