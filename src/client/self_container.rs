//! Detection of the container that this process runs in.

use std::path::{Path, PathBuf};

use super::Client;
use crate::error::Result;
use crate::self_container::{self, SelfContainer};

impl Client {
    /// Returns the container that this process runs in, if it belongs to this
    /// client's engine; `None` otherwise, even in a container of another engine.
    ///
    /// Hints in `/proc` are trusted only if the engine confirms them: by the root
    /// file system, the cgroup, or files that no other container shares.
    ///
    /// ```
    /// let client = sandcell::Client::from_env()?;
    /// if let Some(own) = client.self_container()? {
    ///     println!("in container {}, with networks {:?}", own.name, own.networks);
    /// }
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Unsupported` if this process runs in a container of this engine but which
    /// one cannot be determined; any failure to ask the engine.
    pub fn self_container(&self) -> Result<Option<SelfContainer>> {
        let found = self_container::find(self.api().as_ref(), &self.begin()?);
        Ok(found.map_err(|e| e.context("find this process's container"))?.map(SelfContainer::from))
    }

    /// Translates `path`, as this process sees it, to the path on the engine's
    /// host, for use with [`Mount::bind`](crate::Mount::bind). Returns `path`
    /// unchanged if this process does not run in a container of this engine.
    /// Otherwise `path` is resolved through the container's mounts; symbolic
    /// links are followed.
    ///
    /// ```
    /// use sandcell::{Client, CreateOptions};
    ///
    /// let client = Client::from_env()?;
    /// let job = client.engine_path("/tmp")?;
    /// let options = CreateOptions::new("busybox").workspace(job, "/workspace");
    /// # let _ = options;
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if `path` does not exist in this process's container or
    /// is not on a mount from the engine's host; those of
    /// [`self_container`](Client::self_container).
    pub fn engine_path(&self, path: impl AsRef<Path>) -> Result<PathBuf> {
        match self.self_container()? {
            Some(own) => own.engine_path(path.as_ref()),
            None => Ok(path.as_ref().to_owned()),
        }
    }
}
