//! Background commands: they outlive the host that started them.
//!
//! The output of such a command goes to files in its container, and so does its
//! exit code; both are there for whoever asks, in this process or in another,
//! until sandcell_background_remove() or the end of the container.
//!
//! Whether it runs is the engine's word. What the files say is the word of the
//! command's user, who can change them; whatever is in their place, no call waits
//! for it.
//!
//! The limits of the client that made the handle hold for each call anew. Where it
//! has none, what the library runs in the container ends after 30 s.

use std::ffi::{c_char, c_void};

use super::args::{buffer, handle, handle_mut, out, text};
use super::client::sandcell_client;
use super::error::{sandcell_error, sandcell_status};
use super::exec_options::sandcell_exec_options;
use super::exec_result::{number_of, output_stream, reason_of, sandcell_stream, sandcell_tree};
use super::guard::{free, guard};
use super::string::{give_text, sandcell_string};
use crate::{Background, BackgroundStatus};

/// What a background command does: one of SANDCELL_BACKGROUND_*.
///
/// A later version may add some.
pub type sandcell_background_state = i32;

/// A command in the background of a container, under a name.
///
/// Free with sandcell_background_free(), which leaves the command alone.
pub struct sandcell_background(Background);

/// It runs.
pub const SANDCELL_BACKGROUND_RUNNING: sandcell_background_state = 1;
/// It ended, and there is an exit code: from the engine, for some minutes, with the
/// handle that started it; else from the command's file.
pub const SANDCELL_BACKGROUND_EXITED: sandcell_background_state = 2;
/// It ended, and its file holds no exit code: it was killed together with the
/// shell that would have written that, or something made away with it.
pub const SANDCELL_BACKGROUND_LOST: sandcell_background_state = 3;

/// What a command does, and its exit code; -1 if there is none.
fn numbers_of(status: BackgroundStatus) -> (sandcell_background_state, i32) {
    match status {
        BackgroundStatus::Running => (SANDCELL_BACKGROUND_RUNNING, -1),
        BackgroundStatus::Exited(code) => (SANDCELL_BACKGROUND_EXITED, code),
        BackgroundStatus::Lost => (SANDCELL_BACKGROUND_LOST, -1),
    }
}

/// Starts a command in the background of a container, under a name by which
/// sandcell_client_background() finds it again.
///
/// It goes on when the client is closed or freed, and when its process ends. It
/// has no input and no terminal. Needs /bin/sh and a writable /tmp in the
/// container. The options' limits of time and output do not hold for it; the
/// client's hold for the start (default: 30 s), and kill what it started.
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param name, name_len            in: letters, digits and "_.-"
/// @param options                   in
/// @param background                out: owned by the caller; free with
///                                  sandcell_background_free()
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK                    *background is set
///          SANDCELL_ERR_INVALID_ARGUMENT  a bad name or option; the message
///                                        names it
///          SANDCELL_ERR_NOT_FOUND         there is no such container
///          SANDCELL_ERR_CONTAINER_ENDED   the container has ended
///          SANDCELL_ERR_CONFLICT          the name is taken in this container,
///                                        or the container was never started
///                                        or is paused
///          SANDCELL_ERR_COMMAND_NOT_FOUND, SANDCELL_ERR_COMMAND_NOT_EXECUTABLE,
///          SANDCELL_ERR_BAD_WORKING_DIR, SANDCELL_ERR_BAD_USER,
///          SANDCELL_ERR_ARGUMENTS_TOO_LONG,
///          SANDCELL_ERR_EXEC_START        the command cannot be started
///          SANDCELL_ERR_FILE_ACCESS       its user cannot write to /tmp
///          SANDCELL_ERR_TIMEOUT,
///          SANDCELL_ERR_CANCELLED         the client's limits ended the start
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_start_background(
    client: *const sandcell_client,
    container: *const c_char,
    container_len: usize,
    name: *const c_char,
    name_len: usize,
    options: *const sandcell_exec_options,
    background: *mut *mut sandcell_background,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let client = handle("client", client)?;
            let container = text("container", container, container_len)?;
            let name = text("name", name, name_len)?;
            let (options, place) = (handle("options", options)?, out("background", background)?);
            let background = client.0.container(container)?.start_background(name, &options.0)?;
            place.write_handle(sandcell_background(background));
            Ok(())
        })
    }
}

/// Makes a handle for a background command, whoever started it. Nothing is
/// asked yet: sandcell_background_status() tells whether it exists. The client's
/// limits hold for each call of the handle.
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param name, name_len            in: that it was started under
/// @param background                out: owned by the caller; free with
///                                  sandcell_background_free()
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK                    *background is set
///          SANDCELL_ERR_INVALID_ARGUMENT  a bad name
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_background(
    client: *const sandcell_client,
    container: *const c_char,
    container_len: usize,
    name: *const c_char,
    name_len: usize,
    background: *mut *mut sandcell_background,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let client = handle("client", client)?;
            let container = text("container", container, container_len)?;
            let name = text("name", name, name_len)?;
            let place = out("background", background)?;
            place.write_handle(sandcell_background(
                client.0.container(container)?.background(name)?,
            ));
            Ok(())
        })
    }
}

/// Sets the user that the command runs as, if it was started with one: only
/// that user, and root with its capabilities, can read its files. While it runs,
/// sandcell_background_status() and sandcell_background_kill() know who it is.
///
/// Default: for sandcell_client_start_background() the options' user; for
/// sandcell_client_background() the container's.
///
/// @param background      changed
/// @param user, user_len  in: as name, uid, name:group or uid:gid
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_background_set_user(
    background: *mut sandcell_background,
    user: *const c_char,
    user_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let background = handle_mut("background", background)?;
            let user = text("user", user, user_len)?;
            background.0 = background.0.clone().user(user);
            Ok(())
        })
    }
}

