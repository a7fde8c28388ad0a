//! Non-blocking delivery of a command's input.

use std::io::{self, ErrorKind::WouldBlock};
use std::sync::Arc;

use super::streams::Streams;
use crate::api::Stream;

/// How much is taken from a writer at once.
const CHUNK_SIZE: usize = 64 * 1024;
/// The control character that ends the input of a terminal.
const END_OF_TRANSMISSION: u8 = 0x04;

/// Sends input and its end.
#[derive(Debug)]
pub(super) struct Input {
    pending: Arc<[u8]>,
    sent: usize,
    /// The last byte that was taken.
    last: Option<u8>,
    next: NextInput,
    tty: bool,
}

/// What follows the pending bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NextInput {
    /// More from a writer, until it is closed.
    Writer,
    /// The end of the input.
    End,
    Nothing,
}

impl Input {
    /// No input: end-of-file from the start.
    pub(super) fn none() -> Self {
        Input { pending: Arc::new([]), sent: 0, last: None, next: NextInput::Nothing, tty: false }
    }

    pub(super) fn bytes(bytes: Arc<[u8]>, tty: bool) -> Self {
        let last = bytes.last().copied();
        Input { pending: bytes, sent: 0, last, next: NextInput::End, tty }
    }

    pub(super) fn from_writer(tty: bool) -> Self {
        Input { next: NextInput::Writer, tty, ..Input::none() }
    }

    /// Whether to poll for writability. After a partial send, a writer may have
    /// signalled further input already and will not do so again.
    pub(super) fn wants_to_send(&self) -> bool {
        self.is_pending() || (self.next == NextInput::Writer && !self.pending.is_empty())
    }

    fn is_pending(&self) -> bool {
        self.sent < self.pending.len()
    }

    /// Sends what the stream accepts, once: the output must be drained as well.
    pub(super) fn feed(&mut self, stream: &mut dyn Stream, streams: &Streams) -> io::Result<()> {
        match self.try_feed(stream, streams) {
            Err(error) if error.kind() == WouldBlock => Ok(()),
            // A command may end without reading its input. That is reported by
            // the end of its output.
            Err(error) if is_peer_gone(&error) => {
                *self = Input::none();
                streams.update(|state| state.unsent.refused = true);
                Ok(())
            }
            result => result,
        }
    }

    fn try_feed(&mut self, stream: &mut dyn Stream, streams: &Streams) -> io::Result<()> {
        if !self.is_pending() && self.next == NextInput::Writer {
            self.take(streams);
        }
        if self.is_pending() {
            self.send(stream)?;
        }
        if !self.is_pending() && self.next == NextInput::End {
            self.end(stream)?;
        }
        Ok(())
    }

    /// Takes the next chunk from the writer.
    fn take(&mut self, streams: &Streams) {
        if streams.lock().unsent.is_idle() {
            (self.pending, self.sent) = (Arc::default(), 0);
            return;
        }
        let (chunk, closed) = streams.update(|state| {
            let count = state.unsent.bytes.len().min(CHUNK_SIZE);
            let chunk: Arc<[u8]> = state.unsent.bytes.drain(..count).collect();
            (chunk, state.unsent.closed && state.unsent.bytes.is_empty())
        });
        self.last = chunk.last().copied().or(self.last);
        self.pending = chunk;
        self.sent = 0;
        if closed {
            self.next = NextInput::End;
        }
    }

    fn end(&mut self, stream: &mut dyn Stream) -> io::Result<()> {
        self.next = NextInput::Nothing;
        if !self.tty {
            return stream.shutdown_write();
        }
        // Closing the write side would make the engine drop all later output, so
        // the terminal's end-of-file character is sent. Within a line it takes
        // two: the first only submits the line.
        let inside_line = self.last.is_some_and(|last| last != b'\n');
        self.pending = vec![END_OF_TRANSMISSION; 1 + usize::from(inside_line)].into();
        self.sent = 0;
        self.send(stream)
    }

    fn send(&mut self, stream: &mut dyn Stream) -> io::Result<()> {
        self.sent += stream.send(&self.pending[self.sent..])?;
        Ok(())
    }
}

fn is_peer_gone(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected};
    matches!(error.kind(), BrokenPipe | ConnectionReset | ConnectionAborted | NotConnected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::unix::net::UnixStream;

    use super::super::{Overflow, spool::Spool};
    use crate::api::SocketStream;

    #[test]
    fn input_written_during_a_partial_send_is_sent() {
        let spool = || Spool::new(0, 0, Overflow::KeepHead);
        let streams = Streams::new(spool(), spool());
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let (mut stream, mut input) = (SocketStream::from(ours), Input::from_writer(false));
        for chunk in [b"a", b"b"] {
            // Its wake-up may have been consumed already.
            streams.write_input(chunk, None).unwrap();
            input.feed(&mut stream, &streams).unwrap();
            assert!(input.wants_to_send(), "there may be more by now");
        }
        input.feed(&mut stream, &streams).unwrap();
        assert!(!input.wants_to_send(), "there was nothing more");
        let mut sent = [0; 2];
        theirs.read_exact(&mut sent).unwrap();
        assert_eq!(&sent, b"ab");
    }
}
