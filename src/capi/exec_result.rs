//! Exec results: a command's output, and how it ended.

use std::ffi::c_char;
use std::ptr;
use std::time::Duration;

use super::args::{handle, invalid, out, set_if_some};
use super::error::{sandcell_error, sandcell_status};
use super::guard::guard;
use super::handles::{free, text_of, value_of};
use super::outcome::{
    SANDCELL_OUTCOME_EXITED, SANDCELL_OUTCOME_SIGNALLED, SANDCELL_OUTCOME_UNKNOWN,
    SANDCELL_TREE_NOT_KILLED, SANDCELL_VERDICT_UNKNOWN, number_of, numbers_of, reason_of,
    sandcell_outcome, sandcell_tree, sandcell_verdict, verdict_of,
};
use super::resources::{nanos, sandcell_resources};
use super::text::Text;
use crate::{Captured, ExecResult, Outcome, OutputStream, Result};

/// A stream of a command: one of SANDCELL_STDIN, SANDCELL_STDOUT, SANDCELL_STDERR.
pub type sandcell_stream = i32;

/// A command's output, and how it ended, from sandcell_container_exec() or
/// sandcell_exec_wait_with_output().
///
/// It has the output so far whatever the outcome is: a timeout does not lose any.
/// Immutable; free with sandcell_exec_result_free().
pub struct sandcell_exec_result {
    outcome: sandcell_outcome,
    code: i32,
    tree: sandcell_tree,
    tree_reason: Text,
    lost_reason: Option<sandcell_error>,
    stdout: Output,
    stderr: Output,
    wall_time: Duration,
    verdict: (sandcell_verdict, i32),
    resources: Option<sandcell_resources>,
}

struct Output {
    bytes: Text,
    total_bytes: u64,
    gap: Option<usize>,
}

/// A command's standard input.
pub const SANDCELL_STDIN: sandcell_stream = 0;
/// A command's standard output; with a terminal, all of its output.
pub const SANDCELL_STDOUT: sandcell_stream = 1;
/// A command's standard error.
pub const SANDCELL_STDERR: sandcell_stream = 2;

impl From<ExecResult> for sandcell_exec_result {
    fn from(result: ExecResult) -> Self {
        let verdict = verdict_of(result.verdict());
        let (wall_time, resources) = (result.wall_time, result.resources.map(Into::into));
        let (outcome, code) = numbers_of(&result.outcome);
        let lost_reason = match result.outcome {
            Outcome::Lost(error) => Some(error.into()),
            _ => None,
        };
        let tree = number_of(result.tree_gone.as_ref());
        let tree_reason = reason_of(result.tree_gone).unwrap_or_default().into();
        let (stdout, stderr) = (result.stdout.into(), result.stderr.into());
        sandcell_exec_result {
            outcome,
            code,
            tree,
            tree_reason,
            lost_reason,
            stdout,
            stderr,
            wall_time,
            verdict,
            resources,
        }
    }
}

impl From<Captured> for Output {
    fn from(captured: Captured) -> Self {
        let (total_bytes, gap) = (captured.total_bytes(), captured.gap());
        Output { bytes: captured.into_bytes().into(), total_bytes, gap }
    }
}

pub(super) fn output_stream(number: sandcell_stream) -> Result<OutputStream> {
    match number {
        SANDCELL_STDOUT => Ok(OutputStream::Stdout),
        SANDCELL_STDERR => Ok(OutputStream::Stderr),
        other => {
            let problem = format!("{other} is neither SANDCELL_STDOUT nor SANDCELL_STDERR");
            Err(invalid("stream", problem))
        }
    }
}

impl sandcell_exec_result {
    fn output(&self, stream: sandcell_stream) -> Result<&Output> {
        output_stream(stream).map(|stream| match stream {
            OutputStream::Stdout => &self.stdout,
            OutputStream::Stderr => &self.stderr,
        })
    }

    fn code_of(&self, outcome: sandcell_outcome) -> Option<i32> {
        (self.outcome == outcome).then_some(self.code)
    }
}

