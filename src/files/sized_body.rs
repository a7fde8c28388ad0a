//! The contents of a file to be written, with a known length.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::sync::Arc;

use super::copy::{CHUNK, read_chunk};
use crate::api::CallContext;
use crate::error::{Error, Result};
use crate::tasks::Tasks;
use crate::{supplied, sys};

/// Contents of unknown length above this many bytes go to a temporary file.
const MAX_MEMORY: usize = 1024 * 1024;

/// Contents of known length, as a reader.
pub(super) struct SizedBody<'a> {
    reader: Box<dyn Read + 'a>,
    size: u64,
}

impl<'a> SizedBody<'a> {
    /// Wraps `from`, which must yield exactly `size` bytes. Without a `size`,
    /// reads `from` to its end now.
    pub(super) fn new(
        from: &'a mut dyn Read,
        size: Option<u64>,
        context: &CallContext,
        tasks: &Arc<Tasks>,
    ) -> Result<Self> {
        if let Some(size) = size {
            return Ok(SizedBody { reader: Box::new(ExactReader { from, left: size }), size });
        }
        let (mut bytes, mut chunk) = (Vec::new(), vec![0; CHUNK]);
        let mut spill: Option<Spill> = None;
        loop {
            context.check()?;
            let count = read_chunk(from, &mut chunk)?;
            if count == 0 {
                break;
            }
            bytes.extend_from_slice(&chunk[..count]);
            if bytes.len() > MAX_MEMORY {
                let spill = match &mut spill {
                    Some(spill) => spill,
                    empty => empty.insert(Spill::new(tasks)?),
                };
                spill.append(&bytes)?;
                bytes.clear();
            }
        }
        let size = spill.as_ref().map_or(0, |spill| spill.end) + bytes.len() as u64;
        let reader: Box<dyn Read> = match spill {
            Some(spill) => Box::new(spill.chain(Cursor::new(bytes))),
            None => Box::new(Cursor::new(bytes)),
        };
        Ok(SizedBody { reader, size })
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }
}

impl Read for SizedBody<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

/// An unlinked file that is written, and then read.
struct Spill {
    /// `None` once `drop` has moved it to another thread.
    file: Option<File>,
    tasks: Arc<Tasks>,
    at: u64,
    end: u64,
}

impl Spill {
    fn new(tasks: &Arc<Tasks>) -> Result<Self> {
        let file = sys::spill_file().map_err(|e| Error::io("create a temporary file", e))?;
        Ok(Spill { file: Some(file), tasks: Arc::clone(tasks), at: 0, end: 0 })
    }

    fn file(&self) -> io::Result<&File> {
        self.file.as_ref().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.file().and_then(|file| sys::write_at(file, bytes, self.end));
        written.map_err(|e| Error::io("write to a temporary file", e))?;
        self.end += bytes.len() as u64;
        Ok(())
    }
}

impl Read for Spill {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let count = left.min(buffer.len());
        sys::read_at(self.file()?, &mut buffer[..count], self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Drop for Spill {
    /// Closes the file on another thread: freeing the disk blocks of a large file
    /// takes long.
    fn drop(&mut self) {
        let file = self.file.take();
        if let Err(error) = self.tasks.spawn("sandcell-spill", move || drop(file)) {
            log::debug!("a temporary file is closed on the caller's thread: {error:#}");
        }
    }
}

/// A reader that fails if `from` is shorter or longer than `left` bytes.
struct ExactReader<'a> {
    from: &'a mut dyn Read,
    left: u64,
}

impl Read for ExactReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = supplied::read(self.from, buffer)?;
        let problem = match self.left.checked_sub(count as u64) {
            Some(left) if count > 0 || left == 0 || buffer.is_empty() => {
                self.left = left;
                return Ok(count);
            }
            Some(left) => format!("the contents are {left} bytes shorter"),
            None => "the contents are longer".to_owned(),
        };
        Err(io::Error::other(Error::invalid("size", problem)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn content(bytes: &[u8], size: Option<u64>) -> Result<Vec<u8>> {
        let mut from = bytes;
        let mut content =
            SizedBody::new(&mut from, size, &CallContext::unlimited(), &Arc::default())?;
        let (size, mut read) = (content.size(), Vec::new());
        let all = content.read_to_end(&mut read);
        all.map_err(|e| Error::passed_on("read", e))?;
        assert_eq!(size, read.len() as u64);
        Ok(read)
    }

    #[test]
    fn contents_are_whole_in_memory_and_in_a_file() {
        for len in [0, 1, CHUNK, MAX_MEMORY, MAX_MEMORY + 1, 3 * MAX_MEMORY + 7] {
            let bytes: Vec<u8> = (0..len).map(|n| (n % 251) as u8).collect();
            for size in [None, Some(len as u64)] {
                assert!(content(&bytes, size).unwrap() == bytes, "{len} {size:?}");
            }
        }
    }

    #[test]
    fn a_wrong_size_is_the_callers_mistake() {
        for size in [0, 2, 4] {
            let error = content(b"abc", Some(size)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
            assert!(error.to_string().starts_with("size: "), "{error}");
        }
    }

    #[test]
    fn a_failed_spill_is_an_error() {
        sys::fault::after(0);
        let error = content(&vec![0; 2 * MAX_MEMORY], None).unwrap_err();
        sys::fault::disarm();
        assert_eq!(error.kind(), ErrorKind::Io);
    }
}
