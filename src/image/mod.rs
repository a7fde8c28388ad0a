//! Finds, pulls and describes images.

mod ensure;
mod import;
mod info;
mod known;
mod load;
mod options;
mod pull;
mod reference;

pub(crate) use self::ensure::ensure;
pub(crate) use self::import::import;
pub use self::info::ImageInfo;
pub(crate) use self::known::Images;
pub(crate) use self::load::load;
pub use self::options::PullOptions;
pub(crate) use self::options::checked_platform;
pub(crate) use self::pull::pull;
pub(crate) use self::reference::Reference;
pub(crate) use self::reference::check;
use crate::api::{Api, CallContext};
use crate::error::Result;

/// Inspects an image; `None` if the engine does not have it.
pub(crate) fn find(api: &dyn Api, context: &CallContext, image: &str) -> Result<Option<ImageInfo>> {
    match api.image_inspect(context, image) {
        Ok(found) => Ok(Some(found.into())),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.context(format_args!("inspect image {image:?}"))),
    }
}
