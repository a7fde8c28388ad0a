//! Commands that run: waiting for one, and ending it.
//!
//! Any number of calls may be at work at once: one that waits for the command
//! holds up neither its streams nor a kill.

use std::ffi::c_char;
use std::os::fd::IntoRawFd;
use std::ptr;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use super::args::{duration, handle, invalid, out, set_if_some};
use super::error::{sandcell_error, sandcell_status};
use super::exec_result::sandcell_exec_result;
use super::exec_streams::Streams;
use super::guard::guard;
use super::handles::{free, into_handle, text_of, value_of};
use super::outcome::{
    SANDCELL_TREE_NOT_KILLED, number_of, numbers_of, reason_of, sandcell_outcome, sandcell_tree,
};
use super::string::{give_text, sandcell_string};
use super::text::Text;
use crate::{Error, ErrorKind, Exec, ExecResult, Outcome, Result};

/// A command that runs in a container, from sandcell_container_start_exec().
///
/// Cancelling the token of its client, or closing the client, ends the command.
/// Free with sandcell_exec_free(), which kills the command if it is running.
pub struct sandcell_exec {
    pub(super) streams: Streams,
    /// Held to read while a call runs; `None` when used up.
    exec: RwLock<Option<Exec>>,
    id: Text,
}

impl From<Exec> for sandcell_exec {
    fn from(mut exec: Exec) -> Self {
        sandcell_exec {
            streams: Streams::of(&mut exec),
            id: exec.id().to_owned().into(),
            exec: RwLock::new(Some(exec)),
        }
    }
}

impl sandcell_exec {
    fn locked(&self) -> RwLockReadGuard<'_, Option<Exec>> {
        self.exec.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, call: impl FnOnce(&Exec) -> Result<T>) -> Result<T> {
        self.locked().as_ref().ok_or_else(used_up).and_then(call)
    }

    fn take(&self) -> Option<Exec> {
        self.exec.write().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn is_stdin_open(&self) -> bool {
        self.locked().as_ref().is_some_and(Exec::is_stdin_open)
    }

    fn still_running(&self) -> Error {
        let mut problem = "timed out: the command is still running".to_owned();
        if self.is_stdin_open() {
            problem += ", and its stdin is still open: if it reads to the end of that, call \
                        sandcell_exec_close_stdin";
        }
        Error::new(ErrorKind::Timeout, problem)
    }

    /// Waits while others may use the command, and takes it when it has ended.
    fn wait_with_output(&self) -> Result<ExecResult> {
        self.streams.close_stdin();
        self.with(|exec| exec.wait_timeout(Duration::MAX).map(drop))?;
        self.take().ok_or_else(used_up)?.wait_with_output()
    }
}

fn used_up() -> Error {
    invalid("exec", "was detached, or its output was collected")
}

/// Returns the id that the engine gave the exec.
///
/// @param exec  in, may be NULL
/// @param len   out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the exec; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_id(
    exec: *const sandcell_exec,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(exec, len, |exec| &exec.id) }
}

/// Waits for the command to end.
///
/// Does not end its input: a command that reads to the end of its input ends only
/// after sandcell_exec_close_stdin(). Does not wait for its output to be read. May
/// be repeated.
///
/// @param exec        in
/// @param timeout_ms  in: milliseconds to wait at most, or SANDCELL_NO_TIMEOUT;
///                    0 does not wait
/// @param outcome     out, may be NULL: one of SANDCELL_OUTCOME_*; for
///                    SANDCELL_OUTCOME_LOST see sandcell_exec_lost_reason()
/// @param code        out, may be NULL: the exit code with
///                    SANDCELL_OUTCOME_EXITED, the signal with
///                    SANDCELL_OUTCOME_SIGNALLED, else -1
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK           it has ended; *outcome and *code are set
///          SANDCELL_ERR_TIMEOUT  it is still running; the message says if its
///                                input is still open
///          SANDCELL_ERR_COMMAND_NOT_FOUND, SANDCELL_ERR_COMMAND_NOT_EXECUTABLE,
///          SANDCELL_ERR_BAD_WORKING_DIR, SANDCELL_ERR_BAD_USER,
///          SANDCELL_ERR_ARGUMENTS_TOO_LONG,
///          SANDCELL_ERR_EXEC_START
///                                it could not be started
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_wait(
    exec: *const sandcell_exec,
    timeout_ms: u64,
    outcome: *mut sandcell_outcome,
    code: *mut i32,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let exec = handle("exec", exec)?;
            let ended = exec.with(|exec| exec.wait_timeout(duration(timeout_ms)))?;
            let numbers = numbers_of(&ended.ok_or_else(|| exec.still_running())?);
            set_if_some(outcome, Some(numbers.0));
            set_if_some(code, Some(numbers.1));
            Ok(())
        })
    }
}

