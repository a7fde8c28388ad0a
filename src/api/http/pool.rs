//! Idle keep-alive connections, and the retry when one turns out to be stale.

use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::connection::Connection;
use super::exchange::{self, Request};
use super::response::Response;
use super::upload;
use crate::call_context::{CallContext, Limit};
use crate::error::Result;
use crate::sys;
use crate::transport::{self, Endpoint};

/// The limit of idle connections; more are closed.
const MAX_IDLE: usize = 8;

/// The connections to one endpoint.
#[derive(Debug)]
pub(super) struct Pool {
    endpoint: Arc<Endpoint>,
    connect_timeout: Duration,
    /// `None` once closed.
    idle: Mutex<Option<Vec<Connection>>>,
}

impl Pool {
    pub(super) fn new(endpoint: Endpoint, connect_timeout: Duration) -> Self {
        let endpoint = Arc::new(endpoint);
        Pool { endpoint, connect_timeout, idle: Mutex::new(Some(Vec::new())) }
    }

    /// Sends `request` on an idle or a new connection. If the engine closes an idle
    /// connection just as it is reused, an idempotent request is sent once more, on a
    /// new connection.
    pub(super) fn send(
        &self,
        context: &CallContext,
        request: &Request<'_>,
    ) -> Result<Response<'_>> {
        if let Some(connection) = self.take_idle() {
            match exchange::run(connection, context, request) {
                Ok(exchange) => return Ok(Response::new(exchange, Some(self), context)),
                Err(stale) if stale.unanswered && request.method.is_idempotent() => {
                    log::debug!("sending again on a new connection: {:#}", stale.error);
                }
                Err(failed) => return Err(failed.error),
            }
        }
        let exchange =
            exchange::run(self.connect(context)?, context, request).map_err(|f| f.error)?;
        Ok(Response::new(exchange, Some(self), context))
    }

    /// Sends `request` on a new connection, which is not returned to the pool.
    pub(super) fn send_alone(
        &self,
        context: &CallContext,
        request: &Request<'_>,
    ) -> Result<Response<'_>> {
        let exchange =
            exchange::run(self.connect(context)?, context, request).map_err(|f| f.error)?;
        Ok(Response::new(exchange, None, context))
    }

    /// Sends `request` with a streamed `body`. It cannot be repeated, so it is sent on
    /// a new connection, which is not returned to the pool.
    pub(super) fn upload(
        &self,
        context: &CallContext,
        request: &Request<'_>,
        body: &mut dyn Read,
    ) -> Result<Response<'_>> {
        let connection = self.connect(context)?;
        let exchange = upload::run(connection, context, request, body).map_err(|f| f.error)?;
        Ok(Response::new(exchange, None, context))
    }

    fn connect(&self, context: &CallContext) -> Result<Connection> {
        let context =
            context.clone().within(self.connect_timeout, Limit::Connect(self.connect_timeout));
        context.check()?;
        let stream = transport::connect(&self.endpoint, &context)?;
        Ok(Connection::new(Arc::clone(&self.endpoint), stream))
    }

    fn take_idle(&self) -> Option<Connection> {
        loop {
            let mut connection = sys::lock(&self.idle).as_mut()?.pop()?;
            if connection.is_idle() {
                return Some(connection);
            }
        }
    }

    pub(super) fn put_back(&self, connection: Connection) {
        match sys::lock(&self.idle).as_mut() {
            Some(idle) if idle.len() < MAX_IDLE => idle.push(connection),
            _ => {}
        }
    }

    pub(super) fn close(&self) {
        sys::lock(&self.idle).take();
    }
}
