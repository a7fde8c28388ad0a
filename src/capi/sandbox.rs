//! Sandboxes: containers that are removed when their owner frees them.
//!
//! What can be done in a sandbox is what can be done in any container:
//! sandcell_sandbox_container() returns the handle for it.

use std::ffi::c_char;
use std::ptr;

use super::args::{handle, handle_mut, invalid, out, text};
use super::client::sandcell_client;
use super::container::sandcell_container;
use super::create_options::sandcell_create_options;
use super::error::{sandcell_error, sandcell_status};
use super::guard::guard;
use super::handles::{free, text_of, value_of};
use super::string::sandcell_string;
use crate::{Error, Result, Sandbox};

/// A container that belongs to this process.
///
/// Keeps its client alive. Free with sandcell_sandbox_free(), which removes the
/// container and everything that runs in it, unless it was stopped or left running.
/// A process that is killed frees nothing. So a sandbox is also tied to this
/// process: the engine removes the container when the process ends.
pub struct sandcell_sandbox {
    /// `None` once stopped or left.
    sandbox: Option<Sandbox>,
    /// What `sandcell_sandbox_container()` lends, as long as the handle lives.
    container: sandcell_container,
}

impl From<Sandbox> for sandcell_sandbox {
    fn from(sandbox: Sandbox) -> Self {
        let container = (*sandbox).clone().into();
        sandcell_sandbox { sandbox: Some(sandbox), container }
    }
}

impl sandcell_sandbox {
    fn take(&mut self) -> Result<Sandbox> {
        self.sandbox.take().ok_or_else(used_up)
    }

    fn leave_running(&mut self) -> Result<String> {
        let id = self.sandbox.as_mut().ok_or_else(used_up)?.leave_running()?;
        self.take().map(drop)?;
        Ok(id)
    }
}

fn used_up() -> Error {
    invalid("sandbox", "was stopped or left running")
}

/// Creates a container and starts it; see sandcell_client_create_and_start().
///
/// Unless the options set a lifetime, it is SANDCELL_LIFETIME_TIED_TO_HOST. If the
/// engine, or a proxy before it, refuses the connection that this takes, a warning
/// is logged and the container is not tied; if the options do set that lifetime,
/// the call fails.
///
/// @param client   in
/// @param options  in
/// @param sandbox  out: owned by the caller; free with sandcell_sandbox_free()
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK  *sandbox is set
///          any other    those of sandcell_client_create_and_start()
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

/// Makes a sandbox of a container that is already running.
///
/// Freeing it removes the container. Several processes may hold one container at
/// once.
///
/// @param client                    in
/// @param container, container_len  in: an id, a name, or the session id that it
///                                  was created with
/// @param sandbox                   out: owned by the caller; free with
///                                  sandcell_sandbox_free()
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK             *sandbox is set
///          SANDCELL_ERR_NOT_FOUND  there is no such container
///          SANDCELL_ERR_CONFLICT   it is not running, or several containers have
///                                  that session id
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

/// Returns the container of a sandbox, to run commands in, to copy files, and for
/// all else that a container can do.
///
/// Use it until the sandbox is freed. After sandcell_sandbox_stop(), there is no
/// such container any more; after sandcell_sandbox_leave_running(), it can still be
/// used.
///
/// @param sandbox  in, may be NULL
///
/// @return  a container, borrowed from the sandbox: do not free it. NULL for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_sandbox_container(
    sandbox: *const sandcell_sandbox,
) -> *const sandcell_container {
    let container = |sandbox: &sandcell_sandbox| ptr::from_ref(&sandbox.container);
    // SAFETY: the header's contract.
    unsafe { value_of(sandbox, ptr::null(), container) }
}

/// Returns the container's full id.
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
    unsafe { text_of(sandbox, len, |sandbox| &sandbox.container.id) }
}

/// Lets the container run on when the sandbox is freed. The sandbox can neither be
/// stopped nor left after that.
///
/// A container that is tied to this process would end with it, and is refused:
/// start it with SANDCELL_LIFETIME_DETACHED.
///
/// @param sandbox  changed
/// @param id       out: the id, for sandcell_sandbox_attach(); owned by the
///                 caller; free with sandcell_string_free()
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK                    *id is set
///          SANDCELL_ERR_INVALID_ARGUMENT  it was stopped or left already
///          SANDCELL_ERR_CONFLICT          it is tied to this process; the sandbox
///                                         is unchanged
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
            id.write_handle(sandbox.leave_running()?.into());
            Ok(())
        })
    }
}

/// Stops the container and removes it; see sandcell_container_stop().
///
/// If that fails, or the client's limits end it, the container is removed in the
/// background. The sandbox must still be freed.
///
/// @param sandbox  changed
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK                    the container does not exist any more
///          SANDCELL_ERR_INVALID_ARGUMENT  it was stopped or left already
///          any other                      those of sandcell_container_stop()
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

/// Frees a sandbox, and removes its container unless it was stopped or left
/// running. That takes at most 30 s, and usually 0.1 s.
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
