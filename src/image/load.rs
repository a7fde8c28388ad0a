//! Loads images from an archive.
//!
//! Docker with containerd's image store reports success even if it cannot unpack
//! an image, and keeps its name: only a message tells.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use super::info::loaded_names;
use crate::api::{Api, CallContext, PullProgress};
use crate::engine::Engine;
use crate::error::{Error, Result};

/// Timeout of removing the names of broken images.
const CLEAN_UP_LIMIT: Duration = Duration::from_secs(30);
/// Precedes the name of an image that cannot be unpacked, and why.
const BROKEN: &str = "Error unpacking image ";

/// An image that the engine cannot unpack.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Broken {
    name: String,
    /// The engine's message.
    problem: String,
}

/// Loads the images in `tar`; returns their names, or the ids of those without.
pub(crate) fn load(
    engine: &Arc<Engine>,
    context: &CallContext,
    tar: &mut dyn Read,
) -> Result<Vec<String>> {
    let (mut names, mut broken) = (Vec::new(), Vec::new());
    let mut progress = |progress: &PullProgress| {
        log::info!(target: "sandcell::pull", "load: {}", progress.stream.trim_end());
        names.extend(loaded_names(&progress.stream).map(str::to_owned));
        broken.extend(progress.stream.lines().filter_map(Broken::parse));
    };
    engine.api.image_load(context, tar, &mut progress)?;
    let Some(first) = broken.first() else { return Ok(names) };
    let Broken { name, problem } = first;
    let error = Error::of_engine(format!("the engine cannot unpack {name:?}: {problem}"));
    remove_all(engine, context, broken);
    Err(error)
}

/// Removes the names of broken images. The call's limits bound the wait, not the
/// removal. Failures are logged.
fn remove_all(engine: &Arc<Engine>, context: &CallContext, broken: Vec<Broken>) {
    let api = Arc::clone(&engine.api);
    let work = move || {
        let context = CallContext::for_clean_up(CLEAN_UP_LIMIT);
        for image in &broken {
            if let Err(error) = image.remove(api.as_ref(), &context) {
                log::warn!("the broken image {} was left behind: {error:#}", image.name);
            }
        }
    };
    if let Err(error) = engine.tasks.finish(context, "sandcell-cleanup", work.clone()) {
        log::warn!("removing broken images on the caller's thread: {error:#}");
        work();
    }
}

impl Broken {
    fn parse(line: &str) -> Option<Self> {
        let (name, problem) = line.strip_prefix(BROKEN)?.split_once(": ")?;
        Some(Broken { name: name.to_owned(), problem: problem.to_owned() })
    }

    /// Removes the name, unless it belongs to another image by now: one without the
    /// layer that the engine cannot unpack.
    fn remove(&self, api: &dyn Api, context: &CallContext) -> Result<()> {
        let found = match api.image_inspect(context, &self.name) {
            Err(error) if error.is_not_found() => return Ok(()),
            found => found?,
        };
        if !found.root_fs.layers.iter().any(|layer| self.problem.contains(layer.as_str())) {
            log::warn!("the image {} is another one by now, or stays broken", self.name);
            return Ok(());
        }
        match api.image_remove(context, &self.name) {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_images_are_found_in_the_messages() {
        let line = "Error unpacking image a.b:5/c:1: apply layer error: sha256:00";
        let broken = Broken::parse(line).unwrap();
        let parts = (broken.name.as_str(), broken.problem.as_str());
        assert_eq!(parts, ("a.b:5/c:1", "apply layer error: sha256:00"));
        assert_eq!(Broken::parse("Loaded image: a:1"), None);
    }
}
