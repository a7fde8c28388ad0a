//! The end of containers: stopping and removing them.

use std::sync::Arc;
use std::time::Duration;

use crate::api::{Api, CallContext};
use crate::call_context::Limit;
use crate::engine::Engine;
use crate::error::{ErrorKind, Result};

/// How long a stopped container's process 1 has between TERM and KILL.
const STOP_GRACE: Duration = Duration::from_secs(2);
/// How long stopping may take where the caller set no limit.
pub(crate) const STOP_LIMIT: Duration = Duration::from_secs(60);
/// How long cleaning up after a failed call may take.
const CLEAN_UP_LIMIT: Duration = Duration::from_secs(30);
/// Pauses between looks at a container that is being removed.
const GONE_FIRST_PAUSE: Duration = Duration::from_millis(1);
const GONE_LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Stops a container and removes it; returns when it is gone.
pub(crate) fn stop(engine: &Engine, context: CallContext, container: &str) -> Result<()> {
    let context = context.with_default_timeout(STOP_LIMIT, Limit::Whole(STOP_LIMIT));
    let api = engine.api.as_ref();
    let stop = || match api.container_stop(&context, container, STOP_GRACE) {
        Err(error) if error.is_interruption() || error.is_unreachable() => Err(error),
        // Removing kills it, if it must be.
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

/// Removes a container; the limits of the call end the wait for that, and not
/// the removal. The log tells of a failure.
pub(crate) fn discard(engine: &Arc<Engine>, context: &CallContext, container: &str) {
    let (its_engine, id) = (Arc::clone(engine), container.to_owned());
    let remove = move || {
        remove_logged(its_engine.api.as_ref(), &id);
        its_engine.forget(&id);
    };
    if let Err(error) = engine.tasks.finish(context, "sandcell-cleanup", remove.clone()) {
        log::warn!("container {container}: removed on its owner's thread: {error:#}");
        remove();
    }
}

/// Removes a container, running or not, and returns when it is gone.
pub(crate) fn remove(api: &dyn Api, context: &CallContext, container: &str) -> Result<()> {
    let mut pause = GONE_FIRST_PAUSE;
    loop {
        match is_removed(api, context, container) {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            // Some engines fail, for a moment, where somebody else was faster.
            Err(error) if error.kind() == ErrorKind::Engine && pause < GONE_LONGEST_PAUSE => {
                log::debug!("remove container: {error:#}");
            }
            Err(error) => return Err(error),
        }
        context.sleep(pause)?;
        pause = (pause * 2).min(GONE_LONGEST_PAUSE);
    }
}

/// Asks for a container's removal; whether it is gone already.
fn is_removed(api: &dyn Api, context: &CallContext, container: &str) -> Result<bool> {
    match api.container_remove(context, container) {
        Err(error) if error.is_not_found() => return Ok(true),
        // Somebody else is removing it: wait for them.
        Err(error) if error.is_conflict() => log::debug!("remove container: {error:#}"),
        removed => removed?,
    }
    match api.container_inspect(context, container) {
        Err(error) if error.is_not_found() => Ok(true),
        found => found.map(|_| false),
    }
}

/// Removes a container that would be left behind, whatever the limits of the
/// call were; the log tells of a failure.
pub(crate) fn remove_logged(api: &dyn Api, container: &str) {
    if let Err(error) = remove(api, &clean_up_scope(), container) {
        log::error!("container {container} stays behind: {error:#}");
    }
}

/// The limits of cleaning up.
pub(crate) fn clean_up_scope() -> CallContext {
    CallContext::unlimited().within(CLEAN_UP_LIMIT, Limit::CleanUp(CLEAN_UP_LIMIT))
}
