//! The execs that are being killed. Other kills in the container take them into
//! account.

use crate::sys;
use crate::watch::Watch;

/// Marks an exec as being killed, until dropped.
#[derive(Debug)]
pub(super) struct KillInProgress<'a> {
    watch: &'a Watch,
    exec: Option<&'a str>,
}

impl<'a> KillInProgress<'a> {
    pub(super) fn new(watch: &'a Watch, exec: Option<&'a str>) -> Self {
        let kill = KillInProgress { watch, exec };
        kill.set(false);
        kill
    }

    /// The exec's grace period is over.
    pub(super) fn end_grace(&self) {
        self.set(true);
    }

    fn set(&self, grace_is_over: bool) {
        if let Some(exec) = self.exec {
            sys::lock(&self.watch.kills_in_progress).insert(exec.to_owned(), grace_is_over);
        }
    }
}

impl Drop for KillInProgress<'_> {
    fn drop(&mut self) {
        if let Some(exec) = self.exec {
            sys::lock(&self.watch.kills_in_progress).remove(exec);
        }
    }
}

/// Whether an exec is being killed, and if so, whether its grace period is over.
pub(super) fn phase(watch: &Watch, exec: &str) -> Option<bool> {
    sys::lock(&watch.kills_in_progress).get(exec).copied()
}
