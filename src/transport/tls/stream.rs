//! A TLS connection.

use std::fmt;
use std::io::{self, ErrorKind::WouldBlock, Read, Write};
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use nix::poll::PollFlags;
use rustls::{AlertDescription, CertificateError, ClientConnection, Error as TlsError};

use super::Tls;
use crate::api::{Stream, interest};
use crate::call_context::CallContext;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::tcp::TcpStream;

/// A TLS connection. Sent bytes are encrypted at once, and may then wait in a buffer
/// for the socket; receiving never waits for them.
pub(in crate::transport) struct TlsStream {
    session: ClientConnection,
    tcp: TcpStream,
    write_state: WriteState,
    /// The endpoint, for messages.
    engine: String,
}

/// The state of the write side.
#[derive(Debug, PartialEq, Eq)]
enum WriteState {
    Open,
    /// The close_notify is encrypted, but perhaps not yet sent.
    Closing,
    Closed,
}

impl Tls {
    /// Does the TLS handshake.
    pub(in crate::transport) fn handshake(
        &self,
        endpoint: &dyn fmt::Display,
        tcp: TcpStream,
        context: &CallContext,
    ) -> Result<TlsStream> {
        let engine = endpoint.to_string();
        let session = ClientConnection::new(Arc::clone(&self.config), self.server.clone());
        let session = session.map_err(|e| explain(&engine, e))?;
        let mut stream = TlsStream { session, tcp, write_state: WriteState::Open, engine };
        while stream.session.is_handshaking() {
            match stream.flush().and_then(|()| stream.receive()) {
                Ok(0) => return Err(stream.cut_off(io::ErrorKind::UnexpectedEof.into())),
                Ok(_) => {}
                Err(error) if error.kind() == WouldBlock => {
                    let wanted = interest(&stream, PollFlags::POLLIN);
                    let at = |e: Error| e.context(format!("TLS handshake with {endpoint}"));
                    context.wait(stream.fd(), wanted).map_err(at)?;
                }
                Err(error) => {
                    return Err(error.downcast().unwrap_or_else(|error| stream.cut_off(error)));
                }
            }
        }
        Ok(stream)
    }
}

impl TlsStream {
    /// Reads from the socket what is available; 0 at the end of the stream.
    fn receive(&mut self) -> io::Result<usize> {
        let count = self.session.read_tls(&mut Wire(&mut self.tcp))?;
        if let Err(error) = self.session.process_new_packets() {
            let _ = self.flush(); // sends the alert to the engine
            return Err(io::Error::other(explain(&self.engine, error)));
        }
        Ok(count)
    }

    /// Writes encrypted bytes to the socket, and then closes the write side, if due.
    fn flush(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            self.session.write_tls(&mut Wire(&mut self.tcp))?;
        }
        if self.write_state == WriteState::Closing {
            self.write_state = WriteState::Closed;
            self.tcp.shutdown_write()?;
        }
        Ok(())
    }

    fn cut_off(&self, error: io::Error) -> Error {
        let message = format!("the engine at {} aborted the TLS handshake", self.engine);
        Error::new(ErrorKind::Unreachable, message).with_source(error)
    }
}

impl Stream for TlsStream {
    fn fd(&self) -> BorrowedFd<'_> {
        self.tcp.fd()
    }

    fn recv(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // If that fails, there may still be an alert to receive, with the reason.
        let _ = self.flush();
        loop {
            match self.session.reader().read(buffer) {
                Err(error) if error.kind() == WouldBlock => self.receive()?,
                // Without a close_notify, the end may be a truncation attack.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    let message = "the connection was truncated: it ended without close_notify";
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
                }
                result => return result,
            };
        }
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.flush()?;
        let count = self.session.writer().write(bytes)?;
        match self.flush() {
            Err(error) if error.kind() != WouldBlock => Err(error),
            _ => Ok(count),
        }
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        if self.write_state == WriteState::Open {
            self.session.send_close_notify();
            self.write_state = WriteState::Closing;
        }
        match self.flush() {
            Err(error) if error.kind() == WouldBlock => Ok(()),
            result => result,
        }
    }

    fn wants_write(&self) -> bool {
        self.session.wants_write()
    }
}

impl fmt::Debug for TlsStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsStream").field("tcp", &self.tcp).finish_non_exhaustive()
    }
}

/// The socket as [`Read`] and [`Write`], for rustls.
struct Wire<'a>(&'a mut TcpStream);

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.recv(buffer)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Turns a TLS error into an error with a hint. The engine's refusal of a client
/// certificate often arrives only with the first response.
fn explain(engine: &str, error: TlsError) -> Error {
    use CertificateError as Cert;
    let hint = match &error {
        TlsError::InvalidCertificate(Cert::UnknownIssuer | Cert::BadSignature) => {
            "its certificate was not issued by a CA in ca.pem (ClientBuilder::tls_ca)"
        }
        TlsError::InvalidCertificate(Cert::Expired | Cert::ExpiredContext { .. }) => {
            "its certificate has expired"
        }
        TlsError::InvalidCertificate(Cert::NotValidYet | Cert::NotValidYetContext { .. }) => {
            "its certificate is not yet valid; is the system clock correct?"
        }
        TlsError::InvalidCertificate(
            Cert::NotValidForName | Cert::NotValidForNameContext { .. },
        ) => "its certificate is for another host name",
        TlsError::InvalidMessage(_) => {
            "it does not speak TLS; to connect without TLS, unset DOCKER_TLS_VERIFY and \
             DOCKER_CERT_PATH"
        }
        TlsError::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::AccessDenied,
        ) => {
            "it requires an accepted client certificate: cert.pem (ClientBuilder::tls_client_cert)"
        }
        _ => "protocol error",
    };
    Error::new(ErrorKind::Tls, format!("TLS with the engine at {engine} failed: {hint}"))
        .with_source(error)
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
