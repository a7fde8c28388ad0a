//! The engine's version and properties.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::json::{lenient, or_default};

/// The engine's version.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ServerVersion {
    /// The engine's own version, such as `20.10.24`.
    #[serde(deserialize_with = "or_default")]
    pub version: String,
    /// The newest Engine API version that it supports.
    #[serde(deserialize_with = "or_default")]
    pub api_version: String,
    /// The oldest Engine API version that it supports; empty if it does not report
    /// it.
    #[serde(rename = "MinAPIVersion", deserialize_with = "or_default")]
    pub min_api_version: String,
    /// The engine's operating system, such as `linux`.
    #[serde(deserialize_with = "or_default")]
    pub os: String,
    /// The engine's architecture, such as `amd64`.
    #[serde(deserialize_with = "or_default")]
    pub arch: String,
    /// The programs that it consists of.
    #[serde(deserialize_with = "lenient")]
    pub(crate) components: Vec<Component>,
}

/// A program that an engine consists of.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Component {
    #[serde(deserialize_with = "or_default")]
    name: String,
}

impl ServerVersion {
    pub(crate) fn is_podman(&self) -> bool {
        self.components.iter().any(|component| component.name.starts_with("Podman"))
    }
}

/// The properties of the engine and its host.
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
    /// The cgroup driver: `cgroupfs`, `systemd`, or `none` without cgroups; empty if
    /// the engine, or a proxy before it, does not report it.
    #[serde(deserialize_with = "or_default")]
    pub cgroup_driver: String,
    /// The cgroup version: `1` or `2`.
    #[serde(deserialize_with = "or_default")]
    pub cgroup_version: String,
    /// The security features of the engine, such as `name=seccomp,profile=default`.
    #[serde(deserialize_with = "or_default")]
    pub security_options: Vec<String>,
    /// The version of Podman's image builder; empty for other engines.
    #[serde(deserialize_with = "or_default")]
    pub buildah_version: String,
    /// Whether it is rootless; only Podman reports it here.
    #[serde(deserialize_with = "or_default")]
    pub rootless: bool,
    /// The architecture of the host, such as `x86_64`; Podman reports `amd64`.
    #[serde(deserialize_with = "or_default")]
    pub architecture: String,
    /// The default OCI runtime.
    #[serde(deserialize_with = "or_default")]
    pub default_runtime: String,
    /// The OCI runtimes, by name.
    #[serde(deserialize_with = "lenient")]
    pub runtimes: BTreeMap<String, RuntimeInfo>,
}

/// An OCI runtime.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RuntimeInfo {
    /// Its program; empty if it is a containerd runtime, identified by `kind`.
    #[serde(deserialize_with = "or_default")]
    pub path: String,
    /// Its containerd type, such as `io.containerd.runsc.v1`; empty if it is a
    /// program.
    #[serde(rename = "runtimeType", deserialize_with = "or_default")]
    pub kind: String,
}

/// The part of Podman's own information that its answer in the format of the Engine
/// API lacks.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LibpodInfo {
    #[serde(deserialize_with = "or_default")]
    host: LibpodHost,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct LibpodHost {
    /// The cgroup controllers that Podman can use; `None` if it does not report them.
    cgroup_controllers: Option<Vec<String>>,
    #[serde(deserialize_with = "or_default")]
    cgroup_version: String,
}

impl SystemInfo {
    /// Corrects what Podman says of its host, not of the cgroup that it may use.
    pub(super) fn correct(&mut self, libpod: LibpodInfo) {
        let LibpodHost { cgroup_controllers, cgroup_version } = libpod.host;
        let controllers = match cgroup_controllers {
            Some(controllers) => controllers,
            None if cgroup_version.is_empty() => return,
            None => Vec::new(),
        };
        let has = |name: &str| controllers.iter().any(|controller| controller == name);
        self.memory_limit &= has("memory");
        self.swap_limit &= has("memory");
        self.cpu_cfs_quota &= has("cpu");
        self.pids_limit &= has("pids");
    }

    /// Whether the engine is Podman.
    #[must_use]
    pub fn is_podman(&self) -> bool {
        !self.buildah_version.is_empty()
    }

    /// Whether the engine is rootless.
    #[must_use]
    pub fn is_rootless(&self) -> bool {
        self.rootless || self.security_options.iter().any(|option| option.contains("rootless"))
    }
}
