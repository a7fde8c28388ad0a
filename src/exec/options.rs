//! What to run, and how.

use std::fmt;
use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::ExecTarget;
use super::mark;
use super::overflow::Overflow;
use super::spool::Spool;
use crate::api::ExecCreateRequest;
use crate::error::{Error, Result};
use crate::watch::Watch;
use crate::{sys, validate};

/// What [`ExecOptions::max_output`] is unless set.
const DEFAULT_MAX_COLLECTED: u64 = 64 * 1024 * 1024;
const DEFAULT_MAX_UNREAD: u64 = 1024 * 1024 * 1024;
/// What [`ExecOptions::max_memory`] is unless set.
const DEFAULT_MAX_MEMORY: usize = 1024 * 1024;
/// What [`ExecOptions::kill_grace`] is unless set.
const DEFAULT_KILL_GRACE: Duration = Duration::from_secs(2);

/// Input from a [`Read`], until it is used.
type Reader = Arc<Mutex<Option<Box<dyn Read + Send>>>>;

/// Where a command's input comes from.
#[derive(Clone)]
pub(super) enum Stdin {
    /// Nothing was said: none, or the handle's.
    Default,
    Bytes(Arc<[u8]>),
    Reader(Reader),
}

/// A command to run in a container, built like a [`std::process::Command`].
///
/// Reusable: running it does not use it up. Nothing is checked until it is
/// run; then a bad argument is an
/// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) that names it.
///
/// ```
/// use sandcell::ExecOptions;
///
/// let sort = ExecOptions::new(["sort", "-u"]).env("LC_ALL", "C").stdin("b\na\nb\n");
/// # let _ = sort;
/// ```
#[derive(Clone)]
pub struct ExecOptions {
    pub(super) argv: Vec<String>,
    pub(super) cwd: Option<String>,
    pub(super) env: Vec<(String, String)>,
    pub(super) user: Option<String>,
    pub(super) stdin: Stdin,
    pub(super) tty: bool,
    pub(super) console_size: Option<(u16, u16)>,
    max_output: Option<u64>,
    /// Of the error output alone.
    max_errors: Option<u64>,
    max_memory: usize,
    pub(super) overflow: Overflow,
    pub(super) timeout: Option<Duration>,
    pub(super) kill_grace: Duration,
    pub(super) kill_timeout: Duration,
    pub(super) kill_container_after: Option<Duration>,
    pub(super) own_user: bool,
    pub(super) measure: bool,
    /// Whether it is the library's own.
    pub(super) is_helper: bool,
}

impl ExecOptions {
    /// What [`kill_timeout`](ExecOptions::kill_timeout) is unless set.
    pub(super) const DEFAULT_KILL_TIMEOUT: Duration = Duration::from_secs(10);

    /// A command: the program, looked up in the container's `PATH`, and its
    /// arguments. Never a shell's text: for that, run `["sh", "-c", text]`.
    ///
    /// An argument, and a variable with its name, may have 131071 bytes; all of
    /// them together 2 MiB less 16 KiB, each with 9 bytes more. Longer ones are
    /// refused with [`ArgumentsTooLong`](crate::ErrorKind::ArgumentsTooLong).
    pub fn new<I, S>(argv: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        ExecOptions {
            argv: argv.into_iter().map(Into::into).collect(),
            cwd: None,
            env: Vec::new(),
            user: None,
            stdin: Stdin::Default,
            tty: false,
            console_size: None,
            max_output: None,
            max_errors: None,
            max_memory: DEFAULT_MAX_MEMORY,
            overflow: Overflow::default(),
            timeout: None,
            kill_grace: DEFAULT_KILL_GRACE,
            kill_timeout: Self::DEFAULT_KILL_TIMEOUT,
            kill_container_after: None,
            own_user: false,
            measure: false,
            is_helper: false,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.argv.push(arg.into());
        self
    }

    /// The working directory, an absolute path in the container.
    /// Default: the container's.
    #[must_use]
    pub fn cwd(mut self, path: impl Into<String>) -> Self {
        self.cwd = Some(path.into());
        self
    }

    /// Sets an environment variable, in addition to the container's.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// The user, as `name`, `uid`, `name:group` or `uid:gid`.
    /// Default: the container's.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// The bytes that the command reads, followed by the end of its input.
    ///
    /// Default: for [`Client::exec`](crate::Client::exec) none, its input is at
    /// its end from the start; for [`Client::start_exec`](crate::Client::start_exec)
    /// what is written to [`Exec::stdin`](crate::Exec::stdin).
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Stdin::Bytes(bytes.into().into());
        self
    }

    /// The command reads what `reader` gives, to its end, on a thread of its
    /// own. Running the command uses the reader up: these options, and their
    /// clones, can be run once. A read that blocks for ever keeps the thread.
    /// One that fails, panics, or says that it read more than there was room for
    /// ends the input, with an error in the log and in
    /// [`ExecResult::input_error`](crate::ExecResult::input_error); the command
    /// goes on, and may take what it read for the whole.
    #[must_use]
    pub fn stdin_reader(mut self, reader: impl Read + Send + 'static) -> Self {
        self.stdin = Stdin::Reader(Arc::new(Mutex::new(Some(Box::new(reader)))));
        self
    }

