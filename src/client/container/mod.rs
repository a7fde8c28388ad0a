//! A handle to a container.

mod files;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::Client;
use crate::api::{CallContext, ContainerInspect};
use crate::cancel::CancelToken;
use crate::container::{self, ContainerState};
use crate::create::PublishedPort;
use crate::error::Result;
use crate::exec::{
    self, Background, Exec, ExecOptions, ExecResult, ExecTarget, KeepAlive, Resources,
};
use crate::posture::Posture;
use crate::validate;

/// A handle to a container, given by id or name.
///
/// Returned by [`Client::container`]; a [`Sandbox`](crate::Sandbox) owns one. The
/// handle does not own the container: dropping it has no effect. All methods are
/// bounded by the limits of the [`Client`] that created the handle and may be
/// called from several threads at once. Clones are cheap.
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

    /// The same container, under the limits of `client`.
    pub(super) fn under(&self, client: &Client) -> Self {
        Container { client: client.clone(), id: self.id.clone() }
    }

    /// Returns the id or name that the handle was created with. For a
    /// [`Sandbox`](crate::Sandbox), this is the full id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the client that created the handle.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns a handle to the same container whose calls fail with `Timeout` if one
    /// takes longer than `timeout`. Replaces any earlier timeout.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        self.with_client(self.client.with_timeout(timeout))
    }

    /// Returns a handle to the same container whose calls fail with `Timeout` after
    /// `deadline`, or after an earlier deadline set before: a limit for a series of
    /// calls.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use sandcell::{Client, CreateOptions, ExecOptions, Sandbox, WriteOptions};
    ///
    /// let client = Client::from_env()?;
    /// let sandbox = Sandbox::start(&client, &CreateOptions::new("busybox:latest"))?;
    /// let limited = sandbox.with_deadline(Instant::now() + Duration::from_secs(10));
    /// limited.write_file("/tmp/input", &b"text"[..], &WriteOptions::new())?;
    /// limited.exec(&ExecOptions::new(["wc", "/tmp/input"]))?;
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    #[must_use]
    pub fn with_deadline(&self, deadline: Instant) -> Self {
        self.with_client(self.client.with_deadline(deadline))
    }

    /// Returns a handle to the same container whose calls fail with `Cancelled` once
    /// `token` is cancelled. Replaces any earlier token.
    #[must_use]
    pub fn with_cancel(&self, token: &CancelToken) -> Self {
        self.with_client(self.client.with_cancel(token))
    }

    fn with_client(&self, client: Client) -> Self {
        Container { client, id: self.id.clone() }
    }

    /// Runs a command in the container and waits for it to end. Runs on the
    /// calling thread and starts no other.
    ///
    /// Once the command has started, the call returns a result, and
    /// [`ExecResult::outcome`](crate::ExecResult::outcome) says how the command
    /// ended. A non-zero exit code, a timeout and a cancelled call are outcomes;
    /// they keep the output so far.
    ///
    /// A command may run indefinitely unless the options or the client set a
    /// limit. On the options' [`timeout`](ExecOptions::timeout), the call kills
    /// the command and returns when the kill is proven, or after
    /// [`kill_timeout`](ExecOptions::kill_timeout). On the client's own limits
    /// and cancel token the call returns at once, and the command is killed in
    /// the background.
    ///
    /// # Errors
    /// `InvalidArgument` for an invalid option, `NotFound` if the container does
    /// not exist, `ContainerEnded` if it has exited, `Conflict` if it was never
    /// started or is paused; `CommandNotFound`, `CommandNotExecutable`,
    /// `BadWorkingDir`, `BadUser`, `ArgumentsTooLong` or `ExecStart` if the
    /// command cannot be started; `Closed` if the client was closed meanwhile.
    pub fn exec(&self, options: &ExecOptions) -> Result<ExecResult> {
        exec::run(&self.target()?, options)
    }

    /// Starts a command in the container; returns a handle to its streams and its
    /// end.
    ///
    /// The client's timeout and deadline bound the start. Its timeout also bounds
    /// each call of the handle, except those that wait for the command to end.
    /// Cancelling its token or closing the client kills the command at any time.
    ///
    /// # Errors
    /// Those of [`exec`](Container::exec). An engine may accept a command that it
    /// then fails to start; [`Exec::wait`] returns that error.
    pub fn start_exec(&self, options: &ExecOptions) -> Result<Exec> {
        exec::start(&self.unlimited(), &self.client.limits, options, self.keep_alive())
    }

    /// Starts a background command in the container under `name`, by which
    /// [`background`](Container::background) finds it again. It keeps running
    /// when this client is closed or dropped and when this process ends. It has
    /// no input and no terminal, and the options' limits on time and output do
    /// not apply. Requires `/bin/sh` and a writable `/tmp`.
    ///
    /// The client's limits bound the start (default: 30 s), which kills what it
    /// started if they end it, and each call of the handle.
    ///
    /// # Errors
    /// Those of [`exec`](Container::exec); `Conflict` if the name is in use, also
    /// by a command that has ended but was not [removed](Background::remove);
    /// `FileAccess` if the command's user cannot write to `/tmp`; `Timeout` and
    /// `Cancelled` by the client's limits.
    pub fn start_background(&self, name: &str, options: &ExecOptions) -> Result<Background> {
        self.background(name)?.start(options)
    }

    /// Returns a handle to the background command `name`, started by any process.
    /// Nothing is sent. The client's limits bound each call of the handle.
    ///
    /// # Errors
    /// `InvalidArgument` for an invalid name.
    pub fn background(&self, name: &str) -> Result<Background> {
        Background::new(self.unlimited(), self.client.limits.clone(), name, self.keep_alive())
    }

    /// Returns the container's state; `None` if it does not exist.
    ///
    /// # Errors
    /// Any failure to ask the engine.
    pub fn inspect_state(&self) -> Result<Option<ContainerState>> {
        match self.inspect() {
            Ok(inspect) => Ok(Some(inspect.into())),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns which protections the engine enforces on the container and which
    /// not, with the reason, as read back from the engine. Works for any
    /// container.
    ///
    /// # Errors
    /// `NotFound` if the container does not exist.
    pub fn posture(&self) -> Result<Posture> {
        Posture::of(self.client.engine(), &self.client.begin()?, &self.id)
    }

    /// Returns the resources that all processes of the container have used since
    /// it started. Runs a short command in the container.
    ///
    /// # Errors
    /// `NotFound` if the container does not exist, `ContainerEnded` if it has
    /// exited, `Conflict` if it was never started or is paused, `CommandNotFound`
    /// if it has no `/bin/sh`.
    pub fn resources(&self) -> Result<Resources> {
        let resources = Resources::read(&self.target()?);
        resources.map_err(|e| e.context("read the container's cgroup"))
    }

    /// Returns the address on the engine's host of a port that
    /// [`CreateOptions::publish`](crate::CreateOptions::publish) published;
    /// `None` if it is not published.
    ///
    /// # Errors
    /// `NotFound` if the container does not exist.
    pub fn published_address(&self, port: &PublishedPort) -> Result<Option<SocketAddr>> {
        container::published_address(&self.inspect()?, &port.key())
    }

    /// Freezes all processes of the container until
    /// [`unpause`](Container::unpause). Meanwhile no command can be run or
    /// killed. Succeeds if the container is already paused.
    ///
    /// # Errors
    /// `NotFound` if the container does not exist, `Conflict` if it is not
    /// running.
    pub fn pause(&self) -> Result<()> {
        self.set_paused(true).map_err(|e| e.context("pause container"))
    }

    /// Resumes all processes of the container. Succeeds if it is not paused.
    ///
    /// # Errors
    /// `NotFound` if the container does not exist, `Conflict` if it is not
    /// running.
    pub fn unpause(&self) -> Result<()> {
        self.set_paused(false).map_err(|e| e.context("unpause container"))
    }

    /// Stops the container and removes it with its anonymous volumes: sends
    /// SIGTERM to its PID 1, and SIGKILL after 2 s. Returns when the container is
    /// gone; succeeds if it does not exist. May be called concurrently.
    ///
    /// A container that was not created by this library gets the stop signal that
    /// it was created with instead of SIGTERM. A paused container may be killed at
    /// once.
    ///
    /// # Errors
    /// `Timeout` if it is not gone in time (default: 60 s); any failure to reach
    /// the engine.
    pub fn stop(&self) -> Result<()> {
        container::stop(self.client.engine(), self.client.begin()?, &self.id)
    }

    /// Removes the container. The client's limits bound the wait, not the
    /// removal.
    pub(super) fn discard(&self) {
        container::discard(self.client.engine(), &self.client.limits.context(), &self.id);
    }

    /// Starts to remove the container and returns at once.
    pub(super) fn discard_in_background(&self) {
        let no_time = CallContext::unlimited().with_deadline(Instant::now());
        container::discard(self.client.engine(), &no_time, &self.id);
    }

    fn set_paused(&self, paused: bool) -> Result<()> {
        container::set_paused(self.client.engine(), &self.client.begin()?, &self.id, paused)
    }

    fn inspect(&self) -> Result<ContainerInspect> {
        container::inspect(self.client.api().as_ref(), &self.client.begin()?, &self.id)
    }

    /// The container as a target for commands and files, under the limits of a
    /// call that starts now.
    fn target(&self) -> Result<ExecTarget> {
        Ok(self.unlimited().under(self.client.begin()?))
    }

    /// The same target without limits.
    fn unlimited(&self) -> ExecTarget {
        let engine = self.client.engine().clone();
        ExecTarget { engine, context: CallContext::unlimited(), container: self.id.clone() }
    }

    fn keep_alive(&self) -> KeepAlive {
        self.client.keep_alive()
    }
}
