//! Requests to create a container.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::json::{engine_id, or_default};

/// A request to create a container.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerCreateRequest {
    /// The container's name, sent as a query parameter.
    #[serde(skip)]
    pub name: String,
    /// The platform as `os[/arch[/variant]]`, sent as a query parameter; empty for
    /// the engine's platform.
    #[serde(skip)]
    pub platform: String,
    /// The image's reference or id.
    pub image: String,
    /// The program of the container process, and its first arguments.
    pub entrypoint: Vec<String>,
    /// Further arguments.
    pub cmd: Vec<String>,
    /// The environment, each entry as `NAME=value`.
    pub env: Vec<String>,
    /// The working directory; empty for the image's default.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub working_dir: String,
    /// The user as `user[:group]`; empty for the image's default.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// The signal that stops the container, by name or number; empty for the
    /// image's default.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stop_signal: String,
    /// The health check; `None` for the image's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<Healthcheck>,
    /// The host name; empty to let the engine choose.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hostname: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Keep the stdin of the container process open, for clients to attach to.
    pub open_stdin: bool,
    /// Close that stdin when the first attached client disconnects.
    pub stdin_once: bool,
    /// The exposed ports, such as `80/tcp`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub exposed_ports: BTreeMap<String, Empty>,
    /// The configuration that concerns the host.
    pub host_config: HostConfig,
}

/// A health check: a command that the engine runs in the container periodically.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Healthcheck {
    /// The command; the single element `NONE` disables the image's health check.
    pub test: Vec<String>,
}

/// The Engine API's empty object.
#[allow(clippy::exhaustive_structs, reason = "it is empty")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Empty {}

/// The part of a container's configuration that concerns the host.
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
    /// The container's published ports, such as `80/tcp`, and the host ports of
    /// each.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub port_bindings: BTreeMap<String, Vec<PortBinding>>,
    /// tmpfs mounts: paths, and the mount options of each.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tmpfs: BTreeMap<String, String>,
    /// Run an init process as PID 1, which reaps processes and forwards signals.
    pub init: bool,
    /// Remove the container when it exits.
    pub auto_remove: bool,
    /// Make the root filesystem read-only.
    pub readonly_rootfs: bool,
    /// The memory limit in bytes; 0 for no limit.
    pub memory: i64,
    /// The limit of memory plus swap in bytes; 0 for twice the memory, -1 for no
    /// limit.
    pub memory_swap: i64,
    /// The CPU time per period, in microseconds; 0 for no limit.
    pub cpu_quota: i64,
    /// The CPU period in microseconds; 0 for the engine's default.
    pub cpu_period: i64,
    /// The limit of processes and threads; 0 for no limit.
    pub pids_limit: i64,
    /// The size of `/dev/shm` in bytes; 0 for the engine's default.
    pub shm_size: i64,
    /// Resource limits of each process.
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

/// A resource limit of each process; see `setrlimit(2)`.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Ulimit {
    /// The resource's name in lower case, without `RLIMIT_`.
    pub name: String,
    /// The soft limit; -1 for no limit.
    pub soft: i64,
    /// The hard limit, up to which a process may raise the soft limit; -1 for no
    /// limit.
    pub hard: i64,
}

/// A host port that a container's port is published at.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PortBinding {
    /// The address to listen on.
    pub host_ip: String,
    /// The port in decimal; empty to let the engine choose.
    pub host_port: String,
}

/// A mount to create.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MountRequest {
    /// `bind` or `volume`.
    #[serde(rename = "Type")]
    pub kind: &'static str,
    /// The path on the host, or the volume's name.
    pub source: String,
    /// The path in the container.
    pub target: String,
    /// Whether the mount is read-only.
    pub read_only: bool,
    /// Options that apply to volumes only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_options: Option<VolumeMountOptions>,
}

/// Options of a volume mount.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VolumeMountOptions {
    /// Do not copy the image's files at the target into an empty volume.
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
    /// The engine's warnings, for example about options that it ignored.
    #[serde(default, deserialize_with = "or_default")]
    pub warnings: Vec<String>,
}
