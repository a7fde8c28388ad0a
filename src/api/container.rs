//! Inspected and listed containers.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::create::PortBinding;
use super::json::{engine_id, lenient, or_default};

/// `is_reported` of a value parsed from a response; that of `Default` is false.
fn reported() -> bool {
    true
}

/// The streams of the container process that a connection leads to.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttachSide {
    /// Its standard output and its standard error.
    Output,
    /// Its standard input as well.
    Both,
}

/// An inspected container.
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
    /// Its name; most engines prefix it with a slash.
    #[serde(default, deserialize_with = "lenient")]
    pub name: String,
    /// When it was created (RFC 3339); empty if the engine does not report it.
    #[serde(default, deserialize_with = "lenient")]
    pub created: String,
    /// The file on the engine's host that is mounted as its `/etc/hostname`; empty
    /// if there is none.
    #[serde(default, deserialize_with = "lenient")]
    pub hostname_path: String,
    /// The file on the engine's host that is mounted as its `/etc/hosts`; empty if
    /// there is none.
    #[serde(default, deserialize_with = "lenient")]
    pub hosts_path: String,
    /// The file on the engine's host that is mounted as its `/etc/resolv.conf`;
    /// empty if there is none.
    #[serde(default, deserialize_with = "lenient")]
    pub resolv_conf_path: String,
    /// Its mounts.
    #[serde(default, deserialize_with = "lenient")]
    pub mounts: Vec<MountPoint>,
    /// Its networks and published ports.
    #[serde(default, deserialize_with = "lenient")]
    pub network_settings: NetworkSettings,
    /// Its configuration that concerns the host.
    #[serde(default, deserialize_with = "lenient")]
    pub host_config: HostConfigInspect,
    /// The ids of its execs that are running or not yet started; Podman also lists
    /// those that have ended.
    #[serde(rename = "ExecIDs", default, deserialize_with = "lenient")]
    pub exec_ids: Option<Vec<String>>,
    /// The storage of its root filesystem.
    #[serde(default, deserialize_with = "lenient")]
    pub graph_driver: GraphDriver,
    /// Its AppArmor profile; empty for none.
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
    /// Whether the engine reported this part. If not, all fields have default values.
    #[serde(skip_deserializing, default = "reported")]
    pub is_reported: bool,
}

/// The state part of a [`ContainerInspect`].
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ContainerInspectState {
    /// `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`.
    #[serde(deserialize_with = "or_default")]
    pub status: String,
    /// Whether it is running. Also true for a paused container.
    #[serde(deserialize_with = "or_default")]
    pub running: bool,
    /// Whether it is paused.
    #[serde(deserialize_with = "or_default")]
    pub paused: bool,
    /// Whether the kernel OOM-killed it.
    #[serde(rename = "OOMKilled", deserialize_with = "or_default")]
    pub oom_killed: bool,
    /// The PID of the container process in the engine's PID namespace; 0 if it is
    /// not running.
    #[serde(deserialize_with = "or_default")]
    pub pid: i64,
    /// The exit code of the container process; 0 until it has exited.
    pub exit_code: Option<i64>,
    /// Why the container did not start; empty otherwise.
    #[serde(deserialize_with = "or_default")]
    pub error: String,
}

/// A mount of a container.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct MountPoint {
    /// The type, such as `bind`, `volume` or `tmpfs`.
    #[serde(rename = "Type", deserialize_with = "or_default")]
    pub kind: String,
    /// The path on the engine's host, also for a volume; empty if there is none.
    #[serde(deserialize_with = "or_default")]
    pub source: String,
    /// The path in the container.
    #[serde(deserialize_with = "or_default")]
    pub destination: String,
    /// Whether it is writable.
    #[serde(rename = "RW", deserialize_with = "or_default")]
    pub rw: bool,
}

/// The network part of a [`ContainerInspect`].
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NetworkSettings {
    /// The container's networks, by name.
    #[serde(deserialize_with = "or_default")]
    pub networks: BTreeMap<String, NetworkEndpoint>,
    /// The container's ports, such as `80/tcp`, and the host ports that each is
    /// published at.
    #[serde(deserialize_with = "or_default")]
    pub ports: BTreeMap<String, Option<Vec<PortBinding>>>,
}

/// A container's endpoint in a network.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NetworkEndpoint {
    /// The network's id; may be empty while the container is not running.
    #[serde(rename = "NetworkID", deserialize_with = "or_default")]
    pub network_id: String,
}

