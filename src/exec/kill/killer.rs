//! What is known of the processes of one exec, and how they are to be killed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::from_host;
use crate::api::CallContext;
use crate::call_context::Limit;
use crate::exec::{ExecOptions, ExecTarget};
use crate::posture::Kernel;
use crate::watch::Watch;

/// Knows the processes of one exec.
#[derive(Clone, Debug)]
pub(in crate::exec) struct Killer {
    /// With limits of its own: killing goes on when the call's are over.
    pub(super) target: ExecTarget,
    pub(super) watch: Arc<Watch>,
    /// The engine's id of the exec, if that is what runs the command.
    pub(super) exec: Option<String>,
    /// As the engine was told.
    pub(super) user: String,
    pub(super) has_own_user: bool,
    pub(super) token: String,
    pub(super) grace: Duration,
    /// How long a caller waits.
    pub(super) timeout: Duration,
    pub(super) kill_container_after: Option<Duration>,
}

impl Killer {
    /// Of the exec that runs `options` in the container of `watch` as `user`.
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
            // For ever is never.
            kill_container_after: options
                .kill_container_after
                .or(watch.kill_container_after)
                .filter(|after| Instant::now().checked_add(*after).is_some()),
        }
    }

    /// Whom the command runs as; empty for the container's user.
    pub(in crate::exec) fn user(&self) -> &str {
        &self.user
    }

    /// How long a caller waits.
    pub(in crate::exec) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Until when a caller waits who lets it be killed now.
    pub(in crate::exec) fn caller_waits_until(&self) -> Option<Instant> {
        Instant::now().checked_add(self.timeout)
    }

    /// Whether this process can kill the command's user from the engine's host.
    pub(super) fn is_in_reach(&self) -> bool {
        self.uid().is_some() && from_host::reaches(&self.watch)
    }

    /// The number of the command's user, if it was given by number.
    pub(super) fn uid(&self) -> Option<u32> {
        uid(&self.user)
    }

    /// Why the engine cannot count the container's processes, if that is known.
    pub(super) fn hidden_by_kernel(&self, context: &CallContext) -> Option<String> {
        let info = self.target.engine.info(context).ok()?;
        Kernel::of(&self.watch.runtime, info).and_then(Kernel::hides_processes)
    }
}

/// The number of a user that was given by it.
pub(super) fn uid(user: &str) -> Option<u32> {
    match user.split(':').next()? {
        "root" => Some(0),
        number => number.parse().ok(),
    }
}

/// Limits of a time of the library's own.
pub(super) fn limited(limit: Duration) -> CallContext {
    CallContext::unlimited().within(limit, Limit::CleanUp(limit))
}
