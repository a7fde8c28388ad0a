//! Commands that outlive the host that started them.
//!
//! A background command is an exec that lasts as long as the command does: its
//! shell (`background.sh`) waits for it, so that the engine knows whether it
//! runs. The files in the container are the command's own word.

mod found;
mod kill;
mod remains;

use std::io::Read;
use std::time::Duration;

use self::found::Found;
use self::remains::{MAX_COMPLAINT, Remains};
use super::demux::OutputStream;
use super::handle;
use super::kill::Killer;
use super::{Exec, ExecOptions, ExecResult, ExecTarget, KeepAlive, Outcome, Overflow, TreeGone};
use crate::call_context::{CallContext, Limits};
use crate::error::{Error, ErrorKind, Result};
use crate::validate;

const SCRIPT: &str = include_str!("background.sh");
/// What the script says when the command begins.
const WORD: [u8; 8] = *b"started\n";
/// Where the files of background commands are in a container.
const ROOT: &str = "/tmp/.sandcell";
/// How the script exits.
const NAME_IS_TAKEN: i32 = 73;
const NO_DIRECTORY: i32 = 74;
const NOT_FOUND: i32 = 127;
/// What one read returns at most.
const MAX_READ: usize = 16 * 1024 * 1024;
/// Pauses between looks at a running command.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A command in the background of a container, under a name.
///
/// Its output goes to files in the container, and so does its exit code; both
/// are there for whoever asks, in this process or in another, until
/// [`remove`](Background::remove)d or the container is. A host that crashed
/// finds the command again by the same container and name.
///
/// Whether it runs is the engine's word. What the files say is the word of the
/// command's user, who can change them; whatever is in their target, no call
/// waits for it. They are read as that user: nothing comes out of the container
/// that the command could not have printed.
///
/// The limits of the client that made the handle hold for each call anew:
/// [`with_timeout`](crate::Client::with_timeout) gives each its time. Where it
/// has none, what the library runs in the container ends after 30 s.
///
/// ```
/// use sandcell::{BackgroundStatus, Client, CreateOptions, ExecOptions, OutputStream};
///
/// let client = Client::from_env()?;
/// let container = client.create_and_start(&CreateOptions::new("busybox:latest"))?;
/// client.start_background(&container, "build", &ExecOptions::new(["echo", "done"]))?;
///
/// let build = client.background(&container, "build")?; // perhaps in another process
/// assert!(matches!(build.wait()?, BackgroundStatus::Exited(0)));
/// assert_eq!(build.read(OutputStream::Stdout, 0, 1024)?, b"done\n");
/// client.stop(&container)?;
/// # Ok::<(), sandcell::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Background {
    job: Job,
    limits: Limits,
    client: KeepAlive,
}

/// The command, without anybody's limits.
#[derive(Clone, Debug)]
struct Job {
    target: ExecTarget,
    name: String,
    /// As whom to look at it; `None` for the container's user.
    user: Option<String>,
    started: Option<Started>,
}

/// What the handle knows that started the command.
#[derive(Clone, Debug)]
struct Started {
    /// The engine's id of the exec.
    exec: String,
    killer: Killer,
}

