//! Images: requests to inspect, pull, import and load them.

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
    /// Its references with a tag.
    #[serde(deserialize_with = "or_default")]
    pub repo_tags: Vec<String>,
    /// Its references with a digest.
    #[serde(deserialize_with = "or_default")]
    pub repo_digests: Vec<String>,
    /// The size of all layers, in bytes.
    #[serde(deserialize_with = "or_default")]
    pub size: u64,
    /// The operating system, such as `linux`.
    #[serde(deserialize_with = "or_default")]
    pub os: String,
    /// The CPU architecture, such as `amd64`.
    #[serde(deserialize_with = "or_default")]
    pub architecture: String,
    /// The variant of the CPU architecture; may be empty.
    #[serde(deserialize_with = "or_default")]
    pub variant: String,
    /// The default configuration of its containers.
    #[serde(deserialize_with = "or_default")]
    pub config: ImageConfig,
    /// Its layers.
    #[serde(rename = "RootFS", deserialize_with = "or_default")]
    pub root_fs: ImageRootFs,
}

/// The layers of an image.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ImageRootFs {
    /// The digests of the unpacked layers, from the lowest to the uppermost.
    #[serde(deserialize_with = "or_default")]
    pub layers: Vec<String>,
}

/// The default configuration of an image's containers.
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

/// A request to pull an image.
#[non_exhaustive]
#[derive(Clone, Debug, Default)]
pub struct ImagePullRequest {
    /// The image's name, including the registry's host if there is one.
    pub name: String,
    /// The image's tag or digest.
    pub tag: String,
    /// The platform as `os[/arch[/variant]]`; empty for the engine's platform.
    pub platform: String,
    /// The credentials for the registry; `None` to pull anonymously.
    pub auth: Option<RegistryAuth>,
}

/// Credentials for a registry, and the registry's name.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct RegistryAuth {
    /// The registry's address, in the form that Docker's own client uses.
    pub server_address: String,
    /// The credentials for it.
    pub credentials: Credentials,
}

impl RegistryAuth {
    /// Makes the `credentials` for the registry at `server_address`.
    #[must_use]
    pub fn new(server_address: impl Into<String>, credentials: Credentials) -> Self {
        RegistryAuth { server_address: server_address.into(), credentials }
    }
}

/// A request to import a filesystem as an image.
#[non_exhaustive]
#[derive(Clone, Debug, Default)]
pub struct ImageImportRequest {
    /// The name and tag of the new image.
    pub reference: String,
}

/// A progress message of a pull, a load or an import.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PullProgress {
    /// The current step, such as `Downloading`.
    #[serde(deserialize_with = "or_default")]
    pub status: String,
    /// The layer's short id, or the tag; may be empty.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// The progress of the layer, in bytes.
    #[serde(rename = "progressDetail", deserialize_with = "or_default")]
    pub detail: ProgressDetail,
    /// Text that does not concern a single layer; may be empty.
    #[serde(deserialize_with = "or_default")]
    pub stream: String,
}

/// The progress of a layer, in bytes.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProgressDetail {
    /// The bytes transferred so far, if the engine reports them.
    pub current: Option<u64>,
    /// The total number of bytes, if the engine knows it.
    pub total: Option<u64>,
}
