//! The roof: a client, and the handles that it gives. Each verb of the library is
//! here, and what it does is in the rooms below, none of which knows a client.

mod builder;
mod container;
mod discover;
mod images;
mod orphans;
mod sandbox;
mod self_container;
mod volumes;

use std::sync::Arc;
use std::time::{Duration, Instant};

pub use self::builder::ClientBuilder;
pub use self::container::Container;
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

/// How long closing waits for clean-ups that still run.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection to a Docker-compatible engine, and the operations on it.
///
/// # Threads and clones
/// All methods take `&self` and may be called from many threads at once.
/// Clones are cheap and share everything; so do the clients that
/// [`with_timeout`](Client::with_timeout), [`with_deadline`](Client::with_deadline)
/// and [`with_cancel`](Client::with_cancel) derive, which differ only in the
/// limits of their calls:
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
/// Where a client has no time-out or deadline of its own, these hold:
/// connecting 10 s; each request to the engine 60 s; a pull, or a transfer of
/// files, 300 s without progress; a running command none. Cancelling and closing act within 100 ms.
///
/// # Dropping
/// When the last clone is dropped the client is [closed](Client::close).
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
    /// A client for the engine that the environment names, by the rules of the
    /// engine's own clients: `DOCKER_HOST` (default
    /// `unix:///var/run/docker.sock`), `DOCKER_CONFIG` (default `~/.docker`: see
    /// [`ClientBuilder::docker_config`]), `DOCKER_CERT_PATH` (a directory with
    /// `ca.pem`, `cert.pem` and `key.pem`: there is TLS over `tcp://` if it is
    /// set), `DOCKER_TLS_VERIFY` (without it, TLS takes **any** server for the
    /// engine) and `DOCKER_API_VERSION` (default: negotiated). `DOCKER_CONTEXT` is not supported; a warning is logged if
    /// it is set. Nothing is sent yet: [`version`](Client::version) tells
    /// whether the engine is there.
    ///
    /// # Errors
    /// Those of [`ClientBuilder::build`], and `InvalidArgument` if a variable
    /// makes no sense.
    pub fn from_env() -> Result<Self> {
        ClientBuilder::from_env()?.build()
    }

    /// A client for the engine that is there: that of
    /// [`from_env`](Client::from_env) if `DOCKER_HOST` is set, or else the first
    /// that answers at one of the usual places: the sockets of Docker, rootless
    /// Docker, Docker Desktop, Colima, OrbStack, Rancher Desktop and Podman.
    /// Each of those has 2 s to answer.
    ///
    /// ```
    /// let client = sandcell::Client::discover()?;
    /// println!("{}", client.version()?.server.version);
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`from_env`](Client::from_env) and [`version`](Client::version).
    /// If no engine answers, the error names every target and what is wrong there.
    pub fn discover() -> Result<Self> {
        discover::discover()
    }

    /// A builder, for a client that does not look at the environment.
    #[must_use]
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client over another implementation of [`Api`].
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

    /// The same client, whose calls end with `Timeout` when they take longer
    /// than `timeout` each. Replaces the time-out set before.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Client { limits: self.limits.clone().with_timeout(timeout), ..self.clone() }
    }

    /// The same client, whose calls end with `Timeout` at `deadline`, or at
    /// the deadline set before if that is earlier.
    #[must_use]
    pub fn with_deadline(&self, deadline: Instant) -> Self {
        let limits = self.limits.clone().with(|scope| scope.with_deadline(deadline));
        Client { limits, ..self.clone() }
    }

    /// The same client, whose calls end with `Cancelled` when `token` is
    /// cancelled. Replaces the token set before.
    #[must_use]
    pub fn with_cancel(&self, token: &CancelToken) -> Self {
        let limits = self.limits.clone().with(|scope| scope.with_cancel(token));
        Client { limits, ..self.clone() }
    }

    /// Closes this client and all that share its connection. Running calls
    /// fail with `Closed` within 100 ms, and later ones at once. Waits up to
    /// 5 s for clean-ups of failed calls that still run. Idempotent.
    pub fn close(&self) {
        self.shared.close();
    }

    /// Asks the engine for its version: use it to see whether it is there.
    ///
    /// # Errors
    /// `EngineNotFound`, `PermissionDenied`, `ConnectionRefused`, `Tls` and
    /// `Unreachable` say why the engine cannot be reached, `Timeout` that it
    /// does not answer, `ApiVersion` that it is too old or too new.
    pub fn version(&self) -> Result<Version> {
        let context = self.begin().map_err(|e| e.context("version"))?;
        let version = || {
            let server = self.api().server_version(&context)?;
            let negotiated = self.api().negotiated_version(&context)?;
            Ok(Version { server, client_max: ApiVersion::MAX, negotiated })
        };
        version().map_err(|e: Error| e.context("version"))
    }

    /// What the engine can do of what not every engine can. Where it cannot, what
    /// asks for it fails with [`Unsupported`](ErrorKind::Unsupported).
    ///
    /// ```
    /// use sandcell::{EngineFeature, Client};
    ///
    /// let capabilities = Client::from_env()?.engine_features()?;
    /// if let Some(why_not) = capabilities.why_not(EngineFeature::PidsLimit) {
    ///     println!("a fork bomb is not stopped: {why_not}");
    /// }
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`version`](Client::version).
    pub fn engine_features(&self) -> Result<EngineFeatures> {
        let capabilities = EngineFeatures::of(&self.shared.engine, &self.begin()?);
        capabilities.map_err(|e| e.context("capabilities"))
    }

    /// Creates a container and starts it; returns its id. Pulls the image
    /// first if the engine does not have it.
    ///
    /// If anything fails, the container does not stay: it is removed before
    /// the call returns, or, when the call was cancelled or timed out, in the
    /// background ([`close`](Client::close) waits for it).
    ///
    /// # Errors
    /// `InvalidArgument` for a bad option, `NotFound` or `Pull` if the image
    /// cannot be had, `Conflict` if the name is taken, `Unsupported` if the
    /// engine would not enforce, or does not say whether it enforces, a limit that
    /// the options ask for by name,
    /// `BadUser` if the image does not know the user of the options,
    /// `Engine` if it cannot create or start the container, for example for want
    /// of `/bin/sh` in the image.
    pub fn create_and_start(&self, options: &CreateOptions) -> Result<String> {
        create::create_and_start(&self.shared.engine, &self.begin()?, options)
    }

    /// A handle to the container of this id or name. Nothing is sent: whether
    /// there is one is known when it is used.
    ///
    /// # Errors
    /// `InvalidArgument` for what is neither an id nor a name.
    pub fn container(&self, id_or_name: impl Into<String>) -> Result<Container> {
        Container::new(self, id_or_name.into())
    }

    /// Runs a command in `container` (an id or a name) and waits for its end; see
    /// [`Container::exec`].
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

    /// Whether `container` (an id or a name) is running. One that does not exist
    /// is not.
    ///
    /// # Errors
    /// Those of [`container`](Client::container) and [`Container::inspect_state`].
    pub fn container_alive(&self, container: &str) -> Result<bool> {
        Ok(self.inspect_container_state(container)?.is_some_and(|state| state.running))
    }

    /// What has become of `container` (an id or a name); `None` if it does not
    /// exist; see [`Container::inspect_state`].
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

    /// What keeps this client from being closed by its last drop.
    pub(crate) fn keep_alive(&self) -> KeepAlive {
        Arc::clone(&self.shared) as KeepAlive
    }

    pub(crate) fn api(&self) -> &Arc<dyn Api> {
        &self.engine().api
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.shared.engine
    }

    /// The limits of a call that starts now.
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
            log::warn!("closed while clean-ups of failed calls still run");
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
    }
}

/// What the engine and this library are.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Version {
    /// What the engine says of itself.
    pub server: ServerVersion,
    /// The newest Engine API version that this library speaks.
    pub client_max: ApiVersion,
    /// The Engine API version that the two speak.
    pub negotiated: ApiVersion,
}
