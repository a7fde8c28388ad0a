//! Moving bytes between an engine and what the caller supplied.

use std::io::{Read, Write};

use crate::api::CallContext;
use crate::error::{Error, Result};
use crate::supplied;

/// How much is moved at once.
pub(super) const PART: usize = 64 * 1024;

/// Copies to the end; returns how many bytes. Ends when `context` does.
pub(super) fn copy(context: &CallContext, from: &mut dyn Read, to: &mut dyn Write) -> Result<u64> {
    let (mut part, mut total) = (vec![0; PART], 0);
    loop {
        context.check()?;
        let count = read_part(from, &mut part)?;
        if count == 0 {
            supplied::flush(to).map_err(|e| Error::passed_on("write what was read", e))?;
            return Ok(total);
        }
        let written = supplied::write_all(to, &part[..count]);
        written.map_err(|e| Error::passed_on("write what was read", e))?;
        total += count as u64;
    }
}

pub(super) fn read_part(from: &mut dyn Read, part: &mut [u8]) -> Result<usize> {
    supplied::read(from, part).map_err(|e| Error::passed_on("read what is to be copied", e))
}
