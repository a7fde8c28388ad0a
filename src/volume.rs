//! Options and filters of volumes.

use std::collections::BTreeMap;

pub use crate::api::Volume;
use crate::api::{VolumeCreateRequest, VolumeListRequest};
use crate::error::{Error, Result};
use crate::validate;

/// Options for creating a volume.
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
    /// Creates options for a volume named `name`.
    pub fn new(name: impl Into<String>) -> Self {
        VolumeOptions { name: name.into(), labels: BTreeMap::new() }
    }

    /// Adds a label, or replaces the value of an existing one.
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

/// A filter for listing volumes. A volume must meet all conditions; without
/// conditions, all volumes are listed.
///
/// ```
/// use sandcell::VolumeFilter;
///
/// let filter = VolumeFilter::new().label("team", "ci").label_key("job");
/// # let _ = filter;
/// ```
#[derive(Clone, Debug, Default)]
pub struct VolumeFilter {
    /// Required keys, each with the required value, if any.
    labels: Vec<(String, Option<String>)>,
}

impl VolumeFilter {
    /// Creates a filter without conditions.
    pub fn new() -> Self {
        VolumeFilter::default()
    }

    /// Requires the label `key` with the value `value`.
    #[must_use]
    pub fn label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.push((key.into(), Some(value.into())));
        self
    }

    /// Requires the label `key`, with any value.
    #[must_use]
    pub fn label_key(mut self, key: impl Into<String>) -> Self {
        self.labels.push((key.into(), None));
        self
    }

    pub(crate) fn to_request(&self) -> Result<VolumeListRequest> {
        let condition = |(key, value): &(String, Option<String>)| {
            validate::label(key, value.as_deref().unwrap_or_default())?;
            if key.contains('=') {
                let problem = format!("the key {key:?} must not contain '=' in a filter");
                return Err(Error::invalid("label", problem));
            }
            Ok(value.iter().fold(key.clone(), |key, value| format!("{key}={value}")))
        };
        Ok(VolumeListRequest { labels: self.labels.iter().map(condition).collect::<Result<_>>()? })
    }

    /// Whether `volume` meets all conditions.
    pub(crate) fn matches(&self, volume: &Volume) -> bool {
        self.labels.iter().all(|(key, value)| {
            let own = volume.labels.get(key);
            own.is_some_and(|own| value.as_ref().is_none_or(|value| own == value))
        })
    }
}
