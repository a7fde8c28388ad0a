//! Unread output of a command: bounded memory first, then an unlinked file, after
//! which bytes are dropped and counted.

use std::collections::VecDeque;
use std::fs::File;
use std::io;

use super::overflow::Overflow;
use crate::sys;

/// The unread output of one stream.
#[derive(Debug)]
pub(super) struct Spool {
    /// The oldest bytes. Once full, what follows goes to `tail`.
    head: Buffer,
    /// The newest bytes.
    tail: Buffer,
    overflowed: bool,
    total: u64,
    dropped: u64,
    /// Whether the end may be missing.
    is_cut: bool,
}

impl Spool {
    /// A spool of up to `limit` unread bytes, up to `memory` of them in memory.
    pub(super) fn new(limit: u64, memory: usize, overflow: Overflow) -> Self {
        let (head, tail) = match overflow {
            Overflow::KeepHead | Overflow::Kill => (limit, 0),
            Overflow::KeepTail => (0, limit),
            Overflow::KeepHeadAndTail => (limit.div_ceil(2), limit / 2),
        };
        let share = |part: u64| match limit {
            0 => 0,
            _ => usize::try_from(u128::from(part) * memory as u128 / u128::from(limit))
                .unwrap_or(memory),
        };
        Spool {
            head: Buffer::new(head, share(head)),
            tail: Buffer::new(tail, share(tail)),
            overflowed: false,
            total: 0,
            dropped: 0,
            is_cut: false,
        }
    }

    /// Remembers that the engine may have lost the end.
    pub(super) fn mark_cut(&mut self) {
        self.is_cut = true;
    }

    /// Appends bytes and drops those beyond the limit.
    #[inline]
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.total += bytes.len() as u64;
        if self.overflowed && self.tail.limit == 0 {
            self.dropped += bytes.len() as u64;
            return;
        }
        let taken = if self.overflowed { 0 } else { self.head.push(bytes) };
        if taken < bytes.len() {
            self.overflowed = true;
            self.dropped += self.tail.push_newest(&bytes[taken..]);
        }
    }

    /// Whether what comes next is what is read next, so that it need not be stored.
    pub(super) fn is_passing(&self) -> bool {
        let is_empty = self.head.len() == 0 && self.tail.len() == 0;
        is_empty && !self.overflowed && self.head.limit + self.tail.limit > 0
    }

    /// Counts bytes that were read without being stored.
    pub(super) fn pass(&mut self, count: usize) {
        self.total += count as u64;
    }

    /// Reads the oldest unread bytes; returns 0 if there are none.
    pub(super) fn pop(&mut self, out: &mut [u8]) -> usize {
        match self.head.pop(out) {
            0 => self.tail.pop(out),
            count => count,
        }
    }

    /// Reads all unread bytes; returns them and the offset of dropped bytes.
    ///
    /// A hostile command chooses their number: bytes for which there is no memory
    /// are dropped and counted.
    pub(super) fn pop_all(&mut self) -> (Vec<u8>, Option<usize>) {
        let mut bytes = Vec::new();
        self.dropped += self.head.pop_all(&mut bytes);
        let gap = bytes.len();
        self.dropped += self.tail.pop_all(&mut bytes);
        let end = self.is_cut.then_some(bytes.len());
        (bytes, (self.dropped > 0).then_some(gap).or(end))
    }

    /// How many bytes the command wrote.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// How many bytes were dropped.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }
}

/// A bounded queue of bytes that moves from memory to a file as it grows.
#[derive(Debug)]
struct Buffer {
    limit: u64,
    memory: usize,
    store: Store,
}

#[derive(Debug)]
enum Store {
    Memory(VecDeque<u8>),
    /// A ring buffer of `limit` bytes.
    File {
        file: File,
        start: u64,
        len: u64,
    },
}

impl Buffer {
    fn new(limit: u64, memory: usize) -> Self {
        Buffer { limit, memory, store: Store::Memory(VecDeque::new()) }
    }

    fn len(&self) -> u64 {
        match &self.store {
            Store::Memory(bytes) => bytes.len() as u64,
            Store::File { len, .. } => *len,
        }
    }

