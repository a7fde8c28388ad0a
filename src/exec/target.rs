//! The container that a command runs in.

use std::any::Any;
use std::sync::Arc;

use crate::api::{Api, CallContext};
use crate::engine::Engine;
use crate::error::Result;
use crate::watch::Watch;

/// Keeps the client open while a handle exists.
pub(crate) type KeepAlive = Arc<dyn Any + Send + Sync>;

/// The container that a command runs in, and the limits of the call.
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

    /// Returns what is known about the container.
    pub(crate) fn watch(&self) -> Result<Arc<Watch>> {
        self.engine.watches.of(self.api(), &self.context, &self.container)
    }

    /// The same target under other limits.
    pub(crate) fn under(&self, context: CallContext) -> Self {
        ExecTarget { context, ..self.clone() }
    }
}
