//! Creating containers: options and procedure.

mod lifetime;
mod limits;
mod mount_check;
mod mount_error;
mod mounts;
mod network;
mod podman;
mod refusal;
mod security;
mod sentinel;
mod start;
mod tmpfs;
mod user;
mod volume_owner;
mod workspace_user;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

pub use lifetime::Lifetime;
pub use network::{NetworkMode, PublishedPort};
pub use security::Seccomp;
pub use tmpfs::Tmpfs;

pub(crate) use start::create_and_start;

use self::limits::Limits;
use self::network::Network;
use self::security::Security;
use crate::api::ContainerCreateRequest;
use crate::engine_features::EngineFeature;
use crate::error::Result;
use crate::image;
use crate::labels;
use crate::mount::Mount;
use crate::posture::Protection;
use crate::validate;

/// Options for creating a container.
///
/// The container runs an idle PID 1 and waits for commands. By default it has no
/// network and no capabilities, cannot gain privileges, is limited to 2 GiB of
/// memory without swap, 2 CPUs and 512 processes and threads, and has an init
/// process that reaps orphaned children. The options can be used repeatedly. They
/// are validated when the container is created: an invalid one fails with
/// [`InvalidArgument`](crate::ErrorKind::InvalidArgument), naming it.
///
/// ```
/// use sandcell::{CreateOptions, Mount, Tmpfs};
///
/// let options = CreateOptions::new("busybox:latest")
///     .workspace("/srv/jobs/17", "/workspace")
///     .mount(Mount::bind("/opt/tools", "/tools").read_only(true))
///     .read_only_root(true)
///     .tmpfs(Tmpfs::new("/tmp").size(64 << 20))
///     .memory(256 << 20)
///     .env("LANG", "C.UTF-8")
///     .user("1000:1000")
///     .label("job", "17");
/// # let _ = options;
/// ```
#[derive(Clone)]
pub struct CreateOptions {
    image: String,
    platform: Option<String>,
    runtime: Option<String>,
    name: Option<String>,
    workspace: Option<Mount>,
    mounts: Vec<Mount>,
    tmpfs: Vec<Tmpfs>,
    allow_unverified_mounts: bool,
    network: Network,
    working_dir: Option<String>,
    env: Vec<(String, String)>,
    user: Option<String>,
    runs_as_workspace_owner: bool,
    labels: BTreeMap<String, String>,
    session_id: Option<String>,
    home: Option<String>,
    limits: Limits,
    security: Security,
    allowed: BTreeSet<Protection>,
    lifetime: Option<Lifetime>,
    default_lifetime: Lifetime,
    max_lifetime: Option<Duration>,
    kill_container_after: Option<Duration>,
    allows_reachable_watchers: bool,
}

impl CreateOptions {
    /// Options for a container of `image`: a reference such as `busybox:latest`
    /// (the default tag is `latest`) or an image id. The image must contain
    /// `/bin/sh`, `cat` and `tail`.
    pub fn new(image: impl Into<String>) -> Self {
        CreateOptions {
            image: image.into(),
            platform: None,
            runtime: None,
            name: None,
            workspace: None,
            mounts: Vec::new(),
            tmpfs: Vec::new(),
            allow_unverified_mounts: false,
            network: Network::default(),
            working_dir: None,
            env: Vec::new(),
            user: None,
            runs_as_workspace_owner: false,
            labels: BTreeMap::new(),
            session_id: None,
            home: None,
            limits: Limits::default(),
            security: Security::default(),
            allowed: BTreeSet::new(),
            lifetime: None,
            default_lifetime: Lifetime::default(),
            max_lifetime: None,
            kill_container_after: None,
            allows_reachable_watchers: false,
        }
    }

    /// Sets the image's platform, as `os[/arch[/variant]]`. Default: the
    /// engine's.
    #[must_use]
    pub fn platform(mut self, platform: impl Into<String>) -> Self {
        self.platform = Some(platform.into());
        self
    }

    /// Sets the OCI runtime, by the name configured in the engine, such as
    /// `runsc` for gVisor. Default: the engine's.
    #[must_use]
    pub fn runtime(mut self, name: impl Into<String>) -> Self {
        self.runtime = Some(name.into());
        self
    }

    /// Sets the container's name. Default: a unique generated name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Accepts that the engine does not enforce a limit that was set explicitly,
    /// or does not report whether it does. Default: creating such a container
    /// fails. A default limit is never a reason to fail; see
    /// [`Container::posture`](crate::Container::posture).
    #[must_use]
    pub fn allow_unenforced(mut self, limit: Protection) -> Self {
        self.allowed.insert(limit);
        self
    }

    /// Sets the default working directory of PID 1 and of commands, an absolute
    /// path. Default: the workspace, or else the image's.
    #[must_use]
    pub fn working_dir(mut self, path: impl Into<String>) -> Self {
        self.working_dir = Some(path.into());
        self
    }

