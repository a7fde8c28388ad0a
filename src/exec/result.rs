//! How an exec ended.

use super::Captured;
use crate::error::Error;

/// How a command ended, as far as is known.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It ended by itself with this code. As with a shell, 128 + n usually
    /// means that signal n killed it.
    Exited(i32),
    /// It ended by this signal, which was sent with
    /// [`Exec::kill`](crate::Exec::kill) or [`Exec::signal`](crate::Exec::signal).
    Signalled(i32),
    /// Its time-out, or the deadline of the call, passed first.
    TimedOut,
    /// The caller cancelled.
    Cancelled,
    /// It wrote more than [`max_output`](crate::ExecOptions::max_output), with
    /// [`Overflow::Kill`](crate::Overflow::Kill).
    OutputLimit,
    /// The connection or the engine failed on the way: how the command ended,
    /// and whether the output is complete, is not known. The error says why.
    Lost(Error),
}

/// Whether anything of a killed command is left in the container.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TreeGone {
    /// Nothing: neither it nor any descendant.
    Yes,
    /// Processes of it are left that cannot be killed.
    No,
    /// It cannot be told: there are processes of unknown origin, or the
    /// container could not be searched.
    Unknown,
}

/// What a command wrote, and how it ended.
///
/// Output is there whatever the outcome: a time-out loses none of it.
#[non_exhaustive]
#[derive(Debug)]
pub struct ExecResult {
    /// How it ended.
    pub outcome: Outcome,
    /// Whether anything of it is left; `None` if it was not killed.
    pub tree_gone: Option<TreeGone>,
    /// What it wrote to its standard output; with a terminal, all it wrote.
    pub stdout: Captured,
    /// What it wrote to its standard error.
    pub stderr: Captured,
}

impl ExecResult {
    /// The exit code, if the command is known to have exited by itself.
    #[must_use]
    pub fn exit_code(&self) -> Option<i32> {
        match self.outcome {
            Outcome::Exited(code) => Some(code),
            _ => None,
        }
    }

    /// Whether the command is known to have exited with code 0.
    #[must_use]
    pub fn success(&self) -> bool {
        self.exit_code() == Some(0)
    }
}
