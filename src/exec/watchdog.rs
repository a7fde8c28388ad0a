//! Notices that a container has ended although the engine keeps a command's stream
//! open. The host's kernel closes it; gVisor's may not.

use std::cell::{Cell, RefCell};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::ExecTarget;
use super::ended::{self, Lag};
use super::kill::Killer;
use crate::call_context::Limit;
use crate::container::ContainerState;
use crate::error::{Error, Result};
use crate::posture::Kernel;
use crate::sys;

/// How often to check, and how long a check may take.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// How often to see whether a check has ended.
const RESULT_INTERVAL: Duration = Duration::from_millis(50);

/// Checks for the end of a container while a command runs in it.
#[derive(Debug)]
pub(super) struct Watchdog {
    /// When to check next; `None` where no check is needed, or one is running.
    next: Cell<Option<Instant>>,
    running: RefCell<Option<Check>>,
}

/// A check. It runs on a thread, so that an engine which does not answer delays
/// neither the command's streams nor its limits.
#[derive(Debug)]
struct Check {
    /// Readable (end of stream) once the check has ended.
    wake_rx: UnixStream,
    /// The state of a container that has ended.
    found: Arc<Mutex<Option<ContainerState>>>,
}

impl Watchdog {
    pub(super) fn start() -> Self {
        Watchdog { next: Cell::new(later()), running: RefCell::default() }
    }

    /// The time until [`check`](Watchdog::check) has something to do.
    pub(super) fn remaining(&self) -> Option<Duration> {
        if self.running.borrow().is_some() {
            return Some(RESULT_INTERVAL);
        }
        self.next.get().map(|next| next.saturating_duration_since(Instant::now()))
    }

    /// Starts a check if one is due, and returns the state of the container if the
    /// last one found that it has ended.
    pub(super) fn check(
        &self,
        target: &ExecTarget,
        killer: &Killer,
        is_helper: bool,
    ) -> Option<ContainerState> {
        if let Some(check) = self.running.take() {
            if !check.has_ended() {
                self.running.replace(Some(check));
                return None;
            }
            self.next.set(later());
            return sys::lock(&check.found).take();
        }
        if !self.remaining()?.is_zero() {
            return None;
        }
        let kernel = killer.kernel(target.engine.known_info());
        // A helper sends no request to find out whether checks are needed.
        if kernel.map_or(is_helper, |kernel| kernel == Kernel::Host) {
            self.next.set(None);
            return None;
        }
        let started = Check::start(target, killer)
            .inspect_err(|error| log::debug!("cannot check for the container's end: {error:#}"));
        self.next.set(if started.is_ok() { None } else { later() });
        self.running.replace(started.ok());
        None
    }
}

impl Check {
    fn start(target: &ExecTarget, killer: &Killer) -> Result<Self> {
        let (wake_rx, wake_tx) =
            sys::socket_pair().map_err(|e| Error::io("create a socket pair", e))?;
        let found = Arc::new(Mutex::new(None));
        let limit = Limit::CleanUp(CHECK_INTERVAL);
        let limited = target.under(target.context.clone().within(CHECK_INTERVAL, limit));
        let (killer, to_find) = (killer.clone(), Arc::clone(&found));
        target.engine.tasks.spawn("sandcell-watchdog", move || {
            let _wake_tx = wake_tx;
            *sys::lock(&to_find) = look(&limited, &killer);
        })?;
        Ok(Check { wake_rx, found })
    }

    fn has_ended(&self) -> bool {
        sys::is_readable(self.wake_rx.as_fd()).unwrap_or(true)
    }
}

/// Returns the state of the container if it has ended, and may keep the stream open.
fn look(target: &ExecTarget, killer: &Killer) -> Option<ContainerState> {
    let info = target.engine.info(&target.context);
    let info = info.inspect_err(|error| log::debug!("look for a container's end: {error:#}"));
    // If the engine does not say which kernel it is, it may be such a one.
    if killer.kernel(info.ok()) == Some(Kernel::Host) {
        return None;
    }
    let found = ended::find(target, Lag::None);
    found.inspect_err(|error| log::debug!("inspect container: {error:#}")).ok().flatten()
}

fn later() -> Option<Instant> {
    Instant::now().checked_add(CHECK_INTERVAL)
}
