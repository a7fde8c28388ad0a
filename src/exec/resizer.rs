//! The size of an exec's terminal.

use std::time::Duration;

use super::target::ExecTarget;
use crate::api::CallContext;
use crate::error::Result;

/// Sets the size of an exec's terminal.
#[derive(Clone, Debug)]
pub(super) struct Resizer {
    pub(super) target: ExecTarget,
    pub(super) exec: String,
}

impl Resizer {
    /// Retries: an engine may not know an exec for a moment after its start.
    pub(super) fn resize(&self, context: &CallContext, rows: u16, columns: u16) -> Result<()> {
        const TRIES: u32 = 20;
        const PAUSE: Duration = Duration::from_millis(10);
        let mut tries = 0;
        loop {
            match self.target.api().exec_resize(context, &self.exec, rows, columns) {
                Err(error) if tries < TRIES && (error.is_not_found() || error.is_conflict()) => {
                    tries += 1;
                    context.sleep(PAUSE)?;
                }
                result => return result.map_err(|e| e.context("resize exec")),
            }
        }
    }
}
