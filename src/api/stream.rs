//! The byte stream of a hijacked connection.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use nix::poll::PollFlags;

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
    /// What it took may be on its way for a while: see
    /// [`wants_write`](Stream::wants_write).
    ///
    /// # Errors
    /// `WouldBlock` if it takes nothing now, and any failure of the stream.
    fn send(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Ends the write side; the read side goes on.
    ///
    /// # Errors
    /// Any failure of the stream.
    fn shutdown_write(&mut self) -> io::Result<()>;

    /// Whether something that the stream took could not go out yet, and goes
    /// out with the next call of any kind: who waits must then wait for
    /// [`fd`](Stream::fd) to be writable as well. Default: never.
    fn wants_write(&self) -> bool {
        false
    }
}

/// What to wait for, if one wants `interest` and the stream has its own wishes.
pub(crate) fn interest(stream: &dyn Stream, mut interest: PollFlags) -> PollFlags {
    interest.set(PollFlags::POLLOUT, interest.contains(PollFlags::POLLOUT) || stream.wants_write());
    interest
}

/// Whether a stream that nobody expects anything from is as it was: it has
/// neither ended nor received anything.
pub(crate) fn is_quiet(stream: &mut dyn Stream) -> bool {
    stream.recv(&mut [0]).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}

/// A [`Stream`] over a socket.
#[derive(Debug)]
pub struct SocketStream(OwnedFd);

impl From<OwnedFd> for SocketStream {
    fn from(socket: OwnedFd) -> Self {
        SocketStream(socket)
    }
}

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
