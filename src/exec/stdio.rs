//! Readers and writers for the streams of a running command.

use std::fmt;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use nix::poll::PollFlags;

use super::demux::OutputStream;
use super::relay::Relay;
use crate::api::CallContext;
use crate::error::{Error, ErrorKind, Result};
use crate::{sys, tasks};

/// How much is moved at once between a descriptor and a stream: at first, and after a
/// read that filled the buffer.
const CHUNK_SIZE: usize = 4 * 1024;
const BULK_CHUNK_SIZE: usize = 64 * 1024;

/// An output stream of a running command.
///
/// Reading blocks until the command writes or ends. Not reading never blocks the
/// command: unread output is spooled, up to
/// [`ExecOptions::max_output`](crate::ExecOptions::max_output). The two streams
/// can be read independently.
pub struct ExecOutput {
    relay: Arc<Relay>,
    which: OutputStream,
}

impl ExecOutput {
    pub(super) fn new(relay: &Arc<Relay>, which: OutputStream) -> Self {
        ExecOutput { relay: Arc::clone(relay), which }
    }

    /// Reads available output, waiting at most `timeout`. Returns 0 at the end of
    /// the stream.
    ///
    /// # Errors
    /// `Timeout` if nothing arrived.
    pub fn read_timeout(&self, buffer: &mut [u8], timeout: Duration) -> Result<usize> {
        self.read_within(buffer, Some(timeout))
            .ok_or_else(|| Error::timeout("no output from the command"))
    }

    fn read_within(&self, buffer: &mut [u8], timeout: Option<Duration>) -> Option<usize> {
        self.relay.read(self.which, buffer, timeout)
    }

    /// Returns how many bytes the command has written so far, including unread
    /// ones.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.relay.streams.lock().spool(self.which).total()
    }

    /// Returns how many bytes were dropped because of
    /// [`ExecOptions::max_output`](crate::ExecOptions::max_output).
    #[must_use]
    pub fn dropped_bytes(&self) -> u64 {
        self.relay.streams.lock().spool(self.which).dropped()
    }

    /// Converts the stream into a descriptor for an event loop. It is readable
    /// when there is output, and at the end of the stream. It is a socket with
    /// close-on-exec, initially blocking. A thread copies the bytes until all are
    /// delivered or the descriptor is closed. The caller owns the descriptor.
    ///
    /// # Errors
    /// `Io` if no descriptor or thread can be created.
    pub fn into_fd(self) -> Result<OwnedFd> {
        let (near, far) = pair()?;
        tasks::spawn_thread("sandcell-output", move || self.copy_to(&near))?;
        Ok(far.into())
    }

    fn copy_to(self, to: &UnixStream) {
        let mut buffer = vec![0; CHUNK_SIZE];
        while let Some(count @ 1..) = self.read_within(&mut buffer, None) {
            let mut bytes = &buffer[..count];
            while !bytes.is_empty() {
                match sys::send(to.as_fd(), bytes) {
                    Ok(sent) => bytes = &bytes[sent..],
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        let writable =
                            CallContext::unlimited().wait(to.as_fd(), PollFlags::POLLOUT);
                        if writable.is_err() {
                            return;
                        }
                    }
                    Err(_) => return, // the reader closed it
                }
            }
            if count == buffer.len() {
                buffer.resize(BULK_CHUNK_SIZE, 0);
            }
        }
    }
}

impl Read for ExecOutput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(self.read_within(buffer, None).unwrap_or(0))
    }
}

impl fmt::Debug for ExecOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecOutput").field("which", &self.which).finish_non_exhaustive()
    }
}

/// The standard input of a running command. Dropping it closes the input.
///
/// Writing blocks while the command does not read and 256 KiB are buffered. It
/// fails with `BrokenPipe` after the command has ended.
pub struct ExecStdin {
    relay: Arc<Relay>,
}

impl ExecStdin {
    pub(super) fn new(relay: &Arc<Relay>) -> Self {
        ExecStdin { relay: Arc::clone(relay) }
    }

    /// Writes some of `bytes`, waiting at most `timeout` for room.
    ///
    /// # Errors
    /// `Timeout` if there was no room, `Disconnected` if the command accepts no
    /// more input.
    pub fn write_timeout(&self, bytes: &[u8], timeout: Duration) -> Result<usize> {
        match self.relay.write(bytes, Some(timeout)) {
            None => Err(Error::timeout("the command does not read its input")),
            Some(0) if !bytes.is_empty() => {
                Err(Error::new(ErrorKind::Disconnected, "the command accepts no more input"))
            }
            Some(count) => Ok(count),
        }
    }

    /// Converts the input into a descriptor for an event loop. Closing it or
    /// shutting down its write side closes the input. It is a socket with
    /// close-on-exec, initially blocking. A thread copies the bytes. The caller
    /// owns the descriptor.
    ///
    /// # Errors
    /// `Io` if no descriptor or thread can be created.
    pub fn into_fd(self) -> Result<OwnedFd> {
        let (near, far) = pair()?;
        tasks::spawn_thread("sandcell-input", move || self.copy_from(&near))?;
        Ok(far.into())
    }

    fn copy_from(self, from: &UnixStream) {
        let until_finished = CallContext::unlimited().with_cancel(&self.relay.streams.finished);
        let mut buffer = vec![0; CHUNK_SIZE];
        loop {
            match sys::recv(from.as_fd(), &mut buffer) {
                Ok(0) => return, // dropping `self` closes the input
                Ok(count) if self.relay.write_all(&buffer[..count]) => {
                    if count == buffer.len() {
                        buffer.resize(BULK_CHUNK_SIZE, 0);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if until_finished.wait(from.as_fd(), PollFlags::POLLIN).is_err() {
                        return;
                    }
                }
                _ => return,
            }
        }
    }
}

impl Write for ExecStdin {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.relay.write(bytes, None) {
            Some(0) | None if !bytes.is_empty() => Err(io::ErrorKind::BrokenPipe.into()),
            count => Ok(count.unwrap_or(0)),
        }
    }

    /// Does nothing: written bytes are already on their way.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for ExecStdin {
    fn drop(&mut self) {
        self.relay.close_input();
    }
}

impl fmt::Debug for ExecStdin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecStdin").finish_non_exhaustive()
    }
}

fn pair() -> Result<(UnixStream, UnixStream)> {
    sys::socket_pair().map_err(|e| Error::io("create a socket pair", e))
}
