//! Every system call on a socket or a spill file, in one place: so that each one is
//! close-on-exec, raises no SIGPIPE and can be made to fail by a test.

use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags};
use nix::sys::signal::{self, SigSet, Signal};
use nix::sys::socket::{self, AddressFamily, MsgFlags, Shutdown, SockFlag, SockType, sockopt};
use nix::sys::socket::{SockaddrStorage, UnixAddr};
use nix::unistd::Pid;

/// Locks a mutex whose data stays consistent even if a holder panicked.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connected pair, close-on-exec, for waking a poll from another thread.
pub(crate) fn socket_pair() -> io::Result<(UnixStream, UnixStream)> {
    fault::point()?;
    UnixStream::pair()
}

/// A non-blocking stream socket for `AF_UNIX`.
pub(crate) fn unix_socket() -> io::Result<OwnedFd> {
    stream_socket(AddressFamily::Unix)
}

fn stream_socket(family: AddressFamily) -> io::Result<OwnedFd> {
    fault::point()?;
    #[cfg(not(target_vendor = "apple"))]
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    #[cfg(target_vendor = "apple")]
    let flags = SockFlag::empty();
    let fd = socket::socket(family, SockType::Stream, flags, None)?;
    #[cfg(target_vendor = "apple")]
    apple::prepare(&fd)?;
    Ok(fd)
}

/// Starts connecting; `EAGAIN` means that the listener's queue is full.
pub(crate) fn connect_unix(fd: BorrowedFd<'_>, path: &Path) -> io::Result<()> {
    fault::point()?;
    let address = UnixAddr::new(path)?;
    Ok(socket::connect(fd.as_raw_fd(), &address)?)
}

/// How often the kernel asks whether a silent peer is still there: a router on
/// the way forgets a connection that it sees nothing of.
const KEEP_ALIVE: u32 = 30;

/// A non-blocking TCP socket, which sends at once and keeps itself alive.
pub(crate) fn tcp_socket(address: SocketAddr) -> io::Result<OwnedFd> {
    let family = if address.is_ipv6() { AddressFamily::Inet6 } else { AddressFamily::Inet };
    let fd = stream_socket(family)?;
    socket::setsockopt(&fd, sockopt::TcpNoDelay, &true)?;
    socket::setsockopt(&fd, sockopt::KeepAlive, &true)?;
    #[cfg(target_vendor = "apple")]
    socket::setsockopt(&fd, sockopt::TcpKeepAlive, &KEEP_ALIVE)?;
    #[cfg(not(any(target_vendor = "apple", target_os = "openbsd")))]
    socket::setsockopt(&fd, sockopt::TcpKeepIdle, &KEEP_ALIVE)?;
    #[cfg(not(target_os = "openbsd"))]
    socket::setsockopt(&fd, sockopt::TcpKeepInterval, &KEEP_ALIVE)?;
    Ok(fd)
}

