//! The answer to a request: its status and its body, bounded.

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
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{Endpoint, Prebuffered};

/// A JSON answer larger than this is refused: the largest real ones, lists of
/// thousands of containers, stay below.
const MAX_JSON: u64 = 16 * 1024 * 1024;
/// As much of an error answer is kept.
const MAX_MESSAGE: usize = 64 * 1024;

/// An answer whose head was read, and whose body can be, once.
pub(super) struct Response<'pool> {
    exchange: Exchange,
    /// Where the connection goes once the body is read; `None` to close it.
    pool: Option<&'pool Pool>,
    context: CallContext,
    /// How long the engine may be silent where the caller set no deadline.
    silence: Option<Duration>,
}

impl<'pool> Response<'pool> {
    pub(super) fn new(
        exchange: Exchange,
        pool: Option<&'pool Pool>,
        context: &CallContext,
    ) -> Self {
        Response { exchange, pool, context: context.clone(), silence: None }
    }

    /// Reads the body under `context`; if it has no deadline, each read may take
    /// as long as `silence`.
    pub(super) fn patient(mut self, context: &CallContext, silence: Duration) -> Self {
        self.context = context.clone();
        self.silence = Some(silence);
        self
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.exchange.head.headers().get(name)?.to_str().ok()
    }

    /// This answer, or the error that its status and body mean.
    pub(super) fn success(mut self) -> Result<Self> {
        let status = self.exchange.head.status();
        // 304: the container already is as it should be.
        if status.is_success() || status == StatusCode::NOT_MODIFIED {
            return Ok(self);
        }
        let mut body = Vec::new();
        let read = self.by_ref().take(MAX_MESSAGE as u64).read_to_end(&mut body);
        // The status says more than why its message could not be read whole.
        match read.map_err(from_io) {
            Err(error) if matches!(error.kind(), ErrorKind::Cancelled | ErrorKind::Closed) => {
                return Err(error);
            }
            Err(error) => log::debug!("an error answer was cut: {error:#}"),
            Ok(_) => {}
        }
        let error = match is_for_tls(status, &body) {
            true => without_tls(self.exchange.connection.endpoint()),
            false => error_answer(status, &body),
        };
        self.finish();
        Err(error)
    }

    /// The body as JSON.
    pub(super) fn json<T: DeserializeOwned>(mut self) -> Result<T> {
        self.check_length()?;
        let mut body = Vec::new();
        self.by_ref().take(MAX_JSON + 1).read_to_end(&mut body).map_err(from_io)?;
        if body.len() as u64 > MAX_JSON {
            return Err(too_large());
        }
        self.finish();
        json::answer(&body)
            .map_err(|e| Error::protocol("the engine's answer is not as expected").with_source(e))
    }

    /// Reads the body for nothing, so that the connection can be used again.
    pub(super) fn discard(mut self) -> Result<()> {
        self.check_length()?;
        let read = io::copy(&mut self.by_ref().take(MAX_JSON + 1), &mut io::sink());
        if read.map_err(from_io)? > MAX_JSON {
            return Err(too_large());
        }
        self.finish();
        Ok(())
    }

    /// The connection, now a bare stream, with the bytes of it read ahead.
    /// Some engines, and proxies, say 200 for an upgrade, with no length.
    pub(super) fn into_stream(self) -> Result<Box<dyn Stream>> {
        let until_close = self.exchange.body_mode() == BodyMode::CloseDelimited;
        match self.exchange.head.status() {
            StatusCode::SWITCHING_PROTOCOLS => {}
            StatusCode::OK if until_close => {}
            status => {
                self.success()?;
                let problem = "the engine, or a proxy before it, did not hand over the connection";
                return Err(Error::protocol(format!("{problem}: {status}")));
            }
        }
        let (stream, ahead) = self.exchange.connection.into_parts();
        Ok(if ahead.is_empty() { stream } else { Box::new(Prebuffered::new(ahead, stream)) })
    }

    /// The body, to read; once it is read to its end, the connection serves
    /// other requests.
    pub(super) fn into_read(self) -> impl Read + 'pool {
        Body(Some(self))
    }

    /// Refuses a body that says that it is larger than it may be.
    fn check_length(&self) -> Result<()> {
        match self.exchange.body_mode() {
            BodyMode::LengthDelimited(length) if length > MAX_JSON => Err(too_large()),
            _ => Ok(()),
        }
    }

    /// Gives the connection back if the body was read to its end.
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
            connection.use_up(used);
            let until_close = call.body_mode() == BodyMode::CloseDelimited;
            if filled > 0 || buffer.is_empty() || (call.can_proceed() && !until_close) {
                return Ok(filled);
            }
            if used > 0 {
                continue;
            }
            let context = match self.silence {
                Some(silence) => {
                    &self.context.clone().with_default_timeout(silence, Limit::Idle(silence))
                }
                None => &self.context,
            };
            if !connection.receive(context)? {
                let is_whole = until_close && !connection.was_reset();
                return if is_whole { Ok(0) } else { Err(disconnected("receiving an answer")) };
            }
        }
    }
}

impl Read for Response<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_body(buffer).map_err(io::Error::other)
    }
}

/// A body that gives its connection back at its end.
struct Body<'pool>(Option<Response<'pool>>);

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(answer) = &mut self.0 else { return Ok(0) };
        let count = answer.read(buffer)?;
        if count == 0 && !buffer.is_empty() {
            self.0.take().into_iter().for_each(Response::finish);
        }
        Ok(count)
    }
}

/// The error that a [`Read`] of an [`Response`] passed through `std::io`.
pub(super) fn from_io(error: io::Error) -> Error {
    Error::passed_on("read an answer", error)
}

fn too_large() -> Error {
    Error::protocol(format!("the engine's answer is larger than {} MiB", MAX_JSON >> 20))
}

/// Whether an engine with TLS answered what came without. It says so in Go's
/// words.
fn is_for_tls(status: StatusCode, body: &[u8]) -> bool {
    status == StatusCode::BAD_REQUEST
        && body.starts_with(b"Client sent an HTTP request to an HTTPS")
}

fn without_tls(endpoint: &Endpoint) -> Error {
    let hint = "set DOCKER_CERT_PATH and DOCKER_TLS_VERIFY, or tls_ca of the client's builder";
    let message = format!("the engine at {endpoint} wants TLS, but none is set up: {hint}");
    Error::new(ErrorKind::Tls, message).with_http_status(StatusCode::BAD_REQUEST.as_u16())
}

/// The conflict that Podman says in words only when an image cannot be removed.
pub(super) fn in_use(error: Error) -> Error {
    let says = |words| format!("{error:#}").contains(words);
    match says("please force removal") || says("image is in use") || says("image used by") {
        true => error.with_kind(ErrorKind::Conflict),
        false => error,
    }
}

/// What an error answer means. Engines send `{"message": …}`; proxies, and old
/// engines that refuse a version, send plain text.
fn error_answer(status: StatusCode, body: &[u8]) -> Error {
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
        _ if message.contains("no space left on device") => ErrorKind::NoSpace,
        _ => kind_of_cause(&cause),
    };
    let message = if message.is_empty() { "no message".to_owned() } else { message };
    Error::new(kind, format!("the engine answered {status}: {message}"))
        .with_http_status(status.as_u16())
}

/// What the innermost of Podman's errors means: it answers 500 where Docker has
/// a status for each.
fn kind_of_cause(cause: &str) -> ErrorKind {
    match cause {
        "no such container" | "network not found" => ErrorKind::NotFound,
        "that name is already in use" | "container state improper" => ErrorKind::Conflict,
        _ => ErrorKind::Engine,
    }
}
