//! Commands that outlive the host that started them.

use std::time::Duration;

use super::demux::OutputStream;
use super::kill::Killer;
use super::start::{self, Use};
use super::{ExecOptions, ExecResult, KeepAlive, Place, TreeGone};
use crate::api::Scope;
use crate::error::{Error, ErrorKind, Result};
use crate::validate;

const SCRIPT: &str = include_str!("background.sh");
/// Where the files of background commands are in a container.
const ROOT: &str = "/tmp/.sandock";
const NAME_IS_TAKEN: i32 = 73;
const NO_DIRECTORY: i32 = 74;
const NOT_FOUND: i32 = 127;
/// Of the texts that look at a command: there is none of this name.
const NO_SUCH_COMMAND: i32 = 66;
/// Pauses between looks at a running command.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A command in the background of a container, under a name.
///
/// Its output goes to files in the container, and so does its exit code; both
/// are there for whoever asks, in this process or in another, until
/// [`remove`](Background::remove)d or the container is. A host that crashed
/// finds the command again by the same container and name. What the files say, the
/// container's processes can change:
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
    place: Place,
    name: String,
    user: Option<String>,
    _client: KeepAlive,
}

/// What a background command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BackgroundStatus {
    /// It runs.
    Running,
    /// It ended with this code; as with a shell, 128 + n usually means that
    /// signal n killed it.
    Exited(i32),
    /// It ended without a trace: its whole tree was killed.
    Lost,
}

impl Background {
    pub(crate) fn new(place: Place, name: &str, client: KeepAlive) -> Result<Self> {
        validate::id_or_name("name", name)?;
        Ok(Background { place, name: name.to_owned(), user: None, _client: client })
    }

    /// Starts `options` under this name.
    pub(crate) fn start(mut self, options: &ExecOptions) -> Result<Self> {
        self.user.clone_from(&options.user);
        let wrapper = options.wrapped(["/bin/sh", "-c", SCRIPT, "sandock", &self.directory()])?;
        let pump = start::start_marked(&self.place, &wrapper, Use::Collect, self.token())?;
        let result = pump.run_here()?;
        let problem =
            |kind, what: &str| Err(Error::new(kind, format!("background {:?}: {what}", self.name)));
        match result.exit_code() {
            Some(0) => Ok(self),
            Some(NAME_IS_TAKEN) => {
                problem(ErrorKind::Conflict, "the name is taken in this container")
            }
            Some(NO_DIRECTORY) => problem(ErrorKind::Engine, &format!("cannot write to {ROOT}")),
            Some(NOT_FOUND) => problem(ErrorKind::CommandNotFound, "there is no such program"),
            _ => problem(
                ErrorKind::Engine,
                &format!("{:?}: {}", result.outcome, result.stderr.text()),
            ),
        }
    }

    /// The same command, under the limits of other calls.
    pub(crate) fn under(mut self, scope: Scope) -> Self {
        self.place.scope = scope;
        self
    }

    /// The user that the command runs as, if it was started with one: only it,
    /// and root with its capabilities, can look at it.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// The name of the command.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the command does.
    ///
    /// # Errors
    /// `NotFound` if there is none of this name in the container.
    pub fn status(&self) -> Result<BackgroundStatus> {
        let look = r#"[ -d "$1" ] || exit 66
            if [ -e "$1/code" ]; then cat "$1/code"; else echo running; fi"#;
        let code = |said: &str| said.trim().parse().map(BackgroundStatus::Exited);
        if let Ok(exited) = code(&self.script(look, &[])?.stdout.text()) {
            return Ok(exited);
        }
        if self.killer()?.is_alive(&self.place.scope)? {
            return Ok(BackgroundStatus::Running);
        }
        // It may have ended between the two looks.
        Ok(code(&self.script(look, &[])?.stdout.text()).unwrap_or(BackgroundStatus::Lost))
    }

    /// Waits for the command to end, until the deadline of the client, or its
    /// token, ends the wait.
    ///
    /// # Errors
    /// `Timeout` or `Cancelled` by the client's limits; those of
    /// [`status`](Background::status).
    pub fn wait(&self) -> Result<BackgroundStatus> {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.status()? {
                BackgroundStatus::Running => self.place.scope.sleep(pause)?,
                ended => return Ok(ended),
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Reads output of the command from `offset` on, `max` bytes at most. No
    /// bytes: there are none there yet, or, once it has ended, ever.
    ///
    /// # Errors
    /// `NotFound` if there is no command of this name in the container.
    pub fn read(&self, stream: OutputStream, offset: u64, max: usize) -> Result<Vec<u8>> {
        let file = match stream {
            OutputStream::Stdout => "stdout",
            OutputStream::Stderr => "stderr",
        };
        let read = r#"[ -d "$1" ] || exit 66
            tail -c "+$3" "$1/$2" | head -c "$4""#;
        let from = (offset.saturating_add(1)).to_string();
        let result = self.script(read, &[file, &from, &max.to_string()])?;
        Ok(result.stdout.into_bytes())
    }

    /// Kills the command and all its descendants, as [`Exec::kill`](crate::Exec::kill)
    /// does, with 2 s between TERM and KILL.
    ///
    /// # Errors
    /// Those of [`Exec::kill`](crate::Exec::kill).
    pub fn kill(&self) -> Result<TreeGone> {
        self.killer()?.kill_within(&self.place.scope, None)
    }

    /// Kills the command if it runs, and removes its files: the name is free.
    ///
    /// # Errors
    /// Those of [`kill`](Background::kill).
    pub fn remove(self) -> Result<()> {
        self.kill()?;
        self.script(r#"rm -rf "$1""#, &[]).map(drop)
    }

    fn directory(&self) -> String {
        format!("{ROOT}/{}", self.name)
    }

    /// Marks the processes; it must be found again by name alone.
    fn token(&self) -> String {
        format!("background:{}", self.name)
    }

    fn killer(&self) -> Result<Killer> {
        let mut options = ExecOptions::new(["unused"]);
        options.user.clone_from(&self.user);
        let watch = self.place.watch()?;
        let user = options.user_in(&self.place, &watch)?;
        Ok(Killer::new(&self.place, &watch, &options, user, self.token(), None))
    }

    /// Runs a shell's text on the command's directory (`$1`).
    fn script(&self, text: &str, arguments: &[&str]) -> Result<ExecResult> {
        let directory = self.directory();
        let argv = ["/bin/sh", "-c", text, "sandock", &directory];
        let mut options = ExecOptions::new(argv.iter().chain(arguments).copied()).cwd("/");
        options.user.clone_from(&self.user);
        let result = super::run(&self.place, &options)?;
        match result.exit_code() {
            Some(0) => Ok(result),
            Some(NO_SUCH_COMMAND) => {
                let problem = format!("no background command {:?} in this container", self.name);
                Err(Error::new(ErrorKind::NotFound, problem))
            }
            _ => {
                let said = format!("{:?}: {}", result.outcome, result.stderr.text());
                Err(Error::new(ErrorKind::Engine, format!("background {:?}: {said}", self.name)))
            }
        }
    }
}
