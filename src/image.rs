//! Images.

use crate::api::{Api, PullProgress, Scope};
use crate::error::Result;

/// Whether the engine has `image`.
pub(crate) fn exists(api: &dyn Api, scope: &Scope, image: &str) -> Result<bool> {
    match api.image_inspect(scope, image) {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error.context(format_args!("inspect image {image:?}"))),
    }
}

/// Pulls `image`; the log tells of the progress.
pub(crate) fn pull(api: &dyn Api, scope: &Scope, image: &str, platform: &str) -> Result<()> {
    let mut log_progress = |progress: &PullProgress| {
        log::info!(target: "sandock::pull", "{image}: {} {}", progress.id, progress.status);
    };
    api.image_pull(scope, image, platform, &mut log_progress)
        .map_err(|e| e.context(format_args!("pull image {image:?}")))
}
