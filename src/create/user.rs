//! Whose process 1 is: a user of its own, out of the reach of commands.

use super::CreateOptions;
use crate::api::{ContainerCreateRequest, Healthcheck};
use crate::call_context::CallContext;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::exec::ExecTarget;
use crate::watch::{self, Watchers};
use crate::{files, labels};

/// Root, as the engine is told: an empty user would be the container's.
const ROOT: &str = "0";
/// What engines say where there is no such user, or it may not run the image's
/// programs.
const OUT_OF_RANGE: [&str; 6] =
    ["permission denied", "setuid", "setgid", "mapped", "newuidmap", "invalid argument"];

impl CreateOptions {
    /// Whether process 1 is a user that commands can be. Engines give
    /// capabilities to the container's own user only.
    fn shares_its_user(&self) -> bool {
        self.allows_reachable_watchers
            || self.security.keeps_capabilities
            || !self.security.cap_add.is_empty()
    }

    /// Gives process 1 of a request a user of its own. The image is there.
    pub(super) fn set_watchers(
        &self,
        engine: &Engine,
        context: &CallContext,
        request: &mut ContainerCreateRequest,
    ) -> Result<()> {
        if let Some(time) = self.kill_container_after {
            let milliseconds = time.as_millis().to_string();
            request.labels.insert(labels::KILL_CONTAINER_AFTER.to_owned(), milliseconds);
        }
        if self.shares_its_user() {
            return Ok(());
        }
        if request.user.is_empty() {
            let image = engine.api.image_inspect(context, &self.image);
            request.user = image.map_err(|e| e.context("inspect image"))?.config.user;
        }
        let user = if request.user.is_empty() { ROOT } else { &request.user };
        let uid = Watchers::random_uid()?;
        let processes = self.lifetime.processes(self.max_lifetime);
        request.labels.extend(watch::labels(uid, processes, user));
        request.user = watch::user(uid);
        // It would run a program of the image's as the watchers' user.
        request.healthcheck = Some(Healthcheck { test: vec!["NONE".to_owned()] });
        Ok(())
    }

    /// Refuses a user that the container, which is not started yet, does not know:
    /// else each command would fail for it.
    pub(super) fn check_user(&self, target: &ExecTarget) -> Result<()> {
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        match &self.user {
            Some(user) if !user.split(':').all(is_number) => {
                files::resolve_user(target, user).map(drop)
            }
            _ => Ok(()),
        }
    }

    /// An error of the container's start, with the way out if it is its user's.
    pub(super) fn explain_start(&self, error: Error) -> Error {
        let text = format!("{error:#}");
        let is_users = error.kind() == ErrorKind::Engine
            && OUT_OF_RANGE.iter().any(|words| text.contains(words));
        if self.shares_its_user() || !is_users {
            return error;
        }
        let way_out = "process 1 may be unable to run as a user of its own, which \
                       CreateOptions::allow_reachable_watchers() lets it do without";
        error.context(way_out)
    }
}
