//! The waiting sandboxes of a pool, and the threads that replace them.

use std::collections::VecDeque;
use std::fmt;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nix::poll::PollFlags;

use super::PoolOptions;
use crate::api::CallContext;
use crate::cancel::CancelToken;
use crate::client::{Client, Sandbox};
use crate::create::CreateOptions;
use crate::error::{Error, Result};
use crate::{sys, tasks};

/// How many sandboxes are started at once.
const MAX_FILLERS: usize = 4;
/// The pause after a start that failed, and the longest one: it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What a pool and its threads share.
pub(super) struct Shelf {
    /// A client without limits.
    client: Client,
    options: CreateOptions,
    max_age: Duration,
    /// The oldest first.
    waiting: Mutex<VecDeque<Waiting>>,
    /// One byte for each sandbox that is missing. A filler reads one before it starts
    /// one.
    missing_rx: UnixStream,
    missing_tx: UnixStream,
    /// Cancelled when the pool is dropped.
    dropped: CancelToken,
}

/// A sandbox that nobody has taken.
struct Waiting {
    sandbox: Sandbox,
    since: Instant,
}

impl Shelf {
    /// Makes an empty shelf, and starts the threads that fill it.
    pub(super) fn fill(
        client: &Client,
        options: &CreateOptions,
        pool: &PoolOptions,
    ) -> Result<Arc<Self>> {
        let (missing_rx, missing_tx) =
            sys::socket_pair().map_err(|e| Error::io("create a socket pair", e))?;
        let shelf = Arc::new(Shelf {
            client: client.without_limits(),
            options: options.clone(),
            max_age: pool.max_age,
            waiting: Mutex::default(),
            missing_rx,
            missing_tx,
            dropped: CancelToken::new(),
        });
        for _ in 0..pool.size {
            shelf.order();
        }
        for _ in 0..pool.size.min(MAX_FILLERS) {
            let filled = Arc::clone(&shelf);
            let filler = move || filled.run();
            tasks::spawn_thread("sandcell-pool", filler).inspect_err(|_| shelf.clear())?;
        }
        Ok(shelf)
    }

    /// Takes the oldest sandbox, and orders another one.
    pub(super) fn take(&self) -> Option<Sandbox> {
        let taken = sys::lock(&self.waiting).pop_front()?;
        self.order();
        Some(taken.sandbox)
    }

    pub(super) fn len(&self) -> usize {
        sys::lock(&self.waiting).len()
    }

    /// Removes all sandboxes, and ends the threads.
    pub(super) fn clear(&self) {
        self.dropped.cancel();
        let waiting = std::mem::take(&mut *sys::lock(&self.waiting));
        // All at once: each takes the engine a tenth of a second.
        let (removed, all_removed) = channel::<()>();
        for waiting in waiting {
            let removed = removed.clone();
            let remove = move || {
                drop(waiting);
                drop(removed);
            };
            // Without a thread, this removes it here.
            if let Err(error) = self.client.engine().tasks.spawn("sandcell-cleanup", remove) {
                log::warn!("pool: {error:#}");
            }
        }
        drop(removed);
        all_removed.recv().ok();
    }

    /// Orders one more sandbox.
    fn order(&self) {
        // The pair has room for far more bytes than a pool has sandboxes.
        if let Err(error) = sys::send(self.missing_tx.as_fd(), &[0]) {
            log::warn!("pool: a sandbox is not replaced: {error}");
        }
    }

    /// The work of a thread.
    fn run(&self) {
        let client = self.client.with_cancel(&self.dropped);
        while let Ok(context) = client.begin() {
            if let Err(error) = self.replace_next(&client, &context) {
                log::debug!("pool: {error:#}");
            }
        }
    }

    /// Waits until a sandbox is missing or too old, and replaces it.
    fn replace_next(&self, client: &Client, context: &CallContext) -> Result<()> {
        let interest = [(self.missing_rx.as_fd(), PollFlags::POLLIN)];
        let is_missing = context.poll(&interest, self.time_to_expiry())?;
        // Another thread may have been faster.
        let is_ordered = is_missing && sys::recv(interest[0].0, &mut [0]).is_ok_and(|n| n == 1);
        if is_ordered || self.expire() {
            self.start_one(client, context)?;
        }
        Ok(())
    }

    /// Removes a sandbox that is too old, if there is one.
    fn expire(&self) -> bool {
        let mut waiting = sys::lock(&self.waiting);
        let is_old = |oldest: &Waiting| oldest.since.elapsed() >= self.max_age;
        let old = if waiting.front().is_some_and(is_old) { waiting.pop_front() } else { None };
        drop(waiting);
        old.is_some()
    }

    fn time_to_expiry(&self) -> Option<Duration> {
        let waiting = sys::lock(&self.waiting);
        waiting.front().map(|oldest| self.max_age.saturating_sub(oldest.since.elapsed()))
    }

    /// Starts a sandbox, however often it takes.
    fn start_one(&self, client: &Client, context: &CallContext) -> Result<()> {
        let mut pause = FIRST_PAUSE;
        loop {
            match Sandbox::start(client, &self.options) {
                Ok(sandbox) => {
                    self.keep(sandbox.under(&self.client));
                    return Ok(());
                }
                Err(error) => {
                    context.check()?;
                    log::warn!("pool: next attempt in {pause:?}: {error:#}");
                }
            }
            context.sleep(pause)?;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn keep(&self, sandbox: Sandbox) {
        let mut waiting = sys::lock(&self.waiting);
        // Under the lock: clear() has not seen what comes after it.
        if !self.dropped.is_cancelled() {
            waiting.push_back(Waiting { sandbox, since: Instant::now() });
        }
    }
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shelf").field("waiting", &self.len()).finish_non_exhaustive()
    }
}
