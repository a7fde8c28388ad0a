//! TLS over `tcp://`: verifies the engine's certificate, and presents the client's.

#[cfg(feature = "tls")]
mod any_server;
#[cfg(feature = "tls")]
mod config;
#[cfg(not(feature = "tls"))]
mod none;
#[cfg(feature = "tls")]
mod stream;

use std::path::PathBuf;

#[cfg(feature = "tls")]
pub(super) use config::Tls;
#[cfg(not(feature = "tls"))]
pub(super) use none::Tls;

/// The TLS settings. All files are in PEM format.
#[derive(Clone, Debug, Default)]
pub(crate) struct TlsOptions {
    /// The CA certificates that the engine's certificate is verified with.
    pub(crate) ca: Option<PathBuf>,
    /// The client's certificate and its private key.
    pub(crate) identity: Option<(PathBuf, PathBuf)>,
    /// Whether the engine's certificate is not verified.
    pub(crate) accept_any_server: bool,
}

impl TlsOptions {
    /// Whether any setting enables TLS.
    pub(super) fn is_on(&self) -> bool {
        self.ca.is_some() || self.identity.is_some() || self.accept_any_server
    }
}
