//! Stopping and removing containers.

use std::sync::Arc;
use std::time::Duration;

use crate::api::{Api, CallContext};
use crate::call_context::Limit;
use crate::engine::Engine;
use crate::error::{ErrorKind, Result};

/// How long a stopped container's PID 1 has between SIGTERM and SIGKILL.
const STOP_GRACE: Duration = Duration::from_secs(2);
/// Default timeout of stopping.
pub(crate) const STOP_LIMIT: Duration = Duration::from_secs(60);
/// Timeout of cleaning up after a failed call.
const CLEAN_UP_LIMIT: Duration = Duration::from_secs(30);
/// Pauses between polls while a container is being removed.
const GONE_FIRST_PAUSE: Duration = Duration::from_millis(1);
const GONE_LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Stops and removes a container; returns when it is gone.
pub(crate) fn stop(engine: &Engine, context: CallContext, container: &str) -> Result<()> {
    let context = context.with_default_timeout(STOP_LIMIT, Limit::Whole(STOP_LIMIT));
    let api = engine.api.as_ref();
    let stop = || match api.container_stop(&context, container, STOP_GRACE) {
        Err(error) if error.is_interruption() || error.is_unreachable() => Err(error),
        // Removal kills it if necessary.
        stopped => {
            if let Err(error) = stopped {
                log::debug!("stop container: {error:#}");
            }
            remove(api, &context, container)
        }
    };
    stop().map_err(|e| e.context("stop container"))?;
    engine.forget(container);
    Ok(())
}

/// Removes a container. The call's limits bound the wait, not the removal.
/// Failures are logged.
pub(crate) fn discard(engine: &Arc<Engine>, context: &CallContext, container: &str) {
    let (task_engine, id) = (Arc::clone(engine), container.to_owned());
    let remove = move || {
        remove_logged(task_engine.api.as_ref(), &id);
        task_engine.forget(&id);
    };
    if let Err(error) = engine.tasks.finish(context, "sandcell-cleanup", remove.clone()) {
        log::warn!("container {container}: removing on the caller's thread: {error:#}");
        remove();
    }
}

/// Removes a container, running or not; returns when it is gone.
pub(crate) fn remove(api: &dyn Api, context: &CallContext, container: &str) -> Result<()> {
    let mut pause = GONE_FIRST_PAUSE;
    loop {
        match is_removed(api, context, container) {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            // Some engines fail briefly when another client removes the same
            // container.
            Err(error) if error.kind() == ErrorKind::Engine && pause < GONE_LONGEST_PAUSE => {
                log::debug!("remove container: {error:#}");
            }
            Err(error) => return Err(error),
        }
        context.sleep(pause)?;
        pause = (pause * 2).min(GONE_LONGEST_PAUSE);
    }
}

/// Requests the removal; returns whether the container is gone already.
fn is_removed(api: &dyn Api, context: &CallContext, container: &str) -> Result<bool> {
    match api.container_remove(context, container) {
        Err(error) if error.is_not_found() => return Ok(true),
        // Another client is removing it: wait until it is gone.
        Err(error) if error.is_conflict() => log::debug!("remove container: {error:#}"),
        removed => removed?,
    }
    match api.container_inspect(context, container) {
        Err(error) if error.is_not_found() => Ok(true),
        found => found.map(|_| false),
    }
}

/// Removes a container that would be left behind, ignoring the call's limits.
/// Failures are logged.
pub(crate) fn remove_logged(api: &dyn Api, container: &str) {
    if let Err(error) = remove(api, &cleanup_context(), container) {
        log::error!("container {container} was left behind: {error:#}");
    }
}

/// The limits for cleaning up.
pub(crate) fn cleanup_context() -> CallContext {
    CallContext::for_clean_up(CLEAN_UP_LIMIT)
}
