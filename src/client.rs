//! The client: every operation on an engine.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::api::{Api, ApiVersion, ContainerInspect, Scope, ServerVersion};
use crate::builder::ClientBuilder;
use crate::cancel::CancelToken;
use crate::capabilities::{Capabilities, freezer_lack};
use crate::container::{self, ContainerState};
use crate::create::{self, CreateOptions, PublishedPort};
use crate::discover;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::exec::{self, Background, Exec, ExecOptions, ExecResult, KeepAlive, Place, Resources};
use crate::labels;
use crate::posture::Posture;
use crate::scope::{Limit, Limits};
use crate::validate;

/// How long a stopped container's process 1 has between TERM and KILL.
const STOP_GRACE: Duration = Duration::from_secs(2);
/// How long stopping may take where the caller set no limit.
pub(crate) const STOP_LIMIT: Duration = Duration::from_secs(60);
/// How long closing waits for clean-ups that still run.
const CLOSE_PATIENCE: Duration = Duration::from_secs(5);

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
    /// If no engine answers, the error names every place and what is wrong there.
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
        let scope = Scope::unlimited().with_closed(&closed);
        Client {
            shared: Arc::new(Shared { engine: Arc::new(engine), closed }),
            limits: Limits::new(scope),
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
        let scope = self.begin().map_err(|e| e.context("version"))?;
        let version = || {
            let server = self.api().server_version(&scope)?;
            let negotiated = self.api().negotiated_version(&scope)?;
            Ok(Version { server, client_max: ApiVersion::MAX, negotiated })
        };
        version().map_err(|e: Error| e.context("version"))
    }

    /// What the engine can do of what not every engine can. Where it cannot, what
    /// asks for it fails with [`Unsupported`](ErrorKind::Unsupported).
    ///
    /// ```
    /// use sandcell::{Capability, Client};
    ///
    /// let capabilities = Client::from_env()?.capabilities()?;
    /// if let Some(why_not) = capabilities.why_not(Capability::PidsLimit) {
    ///     println!("a fork bomb is not stopped: {why_not}");
    /// }
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`version`](Client::version).
    pub fn capabilities(&self) -> Result<Capabilities> {
        let capabilities = Capabilities::of(&self.shared.engine, &self.begin()?);
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

    /// Runs a command in `container` (an id or a name) and waits for its end,
    /// on this thread and without another.
    ///
    /// Once the command has started, the call succeeds whatever happens, and
    /// [`ExecResult::outcome`](crate::ExecResult::outcome) says how it ended:
    /// an exit code other than 0, a time-out and a cancelled call are results,
    /// which keep the output so far.
    ///
    /// There is no limit to a command's time unless the options or this client
    /// have one. The options' [`timeout`](ExecOptions::timeout) kills the
    /// command, and returns when that is proven, or after
    /// [`kill_timeout`](ExecOptions::kill_timeout). The client's limits and its
    /// token return at once, and the killing goes on in the background.
    ///
    /// # Errors
    /// `InvalidArgument` for a bad option, `NotFound` if there is no such
    /// container, `ContainerEnded` if it has ended, `Conflict` if it was never
    /// started or is paused; `CommandNotFound`, `CommandNotExecutable`,
    /// `BadWorkingDir`, `BadUser`, `ArgumentsTooLong` or `ExecStart` if the command
    /// cannot be started; `Closed` if the client was closed meanwhile.
    pub fn exec(&self, container: &str, options: &ExecOptions) -> Result<ExecResult> {
        exec::run(&self.place(container, self.begin()?)?, options)
    }

    /// Starts a command in `container` (an id or a name), and returns a handle
    /// to its streams and its end.
    ///
    /// This client's time-out and deadline limit the start, and its time-out each
    /// call of the handle but those that wait for the command's end; its token,
    /// and closing it, end the command at any time.
    ///
    /// # Errors
    /// Those of [`exec`](Client::exec). An engine may accept a command that
    /// cannot be started; then [`Exec::wait`] says so.
    pub fn start_exec(&self, container: &str, options: &ExecOptions) -> Result<Exec> {
        let place = self.place(container, Scope::unlimited())?;
        exec::start(&place, &self.limits, options, self.keep_alive())
    }

    /// Starts a command in the background of `container` (an id or a name),
    /// under a name by which [`background`](Client::background) finds it again.
    /// It goes on when this client is closed or dropped, and when its process
    /// ends. It has no input and no terminal. Needs `/bin/sh` and a writable
    /// `/tmp`. The options' limits of time and output do not hold for it.
    ///
    /// This client's limits hold for the start (default: 30 s), which kills what
    /// it started if they end it, and for each call of the handle.
    ///
    /// # Errors
    /// Those of [`exec`](Client::exec); `Conflict` if the name is taken, by
    /// whatever has not been [removed](Background::remove); `FileAccess` if the
    /// command's user cannot write to `/tmp`; `Timeout` and `Cancelled` by this
    /// client's limits.
    pub fn start_background(
        &self,
        container: &str,
        name: &str,
        options: &ExecOptions,
    ) -> Result<Background> {
        self.background(container, name)?.start(options)
    }

    /// The background command `name` in `container` (an id or a name), whoever
    /// started it. Nothing is asked yet. This client's limits hold for each call
    /// of the handle.
    ///
    /// # Errors
    /// `InvalidArgument` for a bad name.
    pub fn background(&self, container: &str, name: &str) -> Result<Background> {
        let place = self.place(container, Scope::unlimited())?;
        Background::new(place, self.limits.clone(), name, self.keep_alive())
    }

    /// Whether `container` (an id or a name) runs. One that does not exist
    /// does not.
    ///
    /// # Errors
    /// Any failure to ask.
    pub fn container_alive(&self, container: &str) -> Result<bool> {
        Ok(self.inspect_container_state(container)?.is_some_and(|state| state.running))
    }

    /// What has become of `container` (an id or a name); `None` if it does not
    /// exist.
    ///
    /// # Errors
    /// Any failure to ask.
    pub fn inspect_container_state(&self, container: &str) -> Result<Option<ContainerState>> {
        match self.inspect(container) {
            Ok(inspect) => Ok(Some(inspect.into())),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What the engine enforces on `container` (an id or a name), and what not,
    /// with the reason: read back from the engine, of whoever's container.
    ///
    /// # Errors
    /// `NotFound` if there is no such container.
    pub fn posture(&self, container: &str) -> Result<Posture> {
        validate::id_or_name("container", container)?;
        Posture::of(&self.shared.engine, &self.begin()?, container)
    }

    /// What all processes of `container` (an id or a name) have used since it
    /// started. Takes a look into the container, as long as a short command.
    ///
    /// # Errors
    /// `NotFound` if there is no such container, `ContainerEnded` if it has ended,
    /// `Conflict` if it was never started or is paused, `CommandNotFound` if it has
    /// no `/bin/sh`.
    pub fn resources(&self, container: &str) -> Result<Resources> {
        let resources = Resources::read(&self.place(container, self.begin()?)?);
        resources.map_err(|e| e.context("read the container's cgroup"))
    }

    /// Where on the engine's host a port of `container` (an id or a name) can be
    /// reached that [`CreateOptions::publish`] asked for; `None` if it cannot.
    ///
    /// # Errors
    /// `NotFound` if there is no such container.
    pub fn published_address(
        &self,
        container: &str,
        port: &PublishedPort,
    ) -> Result<Option<SocketAddr>> {
        let ports = self.inspect(container)?.network_settings.ports;
        let binding = ports.get(&port.key()).and_then(Option::as_ref).and_then(|all| all.first());
        let address = binding.map(|binding| {
            let address = (binding.host_ip.parse().ok()).zip(binding.host_port.parse().ok());
            let problem = || Error::protocol(format!("{binding:?} is no address"));
            address.map(|(ip, port): (IpAddr, u16)| (ip, port).into()).ok_or_else(problem)
        });
        address.transpose()
    }

    /// Freezes all processes of `container` (an id or a name), until
    /// [`resume`](Client::resume). A command can be neither run nor killed
    /// meanwhile. Succeeds if they are frozen already.
    ///
    /// # Errors
    /// `NotFound` if there is no such container, `Conflict` if it does not run.
    pub fn pause(&self, container: &str) -> Result<()> {
        self.freeze(container, true).map_err(|e| e.context("pause container"))
    }

    /// Lets the processes of `container` (an id or a name) go on. Succeeds if
    /// they are not frozen.
    ///
    /// # Errors
    /// `NotFound` if there is no such container, `Conflict` if it does not run.
    pub fn resume(&self, container: &str) -> Result<()> {
        self.freeze(container, false).map_err(|e| e.context("resume container"))
    }

    /// `error`, which is no wonder if the engine cannot freeze anything.
    fn unable_to_freeze(&self, scope: &Scope, error: Error) -> Error {
        let info = self.shared.engine.info(scope).ok();
        match info.and_then(freezer_lack).filter(|_| error.kind() == ErrorKind::Engine) {
            Some(lack) => error.with_kind(ErrorKind::Unsupported).context(&lack),
            None => error,
        }
    }

    fn freeze(&self, container: &str, freeze: bool) -> Result<()> {
        validate::id_or_name("container", container)?;
        let scope = self.begin()?;
        let result = match freeze {
            true => self.api().container_pause(&scope, container),
            false => self.api().container_unpause(&scope, container),
        };
        // Engines call it a conflict, or an error of theirs, if there is nothing to do.
        result.or_else(|error| {
            let is_answer = error.is_conflict() || error.kind() == ErrorKind::Engine;
            let state = || self.api().container_inspect(&scope, container).map(|c| c.state);
            let is_done = is_answer && state().is_ok_and(|s| s.running && s.paused == freeze);
            if is_done { Ok(()) } else { Err(self.unable_to_freeze(&scope, error)) }
        })
    }

    /// The ids of the containers that belong to a session.
    pub(crate) fn containers_of_session(&self, session: &str) -> Result<Vec<String>> {
        validate::label_value("session_id", session)?;
        let list =
            container::labelled(self.api().as_ref(), &self.begin()?, labels::SESSION_ID, session)?;
        Ok(list.into_iter().map(|container| container.id).collect())
    }

    /// Removes a container; this client's limits end the wait for that, and not
    /// the removal. The log tells of a failure.
    pub(crate) fn discard(&self, container: &str) {
        let (engine, id) = (Arc::clone(&self.shared.engine), container.to_owned());
        let remove = move || {
            container::remove_logged(engine.api.as_ref(), &id);
            engine.forget(&id);
        };
        let tasks = &self.shared.engine.tasks;
        if let Err(error) = tasks.finish(&self.limits.scope(), "sandcell-cleanup", remove.clone()) {
            log::warn!("container {container}: removed on its owner's thread: {error}");
            remove();
        }
    }

    fn inspect(&self, container: &str) -> Result<ContainerInspect> {
        validate::id_or_name("container", container)?;
        let inspect = self.api().container_inspect(&self.begin()?, container);
        inspect.map_err(|e| e.context("inspect container"))
    }

    /// Stops `container` (an id or a name) and removes it, with its anonymous
    /// volumes: TERM to its process 1, KILL after 2 s. Returns when it is
    /// gone; succeeds if there is none. May be called several times at once.
    ///
    /// # Errors
    /// `Timeout` if it is not gone in time (default: 60 s), and any failure to
    /// reach the engine.
    pub fn stop(&self, container: &str) -> Result<()> {
        validate::id_or_name("container", container)?;
        let scope = self.begin()?.or_within(STOP_LIMIT, Limit::Whole(STOP_LIMIT));
        let stop = || match self.api().container_stop(&scope, container, STOP_GRACE) {
            Err(error) if error.is_interruption() || error.is_unreachable() => Err(error),
            // Removing kills it, if it must be.
            stopped => {
                if let Err(error) = stopped {
                    log::debug!("stop container: {error}");
                }
                container::remove(self.api().as_ref(), &scope, container)
            }
        };
        stop().map_err(|e| e.context("stop container"))?;
        self.shared.engine.forget(container);
        Ok(())
    }

    /// What keeps this client from being closed by its last drop.
    pub(crate) fn keep_alive(&self) -> KeepAlive {
        Arc::clone(&self.shared) as KeepAlive
    }

    /// Where a command is to run, or a file is.
    pub(crate) fn place(&self, container: &str, scope: Scope) -> Result<Place> {
        validate::id_or_name("container", container)?;
        let engine = Arc::clone(&self.shared.engine);
        Ok(Place { engine, scope, container: container.to_owned() })
    }

    pub(crate) fn api(&self) -> &Arc<dyn Api> {
        &self.engine().api
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.shared.engine
    }

    /// The limits of a call that starts now.
    pub(crate) fn begin(&self) -> Result<Scope> {
        self.limits.begin()
    }
}

impl Shared {
    fn close(&self) {
        self.closed.cancel();
        self.engine.leases.clear();
        self.engine.api.close();
        if !self.engine.tasks.wait_idle(CLOSE_PATIENCE) {
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
