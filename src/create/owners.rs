//! Whose new volumes are.
//!
//! Podman gives a new volume to the user of process 1, which is not the commands'
//! user here: what it gave to the watchers is theirs afterwards.

use super::start::Creation;
use crate::error::Result;
use crate::exec::{self, ExecOptions};
use crate::files;
use crate::watch;

impl Creation<'_> {
    /// Gives the volumes of a started container, in which no command has run, to
    /// the commands' user.
    pub(super) fn give_volumes(&self, id: &str) -> Result<()> {
        let is_podman = || self.engine.info(self.context).is_ok_and(|info| info.is_podman());
        let mut volumes = self.options.volumes().peekable();
        if volumes.peek().is_none() || !is_podman() {
            return Ok(());
        }
        let target = self.target(id);
        let watch = target.watch()?;
        let Some(watchers) = watch.watchers else { return Ok(()) };
        for path in volumes {
            let argv = ["/bin/sh", "-c", r#"[ -O "$1" ]"#, "sandcell", path];
            let look = ExecOptions::new(argv).cwd("/").helper_as(&watch::user(watchers.uid));
            if exec::run(&target, &look)?.success() {
                files::set_dir_owner(&target, path, files::resolve_user(&target, &watch.user)?)?;
            }
        }
        Ok(())
    }
}
