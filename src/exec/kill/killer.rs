//! The processes of one exec, and the options for killing them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::from_host;
use crate::api::{CallContext, SystemInfo};
use crate::exec::{ExecOptions, ExecTarget};
use crate::posture::Kernel;
use crate::watch::Watch;

/// Kills the processes of one exec.
#[derive(Clone, Debug)]
pub(in crate::exec) struct Killer {
    /// Has limits of its own: a kill continues after the call's limits.
    pub(super) target: ExecTarget,
    pub(super) watch: Arc<Watch>,
    /// The engine's id of the exec, if an exec runs the command.
    pub(super) exec: Option<String>,
    /// The user as named to the engine.
    pub(super) user: String,
    pub(super) has_own_user: bool,
    pub(super) token: String,
    pub(super) grace: Duration,
    /// How long a caller waits.
    pub(super) timeout: Duration,
    pub(super) kill_container_after: Option<Duration>,
}

impl Killer {
    /// A killer for the exec that runs `options` as `user` in the container of
    /// `watch`.
    pub(in crate::exec) fn new(
        target: &ExecTarget,
        watch: &Arc<Watch>,
        options: &ExecOptions,
        user: String,
        token: String,
        exec: Option<String>,
    ) -> Self {
        let container = watch.id.clone();
        Killer {
            target: ExecTarget { container, ..target.under(CallContext::unlimited()) },
            watch: Arc::clone(watch),
            exec,
            user,
            has_own_user: options.own_user,
            token,
            grace: options.kill_grace,
            timeout: options.kill_timeout,
            // A time beyond the clock's range means never.
            kill_container_after: options
                .kill_container_after
                .or(watch.kill_container_after)
                .filter(|after| Instant::now().checked_add(*after).is_some()),
        }
    }

    /// The user that the command runs as; empty for the container's user.
    pub(in crate::exec) fn user(&self) -> &str {
        &self.user
    }

    /// How long a caller waits.
    pub(in crate::exec) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The end of a caller's wait for a kill that starts now.
    pub(in crate::exec) fn caller_waits_until(&self) -> Option<Instant> {
        Instant::now().checked_add(self.timeout)
    }

    /// Whether this process can kill the command's user from the engine's host.
    pub(super) fn is_reachable_from_host(&self) -> bool {
        self.uid().is_some() && from_host::is_available(&self.watch)
    }

    /// The UID of the command's user, if given as a number.
    pub(super) fn uid(&self) -> Option<u32> {
        uid(&self.user)
    }

    /// The kernel of the container's processes, as far as the engine's information
    /// tells; `None` if it is not known.
    pub(in crate::exec) fn kernel(&self, engine: Option<&SystemInfo>) -> Option<Kernel> {
        match engine {
            Some(info) => Some(Kernel::of(&self.watch.runtime, info).unwrap_or(Kernel::Host)),
            // Without the engine's list of runtimes, a name may stand for any program.
            None => Kernel::of(&self.watch.runtime, &SystemInfo::default())
                .filter(|kernel| *kernel != Kernel::Host),
        }
    }
}

/// The UID of a user given as a number.
pub(super) fn uid(user: &str) -> Option<u32> {
    match user.split(':').next()? {
        "root" => Some(0),
        number => number.parse().ok(),
    }
}
