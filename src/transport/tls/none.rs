//! A build without TLS.

use super::TlsOptions;
use crate::call_context::CallContext;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::tcp::TcpStream;

/// What a build without TLS never has.
#[derive(Clone, Copy)]
pub(in crate::transport) enum Tls {}

impl Tls {
    pub(in crate::transport) fn load(_: &TlsOptions, _: &str) -> Result<Self> {
        let problem = "TLS is unsupported in this build: sandcell's feature `tls` is off";
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
