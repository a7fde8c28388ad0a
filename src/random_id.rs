//! Random ids and numbers.

use std::ops::Range;

use crate::error::{Error, ErrorKind, Result};

/// 64 random bits, in hexadecimal.
pub(crate) fn random() -> Result<String> {
    Ok(format!("{:016x}", bits()?))
}

/// A random number in `range`, which must not be empty.
pub(crate) fn number(range: Range<u32>) -> Result<u32> {
    let size = u64::from(range.end - range.start);
    // The remainder is less than `size`, so it fits in a u32.
    Ok(range.start + (bits()? % size) as u32)
}

fn bits() -> Result<u64> {
    let bits = getrandom::u64();
    bits.map_err(|e| Error::new(ErrorKind::Io, "cannot get random bytes").with_source(e))
}
