//! The streams of a running command, to read and write.

use std::fmt;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use nix::poll::PollFlags;

use super::demux::OutputStream;
use super::streams::Streams;
use crate::api::CallContext;
use crate::error::{Error, ErrorKind, Result};
use crate::{sys, tasks};

/// How much is moved at once between a descriptor and a stream.
const PART: usize = 64 * 1024;

/// One output stream of a running command.
///
/// Reading waits for the command; it never makes the command wait: what is
/// unread is spooled, within [`ExecOptions::max_output`](crate::ExecOptions::max_output).
/// Each stream can be read to its end without touching the other.
pub struct ExecOutput {
    streams: Arc<Streams>,
    which: OutputStream,
}

impl ExecOutput {
    pub(super) fn new(streams: &Arc<Streams>, which: OutputStream) -> Self {
        ExecOutput { streams: Arc::clone(streams), which }
    }

    /// Reads what is there, waiting for at most `timeout`; 0 bytes are the end
    /// of the stream.
    ///
    /// # Errors
    /// `Timeout` if nothing came.
    pub fn read_timeout(&self, buffer: &mut [u8], timeout: Duration) -> Result<usize> {
        self.read_within(buffer, Some(timeout))
            .ok_or_else(|| Error::timeout("the command wrote nothing"))
    }

    fn read_within(&self, buffer: &mut [u8], timeout: Option<Duration>) -> Option<usize> {
        self.streams.wait_for(timeout, |state| {
            let count = state.spool(self.which).pop(buffer);
            let is_end = state.output_ended || state.left || buffer.is_empty();
            (count > 0 || is_end).then_some(count)
        })
    }

    /// How many bytes the command has written so far, read or not.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.streams.lock().spool(self.which).total()
    }

    /// How many bytes were dropped because they were beyond
    /// [`ExecOptions::max_output`](crate::ExecOptions::max_output).
    #[must_use]
    pub fn dropped_bytes(&self) -> u64 {
        self.streams.lock().spool(self.which).dropped()
    }

    /// Turns the stream into a descriptor, for an event loop: it becomes
    /// readable when there is output, and at the end of it. A socket,
    /// close-on-exec, blocking until the owner changes that; a thread moves
    /// the bytes until all are delivered or the descriptor is closed.
    ///
    /// # Errors
    /// `Io` if no descriptor or thread can be had.
    pub fn into_fd(self) -> Result<OwnedFd> {
        let (near, far) = pair()?;
        tasks::spawn_thread("sandcell-output", move || self.deliver(&near))?;
        Ok(far.into())
    }

    fn deliver(self, to: &UnixStream) {
        let mut buffer = vec![0; PART];
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

/// The input of a running command. Dropping it ends the input.
///
/// Writing waits while the command does not read (256 KiB are held for it),
/// and fails with `BrokenPipe` once it has ended.
pub struct ExecStdin {
    streams: Arc<Streams>,
}

impl ExecStdin {
    pub(super) fn new(streams: &Arc<Streams>) -> Self {
        ExecStdin { streams: Arc::clone(streams) }
    }

    /// Writes some of `bytes`, waiting for room for at most `timeout`.
    ///
    /// # Errors
    /// `Timeout` if there was no room, `Disconnected` if the command takes no
    /// more input.
    pub fn write_timeout(&self, bytes: &[u8], timeout: Duration) -> Result<usize> {
        match self.streams.write_input(bytes, Some(timeout)) {
            None => Err(Error::timeout("the command read nothing")),
            Some(0) if !bytes.is_empty() => {
                Err(Error::new(ErrorKind::Disconnected, "the command takes no more input"))
            }
            Some(count) => Ok(count),
        }
    }

    /// Turns the input into a descriptor, for an event loop: closing it, or
    /// ending its write side, ends the input. A socket, close-on-exec, blocking
    /// until the owner changes that; a thread moves the bytes.
    ///
    /// # Errors
    /// `Io` if no descriptor or thread can be had.
    pub fn into_fd(self) -> Result<OwnedFd> {
        let (near, far) = pair()?;
        tasks::spawn_thread("sandcell-input", move || self.collect(&near))?;
        Ok(far.into())
    }

    fn collect(self, from: &UnixStream) {
        let until_over = CallContext::unlimited().with_cancel(&self.streams.over);
        let mut buffer = vec![0; PART];
        loop {
            match sys::recv(from.as_fd(), &mut buffer) {
                Ok(0) => return, // dropping ends the input
                Ok(count) if self.streams.write_all_input(&buffer[..count]) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if until_over.wait(from.as_fd(), PollFlags::POLLIN).is_err() {
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
        match self.streams.write_input(bytes, None) {
            Some(0) | None if !bytes.is_empty() => Err(io::ErrorKind::BrokenPipe.into()),
            count => Ok(count.unwrap_or(0)),
        }
    }

    /// Does nothing: what was written is on its way.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for ExecStdin {
    fn drop(&mut self) {
        self.streams.close_input();
    }
}

impl fmt::Debug for ExecStdin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecStdin").finish_non_exhaustive()
    }
}

fn pair() -> Result<(UnixStream, UnixStream)> {
    sys::socket_pair().map_err(|e| Error::io("make a socket pair", e))
}
