//! A running command.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::demux::OutputStream;
use super::kill::Killer;
use super::pump::Pump;
use super::resizer::Resizer;
use super::start::{self, OutputMode};
use super::streams::{HandleRequest, Streams};
use super::{
    ExecOptions, ExecOutput, ExecResult, ExecStdin, ExecTarget, KeepAlive, Outcome, TreeGone,
};
use crate::api::CallContext;
use crate::call_context::Limits;
use crate::error::{Error, ErrorKind, Result};

/// A command that runs in a container, shaped like [`std::process::Child`].
///
/// A thread of its own moves the streams: the command never waits for a
/// reader. Methods take `&self` and may be called from many threads at once.
///
/// Cancelling the client's token, or closing the client, ends it as if it had
/// timed out. **Dropping it kills the command** with all its descendants, in
/// the background; [`detach`](Exec::detach) lets it run on.
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
/// drop(stdin); // the end of its input
///
/// let mut sorted = String::new();
/// sort.stdout.take().expect("not taken yet").read_to_string(&mut sorted)?;
/// assert_eq!(sorted, "apple\npear\n");
/// assert!(matches!(sort.wait()?, Outcome::Exited(0)));
/// client.stop(&container)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Exec {
    /// The command's input; `None` if the options supplied it, or when taken.
    pub stdin: Option<ExecStdin>,
    /// The command's output; with a terminal, all of it.
    pub stdout: Option<ExecOutput>,
    /// The command's error output.
    pub stderr: Option<ExecOutput>,
    id: String,
    streams: Arc<Streams>,
    killer: Killer,
    resizer: Resizer,
    /// Of each call of the handle.
    limits: Limits,
    /// Dropped last, when the thread knows what to do: closing waits for it.
    _client: KeepAlive,
}

/// Starts a command, and the thread that moves its streams. The deadline of
/// `limits` is that of the start; the time of each call holds for the handle's,
/// too.
pub(crate) fn start(
    target: &ExecTarget,
    limits: &Limits,
    options: &ExecOptions,
    client: KeepAlive,
) -> Result<Exec> {
    let mut pump = start::start(&target.under(limits.begin()?), options, OutputMode::Stream)?;
    let limits = limits.clone().with(CallContext::without_deadline);
    pump.target.context = pump.target.context.without_deadline();
    move_to_thread(pump, limits, options, client)
}

/// The same, for a command that is a part of a call: all limits hold for it.
pub(crate) fn start_within(
    target: &ExecTarget,
    options: &ExecOptions,
    client: KeepAlive,
) -> Result<Exec> {
    let limits = Limits::new(target.context.clone());
    move_to_thread(start::start(target, options, OutputMode::Stream)?, limits, options, client)
}

/// The same, of a command whose processes are marked with `mark`.
pub(super) fn start_marked(
    target: &ExecTarget,
    options: &ExecOptions,
    mark: String,
    client: KeepAlive,
) -> Result<Exec> {
    let limits = Limits::new(target.context.clone());
    move_to_thread(
        start::start_marked(target, options, OutputMode::Stream, mark)?,
        limits,
        options,
        client,
    )
}

fn move_to_thread(
    pump: Pump,
    limits: Limits,
    options: &ExecOptions,
    client: KeepAlive,
) -> Result<Exec> {
    let streams = Arc::clone(&pump.streams);
    let exec = Exec {
        stdin: options.wants_stdin().then(|| ExecStdin::new(&streams)),
        stdout: Some(ExecOutput::new(&streams, OutputStream::Stdout)),
        stderr: Some(ExecOutput::new(&streams, OutputStream::Stderr)),
        id: pump.exec.clone(),
        killer: pump.killer.clone(),
        resizer: pump.resizer(),
        limits,
        streams,
        _client: client,
    };
    let (killer, tasks) = (pump.killer.clone(), Arc::clone(&pump.target.engine.tasks));
    match tasks.spawn("sandcell-exec", move || pump.run_on_thread()) {
        Ok(()) => Ok(exec),
        Err(error) => {
            // Without a thread to do it in the background, here and now.
            exec.streams.end_streams();
            exec.streams.publish(Err(error.clone()));
            let _ = killer.kill(Some(&exec.streams));
            Err(error)
        }
    }
}

impl Exec {
    /// The engine's id of the exec.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Waits for the command to end; first ends its input, unless
    /// [`stdin`](Exec::stdin) was taken. Does not wait for anybody to read its
    /// output. May be called again.
    ///
    /// # Errors
    /// `CommandNotFound`, `CommandNotExecutable`, `BadWorkingDir`, `BadUser`,
    /// `ArgumentsTooLong` or `ExecStart` if the command could not be started;
    /// `ContainerEnded` if that was because the container ended.
    pub fn wait(&mut self) -> Result<Outcome> {
        self.stdin = None;
        self.wait_within(None).unwrap_or_else(|| Err(never()))
    }

