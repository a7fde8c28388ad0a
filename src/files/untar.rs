//! Reading a tar archive that hostile code may have made.
//!
//! The `tar` crate reads the fields of a header; blocks and extensions are read
//! here: the crate holds a name of any length in memory, takes a cut archive
//! for a whole one, and loses a PAX name with a line feed in it.

use std::borrow::Cow;
use std::io::{self, BufReader, Read};

use tar::{EntryType, Header};

use super::copy::PART;
use super::header::{BLOCK, padding};
use crate::error::{Error, ErrorKind, Result};

/// What an extension of a header may have: names and attributes that do not
/// fit into it. It is held in memory.
const MAX_EXTENSION: u64 = 1024 * 1024;
/// How many headers an entry may have, with those of its extensions: programs
/// write four at most.
const MAX_HEADERS: u32 = 32;
/// What may come behind the end of the archive: programs round it up.
const MAX_TRAILER: u64 = 1024 * 1024;

/// An entry. Reads as its data; a read says if that ends early.
pub(super) struct Entry<'a> {
    header: &'a Header,
    extensions: Extensions,
    tar: &'a mut dyn Read,
    left: u64,
}

/// What came before a header, to be taken instead of what is in it.
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

    /// Where a link leads; empty if that is not said.
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
            return Err(io::Error::other(bad("it ends early")));
        }
        self.left -= count as u64;
        Ok(count)
    }
}

/// Calls `visit` for each entry; what it leaves unread is skipped. Reads `tar`
/// to its end, which tells whether who sent it was content.
pub(super) fn each_entry(
    tar: &mut dyn Read,
    mut visit: impl FnMut(&mut Entry<'_>) -> Result<()>,
) -> Result<()> {
    // Headers are small, and a read may be a system call or a lock.
    let tar: &mut dyn Read = &mut BufReader::with_capacity(PART, tar);
    let (mut extensions, mut headers) = (Extensions::default(), 0);
    while let Some(header) = next_header(tar)? {
        let size = header.entry_size().map_err(malformed)?;
        headers += 1;
        if headers > MAX_HEADERS {
            return Err(bad("an entry of it has extensions without end"));
        }
        match header.entry_type() {
            EntryType::GNULongName => extensions.path = Some(long_name(tar, size)?),
            EntryType::GNULongLink => extensions.link = Some(long_name(tar, size)?),
            EntryType::XHeader => pax(&extension(tar, size)?, &mut extensions)?,
            EntryType::XGlobalHeader => drop(extension(tar, size)?), // a comment, to us
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
    if trailer > MAX_TRAILER { Err(bad("it goes on behind its end")) } else { Ok(()) }
}

/// The next header; `None` for the empty block that ends an archive.
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
        return Err(bad("a header's checksum is wrong"));
    }
    Ok(Some(header))
}

/// What is not a file has no data, whatever its size says.
fn has_data(kind: EntryType) -> bool {
    use EntryType::{Block, Char, Directory, Fifo, Link, Symlink};
    !matches!(kind, Link | Symlink | Char | Block | Directory | Fifo)
}

fn extension(tar: &mut dyn Read, size: u64) -> Result<Vec<u8>> {
    if size > MAX_EXTENSION {
        return Err(bad("a name or an attribute of it is endless"));
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

/// Takes over the records of a PAX header: `LENGTH KEY=VALUE\n` each.
fn pax(mut records: &[u8], extensions: &mut Extensions) -> Result<()> {
    while !records.is_empty() {
        let (record, rest) = split_record(records).ok_or_else(|| bad("a PAX record is none"))?;
        records = rest;
        let (key, value) = record;
        match key {
            b"path" => extensions.path = Some(value.to_owned()),
            b"linkpath" => extensions.link = Some(value.to_owned()),
            b"size" => extensions.size = Some(number(value).ok_or_else(|| bad("a size is none"))?),
            key if key.starts_with(b"GNU.sparse.") => return Err(bad("a file of it is sparse")),
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

/// An archive that is none, or the error behind a failed read.
fn malformed(error: io::Error) -> Error {
    error.downcast::<Error>().unwrap_or_else(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => bad("it ends early"),
        _ => bad("it is malformed").with_source(error),
    })
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
    fn what_is_no_pax_record_is_an_error() {
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