    /// Sets an environment variable for PID 1 and all commands.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Sets the default user of commands, as `name`, `uid`, `name:group` or
    /// `uid:gid`. PID 1 runs as another user, which commands cannot signal.
    /// Replaces [`workspace_user`](CreateOptions::workspace_user). Default: the
    /// image's.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self.runs_as_workspace_owner = false;
        self
    }

    /// Sets a label. The keys in [`labels`](crate::labels) are reserved and
    /// refused.
    #[must_use]
    pub fn label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.insert(key.into(), value.into());
        self
    }

    /// Sets the session that the container belongs to, recorded in a label.
    /// [`Client::orphans`](crate::Client::orphans) reports it, and
    /// [`Sandbox::attach`](crate::Sandbox::attach) finds the container by it.
    /// Default: none.
    #[must_use]
    pub fn session_id(mut self, id: impl Into<String>) -> Self {
        self.session_id = Some(id.into());
        self
    }

    /// Sets the container's home: a name, such as a directory of the host, that
    /// groups containers for
    /// [`cleanup_orphaned_containers`](crate::Client::cleanup_orphaned_containers).
    /// It is compared literally. Default: none; the container is never cleaned up
    /// that way.
    #[must_use]
    pub fn home(mut self, home: impl Into<String>) -> Self {
        self.home = Some(home.into());
        self
    }

    fn image(&self) -> &str {
        &self.image
    }

    /// The image's platform; empty for the engine's.
    fn image_platform(&self) -> &str {
        self.platform.as_deref().unwrap_or_default()
    }

    /// Whether creating the container must fail if `limit` is not enforced.
    fn requires(&self, limit: Protection) -> bool {
        self.limits.is_explicit(limit) && !self.allowed.contains(&limit)
    }

    /// The engine features that the options need, each with the option.
    fn required_features(&self) -> impl Iterator<Item = (&'static str, EngineFeature)> {
        let has_subpath = self.mounts.iter().any(Mount::has_subpath);
        let has_profile = matches!(self.security.seccomp, Seccomp::Profile(_));
        let all = [
            ("mount: subpath", EngineFeature::VolumeSubpath, has_subpath),
            ("seccomp", EngineFeature::SeccompProfile, has_profile),
            ("runtime", EngineFeature::Runtime, self.runtime.is_some()),
            ("swap", EngineFeature::UnlimitedSwap, self.limits.has_unlimited_swap_only()),
        ];
        all.into_iter().filter(|entry| entry.2).map(|(field, feature, _)| (field, feature))
    }

    /// Validates the options and builds the request. `token` is part of a
    /// generated name.
    fn to_request(&self, token: &str) -> Result<ContainerCreateRequest> {
        image::check(&self.image)?;
        let mut request = ContainerCreateRequest {
            name: self.checked_name()?.unwrap_or_else(|| format!("sandcell-{token}")),
            platform: image::checked_platform(self.platform.as_deref())?.to_owned(),
            image: self.image.clone(),
            env: validate::env_list(&self.env)?,
            working_dir: self.checked_working_dir()?,
            labels: self.checked_labels()?,
            ..ContainerCreateRequest::default()
        };
        if let Some(user) = &self.user {
            validate::user(user)?;
            request.user.clone_from(user);
        }
        self.owning_workspace()?;
        lifetime::apply(self.lifetime_or_default(), self.max_lifetime, &mut request)?;
        self.network.apply(&mut request)?;
        self.limits.apply(&mut request.host_config)?;
        self.security.apply(&mut request.host_config)?;
        self.apply_mounts(&mut request)?;
        if let Some(runtime) = &self.runtime {
            validate::id_or_name("runtime", runtime)?;
            request.host_config.runtime.clone_from(runtime);
        }
        Ok(request)
    }

    fn checked_name(&self) -> Result<Option<String>> {
        self.name.as_deref().map_or(Ok(()), validate::container_name)?;
        Ok(self.name.clone())
    }

    fn checked_working_dir(&self) -> Result<String> {
        match (&self.working_dir, &self.workspace) {
            (Some(path), _) => {
                validate::absolute_path("working_dir", path)?;
                Ok(path.clone())
            }
            (None, Some(workspace)) => Ok(workspace.target()),
            (None, None) => Ok(String::new()),
        }
    }

    /// The caller's labels, and the library's labels that have options of their
    /// own.
    fn checked_labels(&self) -> Result<BTreeMap<String, String>> {
        for (key, value) in &self.labels {
            validate::free_label(key, value)?;
        }
        let mut all = self.labels.clone();
        for (field, key, value) in [
            ("session_id", labels::SESSION_ID, &self.session_id),
            ("home", labels::HOME, &self.home),
        ] {
            if let Some(value) = value {
                validate::label_value(field, value)?;
                all.insert(key.to_owned(), value.clone());
            }
        }
        Ok(all)
    }
}

