//! TLS against a rustls server, which does what no engine can be made to do.

use std::io::{self, ErrorKind::WouldBlock, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use nix::poll::PollFlags;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::TlsStream;
use crate::api::{Stream, interest};
use crate::call_context::CallContext;
use crate::transport::tls::TlsOptions;
use crate::transport::{Endpoint, Host, Origin, TransportKind, tcp};

/// A certificate and its key, for this test only.
const PEM: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBpDCCAUugAwIBAgIUEX4/v6/djtQV8OIo/dTc6PoFsWAwCgYIKoZIzj0EAwIw\n\
HDEaMBgGA1UEAwwRc2FuZG9jayB1bml0IHRlc3QwIBcNMjYxMTI0MTczNjUxWhgP\n\
MjEyNjEwMzExNzM2NTFaMBwxGjAYBgNVBAMMEXNhbmRvY2sgdW5pdCB0ZXN0MFkw\n\
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEQhhjpnfDdkrLA0CD1rU4WbGiv+n8trjA\n\
aRkjxmlwqAJguTeoRbh+f8fvsDfvTzdxE1FdapuLM8AYnOxgdFzXGaNpMGcwHQYD\n\
VR0OBBYEFGlv1blxMtuwuPi4FDH4NmeGVIWQMB8GA1UdIwQYMBaAFGlv1blxMtuw\n\
uPi4FDH4NmeGVIWQMA8GA1UdEwEB/wQFMAMBAf8wFAYDVR0RBA0wC4IJbG9jYWxo\n\
b3N0MAoGCCqGSM49BAMCA0cAMEQCIHv2PXfYQAMFqEqg+jnvFdeBQ4Gwa5GJ08o/\n\
rXePM+ANAiBbF8s+biCSItgipZfNg7+W7UStGy+6Smzr5BfCKYxCWg==\n\
-----END CERTIFICATE-----\n\
-----BEGIN PRIVATE KEY-----\n\
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgiEbw0EyKKVHz3M4v\n\
c1AyjhSKSDWMTDs1/FzT1X5gRLWhRANCAARCGGOmd8N2SssDQIPWtThZsaK/6fy2\n\
uMBpGSPGaXCoAmC5N6hFuH5/x++wN+9PN3ETUV1qm4szwBic7GB0XNcZ\n\
-----END PRIVATE KEY-----\n\
";

type Server = StreamOwned<ServerConnection, TcpStream>;

/// A client's stream to a server that runs `serve`.
fn stream_to<T: Send + 'static>(
    serve: impl FnOnce(Server) -> T + Send + 'static,
) -> (TlsStream, thread::JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let text = format!("tcp://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let chain = vec![CertificateDer::from_pem_slice(PEM.as_bytes()).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(PEM.as_bytes()).unwrap();
        let config = Arc::new(config.with_single_cert(chain, key).unwrap());
        let (stream, _) = listener.accept().unwrap();
        serve(Server::new(ServerConnection::new(config).unwrap(), stream))
    });
    let tls = TlsOptions { accept_any_server: true, ..TlsOptions::default() };
    let endpoint = Endpoint::parse(&Host { text, origin: Origin::Builder }, &tls).unwrap();
    let TransportKind::Tls(authority, tls) = &endpoint.transport else {
        panic!("{endpoint} is without TLS")
    };
    let context = CallContext::unlimited();
    let tcp = tcp::connect(&endpoint, authority, &context).unwrap();
    (tls.handshake(&endpoint, tcp, &context).unwrap(), server)
}

/// Receives to the end.
fn received(stream: &mut TlsStream) -> (usize, io::Result<()>) {
    let (mut total, mut buffer) = (0, vec![0; 100_000]);
    loop {
        match stream.recv(&mut buffer) {
            Ok(0) => return (total, Ok(())),
            Ok(count) => total += count,
            Err(error) if error.kind() == WouldBlock => wait(stream, PollFlags::POLLIN),
            Err(error) => return (total, Err(error)),
        }
    }
}

fn wait(stream: &TlsStream, wanted: PollFlags) {
    CallContext::unlimited().wait(stream.fd(), interest(stream, wanted)).unwrap();
}

#[test]
fn an_end_with_a_farewell_is_one() {
    let (mut stream, server) = stream_to(|mut server| {
        server.write_all(&[7; 300_000]).unwrap();
        server.conn.send_close_notify();
        server.flush().unwrap();
    });
    let (count, end) = received(&mut stream);
    assert_eq!((count, end.is_ok()), (300_000, true));
    server.join().unwrap();
}

#[test]
fn an_end_without_a_farewell_is_a_cut() {
    let (mut stream, server) = stream_to(|mut server| {
        server.write_all(&[7; 300_000]).unwrap();
        server.flush().unwrap();
    });
    let (count, end) = received(&mut stream);
    assert_eq!(count, 300_000, "what came before is received");
    assert_eq!(end.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    server.join().unwrap();
}

#[test]
fn what_was_taken_goes_out_while_something_is_received_and_then_comes_the_end() {
    let (go, may_go) = std::sync::mpsc::channel();
    let (mut stream, server) = stream_to(move |mut server| {
        server.write_all(b"first").unwrap();
        server.flush().unwrap();
        may_go.recv().unwrap();
        let mut all = Vec::new();
        server.read_to_end(&mut all).unwrap(); // fails without a close_notify
        server.write_all(b"last").unwrap();
        server.conn.send_close_notify();
        server.flush().unwrap();
        all.len()
    });
    let mut sent = 0;
    let full = loop {
        match stream.send(&[7; 50_000]) {
            Ok(count) => sent += count,
            Err(error) => break error,
        }
    };
    assert_eq!(full.kind(), WouldBlock);
    assert!(stream.wants_write());
    stream.shutdown_write().unwrap();
    go.send(()).unwrap();
    let (count, end) = received(&mut stream);
    assert_eq!((count, end.is_ok()), (9, true));
    assert_eq!(server.join().unwrap(), sent);
}
