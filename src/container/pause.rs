//! Pausing containers.

use crate::api::Scope;
use crate::capabilities::freezer_lack;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};

/// Freezes all processes of a container, or lets them go on.
pub(crate) fn set_paused(
    engine: &Engine,
    scope: &Scope,
    container: &str,
    paused: bool,
) -> Result<()> {
    let api = engine.api.as_ref();
    let result = match paused {
        true => api.container_pause(scope, container),
        false => api.container_unpause(scope, container),
    };
    // Engines call it a conflict, or an error of theirs, if there is nothing to do.
    result.or_else(|error| {
        let is_answer = error.is_conflict() || error.kind() == ErrorKind::Engine;
        let state = || api.container_inspect(scope, container).map(|c| c.state);
        let is_done = is_answer && state().is_ok_and(|s| s.running && s.paused == paused);
        if is_done { Ok(()) } else { Err(unable_to_freeze(engine, scope, error)) }
    })
}

/// `error`, which is no wonder if the engine cannot freeze anything.
fn unable_to_freeze(engine: &Engine, scope: &Scope, error: Error) -> Error {
    let info = engine.info(scope).ok();
    match info.and_then(freezer_lack).filter(|_| error.kind() == ErrorKind::Engine) {
        Some(lack) => error.with_kind(ErrorKind::Unsupported).context(&lack),
        None => error,
    }
}
