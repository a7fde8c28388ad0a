//! Reading a tar archive that hostile code may have made.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use tar::EntryType;

use crate::error::{Error, ErrorKind, Result};

/// What may come before an entry, that is names and attributes that do not fit
/// into its header, and is held in memory.
const MAX_HEADERS: u64 = 1024 * 1024;
/// What may come behind the end of the archive: programs round it up.
const MAX_TRAILER: u64 = 1024 * 1024;

/// Calls `visit` for each entry; what it leaves unread is skipped. Reads `tar`
/// to its end, which tells whether who sent it was content.
pub(super) fn each_entry<'a>(
    tar: &'a mut dyn Read,
    mut visit: impl FnMut(&mut tar::Entry<'_, Metered<'a>>) -> Result<()>,
) -> Result<()> {
    let meter = Rc::new(Meter::default());
    let mut archive = tar::Archive::new(Metered { tar, meter: Rc::clone(&meter) });
    let mut entries = archive.entries().map_err(malformed)?;
    loop {
        meter.left.set(MAX_HEADERS);
        let Some(entry) = entries.next() else { break };
        let mut entry = entry.map_err(malformed)?;
        if entry.header().entry_type() == EntryType::XGlobalHeader {
            continue; // a comment, for our purposes
        }
        meter.left.set(u64::MAX);
        visit(&mut entry)?;
        io::copy(&mut entry, &mut io::sink()).map_err(malformed)?;
    }
    if meter.ended.get() {
        return Err(bad("it ends early"));
    }
    drop(entries);
    meter.left.set(MAX_TRAILER);
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(malformed)?;
    Ok(())
}

/// What may still be read, and whether there was an end.
#[derive(Default)]
struct Meter {
    left: Cell<u64>,
    ended: Cell<bool>,
}

/// Fails when more than the meter allows is read.
pub(super) struct Metered<'a> {
    tar: &'a mut dyn Read,
    meter: Rc<Meter>,
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.tar.read(buffer)?;
        if count == 0 && !buffer.is_empty() {
            self.meter.ended.set(true);
        }
        match self.meter.left.get().checked_sub(count as u64) {
            Some(left) => self.meter.left.set(left),
            None => return Err(io::Error::other(bad("a header of it, or its end, is endless"))),
        }
        Ok(count)
    }
}

/// An archive that is none, or the error behind a failed read.
fn malformed(error: io::Error) -> Error {
    error.downcast::<Error>().unwrap_or_else(|error| bad("it is malformed").with_source(error))
}

fn bad(problem: &str) -> Error {
    Error::new(ErrorKind::BadArchive, format!("the archive from the container: {problem}"))
}
