//! A container's network, and the ports it publishes.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use super::CreateOptions;
use crate::api::{ContainerCreateRequest, Empty, PortBinding};
use crate::error::{Error, Result};
use crate::validate;

/// The network that a container can reach.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NetworkMode {
    /// Only its own loopback interface. No name can be resolved: programs report
    /// that as a failure of DNS, such as "Temporary failure in name resolution".
    #[default]
    Disabled,
    /// Whatever the engine's default network reaches.
    AllowAll,
    /// Whatever this network of the engine reaches, given by name or id. An
    /// internal network reaches only its own containers.
    Named(String),
}

impl NetworkMode {
    /// The value for the request; `None` for the engine's default network.
    fn to_request(&self) -> Result<Option<String>> {
        match self {
            NetworkMode::Disabled => Ok(Some("none".to_owned())),
            NetworkMode::AllowAll => Ok(None),
            NetworkMode::Named(name) => {
                validate::id_or_name("network", name)?;
                // The engine would treat these names as modes.
                if ["host", "none", "default"].contains(&name.as_str()) {
                    let problem = format!("{name:?} is a network mode, not the name of a network");
                    return Err(Error::invalid("network", problem));
                }
                Ok(Some(name.clone()))
            }
        }
    }
}

/// A published TCP or UDP port of a container.
///
/// ```
/// use sandcell::PublishedPort;
///
/// let web = PublishedPort::tcp(80); // on a free port of 127.0.0.1
/// let dns = PublishedPort::udp(53).on("0.0.0.0".parse()?, 5353);
/// # let _ = (web, dns);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PublishedPort {
    port: u16,
    protocol: &'static str,
    host: IpAddr,
    host_port: u16,
}

impl PublishedPort {
    /// Publishes a TCP port of the container on a free loopback port of the
    /// engine's host.
    #[must_use]
    pub const fn tcp(port: u16) -> Self {
        PublishedPort { port, protocol: "tcp", host: LOOPBACK, host_port: 0 }
    }

    /// Publishes a UDP port of the container on a free loopback port of the
    /// engine's host.
    #[must_use]
    pub const fn udp(port: u16) -> Self {
        PublishedPort { port, protocol: "udp", host: LOOPBACK, host_port: 0 }
    }

    /// Sets the host's address and port; port 0 selects a free one.
    #[must_use]
    pub const fn on(mut self, host: IpAddr, host_port: u16) -> Self {
        self.host = host;
        self.host_port = host_port;
        self
    }

    /// The port as the engine names it, such as `80/tcp`.
    pub(crate) fn key(&self) -> String {
        format!("{}/{}", self.port, self.protocol)
    }

    fn to_binding(self) -> PortBinding {
        let host_port = match self.host_port {
            0 => String::new(),
            port => port.to_string(),
        };
        PortBinding { host_ip: self.host.to_string(), host_port }
    }
}

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The network settings of a container.
#[derive(Clone, Debug, Default)]
pub(super) struct Network {
    pub(super) mode: NetworkMode,
    pub(super) ports: Vec<PublishedPort>,
    pub(super) hostname: Option<String>,
}

impl Network {
    /// Validates the settings and sets them in a request.
    pub(super) fn apply(&self, request: &mut ContainerCreateRequest) -> Result<()> {
        request.host_config.network_mode = self.mode.to_request()?;
        if self.mode == NetworkMode::Disabled && !self.ports.is_empty() {
            return Err(Error::invalid("publish", "needs a network; set one with `network`"));
        }
        let mut bindings = BTreeMap::<_, Vec<_>>::new();
        for port in &self.ports {
            if port.port == 0 {
                return Err(Error::invalid("publish", "the container's port must not be 0"));
            }
            bindings.entry(port.key()).or_default().push(port.to_binding());
        }
        request.exposed_ports = bindings.keys().map(|key| (key.clone(), Empty {})).collect();
        request.host_config.port_bindings = bindings;
        if let Some(hostname) = &self.hostname {
            check_hostname(hostname)?;
            request.hostname.clone_from(hostname);
        }
        Ok(())
    }
}

fn check_hostname(hostname: &str) -> Result<()> {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    let is_good = (1..=63).contains(&hostname.len())
        && hostname.bytes().all(is_allowed)
        && !hostname.starts_with(['-', '.']);
    if is_good {
        return Ok(());
    }
    let rule = "must be 1 to 63 letters, digits, '-' and '.', starting with a letter or digit";
    Err(Error::invalid("hostname", format_args!("{hostname:?} {rule}")))
}

impl CreateOptions {
    /// Sets the network that the container can reach. Default:
    /// [`NetworkMode::Disabled`].
    #[must_use]
    pub fn network(mut self, mode: NetworkMode) -> Self {
        self.network.mode = mode;
        self
    }

    /// Publishes a port of the container on the host; see
    /// [`Container::published_address`](crate::Container::published_address).
    /// Requires a network. Default: none.
    #[must_use]
    pub fn publish(mut self, port: PublishedPort) -> Self {
        self.network.ports.push(port);
        self
    }

    /// Sets the container's host name. Default: the engine derives it from the
    /// container's id.
    #[must_use]
    pub fn hostname(mut self, name: impl Into<String>) -> Self {
        self.network.hostname = Some(name.into());
        self
    }
}
