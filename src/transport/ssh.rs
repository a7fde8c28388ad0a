//! `ssh://`: the system's own `ssh`, which runs `docker system dial-stdio` there.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};

use percent_encoding::percent_decode_str;

use super::authority::{refused, split_path, split_port};
use crate::api::{SocketStream, Stream};
use crate::error::{Error, ErrorKind, Result};
use crate::sys;

/// As much of what `ssh` said last is told.
const MAX_SAID: usize = 2048;

/// Who logs in where. Shown without who.
#[derive(Clone)]
pub(super) struct Login {
    user: Option<String>,
    host: String,
    port: Option<u16>,
    /// The engine's socket there; empty for what `docker` there uses.
    socket: String,
}

impl Login {
    /// Reads `[user@]host[:port][/path/of.sock]`.
    pub(super) fn parse(address: &str) -> Result<Self> {
        let (authority, socket) = split_path(address)?;
        let (user, site) = match authority.rsplit_once('@') {
            Some((user, site)) => (Some(parse_user(user)?), site),
            None => (None, authority),
        };
        let (host, port) = split_port(site)?;
        Ok(Login { user, host, port, socket: socket.to_owned() })
    }

    /// The command line is that of the engine's own client.
    fn command(&self) -> Command {
        let mut command = Command::new("ssh");
        command.args(["-o", "ConnectTimeout=30", "-T"]);
        if let Some(user) = &self.user {
            command.args(["-l", user]);
        }
        if let Some(port) = self.port {
            command.args(["-p", &port.to_string()]);
        }
        command.args(["--", &self.host, "docker"]);
        if !self.socket.is_empty() {
            command.arg(format!("--host=unix://{}", self.socket));
        }
        command.args(["system", "dial-stdio"]);
        // Out of reach of the terminal's Ctrl-C, and so of the terminal: what
        // asks for a password must be a window, or fail.
        command.process_group(0);
        if std::env::var_os("SSH_ASKPASS_REQUIRE").is_none() {
            command.env("SSH_ASKPASS_REQUIRE", "force");
        }
        command
    }
}

fn parse_user(user: &str) -> Result<String> {
    if user.contains(':') {
        return Err(refused("a password cannot be given; ssh takes a key, or an agent"));
    }
    let user = percent_decode_str(user).decode_utf8_lossy();
    let is_bad = |c: char| c.is_whitespace() || c.is_control() || c == char::REPLACEMENT_CHARACTER;
    if user.is_empty() || user.starts_with('-') || user.contains(is_bad) {
        return Err(refused("what is before the @ is no user's name"));
    }
    Ok(user.into_owned())
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]", self.host)?,
            false => f.write_str(&self.host)?,
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(&self.socket)
    }
}

/// Starts `ssh`. Whether it gets there shows when something is received.
pub(super) fn connect(endpoint: &dyn fmt::Display, login: &Login) -> Result<SshStream> {
    start(endpoint, login).map_err(|error| {
        let (kind, hint) = match error.kind() {
            io::ErrorKind::NotFound => {
                (ErrorKind::Unreachable, "the program ssh is needed and not installed")
            }
            _ => (ErrorKind::Io, "the program ssh cannot be started"),
        };
        let message = format!("cannot reach the engine at {endpoint}: {hint}");
        Error::new(kind, message).with_source(error)
    })
}

fn start(endpoint: &dyn fmt::Display, login: &Login) -> io::Result<SshStream> {
    // One socket for both directions, since a pipe would raise SIGPIPE.
    let (ours, theirs) = sys::socket_pair()?;
    let (said, says) = sys::socket_pair()?;
    // Nobody listens until the end: what does not fit is lost, and ssh goes on.
    says.set_nonblocking(true)?;
    let mut command = login.command();
    command.stdin(OwnedFd::from(theirs.try_clone()?)).stdout(OwnedFd::from(theirs));
    command.stderr(OwnedFd::from(says));
    Ok(SshStream {
        child: sys::spawn(&mut command)?,
        ended: false,
        heard: false,
        socket: ours.into(),
        said,
        login: login.clone(),
        engine: endpoint.to_string(),
    })
}

/// What an `ssh` passes on. It ends with this, whichever comes first.
pub(super) struct SshStream {
    child: Child,
    /// Whether the child is reaped.
    ended: bool,
    /// Whether anything was received.
    heard: bool,
    socket: SocketStream,
    said: UnixStream,
    login: Login,
    /// The endpoint, for messages.
    engine: String,
}

impl SshStream {
    /// What the end of the stream means: whether ssh is content with it.
    fn end(&mut self) -> io::Result<usize> {
        self.ended = true;
        // It has closed all, so it is about to end, or never will.
        let status = match sys::end_process(&mut self.child, None) {
            Ok(status) if !status.success() => status.to_string(),
            _ if self.heard => return Ok(0),
            // Its status may be unknown: a host can reap children by itself.
            _ => "without an error".to_owned(),
        };
        let (kind, problem) = match self.heard {
            true => (ErrorKind::Disconnected, "the connection to"),
            false => (ErrorKind::Unreachable, "there is no way to"),
        };
        let message = format!("{problem} the engine at {}: ssh ended ({status})", self.engine);
        let said = self.last_words();
        let said = if said.is_empty() { "it said nothing".to_owned() } else { said };
        Err(io::Error::other(Error::new(kind, format!("{message}: {said}"))))
    }

    /// The end of what ssh said, without who logs in.
    fn last_words(&self) -> String {
        let (mut said, mut part) = (Vec::new(), [0; MAX_SAID]);
        while let Ok(count @ 1..) = sys::recv(self.said.as_fd(), &mut part) {
            said.extend_from_slice(&part[..count]);
            said.drain(..said.len().saturating_sub(MAX_SAID));
        }
        let said = String::from_utf8_lossy(&said).trim().replace(char::is_control, " ");
        match &self.login.user {
            Some(user) => said.replace(&format!("{user}@"), "***@"),
            None => said,
        }
    }
}

impl Stream for SshStream {
    fn fd(&self) -> BorrowedFd<'_> {
        self.socket.fd()
    }

    fn recv(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.socket.recv(buffer) {
            Ok(0) => self.end(),
            // It ended with something unread; what it had passed on came before.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => self.end(),
            Ok(count) => {
                self.heard = true;
                Ok(count)
            }
            result => result,
        }
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.send(bytes)
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        self.socket.shutdown_write()
    }
}

impl Drop for SshStream {
    fn drop(&mut self) {
        if !self.ended {
            sys::end_process(&mut self.child, Some(self.socket.fd())).ok();
        }
    }
}

impl fmt::Debug for SshStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SshStream").field("engine", &self.engine).finish_non_exhaustive()
    }
}
