//! Running commands.

use std::io::{self, Read, Write};
use std::os::fd::{FromRawFd, OwnedFd};
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use sandcell::capi::*;
use sandcell::{Error, ErrorKind, Outcome, Result, TreeGone};

use super::call::{Owned, call, milliseconds, string, text};
use super::error;
use super::result::{finished, outcome_of, tree_of};
use crate::support::front::{self, Finished};

type Handle = Arc<Owned<sandcell_exec>>;

pub struct Exec {
    handle: Handle,
    is_stdin_taken: bool,
}

impl Exec {
    pub fn new(handle: *mut sandcell_exec) -> Self {
        let handle = Arc::new(Owned::new(handle, sandcell_exec_free));
        Exec { handle, is_stdin_taken: false }
    }

    fn get(&self) -> *const sandcell_exec {
        self.handle.get()
    }

    fn wait_within(&self, timeout_ms: u64) -> Result<Outcome> {
        // SAFETY: the exec is live.
        let (outcome, code) = call(|(outcome, code), error| unsafe {
            sandcell_exec_wait(self.get(), timeout_ms, outcome, code, error)
        })?;
        // SAFETY: the exec is live.
        let reason = unsafe { sandcell_exec_lost_reason(self.get()) };
        assert_eq!(!reason.is_null(), outcome == SANDCELL_OUTCOME_LOST);
        Ok(outcome_of(outcome, code, || error::owned(reason)))
    }

    fn output(&self, stream: sandcell_stream) -> Output {
        Output { exec: Arc::clone(&self.handle), stream }
    }
}

impl front::Exec for Exec {
    type Stdin = Stdin;
    type Output = Output;

    fn take_stdin(&mut self) -> Option<Stdin> {
        let stdin = Stdin(Arc::clone(&self.handle));
        self.is_stdin_taken = true;
        match front::Stdin::write_timeout(&stdin, b"", Duration::ZERO) {
            Ok(count) => assert_eq!(count, 0),
            Err(error) => {
                assert!(error.is_invalid_argument(), "{error}");
                return None;
            }
        }
        Some(stdin)
    }

    fn take_stdout(&mut self) -> Output {
        self.output(SANDCELL_STDOUT)
    }

    fn take_stderr(&mut self) -> Output {
        self.output(SANDCELL_STDERR)
    }

    fn id(&self) -> String {
        // SAFETY: the exec is live.
        text(|len| unsafe { sandcell_exec_id(self.get(), len) })
    }

    fn wait(&mut self) -> Result<Outcome> {
        if !self.is_stdin_taken {
            // SAFETY: the exec is live.
            unsafe { sandcell_exec_close_stdin(self.get()) }
        }
        self.wait_within(SANDCELL_NO_TIMEOUT)
    }

    fn try_wait(&self) -> Result<Option<Outcome>> {
        self.wait_timeout(Duration::ZERO)
    }

    fn wait_timeout(&self, timeout: Duration) -> Result<Option<Outcome>> {
        match self.wait_within(milliseconds(timeout)) {
            Err(error) if error.is_timeout() => Ok(None),
            ended => ended.map(Some),
        }
    }

    fn wait_with_output(self) -> Result<Finished> {
        // SAFETY: the exec is live.
        call(|result, error| unsafe { sandcell_exec_wait_with_output(self.get(), result, error) })
            .map(finished)
    }

    fn is_stdin_open(&self) -> bool {
        // SAFETY: the exec is live.
        unsafe { sandcell_exec_is_stdin_open(self.get()) }
    }

    fn ended_fd(&self) -> Result<OwnedFd> {
        // SAFETY: the exec is live.
        let fd = call(|fd, error| unsafe { sandcell_exec_ended_fd(self.get(), fd, error) })?;
        // SAFETY: it is owned by the caller.
        Ok(unsafe { OwnedFd::from_raw_fd(fd) })
    }

    fn kill(&self) -> Result<TreeGone> {
        // SAFETY: the exec is live.
        let (tree, reason) = call(|(tree, reason), error| unsafe {
            sandcell_exec_kill(self.get(), tree, reason, error)
        })?;
        Ok(tree_of(tree, string(reason)).unwrap())
    }

