//! Commands that run as the owner of the workspace.

use std::fs;
use std::os::unix::fs::MetadataExt;

use super::CreateOptions;
use super::start::Creation;
use crate::error::{Error, ErrorKind, Result};
use crate::mount::Mount;

/// What the errors name.
const FIELD: &str = "workspace_user";
/// The security options of engines whose containers have other user ids than the
/// host.
const MAPS_IDS: [&str; 2] = ["rootless", "userns"];

impl CreateOptions {
    /// Makes the workspace's owner the default user of commands: the user and
    /// group that own the directory, as this process sees it when the container
    /// is created. So commands can write to the workspace, and what they create
    /// there belongs to the same user. Replaces [`user`](CreateOptions::user).
    /// Default: off.
    ///
    /// Creating the container fails with `InvalidArgument` if there is no
    /// [`workspace`](CreateOptions::workspace) or this process cannot see it, and
    /// with `Unsupported` if the engine maps user ids (it is rootless, or uses
    /// user namespaces): there the owner has another id in the container, which
    /// only you know.
    ///
    /// ```
    /// use sandcell::{Client, CreateOptions, ExecOptions, Sandbox};
    ///
    /// let job = tempfile::tempdir().unwrap();
    /// let options = CreateOptions::new("busybox:latest")
    ///     .workspace(job.path(), "/workspace")
    ///     .workspace_user();
    /// let sandbox = Sandbox::start(&Client::from_env()?, &options)?;
    /// let result = sandbox.exec(&ExecOptions::new(["touch", "/workspace/new"]))?;
    /// assert!(result.success());
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    #[must_use]
    pub fn workspace_user(mut self) -> Self {
        self.user = None;
        self.runs_as_workspace_owner = true;
        self
    }

    /// The workspace whose owner is the user of commands.
    pub(super) fn owning_workspace(&self) -> Result<Option<&Mount>> {
        if !self.runs_as_workspace_owner {
            return Ok(None);
        }
        let no_workspace = || Error::invalid(FIELD, "there is no workspace; set one, or a user");
        self.workspace.as_ref().ok_or_else(no_workspace).map(Some)
    }
}

impl Creation<'_> {
    /// Returns the owner of the workspace, as `uid:gid`, if it is the user of
    /// commands.
    pub(super) fn workspace_owner(&self) -> Result<Option<String>> {
        let Some(workspace) = self.options.owning_workspace()? else { return Ok(None) };
        let info = self.engine.info(self.context)?;
        let maps_ids = |option: &String| MAPS_IDS.iter().any(|name| option.contains(name));
        if let Some(option) = info.security_options.iter().find(|option| maps_ids(option)) {
            let problem = format!(
                "{FIELD}: the engine maps user ids ({option}), so the owner's id in the container \
                 is not known; call CreateOptions::user with it"
            );
            return Err(Error::new(ErrorKind::Unsupported, problem));
        }
        let path = self.local_path(workspace.source());
        let unseen = |error| {
            let problem = format!("this process cannot see the workspace {path:?}: {error}");
            Error::invalid(FIELD, problem)
        };
        let owner = fs::metadata(&path).map_err(unseen)?;
        Ok(Some(format!("{}:{}", owner.uid(), owner.gid())))
    }
}
