//! Pausing containers.

use crate::api::CallContext;
use crate::engine::Engine;
use crate::engine_features::freezer_unsupported;
use crate::error::{Error, ErrorKind, Result};

/// Freezes or resumes all processes of a container.
pub(crate) fn set_paused(
    engine: &Engine,
    context: &CallContext,
    container: &str,
    paused: bool,
) -> Result<()> {
    let api = engine.api.as_ref();
    let result = match paused {
        true => api.container_pause(context, container),
        false => api.container_unpause(context, container),
    };
    // If there is nothing to do, engines answer with a conflict or a server
    // error.
    result.or_else(|error| {
        let is_answer = error.is_conflict() || error.kind() == ErrorKind::Engine;
        let state = || api.container_inspect(context, container).map(|c| c.state);
        let is_done = is_answer && state().is_ok_and(|s| s.running && s.paused == paused);
        if is_done { Ok(()) } else { Err(explain_freezer(engine, context, error)) }
    })
}

/// Turns `error` into `Unsupported` if the engine cannot freeze processes at all.
fn explain_freezer(engine: &Engine, context: &CallContext, error: Error) -> Error {
    let info = engine.info(context).ok();
    match info.and_then(freezer_unsupported).filter(|_| error.kind() == ErrorKind::Engine) {
        Some(reason) => error.with_kind(ErrorKind::Unsupported).context(&reason),
        None => error,
    }
}
