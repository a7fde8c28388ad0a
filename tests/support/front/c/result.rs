//! Results, and the numbers in them.

use sandcell::capi::*;
use sandcell::{Error, Outcome, TreeGone};

use super::super::{Collected, Finished};
use super::call::{Outputs, Owned, call, copied, text};
use super::error;

pub fn outcome_of(outcome: sandcell_outcome, code: i32, lost: impl FnOnce() -> Error) -> Outcome {
    let plain = match outcome {
        SANDCELL_OUTCOME_EXITED => return Outcome::Exited(code),
        SANDCELL_OUTCOME_SIGNALLED => return Outcome::Signalled(code),
        SANDCELL_OUTCOME_TIMED_OUT => Outcome::TimedOut,
        SANDCELL_OUTCOME_CANCELLED => Outcome::Cancelled,
        SANDCELL_OUTCOME_OUTPUT_LIMIT => Outcome::OutputLimit,
        SANDCELL_OUTCOME_LOST => Outcome::Lost(lost()),
        other => panic!("{other}"),
    };
    assert_eq!(code, -1, "{plain:?}");
    plain
}

pub fn tree_of(tree: sandcell_tree, reason: Option<String>) -> Option<TreeGone> {
    assert_eq!(reason.is_some(), tree == SANDCELL_TREE_UNKNOWN, "{tree}: {reason:?}");
    match tree {
        SANDCELL_TREE_NOT_KILLED => None,
        SANDCELL_TREE_GONE => Some(TreeGone::Yes),
        SANDCELL_TREE_LEFT => Some(TreeGone::No),
        SANDCELL_TREE_CONTAINER_KILLED => Some(TreeGone::ContainerKilled),
        SANDCELL_TREE_UNKNOWN => reason.map(TreeGone::Unknown),
        other => panic!("{other}"),
    }
}

pub fn finished(result: *mut sandcell_exec_result) -> Finished {
    let owned = Owned::new(result, sandcell_exec_result_free);
    let result = owned.get();
    // SAFETY: the result is live.
    let exit_code = if_there(|code| unsafe { sandcell_exec_result_exit_code(result, code) });
    // SAFETY: the result is live.
    assert_eq!(unsafe { sandcell_exec_result_success(result) }, exit_code == Some(0));
    // SAFETY: the result is live.
    let signal = if_there(|signal| unsafe { sandcell_exec_result_signal(result, signal) });
    // SAFETY: the result is live.
    let (outcome, tree, reason) = unsafe {
        (
            sandcell_exec_result_outcome(result),
            sandcell_exec_result_tree_gone(result),
            sandcell_exec_result_lost_reason(result),
        )
    };
    // SAFETY: the result is live.
    let tree_reason = text(|len| unsafe { sandcell_exec_result_tree_reason(result, len) });
    assert_eq!(exit_code.is_some(), outcome == SANDCELL_OUTCOME_EXITED);
    assert_eq!(signal.is_some(), outcome == SANDCELL_OUTCOME_SIGNALLED);
    assert_eq!(!reason.is_null(), outcome == SANDCELL_OUTCOME_LOST);
    let code = exit_code.or(signal).unwrap_or(-1);
    Finished {
        outcome: outcome_of(outcome, code, || error::copied(reason)),
        exit_code,
        tree_gone: tree_of(tree, Some(tree_reason).filter(|reason| !reason.is_empty())),
        stdout: collected(result, SANDCELL_STDOUT),
        stderr: collected(result, SANDCELL_STDERR),
    }
}

fn collected(result: *const sandcell_exec_result, stream: sandcell_stream) -> Collected {
    // SAFETY: the result is live.
    let (data, len) = call(|(data, len), error| unsafe {
        sandcell_exec_result_output(result, stream, data, len, error)
    })
    .unwrap();
    Collected {
        bytes: copied(data, len),
        // SAFETY: the result is live.
        total_bytes: unsafe { sandcell_exec_result_total_bytes(result, stream) },
        // SAFETY: the result is live.
        is_truncated: unsafe { sandcell_exec_result_is_truncated(result, stream) },
        // SAFETY: the result is live.
        gap: if_there(|gap| unsafe { sandcell_exec_result_gap(result, stream, gap) }),
    }
}

/// A number that `read` writes if it says that there is one.
fn if_there<T: Outputs>(read: impl FnOnce(&mut T) -> bool) -> Option<T> {
    let mut number = T::POISON;
    let is_there = read(&mut number);
    assert_eq!(is_there, number.are_written());
    is_there.then_some(number)
}
