//! Image operations of a client.

use std::io::Read;

use super::Client;
use crate::error::Result;
use crate::image::{self, ImageInfo, PullOptions, Reference};

/// # Images
///
/// `image` is a reference, `[host[:port]/]path[:tag][@digest]`, such as
/// `busybox`, `ghcr.io/team/app:1.2` or `localhost:5000/app@sha256:…`. Without
/// tag and digest, the tag is `latest`. Methods that do not contact a registry
/// also accept an image id.
///
/// Registry requests use [`PullOptions::credentials`], or else those in the
/// client's [Docker config](crate::ClientBuilder::docker_config).
impl Client {
    /// Returns whether the engine has `image`.
    ///
    /// # Errors
    /// `InvalidArgument` if `image` is not a valid reference, and any failure to
    /// ask the engine: `false` always means that the engine answered.
    pub fn image_exists(&self, image: &str) -> Result<bool> {
        Ok(self.inspect_image(image)?.is_some())
    }

    /// Returns the engine's information about `image`; `None` if it does not have
    /// it.
    ///
    /// ```
    /// # let client = sandcell::Client::from_env()?;
    /// let info = client.inspect_image("busybox:latest")?.expect("was pulled before");
    /// println!("{} is {} bytes for {}/{}", info.id, info.size, info.os, info.architecture);
    /// assert_eq!(client.inspect_image("no/such:image")?, None);
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`image_exists`](Client::image_exists).
    pub fn inspect_image(&self, image: &str) -> Result<Option<ImageInfo>> {
        image::check(image)?;
        let info = image::find(self.api().as_ref(), &self.begin()?, image)?;
        if info.is_none() {
            self.engine().images.forget(image);
        }
        Ok(info)
    }

    /// Pulls `image` from its registry, even if the engine has it. Returns when
    /// the pull is complete.
    ///
    /// ```no_run
    /// use sandcell::{Client, Credentials, PullOptions};
    ///
    /// let client = Client::from_env()?;
    /// let ours = Credentials::password("ci", std::env::var("REGISTRY_TOKEN").unwrap());
    /// let options = PullOptions::new().credentials(ours);
    /// client.pull_image("registry.example.com/team/app:1.2", &options)?;
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if `image` is not a valid reference, `NotFound` if the
    /// registry does not have the image or not for the platform, `Unauthorized`
    /// if it requires (different) credentials, `RateLimited` if it limits the
    /// rate of requests, `NoSpace` if the engine's disk is full, `Pull` if the
    /// pull failed for another reason.
    pub fn pull_image(&self, image: &str, options: &PullOptions<'_>) -> Result<()> {
        options.check()?;
        let reference = Reference::parse(image)?;
        image::pull(self.engine(), &self.begin()?, &reference, options)
    }

    /// Pulls `image` unless the engine already has it.
    ///
    /// Concurrent callers that need the same image share one lookup and one pull;
    /// only the caller that performs the pull receives its progress. All clones
    /// of the client remember images that were present, until the engine reports
    /// one missing: later calls return without a request.
    ///
    /// # Errors
    /// Those of [`pull_image`](Client::pull_image).
    pub fn ensure_image(&self, image: &str, options: &PullOptions<'_>) -> Result<()> {
        options.check()?;
        image::check(image)?;
        image::ensure(self.engine(), &self.begin()?, image, options)
    }

    /// Loads images from a tar archive as written by `docker save` or `podman
    /// save`. The archive is streamed. Returns the images' names, or ids for
    /// images without a name. If the engine cannot unpack one of them, its name is
    /// removed; the others stay.
    ///
    /// ```no_run
    /// # let client = sandcell::Client::from_env()?;
    /// let names = client.load_image(std::fs::File::open("app.tar").unwrap())?;
    /// println!("loaded {}", names.join(", "));
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Engine` if `tar` is not an image archive or is damaged, `NoSpace` if the engine's disk
    /// is full, `Io` if reading `tar` fails.
    pub fn load_image(&self, mut tar: impl Read) -> Result<Vec<String>> {
        image::load(self.engine(), &self.begin()?, &mut tar).map_err(|e| e.context("load image"))
    }

    /// Creates an image named `image` from a root file system in a tar archive,
    /// which is streamed. If the name is taken, it moves to the new image once that
    /// is complete: until then, it is called `sandcell-import:` and a random tag. A
    /// failed import leaves the name as it was.
    ///
    /// ```no_run
    /// # let client = sandcell::Client::from_env()?;
    /// let root = std::fs::File::open("root.tar").unwrap();
    /// let info = client.import_image("team/base:1", root)?;
    /// println!("made {}", info.id);
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if `image` is not a valid reference or has a digest,
    /// `Engine` if `tar` is not a tar archive, `NoSpace` if the engine's disk is
    /// full, `Io` if reading `tar` fails.
    pub fn import_image(&self, image: &str, mut tar: impl Read) -> Result<ImageInfo> {
        let reference = Reference::parse(image)?;
        image::import(self.engine(), &self.begin()?, &reference, &mut tar)
            .map_err(|e| e.context(format_args!("import image {image:?}")))
    }

    /// Removes `image`; succeeds if it does not exist. If the image has other
    /// names, only this name is removed.
    ///
    /// # Errors
    /// `InvalidArgument` if `image` is not a valid reference, `Conflict` if a
    /// container uses the image, or if `image` is an id and the image has several
    /// names.
    pub fn remove_image(&self, image: &str) -> Result<()> {
        image::check(image)?;
        let removed = self.api().image_remove(&self.begin()?, image);
        self.engine().images.forget(image);
        match removed {
            Err(error) if !error.is_not_found() => {
                Err(error.context(format_args!("remove image {image:?}")))
            }
            _ => Ok(()),
        }
    }
}
