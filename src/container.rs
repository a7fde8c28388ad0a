//! Containers: what to create, and what has become of them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use crate::api::{ContainerCreateRequest, ContainerInspect, HostConfig};
use crate::error::Result;
use crate::labels;
use crate::mount::Mount;
use crate::validate;

/// Process 1 of every container: it does nothing, for ever, so that commands
/// can be run beside it.
const SENTINEL: [&str; 3] = ["/bin/sh", "-c", "tail -f /dev/null"];

/// How many processes and threads a container may have: enough for a build,
/// and the host survives a fork bomb.
const PIDS_LIMIT: i64 = 512;

/// What a container can reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NetworkMode {
    /// Nothing but its own loopback interface.
    #[default]
    Disabled,
    /// Whatever the engine's default network reaches.
    AllowAll,
}

/// A container to create.
///
/// It runs an idle process 1 and waits for commands. It has no network unless
/// asked for, no capabilities, cannot gain privileges, has 512 processes and
/// threads at most, and an init process that reaps orphaned children. Reusable: creating does not use it up. Nothing
/// is checked until then; a bad option is an
/// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) that names it.
///
/// ```
/// use sandock::{CreateOptions, Mount};
///
/// let options = CreateOptions::new("busybox:latest")
///     .workspace("/srv/jobs/17", "/workspace")
///     .mount(Mount::bind("/opt/tools", "/tools").read_only(true))
///     .env("LANG", "C.UTF-8")
///     .user("1000:1000")
///     .label("job", "17");
/// # let _ = options;
/// ```
#[derive(Clone)]
pub struct CreateOptions {
    image: String,
    name: Option<String>,
    workspace: Option<Mount>,
    mounts: Vec<Mount>,
    network: NetworkMode,
    env: Vec<(String, String)>,
    user: Option<String>,
    labels: BTreeMap<String, String>,
    session_id: Option<String>,
    home: Option<String>,
}

impl CreateOptions {
    /// A container of `image`, a reference such as `busybox:latest` (the tag's
    /// default is `latest`) or an image id. The image must have `/bin/sh` and
    /// `tail`.
    pub fn new(image: impl Into<String>) -> Self {
        CreateOptions {
            image: image.into(),
            name: None,
            workspace: None,
            mounts: Vec::new(),
            network: NetworkMode::default(),
            env: Vec::new(),
            user: None,
            labels: BTreeMap::new(),
            session_id: None,
            home: None,
        }
    }

    /// The container's name. Default: the library makes up a unique one.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Mounts the host's directory `source` writable at `target`, which
    /// becomes the working directory of process 1 and of commands that set
    /// none. Default: no workspace.
    #[must_use]
    pub fn workspace(mut self, source: impl Into<PathBuf>, target: impl Into<String>) -> Self {
        self.workspace = Some(Mount::bind(source, target));
        self
    }

    /// Adds a mount.
    #[must_use]
    pub fn mount(mut self, mount: Mount) -> Self {
        self.mounts.push(mount);
        self
    }

    /// What the container can reach. Default: [`NetworkMode::Disabled`].
    #[must_use]
    pub fn network(mut self, mode: NetworkMode) -> Self {
        self.network = mode;
        self
    }

    /// Sets an environment variable for process 1 and every command.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// The user of process 1 and of commands that set none, as `name`, `uid`,
    /// `name:group` or `uid:gid`. Default: the image's.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// Sets a label. Those of [`labels`](crate::labels) are refused: the library
    /// sets them.
    #[must_use]
    pub fn label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.insert(key.into(), value.into());
        self
    }

    /// The session that the container belongs to: a label that
    /// [`orphans`](crate::Client::orphans) reports. Default: none.
    #[must_use]
    pub fn session_id(mut self, id: impl Into<String>) -> Self {
        self.session_id = Some(id.into());
        self
    }

    /// The home of the container: a name, such as a directory of the host's,
    /// that groups the containers which one
    /// [`cleanup_orphaned_containers`](crate::Client::cleanup_orphaned_containers)
    /// looks at. Compared as it is. Default: none, and no sweep finds it.
    #[must_use]
    pub fn home(mut self, home: impl Into<String>) -> Self {
        self.home = Some(home.into());
        self
    }

    pub(crate) fn image(&self) -> &str {
        &self.image
    }

    /// The request, if the options are good. `token` makes up a name where the
    /// caller chose none.
    pub(crate) fn to_request(&self, token: &str) -> Result<ContainerCreateRequest> {
        validate::image_reference(&self.image)?;
        if let Some(name) = &self.name {
            validate::container_name(name)?;
        }
        if let Some(user) = &self.user {
            validate::user(user)?;
        }
        let sentinel = SENTINEL.map(str::to_owned);
        Ok(ContainerCreateRequest {
            name: self.name.clone().unwrap_or_else(|| format!("sandock-{token}")),
            image: self.image.clone(),
            entrypoint: sentinel[..1].to_vec(),
            cmd: sentinel[1..].to_vec(),
            env: validate::env_list(&self.env)?,
            working_dir: self.workspace.as_ref().map(Mount::target).unwrap_or_default().to_owned(),
            user: self.user.clone().unwrap_or_default(),
            labels: self.all_labels()?,
            host_config: self.host_config()?,
        })
    }

    /// The caller's labels, and those of the library that the caller may set.
    fn all_labels(&self) -> Result<BTreeMap<String, String>> {
        for (key, value) in &self.labels {
            validate::free_label(key, value)?;
        }
        let mut all = self.labels.clone();
        for (field, key, value) in [
            ("session_id", labels::SESSION_ID, &self.session_id),
            ("home", labels::ANNA_HOME, &self.home),
        ] {
            if let Some(value) = value {
                validate::label_value(field, value)?;
                all.insert(key.to_owned(), value.clone());
            }
        }
        Ok(all)
    }

    fn host_config(&self) -> Result<HostConfig> {
        let workspace = self.workspace.iter().map(|mount| mount.to_request("workspace"));
        let mounts = self.mounts.iter().map(|mount| mount.to_request("mount"));
        Ok(HostConfig {
            mounts: workspace.chain(mounts).collect::<Result<_>>()?,
            network_mode: match self.network {
                NetworkMode::Disabled => Some("none".to_owned()),
                NetworkMode::AllowAll => None,
            },
            init: true,
            pids_limit: PIDS_LIMIT,
            cap_drop: vec!["ALL".to_owned()],
            security_opt: vec!["no-new-privileges".to_owned()],
        })
    }
}

