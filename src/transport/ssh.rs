//! `ssh://`: runs the system's `ssh`, with `docker system dial-stdio` on the remote
//! host.

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

/// How much of the end of ssh's stderr becomes part of an error, in bytes.
const MAX_STDERR: usize = 2048;

/// A login on a remote host. It is shown without the user name.
#[derive(Clone)]
pub(super) struct Login {
    user: Option<String>,
    host: String,
    port: Option<u16>,
    /// The engine's socket on that host; empty for the default of `docker` there.
    socket: String,
}

impl Login {
    /// Parses `[user@]host[:port][/path/of.sock]`.
    pub(super) fn parse(address: &str) -> Result<Self> {
        let (authority, socket) = split_path(address)?;
        let (user, host_port) = match authority.rsplit_once('@') {
            Some((user, host_port)) => (Some(parse_user(user)?), host_port),
            None => (None, authority),
        };
        let (host, port) = split_port(host_port)?;
        Ok(Login { user, host, port, socket: socket.to_owned() })
    }

    /// The same command line as that of Docker's own client.
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
        // Its own process group: the terminal's Ctrl-C does not reach it, and it
        // cannot read from the terminal. So a password prompt must be a window.
        command.process_group(0);
        if std::env::var_os("SSH_ASKPASS_REQUIRE").is_none() {
            command.env("SSH_ASKPASS_REQUIRE", "force");
        }
        command
    }
}

fn parse_user(user: &str) -> Result<String> {
    if user.contains(':') {
        return Err(refused("must not contain a password; use an ssh key or an ssh agent"));
    }
    let user = percent_decode_str(user).decode_utf8_lossy();
    let is_bad = |c: char| c.is_whitespace() || c.is_control() || c == char::REPLACEMENT_CHARACTER;
    if user.is_empty() || user.starts_with('-') || user.contains(is_bad) {
        return Err(refused("invalid user name before the \"@\""));
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

/// Starts `ssh`. Connection failures are reported when the stream is read.
pub(super) fn connect(endpoint: &dyn fmt::Display, login: &Login) -> Result<SshStream> {
    start(endpoint, login).map_err(|error| {
        let (kind, hint) = match error.kind() {
            io::ErrorKind::NotFound => (ErrorKind::Unreachable, "the program ssh is not installed"),
            _ => (ErrorKind::Io, "the program ssh could not be started"),
        };
        let message = format!("cannot reach the engine at {endpoint}: {hint}");
        Error::new(kind, message).with_source(error)
    })
}

fn start(endpoint: &dyn fmt::Display, login: &Login) -> io::Result<SshStream> {
    // A socket, because writing to a pipe may raise SIGPIPE.
    let (ours, theirs) = sys::socket_pair()?;
    let (stderr, stderr_tx) = sys::socket_pair()?;
    // It is only read at the end. Output that does not fit is lost; ssh must not block.
    stderr_tx.set_nonblocking(true)?;
    let mut command = login.command();
    command.stdin(OwnedFd::from(theirs.try_clone()?)).stdout(OwnedFd::from(theirs));
    command.stderr(OwnedFd::from(stderr_tx));
    Ok(SshStream {
        child: sys::spawn(&mut command)?,
        ended: false,
        received: false,
        socket: ours.into(),
        stderr,
        login: login.clone(),
        engine: endpoint.to_string(),
    })
}

/// The stream through a running `ssh`, which is killed on drop.
pub(super) struct SshStream {
    child: Child,
    /// Whether the child has been reaped.
    ended: bool,
    /// Whether any bytes were received.
    received: bool,
    socket: SocketStream,
    stderr: UnixStream,
    login: Login,
    /// The endpoint, for messages.
    engine: String,
}

impl SshStream {
    /// Handles the end of the stream, which is an error if ssh failed.
    fn end(&mut self) -> io::Result<usize> {
        self.ended = true;
        // It has closed its stdout, so it is about to exit, or never will.
        let status = match sys::end_process(&mut self.child, None) {
            Ok(status) if !status.success() => status.to_string(),
            _ if self.received => return Ok(0),
            // The status may be unknown: the process can ignore SIGCHLD, for example.
            _ => "without an error".to_owned(),
        };
        let (kind, problem) = match self.received {
            true => (ErrorKind::Disconnected, "lost the connection to"),
            false => (ErrorKind::Unreachable, "cannot reach"),
        };
        let message = format!("{problem} the engine at {}: ssh exited ({status})", self.engine);
        let stderr = self.stderr_tail();
        let stderr = if stderr.is_empty() { "no error output".to_owned() } else { stderr };
        Err(io::Error::other(Error::new(kind, format!("{message}: {stderr}"))))
    }

    /// The end of ssh's stderr, without the user name.
    fn stderr_tail(&self) -> String {
        let (mut tail, mut chunk) = (Vec::new(), [0; MAX_STDERR]);
        while let Ok(count @ 1..) = sys::recv(self.stderr.as_fd(), &mut chunk) {
            tail.extend_from_slice(&chunk[..count]);
            tail.drain(..tail.len().saturating_sub(MAX_STDERR));
        }
        let tail = String::from_utf8_lossy(&tail).trim().replace(char::is_control, " ");
        match &self.login.user {
            Some(user) => tail.replace(&format!("{user}@"), "***@"),
            None => tail,
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
            // It exited with unread input; its output was received before.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => self.end(),
            Ok(count) => {
                self.received = true;
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
