//! A client and the handles that it returns. Every public operation is declared
//! here; the modules below implement them and do not know the client.

mod builder;
mod container;
mod discover;
mod images;
mod orphans;
mod pool;
mod sandbox;
mod self_container;
mod volumes;

use std::sync::Arc;
use std::time::{Duration, Instant};

pub use self::builder::ClientBuilder;
pub use self::container::Container;
pub use self::pool::{Pool, PoolOptions};
pub use self::sandbox::Sandbox;
use crate::api::{Api, ApiVersion, CallContext, ServerVersion};
use crate::call_context::Limits;
use crate::cancel::CancelToken;
use crate::container::ContainerState;
use crate::create::{self, CreateOptions};
use crate::engine::Engine;
use crate::engine_features::EngineFeatures;
use crate::error::{Error, Result};
use crate::exec::{Exec, ExecOptions, ExecResult, KeepAlive};

/// How long closing waits for cleanups that are still running.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection to a Docker-compatible engine.
///
/// # Threads and clones
/// All methods take `&self` and may be called from several threads at once.
/// Clones are cheap and share the connection and all state. So do the clients
/// derived with [`with_timeout`](Client::with_timeout),
/// [`with_deadline`](Client::with_deadline) and
/// [`with_cancel`](Client::with_cancel), which differ only in the limits of their
/// calls:
///
/// ```no_run
/// use std::time::Duration;
/// use sandcell::{CancelToken, Client, PullOptions};
///
/// let client = Client::from_env()?;
/// let token = CancelToken::new();
/// let hurried = client.with_timeout(Duration::from_secs(5)).with_cancel(&token);
/// hurried.ensure_image("busybox", &PullOptions::new())?; // 5 s at most, or until token.cancel()
/// # Ok::<(), sandcell::Error>(())
/// ```
///
/// # Limits
/// Defaults, where a client has no timeout or deadline of its own: 10 s to
/// connect; 60 s for each request; 300 s without progress for a pull or a file
/// transfer; none for a running command. Cancelling and closing take effect
/// within 100 ms.
///
/// # Dropping
/// When the last clone is dropped, the client is [closed](Client::close).
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
    limits: Limits,
}

#[derive(Debug)]
struct Shared {
    engine: Arc<Engine>,
    closed: CancelToken,
}

impl Client {
    /// Creates a client from the environment, with the variables of Docker's own
    /// clients:
    /// - `DOCKER_HOST`: the engine's address (default
    ///   `unix:///var/run/docker.sock`)
    /// - `DOCKER_CONFIG`: see [`ClientBuilder::docker_config`] (default
    ///   `~/.docker`)
    /// - `DOCKER_AUTH_CONFIG`: registry credentials, as JSON in the form of the
    ///   `auths` in a `config.json`; they come before those of the file
    /// - `DOCKER_CERT_PATH`: a directory with `ca.pem`, `cert.pem` and `key.pem`;
    ///   if set, `tcp://` uses TLS
    /// - `DOCKER_TLS_VERIFY`: if unset, TLS does **not** verify the engine's
    ///   certificate
    /// - `DOCKER_API_VERSION`: the API version (default: negotiated)
    ///
    /// `DOCKER_CONTEXT` is not supported: if it is set, a warning is logged.
    /// Nothing is sent yet; call [`version`](Client::version) to check that the
    /// engine is reachable.
    ///
    /// # Errors
    /// Those of [`ClientBuilder::build`], and `InvalidArgument` if a variable
    /// cannot be parsed.
    pub fn from_env() -> Result<Self> {
        ClientBuilder::from_env()?.build()
    }

