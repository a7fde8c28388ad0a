//! The container that this process runs in, as verbs of a client.

use std::path::{Path, PathBuf};

use super::Client;
use crate::error::Result;
use crate::self_container::{self, SelfContainer};

impl Client {
    /// The container of this client's engine that this process itself runs in;
    /// `None` if there is none, even if it is in a container of another engine.
    ///
    /// ContainerHints of a container in `/proc` are taken for nothing until the engine
    /// confirms them: by the root filesystem, the cgroup, or files that the
    /// container shares with no other one.
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
    /// `Unsupported` if this process is in a container of this engine and it
    /// cannot be told in which; any failure to ask.
    pub fn self_container(&self) -> Result<Option<SelfContainer>> {
        let found = self_container::find(self.api().as_ref(), &self.begin()?);
        Ok(found.map_err(|e| e.context("find the own container"))?.map(SelfContainer::from))
    }

    /// What `path` of this process is on the engine's host, to be given to
    /// [`Mount::bind`](crate::Mount::bind): the same, if this process is in no
    /// container of this engine; else the target of the mount that it is on,
    /// and the rest. Symbolic links are followed.
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
    /// `InvalidArgument` if the path, in this process's container, does not
    /// exist or is on no mount that the engine's host has as well; those of
    /// [`self_container`](Client::self_container).
    pub fn engine_path(&self, path: impl AsRef<Path>) -> Result<PathBuf> {
        match self.self_container()? {
            Some(own) => own.engine_path(path.as_ref()),
            None => Ok(path.as_ref().to_owned()),
        }
    }
}
