//! Files by way of a command in the container, which sees what all others see.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::time::Duration;

use super::copy::{PART, copy, read_part};
use super::pack::Pack;
use super::path::{DirPath, FilePath};
use super::sized_body::SizedBody;
use super::{TransferOptions, WriteOptions};
use crate::call_context::{IDLE_TIMEOUT, Limit};
use crate::error::{Error, ErrorKind, Result};
use crate::exec::{self, Exec, ExecOptions, ExecOutput, ExecTarget, KeepAlive, Outcome};
use crate::random_id;

const WRITE: &str = include_str!("write.sh");
const READ: &str = r#"[ -d "$1" ] && exit 21
[ -e "$1" ] || exit 66
[ -f "$1" ] || exit 67
command -v cat >/dev/null || { echo cat >&2; exit 127; }
exec cat "$1""#;
const READ_TREE: &str = r#"[ -d "$1" ] || { [ -e "$1" ] && exit 20 || exit 66; }
command -v tar >/dev/null || { echo tar >&2; exit 127; }
cd "$1" && exec tar -c -f - ."#;
// `-o` leaves the owner as it is: the user that runs it. Only root could
// change it, with a capability that a sandbox lacks.
const WRITE_TREE: &str = r#"command -v tar >/dev/null || { echo tar >&2; exit 127; }
command -v cat >/dev/null || { echo cat >&2; exit 127; }
fail() { echo; cat >/dev/null; exit "$1"; }
umask 022
if [ "$2" = yes ]; then mkdir -p "$1" || fail 1; fi
[ -d "$1" ] || { [ -e "$1" ] && fail 20 || fail 66; }
cd "$1" && tar -x -p -o -f - || fail 1"#;

/// What the scripts exit with.
const NO_DIRECTORY: i32 = 20;
const IS_DIRECTORY: i32 = 21;
/// What `tar` exits with when all but some files is archived, or for much else.
const TAR_LEFT_OUT: i32 = 1;
const NOT_THERE: i32 = 66;
const NO_FILE: i32 = 67;
const INCOMPLETE: i32 = 74;
const NO_PROGRAM: i32 = 127;

/// As much of a command's complaints is kept.
const MAX_COMPLAINT: u64 = 16 * 1024;

/// A container, for commands that copy.
pub(super) struct ViaExec<'a> {
    target: &'a ExecTarget,
    client: KeepAlive,
}

impl<'a> ViaExec<'a> {
    pub(super) fn new(target: &'a ExecTarget, client: KeepAlive) -> Self {
        ViaExec { target, client }
    }

    /// Copies the file to `to`; returns how many bytes.
    pub(super) fn read(&self, path: &FilePath, to: &mut dyn Write) -> Result<u64> {
        copy(&self.target.context, &mut self.output(READ, path.as_str())?, to)
    }

    /// What is in the directory, as a tar archive.
    pub(super) fn read_tree(&self, path: &DirPath) -> Result<Output<'a>> {
        self.output(READ_TREE, path.as_str())
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
        let (token, parents) = (random_id::random()?, yes(options.parents));
        let arguments = [path.as_str(), directory, &mode, &size, &token, parents];
        self.input(WRITE, &arguments, options.owner, content)
    }

    /// Puts what is in `tree` into the directory.
    pub(super) fn write_tree(
        &self,
        path: &DirPath,
        tree: &mut Pack<'_>,
        options: &TransferOptions<'_>,
    ) -> Result<()> {
        // Who owns it is who runs the command, whatever the archive says.
        tree.put_below(&[], (0, 0));
        let arguments = [path.as_str(), yes(options.parents)];
        self.input(WRITE_TREE, &arguments, options.owner, tree)
    }

    fn output(&self, script: &str, path: &str) -> Result<Output<'a>> {
        let mut command = self.start(&command(script, &[path]))?;
        command.exec.stdin = None;
        let (stdout, is_tree) = (command.exec.stdout.take(), script == READ_TREE);
        Ok(Output { stdout, command, is_tree, vanished: Vec::new() })
    }

    /// Runs a script that reads what `from` gives.
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
    // What is unread is bounded by what the caller reads, and is no output
    // that could be dropped.
    ExecOptions::new(argv.iter().chain(arguments).copied())
        .cwd("/") // the container's own may be gone
        .env("LC_ALL", "C")
        .max_output(u64::MAX)
        .max_errors(MAX_COMPLAINT)
}

fn yes(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// A running script. Dropped before its end, it is killed.
struct Command<'a> {
    target: &'a ExecTarget,
    exec: Exec,
}

impl Command<'_> {
    /// Sends what `from` gives. A command that takes no more, or that says by its
    /// output that it has failed, is no error here: how it ends tells.
    fn feed(&mut self, from: &mut dyn Read) -> Result<()> {
        let Some(stdin) = self.exec.stdin.take() else { return Ok(()) };
        let mut part = vec![0; PART];
        loop {
            self.target.context.check()?;
            let count = read_part(from, &mut part)?;
            if count == 0 || self.has_said_something() {
                return Ok(()); // dropping ends the input
            }
            let mut rest = &part[..count];
            while !rest.is_empty() {
                match stdin.write_timeout(rest, IDLE_TIMEOUT) {
                    Ok(taken) => rest = &rest[taken..],
                    Err(error) if error.is_timeout() => return Err(silence()),
                    Err(_) => return Ok(()),
                }
            }
        }
    }

    fn has_said_something(&self) -> bool {
        let stdout = self.exec.stdout.as_ref();
        stdout.is_some_and(|stdout| stdout.read_timeout(&mut [0], Duration::ZERO).is_ok())
    }

    /// Waits for the end, which must be a good one.
    fn finish(&mut self) -> Result<()> {
        match self.end()? {
            (0, _) => Ok(()),
            (code, said) => Err(complaint(code, said.trim())),
        }
    }

    /// Waits for the end: the exit code, and what was said of it.
    fn end(&mut self) -> Result<(i32, String)> {
        let outcome = self.exec.wait_timeout(IDLE_TIMEOUT).map_err(needs_shell)?;
        self.target.context.check()?;
        let code = match outcome {
            None => return Err(silence()),
            Some(Outcome::Exited(code)) => code,
            Some(Outcome::Lost(error)) => return Err(error),
            Some(outcome) => {
                return Err(Error::new(ErrorKind::Engine, format!("it ended: {outcome:?}")));
            }
        };
        let mut said = Vec::new();
        if let Some(stderr) = self.exec.stderr.take() {
            let _ = stderr.take(MAX_COMPLAINT).read_to_end(&mut said);
        }
        Ok((code, String::from_utf8_lossy(&said).into_owned()))
    }
}

