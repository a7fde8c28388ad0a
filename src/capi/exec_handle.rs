//! Running commands: their streams, and power over them.
//!
//! One reader of each output stream, one writer and any number of other calls
//! may be at work at once: a read that waits holds up neither a write nor a
//! kill. The library moves the streams on a thread of its own, so a command
//! never waits because nobody reads.

use std::ffi::{c_char, c_void};
use std::os::fd::IntoRawFd;
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use super::args::{buffer, bytes, duration, handle, invalid, out, set_if_some, text};
use super::client::sandcell_client;
use super::error::{sandcell_error, sandcell_status};
use super::exec_options::sandcell_exec_options;
use super::exec_result::{
    SANDCELL_STDIN, SANDCELL_TREE_NOT_KILLED, number_of, numbers_of, output_stream, reason_of,
    sandcell_exec_result, sandcell_outcome, sandcell_stream, sandcell_tree,
};
use super::guard::{free, guard, into_handle, text_of, value_of};
use super::string::{give_text, sandcell_string};
use super::text::Text;
use crate::{
    Error, ErrorKind, Exec, ExecOutput, ExecResult, ExecStdin, Outcome, OutputStream, Result,
};

/// A command that runs in a container, from sandcell_client_start_exec().
///
/// Cancelling the token of its client, or closing the client, ends the command.
/// Free with sandcell_exec_free(), which kills it if it runs.
pub struct sandcell_exec {
    stdin: Slot<ExecStdin>,
    stdout: Slot<ExecOutput>,
    stderr: Slot<ExecOutput>,
    /// Held to read while a call runs; `None` when used up.
    exec: RwLock<Option<Exec>>,
    id: Text,
}

/// A stream's handle, unless it was taken. The lock is never held for long.
struct Slot<T>(Mutex<Option<Arc<T>>>);

impl<T> Slot<T> {
    fn new(stream: Option<T>) -> Self {
        Slot(Mutex::new(stream.map(Arc::new)))
    }

    /// The handle, to use without the lock.
    fn get(&self) -> Option<Arc<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets go of it: it is dropped when no call uses it any more.
    fn clear(&self) {
        let stream = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(stream);
    }

    /// Takes it, if no call uses it.
    fn take(&self) -> Result<T> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stream = slot.take().ok_or_else(taken)?;
        Arc::try_unwrap(stream).map_err(|stream| {
            *slot = Some(stream);
            Error::new(ErrorKind::Conflict, "stream: another call is reading or writing it")
        })
    }
}

fn taken() -> Error {
    invalid("stream", "was taken, closed, or supplied by the options")
}

impl From<Exec> for sandcell_exec {
    fn from(mut exec: Exec) -> Self {
        sandcell_exec {
            stdin: Slot::new(exec.stdin.take()),
            stdout: Slot::new(exec.stdout.take()),
            stderr: Slot::new(exec.stderr.take()),
            id: exec.id().to_owned().into(),
            exec: RwLock::new(Some(exec)),
        }
    }
}

impl sandcell_exec {
    fn output(&self, stream: sandcell_stream) -> Result<&Slot<ExecOutput>> {
        output_stream(stream).map(|stream| match stream {
            OutputStream::Stdout => &self.stdout,
            OutputStream::Stderr => &self.stderr,
        })
    }

    fn locked(&self) -> RwLockReadGuard<'_, Option<Exec>> {
        self.exec.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, call: impl FnOnce(&Exec) -> Result<T>) -> Result<T> {
        self.locked().as_ref().ok_or_else(used_up).and_then(call)
    }

    /// Waits while others may use the command, and takes it when it has ended.
    fn wait_with_output(&self) -> Result<ExecResult> {
        self.stdin.clear();
        self.with(|exec| exec.wait_timeout(Duration::MAX).map(drop))?;
        let exec = self.exec.write().unwrap_or_else(PoisonError::into_inner).take();
        exec.ok_or_else(used_up)?.wait_with_output()
    }

    fn take_fd(&self, stream: sandcell_stream) -> Result<i32> {
        let fd = match stream {
            SANDCELL_STDIN => self.stdin.take()?.into_fd(),
            other => self.output(other)?.take()?.into_fd(),
        };
        fd.map(IntoRawFd::into_raw_fd)
    }
}