    /// Whether the command runs on a terminal. Its output and error output are
    /// then one stream, in [`ExecResult::stdout`](crate::ExecResult::stdout),
    /// with the terminal's echo and line ends. Default: no.
    #[must_use]
    pub fn tty(mut self, tty: bool) -> Self {
        self.tty = tty;
        self
    }

    /// The size of the terminal, in characters. Below API 1.42 an engine sets
    /// it only once the command runs. Default: the engine's.
    #[must_use]
    pub fn console_size(mut self, rows: u16, columns: u16) -> Self {
        self.console_size = Some((rows, columns));
        self
    }

    /// How many bytes of each stream are kept until somebody reads them; what
    /// happens beyond, [`on_overflow`](ExecOptions::on_overflow) says. Default:
    /// 64 MiB for [`Client::exec`](crate::Client::exec), which keeps them in
    /// memory, and 1 GiB for [`Client::start_exec`](crate::Client::start_exec).
    #[must_use]
    pub fn max_output(mut self, bytes: u64) -> Self {
        self.max_output = Some(bytes);
        self
    }

    /// How many unread bytes of each stream [`Client::start_exec`](crate::Client::start_exec)
    /// keeps in memory; more than that go to an unlinked file in the
    /// directory for temporary files. Default: 1 MiB.
    #[must_use]
    pub fn max_memory(mut self, bytes: usize) -> Self {
        self.max_memory = bytes;
        self
    }

    /// What happens to output beyond [`max_output`](ExecOptions::max_output).
    /// Default: [`Overflow::KeepHead`].
    #[must_use]
    pub fn on_overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// How long the command may run. Then it is killed, with all its
    /// descendants, and the outcome is [`Outcome::TimedOut`](crate::Outcome::TimedOut).
    /// Default: for ever.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How long a command that is killed has between TERM and KILL; 0 for KILL
    /// at once. Default: 2 s.
    #[must_use]
    pub fn kill_grace(mut self, grace: Duration) -> Self {
        self.kill_grace = grace;
        self
    }

    /// How long a call waits until the command is killed and proven gone, from
    /// the moment that it is to be killed: for [`timeout`](ExecOptions::timeout)
    /// and [`Exec::kill`](crate::Exec::kill). Then the call returns with
    /// [`TreeGone::Unknown`](crate::TreeGone::Unknown), and the killing goes on
    /// in the background; with 0 it returns at once. Default: 10 s.
    #[must_use]
    pub fn kill_timeout(mut self, timeout: Duration) -> Self {
        self.kill_timeout = timeout;
        self
    }

    /// Kills the container, with all that runs in it, if a killed command is not
    /// proven gone within `time`: then it is, and the answer is
    /// [`TreeGone::ContainerKilled`](crate::TreeGone::ContainerKilled). Default:
    /// what [`CreateOptions::kill_container_after`](crate::CreateOptions::kill_container_after)
    /// says.
    #[must_use]
    pub fn kill_container_after(mut self, time: Duration) -> Self {
        self.kill_container_after = Some(time);
        self
    }

    /// Whether the command runs as a user of its own: a number that nobody else
    /// in the container has, without a name, a home or other groups. It can then be
    /// proven gone although other commands run, and they are out of its reach.
    /// It may write only where everybody may. Cannot be combined with
    /// [`user`](ExecOptions::user). Default: no.
    #[must_use]
    pub fn own_user(mut self, own_user: bool) -> Self {
        self.own_user = own_user;
        self
    }

    /// Whether to measure what the container uses while the command runs, for
    /// [`ExecResult::resources`](crate::ExecResult::resources) and a verdict that
    /// knows of memory. It takes a look into the container before and another
    /// behind, which cost as much as a short command each. Default: no.
    #[must_use]
    pub fn measure(mut self, measure: bool) -> Self {
        self.measure = measure;
        self
    }

    /// Runs it as `user`, for the library itself: no other command waits for it,
    /// and nobody kills it.
    pub(crate) fn helper_as(mut self, user: &str) -> Self {
        self.user = Some(user.to_owned()).filter(|user| !user.is_empty());
        self.is_helper = true;
        self
    }

    /// Whose the command is, as the engine is to be told; empty for the
    /// container's user.
    pub(super) fn user_in(&self, target: &ExecTarget, watch: &Watch) -> Result<String> {
        match &self.user {
            _ if self.own_user => target.engine.watches.own_user(),
            Some(user) => Ok(user.clone()),
            None => Ok(watch.user.clone()),
        }
    }

    /// Like `max_output`, of the error output alone.
    pub(crate) fn max_errors(mut self, bytes: u64) -> Self {
        self.max_errors = Some(bytes);
        self
    }

    /// Whether a handle's owner supplies the input.
    pub(super) fn wants_stdin(&self) -> bool {
        matches!(self.stdin, Stdin::Default)
    }

