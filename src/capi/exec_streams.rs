//! The streams of a running command.
//!
//! Each output stream may have one reader and the input one writer, all at once:
//! a read that waits holds up neither a write nor a kill. While nobody reads, the
//! library moves the streams, so a command never waits because nobody reads.

use std::ffi::c_void;
use std::os::fd::IntoRawFd;
use std::sync::{Arc, Mutex, PoisonError};

use super::args::{buffer, bytes, duration, handle, invalid, out};
use super::error::{sandcell_error, sandcell_status};
use super::exec_handle::sandcell_exec;
use super::exec_result::{SANDCELL_STDIN, output_stream, sandcell_stream};
use super::guard::guard;
use super::handles::value_of;
use crate::{Error, ErrorKind, Exec, ExecOutput, ExecStdin, OutputStream, Result};

/// The streams of a command, each until it is taken.
pub(super) struct Streams {
    stdin: Slot<ExecStdin>,
    stdout: Slot<ExecOutput>,
    stderr: Slot<ExecOutput>,
}

impl Streams {
    /// Takes those that `exec` has.
    pub(super) fn of(exec: &mut Exec) -> Self {
        Streams {
            stdin: Slot::new(exec.stdin.take()),
            stdout: Slot::new(exec.stdout.take()),
            stderr: Slot::new(exec.stderr.take()),
        }
    }

    pub(super) fn close_stdin(&self) {
        self.stdin.clear();
    }

    fn output(&self, stream: sandcell_stream) -> Result<&Slot<ExecOutput>> {
        output_stream(stream).map(|stream| match stream {
            OutputStream::Stdout => &self.stdout,
            OutputStream::Stderr => &self.stderr,
        })
    }

    fn take_fd(&self, stream: sandcell_stream) -> Result<i32> {
        let fd = match stream {
            SANDCELL_STDIN => self.stdin.take()?.into_fd(),
            other => self.output(other)?.take()?.into_fd(),
        };
        fd.map(IntoRawFd::into_raw_fd)
    }

    /// What `count` says of an output; 0 if there is none.
    fn count(&self, stream: sandcell_stream, count: impl FnOnce(&ExecOutput) -> u64) -> u64 {
        self.output(stream).ok().and_then(Slot::get).map_or(0, |output| count(&output))
    }
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

/// Reads what the command wrote to a stream, waiting until there is some.
///
/// Either stream can be read to its end without reading the other.
///
/// @param exec        in
/// @param stream      in: SANDCELL_STDOUT or SANDCELL_STDERR
/// @param timeout_ms  in: milliseconds to wait at most, or SANDCELL_NO_TIMEOUT
/// @param buf         out: receives the bytes
/// @param cap         in: the size of buf, not 0
/// @param n           out: how many bytes were read; 0 is the end of the stream
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK                    *n is set
///          SANDCELL_ERR_TIMEOUT           nothing came
///          SANDCELL_ERR_INVALID_ARGUMENT  there is no such stream, or it was
///                                         taken
///
/// Threads: any; if two threads read one stream, each gets a part.
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
            let output = handle("exec", exec)?.streams.output(stream)?;
            let (buf, n) = (buffer("buf", buf, cap)?, out("n", n)?);
            let output = output.get().ok_or_else(taken)?;
            n.set(output.read_timeout(buf, duration(timeout_ms))?);
            Ok(())
        })
    }
}

/// Writes to the command's input: waits until there is room for at least one
/// byte, and takes as many as there is room for.
///
/// The library buffers 256 KiB for a command that does not read. Raises no
/// SIGPIPE.
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
///                                         options supplied it
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
            let stdin = exec.streams.stdin.get().ok_or_else(taken)?;
            written.set(stdin.write_timeout(data, duration(timeout_ms))?);
            Ok(())
        })
    }
}

/// Ends the command's input, after what was written.
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
    unsafe { value_of(exec, (), |exec| exec.streams.close_stdin()) }
}

/// Returns whether the command's input is still open: it was not closed, neither
/// directly nor by its descriptor, and the command has not ended. A command that
/// reads to the end of its input runs as long.
///
/// @param exec  in, may be NULL
///
/// @return  true if so; false for NULL, for an input that the options supply, and
///          for an exec that was detached or whose output was collected.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_is_stdin_open(exec: *const sandcell_exec) -> bool {
    // SAFETY: the header's contract.
    unsafe { value_of(exec, false, sandcell_exec::is_stdin_open) }
}

/// Turns a stream into a file descriptor, for an event loop.
///
/// The descriptor is a socket, close-on-exec, and blocking until its owner changes
/// that. That of an output becomes readable when there is output, and at its end.
/// Write to that of the input with MSG_NOSIGNAL, or with SIGPIPE ignored; closing
/// it, or shutting down its write side, ends the input. A descriptor may outlive
/// the exec.
///
/// @param exec    in
/// @param stream  in: SANDCELL_STDIN, SANDCELL_STDOUT or SANDCELL_STDERR
/// @param fd      out: owned by the caller; close it with close()
/// @param error   out, may be NULL
///
/// @return  SANDCELL_OK                    *fd is set, and the stream is taken: no
///                                         function reads or writes it any more
///          SANDCELL_ERR_INVALID_ARGUMENT  there is no such stream, it was taken
///                                         or closed before, or the options
///                                         supplied the input
///          SANDCELL_ERR_CONFLICT          another call is reading or writing it
///          SANDCELL_ERR_IO                out of descriptors or threads; the
///                                         stream is lost
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
            fd.set(exec.streams.take_fd(stream)?);
            Ok(())
        })
    }
}

/// Returns how many bytes the command has written to a stream so far, read or not.
///
/// @param exec    in, may be NULL
/// @param stream  in: SANDCELL_STDOUT or SANDCELL_STDERR
///
/// @return  the number; 0 for NULL, for another stream, and for one that was taken.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_total_bytes(
    exec: *const sandcell_exec,
    stream: sandcell_stream,
) -> u64 {
    // SAFETY: the header's contract.
    unsafe { value_of(exec, 0, |exec| exec.streams.count(stream, ExecOutput::total_bytes)) }
}

/// Returns how many bytes of a stream were dropped because they exceeded
/// sandcell_exec_options_set_max_output().
///
/// @param exec    in, may be NULL
/// @param stream  in: SANDCELL_STDOUT or SANDCELL_STDERR
///
/// @return  the number; 0 for NULL, for another stream, and for one that was taken.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_dropped_bytes(
    exec: *const sandcell_exec,
    stream: sandcell_stream,
) -> u64 {
    // SAFETY: the header's contract.
    unsafe { value_of(exec, 0, |exec| exec.streams.count(stream, ExecOutput::dropped_bytes)) }
}