    fn tree_gone(&self) -> Option<TreeGone> {
        let mut reason = ptr::dangling_mut();
        // SAFETY: the exec is live.
        let tree = unsafe { sandcell_exec_tree_gone(self.get(), &mut reason) };
        tree_of(tree, string(reason))
    }

    fn signal(&self, signal: i32) -> Result<()> {
        // SAFETY: the exec is live.
        call(|(), error| unsafe { sandcell_exec_signal(self.get(), signal, error) })
    }

    fn pid_in_container(&self) -> Result<Option<i32>> {
        // SAFETY: the exec is live.
        let pid =
            call(|pid, error| unsafe { sandcell_exec_pid_in_container(self.get(), pid, error) })?;
        Ok((pid != 0).then_some(pid))
    }

    fn resize(&self, rows: u16, columns: u16) -> Result<()> {
        // SAFETY: the exec is live.
        call(|(), error| unsafe { sandcell_exec_resize(self.get(), rows, columns, error) })
    }

    fn detach(mut self) {
        let handle = Arc::get_mut(&mut self.handle).expect("no stream is in use");
        // SAFETY: the exec is live, and nobody else uses it.
        unsafe { sandcell_exec_detach(handle.get_mut()) }
    }
}

pub struct Stdin(Handle);

impl Stdin {
    fn write_within(&self, bytes: &[u8], timeout_ms: u64) -> Result<usize> {
        let (exec, data) = (self.0.get(), bytes.as_ptr().cast());
        // SAFETY: the exec is live, there are as many bytes.
        call(|written, error| unsafe {
            sandcell_exec_write(exec, data, bytes.len(), timeout_ms, written, error)
        })
    }
}

impl front::Stdin for Stdin {
    fn write_timeout(&self, bytes: &[u8], timeout: Duration) -> Result<usize> {
        self.write_within(bytes, milliseconds(timeout))
    }

    fn into_fd(self) -> Result<OwnedFd> {
        taken_fd(&self.0, SANDCELL_STDIN)
    }
}

impl Write for Stdin {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_within(bytes, SANDCELL_NO_TIMEOUT).map_err(io_error)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Stdin {
    fn drop(&mut self) {
        // SAFETY: the exec is live.
        unsafe { sandcell_exec_close_stdin(self.0.get()) }
    }
}

pub struct Output {
    exec: Handle,
    stream: sandcell_stream,
}

impl Output {
    fn read_within(&self, buffer: &mut [u8], timeout_ms: u64) -> Result<usize> {
        let (exec, buf, cap) = (self.exec.get(), buffer.as_mut_ptr().cast(), buffer.len());
        // SAFETY: the exec is live, the buffer is as large.
        call(|n, error| unsafe {
            sandcell_exec_read(exec, self.stream, timeout_ms, buf, cap, n, error)
        })
    }
}

impl front::Output for Output {
    fn read_timeout(&self, buffer: &mut [u8], timeout: Duration) -> Result<usize> {
        self.read_within(buffer, milliseconds(timeout))
    }

    fn total_bytes(&self) -> u64 {
        // SAFETY: the exec is live.
        unsafe { sandcell_exec_total_bytes(self.exec.get(), self.stream) }
    }

    fn dropped_bytes(&self) -> u64 {
        // SAFETY: the exec is live.
        unsafe { sandcell_exec_dropped_bytes(self.exec.get(), self.stream) }
    }

    fn into_fd(self) -> Result<OwnedFd> {
        taken_fd(&self.exec, self.stream)
    }
}

impl Read for Output {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_within(buffer, SANDCELL_NO_TIMEOUT).map_err(io_error)
    }
}

fn taken_fd(exec: &Handle, stream: sandcell_stream) -> Result<OwnedFd> {
    // SAFETY: the exec is live.
    let fd = call(|fd, error| unsafe { sandcell_exec_take_fd(exec.get(), stream, fd, error) })?;
    // SAFETY: it is owned by the caller.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn io_error(error: Error) -> io::Error {
    match error.kind() {
        ErrorKind::Disconnected => io::Error::new(io::ErrorKind::BrokenPipe, error),
        _ => io::Error::other(error),
    }
}