    /// The same command as the last arguments of another one, once checked.
    pub(super) fn wrapped<const N: usize>(&self, wrapper: [&str; N]) -> Result<Self> {
        self.to_request("", false)?;
        if self.tty || !self.wants_stdin() {
            return Err(Error::invalid("stdin, tty", "a background command has neither"));
        }
        let mut options = self.clone();
        options.argv.splice(..0, wrapper.map(str::to_owned));
        Ok(options)
    }

    /// A spool for one stream that is collected.
    pub(super) fn collecting_spool(&self) -> Spool {
        let limit = self.max_output.unwrap_or(DEFAULT_MAX_COLLECTED);
        Spool::new(limit, usize::try_from(limit).unwrap_or(usize::MAX), self.overflow)
    }

    /// Spools for output and error output that are read as they come.
    pub(super) fn streaming_spools(&self) -> (Spool, Spool) {
        let spool = |limit| Spool::new(limit, self.max_memory, self.overflow);
        let limit = self.max_output.unwrap_or(DEFAULT_MAX_UNREAD);
        (spool(limit), spool(self.max_errors.unwrap_or(limit)))
    }

    /// The reader of the input, if there is one; it can be had once.
    pub(super) fn take_reader(&self) -> Result<Option<Box<dyn Read + Send>>> {
        let Stdin::Reader(reader) = &self.stdin else { return Ok(None) };
        match sys::lock(reader).take() {
            Some(reader) => Ok(Some(reader)),
            None => Err(Error::invalid("stdin", "its reader was used up by an earlier run")),
        }
    }

    /// The request, if the options are good. `token` marks the command and its
    /// descendants.
    pub(super) fn to_request(&self, token: &str, attach_stdin: bool) -> Result<ExecCreateRequest> {
        match self.argv.first() {
            None => return Err(Error::invalid("argv", "is empty; it must name a program")),
            Some(program) if program.is_empty() => {
                return Err(Error::invalid("argv", "the program's name is empty"));
            }
            Some(_) => {}
        }
        for arg in &self.argv {
            validate::no_nul("argv", arg)?;
        }
        if let Some(cwd) = &self.cwd {
            validate::absolute_path("cwd", cwd)?;
        }
        if let Some(user) = &self.user {
            validate::user(user)?;
            if self.own_user {
                return Err(Error::invalid("user, own_user", "a command cannot have both"));
            }
        }
        let mut env = validate::env_list(&self.env)?;
        env.push(format!("{}={token}", mark::VARIABLE));
        Ok(ExecCreateRequest {
            cmd: self.argv.clone(),
            env,
            working_dir: self.cwd.clone().unwrap_or_default(),
            user: self.user.clone().unwrap_or_default(),
            tty: self.tty,
            console_size: None,
            attach_stdin,
            // Always both: with one alone an engine loses track of the exec.
            attach_stdout: true,
            attach_stderr: true,
        })
    }
}

/// Leaves out values of the environment and the input: they may be secrets.
impl fmt::Debug for ExecOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecOptions")
            .field("argv", &self.argv)
            .field("cwd", &self.cwd)
            .field("env", &self.env.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("user", &self.user)
            .field("tty", &self.tty)
            .field("console_size", &self.console_size)
            .field("max_output", &self.max_output)
            .field("max_memory", &self.max_memory)
            .field("overflow", &self.overflow)
            .field("timeout", &self.timeout)
            .field("kill_grace", &self.kill_grace)
            .field("kill_timeout", &self.kill_timeout)
            .field("kill_container_after", &self.kill_container_after)
            .field("own_user", &self.own_user)
            .field("measure", &self.measure)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_options_name_their_field() {
        let ok = || ExecOptions::new(["true"]);
        for (field, options) in [
            ("argv", ExecOptions::new::<_, String>([])),
            ("argv", ExecOptions::new([""])),
            ("argv", ok().arg("a\0b")),
            ("cwd", ok().cwd("relative")),
            ("cwd", ok().cwd("")),
            ("cwd", ok().cwd("/a\0")),
            ("env", ok().env("A=B", "")),
            ("env", ok().env("", "x")),
            ("env", ok().env("A\0", "")),
            ("user", ok().user("")),
            ("user", ok().user("a\0")),
            ("user, own_user", ok().user("0").own_user(true)),
        ] {
            let error = options.to_request("token", false).unwrap_err();
            assert!(error.is_invalid_argument());
            assert!(error.to_string().starts_with(field), "{error}");
        }
        assert!(ok().own_user(true).to_request("token", false).is_ok());
        assert!(
            ok().env("A", "B\0")
                .to_request("token", false)
                .unwrap_err()
                .to_string()
                .contains("env")
        );
    }

    #[test]
    fn debug_shows_no_secret() {
        let options = ExecOptions::new(["x"]).env("TOKEN", "hunter2").stdin("hunter2");
        let debug = format!("{options:?}");
        assert!(debug.contains("TOKEN") && !debug.contains("hunter2"), "{debug}");
    }
}
