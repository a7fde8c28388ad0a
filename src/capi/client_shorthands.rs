//! Shorthands: operations on a container by its id or name, without a handle.
//!
//! Each does what sandcell_client_container(), the container's function and
//! sandcell_container_free() do together.

use std::ffi::c_char;
use std::ptr;

use super::args::{handle, out, text};
use super::client::sandcell_client;
use super::container_state::sandcell_container_state;
use super::error::{sandcell_error, sandcell_status};
use super::exec_handle::sandcell_exec;
use super::exec_options::sandcell_exec_options;
use super::exec_result::sandcell_exec_result;
use super::guard::guard;
use super::handles::into_handle;

/// Runs a command in a container and waits for its end; see
/// sandcell_container_exec().
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param options                   in
/// @param result                    out: owned by the caller; free with
///                                  sandcell_exec_result_free()
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK  the command ran, and *result is set
///          any other    those of sandcell_container_exec()
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_exec(
    client: *const sandcell_client,
    container: *const c_char,
    container_len: usize,
    options: *const sandcell_exec_options,
    result: *mut *mut sandcell_exec_result,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let client = handle("client", client)?;
            let container = text("container", container, container_len)?;
            let (options, result) = (handle("options", options)?, out("result", result)?);
            result.write_handle(client.0.exec(container, &options.0)?.into());
            Ok(())
        })
    }
}

/// Starts a command in a container; see sandcell_container_start_exec().
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param options                   in
/// @param exec                      out: owned by the caller; free with
///                                  sandcell_exec_free()
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK  *exec is set
///          any other    those of sandcell_container_start_exec()
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_start_exec(
    client: *const sandcell_client,
    container: *const c_char,
    container_len: usize,
    options: *const sandcell_exec_options,
    exec: *mut *mut sandcell_exec,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let client = handle("client", client)?;
            let container = text("container", container, container_len)?;
            let (options, exec) = (handle("options", options)?, out("exec", exec)?);
            exec.write_handle(client.0.start_exec(container, &options.0)?.into());
            Ok(())
        })
    }
}

/// Asks the engine whether a container is running. One that does not exist is not.
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param alive                     out
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK  *alive is set
///          any other    those of sandcell_container_inspect_state()
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

/// Asks the engine for the state of a container; see
/// sandcell_container_inspect_state().
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param state                     out: owned by the caller; free with
///                                  sandcell_container_state_free(). NULL if
///                                  there is no such container.
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK  *state is set, possibly to NULL
///          any other    those of sandcell_container_inspect_state()
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

/// Stops a container and removes it; see sandcell_container_stop().
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK  the container does not exist any more
///          any other    those of sandcell_container_stop()
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