fn used_up() -> Error {
    invalid("exec", "was detached, or its output was collected")
}

/// Starts a command in a container.
///
/// The client's time-out limits the start; its token, and closing it, end the
/// command at any time.
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param options                   in
/// @param exec                      out: owned by the caller; free with
///                                  sandcell_exec_free()
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK                    *exec is set; an engine may accept a
///                                        command that cannot be started:
///                                        then sandcell_exec_wait() says so
///          SANDCELL_ERR_INVALID_ARGUMENT  a bad option; the message names it
///          SANDCELL_ERR_NOT_FOUND         there is no such container
///          SANDCELL_ERR_CONTAINER_ENDED   the container has ended
///          SANDCELL_ERR_CONFLICT          it was never started, or is paused
///          SANDCELL_ERR_COMMAND_NOT_FOUND, SANDCELL_ERR_COMMAND_NOT_EXECUTABLE,
///          SANDCELL_ERR_BAD_WORKING_DIR, SANDCELL_ERR_BAD_USER,
///          SANDCELL_ERR_ARGUMENTS_TOO_LONG,
///          SANDCELL_ERR_EXEC_START        the command cannot be started
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_start_exec(
    client: *const sandcell_client,
    container: *const c_char,
    container_len: usize,
    options: *const sandcell_exec_options,
    exec: *mut *mut sandcell_exec,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let client = handle("client", client)?;
            let container = text("container", container, container_len)?;
            let options = handle("options", options)?;
            let exec = out("exec", exec)?;
            exec.write_handle(client.0.start_exec(container, &options.0)?.into());
            Ok(())
        })
    }
}

/// Tells the engine's id of the exec.
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

/// Reads what the command wrote to a stream, waiting until there is some.
///
/// Each stream can be read to its end without touching the other.
///
/// @param exec        in
/// @param stream      in: SANDCELL_STDOUT or SANDCELL_STDERR
/// @param timeout_ms  in: milliseconds to wait at most, or SANDCELL_NO_TIMEOUT
/// @param buf         out: place for bytes
/// @param cap         in: the size of that place, not 0
/// @param n           out: how many bytes were read; 0 is the end of the stream
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK                    *n is set
///          SANDCELL_ERR_TIMEOUT           nothing came
///          SANDCELL_ERR_INVALID_ARGUMENT  there is no such stream, or it was
///                                        taken
///
/// Threads: any; of two readers of one stream, each gets a part.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_read(
    exec: *const sandcell_exec,
    stream: sandcell_stream,
    timeout_ms: u64,
    buf: *mut c_void,
    cap: usize,
    n: *mut usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let output = handle("exec", exec)?.output(stream)?;
            let (buf, n) = (buffer("buf", buf, cap)?, out("n", n)?);
            let output = output.get().ok_or_else(taken)?;
            n.set(output.read_timeout(buf, duration(timeout_ms))?);
            Ok(())
        })
    }
}

/// Writes some bytes to the command's input, waiting until there is room for
/// at least one.
///
/// 256 KiB are held for a command that does not read. Raises no SIGPIPE.
///
/// @param exec            in
/// @param data, data_len  in: any bytes
/// @param timeout_ms      in: milliseconds to wait at most, or
///                        SANDCELL_NO_TIMEOUT
/// @param written         out: how many bytes were taken, from the first on
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK                    *written is set
///          SANDCELL_ERR_TIMEOUT           there was no room; nothing was taken
///          SANDCELL_ERR_DISCONNECTED      the command takes no more input
///          SANDCELL_ERR_INVALID_ARGUMENT  the input was closed or taken, or the
///                                        options supplied it
///
/// Threads: any; the bytes of two writers at once are mixed.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_write(
    exec: *const sandcell_exec,
    data: *const c_void,
    data_len: usize,
    timeout_ms: u64,
    written: *mut usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (exec, data) = (handle("exec", exec)?, bytes("data", data, data_len)?);
            let written = out("written", written)?;
            let stdin = exec.stdin.get().ok_or_else(taken)?;
            written.set(stdin.write_timeout(data, duration(timeout_ms))?);
            Ok(())
        })
    }
}

