//! The mark on the processes of an exec.

/// The environment variable that holds it.
pub(super) const VARIABLE: &str = "SANDCELL_EXEC";
