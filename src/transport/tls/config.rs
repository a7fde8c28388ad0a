//! Loads and checks the TLS files, before any connection is made.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};

use super::TlsOptions;
use super::any_server::AnyServer;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::authority::refused;

/// Everything that a handshake with one engine needs.
#[derive(Clone)]
pub(in crate::transport) struct Tls {
    pub(super) config: Arc<ClientConfig>,
    pub(super) server: ServerName<'static>,
}

impl Tls {
    /// Loads the files that `options` name, for an engine whose certificate must be
    /// for `host`.
    pub(in crate::transport) fn load(options: &TlsOptions, host: &str) -> Result<Self> {
        let server = ServerName::try_from(host.to_owned())
            .map_err(|e| refused("TLS requires a DNS name or an IP address").with_source(e))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|e| Error::new(ErrorKind::Tls, "TLS cannot be set up").with_source(e))?;
        let builder = match &options.ca {
            _ if options.accept_any_server => {
                builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyServer(provider)))
            }
            Some(ca) => builder.with_root_certificates(roots(ca)?),
            None => {
                let problem =
                    "TLS requires a CA certificate: set DOCKER_CERT_PATH, or ClientBuilder::tls_ca";
                return Err(refused(problem));
            }
        };
        let config = match &options.identity {
            None => builder.with_no_client_auth(),
            Some((cert, key)) => {
                builder.with_client_auth_cert(certificates(cert)?, private_key(key)?).map_err(
                    |e| bad(key, "is not the private key of the client certificate").with_source(e),
                )?
            }
        };
        Ok(Tls { config: Arc::new(config), server })
    }
}

fn roots(path: &Path) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        let added = roots.add(certificate);
        added.map_err(|e| bad(path, "contains an invalid CA certificate").with_source(e))?;
    }
    Ok(roots)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let pem = read(path)?;
    let parsed: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match parsed {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(bad(path, "contains no certificate in PEM format")),
    }
}

/// Loads a private key. The cause of a failure is not reported: it may contain a
/// part of the key.
fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_slice(&read(path)?)
        .map_err(|_| bad(path, "contains no private key in PEM format, or an encrypted one"))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        let (kind, problem) = match error.kind() {
            io::ErrorKind::PermissionDenied => (ErrorKind::PermissionDenied, "is not readable"),
            _ => (ErrorKind::InvalidArgument, "cannot be read"),
        };
        bad(path, problem).with_kind(kind).with_source(error)
    })
}

fn bad(path: &Path, problem: &str) -> Error {
    refused(format!("{} {problem}", path.display()))
}
