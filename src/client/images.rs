//! Images, as verbs of a client.

use std::io::Read;

use super::Client;
use crate::api::{ImageImportRequest, PullProgress};
use crate::error::Result;
use crate::image::{self, ImageInfo, PullOptions, Reference};

/// Images.
///
/// `image` is a reference, `[host[:port]/]path[:tag][@digest]`, such as
/// `busybox`, `ghcr.io/team/app:1.2` or `localhost:5000/app@sha256:…`. Without a
/// tag or digest, the tag is `latest`. Where nothing is fetched, it can be an
/// image id as well.
///
/// Who asks a registry is what [`PullOptions::credentials`] say, or else what the
/// [Docker config](crate::ClientBuilder::docker_config) of the client says.
impl Client {
    /// Whether the engine has `image`.
    ///
    /// # Errors
    /// `InvalidArgument` for what is no reference, and any failure to ask:
    /// only the engine's word that there is no such image is `false`.
    pub fn image_exists(&self, image: &str) -> Result<bool> {
        Ok(self.inspect_image(image)?.is_some())
    }

    /// What the engine knows of `image`; `None` if it does not have it.
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

    /// Pulls `image` from its registry, even if the engine has it; returns when
    /// it is complete.
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
    /// `InvalidArgument` for what is no reference, `NotFound` if the registry has
    /// no such image or none for the platform, `Unauthorized` if it wants other
    /// credentials, `RateLimited` if it has answered enough for now, `NoSpace` if
    /// the engine's disk is full, `Pull` if the engine says that the pull failed
    /// for another reason.
    pub fn pull_image(&self, image: &str, options: &PullOptions<'_>) -> Result<()> {
        options.check()?;
        let reference = Reference::parse(image)?;
        image::pull(self.engine(), &self.begin()?, &reference, options)
    }

    /// Makes sure that the engine has `image`: pulls it if it is not there.
    ///
    /// Callers that want the same image at once share one look and one pull, of
    /// which the one that makes it is told the progress. What was there is
    /// remembered by all clones of the client, until the engine says that it is
    /// not: a later call returns at once, without asking.
    ///
    /// # Errors
    /// Those of [`pull_image`](Client::pull_image).
    pub fn ensure_image(&self, image: &str, options: &PullOptions<'_>) -> Result<()> {
        options.check()?;
        image::check(image)?;
        image::ensure(self.engine(), &self.begin()?, image, options)
    }

    /// Takes in the images of a tar archive, as `docker save` or `podman save`
    /// makes it, which is sent while it is read. Returns what the engine calls
    /// them: names, or ids of those that have none.
    ///
    /// ```no_run
    /// # let client = sandcell::Client::from_env()?;
    /// let names = client.load_image(std::fs::File::open("app.tar").unwrap())?;
    /// println!("loaded {}", names.join(", "));
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Engine` if it is no such archive, `NoSpace` if the engine's disk is full,
    /// `Io` if `tar` fails.
    pub fn load_image(&self, mut tar: impl Read) -> Result<Vec<String>> {
        let mut names = Vec::new();
        let mut progress = |progress: &PullProgress| {
            log::info!(target: "sandcell::pull", "load: {}", progress.stream.trim_end());
            names.extend(image::loaded_names(&progress.stream).map(str::to_owned));
        };
        self.api()
            .image_load(&self.begin()?, &mut tar, &mut progress)
            .map_err(|e| e.context("load image"))?;
        Ok(names)
    }

    /// Makes an image of a file system, a tar archive, which is sent while it is
    /// read, and calls it `image`. An image of that name loses it.
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
    /// `InvalidArgument` if `image` is no reference or has a digest, `Engine` if
    /// it is no tar archive, `NoSpace` if the engine's disk is full, `Io` if `tar`
    /// fails.
    pub fn import_image(&self, image: &str, mut tar: impl Read) -> Result<ImageInfo> {
        let reference = Reference::parse(image)?;
        let reference = format!("{}:{}", reference.name, reference.tag()?);
        let context = self.begin()?;
        let mut progress = |progress: &PullProgress| {
            log::debug!("import {image}: {}", progress.status);
        };
        let request = ImageImportRequest { reference };
        self.api()
            .image_import(&context, &request, &mut tar, &mut progress)
            .and_then(|()| self.api().image_inspect(&context, image))
            .map(ImageInfo::from)
            .map_err(|e| e.context(format_args!("import image {image:?}")))
    }

    /// Removes `image`; succeeds if there is none. Of an image that has other
    /// names, only this one goes.
    ///
    /// # Errors
    /// `InvalidArgument` for what is no reference, `Conflict` if a container is
    /// made of it, or if it is given by its id and has several names.
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
