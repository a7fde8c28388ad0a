//! Options of a pool.

use std::time::Duration;

use crate::create::CreateOptions;
use crate::error::{Error, Result};

/// The largest pool.
const MAX_SIZE: usize = 1024;

/// Options for a [`Pool`](crate::Pool).
///
/// ```
/// use std::time::Duration;
/// use sandcell::PoolOptions;
///
/// let options = PoolOptions::new().size(4).max_age(Duration::from_secs(600));
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
pub struct PoolOptions {
    pub(super) size: usize,
    pub(super) max_age: Duration,
}

impl Default for PoolOptions {
    fn default() -> Self {
        PoolOptions { size: 2, max_age: Duration::from_secs(3600) }
    }
}

impl PoolOptions {
    /// Creates options with the default values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many sandboxes wait to be taken, from 1 to 1024. Default: 2.
    #[must_use]
    pub fn size(mut self, size: usize) -> Self {
        self.size = size;
        self
    }

    /// Sets how long a sandbox waits at most before it is replaced by a new one.
    /// Default: one hour.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age;
        self
    }

    /// Refuses what cannot be a pool of sandboxes with these options.
    pub(super) fn check(&self, options: &CreateOptions) -> Result<()> {
        if !(1..=MAX_SIZE).contains(&self.size) {
            let problem = format!("{} is not between 1 and {MAX_SIZE}", self.size);
            return Err(Error::invalid("size", problem));
        }
        if self.max_age.is_zero() {
            return Err(Error::invalid("max_age", "must not be zero"));
        }
        options.check_for_many(self.max_age)
    }
}
