//! Sentinels: values in place of a length or a time.

/// C's name for it.
const UINT64_MAX: u64 = u64::MAX;

/// In place of a number of milliseconds: no timeout.
pub const SANDCELL_NO_TIMEOUT: u64 = UINT64_MAX;

/// C's name for it.
const SIZE_MAX: usize = usize::MAX;

/// In place of a length: up to the first NUL.
pub const SANDCELL_CSTR: usize = SIZE_MAX;