/// Makes a descriptor for an event loop that becomes readable, at end of file, as
/// soon as sandcell_exec_wait() would not block: when the command has ended for any
/// reason, could not be started, or is no longer watched because its handle was
/// detached or freed, or its client was closed.
///
/// It stays readable, whether or not output was read. poll() reports POLLIN and
/// POLLHUP. It is a socket, close-on-exec, to which nothing is ever written. It may
/// outlive the exec. Each call makes a new one.
///
/// @param exec   in
/// @param fd     out: owned by the caller; close it with close()
/// @param error  out, may be NULL
///
/// @return  SANDCELL_OK                    *fd is set
///          SANDCELL_ERR_INVALID_ARGUMENT  the exec was detached, or its output was
///                                         collected
///          SANDCELL_ERR_IO                out of descriptors
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_ended_fd(
    exec: *const sandcell_exec,
    fd: *mut i32,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (exec, fd) = (handle("exec", exec)?, out("fd", fd)?);
            fd.set(exec.with(Exec::ended_fd)?.into_raw_fd());
            Ok(())
        })
    }
}

/// Returns why it is not known how the command ended.
///
/// @param exec  in, may be NULL
///
/// @return  owned by the caller; free with sandcell_error_free(). NULL for NULL,
///          and unless the outcome is SANDCELL_OUTCOME_LOST.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_lost_reason(
    exec: *const sandcell_exec,
) -> *mut sandcell_error {
    let reason = |exec: &sandcell_exec| match exec.with(Exec::try_wait) {
        Ok(Some(Outcome::Lost(error))) => into_handle(error.into()),
        _ => ptr::null_mut(),
    };
    // SAFETY: the header's contract.
    unsafe { value_of(exec, ptr::null_mut(), reason) }
}

/// Ends the command's input, waits for the command to end, and collects the
/// unread rest of its output.
///
/// An input that was taken stays open. Other threads may use the exec during the
/// wait. Afterwards it can only be freed, or read: reads find the end of the
/// streams.
///
/// @param exec    in
/// @param result  out: owned by the caller; free with
///                sandcell_exec_result_free()
/// @param error   out, may be NULL
///
/// @return  SANDCELL_OK  the command has ended, and *result is set
///          SANDCELL_ERR_COMMAND_NOT_FOUND, SANDCELL_ERR_COMMAND_NOT_EXECUTABLE,
///          SANDCELL_ERR_BAD_WORKING_DIR, SANDCELL_ERR_BAD_USER,
///          SANDCELL_ERR_ARGUMENTS_TOO_LONG,
///          SANDCELL_ERR_EXEC_START
///                       it could not be started
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_wait_with_output(
    exec: *const sandcell_exec,
    result: *mut *mut sandcell_exec_result,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (exec, result) = (handle("exec", exec)?, out("result", result)?);
            result.write_handle(exec.wait_with_output()?.into());
            Ok(())
        })
    }
}

