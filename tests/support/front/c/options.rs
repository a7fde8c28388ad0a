//! Exec options.

use std::ffi::{CString, c_char};

use sandcell::capi::*;
use sandcell::{Overflow, Result};

use super::super::Command;
use super::call::{Owned, call, milliseconds};

type Options = *mut sandcell_exec_options;
type ErrorOut = *mut *mut sandcell_error;

pub fn options(command: &Command) -> Result<Owned<sandcell_exec_options>> {
    let mut owned = Owned::new(sandcell_exec_options_new(), sandcell_exec_options_free);
    let options = owned.get_mut();
    if let Some(code) = &command.shell {
        set_text(options, sandcell_exec_options_set_shell, code)?;
    }
    add_args(options, &command.argv)?;
    for (name, value) in &command.env {
        add_env(options, name, value)?;
    }
    if let Some(cwd) = &command.cwd {
        set_text(options, sandcell_exec_options_set_cwd, cwd)?;
    }
    if let Some(user) = &command.user {
        set_text(options, sandcell_exec_options_set_user, user)?;
    }
    if let Some(bytes) = &command.stdin {
        set_stdin(options, bytes)?;
    }
    set(options, sandcell_exec_options_set_tty, command.tty)?;
    if let Some((rows, columns)) = command.console_size {
        set_console_size(options, rows, columns)?;
    }
    set(options, sandcell_exec_options_set_max_output, command.max_output)?;
    set(options, sandcell_exec_options_set_max_memory, command.max_memory)?;
    set(options, sandcell_exec_options_set_on_overflow, command.overflow.map(number_of))?;
    set(options, sandcell_exec_options_set_timeout_ms, command.timeout.map(milliseconds))?;
    kill_options(options, command)?;
    Ok(owned)
}

fn kill_options(options: Options, command: &Command) -> Result<()> {
    let (grace, timeout) = (command.kill_grace, command.kill_timeout);
    set(options, sandcell_exec_options_set_kill_grace_ms, grace.map(milliseconds))?;
    set(options, sandcell_exec_options_set_kill_timeout_ms, timeout.map(milliseconds))?;
    let after = command.kill_container_after.map(milliseconds);
    set(options, sandcell_exec_options_set_kill_container_after_ms, after)?;
    set(options, sandcell_exec_options_set_own_user, command.own_user)
}

fn number_of(overflow: Overflow) -> sandcell_overflow {
    match overflow {
        Overflow::KeepHead => SANDCELL_OVERFLOW_KEEP_HEAD,
        Overflow::KeepTail => SANDCELL_OVERFLOW_KEEP_TAIL,
        Overflow::KeepHeadAndTail => SANDCELL_OVERFLOW_KEEP_HEAD_AND_TAIL,
        Overflow::Kill => SANDCELL_OVERFLOW_KILL,
        other => panic!("{other:?}"),
    }
}

fn set<T>(
    options: Options,
    setter: unsafe extern "C" fn(Options, T, ErrorOut) -> sandcell_status,
    value: Option<T>,
) -> Result<()> {
    let Some(value) = value else { return Ok(()) };
    // SAFETY: the options are live.
    call(|(), error| unsafe { setter(options, value, error) })
}

/// All at once, unless one has a NUL in it.
fn add_args(options: Options, args: &[String]) -> Result<()> {
    let args_of_c: Result<Vec<_>, _> = args.iter().map(|arg| CString::new(&**arg)).collect();
    let Ok(args_of_c) = args_of_c else {
        let mut args = args.iter();
        return args.try_for_each(|arg| set_text(options, sandcell_exec_options_add_arg, arg));
    };
    let argv: Vec<_> = args_of_c.iter().map(|arg| arg.as_ptr()).collect();
    // SAFETY: the options are live, and so are the texts.
    call(|(), error| unsafe {
        sandcell_exec_options_add_args(options, argv.as_ptr(), argv.len(), error)
    })
}

fn set_text(
    options: Options,
    setter: unsafe extern "C" fn(Options, *const c_char, usize, ErrorOut) -> sandcell_status,
    text: &str,
) -> Result<()> {
    // SAFETY: the options are live, the text is as long.
    call(|(), error| unsafe { setter(options, text.as_ptr().cast(), text.len(), error) })
}

fn add_env(options: Options, name: &str, value: &str) -> Result<()> {
    let (name_len, value_len) = (name.len(), value.len());
    let (name, value) = (name.as_ptr().cast(), value.as_ptr().cast());
    // SAFETY: the options are live, the texts are as long.
    call(|(), error| unsafe {
        sandcell_exec_options_add_env(options, name, name_len, value, value_len, error)
    })
}

fn set_stdin(options: Options, bytes: &[u8]) -> Result<()> {
    let data = bytes.as_ptr().cast();
    // SAFETY: the options are live, there are as many bytes.
    call(|(), error| unsafe { sandcell_exec_options_set_stdin(options, data, bytes.len(), error) })
}

fn set_console_size(options: Options, rows: u16, columns: u16) -> Result<()> {
    // SAFETY: the options are live.
    call(|(), error| unsafe {
        sandcell_exec_options_set_console_size(options, rows, columns, error)
    })
}
