//! The Rust API.

use std::os::fd::OwnedFd;
use std::time::Duration;

use sandcell::{
    BackgroundStatus, CancelToken, Captured, Client, CreateOptions, ExecOptions, ExecOutput,
    ExecResult, ExecStdin, Outcome, OutputStream, Result, TreeGone, Volume, VolumeFilter,
    VolumeOptions,
};

use super::{
    Background, Collected, Command, Exec, Finished, Front, NewContainer, Output, Stdin, Token,
};

impl Front for Client {
    const NAME: &str = "rust";
    type Token = CancelToken;
    type Exec = sandcell::Exec;
    type Background = sandcell::Background;

    fn connect() -> Self {
        Client::from_env().unwrap()
    }

    fn connect_to(host: &str) -> Self {
        Client::builder().host(host).build().unwrap()
    }

    fn with_timeout(&self, timeout: Duration) -> Self {
        self.with_timeout(timeout)
    }

    fn with_cancel(&self, token: &CancelToken) -> Self {
        self.with_cancel(token)
    }

    fn close(&self) {
        self.close();
    }

    fn version(&self) -> Result<()> {
        self.version().map(drop)
    }

    fn create(&self, container: &NewContainer) -> Result<String> {
        self.create_and_start(&container.into())
    }

    fn container_alive(&self, container: &str) -> Result<bool> {
        self.container_alive(container)
    }

    fn stop(&self, container: &str) -> Result<()> {
        self.stop(container)
    }

    fn exec(&self, container: &str, command: &Command) -> Result<Finished> {
        self.exec(container, &command.into()).map(Finished::from)
    }

    fn start_exec(&self, container: &str, command: &Command) -> Result<sandcell::Exec> {
        self.start_exec(container, &command.into())
    }

    fn start_background(
        &self,
        container: &str,
        name: &str,
        command: &Command,
    ) -> Result<sandcell::Background> {
        self.container(container)?.start_background(name, &command.into())
    }

    fn background(&self, container: &str, name: &str) -> Result<sandcell::Background> {
        self.container(container)?.background(name)
    }

    fn create_volume(&self, name: &str, labels: &[(&str, &str)]) -> Result<Volume> {
        let options = VolumeOptions::new(name);
        let set = |options: VolumeOptions, &(key, value): &(&str, &str)| options.label(key, value);
        self.create_volume(&labels.iter().fold(options, set))
    }

    fn inspect_volume(&self, name: &str) -> Result<Option<Volume>> {
        self.inspect_volume(name)
    }

    fn list_volumes(&self, conditions: &[(&str, Option<&str>)]) -> Result<Vec<Volume>> {
        let mut filter = VolumeFilter::new();
        for &(key, value) in conditions {
            filter = match value {
                Some(value) => filter.label(key, value),
                None => filter.label_key(key),
            };
        }
        self.list_volumes(&filter)
    }

    fn remove_volume(&self, name: &str) -> Result<()> {
        self.remove_volume(name)
    }
}

impl From<&NewContainer> for CreateOptions {
    fn from(container: &NewContainer) -> Self {
        let mut options = CreateOptions::new(&container.image);
        if let Some(network) = &container.network {
            options = options.network(network.clone());
        }
        if let Some(user) = &container.user {
            options = options.user(user);
        }
        if let Some(time) = container.kill_container_after {
            options = options.kill_container_after(time);
        }
        if container.allow_reachable_watchers {
            options = options.allow_reachable_watchers();
        }
        options
    }
}

impl From<&Command> for ExecOptions {
    fn from(command: &Command) -> Self {
        fn set<T: Clone>(
            options: ExecOptions,
            value: &Option<T>,
            setter: fn(ExecOptions, T) -> ExecOptions,
        ) -> ExecOptions {
            value.iter().cloned().fold(options, setter)
        }
        let mut options = match &command.shell {
            Some(code) => ExecOptions::shell(code).args(&command.argv),
            None => ExecOptions::new(&command.argv),
        };
        for (name, value) in &command.env {
            options = options.env(name, value);
        }
        options = set(options, &command.cwd, ExecOptions::cwd);
        options = set(options, &command.user, ExecOptions::user);
        options = set(options, &command.stdin, ExecOptions::stdin);
        options = set(options, &command.tty, ExecOptions::tty);
        options = set(options, &command.console_size, |options, (rows, columns)| {
            options.console_size(rows, columns)
        });
        options = set(options, &command.max_output, ExecOptions::max_output);
        options = set(options, &command.max_memory, ExecOptions::max_memory);
        options = set(options, &command.overflow, ExecOptions::on_overflow);
        options = set(options, &command.timeout, ExecOptions::timeout);
        options = set(options, &command.kill_grace, ExecOptions::kill_grace);
        options = set(options, &command.kill_timeout, ExecOptions::kill_timeout);
        options = set(options, &command.kill_container_after, ExecOptions::kill_container_after);
        set(options, &command.own_user, ExecOptions::own_user)
    }
}

