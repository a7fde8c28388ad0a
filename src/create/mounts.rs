//! The workspace, mounts and tmpfs of a container.

use std::path::PathBuf;

use super::{CreateOptions, Tmpfs};
use crate::api::ContainerCreateRequest;
use crate::error::{Error, Result};
use crate::mount::Mount;

impl CreateOptions {
    /// Bind-mounts the host's directory `source` at `target`, writable, and makes
    /// it the default working directory of PID 1 and of commands. Default: no
    /// workspace.
    ///
    /// The directory keeps its owner and its mode, and a command has no
    /// capabilities: not even root may write to a directory of another user. If
    /// commands get "Permission denied" there, let them run as its owner: see
    /// [`workspace_user`](CreateOptions::workspace_user).
    #[must_use]
    pub fn workspace(mut self, source: impl Into<PathBuf>, target: impl Into<String>) -> Self {
        self.workspace = Some(Mount::bind(source, target));
        self
    }

    /// Adds a mount.
    #[must_use]
    pub fn mount(mut self, mount: Mount) -> Self {
        self.mounts.push(mount);
        self
    }

    /// Adds a tmpfs.
    #[must_use]
    pub fn tmpfs(mut self, tmpfs: Tmpfs) -> Self {
        self.tmpfs.push(tmpfs);
        self
    }

    /// Allows a workspace or bind mount whose source, as the engine sees it, is
    /// not what this process sees at that path. Use it for a remote engine with
    /// the same paths. Default: such a mount is refused, because for a process in
    /// a container, or with a remote engine, it would usually be an empty
    /// directory. So is one that the engine does not let this process compare, and,
    /// with Podman, one whose source this process does not see: Podman creates a
    /// missing source as an empty directory, also if this is called.
    #[must_use]
    pub fn allow_unverified_mounts(mut self) -> Self {
        self.allow_unverified_mounts = true;
        self
    }

    /// The bind mounts whose source must be what this process sees at that path.
    pub(super) fn verified_mounts(&self) -> impl Iterator<Item = &Mount> {
        self.all_mounts().filter(|mount| mount.is_bind() && !self.allow_unverified_mounts)
    }

    pub(super) fn all_mounts(&self) -> impl Iterator<Item = &Mount> {
        self.workspace.iter().chain(&self.mounts)
    }

    /// Where volumes are mounted.
    pub(super) fn volumes(&self) -> impl Iterator<Item = String> {
        self.mounts.iter().filter(|mount| !mount.is_bind()).map(Mount::target)
    }

    pub(super) fn apply_mounts(&self, request: &mut ContainerCreateRequest) -> Result<()> {
        let workspace = self.workspace.iter().map(|mount| ("workspace", mount));
        for (field, mount) in workspace.chain(self.mounts.iter().map(|mount| ("mount", mount))) {
            let mount = mount.to_request(field)?;
            if request.host_config.mounts.iter().any(|other| other.target == mount.target) {
                return Err(taken(field, &mount.target));
            }
            request.host_config.mounts.push(mount);
        }
        for tmpfs in &self.tmpfs {
            let (target, options) = tmpfs.to_request()?;
            let is_mount = request.host_config.mounts.iter().any(|mount| mount.target == target);
            if is_mount || request.host_config.tmpfs.contains_key(&target) {
                return Err(taken("tmpfs", &target));
            }
            request.host_config.tmpfs.insert(target, options);
        }
        Ok(())
    }
}

/// The error of a second mount at `target`, which would hide the first.
fn taken(field: &str, target: &str) -> Error {
    Error::invalid(field, format_args!("target: {target:?} is used by another mount or tmpfs"))
}
