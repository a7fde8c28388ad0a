//! A stream of which some bytes were already received.

use std::io;
use std::os::fd::BorrowedFd;

use super::Stream;

/// Yields `ahead`, then what `stream` receives: the first output of an exec
/// often arrives together with the head of the answer that starts it.
#[derive(Debug)]
pub(crate) struct Prebuffered {
    ahead: Vec<u8>,
    stream: Box<dyn Stream>,
}

impl Prebuffered {
    pub(crate) fn new(ahead: Vec<u8>, stream: Box<dyn Stream>) -> Self {
        Prebuffered { ahead, stream }
    }
}

impl Stream for Prebuffered {
    fn fd(&self) -> BorrowedFd<'_> {
        self.stream.fd()
    }

    fn recv(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ahead.is_empty() {
            return self.stream.recv(buffer);
        }
        let count = buffer.len().min(self.ahead.len());
        buffer[..count].copy_from_slice(&self.ahead[..count]);
        self.ahead.drain(..count);
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
}