/// Ends the command's input, behind what was written.
///
/// Takes effect when a write that runs in another thread has returned. May be
/// repeated.
///
/// @param exec  in, may be NULL: then nothing happens
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_close_stdin(exec: *const sandcell_exec) {
    // SAFETY: the header's contract.
    unsafe { value_of(exec, (), |exec| exec.stdin.clear()) }
}

/// Turns a stream into a file descriptor, for an event loop.
///
/// A socket, close-on-exec, blocking until its owner changes that. One of an
/// output becomes readable when there is output, and at the end of it; write to
/// one of the input with MSG_NOSIGNAL, or with SIGPIPE ignored. Closing the
/// input's, or ending its write side, ends the input. A descriptor may outlive
/// the exec.
///
/// @param exec    in
/// @param stream  in: SANDCELL_STDIN, SANDCELL_STDOUT or SANDCELL_STDERR
/// @param fd      out: owned by the caller; close it with close()
/// @param error   out, may be NULL
///
/// @return  SANDCELL_OK                    *fd is set, and the stream is taken:
///                                        no function reads or writes it
///          SANDCELL_ERR_INVALID_ARGUMENT  there is no such stream, it was taken
///                                        or closed before, or the options
///                                        supplied the input
///          SANDCELL_ERR_CONFLICT          another call is reading or writing it
///          SANDCELL_ERR_IO                no descriptor or thread can be had;
///                                        the stream is lost
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_take_fd(
    exec: *const sandcell_exec,
    stream: sandcell_stream,
    fd: *mut i32,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (exec, fd) = (handle("exec", exec)?, out("fd", fd)?);
            fd.set(exec.take_fd(stream)?);
            Ok(())
        })
    }
}

/// Tells how many bytes the command has written to a stream so far, read or
/// not.
///
/// @param exec    in, may be NULL
/// @param stream  in: SANDCELL_STDOUT or SANDCELL_STDERR
///
/// @return  the number; 0 for NULL, another stream, or one that was taken.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_total_bytes(
    exec: *const sandcell_exec,
    stream: sandcell_stream,
) -> u64 {
    let total = |exec: &sandcell_exec| {
        exec.output(stream).ok().and_then(Slot::get).map_or(0, |output| output.total_bytes())
    };
    // SAFETY: the header's contract.
    unsafe { value_of(exec, 0, total) }
}

/// Tells how many bytes of a stream were dropped because they were beyond
/// sandcell_exec_options_set_max_output().
///
/// @param exec    in, may be NULL
/// @param stream  in: SANDCELL_STDOUT or SANDCELL_STDERR
///
/// @return  the number; 0 for NULL, another stream, or one that was taken.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_dropped_bytes(
    exec: *const sandcell_exec,
    stream: sandcell_stream,
) -> u64 {
    let dropped = |exec: &sandcell_exec| {
        exec.output(stream).ok().and_then(Slot::get).map_or(0, |output| output.dropped_bytes())
    };
    // SAFETY: the header's contract.
    unsafe { value_of(exec, 0, dropped) }
}

