//! Commands that outlive the process that started them.
//!
//! A background command is an exec that lasts as long as the command: its shell
//! (`background.sh`) waits for it, so that the engine knows whether it is
//! running. The files in the container are under the command's control.

mod files;
mod find;
mod kill;

use std::io::Read;
use std::time::Duration;

use self::files::{BackgroundFiles, MAX_STDERR};
use self::find::RunningExec;
use super::demux::OutputStream;
use super::handle;
use super::kill::Killer;
use super::start_failure;
use super::{Exec, ExecOptions, ExecResult, ExecTarget, KeepAlive, Outcome, Overflow, TreeGone};
use crate::call_context::{CallContext, Limits};
use crate::error::{Error, ErrorKind, Result};
use crate::validate;

const SCRIPT: &str = include_str!("background.sh");
/// What the script prints when the command starts.
const STARTED: [u8; 8] = *b"started\n";
/// The directory of all background commands in a container.
const ROOT: &str = "/tmp/.sandcell";
/// The script's exit codes.
const NAME_TAKEN: i32 = 73;
const NO_DIRECTORY: i32 = 74;
const NOT_FOUND: i32 = 127;
/// The maximum that one read returns.
const MAX_READ: usize = 16 * 1024 * 1024;
/// Pauses between polls of a running command.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A named command in the background of a container.
///
/// Its output and its exit code go to files in the container. Any process can
/// read them until [`remove`](Background::remove) or the removal of the
/// container. After a crash, a new process finds the command again by container
/// and name.
///
/// Whether the command is running is reported by the engine. The files are under
/// the control of the command's user, who can change them, but no content can
/// make a call hang. They are read as that user, so nothing leaves the container
/// that the command could not have printed.
///
/// The limits of the client that created the handle apply to each call
/// separately: [`with_timeout`](crate::Client::with_timeout) bounds each of them.
/// Without a limit, the library's own commands in the container end after 30 s.
///
/// All methods may be called from several threads at once. Dropping the handle
/// has no effect on the command.
///
/// ```
/// use sandcell::{BackgroundStatus, Client, CreateOptions, ExecOptions, OutputStream};
///
/// let client = Client::from_env()?;
/// let id = client.create_and_start(&CreateOptions::new("busybox:latest"))?;
/// let container = client.container(id)?;
/// container.start_background("build", &ExecOptions::new(["echo", "done"]))?;
///
/// let build = container.background("build")?; // possibly in another process
/// assert!(matches!(build.wait()?, BackgroundStatus::Exited(0)));
/// assert_eq!(build.read(OutputStream::Stdout, 0, 1024)?, b"done\n");
/// container.stop()?;
/// # Ok::<(), sandcell::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Background {
    job: Job,
    limits: Limits,
    client: KeepAlive,
}

/// The command, without the limits of a call.
#[derive(Clone, Debug)]
struct Job {
    target: ExecTarget,
    name: String,
    /// The user to access its files as; `None` for the container's user.
    user: Option<String>,
    started: Option<Started>,
}

/// What the handle that started the command knows.
#[derive(Clone, Debug)]
struct Started {
    /// The engine's id of the exec.
    exec: String,
    killer: Killer,
}

/// The status of a background command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BackgroundStatus {
    /// Running, as reported by the engine.
    Running,
    /// Exited with this code, 0 to 255. As with a shell, 128 + n usually means
    /// that signal n killed it. For the handle that started the command, the
    /// engine reports the code for some minutes; otherwise it is read from the
    /// command's file.
    Exited(i32),
    /// Ended without an exit code in its file: the shell that would have written
    /// it was killed too, or the file was removed or changed.
    Lost,
}

impl Background {
    pub(crate) fn new(
        target: ExecTarget,
        limits: Limits,
        name: &str,
        client: KeepAlive,
    ) -> Result<Self> {
        validate::id_or_name("name", name)?;
        let job = Job { target, name: name.to_owned(), user: None, started: None };
        Ok(Background { job, limits, client })
    }

