//! Running commands in a container.
//!
//! [`Pump`](pump::Pump) is the core: a loop that feeds a command's input and
//! demultiplexes its output, on the caller's thread for a blocking exec. With a
//! handle, it goes from thread to thread: see [`Relay`](relay::Relay). It never waits
//! for a reader: unread output is spooled.

mod background;
mod capture;
mod complaint;
mod demux;
mod ended;
mod exit;
mod handle;
mod held_output;
mod input;
mod keeper;
mod kill;
mod killed;
mod lead;
mod mark;
mod meter;
mod options;
mod overflow;
mod pump;
mod reader;
mod relay;
mod resizer;
mod resources;
mod result;
mod run;
mod spool;
mod start;
mod start_error;
mod start_error_filter;
mod start_failure;
mod stdio;
mod stop;
mod streams;
mod target;
mod watchdog;

pub use background::{Background, BackgroundStatus};
pub use capture::Captured;
pub use demux::OutputStream;
pub use handle::Exec;
pub use options::ExecOptions;
pub use overflow::Overflow;
pub use resources::Resources;
pub use result::{ExecResult, Outcome, TreeGone, Verdict};
pub use stdio::{ExecOutput, ExecStdin};

pub(crate) use demux::Demux;
pub(crate) use ended::{Lag, find as find_end, to_error as end_to_error};
pub(crate) use handle::{start, start_within};
pub(crate) use run::run;
pub(crate) use start_error::kind_of as start_error_kind;
pub(crate) use target::{ExecTarget, KeepAlive};
