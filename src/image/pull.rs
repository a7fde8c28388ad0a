//! Pulls an image from its registry.

use super::find;
use super::options::PullOptions;
use super::reference::Reference;
use crate::api::{CallContext, ImagePullRequest, PullProgress, RegistryAuth};
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::registry;

/// Pulls an image, whether or not the engine has it.
pub(crate) fn pull(
    engine: &Engine,
    context: &CallContext,
    image: &Reference<'_>,
    options: &PullOptions<'_>,
) -> Result<()> {
    let asked = ask_credentials(engine, context, image, options);
    if let Err(error) = &asked {
        // A cancelled call must not start the pull.
        context.check()?;
        log::warn!("pulling {} without credentials: {error:#}", image.text);
    }
    let platform = options.wanted_platform();
    let request = ImagePullRequest {
        name: image.name.to_owned(),
        tag: image.version().to_owned(),
        platform: platform.to_owned(),
        auth: asked.as_ref().ok().cloned().flatten(),
    };
    let mut report = |progress: &PullProgress| options.report(image.text, progress);
    let pulled = engine.api.image_pull(context, &request, &mut report);
    pulled
        .map_err(|error| explain(error, asked))
        .and_then(|()| check_platform(engine, context, image, platform))
        .map_err(|error| error.context(format_args!("pull image {:?}", image.text)))
}

/// Checks that the engine pulled the requested platform: some engines pull the
/// image for another platform if the registry does not have the requested one.
fn check_platform(
    engine: &Engine,
    context: &CallContext,
    image: &Reference<'_>,
    platform: &str,
) -> Result<()> {
    if platform.is_empty() {
        return Ok(());
    }
    match find(engine.api.as_ref(), context, image.text)? {
        Some(found) if !found.is_for(platform) => {
            let has = format!("{}/{}", found.os, found.architecture);
            let message = format!("the image is available for {has}, but not for {platform}");
            Err(Error::new(ErrorKind::NotFound, message))
        }
        _ => Ok(()),
    }
}

fn ask_credentials(
    engine: &Engine,
    context: &CallContext,
    image: &Reference<'_>,
    options: &PullOptions<'_>,
) -> Result<Option<RegistryAuth>> {
    let credentials = match (&options.credentials, &engine.docker_config) {
        (Some(credentials), _) => Some(credentials.clone()),
        (None, Some(config)) => config.credentials(context, image.registry())?,
        (None, None) => None,
    };
    let server_address = registry::key_of(image.registry());
    Ok(credentials.map(|credentials| RegistryAuth::new(server_address, credentials)))
}

/// Adds to a refusal whether, and why, the pull was made without credentials.
fn explain(error: Error, asked: Result<Option<RegistryAuth>>) -> Error {
    match (error.kind(), asked) {
        (ErrorKind::Unauthorized | ErrorKind::NotFound, Err(unknown)) => {
            error.context(format_args!("reading the credentials failed ({unknown:#})"))
        }
        (ErrorKind::Unauthorized, Ok(None)) => error.context("without credentials"),
        _ => error,
    }
}
