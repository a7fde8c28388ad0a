//! The response to a request: its status, and its body with a size limit.

use std::io::{self, Read};
use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq_proto::BodyMode;
use ureq_proto::client::RecvResponseResult;

use super::connection::disconnected;
use super::exchange::{Exchange, not_http};
use super::pool::Pool;
use crate::api::{Stream, json};
use crate::call_context::{CallContext, Limit};
use crate::error::{Error, ErrorKind, NO_SPACE, Result};
use crate::transport::{Endpoint, Prebuffered};

/// The size limit of a JSON response, in bytes. The largest real ones, lists of
/// thousands of containers, are smaller.
const MAX_JSON: u64 = 16 * 1024 * 1024;
/// How much room a response gets because of its `Content-Length` alone, in bytes.
const MAX_ROOM: usize = 16 * 1024;
/// How much of an error response is read, in bytes.
const MAX_MESSAGE: usize = 64 * 1024;

/// A response whose head was received, and whose body can be read once.
pub(super) struct Response<'pool> {
    exchange: Exchange,
    /// The pool that the connection returns to after the body; `None` to close it.
    pool: Option<&'pool Pool>,
    context: CallContext,
    /// The timeout of each read, if the caller set no deadline.
    idle_timeout: Option<Duration>,
}

impl<'pool> Response<'pool> {
    pub(super) fn new(
        exchange: Exchange,
        pool: Option<&'pool Pool>,
        context: &CallContext,
    ) -> Self {
        Response { exchange, pool, context: context.clone(), idle_timeout: None }
    }

    /// Sets the context for reading the body. If it has no deadline, `idle_timeout`
    /// applies to each read.
    pub(super) fn streamed(mut self, context: &CallContext, idle_timeout: Duration) -> Self {
        self.context = context.clone();
        self.idle_timeout = Some(idle_timeout);
        self
    }

    pub(super) fn status(&self) -> StatusCode {
        self.exchange.head.status()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.exchange.head.headers().get(name)?.to_str().ok()
    }

    /// Returns this response, or the error that its status and body stand for.
    pub(super) fn success(mut self) -> Result<Self> {
        let status = self.exchange.head.status();
        // 304: the container is already in the requested state.
        if status.is_success() || status == StatusCode::NOT_MODIFIED {
            return Ok(self);
        }
        let mut body = Vec::new();
        let read = self.by_ref().take(MAX_MESSAGE as u64).read_to_end(&mut body);
        // The status matters more than why the message could not be read.
        match read.map_err(from_io) {
            Err(error) if matches!(error.kind(), ErrorKind::Cancelled | ErrorKind::Closed) => {
                return Err(error);
            }
            Err(error) => log::debug!("an error response was truncated: {error:#}"),
            Ok(_) => {}
        }
        let error = match is_for_tls(status, &body) {
            true => without_tls(self.exchange.connection.endpoint()),
            false => error_response(status, &body),
        };
        self.finish();
        Err(error)
    }

    /// Parses the body as JSON.
    pub(super) fn json<T: DeserializeOwned>(mut self) -> Result<T> {
        let mut body = Vec::with_capacity(self.check_length()?);
        self.by_ref().take(MAX_JSON + 1).read_to_end(&mut body).map_err(from_io)?;
        if body.len() as u64 > MAX_JSON {
            return Err(too_large());
        }
        self.finish();
        json::response(&body)
            .map_err(|e| Error::protocol("the engine sent a malformed response").with_source(e))
    }

    /// Reads and discards the body, so that the connection can be reused.
    pub(super) fn discard(mut self) -> Result<()> {
        self.check_length()?;
        let read = io::copy(&mut self.by_ref().take(MAX_JSON + 1), &mut io::sink());
        if read.map_err(from_io)? > MAX_JSON {
            return Err(too_large());
        }
        self.finish();
        Ok(())
    }

    /// Hijacks the connection: returns it as a raw stream, including bytes that were
    /// already received. Some engines and proxies answer an upgrade with status 200
    /// and no length.
    pub(super) fn into_stream(self) -> Result<Box<dyn Stream>> {
        let until_close = self.exchange.body_mode() == BodyMode::CloseDelimited;
        match self.exchange.head.status() {
            StatusCode::SWITCHING_PROTOCOLS => {}
            StatusCode::OK if until_close => {}
            status => {
                self.success()?;
                let problem = "the engine, or a proxy before it, did not upgrade the connection";
                return Err(Error::protocol(format!("{problem}: {status}")));
            }
        }
        let (stream, received) = self.exchange.connection.into_parts();
        Ok(if received.is_empty() { stream } else { Box::new(Prebuffered::new(received, stream)) })
    }

