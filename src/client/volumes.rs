//! Volume operations of a client.

use super::Client;
use crate::error::Result;
use crate::validate;
use crate::volume::{Volume, VolumeFilter, VolumeOptions};

impl Client {
    /// Creates a volume; succeeds if it exists.
    ///
    /// # Errors
    /// `InvalidArgument` for an invalid option; any error of the engine.
    pub fn create_volume(&self, options: &VolumeOptions) -> Result<Volume> {
        let request = options.to_request()?;
        self.api().volume_create(&self.begin()?, &request).map_err(|e| e.context("create volume"))
    }

    /// Returns the volume `name`; `None` if it does not exist.
    ///
    /// # Errors
    /// `InvalidArgument` for an invalid name; any failure to ask the engine.
    pub fn inspect_volume(&self, name: &str) -> Result<Option<Volume>> {
        validate::id_or_name("name", name)?;
        match self.api().volume_inspect(&self.begin()?, name) {
            Ok(volume) => Ok(Some(volume)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.context("inspect volume")),
        }
    }

    /// Returns the volumes that match all conditions of `filter`, in no
    /// particular order.
    ///
    /// Volumes outlive the process that created them and are never cleaned up
    /// automatically; the library does not label them. Set labels of your own to
    /// find volumes left by an earlier process. Whether they are still needed is
    /// for you to decide; the engine refuses to remove a volume that a container
    /// uses.
    ///
    /// ```
    /// use sandcell::{Client, VolumeFilter, VolumeOptions, labels};
    ///
    /// let client = Client::from_env()?;
    /// let home = "/srv/example-of-volume-list";
    /// client.create_volume(&VolumeOptions::new("example-17").label(labels::HOME, home))?;
    /// // That process dies. The next one with the same home cleans up:
    /// for volume in client.list_volumes(&VolumeFilter::new().label(labels::HOME, home))? {
    ///     match client.remove_volume(&volume.name) {
    ///         Err(error) if error.is_conflict() => println!("{} is in use", volume.name),
    ///         removed => removed?,
    ///     }
    /// }
    /// assert!(client.inspect_volume("example-17")?.is_none());
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` for an invalid label; any failure to ask the engine.
    pub fn list_volumes(&self, filter: &VolumeFilter) -> Result<Vec<Volume>> {
        let request = filter.to_request()?;
        let list = self.api().volume_list(&self.begin()?, &request);
        let mut list = list.map_err(|e| e.context("list volumes"))?;
        for warning in &list.warnings {
            log::warn!("list volumes: {warning}");
        }
        // Some engines match any condition instead of all.
        list.volumes.retain(|volume| filter.matches(volume));
        Ok(list.volumes)
    }

    /// Removes the volume `name` and its contents; succeeds if it does not exist.
    ///
    /// # Errors
    /// `InvalidArgument` for an invalid name, `Conflict` if a container uses it,
    /// running or not; any error of the engine.
    pub fn remove_volume(&self, name: &str) -> Result<()> {
        validate::id_or_name("name", name)?;
        let (api, context) = (self.api(), self.begin()?);
        // Podman resolves a name prefix: asked to remove a volume that does not
        // exist, it would remove one whose name begins with it.
        let found = api.volume_inspect(&context, name);
        match found.and_then(|_| api.volume_remove(&context, name)) {
            Err(error) if error.is_not_found() => Ok(()),
            removed => removed.map_err(|e| e.context("remove volume")),
        }
    }

    /// [`create_volume`](Client::create_volume) by another name.
    ///
    /// # Errors
    /// Those of [`create_volume`](Client::create_volume).
    #[doc(hidden)]
    pub fn volume_create(&self, options: &VolumeOptions) -> Result<Volume> {
        self.create_volume(options)
    }
}
