//! Copies bytes between the engine and a reader or writer of the caller.

use std::io::{Read, Write};

use crate::api::CallContext;
use crate::error::{Error, Result};
use crate::supplied;

/// The number of bytes copied at a time.
pub(super) const CHUNK: usize = 64 * 1024;

/// Copies to the end and returns the number of bytes. Fails when `context` is
/// cancelled or its deadline passes.
pub(super) fn copy(context: &CallContext, from: &mut dyn Read, to: &mut dyn Write) -> Result<u64> {
    let (mut chunk, mut total) = (vec![0; CHUNK], 0);
    loop {
        context.check()?;
        let count = read_chunk(from, &mut chunk)?;
        if count == 0 {
            supplied::flush(to).map_err(|e| Error::passed_on("write to the caller's writer", e))?;
            return Ok(total);
        }
        let written = supplied::write_all(to, &chunk[..count]);
        written.map_err(|e| Error::passed_on("write to the caller's writer", e))?;
        total += count as u64;
    }
}

pub(super) fn read_chunk(from: &mut dyn Read, chunk: &mut [u8]) -> Result<usize> {
    supplied::read(from, chunk).map_err(|e| Error::passed_on("read the contents", e))
}
