//! Create options: network.

use std::ffi::c_char;
use std::net::{IpAddr, Ipv4Addr};

use super::args::{invalid, text};
use super::create_options::sandcell_create_options;
use super::error::{sandcell_error, sandcell_status};
use super::setters::{set_checked, set_text};
use crate::{NetworkMode, PublishedPort, Result};

/// What a container can connect to: one of SANDCELL_NETWORK_*.
pub type sandcell_network_mode = i32;

/// The protocol of a port: SANDCELL_TCP or SANDCELL_UDP.
pub type sandcell_protocol = i32;

/// Nothing but the container's own loopback interface. No name can be resolved:
/// programs report that as a failure of DNS.
pub const SANDCELL_NETWORK_DISABLED: sandcell_network_mode = 0;
/// Everything that the engine's default network can reach.
pub const SANDCELL_NETWORK_ALLOW_ALL: sandcell_network_mode = 1;

fn network_mode(mode: sandcell_network_mode) -> Result<NetworkMode> {
    match mode {
        SANDCELL_NETWORK_DISABLED => Ok(NetworkMode::Disabled),
        SANDCELL_NETWORK_ALLOW_ALL => Ok(NetworkMode::AllowAll),
        other => Err(invalid("mode", format_args!("{other} is none of SANDCELL_NETWORK_*"))),
    }
}

/// TCP.
pub const SANDCELL_TCP: sandcell_protocol = 0;
/// UDP.
pub const SANDCELL_UDP: sandcell_protocol = 1;

/// A port of a container.
pub(super) fn published_port(protocol: sandcell_protocol, port: u16) -> Result<PublishedPort> {
    match protocol {
        SANDCELL_TCP => Ok(PublishedPort::tcp(port)),
        SANDCELL_UDP => Ok(PublishedPort::udp(port)),
        other => {
            let problem = format!("{other} is neither SANDCELL_TCP nor SANDCELL_UDP");
            Err(invalid("protocol", problem))
        }
    }
}

fn address(host: &str) -> Result<IpAddr> {
    let bad = |_| invalid("host", format_args!("{host:?} is not an IP address"));
    if host.is_empty() { Ok(Ipv4Addr::LOCALHOST.into()) } else { host.parse().map_err(bad) }
}

/// Sets what the container can connect to.
///
/// Default: SANDCELL_NETWORK_DISABLED
///
/// @param options  changed
/// @param mode     in: one of SANDCELL_NETWORK_*
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  there is no such mode
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_network_mode(
    options: *mut sandcell_create_options,
    mode: sandcell_network_mode,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set_checked(options, error, || network_mode(mode), |o, mode| o.network(mode)) }
}

/// Connects the container to a network of the engine. An internal network reaches
/// only the containers in it.
///
/// Default: SANDCELL_NETWORK_DISABLED
///
/// @param options         changed
/// @param name, name_len  in: the network's name or id
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_network(
    options: *mut sandcell_create_options,
    name: *const c_char,
    name_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        set_text(options, error, ("name", name, name_len), |o, name| {
            o.network(NetworkMode::Named(name.to_owned()))
        })
    }
}

/// Publishes a port of the container on the engine's host. Needs a network. Each
/// call adds one.
///
/// Default: none
///
/// @param options         changed
/// @param protocol        in: SANDCELL_TCP or SANDCELL_UDP
/// @param port            in: the container's port; not 0
/// @param host, host_len  in: an IP address of the host; empty for 127.0.0.1
/// @param host_port       in: the host's port; 0 for a free one, which
///                        sandcell_container_published_address() returns
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  there is no such protocol or address
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_publish(
    options: *mut sandcell_create_options,
    protocol: sandcell_protocol,
    port: u16,
    host: *const c_char,
    host_len: usize,
    host_port: u16,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        let published = || {
            let host = text("host", host, host_len)?;
            Ok(published_port(protocol, port)?.on(address(host)?, host_port))
        };
        set_checked(options, error, published, |o, port| o.publish(port))
    }
}

/// Sets the container's host name.
///
/// Default: derived from the id by the engine
///
/// @param options         changed
/// @param name, name_len  in: 1 to 63 letters, digits, "-" and "."
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_hostname(
    options: *mut sandcell_create_options,
    name: *const c_char,
    name_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set_text(options, error, ("name", name, name_len), |o, name| o.hostname(name)) }
}