/// Returns how the command ended.
///
/// @param result  in, may be NULL
///
/// @return  one of SANDCELL_OUTCOME_*; SANDCELL_OUTCOME_UNKNOWN for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_result_outcome(
    result: *const sandcell_exec_result,
) -> sandcell_outcome {
    // SAFETY: the header's contract.
    unsafe { value_of(result, SANDCELL_OUTCOME_UNKNOWN, |result| result.outcome) }
}

/// Returns the command's exit code. As in a shell, 128 + n usually means that
/// signal n killed it. 137, for SIGKILL, is often the kernel's OOM killer:
/// sandcell_exec_options_set_measure() tells.
///
/// @param result  in, may be NULL
/// @param code    out, may be NULL; written only if the result is true
///
/// @return  whether there is one: only with SANDCELL_OUTCOME_EXITED.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_result_exit_code(
    result: *const sandcell_exec_result,
    code: *mut i32,
) -> bool {
    // SAFETY: the header's contract.
    unsafe { set_if_some(code, value_of(result, None, |r| r.code_of(SANDCELL_OUTCOME_EXITED))) }
}

/// Returns whether the command exited with code 0.
///
/// @param result  in, may be NULL
///
/// @return  true if it did; false for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_result_success(result: *const sandcell_exec_result) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(result, false, |r| r.code_of(SANDCELL_OUTCOME_EXITED) == Some(0)) }
}

/// Returns the signal that killed the command.
///
/// @param result  in, may be NULL
/// @param signal  out, may be NULL; written only if the result is true
///
/// @return  whether there is one: only with SANDCELL_OUTCOME_SIGNALLED.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_result_signal(
    result: *const sandcell_exec_result,
    signal: *mut i32,
) -> bool {
    // SAFETY: the header's contract.
    unsafe {
        set_if_some(signal, value_of(result, None, |r| r.code_of(SANDCELL_OUTCOME_SIGNALLED)))
    }
}

/// Returns what is left of a killed command in the container.
///
/// @param result  in, may be NULL
///
/// @return  one of SANDCELL_TREE_*; SANDCELL_TREE_NOT_KILLED for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_result_tree_gone(
    result: *const sandcell_exec_result,
) -> sandcell_tree {
    // SAFETY: the header's contract.
    unsafe { value_of(result, SANDCELL_TREE_NOT_KILLED, |result| result.tree) }
}

/// Returns why it is not known whether anything of a killed command is left.
///
/// @param result  in, may be NULL
/// @param len     out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text for people, borrowed from the result; "" for NULL, or unless
///          sandcell_exec_result_tree_gone() is SANDCELL_TREE_UNKNOWN.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_result_tree_reason(
    result: *const sandcell_exec_result,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(result, len, |result| &result.tree_reason) }
}

/// Returns why it is not known how the command ended.
///
/// @param result  in, may be NULL
///
/// @return  an error, borrowed from the result: do not free it. NULL unless the
///          outcome is SANDCELL_OUTCOME_LOST.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_result_lost_reason(
    result: *const sandcell_exec_result,
) -> *const sandcell_error {
    let reason = |result: &sandcell_exec_result| {
        result.lost_reason.as_ref().map_or(ptr::null(), ptr::from_ref)
    };
    // SAFETY: the header's contract.
    unsafe { value_of(result, ptr::null(), reason) }
}

/// Returns the kept output of a stream.
///
/// @param result  in
/// @param stream  in: SANDCELL_STDOUT or SANDCELL_STDERR
/// @param data    out: any bytes, borrowed from the result and followed by a
///                NUL; never NULL
/// @param len     out: the length in bytes, without that NUL
/// @param error   out, may be NULL
///
/// @return  SANDCELL_OK                    *data and *len are set
///          SANDCELL_ERR_INVALID_ARGUMENT  there is no such stream
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_result_output(
    result: *const sandcell_exec_result,
    stream: sandcell_stream,
    data: *mut *const c_char,
    len: *mut usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let output = handle("result", result)?.output(stream)?;
            let (data, len) = (out("data", data)?, out("len", len)?);
            data.set(output.bytes.as_ptr());
            len.set(output.bytes.len());
            Ok(())
        })
    }
}

