//! The handle of a running command.

use std::fmt;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use super::demux::OutputStream;
use super::kill::Killer;
use super::pump::Pump;
use super::relay::Relay;
use super::resizer::Resizer;
use super::start::{self, OutputMode};
use super::streams::HandleRequest;
use super::{
    ExecOptions, ExecOutput, ExecResult, ExecStdin, ExecTarget, KeepAlive, Outcome, TreeGone,
};
use crate::api::CallContext;
use crate::call_context::Limits;
use crate::error::{Error, ErrorKind, Result};

/// A running command, similar to [`std::process::Child`].
///
/// A background thread moves the streams while nobody reads or waits, so the command
/// never blocks because its output is not read. Methods take `&self` and may be called from several
/// threads at once, except [`wait`](Exec::wait).
///
/// Cancelling the client's token or closing the client kills the command as a
/// timeout does. **Dropping the handle kills the command** and all its
/// descendants in the background; to let it run, call [`detach`](Exec::detach).
///
/// ```
/// use std::io::{Read, Write};
/// use sandcell::{Client, CreateOptions, ExecOptions, Outcome};
///
/// let client = Client::from_env()?;
/// let container = client.create_and_start(&CreateOptions::new("busybox:latest"))?;
/// let mut sort = client.start_exec(&container, &ExecOptions::new(["sort"]))?;
///
/// let mut stdin = sort.stdin.take().expect("not taken yet");
/// stdin.write_all(b"pear\napple\n")?;
/// drop(stdin); // closes the command's input
///
/// let mut sorted = String::new();
/// sort.stdout.take().expect("not taken yet").read_to_string(&mut sorted)?;
/// assert_eq!(sorted, "apple\npear\n");
/// assert!(matches!(sort.wait()?, Outcome::Exited(0)));
/// client.stop(&container)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Exec {
    /// The command's standard input; `None` if the options supply the input, or
    /// after `take`.
    pub stdin: Option<ExecStdin>,
    /// The command's standard output; with a terminal, all output.
    pub stdout: Option<ExecOutput>,
    /// The command's standard error.
    pub stderr: Option<ExecOutput>,
    id: String,
    relay: Arc<Relay>,
    killer: Killer,
    resizer: Resizer,
    /// Whether the handle, and not the options, supplies the input.
    supplies_input: bool,
    /// The limits of each call of the handle.
    limits: Limits,
    /// Dropped last, after the thread got its instruction: closing the client
    /// waits for it.
    _client: KeepAlive,
}

/// Starts a command and sees to it that its streams move. The deadline of
/// `limits` bounds only the start; its timeout also bounds each call of the
/// handle.
pub(crate) fn start(
    target: &ExecTarget,
    limits: &Limits,
    options: &ExecOptions,
    client: KeepAlive,
) -> Result<Exec> {
    let mut pump = start::start(&target.under(limits.begin()?), options, OutputMode::Stream)?;
    let limits = limits.clone().with(CallContext::without_deadline);
    pump.target.context = pump.target.context.without_deadline();
    with_handle(pump, limits, options, client)
}

/// Like [`start`], for a command that is part of a call: all limits apply to it.
pub(crate) fn start_within(
    target: &ExecTarget,
    options: &ExecOptions,
    client: KeepAlive,
) -> Result<Exec> {
    let limits = Limits::new(target.context.clone());
    with_handle(start::start(target, options, OutputMode::Stream)?, limits, options, client)
}

/// Like [`start_within`], with `mark` to mark the command's processes.
pub(super) fn start_marked(
    target: &ExecTarget,
    options: &ExecOptions,
    mark: String,
    client: KeepAlive,
) -> Result<Exec> {
    let limits = Limits::new(target.context.clone());
    with_handle(
        start::start_marked(target, options, OutputMode::Stream, mark)?,
        limits,
        options,
        client,
    )
}

