//! The commands that are being killed: they are nobody's neighbours for long.

use crate::sys;
use crate::watch::Watch;

/// Says that a command is being killed, until dropped.
#[derive(Debug)]
pub(super) struct Dying<'a> {
    watch: &'a Watch,
    exec: Option<&'a str>,
}

impl<'a> Dying<'a> {
    pub(super) fn new(watch: &'a Watch, exec: Option<&'a str>) -> Self {
        let dying = Dying { watch, exec };
        dying.set(false);
        dying
    }

    /// It had its time to end by itself.
    pub(super) fn without_mercy(&self) {
        self.set(true);
    }

    fn set(&self, without_mercy: bool) {
        if let Some(exec) = self.exec {
            sys::lock(&self.watch.dying).insert(exec.to_owned(), without_mercy);
        }
    }
}

impl Drop for Dying<'_> {
    fn drop(&mut self) {
        if let Some(exec) = self.exec {
            sys::lock(&self.watch.dying).remove(exec);
        }
    }
}

/// Whether an exec is being killed, and then whether without mercy.
pub(super) fn phase(watch: &Watch, exec: &str) -> Option<bool> {
    sys::lock(&watch.dying).get(exec).copied()
}
