//! Who watches a container: process 1 and what it runs have a user of their own,
//! out of the commands' reach.
//!
//! Commands name their user in every exec, so that none is the container's. The
//! kernel then keeps a command, root's as well, from stopping, ending or
//! deceiving what watches it: without capabilities, root is a user like others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::api::{Api, CallContext, ContainerInspect, HostConfigInspect};
use crate::error::{Error, Result};
use crate::gate::Gate;
use crate::{labels, random_id, sys};

/// The users of watchers: even numbers; the next number is a [`Watchers::looker`].
/// In user namespaces there are none above 65535. They differ by container, since
/// the kernel counts a user's processes across containers.
const WATCHERS: std::ops::Range<u32> = 64_000..65_000;
/// The users of commands that have one of their own.
const OWN: std::ops::Range<u32> = 62_000..64_000;
/// So many containers are remembered.
const MAX_REMEMBERED: usize = 4096;

/// What there is to know of a container before a command runs in it. It holds for
/// the container's whole life.
#[derive(Debug)]
pub(crate) struct Watch {
    /// The container's full id.
    pub(crate) id: String,
    /// The user of commands that name none; empty for the container's.
    pub(crate) user: String,
    /// `None` where process 1 is a user that commands can be.
    pub(crate) watchers: Option<Watchers>,
    /// Whether no process can become another user.
    pub(crate) users_are_fixed: bool,
    /// The OCI runtime; empty for the engine's default.
    pub(crate) runtime: String,
    /// When to kill the container, unless a command's options say.
    pub(crate) kill_container_after: Option<Duration>,
    /// Who starts a command, and who kills all of a user.
    pub(crate) gate: Gate,
    /// The execs that are being killed; whether their time to end by themselves
    /// is over.
    pub(crate) dying: Mutex<HashMap<String, bool>>,
}

/// The processes that watch a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Watchers {
    /// Their user and group.
    pub(crate) uid: u32,
    /// How many they are while nobody looks, an init process included.
    pub(crate) processes: u64,
}

impl Watchers {
    /// A user for the watchers of a new container.
    pub(crate) fn random_uid() -> Result<u32> {
        Ok(random_id::number(WATCHERS)? & !1)
    }

    /// The user of helpers that look into the container: their programs are the
    /// image's, which root can replace, so they are not the watchers' own.
    pub(crate) fn looker(&self) -> String {
        user(self.uid + 1)
    }
}

/// A user and its group by number.
pub(crate) fn user(uid: u32) -> String {
    format!("{uid}:{uid}")
}

/// The labels that tell later calls, in any process, who watches.
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
        let watchers = label(labels::WATCHERS).and_then(|said| {
            let (uid, processes) = said.split_once('/')?;
            let (uid, processes) = (uid.parse().ok()?, processes.parse::<u64>().ok()?);
            let is_so = container.config.user == user(uid) && WATCHERS.contains(&uid);
            is_so.then_some(Watchers { uid, processes: processes + u64::from(has_init) })
        });
        let milliseconds = label(labels::KILL_CONTAINER_AFTER).and_then(|said| said.parse().ok());
        Watch {
            user: label(labels::USER).filter(|_| watchers.is_some()).cloned().unwrap_or_default(),
            watchers,
            users_are_fixed: has_no_new_privileges(&container.host_config),
            runtime: container.host_config.runtime.clone(),
            kill_container_after: milliseconds.map(Duration::from_millis),
            gate: Gate::default(),
            dying: Mutex::default(),
            id: container.id.clone(),
        }
    }
}

/// Whether the programs that change their user have lost that power.
fn has_no_new_privileges(config: &HostConfigInspect) -> bool {
    let says =
        |option: &String| option.starts_with("no-new-privileges") && !option.ends_with("false");
    config.security_opt.iter().any(says)
}

/// What a client knows of its containers.
#[derive(Debug, Default)]
pub(crate) struct Watches {
    known: Mutex<HashMap<String, Arc<Watch>>>,
    /// The last user of a command's own.
    last_own: Mutex<Option<u32>>,
}

impl Watches {
    /// What there is to know of `container`, asked for once if that is its id.
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
        Ok(self.learn(&api.container_inspect(context, container).map_err(inspecting)?))
    }

    /// The same, where the container was asked about anyway.
    pub(crate) fn learn(&self, container: &ContainerInspect) -> Arc<Watch> {
        let mut known = sys::lock(&self.known);
        if let Some(watch) = known.get(&container.id) {
            return Arc::clone(watch);
        }
        let watch = Arc::new(Watch::read(container));
        if known.len() >= MAX_REMEMBERED {
            // Who uses one holds it; a gate must not be there twice.
            known.retain(|_, watch| Arc::strong_count(watch) > 1);
        }
        known.insert(watch.id.clone(), Arc::clone(&watch));
        watch
    }

    /// A user for one command alone: those of a client differ for a long time.
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

    /// Forgets a container that is gone.
    pub(crate) fn forget(&self, container: &str) {
        sys::lock(&self.known).remove(container);
    }
}
