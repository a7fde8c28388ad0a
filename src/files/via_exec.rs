//! Transfers files with a command in the container, which sees the same file
//! systems as every other process there.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::time::Duration;

use super::changes::Changes;
use super::copy::{CHUNK, copy, read_chunk};
use super::pack::Pack;
use super::path::{DirPath, FilePath};
use super::segments::READ_EACH;
use super::sized_body::SizedBody;
use super::{TransferOptions, WriteOptions};
use crate::call_context::{CallContext, IDLE_TIMEOUT, Limit};
use crate::error::{Error, ErrorKind, Result};
use crate::exec::{self, Exec, ExecOptions, ExecOutput, ExecTarget, KeepAlive, Outcome};
use crate::random_id;

const WRITE: &str = include_str!("write.sh");
/// Where a path does not exist, `cat` says why on stderr; a shell may not.
const READ: &str = r#"[ -d "$1" ] && exit 21
[ -e "$1" ] || { cat "$1" >/dev/null; exit 66; }
[ -f "$1" ] || exit 67
command -v cat >/dev/null || { echo cat >&2; exit 127; }
exec cat "$1""#;
const READ_TREE: &str = r#"[ -d "$1" ] || { [ -e "$1" ] && exit 20; cat "$1" >/dev/null; exit 66; }
command -v tar >/dev/null || { echo tar >&2; exit 127; }
cd "$1" && exec tar -c -f - ."#;
// `-o` keeps the running user as the owner. Only root could set another one,
// with a capability that a sandbox does not have.
const WRITE_TREE: &str = r#"command -v tar >/dev/null || { echo tar >&2; exit 127; }
command -v cat >/dev/null || { echo cat >&2; exit 127; }
fail() { echo; cat >/dev/null; exit "$1"; }
umask 022
if [ "$2" = yes ]; then mkdir -p "$1" || fail 1; fi
[ -d "$1" ] || { [ -e "$1" ] && fail 20; cat "$1" >/dev/null; fail 66; }
cd "$1" && tar -x -p -o -f - || fail 1"#;

/// Exit codes of the scripts.
const NOT_A_DIRECTORY: i32 = 20;
const IS_A_DIRECTORY: i32 = 21;
/// Exit codes of `tar`: of GNU's if files changed, and of others for most failures; of
/// GNU's for other failures.
pub(super) const TAR_CHANGED: i32 = 1;
const TAR_FAILED: i32 = 2;
const NOT_FOUND: i32 = 66;
const NOT_A_FILE: i32 = 67;
const INCOMPLETE: i32 = 74;
const PROGRAM_MISSING: i32 = 127;

/// How much of a command's stderr is kept, in bytes: a line for each file that
/// vanishes from a tree.
const MAX_STDERR: u64 = 1024 * 1024;

/// The transfer commands of one container.
pub(super) struct ViaExec<'a> {
    target: &'a ExecTarget,
    client: KeepAlive,
}

impl<'a> ViaExec<'a> {
    pub(super) fn new(target: &'a ExecTarget, client: KeepAlive) -> Self {
        ViaExec { target, client }
    }

    pub(super) fn context(&self) -> &CallContext {
        &self.target.context
    }

    /// Copies the file to `to` and returns the number of bytes.
    pub(super) fn read(&self, path: &FilePath, to: &mut dyn Write) -> Result<u64> {
        copy(&self.target.context, &mut self.output(READ, path.as_str())?, to)
    }