/// Kills the command and all its descendants: sends TERM, then KILL after the time
/// of sandcell_exec_options_set_kill_grace_ms(), and proves that nothing is left.
///
/// If no other command of the same user runs in the container, all processes of
/// that user are killed, which no process can evade; the proof is the number of
/// processes that the engine counts in the container. Next to other commands,
/// only the processes that can be identified as the command's are killed, and
/// there may be no proof: the answer is SANDCELL_TREE_UNKNOWN then, unless the
/// command has a user of its own.
///
/// Takes at most the time of sandcell_exec_options_set_kill_timeout_ms().
/// sandcell_exec_wait() then reports the signal as the outcome.
///
/// @param exec    in
/// @param tree    out, may be NULL: one of SANDCELL_TREE_*
/// @param reason  out, may be NULL: why there is no proof, for people; owned by
///                the caller; free with sandcell_string_free(). NULL unless
///                *tree is SANDCELL_TREE_UNKNOWN
/// @param error   out, may be NULL
///
/// @return  SANDCELL_OK               *tree and *reason are set
///          SANDCELL_ERR_UNSUPPORTED  the image has no /bin/sh
///
/// Threads: any, at any time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_kill(
    exec: *const sandcell_exec,
    tree: *mut sandcell_tree,
    reason: *mut *mut sandcell_string,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let tree_gone = Some(handle("exec", exec)?.with(Exec::kill)?);
            set_if_some(tree, Some(number_of(tree_gone.as_ref())));
            give_text(reason, reason_of(tree_gone));
            Ok(())
        })
    }
}

/// Sends a signal to the command's first process. Does nothing if that has ended.
///
/// @param exec    in
/// @param signal  in: 1 to 64
/// @param error   out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  there is no such signal
///          SANDCELL_ERR_UNSUPPORTED       the image has no /bin/sh
///
/// Threads: any, at any time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_signal(
    exec: *const sandcell_exec,
    signal: i32,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { guard(error, || handle("exec", exec)?.with(|exec| exec.signal(signal))) }
}

/// Changes the size of the command's terminal, in characters.
///
/// @param exec           in
/// @param rows, columns  in
/// @param error          out, may be NULL
///
/// @return  SANDCELL_OK
///          any other    what the engine answers, for example if the command has
///                       no terminal
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_resize(
    exec: *const sandcell_exec,
    rows: u16,
    columns: u16,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { guard(error, || handle("exec", exec)?.with(|exec| exec.resize(rows, columns))) }
}

/// Asks the container for the process id of the command's first process.
///
/// @param exec   in
/// @param pid    out: the process id in the container; 0 if the process has ended
/// @param error  out, may be NULL
///
/// @return  SANDCELL_OK               *pid is set
///          SANDCELL_ERR_UNSUPPORTED  the image has no /bin/sh
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_pid_in_container(
    exec: *const sandcell_exec,
    pid: *mut i32,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (exec, pid) = (handle("exec", exec)?, out("pid", pid)?);
            pid.set(exec.with(Exec::pid_in_container)?.unwrap_or(0));
            Ok(())
        })
    }
}

/// Returns whether any process of a killed command is left.
///
/// @param exec    in, may be NULL
/// @param reason  out, may be NULL: why there is no proof, for people; owned by
///                the caller; free with sandcell_string_free(). NULL unless the
///                answer is SANDCELL_TREE_UNKNOWN
///
/// @return  one of SANDCELL_TREE_*; SANDCELL_TREE_NOT_KILLED for NULL, and after
///          sandcell_exec_wait_with_output(), whose result has the answer.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_tree_gone(
    exec: *const sandcell_exec,
    reason: *mut *mut sandcell_string,
) -> sandcell_tree {
    let tree_gone = |exec: &sandcell_exec| {
        let tree_gone = exec.locked().as_ref().and_then(Exec::tree_gone);
        (number_of(tree_gone.as_ref()), reason_of(tree_gone))
    };
    // SAFETY: the header's contract.
    unsafe {
        let (tree, text) = value_of(exec, (SANDCELL_TREE_NOT_KILLED, None), tree_gone);
        give_text(reason, text);
        tree
    }
}

/// Lets the command run on without its handle: its output is discarded, and how it
/// ends is not reported.
///
/// After that the handle can only be freed, which no longer kills the command.
///
/// @param exec  changed, may be NULL: then nothing happens
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_detach(exec: *mut sandcell_exec) {
    // SAFETY: the header's contract.
    unsafe { value_of(exec, (), |exec| exec.take().map_or((), Exec::detach)) }
}

/// Frees an exec. Kills the command with all its descendants, in the background,
/// unless it has ended or was detached.
///
/// @param exec  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the exec.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_free(exec: *mut sandcell_exec) {
    // SAFETY: the header's contract.
    unsafe { free(exec) }
}
