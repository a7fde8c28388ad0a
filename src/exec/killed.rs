//! What a pump does while its command is being killed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::input::Input;
use super::kill::{self, Killer};
use super::pump::Pump;
use super::streams::Streams;
use super::{Overflow, TreeGone};

/// How long the output of a killed command is still drained.
const DRAIN_TIMEOUT: Duration = Duration::from_millis(500);

impl Pump {
    /// Kills the command on a background thread while its output is still
    /// drained. Waits as long as the options and the call's limits allow.
    pub(super) fn kill(&mut self) {
        self.pass_through();
        (self.may_block, self.yields) = (true, false);
        if self.wake_rx.is_none() {
            self.wake_rx = self.streams.create_waker().ok();
        }
        let (killer, streams) = (self.killer.clone(), Arc::clone(&self.streams));
        let spawned = self.target.engine.tasks.spawn("sandcell-kill", move || {
            kill_and_publish(&killer, &streams);
        });
        if let Err(error) = spawned {
            log::warn!("killing a command on the calling thread: {error:#}");
            kill_and_publish(&self.killer, &self.streams);
        }
        self.drain_until_killed();
    }

    /// Drains the stream until the command is killed, then briefly for the rest
    /// of its output.
    fn drain_until_killed(&mut self) {
        (self.deadline, self.overflow) = (self.killer.caller_waits_until(), Overflow::KeepHead);
        self.input = Input::none();
        self.is_killed = true;
        let drained = self.move_streams();
        if drained.is_ok() {
            while self.sleep(DRAIN_TIMEOUT).is_ok() {}
        } else if self.streams.lock().tree_gone.is_some() {
            self.is_killed = false;
            self.deadline = Instant::now().checked_add(DRAIN_TIMEOUT);
            let _ = self.move_streams();
        }
        let unknown = kill::kill_pending;
        self.streams.update(|state| {
            state.output_ended = true;
            state.tree_gone.get_or_insert_with(unknown);
        });
    }
}

/// Kills a command on this thread and publishes the result.
fn kill_and_publish(killer: &Killer, streams: &Streams) {
    // Publish even after a panic: a thread may be waiting.
    let killed = catch_unwind(AssertUnwindSafe(|| killer.kill(Some(streams))));
    let tree_gone = match killed {
        Ok(Ok(tree_gone)) => tree_gone,
        Ok(Err(error)) => {
            log::warn!("cannot kill a command: {error:#}");
            TreeGone::Unknown(format!("{error:#}"))
        }
        Err(_) => {
            log::error!("killing a command panicked");
            TreeGone::Unknown("killing the command panicked".to_owned())
        }
    };
    streams.update(|state| state.tree_gone = Some(tree_gone));
    streams.wake();
}
