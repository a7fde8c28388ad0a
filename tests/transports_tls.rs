//! TLS with a real engine, `tests/engine up docker-tls`: all that can be wrong.
#![cfg(feature = "tls")]

mod support;

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process;

use sandcell::{Client, ClientBuilder, Error, ErrorKind};
use support::limits::{check, ends_at_its_deadline, ends_when_cancelled};
use support::{endpoint_of, in_network_of, peer, state_of, until};

/// What `tests/engine` made for TLS.
fn pki(name: &str) -> PathBuf {
    state_of("docker-tls").join("pki").join(name)
}

/// A client of the real engine, in whose network it must be used.
fn builder() -> ClientBuilder {
    Client::builder().host("tcp://127.0.0.1:2376")
}

fn with(directory: &str) -> ClientBuilder {
    let dir = pki(directory);
    let builder = builder().tls_ca(dir.join("ca.pem"));
    builder.tls_client_cert(dir.join("cert.pem"), dir.join("key.pem"))
}

fn fails(builder: ClientBuilder) -> Error {
    let call = || builder.build()?.version().map(drop);
    in_network_of("docker-tls", move || call().unwrap_err())
}

fn refused(builder: ClientBuilder, words: &[&str]) {
    let error = fails(builder);
    check(&error, ErrorKind::Tls, &["tcp://127.0.0.1:2376 with TLS"]);
    check(&error, ErrorKind::Tls, words);
    assert!(error.is_unreachable() && !error.is_retryable());
}

#[test]
fn certificates_that_somebody_does_not_accept() {
    endpoint_of("docker-tls");
    refused(with("wrong-ca"), &["not issued by a CA", "UnknownIssuer"]);
    refused(with("foreign"), &["accepted client certificate", "alert"]);
    refused(with("expired"), &["accepted client certificate", "alert"]);
    let none = builder().tls_ca(pki("client/ca.pem"));
    refused(none, &["accepted client certificate", "alert"]);
}

#[test]
fn a_good_client_by_each_name_and_verification_only_by_name_left_out() {
    in_network_of("docker-tls", || {
        with("client").build().unwrap().version().unwrap();
        let by_name = with("client").host("https://localhost:2376");
        by_name.build().unwrap().version().unwrap();
        let any = with("wrong-ca").tls_accept_any_server(true);
        any.build().unwrap().version().unwrap();
    });
}

#[test]
fn an_engine_that_is_not_who_it_should_be() {
    for (certificate, words) in
        [("expired-server", "has expired"), ("named-server", "for another host name")]
    {
        let server = Server::start(certificate);
        let builder = Client::builder().host(&server.host).tls_ca(pki("ca.pem"));
        let error = builder.build().unwrap().version().unwrap_err();
        check(&error, ErrorKind::Tls, &[&server.host, words]);
    }
}

#[test]
fn only_one_side_speaks_tls() {
    let error = fails(builder());
    let words = ["tcp://127.0.0.1:2376", "requires TLS", "DOCKER_CERT_PATH"];
    check(&error, ErrorKind::Tls, &words);
    assert_eq!(error.http_status(), Some(400));
    let plain = with("client").host("tcp://127.0.0.1:2375");
    let error = in_network_of("docker", move || plain.build().unwrap().version().unwrap_err());
    let words = ["tcp://127.0.0.1:2375", "does not speak TLS", "unset DOCKER_TLS_VERIFY"];
    check(&error, ErrorKind::Tls, &words);
}

