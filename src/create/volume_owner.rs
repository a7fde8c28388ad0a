//! Ownership of new volumes.
//!
//! Podman gives a new volume to the user of PID 1, which here is the watchers'
//! user, not that of commands. Such volumes are handed over afterwards.

use super::start::Creation;
use crate::error::Result;
use crate::exec::{self, ExecOptions};
use crate::files;
use crate::watch;

impl Creation<'_> {
    /// Gives the volumes of a started container, in which no command has run yet,
    /// to the commands' user.
    pub(super) fn chown_volumes(&self, id: &str) -> Result<()> {
        let is_podman = || self.engine.is_podman(self.context).unwrap_or(false);
        let mut volumes = self.options.volumes().peekable();
        if volumes.peek().is_none() || !is_podman() {
            return Ok(());
        }
        let target = self.target(id);
        let watch = target.watch()?;
        let Some(watchers) = watch.watchers else { return Ok(()) };
        for path in volumes {
            let path = self.real_path(id, path)?;
            let argv = ["/bin/sh", "-c", r#"[ -O "$1" ]"#, "sandcell", &path];
            let test = ExecOptions::new(argv).cwd("/").helper_as(&watch::user(watchers.uid));
            if exec::run(&target, &test)?.success() {
                files::set_dir_owner(&target, &path, files::resolve_user(&target, &watch.user)?)?;
            }
        }
        Ok(())
    }
}
