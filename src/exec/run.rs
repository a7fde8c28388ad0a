//! Running a command to its end.

use super::options::ExecOptions;
use super::result::ExecResult;
use super::start::{self, OutputMode};
use super::target::ExecTarget;
use crate::error::Result;

/// Runs a command to its end on the calling thread.
///
/// Fails only until the command has started. After that, failures are reported as
/// an [`Outcome`](crate::Outcome), so that no output is lost, except if the client
/// is closed.
pub(crate) fn run(target: &ExecTarget, options: &ExecOptions) -> Result<ExecResult> {
    start::start(target, options, OutputMode::Collect)?.run_here()
}
