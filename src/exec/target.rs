//! Where a command runs.

use std::any::Any;
use std::sync::Arc;

use crate::api::{Api, CallContext};
use crate::engine::Engine;
use crate::error::Result;
use crate::watch::Watch;

/// What must not be dropped, and so closed, while a handle is there.
pub(crate) type KeepAlive = Arc<dyn Any + Send + Sync>;

/// Where a command runs, and under which limits.
#[derive(Clone, Debug)]
pub(crate) struct ExecTarget {
    pub(crate) engine: Arc<Engine>,
    pub(crate) context: CallContext,
    pub(crate) container: String,
}

impl ExecTarget {
    pub(crate) fn api(&self) -> &dyn Api {
        self.engine.api.as_ref()
    }

    /// What there is to know of the container.
    pub(crate) fn watch(&self) -> Result<Arc<Watch>> {
        self.engine.watches.of(self.api(), &self.context, &self.container)
    }

    /// The same, under other limits.
    pub(crate) fn under(&self, context: CallContext) -> Self {
        ExecTarget { context, ..self.clone() }
    }
}
