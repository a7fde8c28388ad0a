//! Runs Docker credential helpers: programs that store registry credentials.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::poll::PollFlags;
use serde::Deserialize;

use super::{Credentials, Secret};
use crate::call_context::{CallContext, Limit};
use crate::error::{Error, ErrorKind, Result};
use crate::sys;

/// The timeout of a helper. It may prompt the user, but only in a window.
const HELPER_TIMEOUT: Duration = Duration::from_secs(30);
/// The limit of a helper's output, in bytes.
const MAX_OUTPUT: usize = 64 * 1024;
/// The user name that marks the secret as an identity token.
const TOKEN: &str = "<token>";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    username: String,
    secret: String,
}

/// Asks `docker-credential-{name}` for the credentials of the registry `key`;
/// `None` if it has none. Its output is never shown: it may contain a secret.
pub(super) fn ask(context: &CallContext, name: &str, key: &str) -> Result<Option<Credentials>> {
    let program = format!("docker-credential-{name}");
    let asked = check(name).and_then(|()| {
        let limit = Limit::Whole(HELPER_TIMEOUT);
        Helper::start(&program)?.run(&context.clone().within(HELPER_TIMEOUT, limit), key)
    });
    asked.map_err(|e| e.context(format_args!("credential helper {program}")))
}

/// Validates the name, which becomes part of a program's name, not of a path.
fn check(name: &str) -> Result<()> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    match name.chars().all(is_allowed) {
        true => Ok(()),
        false => Err(failed("the name must consist of letters, digits, '.', '_' and '-'")),
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
            io::ErrorKind::NotFound => failed("is not installed"),
            _ => failed("cannot be started").with_source(error),
        })
    }

    fn run(&self, context: &CallContext, key: &str) -> Result<Option<Credentials>> {
        // A helper may exit without reading its stdin; only its output matters.
        let _ = sys::send(self.socket.as_fd(), key.as_bytes());
        let _ = sys::shutdown_write(self.socket.as_fd());
        let output = self.read_output(context)?;
        match serde_json::from_slice(&output) {
            Ok(Output { username, secret }) => Ok(Some(credentials(username, secret))),
            // This text is part of the helpers' protocol.
            Err(_) if output.starts_with(b"credentials not found") => Ok(None),
            Err(_) => Err(failed("its output is not valid JSON credentials")),
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

fn credentials(username: String, secret: String) -> Credentials {
    Credentials(match username.as_str() {
        TOKEN => Secret::IdentityToken(secret),
        _ => Secret::Password { username, password: secret },
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
            let helper = helper(dir.path(), "sleep 1000 & sleep 1000");
            assert_eq!(helper.run(&context, "key").unwrap_err().kind(), kind);
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
