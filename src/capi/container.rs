//! Containers: creating one, looking after it, ending it.

use std::ffi::c_char;
use std::net::SocketAddr;
use std::ptr;

use super::args::{handle, out, text};
use super::client::sandcell_client;
use super::container_state::sandcell_container_state;
use super::create_network::{published_port, sandcell_protocol};
use super::create_options::sandcell_create_options;
use super::error::{sandcell_error, sandcell_status};
use super::guard::{guard, into_handle};
use super::string::sandcell_string;

/// Creates a container and starts it.
///
/// Pulls the image first if the engine does not have it. If anything fails,
/// the container does not stay: it is removed before the call returns, or, when
/// the call was cancelled or timed out, in the background, for which
/// sandcell_client_close() waits.
///
/// @param client   in
/// @param options  in
/// @param id       out: the container's id, owned by the caller; free with
///                 sandcell_string_free()
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK                    it runs, and *id is set
///          SANDCELL_ERR_INVALID_ARGUMENT  a bad option; the message names it
///          SANDCELL_ERR_NOT_FOUND         there is no such image
///          SANDCELL_ERR_PULL              the image could not be pulled
///          SANDCELL_ERR_CONFLICT          the name is taken
///          SANDCELL_ERR_UNSUPPORTED       the engine would not enforce a limit
///                                        that the options set
///          SANDCELL_ERR_ENGINE            the engine cannot create or start it,
///                                        for example without /bin/sh in it
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_create_and_start(
    client: *const sandcell_client,
    options: *const sandcell_create_options,
    id: *mut *mut sandcell_string,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, options) = (handle("client", client)?, handle("options", options)?);
            let id = out("id", id)?;
            id.write_handle(client.0.create_and_start(&options.0)?.into());
            Ok(())
        })
    }
}

/// Tells whether a container runs; one that does not exist does not.
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param alive                     out
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK                    *alive is set
///          SANDCELL_ERR_INVALID_ARGUMENT  container is no id and no name
///          any other                     the engine could not be asked
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_container_alive(
    client: *const sandcell_client,
    container: *const c_char,
    container_len: usize,
    alive: *mut bool,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let client = handle("client", client)?;
            let container = text("container", container, container_len)?;
            let alive = out("alive", alive)?;
            alive.set(client.0.container_alive(container)?);
            Ok(())
        })
    }
}

/// Tells what has become of a container.
///
/// That it does not exist is no error: the state is then NULL.
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param state                     out: owned by the caller; free with
///                                  sandcell_container_state_free(). NULL if
///                                  there is no such container.
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK                    *state is set, perhaps to NULL
///          SANDCELL_ERR_INVALID_ARGUMENT  container is no id and no name
///          any other                     the engine could not be asked
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_inspect_container_state(
    client: *const sandcell_client,
    container: *const c_char,
    container_len: usize,
    state: *mut *mut sandcell_container_state,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let client = handle("client", client)?;
            let container = text("container", container, container_len)?;
            let place = out("state", state)?;
            let state = client.0.inspect_container_state(container)?;
            place.set(state.map_or(ptr::null_mut(), |state| into_handle(state.into())));
            Ok(())
        })
    }
}

/// Freezes all processes of a container, until sandcell_client_resume().
///
/// A command can be neither run nor killed meanwhile. Succeeds if they are frozen
/// already.
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_NOT_FOUND  there is no such container
///          SANDCELL_ERR_CONFLICT   it does not run
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_pause(
    client: *const sandcell_client,
    container: *const c_char,
    container_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let client = handle("client", client)?;
            client.0.container(text("container", container, container_len)?)?.pause()
        })
    }
}

/// Lets the processes of a container go on.
///
/// Succeeds if they are not frozen.
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_NOT_FOUND  there is no such container
///          SANDCELL_ERR_CONFLICT   it does not run
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_resume(
    client: *const sandcell_client,
    container: *const c_char,
    container_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let client = handle("client", client)?;
            client.0.container(text("container", container, container_len)?)?.unpause()
        })
    }
}

/// Tells where on the engine's host a port of a container can be reached that
/// sandcell_create_options_publish() asked for.
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param protocol                  in: SANDCELL_TCP or SANDCELL_UDP
/// @param port                      in: the container's
/// @param address                   out: such as "127.0.0.1:49153", owned by the
///                                  caller; free with sandcell_string_free().
///                                  NULL if the port cannot be reached.
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK             *address is set
///          SANDCELL_ERR_NOT_FOUND  there is no such container
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_published_address(
    client: *const sandcell_client,
    container: *const c_char,
    container_len: usize,
    protocol: sandcell_protocol,
    port: u16,
    address: *mut *mut sandcell_string,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let client = handle("client", client)?;
            let container = text("container", container, container_len)?;
            let (port, address) = (published_port(protocol, port)?, out("address", address)?);
            let found = client.0.container(container)?.published_address(&port)?;
            let string = |found: SocketAddr| into_handle(found.to_string().into());
            address.set(found.map_or(ptr::null_mut(), string));
            Ok(())
        })
    }
}

/// Stops a container and removes it, with its anonymous volumes.
///
/// TERM goes to its process 1, and KILL after 2 s. Returns when it is gone;
/// succeeds if there is none. May be called several times at once.
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK                    there is no such container any more
///          SANDCELL_ERR_INVALID_ARGUMENT  container is no id and no name
///          SANDCELL_ERR_TIMEOUT           it is not gone in time: by default
///                                        60 s
///          any other                     the engine cannot be reached
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_stop(
    client: *const sandcell_client,
    container: *const c_char,
    container_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let client = handle("client", client)?;
            client.0.stop(text("container", container, container_len)?)
        })
    }
}
