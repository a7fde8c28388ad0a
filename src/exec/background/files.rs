//! The files of a background command in its container. The command's user can
//! replace them by anything and can stop the processes that read them.

use std::time::Duration;

use super::find;
use crate::call_context::{CallContext, Limit};
use crate::error::{Error, ErrorKind, Result};
use crate::exec::{self, ExecOptions, ExecResult, ExecTarget, Outcome};

const READ: &str = include_str!("files.sh");
const REMOVE: &str = r#"rm -rf "$1""#;
/// The script's exit codes.
const NO_SUCH_COMMAND: i32 = 66;
const NO_FILE: i32 = 69;
const NO_ACCESS: i32 = 77;
const KILLED: i32 = 128 + 9;
/// How often to retry if it is killed, and the pause between.
const MAX_TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);
/// Default limit of the library's own commands in the container: hostile
/// processes can stop those of their user.
const LIMIT: Duration = Duration::from_secs(30);
/// Maximum lengths: an exit code with a line feed, and a mark.
const MAX_CODE: usize = 4;
const MAX_MARK: usize = 512;
/// How much of a script's standard error is kept, in bytes.
pub(super) const MAX_STDERR: usize = 1024;

/// The files and the user to access them as.
pub(super) struct BackgroundFiles<'a> {
    pub(super) target: &'a ExecTarget,
    pub(super) directory: String,
    pub(super) user: Option<&'a str>,
}

impl BackgroundFiles<'_> {
    /// Reads a file, starting at byte `offset`.
    ///
    /// `NotFound` if the directory does not exist, `WrongFileType` if the file is
    /// not a regular file, `FileAccess` if permission is denied.
    pub(super) fn read(&self, file: &str, offset: u64, max: usize) -> Result<Vec<u8>> {
        let from = offset.saturating_add(1).to_string();
        let mut bytes = self.script(READ, &[file, &from, &max.to_string()], max)?;
        bytes.truncate(max);
        Ok(bytes)
    }

    /// The command's exit code, if its file holds a valid one.
    pub(super) fn exit_code(&self) -> Result<Option<i32>> {
        let contents = self.read_if_any("code", MAX_CODE + 1)?;
        Ok(code_of(&contents))
    }

    /// The mark of the command's processes, if its file holds a valid one.
    pub(super) fn mark(&self, name: &str) -> Result<Option<String>> {
        let contents = self.read_if_any("mark", MAX_MARK)?;
        let mark = String::from_utf8(contents).unwrap_or_default();
        let mark = mark.strip_suffix('\n').filter(|mark| find::is_mark(mark, name));
        Ok(mark.map(str::to_owned))
    }

    /// Like [`read`](Self::read); empty if the file is not a regular file.
    fn read_if_any(&self, file: &str, max: usize) -> Result<Vec<u8>> {
        self.read(file, 0, max).or_else(|error| match error.kind() {
            ErrorKind::WrongFileType => Ok(Vec::new()),
            _ => Err(error),
        })
    }

    /// Removes the files; succeeds if they do not exist.
    pub(super) fn remove(&self) -> Result<()> {
        self.script(REMOVE, &[], 0).map(drop)
    }

    /// Runs a shell script on the directory (`$1`); returns its output.
    fn script(&self, text: &str, arguments: &[&str], max: usize) -> Result<Vec<u8>> {
        let context = with_default_limit(&self.target.context);
        let target = self.target.under(context.clone());
        let argv = ["/bin/sh", "-c", text, "sandcell", &self.directory];
        let options = ExecOptions::new(argv.iter().chain(arguments).copied()).cwd("/");
        let options = options.max_output(max.max(MAX_STDERR) as u64);
        // If it were left stopped, it could block the engine.
        let mut options = options.kill_grace(Duration::ZERO);
        options.user = self.user.map(str::to_owned);
        let mut tries = 1;
        let result = loop {
            let result = exec::run(&target, &options)?;
            match result.outcome {
                // Killed by another kill that came late.
                Outcome::Exited(KILLED) if tries < MAX_TRIES => context.sleep(PAUSE)?,
                _ => break result,
            }
            tries += 1;
        };
        script_output(&context, result)
    }
}

/// Returns a script's output, or why it failed.
fn script_output(context: &CallContext, result: ExecResult) -> Result<Vec<u8>> {
    let (kind, problem) = match result.outcome {
        Outcome::Exited(0) => return Ok(result.stdout.into_bytes()),
        Outcome::Exited(NO_SUCH_COMMAND) => {
            (ErrorKind::NotFound, "no such background command in this container")
        }
        Outcome::Exited(NO_FILE) => {
            (ErrorKind::WrongFileType, "its file is missing or not a regular file")
        }
        Outcome::Exited(NO_ACCESS) => (
            ErrorKind::FileAccess,
            "permission denied on its files; if they belong to another user, \
             set it with Background::user",
        ),
        _ => return Err(failure(context, result)),
    };
    Err(Error::new(kind, problem))
}

/// Parses an exit code.
fn code_of(contents: &[u8]) -> Option<i32> {
    let digits = contents.strip_suffix(b"\n")?;
    let code: u8 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    // Only in the shell's format: no sign, no leading zeros.
    (code.to_string().as_bytes() == digits).then_some(i32::from(code))
}

/// Why a script failed: a limit, the engine, or its own error output.
pub(super) fn failure(context: &CallContext, result: ExecResult) -> Error {
    if let Err(limit) = context.check() {
        return limit;
    }
    let stderr = result.stderr.text();
    let stderr = stderr.trim_end();
    let problem = match result.outcome {
        Outcome::Lost(error) => return error,
        Outcome::Exited(code) => format!("its shell exited with {code}: {stderr}"),
        Outcome::Signalled(signal) => format!("its shell was killed by signal {signal}: {stderr}"),
        _ => format!("its shell was killed: {stderr}"),
    };
    Error::new(ErrorKind::Engine, problem)
}

/// The call's limits, or else the default.
pub(super) fn with_default_limit(context: &CallContext) -> CallContext {
    context.clone().with_default_timeout(LIMIT, Limit::Whole(LIMIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_shells_format_is_an_exit_code() {
        for (text, code) in [("0\n", 0), ("7\n", 7), ("255\n", 255)] {
            assert_eq!(code_of(text.as_bytes()), Some(code));
        }
        for text in ["", "\n", "7", "007\n", "+7\n", "-1\n", "256\n", "7\n\n", "007\n1", "7 \n"] {
            assert_eq!(code_of(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(code_of(b"\xff\n"), None);
    }
}
