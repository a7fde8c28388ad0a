//! A build without TLS.

use super::TlsOptions;
use crate::call_context::CallContext;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::tcp::TcpStream;

/// Uninhabited: a build without TLS has no TLS configuration.
#[derive(Clone, Copy)]
pub(in crate::transport) enum Tls {}

impl Tls {
    pub(in crate::transport) fn load(_: &TlsOptions, _: &str) -> Result<Self> {
        let problem = "this build does not support TLS; enable sandcell's feature `tls`";
        Err(Error::new(ErrorKind::Unsupported, problem))
    }

    pub(in crate::transport) fn handshake(
        self,
        _: &dyn std::fmt::Display,
        _: TcpStream,
        _: &CallContext,
    ) -> Result<TcpStream> {
        match self {}
    }
}
