//! A command to run, before it is the options of a front end.

use std::time::Duration;

use sandcell::Overflow;

/// What each front end turns into its own options.
#[derive(Clone, Debug, Default)]
pub struct Command {
    /// The code of `ExecOptions::shell`, of which `argv` are the arguments then.
    pub shell: Option<String>,
    pub argv: Vec<String>,
    pub cwd: Option<String>,
    pub env: Vec<(String, String)>,
    pub user: Option<String>,
    pub stdin: Option<Vec<u8>>,
    pub tty: Option<bool>,
    pub console_size: Option<(u16, u16)>,
    pub max_output: Option<u64>,
    pub max_memory: Option<usize>,
    pub overflow: Option<Overflow>,
    pub timeout: Option<Duration>,
    pub kill_grace: Option<Duration>,
    pub kill_timeout: Option<Duration>,
    pub kill_container_after: Option<Duration>,
    pub own_user: Option<bool>,
}

/// A shell's text.
pub fn sh(text: &str) -> Command {
    Command::new(["sh", "-c", text])
}

impl Command {
    pub fn new<'a>(argv: impl IntoIterator<Item = &'a str>) -> Self {
        Command { argv: argv.into_iter().map(str::to_owned).collect(), ..Command::default() }
    }

    /// A shell's code with arguments, as the library runs it.
    pub fn shell<'a>(code: &str, args: impl IntoIterator<Item = &'a str>) -> Self {
        Command { shell: Some(code.to_owned()), ..Command::new(args) }
    }

    pub fn cwd(self, path: &str) -> Self {
        Command { cwd: Some(path.to_owned()), ..self }
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn user(self, user: &str) -> Self {
        Command { user: Some(user.to_owned()), ..self }
    }

    pub fn stdin(self, bytes: impl Into<Vec<u8>>) -> Self {
        Command { stdin: Some(bytes.into()), ..self }
    }

    pub fn tty(self, tty: bool) -> Self {
        Command { tty: Some(tty), ..self }
    }

    pub fn console_size(self, rows: u16, columns: u16) -> Self {
        Command { console_size: Some((rows, columns)), ..self }
    }

    pub fn max_output(self, bytes: u64) -> Self {
        Command { max_output: Some(bytes), ..self }
    }

    pub fn max_memory(self, bytes: usize) -> Self {
        Command { max_memory: Some(bytes), ..self }
    }

    pub fn on_overflow(self, overflow: Overflow) -> Self {
        Command { overflow: Some(overflow), ..self }
    }

    pub fn timeout(self, timeout: Duration) -> Self {
        Command { timeout: Some(timeout), ..self }
    }

    pub fn kill_grace(self, grace: Duration) -> Self {
        Command { kill_grace: Some(grace), ..self }
    }

    pub fn kill_timeout(self, timeout: Duration) -> Self {
        Command { kill_timeout: Some(timeout), ..self }
    }

    pub fn kill_container_after(self, time: Duration) -> Self {
        Command { kill_container_after: Some(time), ..self }
    }

    pub fn own_user(self, own_user: bool) -> Self {
        Command { own_user: Some(own_user), ..self }
    }
}