/// Asks what the command does. One that leaves processes behind has ended, as for
/// a shell.
///
/// @param background  in
/// @param state       out: one of SANDCELL_BACKGROUND_*
/// @param code        out: the exit code with SANDCELL_BACKGROUND_EXITED, else
///                    -1. As with a shell, 128 + n usually means that signal n
///                    killed it
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK               *state and *code are set
///          SANDCELL_ERR_NOT_FOUND    there is none of this name
///          SANDCELL_ERR_FILE_ACCESS  it ended, and was another user's
///          SANDCELL_ERR_TIMEOUT, SANDCELL_ERR_CANCELLED
///                                   the client's limits ended the call
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_background_status(
    background: *const sandcell_background,
    state: *mut sandcell_background_state,
    code: *mut i32,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let background = handle("background", background)?;
            let (state, code) = (out("state", state)?, out("code", code)?);
            let numbers = numbers_of(background.0.status()?);
            state.set(numbers.0);
            code.set(numbers.1);
            Ok(())
        })
    }
}

/// Waits for the command to end, for as long as the client allows.
///
/// @param background  in
/// @param state       out: one of SANDCELL_BACKGROUND_*, but not RUNNING
/// @param code        out: the exit code with SANDCELL_BACKGROUND_EXITED, else
///                    -1
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK               *state and *code are set
///          SANDCELL_ERR_NOT_FOUND    there is none of this name
///          SANDCELL_ERR_FILE_ACCESS  it ended, and was another user's
///          SANDCELL_ERR_TIMEOUT      the client's time-out or deadline passed
///          SANDCELL_ERR_CANCELLED    the client's token was cancelled
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_background_wait(
    background: *const sandcell_background,
    state: *mut sandcell_background_state,
    code: *mut i32,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let background = handle("background", background)?;
            let (state, code) = (out("state", state)?, out("code", code)?);
            let numbers = numbers_of(background.0.wait()?);
            state.set(numbers.0);
            code.set(numbers.1);
            Ok(())
        })
    }
}

/// Reads output of the command, as much as is there, and never more than 16 MiB at
/// once.
///
/// @param background  in
/// @param stream      in: SANDCELL_STDOUT or SANDCELL_STDERR
/// @param offset      in: where to begin, in bytes
/// @param buf         out: place for bytes
/// @param cap         in: the size of that place, not 0
/// @param n           out: how many bytes were read; 0 if there are none yet,
///                    or, once the command has ended, no more
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK                    *n is set
///          SANDCELL_ERR_INVALID_ARGUMENT  there is no such stream
///          SANDCELL_ERR_NOT_FOUND         there is no command of this name
///          SANDCELL_ERR_WRONG_FILE_TYPE   something made away with the output, or
///                                        put something else in its place
///          SANDCELL_ERR_FILE_ACCESS       the command is another user's
///          SANDCELL_ERR_TIMEOUT,
///          SANDCELL_ERR_CANCELLED         the client's limits ended the call
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_background_read(
    background: *const sandcell_background,
    stream: sandcell_stream,
    offset: u64,
    buf: *mut c_void,
    cap: usize,
    n: *mut usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (background, stream) = (handle("background", background)?, output_stream(stream)?);
            let (buf, n) = (buffer("buf", buf, cap)?, out("n", n)?);
            let bytes = background.0.read(stream, offset, cap)?;
            let count = bytes.len().min(cap);
            buf[..count].copy_from_slice(&bytes[..count]);
            n.set(count);
            Ok(())
        })
    }
}

/// Kills the command and all its descendants, as sandcell_exec_kill() does, also
/// those that it left behind when it ended. There are 2 s between TERM and KILL, or
/// what the options said that this handle started it with. Where the client's
/// limits end the call, the killing goes on in the background.
///
/// @param background  in
/// @param tree        out: one of SANDCELL_TREE_*
/// @param reason      out, may be NULL: why there is no proof, a text for
///                    people, owned by the caller; free with
///                    sandcell_string_free(). NULL unless *tree is
///                    SANDCELL_TREE_UNKNOWN
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK               *tree and *reason are set
///          SANDCELL_ERR_NOT_FOUND    there is none of this name
///          SANDCELL_ERR_UNSUPPORTED  the image has no /bin/sh
///          SANDCELL_ERR_TIMEOUT, SANDCELL_ERR_CANCELLED
///                                   the client's limits ended the call
///
/// Threads: any, at any time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_background_kill(
    background: *const sandcell_background,
    tree: *mut sandcell_tree,
    reason: *mut *mut sandcell_string,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (background, tree) = (handle("background", background)?, out("tree", tree)?);
            let tree_gone = Some(background.0.kill()?);
            tree.set(number_of(tree_gone.as_ref()));
            give_text(reason, reason_of(tree_gone));
            Ok(())
        })
    }
}

/// Kills the command if it runs, and removes its files: the name is free. Succeeds
/// if there is none. What a command left behind that has ended,
/// sandcell_background_kill() ends.
///
/// @param background  in: must still be freed
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_CONFLICT     it withstands being killed, or still runs by
///                                   the engine's word, or another was started
///                                   under the name since: the files stay
///          SANDCELL_ERR_TIMEOUT, SANDCELL_ERR_CANCELLED
///                                   the client's limits ended the call
///          SANDCELL_ERR_UNSUPPORTED  the image has no /bin/sh
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_background_remove(
    background: *const sandcell_background,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { guard(error, || handle("background", background)?.0.clone().remove()) }
}

/// Frees a handle; the command goes on, and its files stay.
///
/// @param background  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses it.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_background_free(background: *mut sandcell_background) {
    // SAFETY: the header's contract.
    unsafe { free(background) }
}
