//! Addresses of published ports.

use std::net::{IpAddr, SocketAddr};

use crate::api::ContainerInspect;
use crate::error::{Error, Result};

/// Returns the host address of a port, given as the engine names it, such as
/// `80/tcp`.
pub(crate) fn published_address(
    inspect: &ContainerInspect,
    port: &str,
) -> Result<Option<SocketAddr>> {
    let ports = &inspect.network_settings.ports;
    let binding = ports.get(port).and_then(Option::as_ref).and_then(|all| all.first());
    let address = binding.map(|binding| {
        let address = (binding.host_ip.parse().ok()).zip(binding.host_port.parse().ok());
        let problem = || Error::protocol(format!("{binding:?} is not an address"));
        address.map(|(ip, port): (IpAddr, u16)| (ip, port).into()).ok_or_else(problem)
    });
    address.transpose()
}
