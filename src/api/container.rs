//! What the Engine API tells of a container besides its state: lists, and the
//! parts of an inspect that only some calls need.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::types::{PortBinding, engine_id, lenient, or_default};

/// A mount of a container.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct MountPoint {
    /// `bind`, `volume`, `tmpfs`, …
    #[serde(rename = "Type", deserialize_with = "or_default")]
    pub kind: String,
    /// The path on the engine's host, also of a volume; empty if there is none.
    #[serde(deserialize_with = "or_default")]
    pub source: String,
    /// The path in the container.
    #[serde(deserialize_with = "or_default")]
    pub destination: String,
    /// Whether it can be written to.
    #[serde(rename = "RW", deserialize_with = "or_default")]
    pub rw: bool,
}

/// The network part of a [`ContainerInspect`](super::ContainerInspect).
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NetworkSettings {
    /// The networks that it is in, by name.
    #[serde(deserialize_with = "or_default")]
    pub networks: BTreeMap<String, NetworkEndpoint>,
    /// Ports of the container, as `80/tcp`, and the host's that lead there.
    #[serde(deserialize_with = "or_default")]
    pub ports: BTreeMap<String, Option<Vec<PortBinding>>>,
}

/// A container's place in a network.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NetworkEndpoint {
    /// The network's id; may be empty while the container does not run.
    #[serde(rename = "NetworkID", deserialize_with = "or_default")]
    pub network_id: String,
}

/// The part of a [`ContainerInspect`](super::ContainerInspect) and of a [`ContainerSummary`] that
/// concerns the host.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct HostConfigInspect {
    /// The network's name, or `container:…` for that of another container.
    #[serde(deserialize_with = "or_default")]
    pub network_mode: String,
    /// The mounts, as they were asked for.
    #[serde(deserialize_with = "or_default")]
    pub mounts: Vec<MountInspect>,
    /// Whether an init process is process 1.
    #[serde(deserialize_with = "or_default")]
    pub init: bool,
    /// Whether it is removed when it has ended.
    #[serde(deserialize_with = "or_default")]
    pub auto_remove: bool,
    /// File systems in memory: path and mount options.
    #[serde(deserialize_with = "or_default")]
    pub tmpfs: BTreeMap<String, String>,
    /// Whether its root file system is read-only.
    #[serde(deserialize_with = "or_default")]
    pub readonly_rootfs: bool,
    /// Whether it has all power over the host.
    #[serde(deserialize_with = "or_default")]
    pub privileged: bool,
    /// Bytes of memory; 0 for no limit.
    #[serde(deserialize_with = "or_default")]
    pub memory: i64,
    /// Bytes of memory and swap together; 0 and -1 for no limit.
    #[serde(deserialize_with = "or_default")]
    pub memory_swap: i64,
    /// Microseconds of CPU time in each period; 0 for no limit.
    #[serde(deserialize_with = "or_default")]
    pub cpu_quota: i64,
    /// Microseconds; 0 for the engine's default.
    #[serde(deserialize_with = "or_default")]
    pub cpu_period: i64,
    /// How many processes and threads there may be; 0 and -1 for no limit.
    #[serde(deserialize_with = "or_default")]
    pub pids_limit: i64,
    /// Capabilities added to the engine's default ones.
    #[serde(deserialize_with = "or_default")]
    pub cap_add: Vec<String>,
    /// Capabilities dropped.
    #[serde(deserialize_with = "or_default")]
    pub cap_drop: Vec<String>,
    /// Security options.
    #[serde(deserialize_with = "or_default")]
    pub security_opt: Vec<String>,
    /// The OCI runtime.
    #[serde(deserialize_with = "or_default")]
    pub runtime: String,
}

/// A mount, as it was asked for.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct MountInspect {
    /// The path in the container.
    #[serde(deserialize_with = "or_default")]
    pub target: String,
    /// Options of a volume's mount.
    #[serde(deserialize_with = "or_default")]
    pub volume_options: VolumeOptionsInspect,
}

/// Options of a volume's mount.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct VolumeOptionsInspect {
    /// The part of the volume that is mounted; empty for the whole of it.
    #[serde(deserialize_with = "or_default")]
    pub subpath: String,
}

/// The storage part of a [`ContainerInspect`](super::ContainerInspect).
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GraphDriver {
    /// What the driver says; engines with another kind of store say nothing.
    #[serde(deserialize_with = "lenient")]
    pub data: GraphDriverData,
}

/// What the overlay driver says of a container's root filesystem.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GraphDriverData {
    /// The directory of the container's own changes; empty for other drivers.
    #[serde(deserialize_with = "or_default")]
    pub upper_dir: String,
}

/// Which containers to list.
#[derive(Clone, Debug, Default)]
pub struct ContainerListRequest {
    /// Those that do not run, too.
    pub all: bool,
    /// Labels, `key` or `key=value` each, that a container must have.
    pub labels: Vec<String>,
}

/// A container in a list.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerSummary {
    /// Its id.
    #[serde(deserialize_with = "engine_id")]
    pub id: String,
    /// Its names; most engines put a slash before each.
    #[serde(default, deserialize_with = "or_default")]
    pub names: Vec<String>,
    /// Its state: see [`ContainerInspectState::status`](super::ContainerInspectState::status).
    #[serde(default, deserialize_with = "or_default")]
    pub state: String,
    /// When it was created, in seconds since 1970; 0 if the engine does not say.
    #[serde(default, deserialize_with = "or_default")]
    pub created: i64,
    /// Its labels.
    #[serde(default, deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
    /// What was asked of the host.
    #[serde(default, deserialize_with = "lenient")]
    pub host_config: HostConfigInspect,
}
