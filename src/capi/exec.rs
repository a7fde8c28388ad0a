//! Running commands in a container.

use std::ffi::c_char;

use super::args::{handle, out, text};
use super::client::sandcell_client;
use super::error::{sandcell_error, sandcell_status};
use super::exec_options::sandcell_exec_options;
use super::exec_result::sandcell_exec_result;
use super::guard::guard;

/// Runs a command in a container and waits for its end.
///
/// Once the command has started, the call succeeds whatever happens, and
/// sandcell_exec_result_outcome() says how it ended: an exit code other than 0,
/// a time-out and a cancelled call are results, which keep the output so far.
///
/// There is no limit to a command's time unless the options or the client have
/// one. The options' time-out kills the command, and the call returns when that
/// is proven, or after the options' kill time-out. The client's time-out and its
/// token return at once, and the killing goes on in the background.
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param options                   in
/// @param result                    out: owned by the caller; free with
///                                  sandcell_exec_result_free()
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK                    the command ran, and *result is set
///          SANDCELL_ERR_INVALID_ARGUMENT  a bad option; the message names it
///          SANDCELL_ERR_NOT_FOUND         there is no such container
///          SANDCELL_ERR_CONTAINER_ENDED   the container has ended
///          SANDCELL_ERR_CONFLICT          it was never started, or is paused
///          SANDCELL_ERR_COMMAND_NOT_FOUND, SANDCELL_ERR_COMMAND_NOT_EXECUTABLE,
///          SANDCELL_ERR_BAD_WORKING_DIR, SANDCELL_ERR_BAD_USER,
///          SANDCELL_ERR_ARGUMENTS_TOO_LONG,
///          SANDCELL_ERR_EXEC_START        the command cannot be started
///          SANDCELL_ERR_CLOSED            the client was closed meanwhile
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
            let options = handle("options", options)?;
            let result = out("result", result)?;
            result.write_handle(client.0.exec(container, &options.0)?.into());
            Ok(())
        })
    }
}