/// What a script writes. Its end is the end of a script that succeeded, or of a
/// `tar` that did but for files that vanished.
pub(super) struct Output<'a> {
    command: Command<'a>,
    stdout: Option<ExecOutput>,
    is_tree: bool,
    vanished: Vec<PathBuf>,
}

impl Output<'_> {
    /// What was there, and gone when its turn came; known at the end. It is the
    /// container that says so.
    pub(super) fn vanished(&self) -> &[PathBuf] {
        &self.vanished
    }

    fn finish(&mut self) -> Result<()> {
        let (code, said) = self.command.end()?;
        match (code, vanished(&said).filter(|_| self.is_tree)) {
            (0, _) => {}
            (TAR_LEFT_OUT, Some(vanished)) => self.vanished = vanished,
            _ => return Err(complaint(code, said.trim())),
        }
        self.stdout = None;
        Ok(())
    }
}

impl Read for Output<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(stdout) = &self.stdout else { return Ok(0) };
        let read = stdout.read_timeout(buffer, IDLE_TIMEOUT);
        let read = read.map_err(|e| if e.is_timeout() { silence() } else { e });
        match read.map_err(io::Error::other)? {
            0 if !buffer.is_empty() => {
                self.finish().map_err(io::Error::other)?;
                Ok(0)
            }
            count => Ok(count),
        }
    }
}

/// The files that a tar has not found any more, if it complains of nothing else.
fn vanished(said: &str) -> Option<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for line in said.lines() {
        let line = line.strip_prefix("tar: ")?;
        if line == "error exit delayed from previous errors" {
            continue;
        }
        let [busybox, gnu] = [": No such file or directory", ": File removed before we read it"];
        let path = line.strip_suffix(busybox).or_else(|| line.strip_suffix(gnu))?;
        let quoted = path.strip_prefix("can't open '").and_then(|path| path.strip_suffix('\''));
        let path = quoted.unwrap_or(path);
        paths.push(PathBuf::from(path.strip_prefix("./").unwrap_or(path)));
    }
    (!paths.is_empty()).then_some(paths)
}

/// What it means that a script ended with `code`.
fn complaint(code: i32, said: &str) -> Error {
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let denied = ["ermission denied", "ead-only file system", "not permitted"];
    let (kind, problem) = match code {
        NOT_THERE => {
            (ErrorKind::NotFound, "there is no such file or directory in the container".to_owned())
        }
        IS_DIRECTORY => (ErrorKind::WrongFileType, "it is a directory".to_owned()),
        NO_FILE => (ErrorKind::WrongFileType, "it is no regular file".to_owned()),
        NO_DIRECTORY => {
            (ErrorKind::WrongFileType, "it, or what is above it, is no directory".to_owned())
        }
        INCOMPLETE => (ErrorKind::Engine, "not all of it arrived".to_owned()),
        NO_PROGRAM => (ErrorKind::Unsupported, format!("the image lacks a program: {said}")),
        _ if says(&denied) => (ErrorKind::FileAccess, said.to_owned()),
        _ if says(&["ot a directory", "s a directory", "ile exists"]) => {
            (ErrorKind::WrongFileType, said.to_owned())
        }
        _ => (ErrorKind::Engine, format!("a command in the container exited with {code}: {said}")),
    };
    Error::new(kind, problem)
}

fn needs_shell(error: Error) -> Error {
    match error.kind() {
        ErrorKind::CommandNotFound | ErrorKind::CommandNotExecutable => {
            Error::new(ErrorKind::Unsupported, "this needs /bin/sh in the image").with_source(error)
        }
        _ => error,
    }
}

fn silence() -> Error {
    Error::timeout(Limit::Idle(IDLE_TIMEOUT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_tar_has_not_found_any_more_has_vanished() {
        let busybox = "tar: ./a b: No such file or directory\n\
                       tar: can't open './d/c': No such file or directory\n\
                       tar: error exit delayed from previous errors\n";
        assert_eq!(vanished(busybox).unwrap(), ["a b", "d/c"].map(PathBuf::from));
        let gnu = "tar: ./d/e: File removed before we read it\n";
        assert_eq!(vanished(gnu).unwrap(), [PathBuf::from("d/e")]);
        for other in [
            "",
            "tar: error exit delayed from previous errors\n",
            "tar: can't open './secret': Permission denied\n",
            "tar: ./f: file changed as we read it\n",
            &format!("{gnu}sh: something else\n"),
            &format!("{gnu}tar: ./g: File rem"),
        ] {
            assert_eq!(vanished(other), None, "{other:?}");
        }
    }
}
