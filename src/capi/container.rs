//! Containers: handles to them, and what can be done with one as a whole.
//!
//! sandcell_client_container() makes a handle from an id or a name, and
//! sandcell_sandbox_container() returns the one that a sandbox has. A handle owns
//! nothing: freeing it leaves the container alone. Its calls have the limits of
//! the client that made it, unless sandcell_container_with_timeout_ms() or the like
//! gives a handle others.
//!
//! Commands, files, posture and resources of a container are further below.

use std::ffi::c_char;
use std::net::SocketAddr;
use std::ptr;
use std::time::Duration;

use super::args::{deadline_from_now, handle, out, text};
use super::cancel_token::sandcell_cancel_token;
use super::client::sandcell_client;
use super::container_state::sandcell_container_state;
use super::create_network::{published_port, sandcell_protocol};
use super::create_options::sandcell_create_options;
use super::error::{sandcell_error, sandcell_status};
use super::guard::guard;
use super::handles::{free, into_handle, text_of, value_of};
use super::string::sandcell_string;
use super::text::Text;
use crate::Container;

/// A handle to a container.
///
/// Immutable, and keeps its client alive. Free with sandcell_container_free(),
/// unless it is borrowed.
pub struct sandcell_container {
    pub(super) inner: Container,
    pub(super) id: Text,
    client: sandcell_client,
}

impl From<Container> for sandcell_container {
    fn from(container: Container) -> Self {
        let (id, client) = (container.id().to_owned().into(), container.client().clone());
        sandcell_container { inner: container, id, client: sandcell_client(client) }
    }
}

/// Creates a container and starts it.
///
/// Pulls the image first if the engine does not have it. If the call fails, the
/// container is removed: before the call returns, or in the background if the
/// call was cancelled or timed out. sandcell_client_close() waits for that.
///
/// @param client   in
/// @param options  in
/// @param id       out: the container's id, owned by the caller; free with
///                 sandcell_string_free()
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK                     the container is running, and *id is set
///          SANDCELL_ERR_NOT_FOUND          there is no such image
///          SANDCELL_ERR_PULL               the image could not be pulled
///          SANDCELL_ERR_CONFLICT           the name is taken
///          SANDCELL_ERR_UNSUPPORTED        the engine would not enforce a limit that
///                                          the options set
///          SANDCELL_ERR_BAD_USER           the image does not know the user
///          SANDCELL_ERR_COMMAND_NOT_FOUND  the image has no /bin/sh, or lacks a
///                                          program that PID 1 needs
///          SANDCELL_ERR_COMMAND_NOT_EXECUTABLE
///                                          its /bin/sh is for another machine, or
///                                          may not be executed
///          SANDCELL_ERR_CONTAINER_ENDED    the container ended as it started
///          SANDCELL_ERR_WRONG_FILE_TYPE    a mount does not fit what it is over
///          SANDCELL_ERR_ENGINE             the engine cannot create or start it
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

/// Makes a handle to a container.
///
/// Nothing is sent: whether there is such a container shows when the handle is
/// used.
///
/// @param client                      in: may be freed first
/// @param id_or_name, id_or_name_len  in
/// @param container                   out: owned by the caller; free with
///                                    sandcell_container_free()
/// @param error                       out, may be NULL
///
/// @return  SANDCELL_OK                    *container is set
///          SANDCELL_ERR_INVALID_ARGUMENT  id_or_name is neither an id nor a name
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_container(
    client: *const sandcell_client,
    id_or_name: *const c_char,
    id_or_name_len: usize,
    container: *mut *mut sandcell_container,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let client = handle("client", client)?;
            let id_or_name = text("id_or_name", id_or_name, id_or_name_len)?;
            let container = out("container", container)?;
            container.write_handle(client.0.container(id_or_name)?.into());
            Ok(())
        })
    }
}

/// Returns the id or the name that the handle was made with; the handle of a
/// sandbox has the full id.
///
/// @param container  in, may be NULL
/// @param len        out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the container; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_id(
    container: *const sandcell_container,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(container, len, |container| &container.id) }
}

/// Returns a client that shares the connection and the limits of the one that made
/// the handle.
///
/// @param container  in, may be NULL
///
/// @return  a client, borrowed from the container: do not free it. NULL for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_client(
    container: *const sandcell_container,
) -> *const sandcell_client {
    // SAFETY: the header's contract.
    unsafe { value_of(container, ptr::null(), |container| ptr::from_ref(&container.client)) }
}

/// Makes a handle to the same container whose calls each have a timeout; see
/// sandcell_client_with_timeout_ms().
///
/// @param container   in: unchanged, and may be freed first
/// @param timeout_ms  in: milliseconds; with 0, every call times out at once
/// @param derived     out: owned by the caller; free with
///                    sandcell_container_free()
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK  *derived is set
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_with_timeout_ms(
    container: *const sandcell_container,
    timeout_ms: u64,
    derived: *mut *mut sandcell_container,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    let limited = |container: &Container| container.with_timeout(Duration::from_millis(timeout_ms));
    // SAFETY: the header's contract.
    unsafe { derive(container, derived, error, limited) }
}

