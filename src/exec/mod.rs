//! Running commands in a container.
//!
//! [`Pump`](pump::Pump) is the core: a loop that feeds a command's input and
//! demultiplexes its output, on the caller's thread for a blocking exec and on a
//! background thread for a handle. It never waits for a reader: unread output is
//! spooled.

mod background;
mod capture;
mod demux;
mod ended;
mod exit;
mod handle;
mod input;
mod kill;
mod meter;
mod options;
mod pump;
mod reader;
mod result;
mod spool;
mod start;
mod start_error;
mod start_error_filter;
mod stdio;
mod streams;
mod target;

pub use background::{Background, BackgroundStatus};
pub use capture::Captured;
pub use demux::OutputStream;
pub use handle::Exec;
pub use meter::Resources;
pub use options::{ExecOptions, Overflow};
pub use result::{ExecResult, Outcome, TreeGone, Verdict};
pub use stdio::{ExecOutput, ExecStdin};

pub(crate) use handle::{start, start_within};
pub(crate) use target::{ExecTarget, KeepAlive};

use crate::error::Result;

/// Runs a command to its end on the calling thread.
///
/// Fails only until the command has started. After that, failures are reported as
/// an [`Outcome`], so that no output is lost, except if the client is closed.
pub(crate) fn run(target: &ExecTarget, options: &ExecOptions) -> Result<ExecResult> {
    start::start(target, options, start::OutputMode::Collect)?.run_here()
}
