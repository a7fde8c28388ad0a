//! Volumes.

use std::collections::BTreeMap;

pub use crate::api::Volume;
use crate::api::VolumeCreateRequest;
use crate::error::Result;
use crate::validate;

/// A volume to create.
///
/// ```
/// use sandock::VolumeOptions;
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
