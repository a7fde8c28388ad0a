//! Reads a tar archive that hostile code may have written.
//!
//! The `tar` crate parses header fields. Blocks and extensions are parsed here,
//! because the crate holds names of any length in memory, accepts a truncated
//! archive as complete, and loses a PAX name that contains a line feed.

use std::borrow::Cow;
use std::io::{self, BufReader, Read};

use tar::{EntryType, Header};

use super::copy::CHUNK;
use super::header::{BLOCK, padding};
use crate::error::{Error, ErrorKind, Result};

/// The size limit of a header extension, in bytes. Extensions hold names and
/// attributes that do not fit into a header, and are held in memory.
const MAX_EXTENSION: u64 = 1024 * 1024;
/// The limit of headers per entry, including extensions. Real programs write at
/// most four.
const MAX_HEADERS: u32 = 32;
/// The limit of bytes after the end of the archive, which programs pad.
const MAX_TRAILER: u64 = 1024 * 1024;

const TRUNCATED: &str = "is truncated";

/// An entry, and a reader of its data. Reading fails if the data is truncated.
pub(super) struct Entry<'a> {
    header: &'a Header,
    extensions: Extensions,
    tar: &'a mut dyn Read,
    left: u64,
}

/// Values of extension headers, which replace those of the header that follows.
#[derive(Default)]
struct Extensions {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
}

impl Entry<'_> {
    pub(super) fn header(&self) -> &Header {
        self.header
    }

    pub(super) fn path(&self) -> Cow<'_, [u8]> {
        match &self.extensions.path {
            Some(path) => path.into(),
            None => self.header.path_bytes(),
        }
    }

    /// The target of a link; empty if there is none.
    pub(super) fn link(&self) -> Cow<'_, [u8]> {
        match &self.extensions.link {
            Some(link) => link.into(),
            None => self.header.link_name_bytes().unwrap_or_default(),
        }
    }
}

impl Read for Entry<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let max = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.tar.read(&mut buffer[..max])?;
        if count == 0 && max > 0 {
            return Err(io::Error::other(bad(TRUNCATED)));
        }
        self.left -= count as u64;
        Ok(count)
    }
}