/// Omits the values of environment variables, which may be secrets.
impl fmt::Debug for CreateOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateOptions")
            .field("image", &self.image)
            .field("platform", &self.platform)
            .field("runtime", &self.runtime)
            .field("name", &self.name)
            .field("workspace", &self.workspace)
            .field("mounts", &self.mounts)
            .field("tmpfs", &self.tmpfs)
            .field("network", &self.network)
            .field("working_dir", &self.working_dir)
            .field("env", &self.env.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("user", &self.user)
            .field("runs_as_workspace_owner", &self.runs_as_workspace_owner)
            .field("labels", &self.labels)
            .field("session_id", &self.session_id)
            .field("home", &self.home)
            .field("limits", &self.limits)
            .field("security", &self.security)
            .field("allowed", &self.allowed)
            .field("lifetime", &self.lifetime_or_default())
            .field("max_lifetime", &self.max_lifetime)
            .field("kill_container_after", &self.kill_container_after)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("workspace_user", ok().workspace_user()),
            ("label", ok().label("", "x")),
            ("label", ok().label("a", "\0")),
            ("label", ok().label(labels::SESSION_ID, "x")),
            ("label", ok().label(labels::HOME, "x")),
            ("label", ok().label(labels::CREATED_AT, "x")),
            ("label", ok().label(labels::OWNER_PID, "1")),
            ("label", ok().label(labels::OWNER, "x")),
            ("label", ok().label(labels::CREATE_TOKEN, "x")),
            ("session_id", ok().session_id("")),
            ("session_id", ok().session_id("\0")),
            ("home", ok().home("")),
            ("home", ok().home("\0")),
            ("platform", ok().platform("")),
            ("platform", ok().platform("linux//arm64")),
            ("runtime", ok().runtime("a/b")),
            ("working_dir", ok().working_dir("relative")),
        ] {
            assert_names(field, options);
        }
    }

    #[test]
    fn bad_limits_name_their_field() {
        let ok = || CreateOptions::new("busybox");
        for (field, options) in [
            ("memory", ok().memory(0)),
            ("memory", ok().memory(u64::MAX)),
            ("swap", ok().swap(1).without_memory_limit()),
            ("cpus", ok().cpus(0.0)),
            ("cpus", ok().cpus(f64::NAN)),
            ("cpus", ok().cpus(f64::INFINITY)),
            ("pids", ok().pids(0)),
            ("shm_size", ok().shm_size(0)),
            ("ulimit", ok().ulimit("", 1, 1)),
            ("ulimit", ok().ulimit("nofile", 2, 1)),
            ("ulimit", ok().ulimit("nofile", -1, 1)),
            ("ulimit", ok().ulimit("nofile", -2, -2)),
            ("cap_add", ok().cap_add("chown")),
            ("seccomp", ok().seccomp(Seccomp::Profile("/a/file".to_owned()))),
            ("apparmor", ok().apparmor("")),
            ("network", ok().network(NetworkMode::Named("host".to_owned()))),
            ("network", ok().network(NetworkMode::Named("container:x".to_owned()))),
            ("publish", ok().publish(PublishedPort::tcp(80))),
            ("publish", ok().network(NetworkMode::AllowAll).publish(PublishedPort::tcp(0))),
            ("hostname", ok().hostname("a_b")),
            ("hostname", ok().hostname("a".repeat(64))),
            ("tmpfs: target", ok().tmpfs(Tmpfs::new("tmp"))),
            ("tmpfs: size", ok().tmpfs(Tmpfs::new("/tmp").size(0))),
            ("tmpfs: mode", ok().tmpfs(Tmpfs::new("/tmp").mode(0o10000))),
            ("mount: subpath", ok().mount(Mount::bind("/a", "/b").subpath("x"))),
            ("mount: subpath", ok().mount(Mount::volume("v", "/b").subpath("../x"))),
            ("mount: no_copy", ok().mount(Mount::bind("/a", "/b").no_copy(true))),
            ("mount: target", ok().mount(Mount::bind("/a", "/b/../c"))),
            ("mount: target", ok().mount(Mount::bind("/a", "/."))),
            ("tmpfs: target", ok().tmpfs(Tmpfs::new("//"))),
            ("mount: target", ok().workspace("/a", "/b").mount(Mount::volume("v", "/b/"))),
            ("tmpfs: target", ok().workspace("/a", "/b").tmpfs(Tmpfs::new("//b"))),
            ("tmpfs: target", ok().tmpfs(Tmpfs::new("/b")).tmpfs(Tmpfs::new("/b/."))),
            ("user", ok().user("0:0:0")),
            ("user", ok().user("-0")),
            ("max_lifetime", ok().max_lifetime(Duration::ZERO)),
        ] {
            assert_names(field, options);
        }
    }

    fn assert_names(field: &str, options: CreateOptions) {
        let error = options.to_request("token").unwrap_err();
        assert!(error.is_invalid_argument());
        assert!(error.to_string().starts_with(field), "{field}: {error}");
    }
}