    /// Appends as many of `bytes` as fit; returns how many.
    fn push(&mut self, bytes: &[u8]) -> usize {
        let room = self.limit - self.len();
        let count = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        match self.append(&bytes[..count]) {
            Ok(()) => count,
            Err(error) => {
                log::warn!("dropping output that cannot be spooled to a file: {error:#}");
                self.limit = self.len(); // keep what is readable
                0
            }
        }
    }

    /// Appends `bytes` and drops the oldest to make room; returns how many bytes
    /// were dropped.
    fn push_newest(&mut self, bytes: &[u8]) -> u64 {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let (too_old, bytes) = bytes.split_at(bytes.len().saturating_sub(limit));
        let excess = (self.len() + bytes.len() as u64).saturating_sub(self.limit);
        self.skip(excess);
        let taken = self.push(bytes);
        too_old.len() as u64 + excess + (bytes.len() - taken) as u64
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.store {
            Store::Memory(queue) if queue.len() + bytes.len() <= self.memory => {
                queue.try_reserve(bytes.len()).map_err(io::Error::other)?;
                queue.extend(bytes);
                return Ok(());
            }
            Store::Memory(queue) => {
                let file = sys::spill_file()?;
                sys::write_at(&file, queue.make_contiguous(), 0)?;
                let len = queue.len() as u64;
                self.store = Store::File { file, start: 0, len };
            }
            Store::File { .. } => {}
        }
        let Store::File { file, start, len } = &mut self.store else { return Ok(()) };
        let at = (*start + *len) % self.limit;
        let before_wrap = usize::try_from(self.limit - at).unwrap_or(usize::MAX).min(bytes.len());
        sys::write_at(file, &bytes[..before_wrap], at)?;
        sys::write_at(file, &bytes[before_wrap..], 0)?;
        *len += bytes.len() as u64;
        Ok(())
    }

    fn pop(&mut self, out: &mut [u8]) -> usize {
        let count = match &mut self.store {
            Store::Memory(queue) => {
                let count = queue.len().min(out.len());
                let (first, second) = queue.as_slices();
                let from_first = first.len().min(count);
                out[..from_first].copy_from_slice(&first[..from_first]);
                out[from_first..count].copy_from_slice(&second[..count - from_first]);
                count
            }
            Store::File { file, start, len } => {
                let in_one_piece = (self.limit - *start).min(*len);
                let count = usize::try_from(in_one_piece).unwrap_or(usize::MAX).min(out.len());
                match sys::read_at(file, &mut out[..count], *start) {
                    Ok(()) => count,
                    Err(error) => {
                        log::error!("cannot read spooled output: {error:#}");
                        *len = 0;
                        0
                    }
                }
            }
        };
        self.skip(count as u64);
        count
    }

    /// Moves everything to the end of `bytes`; returns how many bytes were lost
    /// because there was no memory or the file could not be read.
    fn pop_all(&mut self, bytes: &mut Vec<u8>) -> u64 {
        let len = self.len();
        match &mut self.store {
            Store::Memory(queue) if bytes.is_empty() => *bytes = std::mem::take(queue).into(),
            _ => {
                // One more for the NUL that the C API appends.
                let room = usize::try_from(len).ok().and_then(|len| len.checked_add(1));
                if room.is_none_or(|room| bytes.try_reserve_exact(room).is_err()) {
                    log::error!("dropping {len} bytes of output: out of memory");
                    self.skip(len);
                    return len;
                }
                return len - self.read_into(bytes);
            }
        }
        0
    }

    /// Moves everything to the end of `bytes`, which has room; returns how many
    /// bytes.
    fn read_into(&mut self, bytes: &mut Vec<u8>) -> u64 {
        let (mut part, before) = (vec![0; 64 * 1024], bytes.len());
        loop {
            match self.pop(&mut part) {
                0 => return (bytes.len() - before) as u64,
                count => bytes.extend_from_slice(&part[..count]),
            }
        }
    }