/// Each bad file is named, before anything is sent.
#[test]
fn files_that_are_not_what_they_should_be() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        fs::write(dir.path().join(name), text).unwrap();
        dir.path().join(name)
    };
    let (cert, key) = (pki("client/cert.pem"), pki("client/key.pem"));
    let missing = dir.path().join("missing.pem");
    let secret = fs::read_to_string(&key).unwrap();
    let cut = file("cut.pem", &secret[..secret.len() / 2]);
    let locked =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let locked = file("locked.pem", locked);
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let garbage = file("garbage.pem", garbage);
    let with_ca = |ca: &PathBuf| builder().tls_ca(ca);
    let with_cert = |cert: &PathBuf, key: &PathBuf| {
        builder().tls_ca(pki("client/ca.pem")).tls_client_cert(cert, key)
    };
    for (builder, named, words) in [
        (with_ca(&missing), &missing, "No such file"),
        (with_ca(&dir.path().into()), &dir.path().into(), "directory"),
        (with_ca(&key), &key, "no certificate"),
        (with_ca(&garbage), &garbage, "invalid CA certificate"),
        (with_cert(&missing, &key), &missing, "No such file"),
        (with_cert(&cert, &missing), &missing, "No such file"),
        (with_cert(&cert, &cert), &cert, "no private key"),
        (with_cert(&cert, &cut), &cut, "no private key"),
        (with_cert(&cert, &locked), &locked, "encrypted"),
        (
            with_cert(&cert, &pki("server-key.pem")),
            &pki("server-key.pem"),
            "is not the private key",
        ),
    ] {
        let error = builder.build().unwrap_err();
        check(&error, ErrorKind::InvalidArgument, &[named.to_str().unwrap(), words]);
        let told = format!("{error:?}");
        assert!(!secret.lines().any(|line| told.contains(&line[..20])), "{told}");
    }
    let no_ca = Client::builder().host("https://localhost").build().unwrap_err();
    check(&no_ca, ErrorKind::InvalidArgument, &["https://localhost", "DOCKER_CERT_PATH"]);
}

#[test]
fn a_key_that_may_not_be_read() {
    let name = "a_key_that_may_not_be_read";
    if let Some(dir) = peer::role() {
        let error = Client::from_env().unwrap_err();
        check(&error, ErrorKind::PermissionDenied, &[&dir, "key.pem is not readable"]);
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for file in ["ca.pem", "cert.pem", "key.pem"] {
        fs::copy(pki("client").join(file), dir.path().join(file)).unwrap();
        let mode = if file == "key.pem" { 0o000 } else { 0o644 };
        fs::set_permissions(dir.path().join(file), PermissionsExt::from_mode(mode)).unwrap();
    }
    fs::set_permissions(dir.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let mut child = process::Command::new("/proc/self/exe"); // may be closed to others
    child.args(["--exact", name]).env(peer::ROLE, dir.path()).current_dir("/");
    child.env("DOCKER_HOST", "tcp://localhost").env("DOCKER_CERT_PATH", dir.path());
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        child.uid(65534).gid(65534);
    }
    let output = child.env("DOCKER_TLS_VERIFY", "1").output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// A server of TLS and nothing else, with the certificate of a name.
struct Server {
    child: process::Child,
    host: String,
}

impl Server {
    fn start(certificate: &str) -> Self {
        let mut command = process::Command::new("openssl");
        command.args(["s_server", "-accept", "127.0.0.1:0", "-quiet", "-naccept", "1"]);
        command.arg("-cert").arg(pki(&format!("{certificate}.pem")));
        command.arg("-key").arg(pki(&format!("{certificate}-key.pem")));
        command.stdin(process::Stdio::piped()).stdout(process::Stdio::null());
        command.stderr(process::Stdio::null());
        let child = command.spawn().unwrap();
        let mut server = Server { child, host: String::new() };
        let port = until(|| listening_port(&socket_inodes(server.child.id())?));
        server.host = format!("tcp://127.0.0.1:{port}");
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The sockets of a process, if it has any yet.
fn socket_inodes(pid: u32) -> Option<Vec<String>> {
    let links = fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
    let targets = links.filter_map(|link| fs::read_link(link.ok()?.path()).ok());
    let inode = |target: PathBuf| {
        let name = target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
        Some(name.to_owned())
    };
    let inodes: Vec<_> = targets.filter_map(inode).collect();
    (!inodes.is_empty()).then_some(inodes)
}

fn listening_port(inodes: &[String]) -> Option<u16> {
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    table.lines().find_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let is_it = fields.get(3) == Some(&"0A") && inodes.iter().any(|i| i == fields[9]);
        let port = fields.get(1)?.split_once(':')?.1;
        is_it.then(|| u16::from_str_radix(port, 16).unwrap())
    })
}

#[test]
fn a_handshake_that_never_comes_is_left_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("tcp://{}", listener.local_addr().unwrap());
    let client = Client::builder().host(&host).tls_ca(pki("ca.pem")).build().unwrap();
    ends_at_its_deadline(&client, &[&host, "TLS handshake"]);
    ends_when_cancelled(&client, move || {
        // The first was that of the call before.
        listener.accept().unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        peer.read_exact(&mut [0; 5]).unwrap();
        peer
    });
}
