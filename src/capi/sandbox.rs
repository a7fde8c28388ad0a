//! Sandboxes: containers that are stopped when their owner lets go of them.
//!
//! What a client does in a container, it does in a sandbox by sandcell_sandbox_id().

use std::ffi::c_char;

use super::args::{handle, handle_mut, invalid, out, text};
use super::client::sandcell_client;
use super::create_options::sandcell_create_options;
use super::error::{sandcell_error, sandcell_status};
use super::exec_handle::sandcell_exec;
use super::exec_options::sandcell_exec_options;
use super::exec_result::sandcell_exec_result;
use super::guard::{free, guard, text_of};
use super::string::sandcell_string;
use super::text::Text;
use crate::{Error, Result, Sandbox};

/// A container of this process's own.
///
/// Keeps its client alive. Free with sandcell_sandbox_free(), which removes the
/// container, with all that runs in it, unless it was stopped or left running. A
/// process that is killed frees nothing: SANDCELL_LIFETIME_TIED_TO_HOST has the
/// engine remove the container then.
pub struct sandcell_sandbox {
    /// `None` once stopped or left.
    sandbox: Option<Sandbox>,
    id: Text,
}

impl From<Sandbox> for sandcell_sandbox {
    fn from(sandbox: Sandbox) -> Self {
        sandcell_sandbox { id: sandbox.id().to_owned().into(), sandbox: Some(sandbox) }
    }
}

impl sandcell_sandbox {
    fn get(&self) -> Result<&Sandbox> {
        self.sandbox.as_ref().ok_or_else(used_up)
    }

    fn take(&mut self) -> Result<Sandbox> {
        self.sandbox.take().ok_or_else(used_up)
    }
}

fn used_up() -> Error {
    invalid("sandbox", "was stopped or left running")
}

/// Creates a container and starts it; see
/// sandcell_client_create_and_start().
///
/// @param client   in
/// @param options  in
/// @param sandbox  out: owned by the caller; free with sandcell_sandbox_free()
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK  *sandbox is set
///          any other   those of sandcell_client_create_and_start()
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_sandbox_start(
    client: *const sandcell_client,
    options: *const sandcell_create_options,
    sandbox: *mut *mut sandcell_sandbox,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, options) = (handle("client", client)?, handle("options", options)?);
            let sandbox = out("sandbox", sandbox)?;
            sandbox.write_handle(Sandbox::start(&client.0, &options.0)?.into());
            Ok(())
        })
    }
}

/// Takes hold of a container that runs already. Freeing removes it as any
/// other; several processes may hold it at once.
///
/// @param client                    in
/// @param container, container_len  in: an id, a name, or the session that it was
///                                  created with
/// @param sandbox                   out: owned by the caller; free with
///                                  sandcell_sandbox_free()
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK             *sandbox is set
///          SANDCELL_ERR_NOT_FOUND  there is no such container
///          SANDCELL_ERR_CONFLICT   it does not run, or several are of that session
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_sandbox_attach(
    client: *const sandcell_client,
    container: *const c_char,
    container_len: usize,
    sandbox: *mut *mut sandcell_sandbox,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let client = handle("client", client)?;
            let container = text("container", container, container_len)?;
            let sandbox = out("sandbox", sandbox)?;
            sandbox.write_handle(Sandbox::attach(&client.0, container)?.into());
            Ok(())
        })
    }
}

/// Tells the container's full id.
///
/// @param sandbox  in, may be NULL
/// @param len      out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the sandbox; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_sandbox_id(
    sandbox: *const sandcell_sandbox,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(sandbox, len, |sandbox| &sandbox.id) }
}

/// Runs a command and waits for its end; see sandcell_client_exec().
///
/// @param sandbox  in
/// @param options  in
/// @param result   out: owned by the caller; free with
///                 sandcell_exec_result_free()
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK  the command ran, and *result is set
///          any other   those of sandcell_client_exec()
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_sandbox_exec(
    sandbox: *const sandcell_sandbox,
    options: *const sandcell_exec_options,
    result: *mut *mut sandcell_exec_result,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let sandbox = handle("sandbox", sandbox)?.get()?;
            let (options, result) = (handle("options", options)?, out("result", result)?);
            result.write_handle(sandbox.exec(&options.0)?.into());
            Ok(())
        })
    }
}

/// Starts a command; see sandcell_client_start_exec().
///
/// @param sandbox  in
/// @param options  in
/// @param exec     out: owned by the caller; free with sandcell_exec_free()
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK  *exec is set
///          any other   those of sandcell_client_start_exec()
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_sandbox_start_exec(
    sandbox: *const sandcell_sandbox,
    options: *const sandcell_exec_options,
    exec: *mut *mut sandcell_exec,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let sandbox = handle("sandbox", sandbox)?.get()?;
            let (options, exec) = (handle("options", options)?, out("exec", exec)?);
            exec.write_handle(sandbox.start_exec(&options.0)?.into());
            Ok(())
        })
    }
}

/// Lets the container run on without this handle, which is then good for
/// sandcell_sandbox_free() only.
///
/// A container whose life is tied to this process ends with the process all
/// the same, or when the client is closed.
///
/// @param sandbox  changed
/// @param id       out: the id, for sandcell_sandbox_attach(); owned by the
///                 caller; free with sandcell_string_free()
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK                    *id is set
///          SANDCELL_ERR_INVALID_ARGUMENT  it was stopped or left before
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_sandbox_leave_running(
    sandbox: *mut sandcell_sandbox,
    id: *mut *mut sandcell_string,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (sandbox, id) = (handle_mut("sandbox", sandbox)?, out("id", id)?);
            id.write_handle(sandbox.take()?.leave_running().into());
            Ok(())
        })
    }
}

/// Stops and removes the container; see sandcell_client_stop(). The handle
/// is then good for sandcell_sandbox_free() only, whatever the answer.
///
/// @param sandbox  changed
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK  it is gone
///          any other   those of sandcell_client_stop()
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_sandbox_stop(
    sandbox: *mut sandcell_sandbox,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { guard(error, || handle_mut("sandbox", sandbox)?.take()?.stop()) }
}

/// Frees a sandbox; removes its container unless it was stopped or left
/// running, in 30 s at most, mostly in a tenth of one.
///
/// @param sandbox  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the sandbox.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_sandbox_free(sandbox: *mut sandcell_sandbox) {
    // SAFETY: the header's contract.
    unsafe { free(sandbox) }
}
