//! The user of PID 1: one of its own, which commands cannot signal.

use super::CreateOptions;
use crate::api::{ContainerCreateRequest, Healthcheck};
use crate::call_context::CallContext;
use crate::engine::Engine;
use crate::error::Result;
use crate::exec::ExecTarget;
use crate::watch::{self, Watchers};
use crate::{files, labels};

/// Root, given explicitly: an empty user would mean the container's.
const ROOT: &str = "0";

impl CreateOptions {
    /// Whether commands can run as the user of PID 1. Engines grant capabilities
    /// only to the container's own user, so with capabilities they must share it.
    pub(super) fn shares_watcher_user(&self) -> bool {
        self.allows_reachable_watchers
            || self.security.keeps_capabilities
            || !self.security.cap_add.is_empty()
    }

    /// Sets up a user of its own for PID 1. The image must be present.
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
        if self.shares_watcher_user() {
            return Ok(());
        }
        if request.user.is_empty() {
            let image = engine.api.image_inspect(context, &self.image);
            request.user = image.map_err(|e| e.context("inspect image"))?.config.user;
        }
        let user = if request.user.is_empty() { ROOT } else { &request.user };
        let uid = Watchers::random_uid()?;
        let processes = self.lifetime_or_default().processes(self.max_lifetime);
        request.labels.extend(watch::labels(uid, processes, user));
        request.user = watch::user(uid);
        // It would run the image's program as the watchers' user.
        request.healthcheck = Some(Healthcheck { test: vec!["NONE".to_owned()] });
        Ok(())
    }

    /// Fails if the container, which is not started yet, does not know its user:
    /// otherwise every command would fail.
    pub(super) fn check_user(&self, target: &ExecTarget) -> Result<()> {
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        match &self.user {
            Some(user) if !user.split(':').all(is_number) => {
                files::resolve_user(target, user).map(drop)
            }
            _ => Ok(()),
        }
    }
}
