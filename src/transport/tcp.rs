//! `tcp://`: a TCP connection.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Instant;

use nix::errno::Errno;
use nix::poll::PollFlags;

use super::authority::Authority;
use crate::api::Stream;
use crate::call_context::{CallContext, Limit};
use crate::error::{Error, ErrorKind, Result};
use crate::sys;
use crate::tasks::Tasks;

/// A plain TCP connection.
#[derive(Debug)]
pub(super) struct TcpStream(OwnedFd);

impl Stream for TcpStream {
    fn fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    fn recv(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        sys::recv(self.fd(), buffer).map_err(|error| match error.kind() {
            // Unlike on a Unix socket, a reset may discard bytes sent before it.
            io::ErrorKind::ConnectionReset => io::Error::new(io::ErrorKind::UnexpectedEof, error),
            _ => error,
        })
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        sys::send(self.fd(), bytes)
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        sys::shutdown_write(self.fd())
    }

    fn is_unbuffered(&self) -> bool {
        true
    }
}

/// Connects to the first address of `authority` that accepts the connection.
pub(super) fn connect(
    endpoint: &dyn fmt::Display,
    authority: &Authority,
    context: &CallContext,
) -> Result<TcpStream> {
    connect_to_any(endpoint, &resolve(endpoint, authority, context)?, context)
}

fn connect_to_any(
    endpoint: &dyn fmt::Display,
    addresses: &[SocketAddr],
    context: &CallContext,
) -> Result<TcpStream> {
    let mut failures = Vec::new();
    for (nth, &address) in addresses.iter().enumerate() {
        let result = connect_to(address, &share(context, addresses.len() - nth));
        match result.map_err(|error| error.downcast::<Error>()) {
            Ok(stream) => return Ok(stream),
            Err(Ok(limit)) => {
                let at = |e: Error| e.context(format_args!("{endpoint} does not respond"));
                context.check().map_err(at)?;
                failures.push((address, io::Error::other(limit)));
            }
            Err(Err(error)) => failures.push((address, error)),
        }
    }
    Err(explain(endpoint, failures))
}

/// The limits for the next of `left` addresses: an equal share of the remaining
/// time, so that an unresponsive address leaves time for the others.
fn share(context: &CallContext, left: usize) -> CallContext {
    let Some(deadline) = context.deadline() else { return context.clone() };
    let left = u32::try_from(left).unwrap_or(u32::MAX);
    let part = deadline.saturating_duration_since(Instant::now()) / left.max(1);
    context.clone().within(part, Limit::Connect(part))
}

fn connect_to(address: SocketAddr, context: &CallContext) -> io::Result<TcpStream> {
    let socket = sys::tcp_socket(address)?;
    sys::connect_tcp(socket.as_fd(), address)?;
    context.wait(socket.as_fd(), PollFlags::POLLOUT).map_err(io::Error::other)?;
    sys::connect_result(socket.as_fd())?;
    Ok(TcpStream(socket))
}

/// Resolves the addresses of `authority`. A name is looked up on another thread, because
/// a lookup cannot be interrupted, only abandoned.
fn resolve(
    endpoint: &dyn fmt::Display,
    authority: &Authority,
    context: &CallContext,
) -> Result<Vec<SocketAddr>> {
    if let Ok(address) = authority.host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, authority.port)]);
    }
    let wanted = (authority.host.clone(), authority.port);
    let look_up = move || match wanted.to_socket_addrs() {
        Ok(addresses) => Ok(addresses.collect::<Vec<_>>()),
        Err(error) => {
            let problem = "the host name could not be resolved";
            Err(Error::new(ErrorKind::Unreachable, problem).with_source(error))
        }
    };
    let tasks = Arc::new(Tasks::default());
    let addresses = tasks.run_abandonable(context, "sandcell-resolve", look_up, drop);
    let addresses = addresses.map_err(|e| e.context(cannot_reach(endpoint)))?;
    if addresses.is_empty() {
        let problem = format!("{}: the host name has no address", cannot_reach(endpoint));
        return Err(Error::new(ErrorKind::Unreachable, problem));
    }
    Ok(addresses)
}

/// Turns the errno of `connect` into an error with a hint.
fn explain(endpoint: &dyn fmt::Display, mut failures: Vec<(SocketAddr, io::Error)>) -> Error {
    let others = failures.len().saturating_sub(1);
    let Some((address, error)) = failures.pop() else { unreachable!("no address was tried") };
    let (kind, hint) = match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ECONNREFUSED) => (
            ErrorKind::ConnectionRefused,
            "connection refused; is the engine running, and is the port correct?",
        ),
        Some(Errno::EHOSTUNREACH | Errno::ENETUNREACH) => {
            (ErrorKind::Unreachable, "the network has no route to it")
        }
        _ => (ErrorKind::Unreachable, "connecting failed"),
    };
    let at = match others {
        0 => address.to_string(),
        _ => format!("{address} and {others} more"),
    };
    let error_at = format!("{}: {hint} ({at})", cannot_reach(endpoint));
    Error::new(kind, error_at).with_source(error)
}

fn cannot_reach(endpoint: &dyn fmt::Display) -> String {
    format!("cannot reach the engine at {endpoint}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::time::Duration;

    const ENGINE: &str = "tcp://engine";

    /// An address that nothing listens on.
    fn closed() -> SocketAddr {
        TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
    }

    #[test]
    fn each_address_is_tried_until_one_takes_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addresses = [closed(), listener.local_addr().unwrap(), closed()];
        connect_to_any(&ENGINE, &addresses, &CallContext::unlimited()).unwrap();
        listener.accept().unwrap();
    }

    #[test]
    fn if_none_does_the_error_says_how_many_were_tried() {
        let addresses = [closed(), closed()];
        let error = connect_to_any(&ENGINE, &addresses, &CallContext::unlimited()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        let tried = format!("({} and 1 more)", addresses[1]);
        assert!(error.to_string().contains(&tried), "{error}");
    }

    #[test]
    fn the_time_is_divided_among_the_addresses() {
        let context = CallContext::unlimited().within(Duration::from_secs(60), Limit::Call);
        let part = share(&context, 3).deadline().unwrap() - Instant::now();
        assert!((19..=20).contains(&part.as_secs()), "{part:?}");
        assert_eq!(
            share(&context, 1).deadline().map(|at| at <= context.deadline().unwrap()),
            Some(true)
        );
        assert_eq!(share(&CallContext::unlimited(), 3).deadline(), None);
    }
}
