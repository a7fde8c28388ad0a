//! The byte stream of a hijacked connection.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use nix::poll::PollFlags;

use crate::sys;

/// A connected, bidirectional, non-blocking byte stream.
///
/// When a call fails with `WouldBlock`, the caller waits for [`fd`](Stream::fd) with
/// `poll`, together with its cancel token and its deadline. It must not poll before
/// that, unless the stream [is unbuffered](Stream::is_unbuffered): received bytes may be
/// in a buffer that `poll` does not see.
pub trait Stream: Send + fmt::Debug {
    /// The descriptor to poll after `WouldBlock`: readable for
    /// [`recv`](Stream::recv), writable for [`send`](Stream::send).
    fn fd(&self) -> BorrowedFd<'_>;

    /// Reads available bytes and returns their number; 0 at the end of the stream.
    ///
    /// # Errors
    /// `WouldBlock` if no bytes are available, or any I/O error of the stream.
    fn recv(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes as many bytes as possible without blocking and returns their number.
    /// Never raises SIGPIPE.
    ///
    /// Written bytes may stay in a buffer of the stream: see
    /// [`wants_write`](Stream::wants_write).
    ///
    /// # Errors
    /// `WouldBlock` if no bytes can be written now, or any I/O error of the stream.
    fn send(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Closes the write side. The read side stays open.
    ///
    /// # Errors
    /// Any I/O error of the stream.
    fn shutdown_write(&mut self) -> io::Result<()>;

    /// Whether the stream has buffered bytes that it could not send yet. The next
    /// call of any method sends them, so a caller that polls must also wait for
    /// [`fd`](Stream::fd) to become writable. Default: false.
    fn wants_write(&self) -> bool {
        false
    }

    /// Whether the stream holds no received bytes back, so that a caller may poll
    /// before [`recv`](Stream::recv) as well. Default: false.
    fn is_unbuffered(&self) -> bool {
        false
    }
}

/// The events to poll for: `interest`, and `POLLOUT` if the stream wants to write.
pub(crate) fn interest(stream: &dyn Stream, mut interest: PollFlags) -> PollFlags {
    interest.set(PollFlags::POLLOUT, interest.contains(PollFlags::POLLOUT) || stream.wants_write());
    interest
}

/// Whether an idle stream has neither ended nor received anything.
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

    fn is_unbuffered(&self) -> bool {
        true
    }
}
