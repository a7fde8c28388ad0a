//! Create options: what the container reaches, and who reaches it.

use std::ffi::c_char;
use std::net::{IpAddr, Ipv4Addr};

use super::args::{handle_mut, invalid, text};
use super::create_options::sandcell_create_options;
use super::error::{sandcell_error, sandcell_status};
use super::guard::guard;
use crate::{NetworkMode, PublishedPort, Result};

/// What a container can reach: one of SANDCELL_NETWORK_*.
pub type sandcell_network_mode = i32;

/// A protocol of a port: SANDCELL_TCP or SANDCELL_UDP.
pub type sandcell_protocol = i32;

/// Nothing but the container's own loopback interface.
pub const SANDCELL_NETWORK_DISABLED: sandcell_network_mode = 0;
/// Whatever the engine's default network reaches.
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

/// Sets what the container can reach.
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
    unsafe {
        guard(error, || {
            let (options, mode) = (handle_mut("options", options)?, network_mode(mode)?);
            options.update(|options| options.network(mode));
            Ok(())
        })
    }
}

/// Connects the container to a network of the engine. An internal one
/// reaches nothing but its own containers.
///
/// Default: SANDCELL_NETWORK_DISABLED
///
/// @param options         changed
/// @param name, name_len  in: its name or id
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
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
        guard(error, || {
            let options = handle_mut("options", options)?;
            let name = text("name", name, name_len)?;
            options.update(|options| options.network(NetworkMode::Named(name.to_owned())));
            Ok(())
        })
    }
}

/// Lets a port of the container be reached from the engine's host. Needs a
/// network. Each call adds one.
///
/// Default: none
///
/// @param options         changed
/// @param protocol        in: SANDCELL_TCP or SANDCELL_UDP
/// @param port            in: the container's; not 0
/// @param host, host_len  in: an IP address of the host; empty is 127.0.0.1
/// @param host_port       in: 0 is a free one, which
///                        sandcell_container_published_address() tells
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  there is no such protocol or address
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_add_published_port(
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
        guard(error, || {
            let options = handle_mut("options", options)?;
            let host = text("host", host, host_len)?;
            let port = published_port(protocol, port)?.on(address(host)?, host_port);
            options.update(|options| options.publish(port));
            Ok(())
        })
    }
}

/// Sets the container's host name.
///
/// Default: the engine makes one of the id
///
/// @param options         changed
/// @param name, name_len  in: 1 to 63 letters, digits, "-" and "."
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
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
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            let name = text("name", name, name_len)?;
            options.update(|options| options.hostname(name));
            Ok(())
        })
    }
}
