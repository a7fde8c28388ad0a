//! Create options: how long the container lives.

use super::args::{duration, handle_mut, invalid};
use super::create_options::sandock_create_options;
use super::error::{sandock_error, sandock_status};
use super::guard::guard;
use crate::{Lifetime, Result};

/// What a container's life is tied to: one of SANDOCK_LIFETIME_*.
pub type sandock_lifetime = i32;

/// To nothing: it is there until somebody stops it.
pub const SANDOCK_LIFETIME_DETACHED: sandock_lifetime = 0;
/// To this process: the engine removes the container when the process has ended,
/// however it did, or when the client was closed. A child that was forked and runs
/// no program of its own keeps it, too.
pub const SANDOCK_LIFETIME_TIED_TO_HOST: sandock_lifetime = 1;

fn lifetime_of(number: sandock_lifetime) -> Result<Lifetime> {
    match number {
        SANDOCK_LIFETIME_DETACHED => Ok(Lifetime::Detached),
        SANDOCK_LIFETIME_TIED_TO_HOST => Ok(Lifetime::TiedToHost),
        other => Err(invalid("lifetime", format_args!("{other} is none of SANDOCK_LIFETIME_*"))),
    }
}

/// Sets what the container's life is tied to.
///
/// Default: SANDOCK_LIFETIME_DETACHED
///
/// @param options   changed
/// @param lifetime  in: one of SANDOCK_LIFETIME_*
/// @param error     out, may be NULL
///
/// @return  SANDOCK_OK
///          SANDOCK_ERR_INVALID_ARGUMENT  there is no such lifetime
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_create_options_set_lifetime(
    options: *mut sandock_create_options,
    lifetime: sandock_lifetime,
    error: *mut *mut sandock_error,
) -> sandock_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            let lifetime = lifetime_of(lifetime)?;
            options.update(|options| options.lifetime(lifetime));
            Ok(())
        })
    }
}

/// Sets how long the container may live at most: then it ends by itself,
/// with all that runs in it, and the engine removes it.
///
/// Default: for ever
///
/// @param options  changed
/// @param max_ms   in: milliseconds, rounded up to seconds; not 0, and a year at
///                 most, checked by sandock_client_create_and_start()
/// @param error    out, may be NULL
///
/// @return  SANDOCK_OK
///          SANDOCK_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_create_options_set_max_lifetime_ms(
    options: *mut sandock_create_options,
    max_ms: u64,
    error: *mut *mut sandock_error,
) -> sandock_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            let max = duration(max_ms);
            options.update(|options| options.max_lifetime(max));
            Ok(())
        })
    }
}

/// Sets what sandock_exec_options_set_kill_container_after_ms() sets, for all
/// commands in the container whose options do not say.
///
/// Default: SANDOCK_NO_TIMEOUT, never
///
/// @param options   changed
/// @param after_ms  in: milliseconds, or SANDOCK_NO_TIMEOUT for never
/// @param error     out, may be NULL
///
/// @return  SANDOCK_OK
///          SANDOCK_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_create_options_set_kill_container_after_ms(
    options: *mut sandock_create_options,
    after_ms: u64,
    error: *mut *mut sandock_error,
) -> sandock_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            let after = duration(after_ms);
            options.update(|options| options.kill_container_after(after));
            Ok(())
        })
    }
}

/// Accepts that process 1 runs as the same user as commands that name none.
///
/// They can then stop it, end it, and undo the container's lifetime, and no
/// kill can be proven. For an engine or an image that cannot run it as another
/// user.
///
/// Default: it runs as a user of its own
///
/// @param options  changed
/// @param error    out, may be NULL
///
/// @return  SANDOCK_OK
///          SANDOCK_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_create_options_allow_reachable_watchers(
    options: *mut sandock_create_options,
    error: *mut *mut sandock_error,
) -> sandock_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            options.update(|options| options.allow_reachable_watchers());
            Ok(())
        })
    }
}