impl From<ExecResult> for Finished {
    fn from(result: ExecResult) -> Self {
        let (exit_code, success) = (result.exit_code(), result.success());
        let (stdout, stderr) = (result.stdout.into(), result.stderr.into());
        let finished = Finished {
            outcome: result.outcome,
            exit_code,
            tree_gone: result.tree_gone,
            stdout,
            stderr,
        };
        assert_eq!(finished.success(), success);
        finished
    }
}

impl From<Captured> for Collected {
    fn from(captured: Captured) -> Self {
        Collected {
            total_bytes: captured.total_bytes(),
            is_truncated: captured.is_truncated(),
            gap: captured.gap(),
            bytes: captured.into_bytes(),
        }
    }
}

impl Token for CancelToken {
    fn cancel(&self) {
        self.cancel();
    }

    fn is_cancelled(&self) -> bool {
        self.is_cancelled()
    }
}

impl Exec for sandcell::Exec {
    type Stdin = ExecStdin;
    type Output = ExecOutput;

    fn take_stdin(&mut self) -> Option<ExecStdin> {
        self.stdin.take()
    }

    fn take_stdout(&mut self) -> ExecOutput {
        self.stdout.take().unwrap()
    }

    fn take_stderr(&mut self) -> ExecOutput {
        self.stderr.take().unwrap()
    }

    fn id(&self) -> String {
        self.id().to_owned()
    }

    fn wait(&mut self) -> Result<Outcome> {
        self.wait()
    }

    fn try_wait(&self) -> Result<Option<Outcome>> {
        self.try_wait()
    }

    fn wait_timeout(&self, timeout: Duration) -> Result<Option<Outcome>> {
        self.wait_timeout(timeout)
    }

    fn wait_with_output(self) -> Result<Finished> {
        self.wait_with_output().map(Finished::from)
    }

    fn is_stdin_open(&self) -> bool {
        self.is_stdin_open()
    }

    fn ended_fd(&self) -> Result<OwnedFd> {
        self.ended_fd()
    }

    fn kill(&self) -> Result<TreeGone> {
        self.kill()
    }

    fn tree_gone(&self) -> Option<TreeGone> {
        self.tree_gone()
    }

    fn signal(&self, signal: i32) -> Result<()> {
        self.signal(signal)
    }

    fn pid_in_container(&self) -> Result<Option<i32>> {
        self.pid_in_container()
    }

    fn resize(&self, rows: u16, columns: u16) -> Result<()> {
        self.resize(rows, columns)
    }

    fn detach(self) {
        self.detach();
    }
}

impl Stdin for ExecStdin {
    fn write_timeout(&self, bytes: &[u8], timeout: Duration) -> Result<usize> {
        self.write_timeout(bytes, timeout)
    }

    fn into_fd(self) -> Result<OwnedFd> {
        self.into_fd()
    }
}

impl Output for ExecOutput {
    fn read_timeout(&self, buffer: &mut [u8], timeout: Duration) -> Result<usize> {
        self.read_timeout(buffer, timeout)
    }

    fn total_bytes(&self) -> u64 {
        self.total_bytes()
    }

    fn dropped_bytes(&self) -> u64 {
        self.dropped_bytes()
    }

    fn into_fd(self) -> Result<OwnedFd> {
        self.into_fd()
    }
}

impl Background for sandcell::Background {
    fn user(self, user: &str) -> Self {
        self.user(user)
    }

    fn status(&self) -> Result<BackgroundStatus> {
        self.status()
    }

    fn wait(&self) -> Result<BackgroundStatus> {
        self.wait()
    }

    fn read(&self, stream: OutputStream, offset: u64, max: usize) -> Result<Vec<u8>> {
        self.read(stream, offset, max)
    }

    fn kill(&self) -> Result<TreeGone> {
        self.kill()
    }

    fn remove(self) -> Result<()> {
        self.remove()
    }
}
