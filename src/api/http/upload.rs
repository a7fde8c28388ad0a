//! A request whose body is streamed, in chunks.

use std::io::Read;

use ureq_proto::client::Call;
use ureq_proto::client::state::SendBody;

use super::connection::Connection;
use super::exchange::{self, Exchange, Failed, Request};
use crate::call_context::{CallContext, IDLE_TIMEOUT, Limit};
use crate::error::{Error, Result};
use crate::supplied;

/// How much of the body is read and sent at once.
const PART: usize = 64 * 1024;
/// Room for the marks around the chunks of a part.
const MARKS: usize = 1024;

/// Sends `request` with what `body` gives, and reads the head of its answer.
///
/// An engine may answer before it has read all, and close: it is listened to
/// all the while, and what it says counts even if sending fails.
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
        // Nothing is sent by this: it lets the protocol go on to the answer.
        call.write(&[], &mut [0; MARKS]).map_err(not_sent)?;
    }
    let call = call.proceed().ok_or_else(|| Error::protocol("a body does not end"))?;
    let sent_whole = *sent.as_ref().unwrap_or(&false);
    let answer = exchange::receive(connection, &patient(context), call, sent_whole);
    answer.map_err(|failed| match sent {
        Err(error) if failed.unanswered => Failed { error, unanswered: true },
        _ => failed,
    })
}

/// Sends head and body, unless the engine answers before; whether it did not.
fn send(
    connection: &mut Connection,
    context: &CallContext,
    head: &[u8],
    call: &mut Call<SendBody>,
    body: &mut dyn Read,
) -> Result<bool> {
    let mut send = |bytes: &[u8]| connection.send_unless_answered(&patient(context), bytes);
    let mut go_on = send(head)?;
    let (mut part, mut wire) = (vec![0; PART], vec![0; PART + MARKS]);
    while go_on && !call.can_proceed() {
        let count = supplied::read(body, &mut part)
            .map_err(|e| Error::passed_on("read what is to be sent", e))?;
        // An empty part is the end.
        let mut rest = &part[..count];
        loop {
            let (used, filled) = call.write(rest, &mut wire).map_err(not_sent)?;
            rest = &rest[used..];
            go_on = go_on && send(&wire[..filled])?;
            if rest.is_empty() || !go_on {
                break;
            }
        }
    }
    Ok(go_on)
}

/// The caller's limits, or else the one for a transfer in which nothing moves.
fn patient(context: &CallContext) -> CallContext {
    context.clone().with_default_timeout(IDLE_TIMEOUT, Limit::Idle(IDLE_TIMEOUT))
}

fn not_sent(error: ureq_proto::Error) -> Error {
    Error::protocol("a body cannot be sent").with_source(error)
}
