//! Exec options: a command to run.

use std::ffi::{c_char, c_void};
use std::iter;
use std::mem;

use super::args::{bytes, duration, invalid, texts};
use super::error::{sandcell_error, sandcell_status};
use super::handles::{free, guard_new};
use super::setters::{Options, set, set_checked, set_text, set_texts};
use crate::{ExecOptions, Overflow, Result};

/// What happens to output beyond the limit: one of SANDCELL_OVERFLOW_*.
pub type sandcell_overflow = i32;

/// A command to run in a container, for sandcell_container_exec(),
/// sandcell_container_start_exec() and sandcell_container_start_background().
///
/// Reusable. Free with sandcell_exec_options_free().
pub struct sandcell_exec_options(pub(super) ExecOptions);

/// The first bytes are kept.
pub const SANDCELL_OVERFLOW_KEEP_HEAD: sandcell_overflow = 0;
/// The last bytes are kept.
pub const SANDCELL_OVERFLOW_KEEP_TAIL: sandcell_overflow = 1;
/// The first half and the last half are kept.
pub const SANDCELL_OVERFLOW_KEEP_HEAD_AND_TAIL: sandcell_overflow = 2;
/// The first bytes are kept, and the command is killed.
pub const SANDCELL_OVERFLOW_KILL: sandcell_overflow = 3;

impl Options for sandcell_exec_options {
    type Value = ExecOptions;

    fn update(&mut self, change: impl FnOnce(ExecOptions) -> ExecOptions) {
        self.0 = change(mem::replace(&mut self.0, no_command()));
    }
}

fn no_command() -> ExecOptions {
    ExecOptions::new(iter::empty::<String>())
}

fn overflow_of(number: sandcell_overflow) -> Result<Overflow> {
    match number {
        SANDCELL_OVERFLOW_KEEP_HEAD => Ok(Overflow::KeepHead),
        SANDCELL_OVERFLOW_KEEP_TAIL => Ok(Overflow::KeepTail),
        SANDCELL_OVERFLOW_KEEP_HEAD_AND_TAIL => Ok(Overflow::KeepHeadAndTail),
        SANDCELL_OVERFLOW_KILL => Ok(Overflow::Kill),
        other => Err(invalid("overflow", format_args!("{other} is none of SANDCELL_OVERFLOW_*"))),
    }
}

/// Makes options without a command: add at least one argument, the program.
///
/// @return  owned by the caller, never NULL; free with
///          sandcell_exec_options_free().
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn sandcell_exec_options_new() -> *mut sandcell_exec_options {
    guard_new(|| sandcell_exec_options(no_command()))
}

/// Adds an argument. The first one is the program, which is looked up in the
/// container's PATH. No shell is involved: for a shell's code, see
/// sandcell_exec_options_set_shell().
///
/// Default: none; at least one is needed
///
/// @param options       changed
/// @param arg, arg_len  in
/// @param error         out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_options_add_arg(
    options: *mut sandcell_exec_options,
    arg: *const c_char,
    arg_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set_text(options, error, ("arg", arg, arg_len), |o, arg| o.arg(arg)) }
}

/// Adds several arguments, as sandcell_exec_options_add_arg() does. If one is
/// invalid, adds none.
///
/// Default: none
///
/// @param options  changed
/// @param argv     in: n texts, each ending in NUL. NULL is valid only with n == 0
/// @param n        in: how many; a NULL behind them is not counted
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_options_add_args(
    options: *mut sandcell_exec_options,
    argv: *const *const c_char,
    n: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set_checked(options, error, || texts("argv", argv, n), ExecOptions::args) }
}

/// Sets the command to a shell's code: /bin/sh, "-c" and the code, in place of all
/// arguments so far. Arguments that are added later become $0, $1 and so on.
///
/// The shell interprets all of the code. Pass untrusted values as arguments, not as
/// parts of the code.
///
/// Default: none
///
/// @param options         changed
/// @param code, code_len  in
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_options_set_shell(
    options: *mut sandcell_exec_options,
    code: *const c_char,
    code_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    let set = |o: ExecOptions, code: &str| o.with_shell(code.to_owned());
    // SAFETY: the header's contract.
    unsafe { set_text(options, error, ("code", code, code_len), set) }
}

/// Sets the working directory. gVisor does not mind a file.
///
/// Default: the container's
///
/// @param options       changed
/// @param cwd, cwd_len  in: an absolute path in the container
/// @param error         out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_options_set_cwd(
    options: *mut sandcell_exec_options,
    cwd: *const c_char,
    cwd_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set_text(options, error, ("cwd", cwd, cwd_len), |o, cwd| o.cwd(cwd)) }
}

