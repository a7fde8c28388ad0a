//! The files of a background command in its container. Its user can replace
//! them by anything, and stop who reads them.

use std::time::Duration;

use super::found;
use crate::call_context::{CallContext, Limit};
use crate::error::{Error, ErrorKind, Result};
use crate::exec::{self, ExecOptions, ExecResult, ExecTarget, Outcome};

const LOOK: &str = include_str!("remains.sh");
const REMOVE: &str = r#"rm -rf "$1""#;
/// How the script exits.
const NO_SUCH_COMMAND: i32 = 66;
const NO_FILE: i32 = 69;
const NO_ACCESS: i32 = 77;
const KILLED: i32 = 128 + 9;
/// How often to try again where it is killed, and the pause before.
const MAX_TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);
/// How long the library's own commands in the container may take, where the
/// caller set no limit: a hostile process can stop those of its user.
const LIMIT: Duration = Duration::from_secs(30);
/// An exit code and a line end are no longer, nor is a mark.
const MAX_CODE: usize = 4;
const MAX_MARK: usize = 512;
/// What is kept of a script's complaint, in bytes.
pub(super) const MAX_COMPLAINT: usize = 1024;

/// Where the files are, and as whom to look at them.
pub(super) struct Remains<'a> {
    pub(super) target: &'a ExecTarget,
    pub(super) directory: String,
    pub(super) user: Option<&'a str>,
}

impl Remains<'_> {
    /// Reads a file, from a byte on.
    ///
    /// `NotFound` if there is no directory, `WrongFileType` if there is no
    /// regular file, `FileAccess` if they are not this user's.
    pub(super) fn read(&self, file: &str, offset: u64, max: usize) -> Result<Vec<u8>> {
        let from = offset.saturating_add(1).to_string();
        let mut bytes = self.script(LOOK, &[file, &from, &max.to_string()], max)?;
        bytes.truncate(max);
        Ok(bytes)
    }

    /// The command's exit code, if its file holds one.
    pub(super) fn exit_code(&self) -> Result<Option<i32>> {
        let said = self.read_if_any("code", MAX_CODE + 1)?;
        Ok(code_of(&said))
    }

    /// The mark of the processes of the command of this name, if its file holds
    /// one.
    pub(super) fn mark(&self, name: &str) -> Result<Option<String>> {
        let said = self.read_if_any("mark", MAX_MARK)?;
        let mark = String::from_utf8(said).unwrap_or_default();
        let mark = mark.strip_suffix('\n').filter(|mark| found::is_mark(mark, name));
        Ok(mark.map(str::to_owned))
    }

    /// The same as [`read`](Remains::read); nothing of what is no regular file.
    fn read_if_any(&self, file: &str, max: usize) -> Result<Vec<u8>> {
        self.read(file, 0, max).or_else(|error| match error.kind() {
            ErrorKind::WrongFileType => Ok(Vec::new()),
            _ => Err(error),
        })
    }

    /// Removes them; no error if there are none.
    pub(super) fn remove(&self) -> Result<()> {
        self.script(REMOVE, &[], 0).map(drop)
    }

    /// Runs a shell's text on the directory (`$1`); returns what it printed.
    fn script(&self, text: &str, arguments: &[&str], max: usize) -> Result<Vec<u8>> {
        let context = or_limited(&self.target.context);
        let target = self.target.under(context.clone());
        let argv = ["/bin/sh", "-c", text, "sandcell", &self.directory];
        let options = ExecOptions::new(argv.iter().chain(arguments).copied()).cwd("/");
        let options = options.max_output(max.max(MAX_COMPLAINT) as u64);
        // Left behind, one that was stopped could keep the engine from all else.
        let mut options = options.kill_grace(Duration::ZERO);
        options.user = self.user.map(str::to_owned);
        let mut tries = 1;
        let result = loop {
            let result = exec::run(&target, &options)?;
            match result.outcome {
                // By who kills what was late before.
                Outcome::Exited(KILLED) if tries < MAX_TRIES => context.sleep(PAUSE)?,
                _ => break result,
            }
            tries += 1;
        };
        printed(&context, result)
    }
}

/// What a script printed, or why it did not do its work.
fn printed(context: &CallContext, result: ExecResult) -> Result<Vec<u8>> {
    let (kind, problem) = match result.outcome {
        Outcome::Exited(0) => return Ok(result.stdout.into_bytes()),
        Outcome::Exited(NO_SUCH_COMMAND) => {
            (ErrorKind::NotFound, "there is none of this name in this container")
        }
        Outcome::Exited(NO_FILE) => {
            (ErrorKind::WrongFileType, "its file is gone, or no regular file")
        }
        Outcome::Exited(NO_ACCESS) => {
            (ErrorKind::FileAccess, "its files may not be opened; are they another user's?")
        }
        _ => return Err(failure(context, result)),
    };
    Err(Error::new(kind, problem))
}

/// The exit code, if that is what was written.
fn code_of(said: &[u8]) -> Option<i32> {
    let digits = said.strip_suffix(b"\n")?;
    let code: u8 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    // Exactly as the shell writes it: no sign, no zeros.
    (code.to_string().as_bytes() == digits).then_some(i32::from(code))
}

/// Why a shell did not do its work: a limit, the engine, or its complaint.
pub(super) fn failure(context: &CallContext, result: ExecResult) -> Error {
    if let Err(limit) = context.check() {
        return limit;
    }
    let complaint = result.stderr.text();
    let complaint = complaint.trim_end();
    let problem = match result.outcome {
        Outcome::Lost(error) => return error,
        Outcome::Exited(code) => format!("its shell ended with {code}: {complaint}"),
        Outcome::Signalled(signal) => format!("its shell ended by signal {signal}: {complaint}"),
        _ => format!("its shell was ended: {complaint}"),
    };
    Error::new(ErrorKind::Engine, problem)
}

/// The call's limits, or else the library's.
pub(super) fn or_limited(context: &CallContext) -> CallContext {
    context.clone().with_default_timeout(LIMIT, Limit::Whole(LIMIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_shell_writes_is_an_exit_code() {
        for (said, code) in [("0\n", 0), ("7\n", 7), ("255\n", 255)] {
            assert_eq!(code_of(said.as_bytes()), Some(code));
        }
        for said in ["", "\n", "7", "007\n", "+7\n", "-1\n", "256\n", "7\n\n", "007\n1", "7 \n"] {
            assert_eq!(code_of(said.as_bytes()), None, "{said:?}");
        }
        assert_eq!(code_of(b"\xff\n"), None);
    }
}
