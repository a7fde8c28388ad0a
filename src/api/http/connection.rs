//! A connection with the bytes that were read ahead.

use std::io;
use std::sync::Arc;

use nix::poll::PollFlags;

use crate::api::{self, Stream};
use crate::call_context::CallContext;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::Endpoint;

/// How much one read asks for: JSON answers fit, streams have their own buffer.
const READ_SIZE: usize = 16 * 1024;
/// What is received must be used before it is this much: no head, and nothing
/// else that has to be there as a whole, may be longer.
const MAX_UNUSED: usize = 64 * 1024;

/// A connection to the engine.
#[derive(Debug)]
pub(super) struct Connection {
    endpoint: Arc<Endpoint>,
    stream: Box<dyn Stream>,
    /// What was received; the first `used` bytes of it are done with.
    received: Vec<u8>,
    used: usize,
    /// Whether the stream ended with a reset: some of it may be lost.
    reset: bool,
}

impl Connection {
    pub(super) fn new(endpoint: Arc<Endpoint>, stream: Box<dyn Stream>) -> Self {
        Connection { endpoint, stream, received: Vec::new(), used: 0, reset: false }
    }

    /// Whether an idle connection can be used again: the engine has neither
    /// closed it nor sent anything unasked.
    pub(super) fn is_idle(&mut self) -> bool {
        self.input().is_empty() && api::is_quiet(self.stream.as_mut())
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Writes all of `bytes`, under the limits of `context`.
    pub(super) fn send(&mut self, context: &CallContext, mut bytes: &[u8]) -> Result<()> {
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

    /// Writes all of `bytes`, unless the engine says something before; whether
    /// it did not. What it says is input then.
    pub(super) fn send_unless_answered(
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

    /// The bytes received and not yet used.
    pub(super) fn input(&self) -> &[u8] {
        &self.received[self.used..]
    }

    pub(super) fn use_up(&mut self, bytes: usize) {
        self.used += bytes;
        if self.used == self.received.len() {
            self.received.clear();
            self.used = 0;
        }
    }

    /// Waits for more input; `false` at the end of the stream.
    pub(super) fn receive(&mut self, context: &CallContext) -> Result<bool> {
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

    /// Takes what input is there, if any; `Some(false)` at the end of the
    /// stream.
    fn try_receive(&mut self) -> Result<Option<bool>> {
        self.received.drain(..self.used);
        self.used = 0;
        let filled = self.received.len();
        if filled > MAX_UNUSED {
            return Err(Error::protocol("the engine's answer has an endless head or chunk"));
        }
        self.received.resize(filled + READ_SIZE, 0);
        let result = self.stream.recv(&mut self.received[filled..]);
        self.received.truncate(filled + *result.as_ref().unwrap_or(&0));
        match result {
            Ok(count) => Ok(Some(count > 0)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            // An engine that ends a connection with our bytes unread resets
            // it; what it had sent was delivered before this.
            Err(error) if is_cut(&error) => {
                self.reset = true;
                Ok(Some(false))
            }
            Err(error) => Err(broken("receiving from the engine", error)),
        }
    }

    /// Whether the engine ended the stream out of order.
    pub(super) fn was_reset(&self) -> bool {
        self.reset
    }

    /// The bare stream, and the bytes of it that were read ahead.
    pub(super) fn into_parts(mut self) -> (Box<dyn Stream>, Vec<u8>) {
        let ahead = self.received.split_off(self.used);
        (self.stream, ahead)
    }
}

fn is_cut(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof)
}

/// What the stream says of its end, or that it broke while `doing`.
fn broken(doing: &str, error: io::Error) -> Error {
    error.downcast::<Error>().unwrap_or_else(|error| disconnected(doing).with_source(error))
}

/// The connection broke while `doing`.
pub(super) fn disconnected(doing: &str) -> Error {
    Error::new(ErrorKind::Disconnected, format!("the connection to the engine broke while {doing}"))
}
