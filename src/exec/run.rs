//! Running a command to its end.

use super::options::ExecOptions;
use super::result::ExecResult;
use super::start::{self, OutputMode};
use super::target::ExecTarget;
use crate::error::Result;

/// Runs a command to its end, on this thread.
///
/// Fails only until the command is started; from then on whatever happens is
/// an [`Outcome`], so that no output is lost. A closed client is the exception.
pub(crate) fn run(target: &ExecTarget, options: &ExecOptions) -> Result<ExecResult> {
    start::start(target, options, OutputMode::Collect)?.run_here()
}
