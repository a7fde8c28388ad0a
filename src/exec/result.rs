//! How an exec ended.

use std::time::Duration;

use super::{Captured, Resources};
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TreeGone {
    /// Nothing: neither it nor any descendant. That is proven, by what the
    /// engine says from outside the container.
    Yes,
    /// Nothing, since the container was killed:
    /// [`ExecOptions::kill_container_after`](crate::ExecOptions::kill_container_after)
    /// asked for it.
    ContainerKilled,
    /// Something is left that withstands being killed.
    No,
    /// There is no proof; the text says why.
    Unknown(String),
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
    /// How long it ran, by this process's clock.
    pub wall_time: Duration,
    /// What the container used meanwhile, of all commands in it; `None` unless
    /// [`ExecOptions::measure`](crate::ExecOptions::measure) asked for it.
    pub resources: Option<Resources>,
    /// Why its input ended early: what was given to
    /// [`ExecOptions::stdin_reader`](crate::ExecOptions::stdin_reader) failed or
    /// panicked. `None` if that did not happen while it ran.
    pub input_error: Option<Error>,
}

/// What a judge says of a command: which limit, if any, ended it.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// None: it exited by itself, with whatever code.
    Ok,
    /// Its time-out.
    TimeLimit,
    /// The container's memory limit: the kernel killed a process for it.
    /// Known only of a command that was [measured](crate::ExecOptions::measure).
    MemoryLimit,
    /// [`ExecOptions::max_output`](crate::ExecOptions::max_output).
    OutputLimit,
    /// A signal, sent by whomever, or a crash such as SIGSEGV.
    Signal(i32),
    /// It cannot be told: the call was cancelled, or the connection lost.
    Unknown,
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

    /// Which limit, if any, ended the command. As with a shell, an exit code of
    /// 129 to 192 counts as a signal.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let oom_kills = self.resources.as_ref().and_then(|resources| resources.oom_kills);
        match self.outcome {
            Outcome::TimedOut => Verdict::TimeLimit,
            Outcome::OutputLimit => Verdict::OutputLimit,
            Outcome::Cancelled | Outcome::Lost(_) => Verdict::Unknown,
            _ if oom_kills.is_some_and(|kills| kills > 0) => Verdict::MemoryLimit,
            Outcome::Signalled(signal) => Verdict::Signal(signal),
            Outcome::Exited(code @ 129..=192) => Verdict::Signal(code - 128),
            Outcome::Exited(_) => Verdict::Ok,
        }
    }

    /// Whether the command is known to have exited with code 0.
    #[must_use]
    pub fn success(&self) -> bool {
        self.exit_code() == Some(0)
    }
}