/// Leaves out values of the environment: they may be secrets.
impl fmt::Debug for CreateOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateOptions")
            .field("image", &self.image)
            .field("name", &self.name)
            .field("workspace", &self.workspace)
            .field("mounts", &self.mounts)
            .field("network", &self.network)
            .field("env", &self.env.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("user", &self.user)
            .field("labels", &self.labels)
            .field("session_id", &self.session_id)
            .field("home", &self.home)
            .finish()
    }
}

/// Where a container is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContainerStatus {
    /// Created, never started.
    Created,
    /// Running.
    Running,
    /// Running, but frozen.
    Paused,
    /// Being started again by the engine.
    Restarting,
    /// Being removed.
    Removing,
    /// Ended.
    Exited,
    /// Could not be removed wholly.
    Dead,
    /// Something that this version of the library does not know.
    Unknown,
}

impl ContainerStatus {
    /// The status by the engine's name for it.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "created" | "configured" | "initialized" => ContainerStatus::Created,
            "running" => ContainerStatus::Running,
            "paused" => ContainerStatus::Paused,
            "restarting" => ContainerStatus::Restarting,
            "removing" | "stopping" => ContainerStatus::Removing,
            "exited" | "stopped" => ContainerStatus::Exited,
            "dead" => ContainerStatus::Dead,
            _ => ContainerStatus::Unknown,
        }
    }
}

/// What has become of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContainerState {
    /// Its full id.
    pub id: String,
    /// Where it is in its life.
    pub status: ContainerStatus,
    /// Whether its process 1 exists: true for a paused container, too.
    pub running: bool,
    /// The exit code of process 1; `None` unless it has ended.
    pub exit_code: Option<i64>,
    /// Whether the kernel killed process 1 for want of memory. Some engines
    /// count other processes of the container, too.
    pub oom_killed: bool,
    /// Process 1 in the PID namespace of the engine; `None` unless it runs.
    pub pid: Option<i64>,
    /// Why the engine could not start it; empty if it could.
    pub error: String,
}

impl From<ContainerInspect> for ContainerState {
    fn from(inspect: ContainerInspect) -> Self {
        let state = inspect.state;
        let status = ContainerStatus::named(&state.status);
        let has_ended = matches!(status, ContainerStatus::Exited | ContainerStatus::Dead);
        ContainerState {
            id: inspect.id,
            status,
            running: state.running,
            // An engine says 0 for a container that has not ended.
            exit_code: state.exit_code.filter(|_| has_ended && !state.running),
            oom_killed: state.oom_killed,
            pid: Some(state.pid).filter(|&pid| pid > 0),
            error: state.error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ContainerInspectState;

    #[test]
    fn bad_options_name_their_field() {
        let ok = || CreateOptions::new("busybox");
        for (field, options) in [
            ("image", CreateOptions::new("")),
            ("image", CreateOptions::new("a b")),
            ("name", ok().name("x")),
            ("name", ok().name("../x")),
            ("workspace: source", ok().workspace("relative", "/w")),
            ("workspace: target", ok().workspace("/w", "relative")),
            ("mount: target", ok().mount(Mount::volume("v", ""))),
            ("mount: volume", ok().mount(Mount::volume("../v", "/v"))),
            ("mount: source", ok().mount(Mount::bind("/a\0b", "/v"))),
            ("env", ok().env("A=B", "")),
            ("user", ok().user("\0")),
            ("label", ok().label("", "x")),
            ("label", ok().label("a", "\0")),
            ("label", ok().label(labels::SESSION_ID, "x")),
            ("label", ok().label(labels::ANNA_HOME, "x")),
            ("label", ok().label(labels::CREATED_AT, "x")),
            ("label", ok().label(labels::OWNER_PID, "1")),
            ("label", ok().label(labels::OWNER, "x")),
            ("label", ok().label(labels::CREATE_TOKEN, "x")),
            ("session_id", ok().session_id("")),
            ("session_id", ok().session_id("\0")),
            ("home", ok().home("")),
            ("home", ok().home("\0")),
        ] {
            let error = options.to_request("token").unwrap_err();
            assert!(error.is_invalid_argument());
            assert!(error.to_string().starts_with(field), "{field}: {error}");
        }
    }

    #[test]
    fn an_exit_code_is_told_only_of_what_has_ended() {
        let state = |status: &str, running| {
            let state = ContainerInspectState {
                status: status.to_owned(),
                running,
                exit_code: Some(0),
                ..Default::default()
            };
            ContainerState::from(ContainerInspect {
                id: "x".to_owned(),
                state,
                ..Default::default()
            })
        };
        assert_eq!(state("created", false).exit_code, None);
        assert_eq!(state("running", true).exit_code, None);
        assert_eq!(state("exited", false).exit_code, Some(0));
        assert_eq!(state("new-state", false).status, ContainerStatus::Unknown);
    }
}
