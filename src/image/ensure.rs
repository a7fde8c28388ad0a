//! Ensures that the engine has an image. Concurrent callers share one lookup and
//! one pull.

use std::os::fd::AsFd;

use nix::poll::PollFlags;

use super::find;
use super::known::Role;
use super::options::PullOptions;
use super::pull::pull;
use super::reference::Reference;
use crate::api::CallContext;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};

/// Ensures that the engine has `image`, a reference or an id.
pub(crate) fn ensure(
    engine: &Engine,
    context: &CallContext,
    image: &str,
    options: &PullOptions<'_>,
) -> Result<()> {
    let key = (image.to_owned(), options.wanted_platform().to_owned());
    let credentials = options.credentials.as_ref();
    loop {
        match engine.images.join(&key, credentials)? {
            Role::Done => return Ok(()),
            Role::Leader(leader) => {
                return leader.finish(find_or_pull(engine, context, image, options));
            }
            Role::Follower(lookup) => {
                context.wait(lookup.wake_rx.as_fd(), PollFlags::POLLIN)?;
                if let Some(result) = lookup.result_for(credentials) {
                    return result;
                }
            }
        }
    }
}

fn find_or_pull(
    engine: &Engine,
    context: &CallContext,
    image: &str,
    options: &PullOptions<'_>,
) -> Result<()> {
    match find(engine.api.as_ref(), context, image)? {
        Some(found) if found.is_for(options.wanted_platform()) => Ok(()),
        _ => match Reference::parse(image) {
            Ok(reference) => pull(engine, context, &reference, options),
            Err(_) => {
                let hint = "only a name can be pulled";
                let message = format!("the engine has no image with the id {image}; {hint}");
                Err(Error::new(ErrorKind::NotFound, message))
            }
        },
    }
}
