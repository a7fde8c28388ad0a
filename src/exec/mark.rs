//! What marks the processes of an exec.

/// The variable of their environment.
pub(super) const VARIABLE: &str = "SANDCELL_EXEC";
