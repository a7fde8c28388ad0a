//! Pools: sandboxes that are started ahead of need.

use super::args::{handle, out};
use super::client::sandcell_client;
use super::create_options::sandcell_create_options;
use super::error::{sandcell_error, sandcell_status};
use super::guard::guard;
use super::handles::{free, value_of};
use super::pool_options::sandcell_pool_options;
use super::sandbox::sandcell_sandbox;
use crate::{Pool, PoolOptions};

/// Started sandboxes with the same options, ready to be taken.
///
/// Each is handed out once and never comes back, so a job sees nothing of another
/// one, except through mounts that the options give to all. The waiting sandboxes
/// use memory on the engine's host, and a connection each; they are tied to this
/// process. A pool has up to four threads of its own.
///
/// Keeps its client alive. Free with sandcell_pool_free(), which removes the waiting
/// sandboxes. Those that were taken belong to you.
pub struct sandcell_pool(Pool);

/// Starts to fill a pool with sandboxes as sandcell_sandbox_start() creates them.
/// Returns at once. If the engine fails to start one, the failure is logged, and the
/// pool tries again, first after 100 ms and then less and less often, at least every
/// 30 s.
///
/// The client's timeout, deadline and cancel token are for sandcell_pool_take() and
/// for the sandboxes that it returns, not for what the pool does in the background.
/// Closing the client ends the pool.
///
/// @param client        in
/// @param options       in: copied
/// @param pool_options  in, may be NULL for the defaults: copied
/// @param pool          out: owned by the caller; free with sandcell_pool_free()
/// @param error         out, may be NULL
///
/// @return  SANDCELL_OK                    *pool is set
///          SANDCELL_ERR_INVALID_ARGUMENT  an invalid option, a name, which only one
///                                         container can have, or a max_lifetime not
///                                         longer than the pool's max_age
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_pool_start(
    client: *const sandcell_client,
    options: *const sandcell_create_options,
    pool_options: *const sandcell_pool_options,
    pool: *mut *mut sandcell_pool,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, options) = (handle("client", client)?, handle("options", options)?);
            let defaults = PoolOptions::new();
            let pool_options = pool_options.as_ref().map_or(&defaults, |options| &options.0);
            let pool = out("pool", pool)?;
            let started = Pool::start(&client.0, &options.0, pool_options)?;
            pool.write_handle(sandcell_pool(started));
            Ok(())
        })
    }
}

/// Takes a running sandbox, and has the pool start another one. If none is ready,
/// starts one, as sandcell_sandbox_start() does. A sandbox that ended while it waited
/// is not returned.
///
/// @param pool     in
/// @param sandbox  out: owned by the caller; free with sandcell_sandbox_free()
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK  *sandbox is set
///          Others: see sandcell_sandbox_start()
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_pool_take(
    pool: *const sandcell_pool,
    sandbox: *mut *mut sandcell_sandbox,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (pool, sandbox) = (handle("pool", pool)?, out("sandbox", sandbox)?);
            sandbox.write_handle(pool.0.take()?.into());
            Ok(())
        })
    }
}

/// Returns how many sandboxes are ready to be taken.
///
/// @param pool  in
///
/// @return  the number; 0 if pool is NULL
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_pool_ready(pool: *const sandcell_pool) -> usize {
    // SAFETY: the header's contract.
    unsafe { value_of(pool, 0, |pool| pool.0.ready()) }
}

/// Frees a pool, and removes the sandboxes that wait in it. Usually takes a tenth of
/// a second, at most 30 s; failures are logged.
///
/// @param pool  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the pool.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_pool_free(pool: *mut sandcell_pool) {
    // SAFETY: the header's contract.
    unsafe { free(pool) }
}
