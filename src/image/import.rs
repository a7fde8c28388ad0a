//! Creates an image from a root file system.
//!
//! A failed import may leave a name behind that leads to no usable image, or to a
//! broken one in place of the image that had the name. So the image is imported
//! under a name that nobody else uses, and gets its own once it is complete.

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::info::ImageInfo;
use super::reference::Reference;
use crate::api::{Api, CallContext, ImageImportRequest, PullProgress};
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::random_id;

/// The repository of the temporary names.
const TEMPORARY: &str = "sandcell-import";
/// Timeout of removing a temporary name.
const CLEAN_UP_LIMIT: Duration = Duration::from_secs(30);
/// How long an engine may take to notice that its client has left.
const NOTICE_TIMEOUT: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(50);

/// Imports `tar` as `image`.
pub(crate) fn import(
    engine: &Arc<Engine>,
    context: &CallContext,
    image: &Reference<'_>,
    tar: &mut dyn Read,
) -> Result<ImageInfo> {
    let tag = image.tag()?;
    let api = engine.api.as_ref();
    let temporary = format!("{TEMPORARY}:{}", random_id::random()?);
    let request = ImageImportRequest { reference: temporary.clone() };
    let mut log = |progress: &PullProgress| {
        log::debug!("import {image}: {}", progress.status, image = image.text);
    };
    let imported = api
        .image_import(context, &request, tar, &mut log)
        .and_then(|()| api.image_tag(context, &temporary, image.name, tag));
    remove(engine, context, temporary, imported.as_ref().err());
    imported?;
    api.image_inspect(context, image.text).map(ImageInfo::from)
}

/// Removes a temporary name. The call's limits bound the wait, not the removal.
/// Failures are logged.
fn remove(engine: &Arc<Engine>, context: &CallContext, temporary: String, error: Option<&Error>) {
    let was_left =
        error.is_some_and(|e| e.is_interruption() || e.kind() == ErrorKind::Disconnected);
    let api = Arc::clone(&engine.api);
    let work = move || {
        if let Err(error) = remove_name(api.as_ref(), &temporary, was_left) {
            log::warn!("the image {temporary} was left behind: {error:#}");
        }
    };
    if let Err(error) = engine.tasks.finish(context, "sandcell-cleanup", work.clone()) {
        log::warn!("removing an image's name on the caller's thread: {error:#}");
        work();
    }
}

/// Removes the name. If the engine may still be at work, it may appear later.
fn remove_name(api: &dyn Api, temporary: &str, may_appear: bool) -> Result<()> {
    let context = CallContext::for_clean_up(CLEAN_UP_LIMIT);
    let start = Instant::now();
    loop {
        match api.image_remove(&context, temporary) {
            Err(error) if !error.is_not_found() => return Err(error),
            Err(_) if may_appear && start.elapsed() < NOTICE_TIMEOUT => context.sleep(PAUSE)?,
            _ => return Ok(()),
        }
    }
}
