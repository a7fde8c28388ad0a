//! Runs Docker credential helpers: programs that store registry credentials.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use nix::poll::PollFlags;

use super::{Secret, contents};
use crate::call_context::{CallContext, Limit};
use crate::error::{Error, ErrorKind, Result};
use crate::sys;

/// The timeout of a helper. It may prompt the user, but only in a window.
const HELPER_TIMEOUT: Duration = Duration::from_secs(30);
/// The limit of a helper's output, in bytes.
const MAX_OUTPUT: usize = 64 * 1024;
/// The user name that marks the secret as an identity token.
const TOKEN: &str = "<token>";
/// What a helper prints that has no credentials: a part of the helpers' protocol.
const NOT_FOUND: &str = "credentials not found in native keychain";

/// Pauses between looks at a helper that has closed its output.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// What a helper answered.
pub(super) enum Answer {
    Found(Secret),
    NotFound,
}

/// Asks a helper for the credentials of the registry `key`. Its output is never
/// shown: it may contain a secret.
pub(super) fn ask(context: &CallContext, program: &str, key: &str) -> Result<Answer> {
    check(program)?;
    let limit = Limit::Whole(HELPER_TIMEOUT);
    Helper::start(program)?.run(&context.clone().within(HELPER_TIMEOUT, limit), key)
}

/// Validates the program's name, which is not a path.
fn check(program: &str) -> Result<()> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    match program.chars().all(is_allowed) {
        true => Ok(()),
        false => Err(failed("its name must consist of letters, digits, '.', '_' and '-'")),
    }
}

fn failed(problem: impl Into<String>) -> Error {
    Error::new(ErrorKind::Io, problem)
}

/// A running helper, which is killed on drop.
struct Helper {
    child: Child,
    /// Stdin and stdout. A socket, because writing to a pipe may raise SIGPIPE.
    socket: UnixStream,
}

impl Helper {
    fn start(program: &str) -> Result<Self> {
        let start = || {
            let (socket, theirs) = sys::socket_pair()?;
            let mut command = Command::new(program);
            command.arg("get").stdin(OwnedFd::from(theirs.try_clone()?));
            command.stdout(OwnedFd::from(theirs)).stderr(Stdio::null());
            // Its own process group: the terminal's Ctrl-C does not reach it, and
            // it cannot read from the terminal.
            command.process_group(0);
            Ok(Helper { child: sys::spawn(&mut command)?, socket })
        };
        start().map_err(|error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => failed("it is not installed"),
            _ => failed("it cannot be started").with_source(error),
        })
    }

    fn run(&mut self, context: &CallContext, key: &str) -> Result<Answer> {
        // A helper may exit without reading its stdin; only its output matters.
        let _ = sys::send(self.socket.as_fd(), key.as_bytes());
        let _ = sys::shutdown_write(self.socket.as_fd());
        let output = self.read_output(context)?;
        let status = self.wait(context)?;
        let output = String::from_utf8_lossy(&output);
        if status.success() {
            let parsed = contents::helper_output(&output).map(credentials);
            return parsed.ok_or_else(|| failed("its output is not valid JSON credentials"));
        }
        match output.trim() {
            NOT_FOUND => Ok(Answer::NotFound),
            _ => Err(failed(format!("it failed ({status})"))),
        }
    }

    /// Waits for a helper to end that has closed its output.
    fn wait(&mut self, context: &CallContext) -> Result<ExitStatus> {
        let mut pause = FIRST_PAUSE;
        loop {
            let ended = self.child.try_wait();
            if let Some(status) = ended.map_err(|e| Error::io("wait for the helper", e))? {
                return Ok(status);
            }
            context.sleep(pause)?;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn read_output(&self, context: &CallContext) -> Result<Vec<u8>> {
        let (mut output, mut chunk) = (Vec::new(), [0; 4096]);
        loop {
            context.wait(self.socket.as_fd(), PollFlags::POLLIN)?;
            match sys::recv(self.socket.as_fd(), &mut chunk) {
                // A reset: it exited with unread input.
                Ok(0) => return Ok(output),
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(output),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(Error::io("read from a credential helper", error)),
                Ok(count) => output.extend_from_slice(&chunk[..count]),
            }
            if output.len() > MAX_OUTPUT {
                return Err(failed("its output is larger than 64 KiB"));
            }
        }
    }
}

fn credentials((username, secret): (String, String)) -> Answer {
    Answer::Found(match username.as_str() {
        TOKEN => Secret { identity_token: secret, ..Secret::default() },
        _ => Secret { username, password: secret, ..Secret::default() },
    })
}

impl Drop for Helper {
    fn drop(&mut self) {
        sys::end_process(&mut self.child, Some(self.socket.as_fd())).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cancel::CancelToken;
    use std::path::Path;
    use std::time::Instant;

    fn helper(dir: &Path, script: &str) -> Helper {
        use std::os::unix::fs::PermissionsExt;
        let program = dir.join("docker-credential-test");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        Helper::start(program.to_str().unwrap()).unwrap()
    }

    #[test]
    fn one_that_does_not_end_is_ended() {
        let dir = tempfile::tempdir().unwrap();
        let token = CancelToken::new();
        token.cancel();
        let late =
            CallContext::unlimited().with_deadline(Instant::now() + Duration::from_millis(50));
        let cancelled = CallContext::unlimited().with_cancel(&token);
        for (context, kind) in [(late, ErrorKind::Timeout), (cancelled, ErrorKind::Cancelled)] {
            // Its child inherits the socket.
            let mut helper = helper(dir.path(), "sleep 1000 & sleep 1000");
            assert_eq!(helper.run(&context, "key").err().unwrap().kind(), kind);
            let socket = helper.socket.try_clone().unwrap();
            drop(helper);
            // Readable once every process has closed the other end.
            let limited =
                CallContext::unlimited().within(HELPER_TIMEOUT, Limit::Whole(HELPER_TIMEOUT));
            limited.wait(socket.as_fd(), PollFlags::POLLIN).unwrap();
            // A reset, because the helper never read the key.
            let end = sys::recv(socket.as_fd(), &mut [0]).unwrap_err();
            assert_eq!(end.kind(), io::ErrorKind::ConnectionReset);
        }
    }
}
