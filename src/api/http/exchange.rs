//! One HTTP/1.1 exchange, up to the response head. The protocol is implemented by
//! ureq-proto, which does no I/O; the bytes go through a [`Connection`].

use http::Method;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, UPGRADE, USER_AGENT};
use ureq_proto::BodyMode;
use ureq_proto::client::state::{RecvResponse, SendBody};
use ureq_proto::client::{Call, RecvBodyResult, RecvResponseResult, SendRequestResult};

use super::auth;
use super::connection::{Connection, disconnected};
use crate::api::RegistryAuth;
use crate::call_context::CallContext;
use crate::error::{Error, Result};
use crate::transport::Endpoint;

/// Space for a request head, beside its target. The longest part is a
/// percent-encoded name.
const HEAD_ROOM: usize = 4 * 1024;

/// The body of a request.
#[derive(Debug)]
pub(super) enum Body<'a> {
    /// JSON; empty for no body.
    Json(&'a [u8]),
    /// A tar archive, sent in chunks because its length is not known in advance.
    Tar,
}

impl Body<'_> {
    /// The bytes that are sent together with the head.
    fn bytes(&self) -> &[u8] {
        match self {
            Body::Json(bytes) => bytes,
            Body::Tar => &[],
        }
    }
}

/// A request to send.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) method: Method,
    /// The path and query, percent-encoded.
    pub(super) target: &'a str,
    pub(super) body: Body<'a>,
    /// Whether the connection is to be hijacked: upgraded to a raw stream.
    pub(super) upgrade: bool,
    /// The credentials for a registry.
    pub(super) auth: Option<&'a RegistryAuth>,
}

impl<'a> Request<'a> {
    pub(super) fn new(method: Method, target: &'a str) -> Self {
        Request { method, target, body: Body::Json(&[]), upgrade: false, auth: None }
    }

    pub(super) fn get(target: &'a str) -> Self {
        Request::new(Method::GET, target)
    }

    /// Encodes the request; returns its bytes, and the protocol state after sending.
    fn encode(&self, to: &Endpoint) -> Result<(Vec<u8>, Call<RecvResponse>), EncodeError> {
        let (mut bytes, call) = self.encode_head(to)?;
        let call = match call {
            SendRequestResult::RecvResponse(call) => call,
            SendRequestResult::SendBody(mut call) => {
                bytes.extend_from_slice(self.body.bytes());
                call.consume_direct_write(self.body.bytes().len())?;
                call.proceed().ok_or(EncodeError::Incomplete)?
            }
            SendRequestResult::Await100(_) => return Err(EncodeError::Incomplete),
        };
        Ok((bytes, call))
    }

    /// Encodes the head of a request whose body is sent separately.
    pub(super) fn encode_before_body(&self, to: &Endpoint) -> Result<(Vec<u8>, Call<SendBody>)> {
        match self.encode_head(to)? {
            (bytes, SendRequestResult::SendBody(call)) => Ok((bytes, call)),
            _ => Err(EncodeError::Incomplete.into()),
        }
    }

    fn encode_head(&self, to: &Endpoint) -> Result<(Vec<u8>, SendRequestResult), EncodeError> {
        let target = format!("{}{}", to.base_path(), self.target);
        let mut bytes = vec![0; target.len() + HEAD_ROOM];
        let mut call = Call::new(self.head(target, to)?)?.proceed();
        let mut filled = 0;
        while !call.can_proceed() {
            filled += call.write(&mut bytes[filled..])?;
        }
        bytes.truncate(filled);
        if let Some(auth) = self.auth {
            auth::insert(&mut bytes, auth)?;
        }
        Ok((bytes, call.proceed()?.ok_or(EncodeError::Incomplete)?))
    }

    fn head(&self, target: String, to: &Endpoint) -> Result<http::Request<()>, EncodeError> {
        let mut builder = http::Request::builder()
            .method(&self.method)
            .uri(target)
            .header(HOST, to.http_host())
            .header(USER_AGENT, concat!("sandcell/", env!("CARGO_PKG_VERSION")));
        match self.body {
            // Without a Content-Length, the body is sent in chunks.
            Body::Tar => builder = builder.header(CONTENT_TYPE, "application/x-tar"),
            Body::Json(json) => {
                if self.method == Method::POST {
                    builder = builder.header(CONTENT_LENGTH, json.len());
                }
                if !json.is_empty() {
                    builder = builder.header(CONTENT_TYPE, "application/json");
                }
            }
        }
        if self.upgrade {
            builder = builder.header(CONNECTION, "Upgrade").header(UPGRADE, "tcp");
        }
        Ok(builder.body(())?)
    }
}

