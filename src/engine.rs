//! An engine and the state that all clones of a client share.

use std::any::Any;
use std::sync::{Arc, OnceLock};

use crate::api::{Api, CallContext, SystemInfo};
use crate::error::Result;
use crate::image::Images;
use crate::lease::Leases;
use crate::registry::DockerConfig;
use crate::tasks::Tasks;
use crate::watch::Watches;

/// The shared state behind a client.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) api: Arc<dyn Api>,
    pub(crate) tasks: Arc<Tasks>,
    pub(crate) leases: Leases,
    pub(crate) images: Images,
    pub(crate) watches: Watches,
    /// Where registry credentials are configured.
    pub(crate) docker_config: Option<DockerConfig>,
    /// The keeper of commands, whose type is the layer of commands' own.
    pub(crate) keeper: OnceLock<Arc<dyn Any + Send + Sync>>,
    info: OnceLock<SystemInfo>,
}

impl Engine {
    pub(crate) fn new(api: Arc<dyn Api>, docker_config: Option<DockerConfig>) -> Self {
        Engine {
            api,
            tasks: Arc::default(),
            leases: Leases::default(),
            images: Images::default(),
            watches: Watches::default(),
            docker_config,
            keeper: OnceLock::new(),
            info: OnceLock::new(),
        }
    }

    /// Drops all state about a removed container.
    pub(crate) fn forget(&self, container: &str) {
        self.leases.release(container);
        self.watches.forget(container);
    }

    /// Returns the system information if it was requested before.
    pub(crate) fn known_info(&self) -> Option<&SystemInfo> {
        self.info.get()
    }

    /// Returns the engine's system information, requested once.
    pub(crate) fn info(&self, context: &CallContext) -> Result<&SystemInfo> {
        if let Some(info) = self.info.get() {
            return Ok(info);
        }
        let info =
            self.api.system_info(context).map_err(|e| e.context("query engine information"))?;
        Ok(self.info.get_or_init(|| info))
    }

    /// Whether the engine is Podman; an error if it does not say.
    pub(crate) fn is_podman(&self, context: &CallContext) -> Result<bool> {
        match self.info(context) {
            Ok(info) => Ok(info.is_podman()),
            Err(error) if error.is_interruption() || error.is_unreachable() => Err(error),
            // A proxy may show less than that.
            Err(_) => Ok(self.api.server_version(context)?.is_podman()),
        }
    }
}
