//! A container's lifetime, and the PID 1 that implements it.

use std::time::Duration;

use super::{CreateOptions, sentinel};
use crate::api::ContainerCreateRequest;
use crate::error::{Error, Result};

/// One year.
const MAX_LIFETIME: Duration = Duration::from_secs(365 * 24 * 3600);

/// What ends a container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Lifetime {
    /// Nothing: the container exists until it is stopped.
    #[default]
    Detached,
    /// The end of this process: the engine removes the container when this
    /// process ends, however it ends, or when the client is closed. The client
    /// holds a connection to the engine for it.
    ///
    /// PID 1 reads from an input that this process keeps open. The kernel closes
    /// it with the process, PID 1 exits, and the engine removes the container. A
    /// child process that was forked without an exec keeps it open, too.
    ///
    /// A restart of the engine ends the container as well, even with live-restore.
    /// Whatever ends it, the engine removes it at once: no
    /// [`container_state`](crate::Error::container_state) may be left to say how.
    TiedToHost,
}

impl Lifetime {
    /// How many processes PID 1 needs, not counting an init process.
    pub(super) fn processes(self, max: Option<Duration>) -> u64 {
        match (self, max) {
            // The shell, the lease reader, and another shell with its `sleep`.
            (Lifetime::TiedToHost, Some(_)) => 4,
            _ => 1,
        }
    }
}

impl CreateOptions {
    /// Sets what the container's life is tied to. Default:
    /// [`Lifetime::TiedToHost`] for [`Sandbox::start`](crate::Sandbox::start), and
    /// [`Lifetime::Detached`] for
    /// [`Client::create_and_start`](crate::Client::create_and_start).
    #[must_use]
    pub fn lifetime(mut self, lifetime: Lifetime) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// The same options, with [`Lifetime::TiedToHost`] unless the caller set a
    /// lifetime.
    pub(crate) fn tied_by_default(&self) -> Self {
        CreateOptions { default_lifetime: Lifetime::TiedToHost, ..self.clone() }
    }

    pub(super) fn lifetime_or_default(&self) -> Lifetime {
        self.lifetime.unwrap_or(self.default_lifetime)
    }

    /// Refuses options of which there cannot be several containers that wait for
    /// up to `age`.
    pub(crate) fn check_for_many(&self, age: Duration) -> Result<()> {
        if self.name.is_some() {
            return Err(Error::invalid("name", "only one container can have it"));
        }
        if self.max_lifetime.is_some_and(|lifetime| lifetime <= age) {
            let problem = "must be longer than PoolOptions::max_age";
            return Err(Error::invalid("max_lifetime", problem));
        }
        self.to_request("pool").map(drop)
    }

    /// Limits the container's lifetime, rounded up to whole seconds, at most one
    /// year. It then exits with everything in it, and the engine removes it.
    /// Default: no limit.
    #[must_use]
    pub fn max_lifetime(mut self, lifetime: Duration) -> Self {
        self.max_lifetime = Some(lifetime);
        self
    }

    /// Sets the default of
    /// [`ExecOptions::kill_container_after`](crate::ExecOptions::kill_container_after)
    /// for all commands of the container. Default: never.
    #[must_use]
    pub fn kill_container_after(mut self, time: Duration) -> Self {
        self.kill_container_after = Some(time);
        self
    }

    /// Allows PID 1 to run as the same user as commands that do not name one.
    /// Such commands can stop or kill PID 1 and defeat the container's
    /// [lifetime](Lifetime), and no kill can be proven. Needed for engines and
    /// images that cannot run PID 1 as another user. Default: PID 1 runs as a
    /// user of its own.
    #[must_use]
    pub fn allow_reachable_watchers(mut self) -> Self {
        self.allows_reachable_watchers = true;
        self
    }
}

/// Sets up PID 1 in a request.
pub(super) fn apply(
    lifetime: Lifetime,
    max: Option<Duration>,
    request: &mut ContainerCreateRequest,
) -> Result<()> {
    let seconds = max.map(|max| {
        if max.is_zero() || max > MAX_LIFETIME {
            let problem =
                format!("{max:?} is out of range; it must be greater than 0 and at most 1 year");
            return Err(Error::invalid("max_lifetime", problem));
        }
        Ok(max.as_secs() + u64::from(max.subsec_nanos() > 0))
    });
    request.entrypoint = vec![sentinel::SHELL.to_owned()];
    request.cmd = vec!["-c".to_owned(), sentinel::script(lifetime, seconds.transpose()?)];
    // The image's own is meant for the image's own PID 1.
    request.stop_signal = "SIGTERM".to_owned();
    let is_tied = lifetime == Lifetime::TiedToHost;
    (request.open_stdin, request.stdin_once) = (is_tied, is_tied);
    request.host_config.auto_remove = is_tied || max.is_some();
    Ok(())
}