    /// How the command ended, if it has.
    ///
    /// # Errors
    /// Those of [`wait`](Exec::wait).
    pub fn try_wait(&self) -> Result<Option<Outcome>> {
        self.wait_timeout(Duration::ZERO)
    }

    /// Waits for the command to end, for at most `timeout`; `None` if it has
    /// not. Its input stays open.
    ///
    /// # Errors
    /// Those of [`wait`](Exec::wait).
    pub fn wait_timeout(&self, timeout: Duration) -> Result<Option<Outcome>> {
        self.wait_within(Some(timeout)).transpose()
    }

    fn wait_within(&self, timeout: Option<Duration>) -> Option<Result<Outcome>> {
        self.streams.wait_for(timeout, |state| state.end.clone())
    }

    /// Waits for the command to end, and collects what is unread of its
    /// output; first ends its input, unless [`stdin`](Exec::stdin) was taken.
    ///
    /// # Errors
    /// Those of [`wait`](Exec::wait).
    pub fn wait_with_output(mut self) -> Result<ExecResult> {
        let outcome = self.wait()?;
        // A call that was left is over before its output is.
        Ok(self.streams.collect(outcome))
    }

    /// Kills the command and all its descendants: TERM, the options'
    /// [`kill_grace`](ExecOptions::kill_grace), KILL, and the proof that nothing is
    /// left. The command's outcome, for [`wait`](Exec::wait), is the signal.
    ///
    /// Where no other command of its user runs, what its user runs in the
    /// container is killed, by the kernel and at once: whatever it did to hide is
    /// to no avail, and what earlier commands of that user left behind ends, too.
    /// Where others of its user run, it finds the command's processes by their
    /// environment, session and ancestry, and spares the others: then there is no
    /// proof. [`ExecOptions::own_user`] gives a command a user of its own.
    ///
    /// Returns after [`kill_timeout`](ExecOptions::kill_timeout) at the latest;
    /// then, and where the client's limits end the call, the killing goes on in the
    /// background. [`Client::stop`](crate::Client::stop) is the last word.
    ///
    /// # Errors
    /// `Unsupported` if the image has no `/bin/sh`, `Conflict` if the container is
    /// paused, `Timeout` or `Cancelled` by the client's limits, and any failure to
    /// reach the engine.
    pub fn kill(&self) -> Result<TreeGone> {
        self.killer.kill_within(&self.limits.begin()?, Some(&self.streams))
    }

    /// Sends one signal to the command's first process, by number. Does
    /// nothing if it has ended.
    ///
    /// # Errors
    /// `InvalidArgument` unless 1 to 64; those of [`kill`](Exec::kill).
    pub fn signal(&self, signal: i32) -> Result<()> {
        if !(1..=64).contains(&signal) {
            return Err(Error::invalid("signal", format_args!("{signal} is none; 1 to 64 are")));
        }
        self.streams.update(|state| state.signals.push(signal));
        self.killer.signal(&self.limits.begin()?, signal).map(drop)
    }

    /// The command's first process, as the container numbers it; `None` if it
    /// has ended. Asks the container.
    ///
    /// # Errors
    /// Those of [`kill`](Exec::kill).
    pub fn pid_in_container(&self) -> Result<Option<i32>> {
        self.killer.signal(&self.limits.begin()?, 0)
    }

    /// Whether anything of a killed command is left; `None` if it was not
    /// killed, or not to its end yet.
    #[must_use]
    pub fn tree_gone(&self) -> Option<TreeGone> {
        self.streams.lock().tree_gone.clone()
    }

    /// Changes the size of the command's terminal, in characters.
    ///
    /// # Errors
    /// What the engine answers, for example if there is no terminal.
    pub fn resize(&self, rows: u16, columns: u16) -> Result<()> {
        self.resizer.resize(&self.limits.begin()?, rows, columns)
    }

    /// Lets the command run without this handle: nobody will read its output
    /// any more, or learn how it ends.
    pub fn detach(self) {
        self.set_request(HandleRequest::Detach);
    }

    /// What kills the command, also when this handle is gone.
    pub(super) fn killer(&self) -> Killer {
        self.killer.clone()
    }

    /// Lets the command run on, and waits until nothing is done to it any more,
    /// unless the call's limits came first: then it is being killed.
    pub(super) fn let_go(&self) {
        self.set_request(HandleRequest::Detach);
        self.wait_within(None);
    }

    fn set_request(&self, request: HandleRequest) {
        self.streams.update(|state| {
            if state.request == HandleRequest::Run {
                state.request = request;
            }
        });
        self.streams.wake();
    }
}

impl Drop for Exec {
    fn drop(&mut self) {
        // Too late for a command that has ended: the pump does not look.
        self.set_request(HandleRequest::Kill);
    }
}

impl fmt::Debug for Exec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exec").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Waiting without a limit ends only with an end.
fn never() -> Error {
    Error::new(ErrorKind::Panic, "a wait without limit ended")
}