/// Starts connecting; the socket is writable when that has an end.
pub(crate) fn connect_tcp(fd: BorrowedFd<'_>, address: SocketAddr) -> io::Result<()> {
    fault::point()?;
    match socket::connect(fd.as_raw_fd(), &SockaddrStorage::from(address)) {
        Ok(()) | Err(Errno::EINPROGRESS | Errno::EINTR) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// How connecting ended.
pub(crate) fn connect_result(fd: BorrowedFd<'_>) -> io::Result<()> {
    fault::point()?;
    match socket::getsockopt(&fd, sockopt::SocketError)? {
        0 => Ok(()),
        errno => Err(io::Error::from_raw_os_error(errno)),
    }
}

/// Reads what is there; `WouldBlock` if nothing is.
pub(crate) fn recv(fd: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<usize> {
    fault::point()?;
    retry_interrupted(|| socket::recv(fd.as_raw_fd(), buffer, MsgFlags::MSG_DONTWAIT))
}

/// Writes what fits; `WouldBlock` if nothing does. Never raises SIGPIPE.
pub(crate) fn send(fd: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    fault::point()?;
    #[cfg(not(target_vendor = "apple"))]
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
    #[cfg(target_vendor = "apple")] // SO_NOSIGPIPE was set by `apple::prepare`
    let flags = MsgFlags::MSG_DONTWAIT;
    retry_interrupted(|| socket::send(fd.as_raw_fd(), bytes, flags))
}

/// Ends the write side, so that the peer reads end of stream.
pub(crate) fn shutdown_write(fd: BorrowedFd<'_>) -> io::Result<()> {
    fault::point()?;
    Ok(socket::shutdown(fd.as_raw_fd(), Shutdown::Write)?)
}

/// Starts a program.
pub(crate) fn spawn(command: &mut Command) -> io::Result<Child> {
    fault::point()?;
    command.spawn()
}

/// How long a process may take to end when it is told to.
const LAST_MOMENTS: Duration = Duration::from_millis(50);

/// Ends a process, with all of its group, and reaps it. If it still has the
/// other end of `line`, it is asked first, and has a moment; one that a thread of
/// the library started is deaf to that, as its thread is.
pub(crate) fn end_process(
    child: &mut Child,
    line: Option<BorrowedFd<'_>>,
) -> io::Result<ExitStatus> {
    let group = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
    // Only what is not reaped, by whomever, is sure to have its id still.
    if let (Some(line), None) = (line, child.try_wait()?) {
        let _ = signal::killpg(group, Signal::SIGTERM);
        let _ = poll(&mut [PollFd::new(line, PollFlags::empty())], Some(LAST_MOMENTS));
    }
    if let Some(status) = child.try_wait()? {
        return Ok(status);
    }
    let _ = signal::killpg(group, Signal::SIGKILL);
    child.wait()
}

/// A file for what memory must not hold: unlinked, close-on-exec.
pub(crate) fn spill_file() -> io::Result<File> {
    fault::point()?;
    tempfile::tempfile()
}

/// Writes all of `bytes` at `offset`.
pub(crate) fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    fault::point()?;
    file.write_all_at(bytes, offset)
}

/// Reads all of `buffer` from `offset`.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    fault::point()?;
    file.read_exact_at(buffer, offset)
}

/// Waits until one of `fds` is ready or `timeout` (`None`: for ever) is over.
/// A signal ends the wait early, as a time-out would: callers loop.
pub(crate) fn poll(fds: &mut [PollFd<'_>], timeout: Option<Duration>) -> io::Result<()> {
    fault::point()?;
    match poll_once(fds, timeout) {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn poll_once(fds: &mut [PollFd<'_>], timeout: Option<Duration>) -> nix::Result<i32> {
    nix::poll::ppoll(fds, timeout.map(nix::sys::time::TimeSpec::from), None)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn poll_once(fds: &mut [PollFd<'_>], timeout: Option<Duration>) -> nix::Result<i32> {
    use nix::poll::PollTimeout;
    // Whole milliseconds, rounded up, or the last one would be a busy loop.
    let timeout = timeout.map_or(PollTimeout::NONE, |timeout| {
        PollTimeout::try_from(timeout.as_micros().div_ceil(1000)).unwrap_or(PollTimeout::MAX)
    });
    nix::poll::poll(fds, timeout)
}

/// Whether anything (data, end of stream, an error) waits to be read.
#[cfg(test)]
pub(crate) fn is_readable(fd: BorrowedFd<'_>) -> io::Result<bool> {
    let mut fds = [PollFd::new(fd, PollFlags::POLLIN)];
    poll(&mut fds, Some(Duration::ZERO))?;
    Ok(fds[0].any().unwrap_or(true))
}

/// Blocks every signal on this thread: the library's own threads must never
/// run a handler of the host, nor take a signal that was meant for it.
pub(crate) fn block_signals() {
    // The call fails only for a bad argument; `SigSet::all` is none.
    let _ = SigSet::all().thread_block();
}

fn retry_interrupted(mut call: impl FnMut() -> nix::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(Errno::EINTR) => {}
            result => return Ok(result?),
        }
    }
}

#[cfg(target_vendor = "apple")]
mod apple {
    //! What other systems do by flags at creation, these do afterwards.
    use super::*;
    use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};

    pub(super) fn prepare(fd: &OwnedFd) -> io::Result<()> {
        fcntl(fd, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
        fcntl(fd, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        Ok(())
    }
}

/// Makes the n-th system call of this thread fail, for the torture tests.
pub(crate) mod fault {
    #[cfg(not(test))]
    #[inline(always)]
    pub(super) fn point() -> std::io::Result<()> {
        Ok(())
    }

    #[cfg(test)]
    thread_local! {
        static LEFT: std::cell::Cell<Option<u32>> = const { std::cell::Cell::new(None) };
    }

    #[cfg(test)]
    pub(super) fn point() -> std::io::Result<()> {
        let left = LEFT.get();
        LEFT.set(left.and_then(|left| left.checked_sub(1)));
        match left {
            Some(0) => Err(std::io::Error::from_raw_os_error(nix::errno::Errno::ENOBUFS as i32)),
            _ => Ok(()),
        }
    }

    /// Lets `calls` system calls of this thread pass and fails the next one.
    #[cfg(test)]
    pub(crate) fn after(calls: u32) {
        LEFT.set(Some(calls));
    }

    /// Disarms; whether the fault had not been reached.
    #[cfg(test)]
    pub(crate) fn disarm() -> bool {
        LEFT.take().is_some()
    }
}
