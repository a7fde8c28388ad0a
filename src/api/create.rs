//! Creating a container.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::json::{engine_id, or_default};

/// A container to create.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerCreateRequest {
    /// The container's name, sent as a query parameter.
    #[serde(skip)]
    pub name: String,
    /// `os[/arch[/variant]]`, sent as a query parameter; empty for the engine's.
    #[serde(skip)]
    pub platform: String,
    /// The image's reference.
    pub image: String,
    /// The program that is process 1, and its first arguments.
    pub entrypoint: Vec<String>,
    /// Further arguments.
    pub cmd: Vec<String>,
    /// `NAME=value` each.
    pub env: Vec<String>,
    /// The working directory; empty for the image's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub working_dir: String,
    /// `user[:group]`; empty for the image's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// The image's check of its health, or what is in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<Healthcheck>,
    /// The host name; empty to let the engine choose.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hostname: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Whether process 1 has an input to attach to.
    pub open_stdin: bool,
    /// Whether that input ends when the first who attached to it leaves.
    pub stdin_once: bool,
    /// The ports that the image's users may reach, as `80/tcp`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub exposed_ports: BTreeMap<String, Empty>,
    /// What the host gives and withholds.
    pub host_config: HostConfig,
}

/// A command that the engine runs again and again to see how a container is.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Healthcheck {
    /// `NONE` alone for no check.
    pub test: Vec<String>,
}

/// The Engine API's empty object.
#[allow(clippy::exhaustive_structs, reason = "it is empty")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Empty {}

/// The part of a container's configuration that concerns its host.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct HostConfig {
    /// Mounts.
    pub mounts: Vec<MountRequest>,
    /// Mounts in the older notation, `source:target[:options]`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub binds: Vec<String>,
    /// The network's name; `None` for the engine's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_mode: Option<String>,
    /// Ports of the host that lead to ports of the container, as `80/tcp`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub port_bindings: BTreeMap<String, Vec<PortBinding>>,
    /// Temporary file systems: the path, and its mount options.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tmpfs: BTreeMap<String, String>,
    /// Run an init process as process 1, which reaps and forwards signals.
    pub init: bool,
    /// Remove the container when it has ended.
    pub auto_remove: bool,
    /// Make the root file system read-only.
    pub readonly_rootfs: bool,
    /// Bytes of memory; 0 for no limit.
    pub memory: i64,
    /// Bytes of memory and swap together; 0 for twice the memory, -1 for no
    /// limit.
    pub memory_swap: i64,
    /// Microseconds of CPU time in each period; 0 for no limit.
    pub cpu_quota: i64,
    /// Microseconds; 0 for the engine's default.
    pub cpu_period: i64,
    /// How many processes and threads there may be; -1 for no limit.
    pub pids_limit: i64,
    /// Bytes of `/dev/shm`; 0 for the engine's default.
    pub shm_size: i64,
    /// Limits of each process.
    pub ulimits: Vec<Ulimit>,
    /// Capabilities to add.
    pub cap_add: Vec<String>,
    /// Capabilities to drop.
    pub cap_drop: Vec<String>,
    /// Security options.
    pub security_opt: Vec<String>,
    /// The OCI runtime; empty for the engine's default.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub runtime: String,
}

/// A limit of each process, as `setrlimit` knows it.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Ulimit {
    /// Its name in lower case, without `RLIMIT_`.
    pub name: String,
    /// What a process starts with; -1 for no limit.
    pub soft: i64,
    /// What it may raise that to; -1 for no limit.
    pub hard: i64,
}

/// A port of the host.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PortBinding {
    /// The address to listen on.
    pub host_ip: String,
    /// Decimal; empty to let the engine choose.
    pub host_port: String,
}

/// A mount to make.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MountRequest {
    /// `bind` or `volume`.
    #[serde(rename = "Type")]
    pub kind: &'static str,
    /// The host's path, or the volume's name.
    pub source: String,
    /// The path in the container.
    pub target: String,
    /// Whether the container may only read.
    pub read_only: bool,
    /// What concerns volumes only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_options: Option<VolumeMountOptions>,
}

/// What is special about the mount of a volume.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VolumeMountOptions {
    /// Do not fill an empty volume with what the image has at the target.
    pub no_copy: bool,
    /// The directory of the volume to mount; empty for its root.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subpath: String,
}

/// A created container.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerCreated {
    /// Its id.
    #[serde(deserialize_with = "engine_id")]
    pub id: String,
    /// What the engine did not do as asked.
    #[serde(default, deserialize_with = "or_default")]
    pub warnings: Vec<String>,
}
