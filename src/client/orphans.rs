//! The sweep for orphans, as verbs of a client.

use super::Client;
use crate::error::Result;
use crate::orphan::{Orphan, Sweep};

impl Client {
    /// Looks for orphans among the containers of `home` (see
    /// [`CreateOptions::home`](crate::CreateOptions::home)), and removes
    /// nothing. Returns all of them, with the decision on each and its reason:
    /// what [`cleanup_orphaned_containers`](Client::cleanup_orphaned_containers)
    /// would do.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty `home`; any failure to list containers.
    pub fn orphans(&self, home: &str) -> Result<Vec<Orphan>> {
        self.sweep(home)?.look()
    }

    /// Removes the containers of `home` (see
    /// [`CreateOptions::home`](crate::CreateOptions::home)) whose owner is
    /// gone. Returns all that it looked at, with what became of each.
    ///
    /// The owner is the process that created the container. It is told from a
    /// later process of the same PID, and one of another machine, boot or PID
    /// namespace is not mistaken for gone: where that cannot be known, the
    /// container stays. One that says no more than a PID, as those of other
    /// software do, is removed once it has ended, or when there is no such
    /// process on this machine. Any number of processes may sweep at once.
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
    /// Those of [`orphans`](Client::orphans). That a container could not be
    /// removed is no error of the sweep: it is logged, and told with the
    /// container.
    pub fn cleanup_orphaned_containers(&self, home: &str) -> Result<Vec<Orphan>> {
        self.sweep(home)?.clean_up()
    }

    fn sweep<'a>(&'a self, home: &'a str) -> Result<Sweep<'a>> {
        Sweep::new(self.api().as_ref(), self.begin()?, home)
    }
}
