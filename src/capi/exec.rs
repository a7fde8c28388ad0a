//! Running commands in a container.

use super::args::{handle, out};
use super::container::sandcell_container;
use super::error::{sandcell_error, sandcell_status};
use super::exec_handle::sandcell_exec;
use super::exec_options::sandcell_exec_options;
use super::exec_result::sandcell_exec_result;
use super::guard::guard;

/// Runs a command in a container and waits for its end.
///
/// Once the command has started, the call succeeds whatever happens, and
/// sandcell_exec_result_outcome() says how the command ended: a non-zero exit
/// code, a timeout and a cancelled call are results, which keep the output so far.
///
/// A command's time is not limited unless the options or the client limit it. The
/// options' timeout kills the command; the call returns when the kill is proven,
/// or after the options' kill timeout. The client's timeout and its token return
/// at once, and the kill goes on in the background.
///
/// @param container  in
/// @param options    in
/// @param result     out: owned by the caller; free with
///                   sandcell_exec_result_free()
/// @param error      out, may be NULL
///
/// @return  SANDCELL_OK                   the command ran, and *result is set
///          SANDCELL_ERR_NOT_FOUND        there is no such container
///          SANDCELL_ERR_CONTAINER_ENDED  the container has ended
///          SANDCELL_ERR_CONFLICT         it was never started, or is paused
///          SANDCELL_ERR_COMMAND_NOT_FOUND, SANDCELL_ERR_COMMAND_NOT_EXECUTABLE,
///          SANDCELL_ERR_BAD_WORKING_DIR, SANDCELL_ERR_BAD_USER,
///          SANDCELL_ERR_ARGUMENTS_TOO_LONG,
///          SANDCELL_ERR_EXEC_START       the command cannot be started
///          SANDCELL_ERR_CLOSED           the client was closed meanwhile
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_exec(
    container: *const sandcell_container,
    options: *const sandcell_exec_options,
    result: *mut *mut sandcell_exec_result,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let container = handle("container", container)?;
            let (options, result) = (handle("options", options)?, out("result", result)?);
            result.write_handle(container.inner.exec(&options.0)?.into());
            Ok(())
        })
    }
}

/// Starts a command in a container, and returns while it runs.
///
/// The client's timeout limits the start, and later each call of the exec but
/// those that wait for the command's end. The client's token, and closing the
/// client, end the command at any time.
///
/// @param container  in
/// @param options    in
/// @param exec       out: owned by the caller; free with sandcell_exec_free()
/// @param error      out, may be NULL
///
/// @return  SANDCELL_OK  *exec is set. An engine may accept a command that cannot
///                       be started; sandcell_exec_wait() says so then.
///          any other    those of sandcell_container_exec()
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_start_exec(
    container: *const sandcell_container,
    options: *const sandcell_exec_options,
    exec: *mut *mut sandcell_exec,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let container = handle("container", container)?;
            let (options, exec) = (handle("options", options)?, out("exec", exec)?);
            exec.write_handle(container.inner.start_exec(&options.0)?.into());
            Ok(())
        })
    }
}