/// Waits for the command to end.
///
/// Does not end its input: a command that reads all of it ends after
/// sandcell_exec_close_stdin() only. Does not wait for anybody to read its
/// output. May be repeated.
///
/// @param exec        in
/// @param timeout_ms  in: milliseconds to wait at most, or SANDCELL_NO_TIMEOUT;
///                    0 to look
/// @param outcome     out, may be NULL: one of SANDCELL_OUTCOME_*; why one is
///                    lost, sandcell_exec_lost_reason() tells
/// @param code        out, may be NULL: the exit code with
///                    SANDCELL_OUTCOME_EXITED, the signal with
///                    SANDCELL_OUTCOME_SIGNALLED, else -1
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK           it has ended; *outcome and *code are set
///          SANDCELL_ERR_TIMEOUT  it still runs
///          SANDCELL_ERR_COMMAND_NOT_FOUND, SANDCELL_ERR_COMMAND_NOT_EXECUTABLE,
///          SANDCELL_ERR_BAD_WORKING_DIR, SANDCELL_ERR_BAD_USER,
///          SANDCELL_ERR_ARGUMENTS_TOO_LONG,
///          SANDCELL_ERR_EXEC_START
///                               it could not be started
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
            let still_runs = || Error::new(ErrorKind::Timeout, "timed out: the command still runs");
            let numbers = numbers_of(&ended.ok_or_else(still_runs)?);
            set_if_some(outcome, Some(numbers.0));
            set_if_some(code, Some(numbers.1));
            Ok(())
        })
    }
}

/// Tells why it is not known what became of the command.
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

/// Ends the command's input, waits for the command to end, and collects what is
/// unread of its output.
///
/// An input that was taken stays open. Other threads may use the exec while
/// this waits; afterwards it is good for sandcell_exec_free() and for reads,
/// which find the end of the streams.
///
/// @param exec    in
/// @param result  out: owned by the caller; free with
///                sandcell_exec_result_free()
/// @param error   out, may be NULL
///
/// @return  SANDCELL_OK  it has ended, and *result is set
///          SANDCELL_ERR_COMMAND_NOT_FOUND, SANDCELL_ERR_COMMAND_NOT_EXECUTABLE,
///          SANDCELL_ERR_BAD_WORKING_DIR, SANDCELL_ERR_BAD_USER,
///          SANDCELL_ERR_ARGUMENTS_TOO_LONG,
///          SANDCELL_ERR_EXEC_START
///                      it could not be started
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

/// Kills the command and all its descendants: the signal TERM, the time of
/// sandcell_exec_options_set_kill_grace_ms(), KILL, and proof that nothing is
/// left.
///
/// As long as no other command of its user runs in the container, all that is
/// this user's is killed, which no process can evade; the proof is how many
/// processes the engine counts in the container. Beside other commands, what
/// can be told to be the command's is killed, and proof may not be had: then the
/// answer is SANDCELL_TREE_UNKNOWN, unless the command has a user of its own.
///
/// Takes the time of sandcell_exec_options_set_kill_timeout_ms() at most. The
/// outcome, for sandcell_exec_wait(), is the signal.
///
/// @param exec    in
/// @param tree    out, may be NULL: one of SANDCELL_TREE_*
/// @param reason  out, may be NULL: why there is no proof, a text for people,
///                owned by the caller; free with sandcell_string_free(). NULL
///                unless *tree is SANDCELL_TREE_UNKNOWN
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

/// Sends one signal to the command's first process. Does nothing if it has
/// ended.
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
///          any other   what the engine answers, for example if there is no
///                      terminal
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

/// Asks the container for the command's first process.
///
/// @param exec   in
/// @param pid    out: its number in the container; 0 if it has ended
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

/// Tells whether anything of a killed command is left.
///
/// @param exec    in, may be NULL
/// @param reason  out, may be NULL: why there is no proof, a text for people,
///                owned by the caller; free with sandcell_string_free(). NULL
///                unless the answer is SANDCELL_TREE_UNKNOWN
///
/// @return  one of SANDCELL_TREE_*; SANDCELL_TREE_NOT_KILLED for NULL, and after
///          sandcell_exec_wait_with_output(), whose result tells.
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

/// Lets the command run on without its handle: nobody will read its output any
/// more, or learn how it ends.
///
/// The handle is then good for sandcell_exec_free() only, which does not kill
/// any more.
///
/// @param exec  changed, may be NULL: then nothing happens
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_detach(exec: *mut sandcell_exec) {
    let detach = |exec: &sandcell_exec| {
        let detached = exec.exec.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(detached) = detached {
            detached.detach();
        }
    };
    // SAFETY: the header's contract.
    unsafe { value_of(exec, (), detach) }
}

/// Frees an exec; kills the command with all its descendants, in the
/// background, unless it has ended or was detached.
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
