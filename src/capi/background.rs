//! Background commands: they outlive the host that started them.
//!
//! The output of such a command goes to files in its container, and so does its
//! exit code. Any process can read both by the command's name, until
//! sandcell_background_remove() or the end of the container.
//!
//! Whether the command is running comes from the engine. The contents of the files
//! can be changed by the command's user, so do not trust them; no call blocks on
//! what is put in their place.
//!
//! The limits of the client that the handle comes from apply to each call anew.
//! Without any, what the library runs in the container ends after 30 s.

use std::ffi::{c_char, c_void};

use super::args::{buffer, handle, out, text};
use super::container::sandcell_container;
use super::error::{sandcell_error, sandcell_status};
use super::exec_options::sandcell_exec_options;
use super::exec_result::{output_stream, sandcell_stream};
use super::guard::guard;
use super::handles::{free, text_of};
use super::outcome::{number_of, reason_of, sandcell_tree};
use super::setters::{Options, set_text};
use super::string::{give_text, sandcell_string};
use super::text::Text;
use crate::{Background, BackgroundStatus};

/// The state of a background command: one of SANDCELL_BACKGROUND_*.
///
/// A later version may add some.
pub type sandcell_background_state = i32;

/// A named command in the background of a container.
///
/// Free with sandcell_background_free(), which leaves the command alone.
pub struct sandcell_background {
    inner: Background,
    name: Text,
}

impl Options for sandcell_background {
    type Value = Background;
    const NAME: &str = "background";

    fn update(&mut self, change: impl FnOnce(Background) -> Background) {
        self.inner = change(self.inner.clone());
    }
}

impl From<Background> for sandcell_background {
    fn from(background: Background) -> Self {
        sandcell_background { name: background.name().to_owned().into(), inner: background }
    }
}

/// It is running.
pub const SANDCELL_BACKGROUND_RUNNING: sandcell_background_state = 1;
/// It ended, and there is an exit code: from the engine, for some minutes, if this
/// handle started the command; else from the command's file.
pub const SANDCELL_BACKGROUND_EXITED: sandcell_background_state = 2;
/// It ended, and its file has no exit code: the command was killed together with
/// the shell that would have written it, or the file was removed.
pub const SANDCELL_BACKGROUND_LOST: sandcell_background_state = 3;

/// A command's state, and its exit code; -1 if there is none.
fn numbers_of(status: BackgroundStatus) -> (sandcell_background_state, i32) {
    match status {
        BackgroundStatus::Running => (SANDCELL_BACKGROUND_RUNNING, -1),
        BackgroundStatus::Exited(code) => (SANDCELL_BACKGROUND_EXITED, code),
        BackgroundStatus::Lost => (SANDCELL_BACKGROUND_LOST, -1),
    }
}

/// Starts a command in the background of a container, under a name by which
/// sandcell_container_background() finds it again.
///
/// The command runs on when the client is closed or freed, and when the process
/// ends. It has no input and no terminal. Needs /bin/sh and a writable /tmp in the
/// container. The options' limits on time and output do not apply to it; the
/// client's limits apply to the start (default: 30 s), and kill what it started.
///
/// @param container       in
/// @param name, name_len  in: letters, digits and "_.-"
/// @param options         in
/// @param background      out: owned by the caller; free with
///                        sandcell_background_free()
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK                   *background is set
///          SANDCELL_ERR_NOT_FOUND        there is no such container
///          SANDCELL_ERR_CONTAINER_ENDED  the container has ended
///          SANDCELL_ERR_CONFLICT         the name is taken in this container,
///                                        or the container was never started
///                                        or is paused
///          SANDCELL_ERR_COMMAND_NOT_FOUND, SANDCELL_ERR_COMMAND_NOT_EXECUTABLE,
///          SANDCELL_ERR_BAD_WORKING_DIR, SANDCELL_ERR_BAD_USER,
///          SANDCELL_ERR_ARGUMENTS_TOO_LONG,
///          SANDCELL_ERR_EXEC_START       the command cannot be started
///          SANDCELL_ERR_FILE_ACCESS      its user cannot write to /tmp
///          SANDCELL_ERR_TIMEOUT,
///          SANDCELL_ERR_CANCELLED        the client's limits ended the start
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_start_background(
    container: *const sandcell_container,
    name: *const c_char,
    name_len: usize,
    options: *const sandcell_exec_options,
    background: *mut *mut sandcell_background,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (container, name) =
                (handle("container", container)?, text("name", name, name_len)?);
            let (options, place) = (handle("options", options)?, out("background", background)?);
            let background = container.inner.start_background(name, &options.0)?;
            place.write_handle(background.into());
            Ok(())
        })
    }
}

/// Makes a handle to a background command, whichever process started it.
///
/// Nothing is sent: sandcell_background_status() tells whether there is such a
/// command.
///
/// @param container       in
/// @param name, name_len  in: the name that the command was started under
/// @param background      out: owned by the caller; free with
///                        sandcell_background_free()
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK  *background is set
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_background(
    container: *const sandcell_container,
    name: *const c_char,
    name_len: usize,
    background: *mut *mut sandcell_background,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (container, name) =
                (handle("container", container)?, text("name", name, name_len)?);
            let place = out("background", background)?;
            place.write_handle(container.inner.background(name)?.into());
            Ok(())
        })
    }
}

