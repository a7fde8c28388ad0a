//! An engine, and what the library remembers of it: what all clones of a client
//! share.

use std::sync::{Arc, OnceLock};

use crate::api::{Api, CallContext, SystemInfo};
use crate::error::Result;
use crate::image::Images;
use crate::lease::Leases;
use crate::registry::DockerConfig;
use crate::tasks::Tasks;
use crate::watch::Watches;

/// What a client's operations work on.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) api: Arc<dyn Api>,
    pub(crate) tasks: Arc<Tasks>,
    pub(crate) leases: Leases,
    pub(crate) images: Images,
    pub(crate) watches: Watches,
    /// Where it is written who asks registries.
    pub(crate) docker_config: Option<DockerConfig>,
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
            info: OnceLock::new(),
        }
    }

    /// Forgets a container that is gone.
    pub(crate) fn forget(&self, container: &str) {
        self.leases.release(container);
        self.watches.forget(container);
    }

    /// What the engine can do; asked for once.
    pub(crate) fn info(&self, context: &CallContext) -> Result<&SystemInfo> {
        if let Some(info) = self.info.get() {
            return Ok(info);
        }
        let info =
            self.api.system_info(context).map_err(|e| e.context("ask for the engine's facts"))?;
        Ok(self.info.get_or_init(|| info))
    }
}
