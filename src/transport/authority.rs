//! Parses the authority of a URL, a host and a port, and the path after it.

use std::fmt;
use std::net::Ipv6Addr;

use crate::error::{Error, ErrorKind, Result};

/// The network address of an engine, with the base path of its API.
#[derive(Clone, Debug)]
pub(super) struct Authority {
    /// A host name or an IP address, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// Empty, or a path that starts with a slash and does not end with one.
    pub(super) base_path: String,
}

impl Authority {
    /// Parses `host[:port][/path]`.
    pub(super) fn parse(address: &str, default_port: u16) -> Result<Self> {
        let (authority, path) = split_path(address)?;
        if authority.contains('@') {
            return Err(refused("must not contain a user name; remove everything up to the \"@\""));
        }
        let (host, port) = split_port(authority)?;
        Ok(Authority { host, port: port.unwrap_or(default_port), base_path: path.to_owned() })
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// Splits off the path, which may only contain characters that need no encoding.
pub(super) fn split_path(address: &str) -> Result<(&str, &str)> {
    let at = address.find('/').unwrap_or(address.len());
    let (authority, path) = address.split_at(at);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
    if !path.chars().all(is_plain) {
        return Err(refused("the path may only contain letters, digits and -._~"));
    }
    Ok((authority, path.trim_end_matches('/')))
}

/// Splits host and port.
pub(super) fn split_port(authority: &str) -> Result<(String, Option<u16>)> {
    let (host, port) = match authority.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((host, ""))) => (host, None),
        Some(Some((host, port))) => (host, Some(port.strip_prefix(':').unwrap_or("?"))),
        Some(None) => return Err(refused("the closing bracket of the IPv6 address is missing")),
        None => match authority.split_once(':') {
            Some((_, port)) if port.contains(':') => {
                return Err(refused("an IPv6 address must be in brackets"));
            }
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    if authority.starts_with('[') {
        host.parse::<Ipv6Addr>().map_err(|_| refused("invalid IPv6 address in brackets"))?;
    } else if host.is_empty() {
        return Err(refused("the host name is missing"));
    } else if host.starts_with('-') || !host.bytes().all(is_host_byte) {
        return Err(refused("the host name contains invalid characters"));
    }
    let port = port.map(parse_port).transpose()?;
    Ok((host.to_owned(), port))
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._".contains(&byte)
}

fn parse_port(port: &str) -> Result<u16> {
    let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse() {
        Ok(port) if is_number && port > 0 => Ok(port),
        _ => Err(refused("the port must be a number from 1 to 65535")),
    }
}

/// The error for an invalid host.
pub(super) fn refused(problem: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidArgument, problem)
}