/// Sets an environment variable. Each call adds one.
///
/// Default: only the container's variables
///
/// @param options           changed
/// @param name, name_len    in: not empty, without "="
/// @param value, value_len  in
/// @param error             out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_options_add_env(
    options: *mut sandcell_exec_options,
    name: *const c_char,
    name_len: usize,
    value: *const c_char,
    value_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        let texts = [("name", name, name_len), ("value", value, value_len)];
        set_texts(options, error, texts, |o, name, value| o.env(name, value))
    }
}

/// Sets the user.
///
/// Cannot be combined with sandcell_exec_options_set_own_user().
///
/// Default: the container's
///
/// @param options         changed
/// @param user, user_len  in: as name, uid, name:group or uid:gid
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_options_set_user(
    options: *mut sandcell_exec_options,
    user: *const c_char,
    user_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set_text(options, error, ("user", user, user_len), |o, user| o.user(user)) }
}

/// Sets the command's standard input: these bytes, then end-of-file.
///
/// Default: empty for sandcell_container_exec(); for sandcell_container_start_exec(),
/// what sandcell_exec_write() writes
///
/// @param options         changed
/// @param data, data_len  in: any bytes; copied
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_options_set_stdin(
    options: *mut sandcell_exec_options,
    data: *const c_void,
    data_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        let data = || bytes("data", data, data_len);
        set_checked(options, error, data, |o, data| o.stdin(data))
    }
}

/// Sets whether the command runs on a terminal.
///
/// Standard output and standard error are then one stream, SANDCELL_STDOUT, with the
/// terminal's echo and line endings.
///
/// With crun 1.8 the terminal belongs to the container's user, so that a command
/// can open it as "/dev/tty" and not by its own name; gVisor has no name for it.
///
/// Default: false
///
/// @param options  changed
/// @param tty      in
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_options_set_tty(
    options: *mut sandcell_exec_options,
    tty: bool,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.tty(tty)) }
}

/// Sets the size of the command's terminal, in characters.
///
/// Default: the engine's
///
/// @param options        changed
/// @param rows, columns  in
/// @param error          out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_options_set_console_size(
    options: *mut sandcell_exec_options,
    rows: u16,
    columns: u16,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.console_size(rows, columns)) }
}

/// Sets how many unread bytes of each output stream are kept.
/// sandcell_exec_options_set_on_overflow() sets what happens to more.
///
/// Default: 64 MiB for sandcell_container_exec(), which keeps them in memory, and
/// 1 GiB for sandcell_container_start_exec()
///
/// @param options    changed
/// @param max_bytes  in
/// @param error      out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_options_set_max_output(
    options: *mut sandcell_exec_options,
    max_bytes: u64,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.max_output(max_bytes)) }
}

/// Sets how many unread bytes of each stream sandcell_container_start_exec() keeps in
/// memory. More go to an unlinked file in the directory for temporary files.
///
/// Default: 1 MiB
///
/// @param options    changed
/// @param max_bytes  in
/// @param error      out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_options_set_max_memory(
    options: *mut sandcell_exec_options,
    max_bytes: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.max_memory(max_bytes)) }
}

/// Sets what happens to output beyond sandcell_exec_options_set_max_output().
///
/// Output is read and counted in any case: a command never blocks because its output
/// is not read.
///
/// Default: SANDCELL_OVERFLOW_KEEP_HEAD
///
/// @param options   changed
/// @param overflow  in: one of SANDCELL_OVERFLOW_*
/// @param error     out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  overflow is none of SANDCELL_OVERFLOW_*
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_options_set_on_overflow(
    options: *mut sandcell_exec_options,
    overflow: sandcell_overflow,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        set_checked(
            options,
            error,
            || overflow_of(overflow),
            |options, overflow| options.on_overflow(overflow),
        )
    }
}

/// Sets the command's timeout. When it has passed, the command and all its
/// descendants are killed, and the outcome is SANDCELL_OUTCOME_TIMED_OUT.
///
/// Default: SANDCELL_NO_TIMEOUT
///
/// @param options     changed
/// @param timeout_ms  in: milliseconds, or SANDCELL_NO_TIMEOUT
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_options_set_timeout_ms(
    options: *mut sandcell_exec_options,
    timeout_ms: u64,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.timeout(duration(timeout_ms))) }
}

/// Sets whether to measure what the container uses while the command runs, for
/// sandcell_exec_result_resources() and SANDCELL_VERDICT_MEMORY_LIMIT.
///
/// This reads the container's cgroup before and after the command. Each read takes as
/// long as a short command.
///
/// Default: false
///
/// @param options  changed
/// @param measure  in
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_options_set_measure(
    options: *mut sandcell_exec_options,
    measure: bool,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.measure(measure)) }
}

/// Frees options; commands started with them are not affected.
///
/// @param options  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the options.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_exec_options_free(options: *mut sandcell_exec_options) {
    // SAFETY: the header's contract.
    unsafe { free(options) }
}
