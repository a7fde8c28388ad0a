//! Pulls an image from its registry.

use super::find;
use super::options::PullOptions;
use super::reference::Reference;
use crate::api::{CallContext, ImagePullRequest, PullProgress, RegistryAuth};
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::registry::{self, DockerConfig, Search};

/// Pulls an image, whether or not the engine has it.
pub(crate) fn pull(
    engine: &Engine,
    context: &CallContext,
    image: &Reference<'_>,
    options: &PullOptions<'_>,
) -> Result<()> {
    let search = search_credentials(engine, context, image, options)?;
    for problem in &search.problems {
        log::warn!("credentials to pull {}: {problem}", image.text);
    }
    let server_address = registry::key_of(image.registry());
    let credentials = search.credentials.clone();
    let platform = options.wanted_platform();
    let request = ImagePullRequest {
        name: image.name.to_owned(),
        tag: image.version().to_owned(),
        platform: platform.to_owned(),
        auth: credentials.map(|credentials| RegistryAuth::new(server_address, credentials)),
    };
    let mut report = |progress: &PullProgress| options.report(image.text, progress);
    let pulled = engine.api.image_pull(context, &request, &mut report);
    pulled
        .map_err(|error| explain(error, &search))
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

fn search_credentials(
    engine: &Engine,
    context: &CallContext,
    image: &Reference<'_>,
    options: &PullOptions<'_>,
) -> Result<Search> {
    match (&options.credentials, &engine.docker_config) {
        (Some(credentials), _) => Ok(Search {
            credentials: Some(credentials.clone()),
            origin: "of the pull's options".to_owned(),
            problems: Vec::new(),
        }),
        (None, config) => {
            let none = DockerConfig::default();
            config.as_ref().unwrap_or(&none).search(context, image.registry())
        }
    }
}

/// Adds to a refusal which credentials the pull was made with, or why without.
fn explain(error: Error, search: &Search) -> Error {
    let is_refusal = error.kind() == ErrorKind::Unauthorized;
    // A registry may hide what exists from those who may not see it.
    let may_be_refusal = error.kind() == ErrorKind::NotFound && !search.problems.is_empty();
    if !is_refusal && !may_be_refusal {
        return error;
    }
    let mut used = match search.credentials {
        Some(_) => format!("with the credentials {}", search.origin),
        None => format!("without credentials ({})", search.origin),
    };
    if !search.problems.is_empty() {
        used = format!("{used}, because {}", search.problems.join("; "));
    }
    error.context(used)
}
