//! Options of a command.

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

/// Defaults of [`ExecOptions::max_output`].
const DEFAULT_MAX_COLLECTED: u64 = 64 * 1024 * 1024;
const DEFAULT_MAX_UNREAD: u64 = 1024 * 1024 * 1024;
/// Default of [`ExecOptions::max_memory`].
const DEFAULT_MAX_MEMORY: usize = 1024 * 1024;
/// Default of [`ExecOptions::kill_grace`].
const DEFAULT_KILL_GRACE: Duration = Duration::from_secs(2);

/// A reader that supplies input, until it is used.
type Reader = Arc<Mutex<Option<Box<dyn Read + Send>>>>;

/// The source of a command's input.
#[derive(Clone)]
pub(super) enum Stdin {
    /// Not set: none, or the handle's stdin.
    Default,
    Bytes(Arc<[u8]>),
    Reader(Reader),
}

/// A command to run in a container and its options, similar to
/// [`std::process::Command`].
///
/// The options can be used repeatedly. They are validated when the command is
/// run: an invalid one fails with
/// [`InvalidArgument`](crate::ErrorKind::InvalidArgument), naming it.
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
    /// Applies to standard error only.
    max_errors: Option<u64>,
    max_memory: usize,
    pub(super) overflow: Overflow,
    pub(super) timeout: Option<Duration>,
    pub(super) kill_grace: Duration,
    pub(super) kill_timeout: Duration,
    pub(super) kill_container_after: Option<Duration>,
    pub(super) own_user: bool,
    pub(super) measure: bool,
    /// Whether the command is the library's own.
    pub(super) is_helper: bool,
}

impl ExecOptions {
    /// Default of [`kill_timeout`](ExecOptions::kill_timeout).
    pub(super) const DEFAULT_KILL_TIMEOUT: Duration = Duration::from_secs(10);

    /// A command: the program, looked up in the container's `PATH`, and its
    /// arguments, each a string of its own. No shell is involved; to run shell code,
    /// use [`shell`](ExecOptions::shell).
    ///
    /// An argument, or an environment variable with its name, may have up to
    /// 131071 bytes. All of them together may have 2 MiB minus 16 KiB, counting 9
    /// bytes extra for each. Longer ones fail with
    /// [`ArgumentsTooLong`](crate::ErrorKind::ArgumentsTooLong).
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

    /// A shell's code: the same as `["/bin/sh", "-c", code]`. Further
    /// [arguments](ExecOptions::args) become `$0`, `$1` and so on.
    ///
    /// The shell interprets all of `code`. Pass untrusted values as arguments, not
    /// as parts of the code:
    ///
    /// ```
    /// use sandcell::ExecOptions;
    ///
    /// let name = "it's; rm -rf /";
    /// let list = ExecOptions::shell(r#"ls -l -- "$1" | wc -l"#).args(["sh", name]);
    /// # let _ = list;
    /// ```
    pub fn shell(code: impl Into<String>) -> Self {
        ExecOptions::new::<_, String>([]).with_shell(code.into())
    }

    /// Replaces the command by a shell's code.
    pub(crate) fn with_shell(mut self, code: String) -> Self {
        self.argv = vec!["/bin/sh".to_owned(), "-c".to_owned(), code];
        self
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.argv.push(arg.into());
        self
    }

    /// Adds several arguments.
    #[must_use]
    pub fn args<I, S>(mut self, args: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        self.argv.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets the working directory, an absolute path in the container. gVisor also
    /// accepts a file. Default: the container's.
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

    /// Sets the user, as `name`, `uid`, `name:group` or `uid:gid`. Default: the
    /// container's. For a `uid` that the image does not know, `HOME` is `/`, or
    /// empty with Podman and crun 1.8.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// Sets the command's input: these bytes, then end-of-file.
    ///
    /// Default: for [`Container::exec`](crate::Container::exec), immediate
    /// end-of-file; for [`Container::start_exec`](crate::Container::start_exec),
    /// what is written to [`Exec::stdin`](crate::Exec::stdin).
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Stdin::Bytes(bytes.into().into());
        self
    }

