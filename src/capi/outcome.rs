//! How commands ended: outcomes, verdicts, and what is left of a killed one.

use super::names::in_c;
use crate::{Outcome, TreeGone, Verdict};

/// How a command ended: one of SANDCELL_OUTCOME_*.
///
/// A later version may add some.
pub type sandcell_outcome = i32;

/// What is left of a command in the container: one of SANDCELL_TREE_*.
///
/// A later version may add some.
pub type sandcell_tree = i32;

/// Which limit, if any, ended a command: one of SANDCELL_VERDICT_*.
///
/// A later version may add some.
pub type sandcell_verdict = i32;

/// An outcome that this version of the library does not know.
pub const SANDCELL_OUTCOME_UNKNOWN: sandcell_outcome = 0;
/// It exited by itself, with an exit code.
pub const SANDCELL_OUTCOME_EXITED: sandcell_outcome = 1;
/// Its timeout, or that of the client, passed first.
pub const SANDCELL_OUTCOME_TIMED_OUT: sandcell_outcome = 2;
/// The client's token was cancelled.
pub const SANDCELL_OUTCOME_CANCELLED: sandcell_outcome = 3;
/// The connection, the engine or the container failed while the command was running:
/// how it ended, and whether the output is complete, is not known.
/// sandcell_exec_result_lost_reason() says why.
pub const SANDCELL_OUTCOME_LOST: sandcell_outcome = 4;
/// It was killed by a signal that sandcell_exec_kill() or sandcell_exec_signal() sent.
pub const SANDCELL_OUTCOME_SIGNALLED: sandcell_outcome = 5;
/// It exceeded its output limit, with SANDCELL_OVERFLOW_KILL, and was killed.
pub const SANDCELL_OUTCOME_OUTPUT_LIMIT: sandcell_outcome = 6;

/// The command was not killed, or the kill has not finished.
pub const SANDCELL_TREE_NOT_KILLED: sandcell_tree = 0;
/// Nothing: neither the command nor any descendant. This is proven by what the
/// engine reports from outside the container.
pub const SANDCELL_TREE_GONE: sandcell_tree = 1;
/// Something is left that could not be killed.
pub const SANDCELL_TREE_LEFT: sandcell_tree = 2;
/// Not known; sandcell_exec_result_tree_reason() says why.
pub const SANDCELL_TREE_UNKNOWN: sandcell_tree = 3;
/// Nothing, because the container was killed, as the options asked for.
pub const SANDCELL_TREE_CONTAINER_KILLED: sandcell_tree = 4;

/// Not known: the call was cancelled, or the connection was lost.
pub const SANDCELL_VERDICT_UNKNOWN: sandcell_verdict = 0;
/// None: the command exited by itself, with any code.
pub const SANDCELL_VERDICT_OK: sandcell_verdict = 1;
/// The command's timeout.
pub const SANDCELL_VERDICT_TIME_LIMIT: sandcell_verdict = 2;
/// The container's memory limit. Known of a command that was measured, and if the
/// container ended with the command.
pub const SANDCELL_VERDICT_MEMORY_LIMIT: sandcell_verdict = 3;
/// The command's output limit.
pub const SANDCELL_VERDICT_OUTPUT_LIMIT: sandcell_verdict = 4;
/// A signal from any sender, or a crash such as SIGSEGV.
pub const SANDCELL_VERDICT_SIGNAL: sandcell_verdict = 5;

/// The number of a verdict, and the signal; -1 if there is none.
pub(super) fn verdict_of(verdict: Verdict) -> (sandcell_verdict, i32) {
    match verdict {
        Verdict::Ok => (SANDCELL_VERDICT_OK, -1),
        Verdict::TimeLimit => (SANDCELL_VERDICT_TIME_LIMIT, -1),
        Verdict::MemoryLimit => (SANDCELL_VERDICT_MEMORY_LIMIT, -1),
        Verdict::OutputLimit => (SANDCELL_VERDICT_OUTPUT_LIMIT, -1),
        Verdict::Signal(signal) => (SANDCELL_VERDICT_SIGNAL, signal),
        Verdict::Unknown => (SANDCELL_VERDICT_UNKNOWN, -1),
    }
}

/// How a command ended, and its exit code or signal; -1 if there is neither.
pub(super) fn numbers_of(outcome: &Outcome) -> (sandcell_outcome, i32) {
    match outcome {
        Outcome::Exited(code) => (SANDCELL_OUTCOME_EXITED, *code),
        Outcome::Signalled(signal) => (SANDCELL_OUTCOME_SIGNALLED, *signal),
        Outcome::TimedOut => (SANDCELL_OUTCOME_TIMED_OUT, -1),
        Outcome::Cancelled => (SANDCELL_OUTCOME_CANCELLED, -1),
        Outcome::OutputLimit => (SANDCELL_OUTCOME_OUTPUT_LIMIT, -1),
        Outcome::Lost(_) => (SANDCELL_OUTCOME_LOST, -1),
    }
}

pub(super) fn number_of(tree_gone: Option<&TreeGone>) -> sandcell_tree {
    match tree_gone {
        None => SANDCELL_TREE_NOT_KILLED,
        Some(TreeGone::Yes) => SANDCELL_TREE_GONE,
        Some(TreeGone::No) => SANDCELL_TREE_LEFT,
        Some(TreeGone::ContainerKilled) => SANDCELL_TREE_CONTAINER_KILLED,
        Some(TreeGone::Unknown(_)) => SANDCELL_TREE_UNKNOWN,
    }
}

/// Why there is no proof.
pub(super) fn reason_of(tree_gone: Option<TreeGone>) -> Option<String> {
    match tree_gone {
        Some(TreeGone::Unknown(reason)) => Some(in_c(reason)),
        _ => None,
    }
}
