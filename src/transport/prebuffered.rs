//! A stream with bytes that were received in advance.

use std::io;
use std::os::fd::BorrowedFd;

use super::Stream;

/// Yields `buffer`, then what `stream` receives: the first output of an exec often
/// arrives together with the response head that precedes it.
#[derive(Debug)]
pub(crate) struct Prebuffered {
    buffer: Vec<u8>,
    stream: Box<dyn Stream>,
}

impl Prebuffered {
    pub(crate) fn new(buffer: Vec<u8>, stream: Box<dyn Stream>) -> Self {
        Prebuffered { buffer, stream }
    }
}

impl Stream for Prebuffered {
    fn fd(&self) -> BorrowedFd<'_> {
        self.stream.fd()
    }

    fn recv(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.buffer.is_empty() {
            return self.stream.recv(buffer);
        }
        let count = buffer.len().min(self.buffer.len());
        buffer[..count].copy_from_slice(&self.buffer[..count]);
        self.buffer.drain(..count);
        Ok(count)
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.send(bytes)
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        self.stream.shutdown_write()
    }

    fn wants_write(&self) -> bool {
        self.stream.wants_write()
    }

    fn is_unbuffered(&self) -> bool {
        self.buffer.is_empty() && self.stream.is_unbuffered()
    }
}
