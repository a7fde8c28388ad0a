//! Requests and results of the [`Api`](super::Api), named as the Engine API
//! names them. Absent fields are defaults: an engine may be older or newer
//! than this library, and unknown fields are ignored.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use super::container::{GraphDriver, HostConfigInspect, MountPoint, NetworkSettings};
use crate::validate;

/// What the engine says of itself.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ServerVersion {
    /// The engine's own version, such as `20.10.24`.
    #[serde(deserialize_with = "or_default")]
    pub version: String,
    /// The newest Engine API version that it speaks.
    #[serde(deserialize_with = "or_default")]
    pub api_version: String,
    /// The oldest Engine API version that it speaks; empty if it does not say.
    #[serde(rename = "MinAPIVersion", deserialize_with = "or_default")]
    pub min_api_version: String,
    /// The engine's operating system, such as `linux`.
    #[serde(deserialize_with = "or_default")]
    pub os: String,
    /// The engine's architecture, such as `amd64`.
    #[serde(deserialize_with = "or_default")]
    pub arch: String,
}

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

/// A container to create.
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

/// The Engine API's empty object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Empty {}

/// The part of a container's configuration that concerns its host.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct HostConfig {
    /// Mounts.
    pub mounts: Vec<MountRequest>,
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PortBinding {
    /// The address to listen on.
    pub host_ip: String,
    /// Decimal; empty to let the engine choose.
    pub host_port: String,
}

/// A mount to make.
#[derive(Clone, Debug, Serialize)]
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
    /// Where its root filesystem is kept.
    #[serde(default, deserialize_with = "lenient")]
    pub graph_driver: GraphDriver,
    /// The AppArmor profile that confines it; empty for none.
    #[serde(default, deserialize_with = "or_default")]
    pub app_armor_profile: String,
}

/// What the engine can do, and on what.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SystemInfo {
    /// Whether it can limit memory.
    #[serde(deserialize_with = "or_default")]
    pub memory_limit: bool,
    /// Whether it can limit swap.
    #[serde(deserialize_with = "or_default")]
    pub swap_limit: bool,
    /// Whether it can limit CPU time.
    #[serde(deserialize_with = "or_default")]
    pub cpu_cfs_quota: bool,
    /// Whether it can limit the number of processes.
    #[serde(deserialize_with = "or_default")]
    pub pids_limit: bool,
    /// `cgroupfs`, `systemd`, or `none` where it has no cgroups.
    #[serde(deserialize_with = "or_default")]
    pub cgroup_driver: String,
    /// `1` or `2`.
    #[serde(deserialize_with = "or_default")]
    pub cgroup_version: String,
    /// What confines containers, such as `name=seccomp,profile=default`.
    #[serde(deserialize_with = "or_default")]
    pub security_options: Vec<String>,
}

/// What is at a path in a container.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PathStat {
    /// In bytes.
    pub size: u64,
    /// Type and permissions, in the bits of Go's `fs.FileMode`.
    pub mode: u32,
    /// Where a symlink leads, all links followed; empty otherwise.
    #[serde(default, deserialize_with = "or_default")]
    pub link_target: String,
}

impl PathStat {
    const TYPE: u32 = 0x8f28_0000;
    const DIR: u32 = 1 << 31;
    const SYMLINK: u32 = 1 << 27;

    /// Whether it is a directory.
    #[must_use]
    pub fn is_dir(&self) -> bool {
        self.mode & Self::DIR != 0
    }

    /// Whether it is a symlink.
    #[must_use]
    pub fn is_symlink(&self) -> bool {
        self.mode & Self::SYMLINK != 0
    }

    /// Whether it is a regular file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.mode & Self::TYPE == 0
    }
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

/// A volume to create.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VolumeCreateRequest {
    /// Its name; empty to let the engine choose.
    pub name: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// A volume.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// Where it is on the engine's host.
    #[serde(default, deserialize_with = "or_default")]
    pub mountpoint: String,
    /// Its labels.
    #[serde(default, deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
}

/// A command to run in a container.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecCreateRequest {
    /// Program and arguments.
    pub cmd: Vec<String>,
    /// `NAME=value` each, in addition to the container's.
    pub env: Vec<String>,
    /// The working directory; empty for the container's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub working_dir: String,
    /// `user[:group]`; empty for the container's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// Give it a terminal.
    pub tty: bool,
    /// Rows and columns of the terminal; since API 1.42.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub console_size: Option<[u16; 2]>,
    /// Connect its input.
    pub attach_stdin: bool,
    /// Connect its output.
    pub attach_stdout: bool,
    /// Connect its error output.
    pub attach_stderr: bool,
}

/// A created exec.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecCreated {
    /// Its id.
    #[serde(deserialize_with = "engine_id")]
    pub id: String,
}

/// How to start an exec.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecStartRequest {
    /// Start without connecting its streams.
    pub detach: bool,
    /// Whether it was created with a terminal.
    pub tty: bool,
    /// Rows and columns of the terminal; since API 1.42.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub console_size: Option<[u16; 2]>,
}

/// An exec, as the engine sees it.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecInspect {
    /// Whether the command runs.
    pub running: bool,
    /// Its exit code; meaningful only when it does not run any more, and even
    /// then some engines leave it out.
    #[serde(default)]
    pub exit_code: Option<i64>,
    /// The command's process in the engine's PID namespace; 0 if it never ran.
    #[serde(default, deserialize_with = "or_default")]
    pub pid: i64,
}

/// Engines write `null` for what is empty.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// For what only some calls need: others must not fail for what it looks like.
pub(super) fn lenient<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + DeserializeOwned,
{
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// An id that is to become a path's segment.
pub(super) fn engine_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let id = String::deserialize(deserializer)?;
    validate::id_or_name("id", &id).map_err(serde::de::Error::custom)?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_and_absent_fields_are_defaults() {
        let json = r#"{"Id":"x","Warnings":null,"New":[1]}"#;
        let created: ContainerCreated = serde_json::from_str(json).unwrap();
        assert!(created.warnings.is_empty());
        let exec: ExecInspect =
            serde_json::from_str(r#"{"Running":false,"ExitCode":null}"#).unwrap();
        assert_eq!(exec.exit_code, None);
    }

    #[test]
    fn a_part_that_few_need_fails_nobody() {
        let json = r#"{"Id":"x","State":{},"Mounts":7,"HostConfig":[],"GraphDriver":{"Data":[]},
            "NetworkSettings":{"Networks":{"bridge":{"NetworkID":"n"},"other":{}}}}"#;
        let inspect: ContainerInspect = serde_json::from_str(json).unwrap();
        assert!(inspect.mounts.is_empty() && inspect.name.is_empty());
        let networks: Vec<_> = inspect.network_settings.networks.into_keys().collect();
        assert_eq!(networks, ["bridge", "other"]);
    }

    #[test]
    fn an_inspect_that_does_not_say_whether_it_runs_is_an_error() {
        assert!(serde_json::from_str::<ExecInspect>(r#"{"ExitCode":0}"#).is_err());
    }
}
