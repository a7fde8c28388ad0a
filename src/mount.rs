//! Mounts.

use std::path::{Path, PathBuf};

use crate::api::{ApiVersion, MountRequest, VolumeMountOptions};
use crate::error::{Error, Result};
use crate::validate;

/// The first API version with volume subpaths.
pub(crate) const SUBPATH_SINCE: ApiVersion = ApiVersion::new(1, 45);

/// The kind of a mount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Bind,
    Volume,
}

/// A bind mount of a host's file or directory, or a volume mount.
///
/// ```
/// use sandcell::Mount;
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
    subpath: Option<String>,
    no_copy: bool,
}

impl Mount {
    /// A bind mount of `source`, an existing absolute path on the engine's host,
    /// at `target`, an absolute path in the container without `..`. Writable by
    /// default. If the image has a symlink at `target`, the mount is where it leads.
    pub fn bind(source: impl Into<PathBuf>, target: impl Into<String>) -> Self {
        Mount::new(Kind::Bind, source.into(), target.into())
    }

    /// A mount of the volume `name`, created if it does not exist, at `target`,
    /// an absolute path in the container. Writable by default.
    pub fn volume(name: impl Into<String>, target: impl Into<String>) -> Self {
        Mount::new(Kind::Volume, name.into().into(), target.into())
    }

    fn new(kind: Kind, source: PathBuf, target: String) -> Self {
        Mount { kind, source, target, read_only: false, subpath: None, no_copy: false }
    }

    /// Sets whether the mount is read-only. Default: `false`.
    #[must_use]
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// Mounts only this existing subdirectory of the volume, a relative path
    /// without `..`. Requires API version 1.45. Default: the whole volume.
    #[must_use]
    pub fn subpath(mut self, path: impl Into<String>) -> Self {
        self.subpath = Some(path.into());
        self
    }

    /// Sets whether an empty volume stays empty instead of being filled with the
    /// image's files at the target. Default: `false`.
    #[must_use]
    pub fn no_copy(mut self, no_copy: bool) -> Self {
        self.no_copy = no_copy;
        self
    }

    pub(crate) fn is_bind(&self) -> bool {
        self.kind == Kind::Bind
    }

    pub(crate) fn has_subpath(&self) -> bool {
        self.subpath.is_some()
    }

    pub(crate) fn source(&self) -> &Path {
        &self.source
    }

    /// The target, in its shortest form.
    pub(crate) fn target(&self) -> String {
        validate::normalized(&self.target)
    }

    /// The mount for the request. Errors name `field`.
    pub(crate) fn to_request(&self, field: &str) -> Result<MountRequest> {
        let Some(source) = self.source.to_str() else {
            let problem = format!("the source {:?} is not UTF-8", self.source);
            return Err(Error::invalid(field, problem));
        };
        let in_field = |error: Error| error.context(field);
        let target = validate::mount_target(&self.target).map_err(in_field)?;
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
            target,
            read_only: self.read_only,
            volume_options: self.volume_options().map_err(in_field)?,
        })
    }

    fn volume_options(&self) -> Result<Option<VolumeMountOptions>> {
        if self.subpath.is_none() && !self.no_copy {
            return Ok(None);
        }
        if self.is_bind() {
            let field = if self.no_copy { "no_copy" } else { "subpath" };
            return Err(Error::invalid(field, "is valid only for volumes"));
        }
        let subpath = self.subpath.clone().unwrap_or_default();
        let is_plain = |part: &str| !["", ".", ".."].contains(&part);
        if self.has_subpath() && !subpath.split('/').all(is_plain) {
            let problem = format!("{subpath:?} is not a relative path without '.' and '..'");
            return Err(Error::invalid("subpath", problem));
        }
        validate::no_nul("subpath", &subpath)?;
        Ok(Some(VolumeMountOptions { no_copy: self.no_copy, subpath }))
    }
}
