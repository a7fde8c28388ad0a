//! Volumes.

use std::collections::BTreeMap;

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

    pub(crate) fn to_request(&self) -> Result<VolumeListRequest> {
        let condition = |(key, value): &(String, Option<String>)| {
            validate::label(key, value.as_deref().unwrap_or_default())?;
            if key.contains('=') {
                let problem = format!("the key {key:?} contains '=': no engine can look for it");
                return Err(Error::invalid("label", problem));
            }
            Ok(value.iter().fold(key.clone(), |key, value| format!("{key}={value}")))
        };
        Ok(VolumeListRequest { labels: self.labels.iter().map(condition).collect::<Result<_>>()? })
    }

    /// Whether a volume meets all conditions.
    pub(crate) fn matches(&self, volume: &Volume) -> bool {
        self.labels.iter().all(|(key, value)| {
            let own = volume.labels.get(key);
            own.is_some_and(|own| value.as_ref().is_none_or(|value| own == value))
        })
    }
}