    /// Supplies the command's input from `reader`, on a background thread.
    /// Running the command consumes the reader: these options and their clones
    /// can be run only once. A read that blocks forever leaks the thread. If the
    /// reader fails, panics, or reports reading more than the buffer holds, the
    /// input ends with an error in the log and in
    /// [`ExecResult::input_error`](crate::ExecResult::input_error). The command
    /// keeps running and may mistake its input for complete.
    #[must_use]
    pub fn stdin_reader(mut self, reader: impl Read + Send + 'static) -> Self {
        self.stdin = Stdin::Reader(Arc::new(Mutex::new(Some(Box::new(reader)))));
        self
    }

    /// Runs the command on a terminal. Standard output and standard error are
    /// then one stream, in [`ExecResult::stdout`](crate::ExecResult::stdout),
    /// with the terminal's echo and line endings. Default: `false`.
    ///
    /// With crun 1.8 the terminal belongs to the container's user: a command can open
    /// it as `/dev/tty`, but not by its own name. gVisor has no name for it.
    #[must_use]
    pub fn tty(mut self, tty: bool) -> Self {
        self.tty = tty;
        self
    }

    /// Sets the size of the terminal, in characters. With API versions before
    /// 1.42 it takes effect only after the command has started. Default: the
    /// engine's.
    #[must_use]
    pub fn console_size(mut self, rows: u16, columns: u16) -> Self {
        self.console_size = Some((rows, columns));
        self
    }

    /// Limits the unread bytes that are kept of each stream;
    /// [`on_overflow`](ExecOptions::on_overflow) selects what happens beyond.
    /// Default: 64 MiB for [`Container::exec`](crate::Container::exec), which
    /// keeps them in memory, and 1 GiB for
    /// [`Container::start_exec`](crate::Container::start_exec).
    #[must_use]
    pub fn max_output(mut self, bytes: u64) -> Self {
        self.max_output = Some(bytes);
        self
    }

    /// Limits the unread bytes of each stream that
    /// [`Container::start_exec`](crate::Container::start_exec) keeps in memory.
    /// More go to an unlinked file in the temporary directory. Default: 1 MiB.
    #[must_use]
    pub fn max_memory(mut self, bytes: usize) -> Self {
        self.max_memory = bytes;
        self
    }

    /// Sets what happens to output beyond
    /// [`max_output`](ExecOptions::max_output). Default: [`Overflow::KeepHead`].
    #[must_use]
    pub fn on_overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Limits how long the command may run. It is then killed with all its
    /// descendants, and the outcome is
    /// [`Outcome::TimedOut`](crate::Outcome::TimedOut). Default: no limit.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets the time between SIGTERM and SIGKILL when the command is killed; 0
    /// sends SIGKILL immediately. Default: 2 s.
    #[must_use]
    pub fn kill_grace(mut self, grace: Duration) -> Self {
        self.kill_grace = grace;
        self
    }

    /// Limits how long a call waits until a killed command is proven gone,
    /// counted from the start of the kill. Applies to
    /// [`timeout`](ExecOptions::timeout) and [`Exec::kill`](crate::Exec::kill).
    /// After it, the call returns [`TreeGone::Unknown`](crate::TreeGone::Unknown)
    /// and the kill continues in the background. 0 does not wait at all. Default:
    /// 10 s.
    #[must_use]
    pub fn kill_timeout(mut self, timeout: Duration) -> Self {
        self.kill_timeout = timeout;
        self
    }

    /// Kills the whole container if a killed command is not proven gone within
    /// `time`. The result is then
    /// [`TreeGone::ContainerKilled`](crate::TreeGone::ContainerKilled). Default:
    /// [`CreateOptions::kill_container_after`](crate::CreateOptions::kill_container_after).
    #[must_use]
    pub fn kill_container_after(mut self, time: Duration) -> Self {
        self.kill_container_after = Some(time);
        self
    }