    /// Starts `options` under this name.
    pub(crate) fn start(mut self, options: &ExecOptions) -> Result<Self> {
        let target = self.begin()?;
        let target = target.under(files::with_default_limit(&target.context));
        let (directory, mark) = (self.job.directory(), find::new_mark(&self.job.name)?);
        let wrapper = options.wrapped_by(find::wrapper(SCRIPT, &directory, &mark))?;
        let client = KeepAlive::clone(&self.client);
        let mut exec = handle::start_marked(&target, &unlimited(wrapper), mark, client)?;
        let started = Started { exec: exec.id().to_owned(), killer: exec.killer() };
        // Set it also if the library chose it.
        self.job.user = Some(started.killer.user().to_owned()).filter(|user| !user.is_empty());
        if !has_started(&mut exec).map_err(|e| self.named(e))? {
            let result = exec.wait_with_output()?;
            return Err(self.start_failure(&target.context, options, result, &started.killer));
        }
        exec.release();
        if let Err(error) = target.context.check() {
            started.killer.kill_in_background();
            return Err(self.named(error));
        }
        self.job.started = Some(started);
        Ok(self)
    }

    fn start_failure(
        &self,
        context: &CallContext,
        options: &ExecOptions,
        result: ExecResult,
        killer: &Killer,
    ) -> Error {
        let stderr = result.stderr.text().trim_end().to_owned();
        let error = match result.outcome {
            Outcome::Exited(NAME_TAKEN) => Error::new(
                ErrorKind::Conflict,
                "the name is in use in this container; choose another or remove that command",
            ),
            Outcome::Exited(NO_DIRECTORY) => {
                let problem = format!("cannot write to {ROOT}: {stderr}");
                Error::new(ErrorKind::FileAccess, problem)
            }
            Outcome::Exited(NOT_FOUND) => start_failure::not_found(&options.argv[0]),
            _ => {
                // Without its connection, the command may still be running.
                if matches!(result.outcome, Outcome::Lost(_)) {
                    killer.kill_in_background();
                }
                files::failure(context, result)
            }
        };
        self.named(error)
    }

