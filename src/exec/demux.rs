//! Demultiplexing an exec's output.
//!
//! Without a terminal the engine sends frames: `[stream, 0, 0, 0]`, the length as
//! a big-endian `u32`, and the payload. Reads may split them anywhere.

const HEADER: usize = 8;
/// From this length on, receiving a frame by itself costs less than moving it.
const LONG: usize = 16 * 1024;

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

#[derive(Debug)]
struct Frames {
    /// The part of the header received so far.
    header: [u8; HEADER],
    filled: usize,
    /// The stream of the current frame, and how many payload bytes are missing.
    channel: OutputStream,
    left: usize,
}

impl Default for Frames {
    fn default() -> Self {
        Frames { header: [0; HEADER], filled: 0, channel: OutputStream::Stdout, left: 0 }
    }
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

    /// How much to receive into a buffer of `size` bytes, of which
    /// [`sift`](Demux::sift) then has the least to move: the rest of a long frame, and
    /// the header behind it.
    pub(crate) fn best_size(&self, size: usize) -> usize {
        match &self.frames {
            Some(frames) if frames.left >= LONG => size.min(frames.left.saturating_add(HEADER)),
            _ => size,
        }
    }

    /// Moves the payload of `channel` in `bytes` to the front, and passes that of the
    /// other stream to `sink`, which gets nothing of the former, but is told when there
    /// is some. Returns how long the former is.
    pub(crate) fn sift(
        &mut self,
        bytes: &mut [u8],
        channel: OutputStream,
        mut sink: impl FnMut(OutputStream, &[u8]),
    ) -> (usize, Result<(), FrameError>) {
        match &mut self.frames {
            Some(frames) => frames.sift(bytes, channel, &mut sink),
            None if channel == OutputStream::Stdout => {
                sink(OutputStream::Stdout, &[]);
                (bytes.len(), Ok(()))
            }
            None => {
                sink(OutputStream::Stdout, bytes);
                (0, Ok(()))
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
            if self.left > 0 {
                let (payload, rest) = bytes.split_at(self.left.min(bytes.len()));
                self.left -= payload.len();
                bytes = rest;
                sink(self.channel, payload);
            } else {
                bytes = &bytes[self.take_header(bytes)?..];
            }
        }
        Ok(())
    }

    fn sift(
        &mut self,
        bytes: &mut [u8],
        channel: OutputStream,
        sink: &mut impl FnMut(OutputStream, &[u8]),
    ) -> (usize, Result<(), FrameError>) {
        let (mut at, mut kept) = (0, 0);
        while at < bytes.len() {
            if self.left == 0 {
                match self.take_header(&bytes[at..]) {
                    Ok(count) => at += count,
                    Err(error) => return (kept, Err(error)),
                }
                continue;
            }
            let end = at + self.left.min(bytes.len() - at);
            self.left -= end - at;
            if self.channel != channel {
                sink(self.channel, &bytes[at..end]);
            } else {
                if kept < at {
                    bytes.copy_within(at..end, kept);
                }
                sink(channel, &[]);
                kept += end - at;
            }
            at = end;
        }
        (kept, Ok(()))
    }

    /// Takes a header, or a part of one, from the front of `bytes`; returns how long
    /// it is.
    #[inline]
    fn take_header(&mut self, bytes: &[u8]) -> Result<usize, FrameError> {
        if let (0, Some((header, behind))) = (self.filled, bytes.split_first_chunk()) {
            self.open_frame(*header, behind)?;
            return Ok(HEADER);
        }
        let count = (HEADER - self.filled).min(bytes.len());
        let (part, behind) = bytes.split_at(count);
        self.header[self.filled..][..count].copy_from_slice(part);
        self.filled += count;
        if self.filled == HEADER {
            self.open_frame(self.header, behind)?;
            self.filled = 0;
        }
        Ok(count)
    }

    /// `behind` is what follows the header in the receive buffer.
    #[inline]
    fn open_frame(&mut self, header: [u8; HEADER], behind: &[u8]) -> Result<(), FrameError> {
        let [stream, 0, 0, 0, a, b, c, d] = header else {
            return Err(FrameError::BadHeader(header));
        };
        self.channel = match stream {
            // 0 is echoed input, which the API maps to stdout.
            0 | 1 => OutputStream::Stdout,
            2 => OutputStream::Stderr,
            3 => return Err(FrameError::Engine(String::from_utf8_lossy(behind).into_owned())),
            _ => return Err(FrameError::BadHeader(header)),
        };
        self.left = u32::from_be_bytes([a, b, c, d]) as usize;
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
    fn sifting_keeps_what_feeding_passes_on() {
        let wire = [frame(1, b"out"), frame(2, b""), frame(2, b"error"), frame(0, b"!")].concat();
        for channel in [OutputStream::Stdout, OutputStream::Stderr] {
            for cut in 0..=wire.len() {
                let (mut demux, mut kept, mut other) = (Demux::new(false), vec![], vec![]);
                for part in [&wire[..cut], &wire[cut..]] {
                    let mut bytes = part.to_vec();
                    let (count, sifted) = demux.sift(&mut bytes, channel, |of, bytes| {
                        assert!(of != channel || bytes.is_empty());
                        other.extend_from_slice(bytes);
                    });
                    assert_eq!(sifted, Ok(()));
                    kept.extend_from_slice(&bytes[..count]);
                }
                let (stdout, stderr) =
                    if channel == OutputStream::Stdout { (kept, other) } else { (other, kept) };
                assert_eq!((&stdout[..], &stderr[..]), (&b"out!"[..], &b"error"[..]));
                assert!(demux.is_between_frames());
            }
        }
    }

    #[test]
    fn what_came_before_an_invalid_frame_is_kept() {
        let mut bytes = [frame(1, b"good"), frame(9, b"bad")].concat();
        let sifted = Demux::new(false).sift(&mut bytes, OutputStream::Stdout, |_, _| {});
        assert_eq!((sifted.0, &bytes[..4]), (4, &b"good"[..]));
        assert!(matches!(sifted.1, Err(FrameError::BadHeader(_))));
    }

    #[test]
    fn a_long_frame_is_received_by_itself() {
        let mut demux = Demux::new(false);
        assert_eq!(demux.best_size(65_536), 65_536);
        let wire = frame(1, &[7; 40_000]);
        demux.feed(&wire[..HEADER + 10_000], |_, _| {}).unwrap();
        assert_eq!(demux.best_size(65_536), 30_000 + HEADER);
        assert_eq!(demux.best_size(4096), 4096);
        assert_eq!(Demux::new(true).best_size(4096), 4096);
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
