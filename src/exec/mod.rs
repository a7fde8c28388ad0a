//! Running commands in a container.
//!
//! [`Pump`](pump::Pump) is the heart: a loop that feeds a command's input and
//! takes its outputs apart, on the caller's thread for a blocking exec, on a
//! thread of its own for a handle. It never waits for a consumer: what is not
//! read yet is spooled.

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
mod stdio;
mod streams;
mod suspicion;

pub use background::{Background, BackgroundStatus};
pub use capture::Captured;
pub use demux::OutputStream;
pub use handle::Exec;
pub use meter::Resources;
pub use options::{ExecOptions, Overflow};
pub use result::{ExecResult, Outcome, TreeGone, Verdict};
pub use stdio::{ExecOutput, ExecStdin};

pub(crate) use handle::{start, start_within};

use std::any::Any;
use std::sync::Arc;

use crate::api::{Api, Scope};
use crate::engine::Engine;
use crate::error::Result;
use crate::watch::Watch;

/// What must not be dropped, and so closed, while a handle is there.
pub(crate) type KeepAlive = Arc<dyn Any + Send + Sync>;

/// Where a command runs, and under which limits.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) engine: Arc<Engine>,
    pub(crate) scope: Scope,
    pub(crate) container: String,
}

impl Place {
    pub(crate) fn api(&self) -> &dyn Api {
        self.engine.api.as_ref()
    }

    /// What there is to know of the container.
    pub(crate) fn watch(&self) -> Result<Arc<Watch>> {
        self.engine.watches.of(self.api(), &self.scope, &self.container)
    }

    /// The same, under other limits.
    pub(crate) fn under(&self, scope: Scope) -> Self {
        Place { scope, ..self.clone() }
    }
}

/// Runs a command to its end, on this thread.
///
/// Fails only until the command is started; from then on whatever happens is
/// an [`Outcome`], so that no output is lost. A closed client is the exception.
pub(crate) fn run(place: &Place, options: &ExecOptions) -> Result<ExecResult> {
    start::start(place, options, start::Use::Collect)?.run_here()
}
