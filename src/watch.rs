//! What is known about a container before a command runs in it, above all its
//! watchers.
//!
//! The watchers (PID 1 and its helpers) run as a user of their own. Commands
//! name their user in every exec, so none runs as the container's user. The
//! kernel then keeps commands from stopping, killing or deceiving the
//! watchers. That includes commands of root, which without capabilities is a
//! user like any other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::api::{Api, CallContext, ContainerInspect};
use crate::error::{Error, Result};
use crate::gate::Gate;
use crate::{labels, random_id, sys};

/// UIDs of watchers: even numbers; the next number is
/// [`Watchers::helper_user`]. User namespaces usually end at 65535. UIDs differ
/// by container because the kernel counts a user's processes across containers.
const WATCHERS: std::ops::Range<u32> = 64_000..65_000;
/// UIDs of commands that run as a user of their own.
const OWN: std::ops::Range<u32> = 62_000..64_000;
/// How many containers are remembered.
const MAX_REMEMBERED: usize = 4096;

/// What is known about a container. Constant over the container's lifetime.
#[derive(Debug)]
pub(crate) struct Watch {
    /// The container's full id.
    pub(crate) id: String,
    /// The user of commands that do not name one; empty for the container's user.
    pub(crate) user: String,
    /// `None` if commands can run as the user of PID 1.
    pub(crate) watchers: Option<Watchers>,
    /// Whether no process can change its user.
    pub(crate) users_are_fixed: bool,
    /// The OCI runtime; empty for the engine's default.
    pub(crate) runtime: String,
    /// The default of
    /// [`ExecOptions::kill_container_after`](crate::ExecOptions::kill_container_after).
    pub(crate) kill_container_after: Option<Duration>,
    /// Serialises starting commands and killing all processes of a user.
    pub(crate) gate: Gate,
    /// The execs that are being killed, and whether their grace period is over.
    pub(crate) kills_in_progress: Mutex<HashMap<String, bool>>,
}

/// The watchers of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Watchers {
    /// Their user and group.
    pub(crate) uid: u32,
    /// How many there are while no helper runs, including an init process.
    pub(crate) processes: u64,
}

impl Watchers {
    /// A random user for the watchers of a new container.
    pub(crate) fn random_uid() -> Result<u32> {
        Ok(random_id::number(WATCHERS)? & !1)
    }

    /// The user of helper commands. Their programs come from the image, where
    /// root can replace them, so they must not run as the watchers' user.
    pub(crate) fn helper_user(&self) -> String {
        user(self.uid + 1)
    }
}

/// A user and group by number.
pub(crate) fn user(uid: u32) -> String {
    format!("{uid}:{uid}")
}

/// Labels that let later calls, from any process, find the watchers.
pub(crate) fn labels(
    uid: u32,
    processes: u64,
    user: &str,
) -> impl IntoIterator<Item = (String, String)> {
    [
        (labels::WATCHERS.to_owned(), format!("{uid}/{processes}")),
        (labels::USER.to_owned(), user.to_owned()),
    ]
}

impl Watch {
    fn read(container: &ContainerInspect) -> Self {
        let label = |key| container.config.labels.get(key);
        let has_init = container.host_config.init;
        let watchers = label(labels::WATCHERS).and_then(|label| {
            let (uid, processes) = parse_label(label)?;
            let is_genuine = container.config.user == user(uid);
            is_genuine.then_some(Watchers { uid, processes: processes + u64::from(has_init) })
        });
        let milliseconds = label(labels::KILL_CONTAINER_AFTER).and_then(|label| label.parse().ok());
        Watch {
            user: label(labels::USER).filter(|_| watchers.is_some()).cloned().unwrap_or_default(),
            watchers,
            users_are_fixed: container.host_config.has_no_new_privileges(),
            runtime: container.host_config.runtime.clone(),
            kill_container_after: milliseconds.map(Duration::from_millis),
            gate: Gate::default(),
            kills_in_progress: Mutex::default(),
            id: container.id.clone(),
        }
    }
}

/// Parses the label of the watchers: their user, and how many processes they are.
pub(crate) fn parse_label(label: &str) -> Option<(u32, u64)> {
    let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (uid, processes) = label.split_once('/')?;
    let uid = Some(uid).filter(is_number)?.parse().ok().filter(|uid| WATCHERS.contains(uid))?;
    let processes = Some(processes).filter(is_number)?.parse::<u32>().ok()?;
    Some((uid, processes.into()))
}

/// What a client knows about its containers.
#[derive(Debug, Default)]
pub(crate) struct Watches {
    known: Mutex<HashMap<String, Arc<Watch>>>,
    /// The last user that was given to a single command.
    last_own: Mutex<Option<u32>>,
}

impl Watches {
    /// Returns what is known about `container`. Asks the engine only once if it
    /// is a full id.
    pub(crate) fn of(
        &self,
        api: &dyn Api,
        context: &CallContext,
        container: &str,
    ) -> Result<Arc<Watch>> {
        if let Some(watch) = sys::lock(&self.known).get(container) {
            return Ok(Arc::clone(watch));
        }
        let inspecting = |e: Error| e.context("inspect container");
        Ok(self.remember(&api.container_inspect(context, container).map_err(inspecting)?))
    }

    /// Remembers a container that was inspected for another reason.
    pub(crate) fn remember(&self, container: &ContainerInspect) -> Arc<Watch> {
        let mut known = sys::lock(&self.known);
        if let Some(watch) = known.get(&container.id) {
            return Arc::clone(watch);
        }
        let watch = Arc::new(Watch::read(container));
        if known.len() >= MAX_REMEMBERED {
            // Keep those in use: a container must never have two gates.
            known.retain(|_, watch| Arc::strong_count(watch) > 1);
        }
        known.insert(watch.id.clone(), Arc::clone(&watch));
        watch
    }

    /// A user for a single command. Numbers are reused only after the whole range
    /// was.
    pub(crate) fn own_user(&self) -> Result<String> {
        let mut last = sys::lock(&self.last_own);
        let next = match *last {
            Some(last) if last + 1 < OWN.end => last + 1,
            Some(_) => OWN.start,
            None => random_id::number(OWN)?,
        };
        *last = Some(next);
        Ok(user(next))
    }

    /// Forgets a removed container.
    pub(crate) fn forget(&self, container: &str) {
        sys::lock(&self.known).remove(container);
    }
}