    /// Returns the contents of the directory as a tar archive.
    pub(super) fn read_tree(&self, path: &DirPath) -> Result<Output<'a>> {
        self.output(READ_TREE, path.as_str())
    }

    /// Returns the contents of the directory as [`segments`](super::segments).
    pub(super) fn read_each(&self, path: &DirPath) -> Result<Output<'a>> {
        self.output(READ_EACH, path.as_str())
    }

    pub(super) fn write(
        &self,
        path: &FilePath,
        content: &mut SizedBody<'_>,
        options: &WriteOptions,
    ) -> Result<()> {
        let (mode, size) = (format!("{:o}", options.mode), content.size().to_string());
        let directory = path.directory().as_str().trim_end_matches('/');
        let directory = if directory.is_empty() { "/." } else { directory };
        let (token, parents) = (random_id::random()?, yes_no(options.parents));
        let arguments = [path.as_str(), directory, &mode, &size, &token, parents];
        self.input(WRITE, &arguments, options.owner, content)
    }

    /// Extracts `tree` into the directory.
    pub(super) fn write_tree(
        &self,
        path: &DirPath,
        tree: &mut Pack<'_>,
        options: &TransferOptions<'_>,
    ) -> Result<()> {
        // The running user owns the files, whatever owner the archive has.
        tree.put_below(&[], (0, 0));
        let arguments = [path.as_str(), yes_no(options.parents)];
        self.input(WRITE_TREE, &arguments, options.owner, tree)
    }

    fn output(&self, script: &'static str, path: &str) -> Result<Output<'a>> {
        let mut command = self.start(&command(script, &[path]))?;
        command.exec.stdin = None;
        let stdout = command.exec.stdout.take();
        Ok(Output { stdout, command, script, vanished: Vec::new(), is_cut: false })
    }

    /// Runs a script with `from` as its stdin.
    fn input(
        &self,
        script: &str,
        arguments: &[&str],
        owner: Option<(u32, u32)>,
        from: &mut dyn Read,
    ) -> Result<()> {
        let mut options = command(script, arguments);
        if let Some((uid, gid)) = owner {
            options = options.user(format!("{uid}:{gid}"));
        }
        let mut command = self.start(&options)?;
        command.feed(from)?;
        command.finish()
    }

    fn start(&self, options: &ExecOptions) -> Result<Command<'a>> {
        match exec::start_within(self.target, options, self.client.clone()) {
            Ok(exec) => Ok(Command { target: self.target, exec }),
            Err(error) => Err(needs_shell(error)),
        }
    }
}

fn command(script: &str, arguments: &[&str]) -> ExecOptions {
    let argv = ["/bin/sh", "-c", script, "sandcell"];
    // No output may be dropped. Back pressure bounds what is unread.
    ExecOptions::new(argv.iter().chain(arguments).copied())
        .cwd("/") // the container's working directory may be gone
        .env("LC_ALL", "C")
        .max_output(u64::MAX)
        .max_errors(MAX_STDERR)
}

fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// A running script, which is killed on drop.
struct Command<'a> {
    target: &'a ExecTarget,
    exec: Exec,
}

impl Command<'_> {
    /// Sends `from` to stdin. A command that closes its stdin, or reports a
    /// failure by output, is not an error here: its exit code decides.
    fn feed(&mut self, from: &mut dyn Read) -> Result<()> {
        let Some(stdin) = self.exec.stdin.take() else { return Ok(()) };
        let mut chunk = vec![0; CHUNK];
        loop {
            self.target.context.check()?;
            let count = read_chunk(from, &mut chunk)?;
            if count == 0 || self.has_output() {
                return Ok(()); // dropping stdin closes it
            }
            let mut rest = &chunk[..count];
            while !rest.is_empty() {
                match stdin.write_timeout(rest, IDLE_TIMEOUT) {
                    Ok(taken) => rest = &rest[taken..],
                    Err(error) if error.is_timeout() => return Err(idle_timeout()),
                    Err(_) => return Ok(()),
                }
            }
        }
    }

    fn has_output(&self) -> bool {
        let stdout = self.exec.stdout.as_ref();
        stdout.is_some_and(|stdout| stdout.read_timeout(&mut [0], Duration::ZERO).is_ok())
    }

    /// Waits for the exit, and fails unless the exit code is 0.
    fn finish(&mut self) -> Result<()> {
        match self.end()? {
            (0, _) => Ok(()),
            (code, stderr) => Err(script_error(code, stderr.trim())),
        }
    }

    /// Waits for the exit; returns the exit code and stderr.
    fn end(&mut self) -> Result<(i32, String)> {
        let outcome = self.exec.wait_timeout(IDLE_TIMEOUT).map_err(needs_shell)?;
        self.target.context.check()?;
        let code = match outcome {
            None => return Err(idle_timeout()),
            Some(Outcome::Exited(code)) => code,
            Some(Outcome::Lost(error)) => return Err(error),
            Some(outcome) => {
                let problem = format!("the transfer command ended: {outcome:?}");
                return Err(Error::new(ErrorKind::Engine, problem));
            }
        };
        let mut text = Vec::new();
        if let Some(stderr) = self.exec.stderr.take() {
            let _ = stderr.take(MAX_STDERR).read_to_end(&mut text);
        }
        Ok((code, String::from_utf8_lossy(&text).into_owned()))
    }
}