/// Returns how many bytes the command wrote to a stream, including dropped ones.
///
/// @param result  in, may be NULL
/// @param stream  in: SANDCELL_STDOUT or SANDCELL_STDERR
///
/// @return  the number; 0 for NULL or another stream.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_result_total_bytes(
    result: *const sandcell_exec_result,
    stream: sandcell_stream,
) -> u64 {
    let total = |result: &sandcell_exec_result| result.output(stream).map_or(0, |o| o.total_bytes);
    // SAFETY: the header's contract.
    unsafe { value_of(result, 0, total) }
}

/// Returns whether bytes of a stream were dropped because they exceeded
/// sandcell_exec_options_set_max_output(). Also true if its end may be missing: Podman
/// can lose it if a command ends before it has read its input.
///
/// @param result  in, may be NULL
/// @param stream  in: SANDCELL_STDOUT or SANDCELL_STDERR
///
/// @return  true if some were; false for NULL or another stream.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_result_is_truncated(
    result: *const sandcell_exec_result,
    stream: sandcell_stream,
) -> bool {
    let is_truncated =
        |result: &sandcell_exec_result| result.output(stream).is_ok_and(|o| o.gap.is_some());
    // SAFETY: the header's contract.
    unsafe { value_of(result, false, is_truncated) }
}

/// Returns the offset in the kept output at which bytes were dropped: its end if the
/// head was kept, 0 if the tail was, between the two if both were.
///
/// @param result  in, may be NULL
/// @param stream  in: SANDCELL_STDOUT or SANDCELL_STDERR
/// @param offset  out, may be NULL; written only if the result is true
///
/// @return  whether bytes were dropped; false for NULL or another stream.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_result_gap(
    result: *const sandcell_exec_result,
    stream: sandcell_stream,
    offset: *mut usize,
) -> bool {
    let gap = |result: &sandcell_exec_result| result.output(stream).ok().and_then(|o| o.gap);
    // SAFETY: the header's contract.
    unsafe { set_if_some(offset, value_of(result, None, gap)) }
}

/// Returns how long the command ran, measured by this process.
///
/// @param result  in, may be NULL
///
/// @return  nanoseconds; 0 for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_result_wall_time_ns(
    result: *const sandcell_exec_result,
) -> u64 {
    // SAFETY: the header's contract.
    unsafe { value_of(result, 0, |result| nanos(result.wall_time)) }
}

/// Returns which limit, if any, ended the command. As in a shell, an exit code of
/// 129 to 192 counts as a signal.
///
/// @param result  in, may be NULL
/// @param signal  out, may be NULL: the signal with SANDCELL_VERDICT_SIGNAL, else
///                -1
///
/// @return  one of SANDCELL_VERDICT_*; SANDCELL_VERDICT_UNKNOWN for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_result_verdict(
    result: *const sandcell_exec_result,
    signal: *mut i32,
) -> sandcell_verdict {
    // SAFETY: the header's contract.
    unsafe {
        let (verdict, number) =
            value_of(result, (SANDCELL_VERDICT_UNKNOWN, -1), |result| result.verdict);
        set_if_some(signal, Some(number));
        verdict
    }
}

/// Returns what all commands in the container together used while this one ran.
///
/// @param result  in, may be NULL
///
/// @return  resources, borrowed from the result: do not free them. NULL unless
///          sandcell_exec_options_set_measure() asked for them.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_result_resources(
    result: *const sandcell_exec_result,
) -> *const sandcell_resources {
    let resources = |result: &sandcell_exec_result| {
        result.resources.as_ref().map_or(ptr::null(), ptr::from_ref)
    };
    // SAFETY: the header's contract.
    unsafe { value_of(result, ptr::null(), resources) }
}

/// Frees a result, and everything borrowed from it.
///
/// @param result  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the result.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_result_free(result: *mut sandcell_exec_result) {
    // SAFETY: the header's contract.
    unsafe { free(result) }
}