/// The part of a [`ContainerInspect`] and of a [`ContainerSummary`] that
/// concerns the host.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct HostConfigInspect {
    /// The name of its network, or `container:…` for another container's network.
    #[serde(deserialize_with = "or_default")]
    pub network_mode: String,
    /// Its mounts, as requested.
    #[serde(deserialize_with = "or_default")]
    pub mounts: Vec<MountInspect>,
    /// Whether PID 1 is an init process.
    #[serde(deserialize_with = "or_default")]
    pub init: bool,
    /// Whether the engine removes it when it exits.
    #[serde(deserialize_with = "or_default")]
    pub auto_remove: bool,
    /// Its tmpfs mounts: paths, and the mount options of each.
    #[serde(deserialize_with = "or_default")]
    pub tmpfs: BTreeMap<String, String>,
    /// Whether its root filesystem is read-only.
    #[serde(deserialize_with = "or_default")]
    pub readonly_rootfs: bool,
    /// Whether it is privileged.
    #[serde(deserialize_with = "or_default")]
    pub privileged: bool,
    /// The memory limit in bytes; 0 for no limit.
    #[serde(deserialize_with = "or_default")]
    pub memory: i64,
    /// The limit of memory plus swap in bytes; 0 or -1 for no limit.
    #[serde(deserialize_with = "or_default")]
    pub memory_swap: i64,
    /// The CPU time per period, in microseconds; 0 for no limit.
    #[serde(deserialize_with = "or_default")]
    pub cpu_quota: i64,
    /// The CPU period in microseconds; 0 for the engine's default.
    #[serde(deserialize_with = "or_default")]
    pub cpu_period: i64,
    /// The limit of processes and threads; 0 or -1 for no limit.
    #[serde(deserialize_with = "or_default")]
    pub pids_limit: i64,
    /// Capabilities added to the engine's default set.
    #[serde(deserialize_with = "or_default")]
    pub cap_add: Vec<String>,
    /// Capabilities dropped.
    #[serde(deserialize_with = "or_default")]
    pub cap_drop: Vec<String>,
    /// Security options.
    #[serde(deserialize_with = "or_default")]
    pub security_opt: Vec<String>,
    /// The OCI runtime; Podman always reports `oci`.
    #[serde(deserialize_with = "or_default")]
    pub runtime: String,
    /// The CPU limit in units of 10⁻⁹ CPUs; 0 for no limit of this kind.
    #[serde(deserialize_with = "or_default")]
    pub nano_cpus: i64,
    /// Its PID namespace: `host`, `container:…`, or empty or `private` for its own.
    #[serde(deserialize_with = "or_default")]
    pub pid_mode: String,
    /// Its user namespace: `host`, or empty for the engine's default.
    #[serde(deserialize_with = "or_default")]
    pub userns_mode: String,
    /// Whether the engine reported this part in a known form. If not, all fields
    /// have default values.
    #[serde(skip_deserializing, default = "reported")]
    pub is_reported: bool,
}

impl HostConfigInspect {
    /// The value of the security option `name`. Of several of that name the last
    /// counts, as for the engines. `name=value` and the older `name:value` are both
    /// in use.
    pub(crate) fn security_option(&self, name: &str) -> Option<&str> {
        self.security_opt.iter().rev().find_map(|option| {
            let separator = if option.contains('=') { '=' } else { ':' };
            let (key, value) = option.split_once(separator).unwrap_or((option, ""));
            (key == name).then_some(value)
        })
    }

    /// Whether the options of the container keep its processes from gaining
    /// privileges.
    pub(crate) fn has_no_new_privileges(&self) -> bool {
        // The values that engines parse as true.
        const YES: [&str; 7] = ["", "1", "t", "T", "TRUE", "true", "True"];
        self.security_option("no-new-privileges").is_some_and(|value| YES.contains(&value))
    }
}

/// A mount, as requested.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct MountInspect {
    /// The path in the container.
    #[serde(deserialize_with = "or_default")]
    pub target: String,
    /// Options of a volume mount.
    #[serde(deserialize_with = "or_default")]
    pub volume_options: VolumeOptionsInspect,
}

/// Options of a volume mount.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct VolumeOptionsInspect {
    /// The directory of the volume that is mounted; empty for the whole volume.
    #[serde(deserialize_with = "or_default")]
    pub subpath: String,
}

/// The storage part of a [`ContainerInspect`].
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GraphDriver {
    /// The driver's data; empty for engines with another kind of image store.
    #[serde(deserialize_with = "lenient")]
    pub data: GraphDriverData,
}

/// The overlay driver's data of a container's root filesystem.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GraphDriverData {
    /// The directory of the container's writable layer; empty for other drivers.
    #[serde(deserialize_with = "or_default")]
    pub upper_dir: String,
}

/// A request to list containers.
#[non_exhaustive]
#[derive(Clone, Debug, Default)]
pub struct ContainerListRequest {
    /// Also list containers that are not running.
    pub all: bool,
    /// Labels that a container must have, each `key` or `key=value`.
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
    /// Its names; most engines prefix each with a slash.
    #[serde(default, deserialize_with = "or_default")]
    pub names: Vec<String>,
    /// Its state: see [`ContainerInspectState::status`].
    #[serde(default, deserialize_with = "or_default")]
    pub state: String,
    /// When it was created, in seconds since the Unix epoch; 0 if the engine does
    /// not report it.
    #[serde(default, deserialize_with = "or_default")]
    pub created: i64,
    /// Its labels.
    #[serde(default, deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
    /// Its configuration that concerns the host.
    #[serde(default, deserialize_with = "lenient")]
    pub host_config: HostConfigInspect,
}