/// Returns the command's name.
///
/// @param background  in, may be NULL
/// @param len         out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the background command; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_background_name(
    background: *const sandcell_background,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(background, len, |background| &background.name) }
}

/// Sets the user that the command was started as.
///
/// Only that user, and root with its capabilities, can read the command's files.
/// While the command is running, sandcell_background_status() and
/// sandcell_background_kill() find out the user themselves.
///
/// Default: the options' user for sandcell_container_start_background(), the
/// container's for sandcell_container_background().
///
/// @param background      changed
/// @param user, user_len  in: as name, uid, name:group or uid:gid
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
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
    unsafe { set_text(background, error, ("user", user, user_len), |b, user| b.user(user)) }
}

/// Asks whether the command is running. One that leaves processes behind has ended,
/// as in a shell.
///
/// @param background  in
/// @param state       out: one of SANDCELL_BACKGROUND_*
/// @param code        out: the exit code with SANDCELL_BACKGROUND_EXITED, else
///                    -1. As with a shell, 128 + n usually means that signal n
///                    killed it
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK               *state and *code are set
///          SANDCELL_ERR_NOT_FOUND    there is no command of this name
///          SANDCELL_ERR_FILE_ACCESS  it ended, and was another user's
///          SANDCELL_ERR_TIMEOUT,
///          SANDCELL_ERR_CANCELLED    the client's limits ended the call
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
            let numbers = numbers_of(background.inner.status()?);
            state.set(numbers.0);
            code.set(numbers.1);
            Ok(())
        })
    }
}

/// Waits for the command to end, as long as the client's limits allow.
///
/// @param background  in
/// @param state       out: one of SANDCELL_BACKGROUND_*, never RUNNING
/// @param code        out: the exit code with SANDCELL_BACKGROUND_EXITED, else
///                    -1
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK               *state and *code are set
///          SANDCELL_ERR_NOT_FOUND    there is no command of this name
///          SANDCELL_ERR_FILE_ACCESS  it ended, and was another user's
///          SANDCELL_ERR_TIMEOUT      the client's timeout passed
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
            let numbers = numbers_of(background.inner.wait()?);
            state.set(numbers.0);
            code.set(numbers.1);
            Ok(())
        })
    }
}

/// Reads output of the command without waiting: as much as there is, and at most
/// 16 MiB at once.
///
/// @param background  in
/// @param stream      in: SANDCELL_STDOUT or SANDCELL_STDERR
/// @param offset      in: where to start, in bytes
/// @param buf         out: receives the bytes
/// @param cap         in: the size of buf, not 0
/// @param n           out: how many bytes were read; 0 if there are none yet,
///                    or no more once the command has ended
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK                    *n is set
///          SANDCELL_ERR_INVALID_ARGUMENT  there is no such stream
///          SANDCELL_ERR_NOT_FOUND         there is no command of this name
///          SANDCELL_ERR_WRONG_FILE_TYPE   the output was removed, or something
///                                         else was put in its place
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
            let bytes = background.inner.read(stream, offset, cap)?;
            let count = bytes.len().min(cap);
            buf[..count].copy_from_slice(&bytes[..count]);
            n.set(count);
            Ok(())
        })
    }
}

/// Kills the command and all its descendants, as sandcell_exec_kill() does, also
/// those that it left behind when it ended.
///
/// KILL follows TERM after 2 s, or after the kill grace of the options if this
/// handle started the command. If the client's limits end the call, the kill goes
/// on in the background.
///
/// @param background  in
/// @param tree        out: one of SANDCELL_TREE_*
/// @param reason      out, may be NULL: why there is no proof, for people;
///                    owned by the caller; free with sandcell_string_free().
///                    NULL unless *tree is SANDCELL_TREE_UNKNOWN
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK               *tree and *reason are set
///          SANDCELL_ERR_NOT_FOUND    there is no command of this name
///          SANDCELL_ERR_UNSUPPORTED  the image has no /bin/sh
///          SANDCELL_ERR_TIMEOUT,
///          SANDCELL_ERR_CANCELLED    the client's limits ended the call
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
            let tree_gone = Some(background.inner.kill()?);
            tree.set(number_of(tree_gone.as_ref()));
            give_text(reason, reason_of(tree_gone));
            Ok(())
        })
    }
}

/// Kills the command if it is running, and removes its files, which frees the name.
///
/// Succeeds if there is no command of this name. Leaves alone the processes that a
/// command left behind when it ended: sandcell_background_kill() kills those.
///
/// @param background  in: must still be freed
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_CONFLICT     it survived the kill, or is still running
///                                    according to the engine, or another command
///                                    was started under the name since: the files
///                                    stay
///          SANDCELL_ERR_TIMEOUT,
///          SANDCELL_ERR_CANCELLED    the client's limits ended the call
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
    unsafe { guard(error, || handle("background", background)?.inner.clone().remove()) }
}

/// Frees a handle to a background command; the command runs on, and its files stay.
///
/// @param background  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the handle.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_background_free(background: *mut sandcell_background) {
    // SAFETY: the header's contract.
    unsafe { free(background) }
}
