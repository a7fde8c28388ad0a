//! Sandboxes that are started ahead of need.

mod options;
mod shelf;

use std::sync::Arc;

pub use self::options::PoolOptions;
use self::shelf::Shelf;
use super::{Client, Sandbox};
use crate::container::ContainerStatus;
use crate::create::CreateOptions;
use crate::error::Result;

/// Started sandboxes with the same options, ready to be taken.
///
/// Starting a container takes an engine a few tenths of a second. A pool has done
/// that before: [`take`](Pool::take) hands out a running sandbox within
/// milliseconds, and the pool starts another one in the background. Each sandbox
/// is handed out once and never comes back, so a job sees nothing of another one,
/// except through mounts that the options give to all.
///
/// The waiting sandboxes use memory on the engine's host, and a connection each.
/// They are [tied to this process](crate::Lifetime::TiedToHost). **Dropping the pool
/// removes them**; those that were taken belong to their callers.
///
/// All methods may be called from several threads at once. A pool has up to four
/// threads of its own, which wait unless a sandbox is missing.
///
/// ```
/// use sandcell::{Client, CreateOptions, ExecOptions, Pool, PoolOptions};
///
/// let client = Client::from_env()?;
/// let options = CreateOptions::new("busybox:latest");
/// let pool = Pool::start(&client, &options, &PoolOptions::new().size(2))?;
/// for job in ["one", "two"] {
///     let sandbox = pool.take()?;
///     let result = sandbox.exec(&ExecOptions::new(["echo", job]))?;
///     assert_eq!(result.stdout.text().trim_end(), job);
/// } // dropping a sandbox removes it
/// # Ok::<(), sandcell::Error>(())
/// ```
#[derive(Debug)]
pub struct Pool {
    client: Client,
    options: CreateOptions,
    shelf: Arc<Shelf>,
}

impl Pool {
    /// Starts to fill a pool with sandboxes as [`Sandbox::start`] creates them.
    /// Returns at once. If the engine fails to start one, the failure is logged, and
    /// the pool tries again, first after 100 ms and then less and less often, at
    /// least every 30 s.
    ///
    /// The client's timeout, deadline and cancel token are for [`take`](Pool::take)
    /// and for the sandboxes that it returns, not for what the pool does in the
    /// background. Closing the client ends the pool.
    ///
    /// # Errors
    /// `InvalidArgument` for an invalid option: a size or an age out of range, a
    /// [`name`](CreateOptions::name), which only one container can have, or a
    /// [`max_lifetime`](CreateOptions::max_lifetime) not longer than the age.
    pub fn start(client: &Client, options: &CreateOptions, pool: &PoolOptions) -> Result<Self> {
        let start = || {
            client.begin()?;
            pool.check(options)?;
            Shelf::fill(client, options, pool)
        };
        let shelf = start().map_err(|e| e.context("start pool"))?;
        Ok(Pool { client: client.clone(), options: options.clone(), shelf })
    }

    /// Returns a running sandbox, and has the pool start another one.
    ///
    /// If none is ready, starts one, as [`Sandbox::start`] does. A sandbox that
    /// ended while it waited is not returned.
    ///
    /// # Errors
    /// Those of [`Sandbox::start`].
    pub fn take(&self) -> Result<Sandbox> {
        self.client.begin().map_err(|e| e.context("take from pool"))?;
        while let Some(sandbox) = self.shelf.take() {
            let sandbox = sandbox.under(&self.client);
            match sandbox.inspect_state() {
                Ok(Some(state)) if state.status == ContainerStatus::Running => return Ok(sandbox),
                Ok(_) => log::debug!("pool: {} does not run", sandbox.id()),
                Err(error) if error.is_interruption() => return Err(error),
                Err(error) => log::debug!("pool: {}: {error:#}", sandbox.id()),
            }
        }
        Sandbox::start(&self.client, &self.options)
    }

    /// Returns how many sandboxes are ready to be taken.
    #[must_use]
    pub fn ready(&self) -> usize {
        self.shelf.len()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shelf.clear();
    }
}
