//! Sends a request whose body is streamed in chunks.

use std::io::Read;

use ureq_proto::client::Call;
use ureq_proto::client::state::SendBody;

use super::connection::Connection;
use super::exchange::{self, Exchange, Failed, Request};
use crate::call_context::{CallContext, IDLE_TIMEOUT, Limit};
use crate::error::{Error, Result};
use crate::supplied;

/// How much of the body is read and sent at a time.
const CHUNK: usize = 64 * 1024;
/// Space for the chunk headers.
const CHUNK_OVERHEAD: usize = 1024;

/// Sends `request` with `body`, and receives the response head.
///
/// An engine may respond before it has read the whole body, and close the
/// connection. So the connection is read all the while, and an early response counts
/// even if sending fails.
pub(super) fn run(
    mut connection: Connection,
    context: &CallContext,
    request: &Request<'_>,
    body: &mut dyn Read,
) -> Result<Exchange, Failed> {
    let (head, mut call) = request.encode_before_body(connection.endpoint())?;
    let sent = match send(&mut connection, context, &head, &mut call, body) {
        Err(error) if !error.is_broken_pipe() => return Err(error.into()),
        sent => sent,
    };
    if !call.can_proceed() {
        // This sends nothing; it moves the protocol state on to the response.
        call.write(&[], &mut [0; CHUNK_OVERHEAD]).map_err(not_sent)?;
    }
    let incomplete = || Error::protocol("the request body is incomplete");
    let call = call.proceed().ok_or_else(incomplete)?;
    let sent_whole = *sent.as_ref().unwrap_or(&false);
    let context = &with_idle_timeout(context);
    let exchange = exchange::receive(connection, context, call, sent_whole);
    exchange.map_err(|failed| match sent {
        Err(error) if failed.unanswered => Failed { error, unanswered: true },
        _ => failed,
    })
}

/// Sends head and body until the engine responds. Returns whether all was sent.
fn send(
    connection: &mut Connection,
    context: &CallContext,
    head: &[u8],
    call: &mut Call<SendBody>,
    body: &mut dyn Read,
) -> Result<bool> {
    let mut send =
        |bytes: &[u8]| connection.send_until_response(&with_idle_timeout(context), bytes);
    let mut all_sent = send(head)?;
    let (mut chunk, mut encoded) = (vec![0; CHUNK], vec![0; CHUNK + CHUNK_OVERHEAD]);
    while all_sent && !call.can_proceed() {
        let count = supplied::read(body, &mut chunk)
            .map_err(|e| Error::passed_on("read the request body", e))?;
        // An empty chunk is the end.
        let mut rest = &chunk[..count];
        loop {
            let (used, filled) = call.write(rest, &mut encoded).map_err(not_sent)?;
            rest = &rest[used..];
            all_sent = all_sent && send(&encoded[..filled])?;
            if rest.is_empty() || !all_sent {
                break;
            }
        }
    }
    Ok(all_sent)
}

/// The caller's limits, or else the idle timeout of a transfer.
fn with_idle_timeout(context: &CallContext) -> CallContext {
    context.clone().with_default_timeout(IDLE_TIMEOUT, Limit::Idle(IDLE_TIMEOUT))
}

fn not_sent(error: ureq_proto::Error) -> Error {
    Error::protocol("cannot send the request body").with_source(error)
}
