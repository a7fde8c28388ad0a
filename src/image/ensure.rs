//! Having an image: one look and one pull for all who want it at once.

use std::os::fd::AsFd;

use nix::poll::PollFlags;

use super::find;
use super::known::Part;
use super::options::PullOptions;
use super::pull::pull;
use super::reference::Reference;
use crate::api::CallContext;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};

/// Makes sure that the engine has `image`, which is a reference or an id.
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
            Part::Done => return Ok(()),
            Part::Look(looker) => return looker.found(look(engine, context, image, options)),
            Part::Wait(search) => {
                context.wait(search.wake_rx.as_fd(), PollFlags::POLLIN)?;
                if let Some(result) = search.result_for(credentials) {
                    return result;
                }
            }
        }
    }
}

fn look(
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
                let message =
                    format!("the engine has no image {image}, and an id cannot be pulled");
                Err(Error::new(ErrorKind::NotFound, message))
            }
        },
    }
}
