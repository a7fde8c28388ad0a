//! The input of a running command, as far as it goes without blocking.

use std::io::{self, ErrorKind::WouldBlock};
use std::sync::Arc;

use super::streams::Streams;
use crate::api::Stream;

/// How much is taken from a writer at once.
const PART: usize = 64 * 1024;
/// End of input, typed on a terminal.
const END_OF_TRANSMISSION: u8 = 0x04;

/// Sends input, and its end.
#[derive(Debug)]
pub(super) struct Input {
    pending: Arc<[u8]>,
    sent: usize,
    /// The last byte that was taken to be sent.
    last: Option<u8>,
    next: NextInput,
    tty: bool,
}

/// What follows when nothing is pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NextInput {
    /// What a writer gives, until it is done.
    Writer,
    /// The end of the input.
    End,
    Nothing,
}

impl Input {
    /// No input: it is at its end from the start.
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

    /// Whether there may be more to send if the stream takes it. While a part
    /// of it was sent a writer may have rung for the next, and will not again.
    pub(super) fn wants_to_send(&self) -> bool {
        self.is_pending() || (self.next == NextInput::Writer && !self.pending.is_empty())
    }

    fn is_pending(&self) -> bool {
        self.sent < self.pending.len()
    }

    /// Sends what the stream takes now, once: the output must be drained, too.
    pub(super) fn feed(&mut self, stream: &mut dyn Stream, streams: &Streams) -> io::Result<()> {
        match self.try_feed(stream, streams) {
            Err(error) if error.kind() == WouldBlock => Ok(()),
            // The command may end without reading its input: the end of its
            // output will tell, not this.
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

    /// Takes the next part from the writer.
    fn take(&mut self, streams: &Streams) {
        let (part, closed) = streams.update(|state| {
            let count = state.unsent.bytes.len().min(PART);
            let part: Arc<[u8]> = state.unsent.bytes.drain(..count).collect();
            (part, state.unsent.closed && state.unsent.bytes.is_empty())
        });
        self.last = part.last().copied().or(self.last);
        self.pending = part;
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
        // Ending the write side would make the engine drop all later output,
        // so the end of input is typed. Inside a line it takes two: the first
        // only hands the line over.
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
    fn what_a_writer_adds_while_a_part_is_sent_is_not_forgotten() {
        let spool = || Spool::new(0, 0, Overflow::KeepHead);
        let streams = Streams::new(spool(), spool());
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let (mut stream, mut input) = (SocketStream::from(ours), Input::from_writer(false));
        for part in [b"a", b"b"] {
            // Its wake may have been heard already.
            streams.write_input(part, None).unwrap();
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