/// Makes a handle to the same container whose calls together may take a given time
/// from now on; see sandcell_client_with_deadline_ms().
///
/// @param container    in: unchanged, and may be freed first
/// @param deadline_ms  in: milliseconds from now; with 0, every call times out at
///                     once
/// @param derived      out: owned by the caller; free with
///                     sandcell_container_free()
/// @param error        out, may be NULL
///
/// @return  SANDCELL_OK  *derived is set
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_with_deadline_ms(
    container: *const sandcell_container,
    deadline_ms: u64,
    derived: *mut *mut sandcell_container,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    let limited = |container: &Container| match deadline_from_now(deadline_ms) {
        Some(deadline) => container.with_deadline(deadline),
        None => container.clone(),
    };
    // SAFETY: the header's contract.
    unsafe { derive(container, derived, error, limited) }
}

/// Makes a handle to the same container whose calls end when a token is cancelled;
/// see sandcell_client_with_cancel().
///
/// @param container  in: unchanged, and may be freed first
/// @param token      in: kept alive by the derived handle, and may be freed first
/// @param derived    out: owned by the caller; free with sandcell_container_free()
/// @param error      out, may be NULL
///
/// @return  SANDCELL_OK  *derived is set
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_with_cancel(
    container: *const sandcell_container,
    token: *const sandcell_cancel_token,
    derived: *mut *mut sandcell_container,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (container, token) = (handle("container", container)?, handle("token", token)?);
            let derived = out("derived", derived)?;
            derived.write_handle(container.inner.with_cancel(&token.0).into());
            Ok(())
        })
    }
}

/// A handle with other limits.
///
/// # Safety
/// Each is NULL, or a live handle or a place that may be written to.
unsafe fn derive(
    container: *const sandcell_container,
    derived: *mut *mut sandcell_container,
    error: *mut *mut sandcell_error,
    limited: impl FnOnce(&Container) -> Container,
) -> sandcell_status {
    // SAFETY: this function's contract.
    unsafe {
        guard(error, || {
            let (container, derived) = (handle("container", container)?, out("derived", derived)?);
            derived.write_handle(limited(&container.inner).into());
            Ok(())
        })
    }
}

/// Asks the engine for the state of a container.
///
/// A container that does not exist is not an error: the state is NULL then.
///
/// @param container  in
/// @param state      out: owned by the caller; free with
///                   sandcell_container_state_free(). NULL if there is no such
///                   container.
/// @param error      out, may be NULL
///
/// @return  SANDCELL_OK  *state is set, possibly to NULL
///          any other    the engine could not be asked
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_inspect_state(
    container: *const sandcell_container,
    state: *mut *mut sandcell_container_state,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (container, place) = (handle("container", container)?, out("state", state)?);
            let state = container.inner.inspect_state()?;
            place.set(state.map_or(ptr::null_mut(), |state| into_handle(state.into())));
            Ok(())
        })
    }
}

/// Freezes all processes of a container, until sandcell_container_unpause().
///
/// Commands can be neither run nor killed meanwhile. Succeeds if the container is
/// already paused.
///
/// @param container  in
/// @param error      out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_NOT_FOUND  there is no such container
///          SANDCELL_ERR_CONFLICT   it is not running
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_pause(
    container: *const sandcell_container,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { guard(error, || handle("container", container)?.inner.pause()) }
}

/// Lets the processes of a paused container continue.
///
/// Succeeds if the container is not paused.
///
/// @param container  in
/// @param error      out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_NOT_FOUND  there is no such container
///          SANDCELL_ERR_CONFLICT   it is not running
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_unpause(
    container: *const sandcell_container,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { guard(error, || handle("container", container)?.inner.unpause()) }
}

/// Asks the engine for the address on its host at which a published port of a
/// container can be reached; see sandcell_create_options_publish().
///
/// @param container  in
/// @param protocol   in: SANDCELL_TCP or SANDCELL_UDP
/// @param port       in: the container's port
/// @param address    out: such as "127.0.0.1:49153", owned by the caller; free
///                   with sandcell_string_free(). NULL if the port is not
///                   published.
/// @param error      out, may be NULL
///
/// @return  SANDCELL_OK             *address is set, possibly to NULL
///          SANDCELL_ERR_NOT_FOUND  there is no such container
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_published_address(
    container: *const sandcell_container,
    protocol: sandcell_protocol,
    port: u16,
    address: *mut *mut sandcell_string,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let container = handle("container", container)?;
            let (port, address) = (published_port(protocol, port)?, out("address", address)?);
            let found = container.inner.published_address(&port)?;
            let string = |found: SocketAddr| into_handle(found.to_string().into());
            address.set(found.map_or(ptr::null_mut(), string));
            Ok(())
        })
    }
}

/// Stops a container and removes it, with its anonymous volumes.
///
/// Sends TERM to the container's PID 1, and KILL after 2 s. Returns when the
/// container is gone; succeeds if there is none. May be called several times at
/// once. The handle must still be freed.
///
/// A container that was not created by this library gets the stop signal that it was
/// created with instead of TERM. A paused container may be killed at once.
///
/// @param container  in
/// @param error      out, may be NULL
///
/// @return  SANDCELL_OK           the container does not exist any more
///          SANDCELL_ERR_TIMEOUT  it is not gone in time: by default 60 s
///          any other             the engine could not be reached
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_stop(
    container: *const sandcell_container,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { guard(error, || handle("container", container)?.inner.stop()) }
}

/// Frees a handle to a container; the container stays as it is.
///
/// Not for a handle that is borrowed from a sandbox.
///
/// @param container  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the handle.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_free(container: *mut sandcell_container) {
    // SAFETY: the header's contract.
    unsafe { free(container) }
}