    /// Drops the oldest `count` bytes. An empty file is replaced by memory.
    fn skip(&mut self, count: u64) {
        match &mut self.store {
            Store::Memory(queue) => {
                queue.drain(..usize::try_from(count).unwrap_or(usize::MAX).min(queue.len()));
            }
            Store::File { start, len, .. } => {
                *start = (*start + count) % self.limit.max(1);
                *len = len.saturating_sub(count);
                if *len == 0 {
                    self.store = Store::Memory(VecDeque::new());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pushes `0, 1, 2, …` in chunks of one size and reads chunks of another in between.
    fn check(keep: Overflow, limit: u64, memory: usize, push: usize, pop_every: usize, pop: usize) {
        let mut spool = Spool::new(limit, memory, keep);
        let (mut written, mut read) = (Vec::new(), Vec::new());
        let mut out = vec![0; pop];
        for round in 1..200 {
            let part: Vec<u8> = (written.len()..written.len() + push).map(|n| n as u8).collect();
            spool.push(&part);
            written.extend_from_slice(&part);
            if round % pop_every == 0 {
                let count = spool.pop(&mut out);
                read.extend_from_slice(&out[..count]);
            }
        }
        assert_eq!(spool.total(), written.len() as u64);
        read.append(&mut spool.pop_all().0);
        assert_eq!(read.len() as u64 + spool.dropped(), spool.total());
        if spool.dropped() == 0 {
            assert_eq!(read, written);
        } else if keep == Overflow::KeepHead {
            assert_eq!(read, written[..read.len()]);
        } else if keep == Overflow::KeepTail && pop_every == usize::MAX {
            assert_eq!(read, written[written.len() - read.len()..]);
        }
    }

    #[test]
    fn every_byte_is_read_once_or_counted_as_dropped() {
        for keep in [Overflow::KeepHead, Overflow::KeepTail, Overflow::KeepHeadAndTail] {
            for limit in [0, 1, 7, 100, 10_000] {
                for memory in [0, 5, 1000] {
                    for push in [1, 3, 250] {
                        check(keep, limit, memory, push, usize::MAX, 1);
                        check(keep, limit, memory, push, 2, 13);
                        check(keep, limit, memory, push, 1, 300);
                    }
                }
            }
        }
    }

    #[test]
    fn head_and_tail_are_separate() {
        let mut spool = Spool::new(10, 4, Overflow::KeepHeadAndTail);
        spool.push(b"0123456789");
        assert_eq!(spool.dropped(), 0);
        spool.push(b"abcdefgh");
        assert_eq!(spool.pop_all(), (b"01234defgh".to_vec(), Some(5)));
        assert_eq!((spool.total(), spool.dropped()), (18, 8));
    }

    #[test]
    fn a_spool_that_fits_is_whole() {
        let mut spool = Spool::new(10, 4, Overflow::KeepHeadAndTail);
        spool.push(b"0123456789");
        assert_eq!(spool.pop_all(), (b"0123456789".to_vec(), None));
    }

    #[test]
    fn output_that_there_is_no_memory_for_is_dropped_and_counted() {
        let mut spool = Spool::new(u64::MAX, 0, Overflow::KeepHeadAndTail);
        spool.push(b"head");
        // A file that claims to be longer than any memory.
        spool.total += 1 << 62;
        match &mut spool.head.store {
            Store::File { len, .. } => *len += 1 << 62,
            Store::Memory(_) => panic!("it is in memory"),
        }
        assert_eq!(spool.tail.push(b"tail"), 4);
        assert_eq!(spool.pop_all(), (b"tail".to_vec(), Some(0)));
        assert_eq!(spool.dropped(), 4 + (1 << 62));
    }

    #[test]
    fn without_a_file_the_rest_is_dropped_and_counted() {
        let mut spool = Spool::new(100, 4, Overflow::KeepHead);
        spool.push(b"0123");
        sys::fault::after(0);
        spool.push(b"4567");
        sys::fault::disarm();
        spool.push(b"89");
        assert_eq!(spool.pop_all(), (b"0123".to_vec(), Some(4)));
        assert_eq!((spool.total(), spool.dropped()), (10, 6));
    }
}
