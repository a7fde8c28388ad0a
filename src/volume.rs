//! Volumes.

use std::collections::BTreeMap;

use crate::Client;
pub use crate::api::Volume;
use crate::api::{VolumeCreateRequest, VolumeListRequest};
use crate::error::{Error, Result};
use crate::validate;

/// A volume to create.
///
/// ```
/// use sandcell::VolumeOptions;
///
/// let options = VolumeOptions::new("build-cache").label("team", "ci");
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
pub struct VolumeOptions {
    name: String,
    labels: BTreeMap<String, String>,
}

impl VolumeOptions {
    /// A volume called `name`.
    pub fn new(name: impl Into<String>) -> Self {
        VolumeOptions { name: name.into(), labels: BTreeMap::new() }
    }

    /// Sets a label.
    #[must_use]
    pub fn label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.insert(key.into(), value.into());
        self
    }

    pub(crate) fn to_request(&self) -> Result<VolumeCreateRequest> {
        validate::id_or_name("name", &self.name)?;
        for (key, value) in &self.labels {
            validate::label(key, value)?;
        }
        Ok(VolumeCreateRequest { name: self.name.clone(), labels: self.labels.clone() })
    }
}

/// Which volumes to list: those that meet all conditions, or all if there is none.
///
/// ```
/// use sandcell::VolumeFilter;
///
/// let filter = VolumeFilter::new().label("team", "ci").label_key("job");
/// # let _ = filter;
/// ```
#[derive(Clone, Debug, Default)]
pub struct VolumeFilter {
    /// Keys, and the values if these matter.
    labels: Vec<(String, Option<String>)>,
}

impl VolumeFilter {
    /// All volumes.
    pub fn new() -> Self {
        VolumeFilter::default()
    }

    /// Only those that have this label with this value.
    #[must_use]
    pub fn label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.push((key.into(), Some(value.into())));
        self
    }

    /// Only those that have a label of this key, whatever its value.
    #[must_use]
    pub fn label_key(mut self, key: impl Into<String>) -> Self {
        self.labels.push((key.into(), None));
        self
    }

    fn to_request(&self) -> Result<VolumeListRequest> {
        let condition = |(key, value): &(String, Option<String>)| {
            validate::label(key, value.as_deref().unwrap_or_default())?;
            if key.contains('=') {
                let problem =
                    format_args!("the key {key:?} contains '=': no engine can look for it");
                return Err(Error::invalid("label", problem));
            }
            Ok(value.iter().fold(key.clone(), |key, value| format!("{key}={value}")))
        };
        Ok(VolumeListRequest { labels: self.labels.iter().map(condition).collect::<Result<_>>()? })
    }

    fn matches(&self, volume: &Volume) -> bool {
        self.labels.iter().all(|(key, value)| {
            let own = volume.labels.get(key);
            own.is_some_and(|own| value.as_ref().is_none_or(|value| own == value))
        })
    }
}

impl Client {
    /// Creates a volume; succeeds if it exists.
    ///
    /// # Errors
    /// `InvalidArgument` for a bad option, and what the engine answers.
    pub fn volume_create(&self, options: &VolumeOptions) -> Result<Volume> {
        let request = options.to_request()?;
        self.api().volume_create(&self.begin()?, &request).map_err(|e| e.context("create volume"))
    }

    /// What the engine tells of the volume `name`; `None` if it does not exist.
    ///
    /// # Errors
    /// `InvalidArgument` for a bad name; any failure to ask.
    pub fn volume_inspect(&self, name: &str) -> Result<Option<Volume>> {
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
    /// client.volume_create(&VolumeOptions::new("example-17").label(labels::ANNA_HOME, home))?;
    /// // That host dies. The next one of the same home:
    /// for volume in client.volume_list(&VolumeFilter::new().label(labels::ANNA_HOME, home))? {
    ///     match client.volume_remove(&volume.name) {
    ///         Err(error) if error.is_conflict() => println!("{} is in use", volume.name),
    ///         removed => removed?,
    ///     }
    /// }
    /// assert!(client.volume_inspect("example-17")?.is_none());
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` for a bad label; any failure to ask.
    pub fn volume_list(&self, filter: &VolumeFilter) -> Result<Vec<Volume>> {
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
    pub fn volume_remove(&self, name: &str) -> Result<()> {
        validate::id_or_name("name", name)?;
        let (api, scope) = (self.api(), self.begin()?);
        // Told to remove a volume that does not exist, some engines remove the
        // one whose name begins so.
        let found = api.volume_inspect(&scope, name);
        match found.and_then(|_| api.volume_remove(&scope, name)) {
            Err(error) if error.is_not_found() => Ok(()),
            removed => removed.map_err(|e| e.context("remove volume")),
        }
    }
}
