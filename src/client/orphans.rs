//! Orphan cleanup of a client.

use super::Client;
use crate::error::Result;
use crate::orphan::{Orphan, Sweep};

impl Client {
    /// Looks for orphans among the containers of `home` (see
    /// [`CreateOptions::home`](crate::CreateOptions::home)) without removing any.
    /// Returns every container of `home` with the decision that
    /// [`cleanup_orphaned_containers`](Client::cleanup_orphaned_containers) would
    /// make, and the reason.
    ///
    /// # Errors
    /// `InvalidArgument` if `home` is empty; any failure to list containers.
    pub fn orphans(&self, home: &str) -> Result<Vec<Orphan>> {
        self.sweep(home)?.look()
    }

    /// Removes the containers of `home` (see
    /// [`CreateOptions::home`](crate::CreateOptions::home)) whose owner is gone.
    /// Returns every container of `home`, with what was done and why.
    ///
    /// The owner is the process that created the container; a later process that
    /// reuses its PID is not mistaken for it. A container is kept if its owner is
    /// on another machine, in another boot or in another PID namespace, so that
    /// whether it lives cannot be known. A container that records only a PID, as
    /// other software creates, is removed once it has exited, or when no process
    /// of that PID exists on this machine. Several processes may clean up at
    /// once.
    ///
    /// ```
    /// let client = sandcell::Client::from_env()?;
    /// for orphan in client.cleanup_orphaned_containers("/srv/agent")? {
    ///     println!("{}: {:?}, {}", orphan.name, orphan.decision, orphan.reason);
    /// }
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`orphans`](Client::orphans). Failing to remove a container is
    /// not an error of the call: it is logged and reported with that container.
    pub fn cleanup_orphaned_containers(&self, home: &str) -> Result<Vec<Orphan>> {
        self.sweep(home)?.clean_up()
    }

    fn sweep<'a>(&'a self, home: &'a str) -> Result<Sweep<'a>> {
        Sweep::new(self.api().as_ref(), self.begin()?, home)
    }
}
