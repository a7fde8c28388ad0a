//! Volumes, as verbs of a client.

use super::Client;
use crate::error::Result;
use crate::validate;
use crate::volume::{Volume, VolumeFilter, VolumeOptions};

impl Client {
    /// Creates a volume; succeeds if it exists.
    ///
    /// # Errors
    /// `InvalidArgument` for a bad option, and what the engine answers.
    pub fn create_volume(&self, options: &VolumeOptions) -> Result<Volume> {
        let request = options.to_request()?;
        self.api().volume_create(&self.begin()?, &request).map_err(|e| e.context("create volume"))
    }

    /// What the engine tells of the volume `name`; `None` if it does not exist.
    ///
    /// # Errors
    /// `InvalidArgument` for a bad name; any failure to ask.
    pub fn inspect_volume(&self, name: &str) -> Result<Option<Volume>> {
        validate::id_or_name("name", name)?;
        match self.api().volume_inspect(&self.begin()?, name) {
            Ok(volume) => Ok(Some(volume)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.context("inspect volume")),
        }
    }

    /// The volumes that meet all conditions of `filter`, in no order.
    ///
    /// Volumes outlive their host, and nothing sweeps them: the library puts no
    /// labels on them. With labels of its own a host finds what an earlier one
    /// left behind. Who may still need them is for the host to know; the engine
    /// keeps what a container has.
    ///
    /// ```
    /// use sandcell::{Client, VolumeFilter, VolumeOptions, labels};
    ///
    /// let client = Client::from_env()?;
    /// let home = "/srv/example-of-volume-list";
    /// client.create_volume(&VolumeOptions::new("example-17").label(labels::HOME, home))?;
    /// // That host dies. The next one of the same home:
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
    /// `InvalidArgument` for a bad label; any failure to ask.
    pub fn list_volumes(&self, filter: &VolumeFilter) -> Result<Vec<Volume>> {
        let request = filter.to_request()?;
        let list = self.api().volume_list(&self.begin()?, &request);
        let mut list = list.map_err(|e| e.context("list volumes"))?;
        for warning in &list.warnings {
            log::warn!("list volumes: {warning}");
        }
        // Of several conditions, some engines want only one to be met.
        list.volumes.retain(|volume| filter.matches(volume));
        Ok(list.volumes)
    }

    /// Removes the volume `name` and all that is in it; succeeds if there is
    /// none.
    ///
    /// # Errors
    /// `InvalidArgument` for a bad name, `Conflict` if a container has it,
    /// running or not, and what the engine answers.
    pub fn remove_volume(&self, name: &str) -> Result<()> {
        validate::id_or_name("name", name)?;
        let (api, context) = (self.api(), self.begin()?);
        // Told to remove a volume that does not exist, some engines remove the
        // one whose name begins so.
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