    /// Runs the command as a user of its own: a UID that is used by nothing else
    /// in the container, without a name, a home directory or supplementary
    /// groups. It can then be proven gone while other commands run, and it cannot
    /// signal them. It can write only where everyone can. Cannot be combined with
    /// [`user`](ExecOptions::user). Default: `false`.
    #[must_use]
    pub fn own_user(mut self, own_user: bool) -> Self {
        self.own_user = own_user;
        self
    }

    /// Measures the container's resource usage while the command runs, for
    /// [`ExecResult::resources`](crate::ExecResult::resources) and
    /// [`Verdict::MemoryLimit`](crate::Verdict::MemoryLimit). Costs an extra
    /// short command before and after. Default: `false`.
    #[must_use]
    pub fn measure(mut self, measure: bool) -> Self {
        self.measure = measure;
        self
    }

    /// Runs the command as `user` on behalf of the library: no other command
    /// waits for it, and it is not killed.
    pub(crate) fn helper_as(mut self, user: &str) -> Self {
        self.user = Some(user.to_owned()).filter(|user| !user.is_empty());
        self.is_helper = true;
        self
    }

    /// The user to name in the request; empty for the container's user.
    pub(super) fn user_in(&self, target: &ExecTarget, watch: &Watch) -> Result<String> {
        match &self.user {
            _ if self.own_user => target.engine.watches.own_user(),
            Some(user) => Ok(user.clone()),
            None => Ok(watch.user.clone()),
        }
    }

    /// Like `max_output`, for standard error only.
    pub(crate) fn max_errors(mut self, bytes: u64) -> Self {
        self.max_errors = Some(bytes);
        self
    }

    /// Whether the handle's owner supplies the input.
    pub(super) fn wants_stdin(&self) -> bool {
        matches!(self.stdin, Stdin::Default)
    }

    /// Validates the command and returns it as the arguments of a wrapper.
    pub(super) fn wrapped_by<const N: usize>(&self, wrapper: [&str; N]) -> Result<Self> {
        self.to_request("", false)?;
        if self.tty || !self.wants_stdin() {
            return Err(Error::invalid("stdin, tty", "cannot be set for a background command"));
        }
        let mut options = self.clone();
        options.argv.splice(..0, wrapper.map(str::to_owned));
        Ok(options)
    }

    /// A spool for a collected stream.
    pub(super) fn collecting_spool(&self) -> Spool {
        let limit = self.max_output.unwrap_or(DEFAULT_MAX_COLLECTED);
        Spool::new(limit, usize::try_from(limit).unwrap_or(usize::MAX), self.overflow)
    }

    /// Spools for stdout and stderr that are read while the command runs.
    pub(super) fn streaming_spools(&self) -> (Spool, Spool) {
        let spool = |limit| Spool::new(limit, self.max_memory, self.overflow);
        let limit = self.max_output.unwrap_or(DEFAULT_MAX_UNREAD);
        (spool(limit), spool(self.max_errors.unwrap_or(limit)))
    }

    /// Takes the reader of the input, if there is one. Succeeds once.
    pub(super) fn take_reader(&self) -> Result<Option<Box<dyn Read + Send>>> {
        let Stdin::Reader(reader) = &self.stdin else { return Ok(None) };
        match sys::lock(reader).take() {
            Some(reader) => Ok(Some(reader)),
            None => Err(Error::invalid(
                "stdin",
                "the reader was consumed by an earlier run; set a new one",
            )),
        }
    }

    /// Validates the options and builds the request. `token` marks the command
    /// and its descendants.
    pub(super) fn to_request(&self, token: &str, attach_stdin: bool) -> Result<ExecCreateRequest> {
        match self.argv.first() {
            None => {
                return Err(Error::invalid(
                    "argv",
                    "is empty; the first element must name a program",
                ));
            }
            Some(program) if program.is_empty() => {
                return Err(Error::invalid(
                    "argv",
                    "the first element is empty; it must name a program",
                ));
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
                return Err(Error::invalid("user, own_user", "cannot be combined"));
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
            // Always both: with only one, Docker loses track of the exec.
            attach_stdout: true,
            attach_stderr: true,
        })
    }
}

/// Omits the values of environment variables and the input, which may be secrets.
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
