//! Transports to the engine. Each yields a connected [`Stream`], and nothing above
//! this module depends on which transport it is.

mod authority;
mod endpoint;
mod prebuffered;
mod ssh;
mod suggestion;
mod tcp;
mod tls;
mod unix;

pub(crate) use endpoint::{Endpoint, Host, Origin};
pub(crate) use prebuffered::Prebuffered;
pub(crate) use tls::TlsOptions;

use self::endpoint::TransportKind;
use crate::api::Stream;
use crate::call_context::CallContext;
use crate::error::Result;

/// Connects to the engine, over TLS if it is set up.
pub(crate) fn connect(endpoint: &Endpoint, context: &CallContext) -> Result<Box<dyn Stream>> {
    Ok(match &endpoint.transport {
        TransportKind::Unix(socket) => Box::new(unix::connect(endpoint, socket, context)?),
        TransportKind::Tcp(authority) => Box::new(tcp::connect(endpoint, authority, context)?),
        TransportKind::Tls(authority, tls) => {
            let stream = tcp::connect(endpoint, authority, context)?;
            Box::new(tls.handshake(endpoint, stream, context)?)
        }
        TransportKind::Ssh(login) => Box::new(ssh::connect(endpoint, login)?),
    })
}