/// The stdout of a script. End of stream means that the script succeeded, or that
/// `tar` failed only because files had changed; otherwise reading fails.
pub(super) struct Output<'a> {
    command: Command<'a>,
    stdout: Option<ExecOutput>,
    script: &'static str,
    vanished: Vec<PathBuf>,
    is_cut: bool,
}

impl Output<'_> {
    /// Files that vanished while the tree was read; known at the end of stream.
    /// The container reports them, so they are not trustworthy.
    pub(super) fn vanished(&self) -> &[PathBuf] {
        &self.vanished
    }

    /// Whether `tar` ended in the middle because a file shrank; known at the end of
    /// stream.
    pub(super) fn was_cut(&self) -> bool {
        self.is_cut
    }

    fn finish(&mut self) -> Result<()> {
        let (code, stderr) = self.command.end()?;
        let changes = Changes::parse(&stderr);
        match (self.script, code, changes) {
            (READ_TREE, TAR_CHANGED, Some(changes)) if !changes.is_empty() => {
                self.is_cut = changes.cut;
                self.vanished = changes.vanished;
            }
            (READ_TREE, TAR_FAILED, Some(changes)) if changes.exits_with_failure => {
                self.vanished = changes.vanished;
            }
            (READ_EACH, 0, Some(changes)) => self.vanished = changes.vanished,
            (READ | READ_TREE, 0, _) => {}
            _ => return Err(script_error(code, stderr.trim())),
        }
        self.stdout = None;
        Ok(())
    }
}

impl Read for Output<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(stdout) = &self.stdout else { return Ok(0) };
        let read = stdout.read_timeout(buffer, IDLE_TIMEOUT);
        let read = read.map_err(|e| if e.is_timeout() { idle_timeout() } else { e });
        match read.map_err(io::Error::other)? {
            0 if !buffer.is_empty() => {
                self.finish().map_err(io::Error::other)?;
                Ok(0)
            }
            count => Ok(count),
        }
    }
}

/// The error of a script that exited with `code`.
fn script_error(code: i32, stderr: &str) -> Error {
    let contains = |texts: &[&str]| texts.iter().any(|text| stderr.contains(text));
    let denied = ["ermission denied", "ead-only file system", "not permitted"];
    let wrong_type =
        ["ot a directory", "s a directory", "ile exists", "symbolic links", "ymbolic link loop"];
    let (kind, problem) = match code {
        NOT_FOUND if !contains(&denied) && !contains(&wrong_type) => {
            (ErrorKind::NotFound, "no such file or directory in the container".to_owned())
        }
        IS_A_DIRECTORY => (ErrorKind::WrongFileType, "is a directory".to_owned()),
        NOT_A_FILE => (ErrorKind::WrongFileType, "not a regular file".to_owned()),
        NOT_A_DIRECTORY => {
            let problem = "the path, or a parent of it, is not a directory";
            (ErrorKind::WrongFileType, problem.to_owned())
        }
        INCOMPLETE => (ErrorKind::Engine, "the contents arrived incomplete".to_owned()),
        PROGRAM_MISSING => (ErrorKind::Unsupported, format!("the image lacks a program: {stderr}")),
        _ if contains(&denied) => (ErrorKind::FileAccess, stderr.to_owned()),
        // `mkdir -p` says so of a symlink to nothing.
        _ if stderr.starts_with("mkdir: ") && contains(&["o such file or directory"]) => {
            (ErrorKind::WrongFileType, stderr.to_owned())
        }
        _ if contains(&wrong_type) => (ErrorKind::WrongFileType, stderr.to_owned()),
        _ => {
            let problem = format!("the transfer command exited with code {code}: {stderr}");
            (ErrorKind::Engine, problem)
        }
    };
    Error::new(kind, problem)
}

fn needs_shell(error: Error) -> Error {
    match error.kind() {
        ErrorKind::CommandNotFound | ErrorKind::CommandNotExecutable => {
            let problem = "this operation requires /bin/sh in the image";
            Error::new(ErrorKind::Unsupported, problem).with_source(error)
        }
        _ => error,
    }
}

fn idle_timeout() -> Error {
    Error::timeout(Limit::Idle(IDLE_TIMEOUT))
}
