//! Containers, as the engine tells of them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::create::PortBinding;
use super::json::{engine_id, lenient, or_default};

/// `is_told` of what was read from an answer; what comes of `Default` is not told.
fn told() -> bool {
    true
}

/// A container, as the engine sees it.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerInspect {
    /// Its id.
    pub id: String,
    /// Its state.
    pub state: ContainerInspectState,
    /// Its configuration.
    #[serde(default, deserialize_with = "or_default")]
    pub config: ContainerConfig,
    /// Its name; most engines put a slash before it.
    #[serde(default, deserialize_with = "lenient")]
    pub name: String,
    /// When it was created (RFC 3339); empty if the engine does not say.
    #[serde(default, deserialize_with = "lenient")]
    pub created: String,
    /// The engine's file that is its `/etc/hostname`; empty if there is none.
    #[serde(default, deserialize_with = "lenient")]
    pub hostname_path: String,
    /// The engine's file that is its `/etc/hosts`; empty if there is none.
    #[serde(default, deserialize_with = "lenient")]
    pub hosts_path: String,
    /// The engine's file that is its `/etc/resolv.conf`; empty if there is none.
    #[serde(default, deserialize_with = "lenient")]
    pub resolv_conf_path: String,
    /// What is mounted in it.
    #[serde(default, deserialize_with = "lenient")]
    pub mounts: Vec<MountPoint>,
    /// Its networks.
    #[serde(default, deserialize_with = "lenient")]
    pub network_settings: NetworkSettings,
    /// What was asked of the host.
    #[serde(default, deserialize_with = "lenient")]
    pub host_config: HostConfigInspect,
    /// Its execs that run, or are yet to be started; Podman lists ended ones, too.
    #[serde(rename = "ExecIDs", default, deserialize_with = "lenient")]
    pub exec_ids: Option<Vec<String>>,
    /// Where its root filesystem is kept.
    #[serde(default, deserialize_with = "lenient")]
    pub graph_driver: GraphDriver,
    /// The AppArmor profile that confines it; empty for none.
    #[serde(default, deserialize_with = "or_default")]
    pub app_armor_profile: String,
}

/// The configuration part of a [`ContainerInspect`].
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ContainerConfig {
    /// `user[:group]`; empty for root.
    #[serde(deserialize_with = "or_default")]
    pub user: String,
    /// Labels.
    #[serde(deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
    /// Whether the engine told it; else the other fields are defaults.
    #[serde(skip_deserializing, default = "told")]
    pub is_told: bool,
}

/// The state part of a [`ContainerInspect`].
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ContainerInspectState {
    /// `created`, `running`, `paused`, `restarting`, `removing`, `exited`, `dead`.
    #[serde(deserialize_with = "or_default")]
    pub status: String,
    /// Whether it runs (a paused one does).
    #[serde(deserialize_with = "or_default")]
    pub running: bool,
    /// Whether it is paused.
    #[serde(deserialize_with = "or_default")]
    pub paused: bool,
    /// Whether the kernel killed it for want of memory.
    #[serde(rename = "OOMKilled", deserialize_with = "or_default")]
    pub oom_killed: bool,
    /// Process 1 in the engine's PID namespace; 0 if it does not run.
    #[serde(deserialize_with = "or_default")]
    pub pid: i64,
    /// The exit code of process 1; 0 while it has none.
    pub exit_code: Option<i64>,
    /// Why it did not start.
    #[serde(deserialize_with = "or_default")]
    pub error: String,
}

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

/// The network part of a [`ContainerInspect`].
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

/// The part of a [`ContainerInspect`] and of a [`ContainerSummary`] that
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
    /// The OCI runtime; Podman says `oci`, whichever it is.
    #[serde(deserialize_with = "or_default")]
    pub runtime: String,
    /// Billionths of a CPU; 0 for no limit of this kind.
    #[serde(deserialize_with = "or_default")]
    pub nano_cpus: i64,
    /// Whose processes it sees: `host`, `container:…`; empty or `private` for its
    /// own.
    #[serde(deserialize_with = "or_default")]
    pub pid_mode: String,
    /// Whose users it has: `host`; empty for what the engine does by default.
    #[serde(deserialize_with = "or_default")]
    pub userns_mode: String,
    /// Whether the engine told it, in a shape that is understood; else the other
    /// fields are defaults.
    #[serde(skip_deserializing, default = "told")]
    pub is_told: bool,
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

/// The storage part of a [`ContainerInspect`].
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
#[non_exhaustive]
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
    /// Its state: see [`ContainerInspectState::status`].
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
