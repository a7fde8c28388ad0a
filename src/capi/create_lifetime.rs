//! Create options: the container's lifetime.

use super::args::{duration, invalid};
use super::create_options::sandcell_create_options;
use super::error::{sandcell_error, sandcell_status};
use super::setters::{set, set_checked};
use crate::{Lifetime, Result};

/// What a container's lifetime is tied to: one of SANDCELL_LIFETIME_*.
pub type sandcell_lifetime = i32;

/// Nothing: the container runs until it is stopped.
pub const SANDCELL_LIFETIME_DETACHED: sandcell_lifetime = 0;
/// This process: the engine removes the container when the process has ended, in
/// whatever way, or when the client is closed. A child of fork() that has not called
/// exec keeps the container alive, too. A restart of the engine ends the container
/// as well.
pub const SANDCELL_LIFETIME_TIED_TO_HOST: sandcell_lifetime = 1;

fn lifetime_of(number: sandcell_lifetime) -> Result<Lifetime> {
    match number {
        SANDCELL_LIFETIME_DETACHED => Ok(Lifetime::Detached),
        SANDCELL_LIFETIME_TIED_TO_HOST => Ok(Lifetime::TiedToHost),
        other => Err(invalid("lifetime", format_args!("{other} is none of SANDCELL_LIFETIME_*"))),
    }
}

/// Sets what the container's lifetime is tied to.
///
/// Default: SANDCELL_LIFETIME_TIED_TO_HOST for sandcell_sandbox_start(), and
/// SANDCELL_LIFETIME_DETACHED for sandcell_client_create_and_start()
///
/// @param options   changed
/// @param lifetime  in: one of SANDCELL_LIFETIME_*
/// @param error     out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  there is no such lifetime
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_lifetime(
    options: *mut sandcell_create_options,
    lifetime: sandcell_lifetime,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        set_checked(
            options,
            error,
            || lifetime_of(lifetime),
            |options, lifetime| options.lifetime(lifetime),
        )
    }
}

/// Sets the container's maximum lifetime. When it has passed, the container ends by
/// itself, with everything that runs in it, and the engine removes it.
///
/// Default: unlimited
///
/// @param options  changed
/// @param max_ms   in: milliseconds, rounded up to seconds; not 0, at most a year.
///                 Checked by sandcell_client_create_and_start()
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_max_lifetime_ms(
    options: *mut sandcell_create_options,
    max_ms: u64,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.max_lifetime(duration(max_ms))) }
}

/// Sets the default of sandcell_exec_options_set_kill_container_after_ms() for all
/// commands in the container.
///
/// Default: SANDCELL_NO_TIMEOUT (never)
///
/// @param options   changed
/// @param after_ms  in: milliseconds, or SANDCELL_NO_TIMEOUT for never
/// @param error     out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_set_kill_container_after_ms(
    options: *mut sandcell_create_options,
    after_ms: u64,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.kill_container_after(duration(after_ms))) }
}

/// Lets PID 1 run as the same user as commands that do not set one.
///
/// Such commands can then stop or kill it and defeat the container's lifetime, and
/// no kill can be proven. For engines and images that cannot run it as another user.
///
/// Default: PID 1 has a user of its own; otherwise the container is refused
///
/// @param options  changed
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_create_options_allow_reachable_watchers(
    options: *mut sandcell_create_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(options, error, |o| o.allow_reachable_watchers()) }
}
