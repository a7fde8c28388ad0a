//! A connection with TLS on top of it.

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

/// A connection with TLS. What is sent is encrypted at once and may then have
/// to wait for the socket; receiving never waits for anything to be sent.
pub(in crate::transport) struct TlsStream {
    session: ClientConnection,
    tcp: TcpStream,
    end: End,
    /// The endpoint, for messages.
    engine: String,
}

/// How far the write side has got to its end.
#[derive(Debug, PartialEq, Eq)]
enum End {
    No,
    /// TLS has said so, perhaps not to the socket yet.
    Announced,
    Done,
}

impl Tls {
    /// Agrees with the engine on keys, and on who is who.
    pub(in crate::transport) fn handshake(
        &self,
        endpoint: &dyn fmt::Display,
        tcp: TcpStream,
        context: &CallContext,
    ) -> Result<TlsStream> {
        let engine = endpoint.to_string();
        let session = ClientConnection::new(Arc::clone(&self.config), self.server.clone());
        let session = session.map_err(|e| explain(&engine, e))?;
        let mut stream = TlsStream { session, tcp, end: End::No, engine };
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
    /// Takes what the socket has; 0 at its end.
    fn receive(&mut self) -> io::Result<usize> {
        let count = self.session.read_tls(&mut Wire(&mut self.tcp))?;
        if let Err(error) = self.session.process_new_packets() {
            let _ = self.flush(); // the engine is told why
            return Err(io::Error::other(explain(&self.engine, error)));
        }
        Ok(count)
    }

    /// Gives the socket what is encrypted already, and then the end, if due.
    fn flush(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            self.session.write_tls(&mut Wire(&mut self.tcp))?;
        }
        if self.end == End::Announced {
            self.end = End::Done;
            self.tcp.shutdown_write()?;
        }
        Ok(())
    }

    fn cut_off(&self, error: io::Error) -> Error {
        let message = format!("the engine at {} broke the TLS handshake off", self.engine);
        Error::new(ErrorKind::Unreachable, message).with_source(error)
    }
}

impl Stream for TlsStream {
    fn fd(&self) -> BorrowedFd<'_> {
        self.tcp.fd()
    }

    fn recv(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // If that fails there may still be something to receive: why.
        let _ = self.flush();
        loop {
            match self.session.reader().read(buffer) {
                Err(error) if error.kind() == WouldBlock => self.receive()?,
                // Anybody on the way could have ended it so.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    let message = "it was cut: the engine did not end it";
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
        if self.end == End::No {
            self.session.send_close_notify();
            self.end = End::Announced;
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
        f.debug_struct("TlsStream").field("tcp", &self.tcp).field("end", &self.end).finish()
    }
}

/// The socket as TLS wants it.
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

/// Turns what TLS fails with into what the user can do about it. That a
/// client's certificate is refused is often heard only with the first answer.
fn explain(engine: &str, error: TlsError) -> Error {
    use CertificateError as Cert;
    let hint = match &error {
        TlsError::InvalidCertificate(Cert::UnknownIssuer | Cert::BadSignature) => {
            "its certificate is from nobody that ca.pem (tls_ca) vouches for"
        }
        TlsError::InvalidCertificate(Cert::Expired | Cert::ExpiredContext { .. }) => {
            "its certificate has expired"
        }
        TlsError::InvalidCertificate(Cert::NotValidYet | Cert::NotValidYetContext { .. }) => {
            "its certificate is not valid yet; is a clock wrong?"
        }
        TlsError::InvalidCertificate(
            Cert::NotValidForName | Cert::NotValidForNameContext { .. },
        ) => "its certificate is for another name",
        TlsError::InvalidMessage(_) => {
            "what it says is not TLS; if it listens without, so must be connected to: \
             unset DOCKER_TLS_VERIFY and DOCKER_CERT_PATH"
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
        ) => "it wants a certificate of the client that it accepts: cert.pem (tls_client_cert)",
        _ => "what it says makes no sense",
    };
    Error::new(ErrorKind::Tls, format!("no TLS with the engine at {engine}: {hint}"))
        .with_source(error)
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
