//! A host and a port, as in a URL.

use std::fmt;
use std::net::Ipv6Addr;

use crate::error::{Error, ErrorKind, Result};

/// Where a server is in a network.
#[derive(Clone, Debug)]
pub(super) struct Authority {
    /// A name or an address, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// Empty, or begins with a slash and does not end with one.
    pub(super) base_path: String,
}

impl Authority {
    /// Reads `host[:port][/path]`.
    pub(super) fn parse(address: &str, default_port: u16) -> Result<Self> {
        let (authority, path) = split_path(address)?;
        if authority.contains('@') {
            return Err(refused("nobody can log in there: leave out what is before the @"));
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

/// Takes the path off, which has only what needs no encoding anywhere.
pub(super) fn split_path(address: &str) -> Result<(&str, &str)> {
    let at = address.find('/').unwrap_or(address.len());
    let (authority, path) = address.split_at(at);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
    if !path.chars().all(is_plain) {
        return Err(refused("its path may have letters, digits and -._~ only"));
    }
    Ok((authority, path.trim_end_matches('/')))
}

/// Takes host and port apart.
pub(super) fn split_port(authority: &str) -> Result<(String, Option<u16>)> {
    let (host, port) = match authority.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((host, ""))) => (host, None),
        Some(Some((host, port))) => (host, Some(port.strip_prefix(':').unwrap_or("?"))),
        Some(None) => return Err(refused("a bracket is not closed")),
        None => match authority.split_once(':') {
            Some((_, port)) if port.contains(':') => {
                return Err(refused("an IPv6 address must be in brackets"));
            }
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    if authority.starts_with('[') {
        host.parse::<Ipv6Addr>().map_err(|_| refused("what is in brackets is no IPv6 address"))?;
    } else if host.is_empty() {
        return Err(refused("the host's name is missing"));
    } else if host.starts_with('-') || !host.bytes().all(is_of_name) {
        return Err(refused("the host's name has characters that no name has"));
    }
    let port = port.map(parse_port).transpose()?;
    Ok((host.to_owned(), port))
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._".contains(&byte)
}

fn parse_port(port: &str) -> Result<u16> {
    let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse() {
        Ok(port) if is_number && port > 0 => Ok(port),
        _ => Err(refused("the port must be a number from 1 to 65535")),
    }
}

/// The error for a host that is not well-formed.
pub(super) fn refused(problem: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidArgument, problem)
}