fn with_handle(
    pump: Pump,
    limits: Limits,
    options: &ExecOptions,
    client: KeepAlive,
) -> Result<Exec> {
    let (streams, killer) = (Arc::clone(&pump.streams), pump.killer.clone());
    let (id, resizer) = (pump.exec.clone(), pump.resizer());
    let relay = match Relay::start(pump) {
        Ok(relay) => relay,
        Err(error) => {
            // Nobody moves its streams.
            let _ = killer.kill(Some(&streams));
            return Err(error);
        }
    };
    Ok(Exec {
        stdin: options.wants_stdin().then(|| ExecStdin::new(&relay)),
        stdout: Some(ExecOutput::new(&relay, OutputStream::Stdout)),
        stderr: Some(ExecOutput::new(&relay, OutputStream::Stderr)),
        id,
        killer,
        resizer,
        supplies_input: options.wants_stdin(),
        limits,
        relay,
        _client: client,
    })
}

impl Exec {
    /// Returns the engine's id of the exec.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Waits for the command to end. Closes its input first, unless
    /// [`stdin`](Exec::stdin) was taken. Does not wait for its output to be read.
    /// May be called again and then returns the same outcome.
    ///
    /// # Errors
    /// `CommandNotFound`, `CommandNotExecutable`, `BadWorkingDir`, `BadUser`,
    /// `ArgumentsTooLong` or `ExecStart` if the command could not be started;
    /// `ContainerEnded` if that was because the container ended.
    pub fn wait(&mut self) -> Result<Outcome> {
        self.stdin = None;
        self.wait_within(None).unwrap_or_else(|| Err(wait_interrupted()))
    }

    /// Returns the outcome if the command has ended, without waiting.
    ///
    /// # Errors
    /// Those of [`wait`](Exec::wait).
    pub fn try_wait(&self) -> Result<Option<Outcome>> {
        self.wait_timeout(Duration::ZERO)
    }

    /// Waits at most `timeout` for the command to end; `None` if it is still
    /// running. Its input stays open: a command that reads to the end of its input
    /// ends only after [`stdin`](Exec::stdin) is dropped.
    ///
    /// # Errors
    /// Those of [`wait`](Exec::wait).
    pub fn wait_timeout(&self, timeout: Duration) -> Result<Option<Outcome>> {
        self.wait_within(Some(timeout)).transpose()
    }

    /// Returns a descriptor for an event loop that becomes readable, at end of file,
    /// as soon as [`wait`](Exec::wait) would not block: when the command has ended
    /// for any reason, could not be started, or is no longer watched because its
    /// handle was detached or dropped, or its client was closed.
    ///
    /// It stays readable, whether or not output was read. It is a socket with
    /// close-on-exec that nothing is ever written to; `poll` reports `POLLIN` and
    /// `POLLHUP`. The caller owns the descriptor, which may outlive the handle. Each
    /// call returns a new one.
    ///
    /// ```
    /// use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    /// use sandcell::{Client, CreateOptions, ExecOptions, Outcome, Sandbox};
    /// use std::os::fd::AsFd;
    ///
    /// let client = Client::from_env()?;
    /// let sandbox = Sandbox::start(&client, &CreateOptions::new("busybox:latest"))?;
    /// let exec = sandbox.start_exec(&ExecOptions::shell("sleep 0.1; exit 3"))?;
    /// let ended = exec.ended_fd()?;
    /// poll(&mut [PollFd::new(ended.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE)?;
    /// assert!(matches!(exec.try_wait()?, Some(Outcome::Exited(3))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `Io` if no descriptor can be created.
    pub fn ended_fd(&self) -> Result<OwnedFd> {
        self.relay.streams.ended_fd()
    }

    fn wait_within(&self, timeout: Option<Duration>) -> Option<Result<Outcome>> {
        self.relay.wait(timeout)
    }

    /// Returns whether the handle still supplies the command's input:
    /// [`stdin`](Exec::stdin) was not dropped, and the command has not ended. A
    /// command that reads to the end of its input runs as long.
    #[must_use]
    pub fn is_stdin_open(&self) -> bool {
        let state = self.relay.streams.lock();
        self.supplies_input && !state.unsent.closed && !state.unsent.refused
    }

