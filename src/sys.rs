//! The system calls on sockets and spill files, in one place: so that every descriptor
//! is close-on-exec, no call raises SIGPIPE, and a test can make each call fail.

use std::fs::File;
use std::io::{self, Read};
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

/// Creates a connected pair of sockets, close-on-exec.
pub(crate) fn socket_pair() -> io::Result<(UnixStream, UnixStream)> {
    fault::point()?;
    UnixStream::pair()
}

/// Duplicates a descriptor, close-on-exec.
pub(crate) fn duplicate(fd: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    fault::point()?;
    fd.try_clone_to_owned()
}

/// Creates a non-blocking `AF_UNIX` stream socket.
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

/// Connects to a Unix socket; `EAGAIN` means that the listen queue is full.
pub(crate) fn connect_unix(fd: BorrowedFd<'_>, path: &Path) -> io::Result<()> {
    fault::point()?;
    let address = UnixAddr::new(path)?;
    Ok(socket::connect(fd.as_raw_fd(), &address)?)
}

/// The interval of TCP keep-alive probes, in seconds. Without them, a NAT router may
/// drop an idle connection.
const KEEP_ALIVE: u32 = 30;

/// Creates a non-blocking TCP socket with `TCP_NODELAY` and keep-alive.
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

/// Starts connecting. The socket becomes writable when the attempt has finished.
pub(crate) fn connect_tcp(fd: BorrowedFd<'_>, address: SocketAddr) -> io::Result<()> {
    fault::point()?;
    match socket::connect(fd.as_raw_fd(), &SockaddrStorage::from(address)) {
        Ok(()) | Err(Errno::EINPROGRESS | Errno::EINTR) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// Returns the result of connecting.
pub(crate) fn connect_result(fd: BorrowedFd<'_>) -> io::Result<()> {
    fault::point()?;
    match socket::getsockopt(&fd, sockopt::SocketError)? {
        0 => Ok(()),
        errno => Err(io::Error::from_raw_os_error(errno)),
    }
}

/// Reads available bytes; `WouldBlock` if there are none.
pub(crate) fn recv(fd: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<usize> {
    fault::point()?;
    retry_interrupted(|| socket::recv(fd.as_raw_fd(), buffer, MsgFlags::MSG_DONTWAIT))
}

/// Writes as many bytes as fit; `WouldBlock` if none do. Never raises SIGPIPE.
pub(crate) fn send(fd: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    fault::point()?;
    #[cfg(not(target_vendor = "apple"))]
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
    #[cfg(target_vendor = "apple")] // SO_NOSIGPIPE was set by `apple::prepare`
    let flags = MsgFlags::MSG_DONTWAIT;
    retry_interrupted(|| socket::send(fd.as_raw_fd(), bytes, flags))
}

/// Closes the write side, so that the peer reads end of stream.
pub(crate) fn shutdown_write(fd: BorrowedFd<'_>) -> io::Result<()> {
    fault::point()?;
    Ok(socket::shutdown(fd.as_raw_fd(), Shutdown::Write)?)
}

/// Starts a program.
pub(crate) fn spawn(command: &mut Command) -> io::Result<Child> {
    fault::point()?;
    command.spawn()
}

/// How long a process may take to exit after SIGTERM.
const TERM_GRACE: Duration = Duration::from_millis(50);

/// Kills a process and its process group, and reaps it. If `socket` is given, whose
/// other end the process has, sends SIGTERM first and waits up to [`TERM_GRACE`] for the
/// process to close it. A process that a thread of the library started ignores SIGTERM,
/// because it inherits the blocked signals of the thread.
pub(crate) fn end_process(
    child: &mut Child,
    socket: Option<BorrowedFd<'_>>,
) -> io::Result<ExitStatus> {
    let group = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
    // Signal it only before it is reaped: afterwards its PID may be reused.
    if let (Some(socket), None) = (socket, child.try_wait()?) {
        let _ = signal::killpg(group, Signal::SIGTERM);
        let _ = poll(&mut [PollFd::new(socket, PollFlags::empty())], Some(TERM_GRACE));
    }
    if let Some(status) = child.try_wait()? {
        return Ok(status);
    }
    let _ = signal::killpg(group, Signal::SIGKILL);
    child.wait()
}

/// Creates an unlinked temporary file, close-on-exec.
pub(crate) fn spill_file() -> io::Result<File> {
    fault::point()?;
    tempfile::tempfile()
}

/// Reads a file of `/proc`. The kernel makes one up anew for each read and does not
/// tell its size, so it is read in as few pieces as possible.
pub(crate) fn read_proc(path: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(8 * 1024);
    File::open(path)?.take(u64::MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
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

/// Waits until one of `fds` is ready or `timeout` expires (`None` for no timeout). A
/// signal ends the wait early, like a timeout, so callers must loop.
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
    // Rounded up to milliseconds; otherwise the last one would be a busy loop.
    let timeout = timeout.map_or(PollTimeout::NONE, |timeout| {
        PollTimeout::try_from(timeout.as_micros().div_ceil(1000)).unwrap_or(PollTimeout::MAX)
    });
    nix::poll::poll(fds, timeout)
}

/// Whether data, end of stream or an error can be read without blocking.
pub(crate) fn is_readable(fd: BorrowedFd<'_>) -> io::Result<bool> {
    let mut fds = [PollFd::new(fd, PollFlags::POLLIN)];
    poll(&mut fds, Some(Duration::ZERO))?;
    Ok(fds[0].any().unwrap_or(true))
}

/// Blocks all signals on this thread: the library's threads must never run a signal
/// handler of the host program, nor receive a signal intended for it.
pub(crate) fn block_signals() {
    // This fails only for an invalid argument.
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
    //! Sets what other systems set with flags when a socket is created.
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

    /// Disarms the fault; returns whether it had not been reached.
    #[cfg(test)]
    pub(crate) fn disarm() -> bool {
        LEFT.take().is_some()
    }
}
