//! Names that no other call makes up.

use crate::error::{Error, ErrorKind, Result};

/// 64 random bits, in hexadecimal.
pub(crate) fn random() -> Result<String> {
    let bits = getrandom::u64()
        .map_err(|e| Error::new(ErrorKind::Io, "cannot get random bytes").with_source(e))?;
    Ok(format!("{bits:016x}"))
}
