//! Commands that outlive the host that started them.
//!
//! A background command is an exec that lasts as long as the command does: its
//! shell (`background.sh`) waits for it, so that the engine knows whether it
//! runs. The files in the container are the command's own word.

use std::io::Read;
use std::time::Duration;

use super::demux::OutputStream;
use super::found::{self, Found};
use super::handle;
use super::kill::Killer;
use super::remains::{self, MAX_COMPLAINT, Remains};
use super::{Exec, ExecOptions, ExecResult, KeepAlive, Outcome, Overflow, Place, TreeGone};
use crate::error::{Error, ErrorKind, Result};
use crate::scope::{Limits, Scope};
use crate::validate;

const SCRIPT: &str = include_str!("background.sh");
/// What the script says when the command begins.
const WORD: [u8; 8] = *b"started\n";
/// Where the files of background commands are in a container.
const ROOT: &str = "/tmp/.sandock";
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
/// command's user, who can change them; whatever is in their place, no call
/// waits for it. They are read as that user: nothing comes out of the container
/// that the command could not have printed.
///
/// The limits of the client that made the handle hold for each call anew:
/// [`with_timeout`](crate::Client::with_timeout) gives each its time. Where it
/// has none, what the library runs in the container ends after 30 s.
///
/// ```
/// use sandock::{BackgroundStatus, Client, CreateOptions, ExecOptions, OutputStream};
///
/// let client = Client::from_env()?;
/// let container = client.create_and_start(&CreateOptions::new("busybox:latest"))?;
/// client.start_background(&container, "build", &ExecOptions::new(["echo", "done"]))?;
///
/// let build = client.background(&container, "build")?; // perhaps in another process
/// assert!(matches!(build.wait()?, BackgroundStatus::Exited(0)));
/// assert_eq!(build.read(OutputStream::Stdout, 0, 1024)?, b"done\n");
/// client.stop(&container)?;
/// # Ok::<(), sandock::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Background {
    /// Without limits: each call has its own.
    place: Place,
    limits: Limits,
    name: String,
    /// As whom to look at it, and how to kill it; nothing else of it matters.
    options: ExecOptions,
    /// The exec, if this handle started it.
    started: Option<Found>,
    client: KeepAlive,
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
    pub(crate) fn new(place: Place, limits: Limits, name: &str, client: KeepAlive) -> Result<Self> {
        validate::id_or_name("name", name)?;
        let options = ExecOptions::new(["unused"]);
        Ok(Background { place, limits, name: name.to_owned(), options, started: None, client })
    }

    /// Starts `options` under this name.
    pub(crate) fn start(mut self, options: &ExecOptions) -> Result<Self> {
        let place = self.begin()?;
        let place = place.under(remains::or_limited(&place.scope));
        let (directory, mark) = (self.directory(), found::new_mark(&self.name)?);
        let wrapper = options.wrapped(found::wrapper(SCRIPT, &directory, &mark))?;
        let client = KeepAlive::clone(&self.client);
        let mut exec = handle::start_marked(&place, &unlimited(wrapper), mark.clone(), client)?;
        self.options = options_of_kill(options);
        let found = Found { id: exec.id().to_owned(), user: options.user.clone(), mark };
        if !has_begun(&mut exec).map_err(|e| self.named(e))? {
            let result = exec.wait_with_output()?;
            return Err(self.why_not_begun(&place.scope, result, &found));
        }
        exec.let_go();
        match self.check_start(&place, &found) {
            Ok(found) => Ok(Background { started: Some(found), ..self }),
            Err(error) => {
                self.kill_behind(&found);
                Err(self.named(error))
            }
        }
    }

    /// What is known of a command that was let go, unless the call's limits came
    /// first.
    fn check_start(&self, place: &Place, found: &Found) -> Result<Found> {
        place.scope.check()?;
        if !self.options.own_user {
            return Ok(found.clone());
        }
        // The library chose whom it runs as.
        let exec = found::inspect(place, &found.id)?;
        let user = exec.and_then(|exec| found::user_of(&exec.process_config));
        Ok(Found { user, ..found.clone() })
    }

    fn why_not_begun(&self, scope: &Scope, result: ExecResult, found: &Found) -> Error {
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
                    self.kill_behind(found);
                }
                remains::failure(scope, result)
            }
        };
        self.named(error)
    }

    /// The user that the command runs as, if it was started with one: only it,
    /// and root with its capabilities, can read what it left. While it runs, the
    /// engine says who it is.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.options.user = Some(user.into());
        self
    }

    /// The name of the command.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
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
        let place = self.begin()?;
        let (mut pause, mut seen) = (FIRST_PAUSE, None);
        loop {
            match self.look(&place, &mut seen)? {
                BackgroundStatus::Running => place.scope.sleep(pause)?,
                ended => return Ok(ended),
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// What the command does; `seen` is the exec that was last seen to run it.
    fn look(&self, place: &Place, seen: &mut Option<Found>) -> Result<BackgroundStatus> {
        if let Some(started) = &self.started {
            let exec = found::inspect(place, &started.id)?;
            if exec.as_ref().is_some_and(|exec| exec.running) {
                return Ok(BackgroundStatus::Running);
            }
            if let Some(code) = exec.and_then(|exec| exec.exit_code) {
                let code = i32::try_from(code);
                let code = code.map_err(|_| Error::protocol("an exit code is out of range"))?;
                return Ok(BackgroundStatus::Exited(code));
            }
        } else if self.is_seen(place, seen)? {
            return Ok(BackgroundStatus::Running);
        }
        // What the shell had to say is written before it ends.
        let code = self.remains(place).exit_code().map_err(|e| self.named(e))?;
        Ok(code.map_or(BackgroundStatus::Lost, BackgroundStatus::Exited))
    }

    /// Whether it runs, by an exec that somebody else started.
    fn is_seen(&self, place: &Place, seen: &mut Option<Found>) -> Result<bool> {
        if let Some(exec) = seen
            && found::inspect(place, &exec.id)?.is_some_and(|exec| exec.running)
        {
            return Ok(true);
        }
        let running = found::running(place, &self.directory(), &self.name)?;
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
    /// a pipe or a link in its place; `FileAccess` if it belongs to
    /// [another user](Background::user); `Timeout` and `Cancelled` by the client's
    /// limits.
    pub fn read(&self, stream: OutputStream, offset: u64, max: usize) -> Result<Vec<u8>> {
        let file = match stream {
            OutputStream::Stdout => "stdout",
            OutputStream::Stderr => "stderr",
        };
        let place = self.begin()?;
        self.remains(&place).read(file, offset, max.min(MAX_READ)).map_err(|e| self.named(e))
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
        let place = self.begin()?;
        match self.kill_running(&place)? {
            Some(tree_gone) => Ok(tree_gone),
            None => self.kill_left(&place),
        }
    }

    /// Kills what the engine says runs; `None` if nothing does.
    fn kill_running(&self, place: &Place) -> Result<Option<TreeGone>> {
        let running = match &self.started {
            Some(started) => {
                let exec = found::inspect(place, &started.id)?;
                exec.filter(|exec| exec.running).map(|_| started.clone()).into_iter().collect()
            }
            None => match found::running(place, &self.directory(), &self.name)? {
                Some(running) => running,
                None => return Ok(Some(TreeGone::Yes)), // no container, no process
            },
        };
        let mut all = None;
        for exec in &running {
            match self.kill_with(&place.scope, self.killer(exec))? {
                TreeGone::Yes => all = Some(TreeGone::Yes),
                other => return Ok(Some(other)),
            }
        }
        Ok(all)
    }

    /// Kills what an ended command left.
    fn kill_left(&self, place: &Place) -> Result<TreeGone> {
        let killer = match &self.started {
            Some(started) => self.killer(started),
            None => {
                // A mark that nothing has, if there is none to be believed.
                let mark = self.remains(place).mark(&self.name).map_err(|e| self.named(e))?;
                let mark = mark.map_or_else(|| found::new_mark(&self.name), Ok)?;
                Killer::new(&self.place, &self.options, mark, None)
            }
        };
        self.kill_with(&place.scope, killer)
    }

    /// Kills, until `scope` ends the wait for it.
    fn kill_with(&self, scope: &Scope, killer: Killer) -> Result<TreeGone> {
        let again = killer.clone();
        let tasks = &self.place.engine.tasks;
        let killed = tasks.leavable(scope, "sandock-kill", move || killer.kill_unwatched(), drop);
        match killed {
            // Without a thread or a descriptor for one, here.
            Err(error) if error.kind() == ErrorKind::Io => again.kill_unwatched(),
            killed => killed.map_err(|e| self.named(e)),
        }
    }

    /// Kills although nobody waits for it.
    fn kill_behind(&self, exec: &Found) {
        let killer = self.killer(exec);
        let kill = move || match killer.kill_unwatched() {
            Ok(tree_gone) => {
                log::debug!("a background command that failed to start: {tree_gone:?}")
            }
            Err(error) => log::warn!("kill: {error}"),
        };
        if let Err(error) = self.place.engine.tasks.spawn("sandock-kill", kill) {
            log::error!("a command stays behind: {error}");
        }
    }

    fn killer(&self, exec: &Found) -> Killer {
        let options = exec.as_user(&self.options);
        Killer::new(&self.place, &options, exec.mark.clone(), Some(exec.id.clone()))
    }

    /// Kills the command if it runs, and removes its files: the name is free.
    /// Succeeds if there is none. What a command left behind that has ended,
    /// [`kill`](Background::kill) ends.
    ///
    /// # Errors
    /// `Conflict` if it withstands being killed, or still runs by the engine's
    /// word: the files stay; those of [`kill`](Background::kill).
    pub fn remove(self) -> Result<()> {
        let place = self.begin()?;
        match self.kill_running(&place)? {
            Some(TreeGone::ContainerKilled) => return Ok(()),
            Some(TreeGone::No) => return Err(self.conflict("it withstands being killed")),
            Some(TreeGone::Unknown(why)) if self.is_seen(&place, &mut None)? => {
                return Err(self.conflict(&format!("it runs yet: {why}")));
            }
            _ => {}
        }
        self.remains(&place).remove().map_err(|e| self.named(e))
    }

    fn directory(&self) -> String {
        format!("{ROOT}/{}", self.name)
    }

    /// Where and within what limits a call that starts now does its work.
    fn begin(&self) -> Result<Place> {
        Ok(self.place.under(self.limits.begin()?))
    }

    fn conflict(&self, problem: &str) -> Error {
        self.named(Error::new(ErrorKind::Conflict, problem))
    }

    fn named(&self, error: Error) -> Error {
        error.context(format_args!("background {:?}", self.name))
    }

    /// Its files, to be looked at as its user.
    fn remains<'a>(&'a self, place: &'a Place) -> Remains<'a> {
        let user = self.started.as_ref().and_then(|started| started.user.as_deref());
        Remains { place, directory: self.directory(), user: user.or(self.options.user.as_deref()) }
    }
}

/// The same options for a wrapper: limits of time and output are not for what
/// it says, nor is a look at what it uses.
fn unlimited(mut wrapper: ExecOptions) -> ExecOptions {
    (wrapper.timeout, wrapper.measure, wrapper.overflow) = (None, false, Overflow::KeepHead);
    wrapper.max_output(MAX_COMPLAINT as u64)
}

/// What of the options matters later.
fn options_of_kill(options: &ExecOptions) -> ExecOptions {
    let mut options = options.clone();
    (options.argv, options.env) = (Vec::new(), Vec::new());
    options
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
