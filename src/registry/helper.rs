//! Credential helpers: programs that tell who asks a registry.

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

/// How long a helper has. It may ask somebody, but only in a window.
const HELPER_TIMEOUT: Duration = Duration::from_secs(30);
/// A longer answer is refused.
const MAX_ANSWER: usize = 64 * 1024;
/// The user's name that says that the secret is an identity token.
const TOKEN: &str = "<token>";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

/// Asks `docker-credential-{name}` who asks the registry called `key`; `None` if
/// it does not know. What it says is shown to nobody.
pub(super) fn ask(context: &CallContext, name: &str, key: &str) -> Result<Option<Credentials>> {
    let program = format!("docker-credential-{name}");
    let asked = check(name).and_then(|()| {
        let limit = Limit::Whole(HELPER_TIMEOUT);
        Helper::start(&program)?.run(&context.clone().within(HELPER_TIMEOUT, limit), key)
    });
    asked.map_err(|e| e.context(format_args!("credential helper {program}")))
}

/// It is a part of a program's name, and no way to another place.
fn check(name: &str) -> Result<()> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    match name.chars().all(is_allowed) {
        true => Ok(()),
        false => Err(failed("its name must be letters, digits, '.', '_' and '-'")),
    }
}

fn failed(problem: impl Into<String>) -> Error {
    Error::new(ErrorKind::Io, problem)
}

/// A running helper, which ends with this.
struct Helper {
    child: Child,
    /// For both directions, since a pipe would raise SIGPIPE.
    line: UnixStream,
}

impl Helper {
    fn start(program: &str) -> Result<Self> {
        let start = || {
            let (line, theirs) = sys::socket_pair()?;
            let mut command = Command::new(program);
            command.arg("get").stdin(OwnedFd::from(theirs.try_clone()?));
            command.stdout(OwnedFd::from(theirs)).stderr(Stdio::null());
            // Out of reach of the terminal's Ctrl-C, and so of the terminal.
            command.process_group(0);
            Ok(Helper { child: sys::spawn(&mut command)?, line })
        };
        start().map_err(|error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => failed("is not installed"),
            _ => failed("cannot be started").with_source(error),
        })
    }

    fn run(&self, context: &CallContext, key: &str) -> Result<Option<Credentials>> {
        // It may not want to hear; its answer counts.
        let _ = sys::send(self.line.as_fd(), key.as_bytes());
        let _ = sys::shutdown_write(self.line.as_fd());
        let answer = self.listen(context)?;
        match serde_json::from_slice(&answer) {
            Ok(Answer { username, secret }) => Ok(Some(credentials(username, secret))),
            // The words are part of the helpers' protocol.
            Err(_) if answer.starts_with(b"credentials not found") => Ok(None),
            Err(_) => Err(failed("did not answer as it should")),
        }
    }

    fn listen(&self, context: &CallContext) -> Result<Vec<u8>> {
        let (mut answer, mut part) = (Vec::new(), [0; 4096]);
        loop {
            context.wait(self.line.as_fd(), PollFlags::POLLIN)?;
            match sys::recv(self.line.as_fd(), &mut part) {
                // A reset: it ended without having heard all.
                Ok(0) => return Ok(answer),
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(answer),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(Error::io("hear a credential helper", error)),
                Ok(count) => answer.extend_from_slice(&part[..count]),
            }
            if answer.len() > MAX_ANSWER {
                return Err(failed("says more than an answer can be"));
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
        sys::end_process(&mut self.child, Some(self.line.as_fd())).ok();
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
            // With a child that has its output, too.
            let helper = helper(dir.path(), "sleep 1000 & sleep 1000");
            assert_eq!(helper.run(&context, "key").unwrap_err().kind(), kind);
            let line = helper.line.try_clone().unwrap();
            drop(helper);
            // Ends when nobody has the other end any more.
            let patient =
                CallContext::unlimited().within(HELPER_TIMEOUT, Limit::Whole(HELPER_TIMEOUT));
            patient.wait(line.as_fd(), PollFlags::POLLIN).unwrap();
            // It never read the key.
            let end = sys::recv(line.as_fd(), &mut [0]).unwrap_err();
            assert_eq!(end.kind(), io::ErrorKind::ConnectionReset);
        }
    }
}
