//! Images: pulling, making and inspecting them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::json::or_default;
use crate::registry::Credentials;

/// An image in the engine's store.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ImageInspect {
    /// The image's id, such as `sha256:…`.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// The names with tags that lead to it.
    #[serde(deserialize_with = "or_default")]
    pub repo_tags: Vec<String>,
    /// The names with digests that lead to it.
    #[serde(deserialize_with = "or_default")]
    pub repo_digests: Vec<String>,
    /// Its size in bytes, with all layers.
    #[serde(deserialize_with = "or_default")]
    pub size: u64,
    /// The operating system that it is for.
    #[serde(deserialize_with = "or_default")]
    pub os: String,
    /// The processor that it is for.
    #[serde(deserialize_with = "or_default")]
    pub architecture: String,
    /// The processor's variant; may be empty.
    #[serde(deserialize_with = "or_default")]
    pub variant: String,
    /// What its containers start with.
    #[serde(deserialize_with = "or_default")]
    pub config: ImageConfig,
}

/// What the containers of an image start with.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ImageConfig {
    /// Labels.
    #[serde(deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
    /// Environment variables, as `NAME=value`.
    #[serde(deserialize_with = "or_default")]
    pub env: Vec<String>,
    /// The user; empty for root.
    #[serde(deserialize_with = "or_default")]
    pub user: String,
    /// The working directory; empty for `/`.
    #[serde(deserialize_with = "or_default")]
    pub working_dir: String,
}

/// An image to pull.
#[non_exhaustive]
#[derive(Clone, Debug, Default)]
pub struct ImagePullRequest {
    /// Its name, with the registry's host if there is one.
    pub name: String,
    /// Its tag or digest.
    pub tag: String,
    /// `os[/arch[/variant]]`; empty for the engine's own.
    pub platform: String,
    /// Who asks the registry; `None` to say nothing.
    pub auth: Option<RegistryAuth>,
}

/// Who asks a registry.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct RegistryAuth {
    /// The registry, as the engine's own client calls it.
    pub server_address: String,
    /// Who asks it.
    pub credentials: Credentials,
}

impl RegistryAuth {
    /// `credentials` for the registry `server_address`.
    #[must_use]
    pub fn new(server_address: impl Into<String>, credentials: Credentials) -> Self {
        RegistryAuth { server_address: server_address.into(), credentials }
    }
}

/// An image to make of one file system.
#[non_exhaustive]
#[derive(Clone, Debug, Default)]
pub struct ImageImportRequest {
    /// Its name and tag.
    pub reference: String,
}

/// One message of a running pull, load or import.
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
    /// What an engine says that tells of no layer; may be empty.
    #[serde(deserialize_with = "or_default")]
    pub stream: String,
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
