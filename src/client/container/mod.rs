//! A handle to a container.

mod files;

use std::net::SocketAddr;

use super::Client;
use crate::api::{CallContext, ContainerInspect};
use crate::container::{self, ContainerState};
use crate::create::PublishedPort;
use crate::error::Result;
use crate::exec::{
    self, Background, Exec, ExecOptions, ExecResult, ExecTarget, KeepAlive, Resources,
};
use crate::posture::Posture;
use crate::validate;

/// A container of the engine, and what can be done with it.
///
/// [`Client::container`] makes one of an id or a name, and [`Sandbox`](crate::Sandbox)
/// owns one. The handle itself owns nothing: dropping it leaves the container
/// alone. All methods have the limits of the [`Client`] that made it, and may be
/// called from many threads at once. Clones are cheap.
///
/// ```
/// use sandcell::{Client, CreateOptions, ExecOptions};
///
/// let client = Client::from_env()?;
/// let id = client.create_and_start(&CreateOptions::new("busybox:latest"))?;
/// let container = client.container(id)?;
/// let result = container.exec(&ExecOptions::new(["echo", "hi"]))?;
/// assert_eq!(result.stdout.text(), "hi\n");
/// container.stop()?;
/// # Ok::<(), sandcell::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Container {
    client: Client,
    id: String,
}

impl Container {
    pub(super) fn new(client: &Client, id: String) -> Result<Self> {
        validate::id_or_name("container", &id)?;
        Ok(Container { client: client.clone(), id })
    }

    /// The id or the name that the handle was made with; that of a
    /// [`Sandbox`](crate::Sandbox) is the full id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The client that made the handle.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Runs a command in the container and waits for its end,
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
    pub fn exec(&self, options: &ExecOptions) -> Result<ExecResult> {
        exec::run(&self.target()?, options)
    }

    /// Starts a command in the container, and returns a handle
    /// to its streams and its end.
    ///
    /// This client's time-out and deadline limit the start, and its time-out each
    /// call of the handle but those that wait for the command's end; its token,
    /// and closing it, end the command at any time.
    ///
    /// # Errors
    /// Those of [`exec`](Container::exec). An engine may accept a command that
    /// cannot be started; then [`Exec::wait`] says so.
    pub fn start_exec(&self, options: &ExecOptions) -> Result<Exec> {
        exec::start(&self.unlimited(), &self.client.limits, options, self.keep_alive())
    }

    /// Starts a command in the background of the container,
    /// under a name by which [`background`](Container::background) finds it again.
    /// It goes on when this client is closed or dropped, and when its process
    /// ends. It has no input and no terminal. Needs `/bin/sh` and a writable
    /// `/tmp`. The options' limits of time and output do not hold for it.
    ///
    /// This client's limits hold for the start (default: 30 s), which kills what
    /// it started if they end it, and for each call of the handle.
    ///
    /// # Errors
    /// Those of [`exec`](Container::exec); `Conflict` if the name is taken, by
    /// whatever has not been [removed](Background::remove); `FileAccess` if the
    /// command's user cannot write to `/tmp`; `Timeout` and `Cancelled` by this
    /// client's limits.
    pub fn start_background(&self, name: &str, options: &ExecOptions) -> Result<Background> {
        self.background(name)?.start(options)
    }

    /// The background command `name` in the container, whoever
    /// started it. Nothing is asked yet. This client's limits hold for each call
    /// of the handle.
    ///
    /// # Errors
    /// `InvalidArgument` for a bad name.
    pub fn background(&self, name: &str) -> Result<Background> {
        Background::new(self.unlimited(), self.client.limits.clone(), name, self.keep_alive())
    }

    /// What has become of the container; `None` if it does not
    /// exist.
    ///
    /// # Errors
    /// Any failure to ask.
    pub fn inspect_state(&self) -> Result<Option<ContainerState>> {
        match self.inspect() {
            Ok(inspect) => Ok(Some(inspect.into())),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What the engine enforces on the container, and what not,
    /// with the reason: read back from the engine, of whoever's container.
    ///
    /// # Errors
    /// `NotFound` if there is no such container.
    pub fn posture(&self) -> Result<Posture> {
        Posture::of(self.client.engine(), &self.client.begin()?, &self.id)
    }

    /// What all processes of the container have used since it
    /// started. Takes a look into the container, as long as a short command.
    ///
    /// # Errors
    /// `NotFound` if there is no such container, `ContainerEnded` if it has ended,
    /// `Conflict` if it was never started or is paused, `CommandNotFound` if it has
    /// no `/bin/sh`.
    pub fn resources(&self) -> Result<Resources> {
        let resources = Resources::read(&self.target()?);
        resources.map_err(|e| e.context("read the container's cgroup"))
    }

    /// Where on the engine's host a port of the container can be
    /// reached that [`CreateOptions::publish`] asked for; `None` if it cannot.
    ///
    /// # Errors
    /// `NotFound` if there is no such container.
    pub fn published_address(&self, port: &PublishedPort) -> Result<Option<SocketAddr>> {
        container::published_address(&self.inspect()?, &port.key())
    }

    /// Freezes all processes of the container, until
    /// [`resume`](Container::unpause). A command can be neither run nor killed
    /// meanwhile. Succeeds if they are frozen already.
    ///
    /// # Errors
    /// `NotFound` if there is no such container, `Conflict` if it does not run.
    pub fn pause(&self) -> Result<()> {
        self.set_paused(true).map_err(|e| e.context("pause container"))
    }

    /// Lets the processes of the container go on. Succeeds if
    /// they are not frozen.
    ///
    /// # Errors
    /// `NotFound` if there is no such container, `Conflict` if it does not run.
    pub fn unpause(&self) -> Result<()> {
        self.set_paused(false).map_err(|e| e.context("unpause container"))
    }

    /// Stops the container and removes it, with its anonymous
    /// volumes: TERM to its process 1, KILL after 2 s. Returns when it is
    /// gone; succeeds if there is none. May be called several times at once.
    ///
    /// # Errors
    /// `Timeout` if it is not gone in time (default: 60 s), and any failure to
    /// reach the engine.
    pub fn stop(&self) -> Result<()> {
        container::stop(self.client.engine(), self.client.begin()?, &self.id)
    }

    /// Removes the container; the client's limits end the wait for that, and not
    /// the removal.
    pub(super) fn discard(&self) {
        container::discard(self.client.engine(), &self.client.limits.context(), &self.id);
    }

    fn set_paused(&self, paused: bool) -> Result<()> {
        container::set_paused(self.client.engine(), &self.client.begin()?, &self.id, paused)
    }

    fn inspect(&self) -> Result<ContainerInspect> {
        container::inspect(self.client.api().as_ref(), &self.client.begin()?, &self.id)
    }

    /// Where a command is to run, or a file is, under the limits of a call that
    /// starts now.
    fn target(&self) -> Result<ExecTarget> {
        Ok(self.unlimited().under(self.client.begin()?))
    }

    /// The same, without limits.
    fn unlimited(&self) -> ExecTarget {
        let engine = self.client.engine().clone();
        ExecTarget { engine, context: CallContext::unlimited(), container: self.id.clone() }
    }

    fn keep_alive(&self) -> KeepAlive {
        self.client.keep_alive()
    }
}