    /// Sets the user that the command was started as, if it was started with one:
    /// only that user, and root with capabilities, can read its files. Needed on
    /// handles returned by
    /// [`Container::background`](crate::Container::background). While the command
    /// is running, [`status`](Background::status) and [`kill`](Background::kill)
    /// find the user by themselves.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.job.user = Some(user.into());
        self
    }

    /// Returns the command's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.job.name
    }

    /// Returns the command's status.
    ///
    /// A command that left processes behind has exited, as in a shell.
    ///
    /// # Errors
    /// `NotFound` if the container has no background command of this name,
    /// `FileAccess` if it belongs to [another user](Background::user); `Timeout`
    /// and `Cancelled` by the client's limits.
    pub fn status(&self) -> Result<BackgroundStatus> {
        self.query_status(&self.begin()?, &mut None)
    }

    /// Waits for the command to end, or until the client's timeout, deadline or
    /// cancel token ends the call.
    ///
    /// # Errors
    /// Those of [`status`](Background::status).
    pub fn wait(&self) -> Result<BackgroundStatus> {
        let target = self.begin()?;
        let (mut pause, mut seen) = (FIRST_PAUSE, None);
        loop {
            match self.query_status(&target, &mut seen)? {
                BackgroundStatus::Running => target.context.sleep(pause)?,
                ended => return Ok(ended),
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Returns the status; `seen` caches the exec that runs the command.
    fn query_status(
        &self,
        target: &ExecTarget,
        seen: &mut Option<RunningExec>,
    ) -> Result<BackgroundStatus> {
        if let Some(started) = &self.job.started {
            let exec = find::inspect(target, &started.exec)?;
            if exec.as_ref().is_some_and(|exec| exec.running) {
                return Ok(BackgroundStatus::Running);
            }
            if let Some(code) = exec.and_then(|exec| exec.exit_code) {
                let code = i32::try_from(code);
                let code = code.map_err(|_| Error::protocol("an exit code is out of range"))?;
                return Ok(BackgroundStatus::Exited(code));
            }
        } else if self.is_running(target, seen)? {
            return Ok(BackgroundStatus::Running);
        }
        // The shell writes the code before it exits.
        let code = self.job.files(target).exit_code().map_err(|e| self.named(e))?;
        Ok(code.map_or(BackgroundStatus::Lost, BackgroundStatus::Exited))
    }

    /// Whether an exec runs it that another handle started.
    fn is_running(&self, target: &ExecTarget, seen: &mut Option<RunningExec>) -> Result<bool> {
        if let Some(exec) = seen {
            if find::inspect(target, &exec.id)?.is_some_and(|exec| exec.running) {
                return Ok(true);
            }
        }
        let running = find::running(target, &self.job.directory(), &self.job.name)?;
        *seen = running.unwrap_or_default().pop();
        Ok(seen.is_some())
    }

    /// Reads output of the command, starting at byte `offset`, at most `max`
    /// bytes and at most 16 MiB. Returns no bytes if there are none yet, or none
    /// at all once the command has ended.
    ///
    /// # Errors
    /// `NotFound` if the container has no background command of this name,
    /// `WrongFileType` if the output file was removed or replaced by a directory,
    /// a pipe or a link; `FileAccess` if it belongs to [another
    /// user](Background::user); `Timeout` and `Cancelled` by the client's limits.
    pub fn read(&self, stream: OutputStream, offset: u64, max: usize) -> Result<Vec<u8>> {
        let file = match stream {
            OutputStream::Stdout => "stdout",
            OutputStream::Stderr => "stderr",
        };
        let target = self.begin()?;
        self.job.files(&target).read(file, offset, max.min(MAX_READ)).map_err(|e| self.named(e))
    }

    /// Kills the command and all its descendants as
    /// [`Exec::kill`](crate::Exec::kill) does, including those left behind by a
    /// command that has ended. The grace period is 2 s; the handle that started
    /// the command uses [`ExecOptions::kill_grace`].
    ///
    /// If the client's limits end the call, the kill continues in the background.
    ///
    /// # Errors
    /// `NotFound` if the container has no background command of this name;
    /// `Timeout` and `Cancelled` by the client's limits; those of
    /// [`Exec::kill`](crate::Exec::kill).
    pub fn kill(&self) -> Result<TreeGone> {
        let killed = self.job.kill_within(&self.limits.begin()?, Job::kill);
        killed.map_err(|e| self.named(e))
    }

    /// Kills the command if it is running and removes its files, which frees the
    /// name. Succeeds if there is no such command. Processes left behind by a
    /// command that has ended are not killed; use [`kill`](Background::kill)
    /// first.
    ///
    /// # Errors
    /// `Conflict`, keeping the files, if the command survives the kill, if the
    /// engine still reports it as running, or if another was started under the
    /// name meanwhile; those of [`kill`](Background::kill).
    pub fn remove(self) -> Result<()> {
        let target = self.begin()?;
        let killed = self.job.kill_within(&target.context, Job::kill_running);
        match killed.map_err(|e| self.named(e))? {
            Some(TreeGone::ContainerKilled) => return Ok(()),
            Some(TreeGone::No) => return Err(self.conflict("it survived being killed")),
            _ => {}
        }
        // Or another one was started under the name meanwhile.
        if self.is_running(&target, &mut None)? {
            return Err(self.conflict("it is still running"));
        }
        self.job.files(&target).remove().map_err(|e| self.named(e))
    }

    /// The target for a call that starts now, with its limits.
    fn begin(&self) -> Result<ExecTarget> {
        Ok(self.job.target.under(self.limits.begin()?))
    }

    fn conflict(&self, problem: &str) -> Error {
        self.named(Error::new(ErrorKind::Conflict, problem))
    }

    fn named(&self, error: Error) -> Error {
        error.context(format_args!("background {:?}", self.job.name))
    }
}

impl Job {
    fn directory(&self) -> String {
        format!("{ROOT}/{}", self.name)
    }

    /// The command's files, accessed as its user.
    fn files<'a>(&'a self, target: &'a ExecTarget) -> BackgroundFiles<'a> {
        BackgroundFiles { target, directory: self.directory(), user: self.user.as_deref() }
    }
}

/// Removes the options' limits and measuring, which are not meant for the
/// wrapper's own output.
fn unlimited(mut wrapper: ExecOptions) -> ExecOptions {
    (wrapper.timeout, wrapper.measure, wrapper.overflow) = (None, false, Overflow::KeepHead);
    wrapper.max_output(MAX_STDERR as u64)
}

/// Waits until the wrapper reports the start of the command; `false` if it exits
/// before.
fn has_started(exec: &mut Exec) -> Result<bool> {
    let mut line = [0; STARTED.len()];
    let read = exec.stdout.take().map(|mut stdout| stdout.read_exact(&mut line));
    match read {
        Some(Ok(())) if line == STARTED => Ok(true),
        Some(Ok(())) => Err(Error::new(ErrorKind::Engine, "its shell printed unexpected output")),
        _ => Ok(false),
    }
}
