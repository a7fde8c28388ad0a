//! TLS over `tcp://`: who vouches for the engine, and who this client is.

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

/// What TLS is to be set up with. All of it is in files of PEM blocks.
#[derive(Clone, Debug, Default)]
pub(crate) struct TlsOptions {
    /// The certificates of who vouches for the engine.
    pub(crate) ca: Option<PathBuf>,
    /// This client's certificate, and the key to it.
    pub(crate) identity: Option<(PathBuf, PathBuf)>,
    /// Whether any server is taken for the engine.
    pub(crate) accept_any_server: bool,
}

impl TlsOptions {
    /// Whether TLS was asked for, in any way.
    pub(super) fn is_on(&self) -> bool {
        self.ca.is_some() || self.identity.is_some() || self.accept_any_server
    }
}