    /// Waits for the command to end and collects its unread output. Closes its
    /// input first, unless [`stdin`](Exec::stdin) was taken.
    ///
    /// # Errors
    /// Those of [`wait`](Exec::wait).
    pub fn wait_with_output(mut self) -> Result<ExecResult> {
        let outcome = self.wait()?;
        // Output after the call was abandoned is not collected.
        Ok(self.relay.streams.collect(outcome))
    }

    /// Kills the command and all its descendants: sends SIGTERM, waits
    /// [`kill_grace`](ExecOptions::kill_grace), sends SIGKILL, and proves that
    /// nothing is left. [`wait`](Exec::wait) then returns [`Outcome::Signalled`].
    ///
    /// If no other command runs as the same user, all processes of that user in
    /// the container are killed at once by the kernel. No process can evade that;
    /// it also ends what earlier commands of the user left behind. If others do,
    /// the command's processes are identified by environment, session and
    /// ancestry, and the others are spared: then there is no proof. To give a
    /// command a user of its own, set [`ExecOptions::own_user`].
    ///
    /// Returns after [`kill_timeout`](ExecOptions::kill_timeout) at the latest.
    /// After that, or when the client's limits end the call, the kill continues
    /// in the background. As a last resort,
    /// [`Container::stop`](crate::Container::stop) ends everything.
    ///
    /// # Errors
    /// `Unsupported` if the image has no `/bin/sh`, `Conflict` if the container
    /// is paused, `Timeout` or `Cancelled` by the client's limits; any failure to
    /// reach the engine.
    pub fn kill(&self) -> Result<TreeGone> {
        self.killer.kill_within(&self.limits.begin()?, Some(&self.relay.streams))
    }

    /// Sends a signal, given by number, to the command's first process. Does
    /// nothing if the process has ended.
    ///
    /// # Errors
    /// `InvalidArgument` unless `signal` is between 1 and 64; those of
    /// [`kill`](Exec::kill).
    pub fn signal(&self, signal: i32) -> Result<()> {
        if !(1..=64).contains(&signal) {
            return Err(Error::invalid("signal", format_args!("{signal} is not between 1 and 64")));
        }
        self.relay.streams.update(|state| state.signals.push(signal));
        self.killer.signal(&self.limits.begin()?, signal).map(drop)
    }

    /// Returns the PID of the command's first process in the container; `None` if
    /// it has ended. Runs a short command in the container.
    ///
    /// # Errors
    /// Those of [`kill`](Exec::kill).
    pub fn pid_in_container(&self) -> Result<Option<i32>> {
        self.killer.signal(&self.limits.begin()?, 0)
    }

    /// Returns whether anything of a killed command is left; `None` if it was not
    /// killed, or the kill is not complete.
    #[must_use]
    pub fn tree_gone(&self) -> Option<TreeGone> {
        self.relay.streams.lock().tree_gone.clone()
    }

    /// Sets the size of the command's terminal, in characters.
    ///
    /// # Errors
    /// Any error of the engine, for example if there is no terminal.
    pub fn resize(&self, rows: u16, columns: u16) -> Result<()> {
        self.resizer.resize(&self.limits.begin()?, rows, columns)
    }

    /// Lets the command run without this handle. Its further output and its
    /// outcome are lost.
    pub fn detach(self) {
        self.relay.request(HandleRequest::Detach);
    }

    /// Returns the killer of the command, which outlives this handle.
    pub(super) fn killer(&self) -> Killer {
        self.killer.clone()
    }

    /// Detaches the command and waits until the thread has stopped; if the call's
    /// limits end that first, the command is killed.
    pub(super) fn release(&self) {
        self.relay.request(HandleRequest::Detach);
        self.wait_within(None);
    }
}

impl Drop for Exec {
    fn drop(&mut self) {
        // No effect on a command that has ended: the pump has stopped.
        self.relay.request(HandleRequest::Kill);
    }
}

impl fmt::Debug for Exec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exec").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Waiting without a timeout returns only with an outcome.
fn wait_interrupted() -> Error {
    Error::new(ErrorKind::Panic, "a wait without a timeout ended")
}
