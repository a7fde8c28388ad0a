//! A connection to the engine, with a read buffer.

use std::io;
use std::sync::Arc;

use nix::poll::PollFlags;

use crate::api::{self, Stream};
use crate::call_context::CallContext;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::Endpoint;

/// The sizes of the first read and, after one that filled the buffer, of others. Most
/// JSON responses fit into the first; streams have their own buffer.
const READ_SIZE: usize = 4 * 1024;
const BULK_READ_SIZE: usize = 16 * 1024;
/// The limit of unconsumed bytes: of a head, or anything else that must be received
/// as a whole.
const MAX_UNCONSUMED: usize = 64 * 1024;

/// A connection to the engine.
#[derive(Debug)]
pub(super) struct Connection {
    endpoint: Arc<Endpoint>,
    stream: Box<dyn Stream>,
    /// The first `filled` bytes were received, of which the first `consumed` are
    /// consumed.
    received: Vec<u8>,
    filled: usize,
    consumed: usize,
    /// The size of the next read.
    read_size: usize,
    /// Whether a request was sent, to which nothing was received yet.
    awaits: bool,
    /// Whether the stream ended with a reset, which may lose bytes.
    reset: bool,
}

impl Connection {
    pub(super) fn new(endpoint: Arc<Endpoint>, stream: Box<dyn Stream>) -> Self {
        Connection {
            endpoint,
            stream,
            received: Vec::new(),
            filled: 0,
            consumed: 0,
            read_size: READ_SIZE,
            awaits: false,
            reset: false,
        }
    }

    /// Whether an idle connection can be reused: the engine has neither closed it
    /// nor sent any bytes.
    pub(super) fn is_idle(&mut self) -> bool {
        self.input().is_empty() && api::is_quiet(self.stream.as_mut())
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Writes all of `bytes`, within the limits of `context`.
    pub(super) fn send(&mut self, context: &CallContext, mut bytes: &[u8]) -> Result<()> {
        self.awaits = true;
        while !bytes.is_empty() {
            context.check()?;
            match self.stream.send(bytes) {
                Ok(sent) => bytes = &bytes[sent..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.wait(context, PollFlags::POLLOUT)?;
                }
                Err(error) => return Err(broken("sending to the engine", error)),
            }
        }
        Ok(())
    }

    /// Writes `bytes` until the engine responds. Returns true if all of them were
    /// written; false if the engine responded first, which is in the input then.
    pub(super) fn send_until_response(
        &mut self,
        context: &CallContext,
        mut bytes: &[u8],
    ) -> Result<bool> {
        while !bytes.is_empty() {
            context.check()?;
            if self.try_receive()?.is_some() {
                return Ok(false);
            }
            match self.stream.send(bytes) {
                Ok(sent) => bytes = &bytes[sent..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.wait(context, PollFlags::POLLIN | PollFlags::POLLOUT)?;
                }
                Err(error) => return Err(broken("sending to the engine", error)),
            }
        }
        Ok(true)
    }

    /// The received bytes that are not yet consumed.
    pub(super) fn input(&self) -> &[u8] {
        &self.received[self.consumed..self.filled]
    }

    pub(super) fn consume(&mut self, bytes: usize) {
        self.consumed += bytes;
        if self.consumed == self.filled {
            (self.filled, self.consumed) = (0, 0);
        }
    }

    /// Waits for more input; `false` at the end of the stream.
    pub(super) fn receive(&mut self, context: &CallContext) -> Result<bool> {
        // An engine takes its time: to look first would be in vain.
        if std::mem::take(&mut self.awaits) && self.stream.is_unbuffered() {
            self.wait(context, PollFlags::POLLIN)?;
        }
        loop {
            context.check()?;
            match self.try_receive()? {
                Some(more) => return Ok(more),
                None => self.wait(context, PollFlags::POLLIN)?,
            }
        }
    }

    fn wait(&self, context: &CallContext, interest: PollFlags) -> Result<()> {
        context.wait(self.stream.fd(), api::interest(self.stream.as_ref(), interest))
    }

    /// Receives available bytes: `None` if there are none, `Some(false)` at the end
    /// of the stream.
    fn try_receive(&mut self) -> Result<Option<bool>> {
        self.received.copy_within(self.consumed..self.filled, 0);
        self.filled -= self.consumed;
        self.consumed = 0;
        if self.filled > MAX_UNCONSUMED {
            let problem = "the engine's response has a head or chunk header over 64 KiB";
            return Err(Error::protocol(problem));
        }
        let size = self.filled + self.read_size;
        if self.received.len() < size {
            self.received.resize(size, 0);
        }
        let result = self.stream.recv(&mut self.received[self.filled..size]);
        self.filled += *result.as_ref().unwrap_or(&0);
        if self.filled == size {
            self.read_size = BULK_READ_SIZE;
        }
        match result {
            Ok(count) => Ok(Some(count > 0)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            // An engine that closes a connection with unread bytes resets it. What
            // it had sent was received before this.
            Err(error) if is_cut(&error) => {
                self.reset = true;
                Ok(Some(false))
            }
            Err(error) => Err(broken("receiving from the engine", error)),
        }
    }

    /// Whether the stream ended with a reset.
    pub(super) fn was_reset(&self) -> bool {
        self.reset
    }

    /// The stream, and the received bytes that are not yet consumed.
    pub(super) fn into_parts(self) -> (Box<dyn Stream>, Vec<u8>) {
        let unconsumed = self.input().to_vec();
        (self.stream, unconsumed)
    }
}

fn is_cut(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof)
}

/// The stream's own error, or that the connection was lost while `doing`.
fn broken(doing: &str, error: io::Error) -> Error {
    error.downcast::<Error>().unwrap_or_else(|error| disconnected(doing).with_source(error))
}

/// The error for a connection that was lost while `doing`.
pub(super) fn disconnected(doing: &str) -> Error {
    let message = format!("the connection to the engine was lost while {doing}");
    Error::new(ErrorKind::Disconnected, message)
}