    /// The body as a reader. At its end, the connection returns to the pool.
    pub(super) fn into_read(self) -> impl Read + 'pool {
        Body(Some(self))
    }

    /// Fails if the `Content-Length` exceeds the limit. Returns how much room to make
    /// for the body.
    fn check_length(&self) -> Result<usize> {
        match self.exchange.body_mode() {
            BodyMode::LengthDelimited(length) if length > MAX_JSON => Err(too_large()),
            BodyMode::LengthDelimited(length) => {
                Ok(usize::try_from(length).map_or(MAX_ROOM, |length| length.min(MAX_ROOM)))
            }
            _ => Ok(0),
        }
    }

    /// Returns the connection to the pool if the body was read to its end.
    pub(super) fn finish(self) {
        let Some(pool) = self.pool else { return };
        self.exchange.into_reusable().into_iter().for_each(|connection| pool.put_back(connection));
    }

    fn read_body(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let Exchange { connection, call: RecvResponseResult::RecvBody(call), .. } =
            &mut self.exchange
        else {
            return Ok(0);
        };
        loop {
            let (used, filled) = call.read(connection.input(), buffer).map_err(not_http)?;
            connection.consume(used);
            let until_close = call.body_mode() == BodyMode::CloseDelimited;
            if filled > 0 || buffer.is_empty() || (call.can_proceed() && !until_close) {
                return Ok(filled);
            }
            if used > 0 {
                continue;
            }
            let context = match self.idle_timeout {
                Some(timeout) => {
                    &self.context.clone().with_default_timeout(timeout, Limit::Idle(timeout))
                }
                None => &self.context,
            };
            if !connection.receive(context)? {
                let is_whole = until_close && !connection.was_reset();
                return if is_whole { Ok(0) } else { Err(disconnected("receiving a response")) };
            }
        }
    }
}

impl Read for Response<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_body(buffer).map_err(io::Error::other)
    }
}

/// A body that returns its connection to the pool at its end.
struct Body<'pool>(Option<Response<'pool>>);

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(response) = &mut self.0 else { return Ok(0) };
        let count = response.read(buffer)?;
        if count == 0 && !buffer.is_empty() {
            self.0.take().into_iter().for_each(Response::finish);
        }
        Ok(count)
    }
}

/// Unwraps the error that reading a [`Response`] passed through `std::io`.
pub(super) fn from_io(error: io::Error) -> Error {
    Error::passed_on("read a response", error)
}

fn too_large() -> Error {
    Error::protocol(format!("the engine's response is larger than {} MiB", MAX_JSON >> 20))
}

/// Whether the server expects TLS. The text is that of Go's HTTP server.
fn is_for_tls(status: StatusCode, body: &[u8]) -> bool {
    status == StatusCode::BAD_REQUEST
        && body.starts_with(b"Client sent an HTTP request to an HTTPS")
}

fn without_tls(endpoint: &Endpoint) -> Error {
    let hint = "set DOCKER_CERT_PATH and DOCKER_TLS_VERIFY, or ClientBuilder::tls_ca";
    let message = format!("the engine at {endpoint} requires TLS, which is not set up: {hint}");
    Error::new(ErrorKind::Tls, message).with_http_status(StatusCode::BAD_REQUEST.as_u16())
}

/// Detects the conflict of an image in use, which Podman only reports as text.
pub(super) fn in_use(error: Error) -> Error {
    let says = |words| format!("{error:#}").contains(words);
    match says("please force removal") || says("image is in use") || says("image used by") {
        true => error.with_kind(ErrorKind::Conflict),
        false => error,
    }
}

/// The error of an error response. Engines send `{"message": …}`; proxies, and old
/// engines that reject a version, send plain text.
fn error_response(status: StatusCode, body: &[u8]) -> Error {
    #[derive(Deserialize)]
    struct Body {
        message: String,
        #[serde(default)]
        cause: String,
    }
    let Body { message, cause } = serde_json::from_slice(body).unwrap_or_else(|_| Body {
        message: String::from_utf8_lossy(body).trim().to_owned(),
        cause: String::new(),
    });
    let kind = match status {
        StatusCode::NOT_FOUND => ErrorKind::NotFound,
        StatusCode::CONFLICT => ErrorKind::Conflict,
        _ if message.contains(NO_SPACE) => ErrorKind::NoSpace,
        _ => kind_of_cause(&cause),
    };
    let message = if message.is_empty() { "no message".to_owned() } else { message };
    Error::new(kind, format!("the engine returned {status}: {message}"))
        .with_http_status(status.as_u16())
}

/// Classifies Podman's errors by their innermost cause: Podman responds with 500
/// where Docker has a status of its own.
fn kind_of_cause(cause: &str) -> ErrorKind {
    match cause {
        "no such container" | "network not found" => ErrorKind::NotFound,
        "that name is already in use" | "container state improper" => ErrorKind::Conflict,
        _ => ErrorKind::Engine,
    }
}