    /// Creates a client for an engine on this machine. If `DOCKER_HOST` is set,
    /// this is [`from_env`](Client::from_env). Otherwise it is the first engine
    /// to answer on the well-known sockets of Docker, rootless Docker, Docker
    /// Desktop, Colima, OrbStack, Rancher Desktop and Podman. Each has 2 s to
    /// answer.
    ///
    /// ```
    /// let client = sandcell::Client::discover()?;
    /// println!("{}", client.version()?.server.version);
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`from_env`](Client::from_env) and [`version`](Client::version).
    /// If no engine answers, the error lists each socket and its failure.
    pub fn discover() -> Result<Self> {
        discover::discover()
    }

    /// Returns a builder for a client that ignores the environment.
    #[must_use]
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Creates a client on top of another implementation of [`Api`].
    pub fn with_api(api: impl Api + 'static) -> Self {
        Client::of(Engine::new(Arc::new(api), None))
    }

    pub(crate) fn of(engine: Engine) -> Self {
        let closed = CancelToken::new();
        let context = CallContext::unlimited().with_closed(&closed);
        Client {
            shared: Arc::new(Shared { engine: Arc::new(engine), closed }),
            limits: Limits::new(context),
        }
    }

    /// Returns a client whose calls fail with `Timeout` if one takes longer than
    /// `timeout`. Replaces any earlier timeout.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Client { limits: self.limits.clone().with_timeout(timeout), ..self.clone() }
    }

    /// Returns a client whose calls fail with `Timeout` after `deadline`, or
    /// after an earlier deadline set before.
    #[must_use]
    pub fn with_deadline(&self, deadline: Instant) -> Self {
        let limits = self.limits.clone().with(|context| context.with_deadline(deadline));
        Client { limits, ..self.clone() }
    }

    /// Returns a client whose calls fail with `Cancelled` once `token` is
    /// cancelled. Replaces any earlier token.
    #[must_use]
    pub fn with_cancel(&self, token: &CancelToken) -> Self {
        let limits = self.limits.clone().with(|context| context.with_cancel(token));
        Client { limits, ..self.clone() }
    }

    /// Closes this client and all clients that share its connection. Running
    /// calls fail with `Closed` within 100 ms, later ones at once. Waits up to 5
    /// s for cleanups after failed calls. Idempotent.
    pub fn close(&self) {
        self.shared.close();
    }

    /// Asks the engine for its version. Use it to check that the engine is
    /// reachable.
    ///
    /// # Errors
    /// `EngineNotFound`, `PermissionDenied`, `ConnectionRefused`, `Tls` or
    /// `Unreachable` if the engine cannot be reached, `Timeout` if it does not
    /// answer, `ApiVersion` if its API version is too old or too new.
    pub fn version(&self) -> Result<Version> {
        let context = self.begin().map_err(|e| e.context("version"))?;
        let version = || {
            let server = self.api().server_version(&context)?;
            let negotiated = self.api().negotiated_version(&context)?;
            Ok(Version { server, client_max: ApiVersion::MAX, negotiated })
        };
        version().map_err(|e: Error| e.context("version"))
    }

    /// Returns which optional features the engine supports. Calls that need a
    /// missing feature fail with [`Unsupported`](crate::ErrorKind::Unsupported).
    ///
    /// ```
    /// use sandcell::{EngineFeature, Client};
    ///
    /// let features = Client::from_env()?.engine_features()?;
    /// if let Some(why_not) = features.why_not(EngineFeature::PidsLimit) {
    ///     println!("a fork bomb is not stopped: {why_not}");
    /// }
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`version`](Client::version).
    pub fn engine_features(&self) -> Result<EngineFeatures> {
        let features = EngineFeatures::of(&self.shared.engine, &self.begin()?);
        features.map_err(|e| e.context("engine features"))
    }

    /// Creates and starts a container; returns its id. Pulls the image first if
    /// the engine does not have it.
    ///
    /// If anything fails, the container is removed: before the call returns, or
    /// in the background if the call was cancelled or timed out
    /// ([`close`](Client::close) waits for that).
    ///
    /// # Errors
    /// `InvalidArgument` for an invalid option, `NotFound` or `Pull` if the image
    /// cannot be pulled, `Conflict` if the name is taken, `Unsupported` if the
    /// engine does not enforce a limit that was set explicitly, or does not
    /// report whether it does, `BadUser` if the image does not know the user,
    /// `CommandNotFound` or `CommandNotExecutable` if the image lacks a `/bin/sh`
    /// that runs, or a program that PID 1 needs, `ContainerEnded` if the container
    /// ended for another reason before PID 1 ran, `Engine` if the engine fails to
    /// create or start the container. A container that is returned runs.
    pub fn create_and_start(&self, options: &CreateOptions) -> Result<String> {
        create::create_and_start(&self.shared.engine, &self.begin()?, options)
    }

    /// Returns a handle to the container with this id or name. Nothing is sent: a
    /// missing container is reported when the handle is used.
    ///
    /// # Errors
    /// `InvalidArgument` if `id_or_name` is neither a valid id nor a valid name.
    pub fn container(&self, id_or_name: impl Into<String>) -> Result<Container> {
        Container::new(self, id_or_name.into())
    }

    /// Runs a command in `container` (an id or a name) and waits for it to end;
    /// see [`Container::exec`].
    ///
    /// # Errors
    /// Those of [`container`](Client::container) and [`Container::exec`].
    pub fn exec(&self, container: &str, options: &ExecOptions) -> Result<ExecResult> {
        self.container(container)?.exec(options)
    }

    /// Starts a command in `container` (an id or a name); see
    /// [`Container::start_exec`].
    ///
    /// # Errors
    /// Those of [`container`](Client::container) and [`Container::start_exec`].
    pub fn start_exec(&self, container: &str, options: &ExecOptions) -> Result<Exec> {
        self.container(container)?.start_exec(options)
    }

    /// Returns whether `container` (an id or a name) is running; `false` if it
    /// does not exist.
    ///
    /// # Errors
    /// Those of [`container`](Client::container) and [`Container::inspect_state`].
    pub fn container_alive(&self, container: &str) -> Result<bool> {
        Ok(self.inspect_container_state(container)?.is_some_and(|state| state.running))
    }

    /// Returns the state of `container` (an id or a name), or `None` if it does
    /// not exist; see [`Container::inspect_state`].
    ///
    /// # Errors
    /// Those of [`container`](Client::container) and [`Container::inspect_state`].
    pub fn inspect_container_state(&self, container: &str) -> Result<Option<ContainerState>> {
        self.container(container)?.inspect_state()
    }

    /// Stops `container` (an id or a name) and removes it; see
    /// [`Container::stop`].
    ///
    /// # Errors
    /// Those of [`container`](Client::container) and [`Container::stop`].
    pub fn stop(&self, container: &str) -> Result<()> {
        self.container(container)?.stop()
    }

    /// The same client without limits, until it is closed.
    pub(super) fn without_limits(&self) -> Self {
        let context = CallContext::unlimited().with_closed(&self.shared.closed);
        Client { shared: Arc::clone(&self.shared), limits: Limits::new(context) }
    }

    /// Keeps the client open while a handle is in use.
    pub(crate) fn keep_alive(&self) -> KeepAlive {
        Arc::clone(&self.shared) as KeepAlive
    }

    pub(crate) fn api(&self) -> &Arc<dyn Api> {
        &self.engine().api
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.shared.engine
    }

    /// Returns the limits for a call that starts now.
    pub(crate) fn begin(&self) -> Result<CallContext> {
        self.limits.begin()
    }
}

impl Shared {
    fn close(&self) {
        self.closed.cancel();
        self.engine.leases.clear();
        self.engine.api.close();
        if !self.engine.tasks.wait_idle(CLOSE_TIMEOUT) {
            log::warn!("closed while cleanups after failed calls are still running");
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
    }
}

/// The versions of the engine and of this library.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Version {
    /// What the engine reports about itself.
    pub server: ServerVersion,
    /// The newest Engine API version that this library supports.
    pub client_max: ApiVersion,
    /// The Engine API version in use.
    pub negotiated: ApiVersion,
}
