//! Demultiplexing an exec's output.
//!
//! Without a terminal the engine sends frames: `[stream, 0, 0, 0]`, the length as
//! a big-endian `u32`, and the payload. Reads may split them anywhere.

const HEADER: usize = 8;

/// An output stream of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "there are two")]
pub enum OutputStream {
    /// Standard output; with a terminal, all output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// An invalid frame.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FrameError {
    /// An invalid header.
    #[error("invalid output frame header: {0:02x?}")]
    BadHeader([u8; HEADER]),
    /// An error that the engine reports within the output (stream 3); as much of
    /// its message as had arrived.
    #[error("the engine reported an error: {0}")]
    Engine(String),
}

/// An incremental demultiplexer. It passes payload on as it arrives, so that
/// memory use never depends on a length claimed by the engine.
#[derive(Debug)]
pub(crate) struct Demux {
    /// `None` with a terminal: a single raw stream.
    frames: Option<Frames>,
}

#[derive(Debug, Default)]
struct Frames {
    /// The part of the header received so far.
    header: [u8; HEADER],
    filled: usize,
    /// The stream of the current frame, and how many payload bytes are missing.
    channel: Option<OutputStream>,
    left: usize,
}

impl Demux {
    pub(crate) fn new(tty: bool) -> Self {
        Demux { frames: (!tty).then(Frames::default) }
    }

    /// Passes the payload in `bytes` to `sink`.
    pub(crate) fn feed(
        &mut self,
        bytes: &[u8],
        mut sink: impl FnMut(OutputStream, &[u8]),
    ) -> Result<(), FrameError> {
        match &mut self.frames {
            Some(frames) => frames.feed(bytes, &mut sink),
            None => {
                sink(OutputStream::Stdout, bytes);
                Ok(())
            }
        }
    }

    /// Whether the stream may end at this point.
    pub(crate) fn is_between_frames(&self) -> bool {
        self.frames.as_ref().is_none_or(|frames| frames.left == 0 && frames.filled == 0)
    }
}

impl Frames {
    fn feed(
        &mut self,
        mut bytes: &[u8],
        sink: &mut impl FnMut(OutputStream, &[u8]),
    ) -> Result<(), FrameError> {
        while !bytes.is_empty() {
            if let (Some(channel), 1..) = (self.channel, self.left) {
                let (payload, rest) = bytes.split_at(self.left.min(bytes.len()));
                self.left -= payload.len();
                bytes = rest;
                sink(channel, payload);
            } else {
                let count = (HEADER - self.filled).min(bytes.len());
                let (part, rest) = bytes.split_at(count);
                self.header[self.filled..][..count].copy_from_slice(part);
                self.filled += count;
                bytes = rest;
                if self.filled == HEADER {
                    self.open_frame(bytes)?;
                }
            }
        }
        Ok(())
    }

    /// `behind` is what follows the header in the receive buffer.
    fn open_frame(&mut self, behind: &[u8]) -> Result<(), FrameError> {
        let [stream, 0, 0, 0, a, b, c, d] = self.header else {
            return Err(FrameError::BadHeader(self.header));
        };
        self.channel = match stream {
            // 0 is echoed input, which the API maps to stdout.
            0 | 1 => Some(OutputStream::Stdout),
            2 => Some(OutputStream::Stderr),
            3 => return Err(FrameError::Engine(String::from_utf8_lossy(behind).into_owned())),
            _ => return Err(FrameError::BadHeader(self.header)),
        };
        self.left = u32::from_be_bytes([a, b, c, d]) as usize;
        self.filled = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(stream: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![stream, 0, 0, 0];
        bytes.extend_from_slice(&u32::try_from(payload.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(payload);
        bytes
    }

    #[derive(Default, Debug, PartialEq)]
    struct Streams {
        stdout: Vec<u8>,
        stderr: Vec<u8>,
    }

    fn feed_all(demux: &mut Demux, parts: &[&[u8]]) -> Result<Streams, FrameError> {
        let mut streams = Streams::default();
        for part in parts {
            demux.feed(part, |channel, bytes| match channel {
                OutputStream::Stdout => streams.stdout.extend_from_slice(bytes),
                OutputStream::Stderr => streams.stderr.extend_from_slice(bytes),
            })?;
        }
        Ok(streams)
    }

    #[test]
    fn frames_may_be_split_at_any_two_positions() {
        let wire = [frame(1, b"out"), frame(2, b""), frame(2, b"error"), frame(0, b"!")].concat();
        let expected = Streams { stdout: b"out!".to_vec(), stderr: b"error".to_vec() };
        for first in 0..=wire.len() {
            for second in first..=wire.len() {
                let mut demux = Demux::new(false);
                let parts = [&wire[..first], &wire[first..second], &wire[second..]];
                assert_eq!(feed_all(&mut demux, &parts).unwrap(), expected);
                assert!(demux.is_between_frames());
            }
        }
    }

    #[test]
    fn knows_whether_the_stream_may_end() {
        let wire = frame(1, b"out");
        for cut in 1..wire.len() {
            let mut demux = Demux::new(false);
            feed_all(&mut demux, &[&wire[..cut]]).unwrap();
            assert!(!demux.is_between_frames(), "cut at {cut}");
        }
    }

    #[test]
    fn a_claimed_length_costs_nothing() {
        let mut demux = Demux::new(false);
        let streams = feed_all(&mut demux, &[&[1, 0, 0, 0, 255, 255, 255, 255], b"x"]).unwrap();
        assert_eq!(streams.stdout, b"x");
    }

    #[test]
    fn an_invalid_frame_is_an_error() {
        for header in [[4, 0, 0, 0, 0, 0, 0, 1], [1, 1, 0, 0, 0, 0, 0, 1], *b"HTTP/1.1"] {
            let error = feed_all(&mut Demux::new(false), &[&header]).unwrap_err();
            assert_eq!(error, FrameError::BadHeader(header));
        }
        let error = feed_all(&mut Demux::new(false), &[&frame(3, b"boom")]).unwrap_err();
        assert_eq!(error, FrameError::Engine("boom".to_owned()));
    }

    #[test]
    fn a_terminal_is_one_raw_stream() {
        let mut demux = Demux::new(true);
        let streams = feed_all(&mut demux, &[b"\x01\0\0\0\0", b"x"]).unwrap();
        assert_eq!(streams.stdout, b"\x01\0\0\0\0x");
        assert!(demux.is_between_frames());
    }
}