/// Why a request could not be encoded. This is a bug: targets are percent-encoded.
#[derive(Debug, thiserror::Error)]
pub(super) enum EncodeError {
    #[error(transparent)]
    Request(#[from] http::Error),
    #[error(transparent)]
    Protocol(#[from] ureq_proto::Error),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("the request head is incomplete")]
    Incomplete,
}

impl From<EncodeError> for Error {
    fn from(error: EncodeError) -> Self {
        Error::invalid("request", "cannot be encoded").with_source(error)
    }
}

/// An exchange whose response head was received.
pub(super) struct Exchange {
    pub(super) connection: Connection,
    pub(super) head: http::Response<()>,
    /// The protocol state.
    pub(super) call: RecvResponseResult,
    /// Whether all of the request was sent.
    pub(super) sent_whole: bool,
}

impl Exchange {
    /// How the body is delimited, with its length if none of it was read.
    pub(super) fn body_mode(&self) -> BodyMode {
        match &self.call {
            RecvResponseResult::RecvBody(call) => call.body_mode(),
            _ => BodyMode::NoBody,
        }
    }

    /// The connection, if the body was read to its end and the connection can be
    /// reused.
    pub(super) fn into_reusable(self) -> Option<Connection> {
        let ended = match self.call {
            RecvResponseResult::RecvBody(call) => call.proceed()?,
            RecvResponseResult::Redirect(call) => RecvBodyResult::Redirect(call),
            RecvResponseResult::Cleanup(call) => RecvBodyResult::Cleanup(call),
        };
        let must_close = match ended {
            RecvBodyResult::Redirect(call) => call.must_close_connection(),
            RecvBodyResult::Cleanup(call) => call.must_close_connection(),
        };
        (self.sent_whole && !must_close).then_some(self.connection)
    }
}

/// A failed exchange.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) error: Error,
    /// Whether the connection ended before any byte of a response.
    pub(super) unanswered: bool,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Failed { error, unanswered: false }
    }
}

/// Sends `request` and receives the response head.
pub(super) fn run(
    mut connection: Connection,
    context: &CallContext,
    request: &Request<'_>,
) -> Result<Exchange, Failed> {
    let (bytes, call) = request.encode(connection.endpoint()).map_err(Error::from)?;
    // An engine may reject a request before it has read all of it, and close the
    // connection: after a failed write, its response may still be readable.
    let sent = match connection.send(context, &bytes) {
        Err(error) if !error.is_broken_pipe() => return Err(error.into()),
        sent => sent,
    };
    let exchange = receive(connection, context, call, sent.is_ok());
    exchange.map_err(|failed| match sent {
        Err(error) if failed.unanswered => Failed { error, unanswered: true },
        _ => failed,
    })
}

/// Receives the response head of a request that was sent, completely or not.
pub(super) fn receive(
    mut connection: Connection,
    context: &CallContext,
    mut call: Call<RecvResponse>,
    sent_whole: bool,
) -> Result<Exchange, Failed> {
    let head = receive_head(&mut connection, context, &mut call)?;
    let incomplete = || Error::protocol("the engine's response has an incomplete head");
    let call = call.proceed().ok_or_else(incomplete)?;
    Ok(Exchange { connection, head, call, sent_whole })
}

fn receive_head(
    connection: &mut Connection,
    context: &CallContext,
    call: &mut Call<RecvResponse>,
) -> Result<http::Response<()>, Failed> {
    let mut answered = false;
    loop {
        // One pass for each interim (1xx) response, and one for the final response.
        while !connection.input().is_empty() {
            let (used, head) = call.try_response(connection.input(), false).map_err(not_http)?;
            connection.consume(used);
            match head {
                Some(head) => return Ok(head),
                None if used == 0 => break,
                None => {}
            }
        }
        answered |= !connection.input().is_empty();
        let more = connection.receive(context)?;
        if !more {
            let error =
                disconnected(if answered { "receiving a head" } else { "waiting for a response" });
            return Err(Failed { error, unanswered: !answered });
        }
    }
}

pub(super) fn not_http(error: ureq_proto::Error) -> Error {
    Error::protocol("the engine's response is not HTTP").with_source(error)
}
