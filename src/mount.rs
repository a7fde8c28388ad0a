//! Mounts.

use std::path::PathBuf;

use crate::api::MountRequest;
use crate::error::{Error, Result};
use crate::validate;

/// What is mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Bind,
    Volume,
}

/// A directory or a file of the host, or a volume, made visible in a container.
///
/// ```
/// use sandock::Mount;
///
/// let tools = Mount::bind("/opt/tools", "/tools").read_only(true);
/// let cache = Mount::volume("build-cache", "/cache");
/// # let _ = (tools, cache);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    kind: Kind,
    source: PathBuf,
    target: String,
    read_only: bool,
}

impl Mount {
    /// Mounts `source`, an absolute path on the engine's host that exists, at
    /// `target`, an absolute path in the container. Writable.
    pub fn bind(source: impl Into<PathBuf>, target: impl Into<String>) -> Self {
        Mount { kind: Kind::Bind, source: source.into(), target: target.into(), read_only: false }
    }

    /// Mounts the volume `name`, which is created if it does not exist, at
    /// `target`, an absolute path in the container. Writable.
    pub fn volume(name: impl Into<String>, target: impl Into<String>) -> Self {
        let source = PathBuf::from(name.into());
        Mount { kind: Kind::Volume, source, target: target.into(), read_only: false }
    }

    /// Whether the container may only read. Default: no.
    #[must_use]
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    /// The request, if the mount is good; errors name `field`.
    pub(crate) fn to_request(&self, field: &str) -> Result<MountRequest> {
        let Some(source) = self.source.to_str() else {
            let problem = format!("the source {:?} is not UTF-8", self.source);
            return Err(Error::invalid(field, problem));
        };
        let in_field = |error: Error| error.context(field);
        validate::absolute_path("target", &self.target).map_err(in_field)?;
        let kind = match self.kind {
            Kind::Bind => {
                validate::absolute_path("source", source).map_err(in_field)?;
                "bind"
            }
            Kind::Volume => {
                validate::id_or_name("volume", source).map_err(in_field)?;
                "volume"
            }
        };
        Ok(MountRequest {
            kind,
            source: source.to_owned(),
            target: self.target.clone(),
            read_only: self.read_only,
        })
    }
}