/// Calls `visit` for each entry, and skips data that it leaves unread. Reads
/// `tar` to its end, because only the end reports whether the sender succeeded.
pub(super) fn each_entry(
    tar: &mut dyn Read,
    mut visit: impl FnMut(&mut Entry<'_>) -> Result<()>,
) -> Result<()> {
    // Headers are small, and each read may cost a system call or a lock.
    let tar: &mut dyn Read = &mut BufReader::with_capacity(CHUNK, tar);
    let (mut extensions, mut headers) = (Extensions::default(), 0);
    while let Some(header) = next_header(tar)? {
        let size = header.entry_size().map_err(malformed)?;
        headers += 1;
        if headers > MAX_HEADERS {
            return Err(bad("an entry has too many extension headers"));
        }
        match header.entry_type() {
            EntryType::GNULongName => extensions.path = Some(long_name(tar, size)?),
            EntryType::GNULongLink => extensions.link = Some(long_name(tar, size)?),
            EntryType::XHeader => pax(&extension(tar, size)?, &mut extensions)?,
            EntryType::XGlobalHeader => drop(extension(tar, size)?), // not used
            kind => {
                headers = 0;
                let extensions = std::mem::take(&mut extensions);
                let size = if has_data(kind) { extensions.size.unwrap_or(size) } else { 0 };
                let mut entry = Entry { header: &header, extensions, tar, left: size };
                visit(&mut entry)?;
                io::copy(&mut entry, &mut io::sink()).map_err(malformed)?;
                skip_padding(tar, size)?;
            }
        }
    }
    let trailer = io::copy(&mut tar.take(MAX_TRAILER + 1), &mut io::sink()).map_err(malformed)?;
    if trailer > MAX_TRAILER { Err(bad("continues after its end")) } else { Ok(()) }
}

/// Reads the next header; `None` for the zero block that ends an archive.
fn next_header(tar: &mut dyn Read) -> Result<Option<Header>> {
    let mut header = Header::new_old();
    tar.read_exact(header.as_mut_bytes()).map_err(malformed)?;
    if header.as_bytes().iter().all(|&byte| byte == 0) {
        return Ok(None);
    }
    let claimed = header.cksum().map_err(malformed)?;
    let mut same = header.clone();
    same.set_cksum();
    if same.cksum().ok() != Some(claimed) {
        return Err(bad("a header has a wrong checksum"));
    }
    Ok(Some(header))
}

/// Only files have data; the size field of other types is ignored.
fn has_data(kind: EntryType) -> bool {
    use EntryType::{Block, Char, Directory, Fifo, Link, Symlink};
    !matches!(kind, Link | Symlink | Char | Block | Directory | Fifo)
}

fn extension(tar: &mut dyn Read, size: u64) -> Result<Vec<u8>> {
    if size > MAX_EXTENSION {
        return Err(bad("an extension header is larger than 1 MiB"));
    }
    let mut bytes = Vec::new();
    Read::take(&mut *tar, size).read_to_end(&mut bytes).map_err(malformed)?;
    skip_padding(tar, size)?;
    Ok(bytes)
}

fn long_name(tar: &mut dyn Read, size: u64) -> Result<Vec<u8>> {
    let mut name = extension(tar, size)?;
    name.truncate(name.iter().position(|&byte| byte == 0).unwrap_or(name.len()));
    Ok(name)
}

fn skip_padding(tar: &mut dyn Read, size: u64) -> Result<()> {
    tar.read_exact(&mut [0; BLOCK as usize][..padding(size)]).map_err(malformed)
}

/// Applies the records of a PAX header: `LENGTH KEY=VALUE\n` each.
fn pax(mut records: &[u8], extensions: &mut Extensions) -> Result<()> {
    while !records.is_empty() {
        let (record, rest) =
            split_record(records).ok_or_else(|| bad("a PAX record is malformed"))?;
        records = rest;
        let (key, value) = record;
        match key {
            b"path" => extensions.path = Some(value.to_owned()),
            b"linkpath" => extensions.link = Some(value.to_owned()),
            b"size" => {
                let size = number(value).ok_or_else(|| bad("a PAX size is not a number"))?;
                extensions.size = Some(size);
            }
            key if key.starts_with(b"GNU.sparse.") => {
                return Err(bad("contains a sparse file, which is not supported"));
            }
            _ => {}
        }
    }
    Ok(())
}

type Record<'a> = (&'a [u8], &'a [u8]);

fn split_record(records: &[u8]) -> Option<(Record<'_>, &[u8])> {
    let space = records.iter().position(|&byte| byte == b' ')?;
    let length = usize::try_from(number(&records[..space])?).ok()?;
    let (record, rest) = records.split_at_checked(length)?;
    let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|&byte| byte == b'=')?;
    Some(((&record[..equals], &record[equals + 1..]), rest))
}

fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Unwraps the error of a failed read, or reports a malformed archive.
fn malformed(error: io::Error) -> Error {
    error.downcast::<Error>().unwrap_or_else(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => bad(TRUNCATED),
        _ => bad("is malformed").with_source(error),
    })
}

/// Whether the error means that the archive ended too early.
pub(super) fn is_truncation(error: &Error) -> bool {
    error.kind() == ErrorKind::BadArchive && error.to_string() == bad(TRUNCATED).to_string()
}

fn bad(problem: &str) -> Error {
    Error::new(ErrorKind::BadArchive, format!("the archive from the container: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(records: &[u8]) -> Result<Extensions> {
        let mut extensions = Extensions::default();
        pax(records, &mut extensions).map(|()| extensions)
    }

    #[test]
    fn pax_records_may_hold_anything() {
        let records = b"14 path=a\nb=\xff\n14 linkpath=x\n19 size=9876543210\n6 a=b\n";
        let extensions = parsed(records).unwrap();
        assert_eq!(extensions.path.unwrap(), b"a\nb=\xff");
        assert_eq!(extensions.link.unwrap(), b"x");
        assert_eq!(extensions.size, Some(9_876_543_210));
    }

    #[test]
    fn a_malformed_pax_record_is_an_error() {
        for bad in [
            &b"x"[..],
            b"0 a=b\n",
            b"1 a=b\n",
            b"3 a=b\n",
            b"7 a=b\n",
            b"-6 a=b\n",
            b"99999999999999999999 a=b\n",
            b"5 abc\n",
            b"10 size=x\n",
            b"22 GNU.sparse.major=1\n",
        ] {
            assert!(parsed(bad).is_err(), "{:?}", String::from_utf8_lossy(bad));
        }
    }
}
