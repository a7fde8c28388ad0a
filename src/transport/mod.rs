//! Roads to the engine: each ends as one connected [`Stream`], and nothing
//! above this module knows which road it was.

mod ahead;
mod endpoint;
mod unix;

use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

pub(crate) use ahead::Ahead;
pub(crate) use endpoint::{DEFAULT_HOST, Endpoint, Origin};

use crate::error::Result;
use crate::scope::Scope;
use crate::sys;

/// A connected two-way byte stream that never blocks.
///
/// A caller that got `WouldBlock` waits on [`fd`](Stream::fd) with `poll`, so
/// that it can wait for its cancel token and its deadline at the same time. It
/// must not wait before: received bytes may be held back in a buffer that
/// `poll` does not know of.
pub trait Stream: Send + fmt::Debug {
    /// The descriptor to poll after `WouldBlock`: readable for
    /// [`recv`](Stream::recv), writable for [`send`](Stream::send).
    fn fd(&self) -> BorrowedFd<'_>;

    /// Reads what has arrived; 0 is the end of the stream.
    ///
    /// # Errors
    /// `WouldBlock` if nothing has arrived yet, and any failure of the stream.
    fn recv(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes as much as the stream takes at once. Never raises SIGPIPE.
    ///
    /// # Errors
    /// `WouldBlock` if it takes nothing now, and any failure of the stream.
    fn send(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Ends the write side; the read side goes on.
    ///
    /// # Errors
    /// Any failure of the stream.
    fn shutdown_write(&mut self) -> io::Result<()>;
}

/// A [`Stream`] over a socket.
#[derive(Debug)]
pub struct SocketStream(OwnedFd);

impl From<UnixStream> for SocketStream {
    fn from(stream: UnixStream) -> Self {
        SocketStream(stream.into())
    }
}

impl Stream for SocketStream {
    fn fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    fn recv(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        sys::recv(self.fd(), buffer)
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        sys::send(self.fd(), bytes)
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        sys::shutdown_write(self.fd())
    }
}

/// Connects to the engine.
pub(crate) fn connect(endpoint: &Endpoint, scope: &Scope) -> Result<Box<dyn Stream>> {
    Ok(Box::new(unix::connect(endpoint, scope)?))
}
