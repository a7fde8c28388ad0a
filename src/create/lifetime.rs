//! How long a container lives, and the process 1 that sees to it.

use std::time::Duration;

use super::CreateOptions;
use crate::api::ContainerCreateRequest;
use crate::error::{Error, Result};

/// Idle for ever.
const TAIL: &str = "exec tail -f /dev/null";
/// Idle until the input ends.
const CAT: &str = "exec cat >/dev/null";
/// A year is for ever.
const MAX_LIFETIME: Duration = Duration::from_secs(365 * 24 * 3600);

/// What a container's life is tied to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Lifetime {
    /// To nothing: it is there until somebody stops it.
    #[default]
    Detached,
    /// To this process: the engine removes the container when the process has
    /// ended, however it did, or when the client was closed. It holds a
    /// connection to the engine.
    ///
    /// Process 1 reads an input that this process holds open; the kernel ends
    /// it with the process, and the engine removes what has ended. A child that
    /// was forked and runs no program of its own holds it open, too.
    TiedToHost,
}

impl Lifetime {
    /// How many processes see to it, an init process not counted.
    pub(super) fn processes(self, max: Option<Duration>) -> u64 {
        match (self, max) {
            // The shell, the lease, and another shell with its sleep.
            (Lifetime::TiedToHost, Some(_)) => 4,
            _ => 1,
        }
    }
}

impl CreateOptions {
    /// What the container's life is tied to. Default: [`Lifetime::Detached`].
    #[must_use]
    pub fn lifetime(mut self, lifetime: Lifetime) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// How long the container may live at most, in whole seconds: then it ends
    /// by itself, with all that runs in it, and the engine removes it. Default:
    /// for ever.
    #[must_use]
    pub fn max_lifetime(mut self, lifetime: Duration) -> Self {
        self.max_lifetime = Some(lifetime);
        self
    }

    /// What [`ExecOptions::kill_container_after`](crate::ExecOptions::kill_container_after)
    /// is for commands whose options do not say. Default: never.
    #[must_use]
    pub fn kill_container_after(mut self, time: Duration) -> Self {
        self.kill_container_after = Some(time);
        self
    }

    /// Accepts that process 1 runs as the same user as commands that name none:
    /// they can stop it, end it, and undo the container's
    /// [lifetime](Lifetime), and no kill can be proven. For an engine or an image
    /// that cannot run it as another user. Default: it runs as a user of its own.
    #[must_use]
    pub fn allow_reachable_watchers(mut self) -> Self {
        self.allows_reachable_watchers = true;
        self
    }
}

/// Writes process 1 into a request.
pub(super) fn apply(
    lifetime: Lifetime,
    max: Option<Duration>,
    request: &mut ContainerCreateRequest,
) -> Result<()> {
    let seconds = max.map(|max| {
        if max.is_zero() || max > MAX_LIFETIME {
            let problem = format!("{max:?} is not between a second and a year");
            return Err(Error::invalid("max_lifetime", problem));
        }
        Ok(max.as_secs() + u64::from(max.subsec_nanos() > 0))
    });
    let script = match (lifetime, seconds.transpose()?) {
        (Lifetime::Detached, None) => TAIL.to_owned(),
        (Lifetime::Detached, Some(seconds)) => format!("exec sleep {seconds}"),
        (Lifetime::TiedToHost, None) => CAT.to_owned(),
        // The shell gives a background command no input unless it is told to.
        (Lifetime::TiedToHost, Some(seconds)) => format!(
            "exec 3<&0; cat <&3 >/dev/null & lease=$!; (sleep {seconds}; kill $lease) & wait $lease"
        ),
    };
    request.entrypoint = vec!["/bin/sh".to_owned()];
    request.cmd = vec!["-c".to_owned(), script];
    let is_tied = lifetime == Lifetime::TiedToHost;
    (request.open_stdin, request.stdin_once) = (is_tied, is_tied);
    request.host_config.auto_remove = is_tied || max.is_some();
    Ok(())
}