/// What a background command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BackgroundStatus {
    /// It runs. The engine says so.
    Running,
    /// It ended with this code, 0 to 255; as with a shell, 128 + n usually means
    /// that signal n killed it. The handle that started it has that from the
    /// engine, for some minutes; else the command's file says so.
    Exited(i32),
    /// It ended, and its file holds no exit code: it was killed together with
    /// the shell that would have written that, or something made away with it.
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
        let target = target.under(remains::or_limited(&target.context));
        let (directory, mark) = (self.job.directory(), found::new_mark(&self.job.name)?);
        let wrapper = options.wrapped(found::wrapper(SCRIPT, &directory, &mark))?;
        let client = KeepAlive::clone(&self.client);
        let mut exec = handle::start_marked(&target, &unlimited(wrapper), mark, client)?;
        let started = Started { exec: exec.id().to_owned(), killer: exec.killer() };
        // Also where the library chose it.
        self.job.user = Some(started.killer.user().to_owned()).filter(|user| !user.is_empty());
        if !has_begun(&mut exec).map_err(|e| self.named(e))? {
            let result = exec.wait_with_output()?;
            return Err(self.why_not_begun(&target.context, result, &started.killer));
        }
        exec.let_go();
        if let Err(error) = target.context.check() {
            started.killer.kill_behind();
            return Err(self.named(error));
        }
        self.job.started = Some(started);
        Ok(self)
    }

    fn why_not_begun(&self, context: &CallContext, result: ExecResult, killer: &Killer) -> Error {
        let complaint = result.stderr.text().trim_end().to_owned();
        let error = match result.outcome {
            Outcome::Exited(NAME_IS_TAKEN) => {
                Error::new(ErrorKind::Conflict, "the name is taken in this container")
            }
            Outcome::Exited(NO_DIRECTORY) => {
                let problem = format!("cannot write to {ROOT}: {complaint}");
                Error::new(ErrorKind::FileAccess, problem)
            }
            Outcome::Exited(NOT_FOUND) => {
                Error::new(ErrorKind::CommandNotFound, "there is no such program")
            }
            _ => {
                // Without its connection it may run yet.
                if matches!(result.outcome, Outcome::Lost(_)) {
                    killer.kill_behind();
                }
                remains::failure(context, result)
            }
        };
        self.named(error)
    }

    /// The user that the command runs as, if it was started with one: only it,
    /// and root with its capabilities, can read its files. Needed for a handle by
    /// name; but while the command runs, [`status`](Background::status) and
    /// [`kill`](Background::kill) know who it is.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.job.user = Some(user.into());
        self
    }

    /// The name of the command.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.job.name
    }

    /// What the command does.
    ///
    /// A command that leaves processes behind has ended, as for a shell.
    ///
    /// # Errors
    /// `NotFound` if there is none of this name in the container, `FileAccess` if
    /// it belongs to [another user](Background::user); `Timeout` and `Cancelled`
    /// by the client's limits.
    pub fn status(&self) -> Result<BackgroundStatus> {
        self.look(&self.begin()?, &mut None)
    }

    /// Waits for the command to end, until the time-out or the deadline of the
    /// client, or its token, ends the wait.
    ///
    /// # Errors
    /// Those of [`status`](Background::status).
    pub fn wait(&self) -> Result<BackgroundStatus> {
        let target = self.begin()?;
        let (mut pause, mut seen) = (FIRST_PAUSE, None);
        loop {
            match self.look(&target, &mut seen)? {
                BackgroundStatus::Running => target.context.sleep(pause)?,
                ended => return Ok(ended),
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// What the command does; `seen` is the exec that was last seen to run it.
    fn look(&self, target: &ExecTarget, seen: &mut Option<Found>) -> Result<BackgroundStatus> {
        if let Some(started) = &self.job.started {
            let exec = found::inspect(target, &started.exec)?;
            if exec.as_ref().is_some_and(|exec| exec.running) {
                return Ok(BackgroundStatus::Running);
            }
            if let Some(code) = exec.and_then(|exec| exec.exit_code) {
                let code = i32::try_from(code);
                let code = code.map_err(|_| Error::protocol("an exit code is out of range"))?;
                return Ok(BackgroundStatus::Exited(code));
            }
        } else if self.is_seen(target, seen)? {
            return Ok(BackgroundStatus::Running);
        }
        // What the shell had to say is written before it ends.
        let code = self.job.remains(target).exit_code().map_err(|e| self.named(e))?;
        Ok(code.map_or(BackgroundStatus::Lost, BackgroundStatus::Exited))
    }

    /// Whether it runs, by an exec that somebody else started.
    fn is_seen(&self, target: &ExecTarget, seen: &mut Option<Found>) -> Result<bool> {
        if let Some(exec) = seen {
            if found::inspect(target, &exec.id)?.is_some_and(|exec| exec.running) {
                return Ok(true);
            }
        }
        let running = found::running(target, &self.job.directory(), &self.job.name)?;
        *seen = running.unwrap_or_default().pop();
        Ok(seen.is_some())
    }

    /// Reads output of the command from byte `offset` on, `max` bytes at most,
    /// and never more than 16 MiB at once. No bytes: there are none there yet, or,
    /// once it has ended, ever.
    ///
    /// # Errors
    /// `NotFound` if there is no command of this name in the container,
    /// `WrongFileType` if something made away with the output, or put a directory,
    /// a pipe or a link in its target; `FileAccess` if it belongs to
    /// [another user](Background::user); `Timeout` and `Cancelled` by the client's
    /// limits.
    pub fn read(&self, stream: OutputStream, offset: u64, max: usize) -> Result<Vec<u8>> {
        let file = match stream {
            OutputStream::Stdout => "stdout",
            OutputStream::Stderr => "stderr",
        };
        let target = self.begin()?;
        self.job.remains(&target).read(file, offset, max.min(MAX_READ)).map_err(|e| self.named(e))
    }

    /// Kills the command and all its descendants, as [`Exec::kill`](crate::Exec::kill)
    /// does, also those that it left behind when it ended. There are 2 s between
    /// TERM and KILL, or what the options said that this handle started it with.
    ///
    /// Where the client's limits end the call, the killing goes on in the
    /// background.
    ///
    /// # Errors
    /// `NotFound` if there is none of this name in the container; `Timeout` and
    /// `Cancelled` by the client's limits; those of [`Exec::kill`](crate::Exec::kill).
    pub fn kill(&self) -> Result<TreeGone> {
        let killed = self.job.kill_within(&self.limits.begin()?, Job::kill);
        killed.map_err(|e| self.named(e))
    }

    /// Kills the command if it runs, and removes its files: the name is free.
    /// Succeeds if there is none. What a command left behind that has ended,
    /// [`kill`](Background::kill) ends.
    ///
    /// # Errors
    /// `Conflict` if it withstands being killed, or still runs by the engine's
    /// word, or if another was started under the name since: the files stay; those
    /// of [`kill`](Background::kill).
    pub fn remove(self) -> Result<()> {
        let target = self.begin()?;
        let killed = self.job.kill_within(&target.context, Job::kill_running);
        match killed.map_err(|e| self.named(e))? {
            Some(TreeGone::ContainerKilled) => return Ok(()),
            Some(TreeGone::No) => return Err(self.conflict("it withstands being killed")),
            _ => {}
        }
        // Or another that was started under the name since.
        if self.is_seen(&target, &mut None)? {
            return Err(self.conflict("it runs yet"));
        }
        self.job.remains(&target).remove().map_err(|e| self.named(e))
    }

    /// Where and within what limits a call that starts now does its work.
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

    /// Its files, to be looked at as its user.
    fn remains<'a>(&'a self, target: &'a ExecTarget) -> Remains<'a> {
        Remains { target, directory: self.directory(), user: self.user.as_deref() }
    }
}

/// The same options for a wrapper: limits of time and output are not for what
/// it says, nor is a look at what it uses.
fn unlimited(mut wrapper: ExecOptions) -> ExecOptions {
    (wrapper.timeout, wrapper.measure, wrapper.overflow) = (None, false, Overflow::KeepHead);
    wrapper.max_output(MAX_COMPLAINT as u64)
}

/// Waits until the wrapper says that the command begins; `false` if it ends
/// without a word.
fn has_begun(exec: &mut Exec) -> Result<bool> {
    let mut word = [0; WORD.len()];
    let said = exec.stdout.take().map(|mut stdout| stdout.read_exact(&mut word));
    match said {
        Some(Ok(())) if word == WORD => Ok(true),
        Some(Ok(())) => Err(Error::new(ErrorKind::Engine, "its shell says what it never would")),
        _ => Ok(false),
    }
}
