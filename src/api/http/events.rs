//! What an engine remembers of its execs: JSON values, one after the other.

use std::io::{BufReader, Read};

use serde::{Deserialize, Serialize};

use super::response::Response;
use crate::error::{Error, Result};

/// As much is read: a second's events are a thousandth of it.
const MAX_EVENTS: u64 = 1024 * 1024;

/// Which events are asked for.
#[derive(Serialize)]
pub(super) struct Filters<'a> {
    container: [&'a str; 1],
    event: [&'static str; 1],
}

impl<'a> Filters<'a> {
    /// The ends of execs of one container.
    pub(super) fn ended_execs(container: &'a str) -> Self {
        Filters { container: [container], event: ["exec_died"] }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    #[serde(default)]
    actor: Actor,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Actor {
    attributes: Attributes,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Attributes {
    container_exit_code: String,
}

/// The exit codes that the events tell.
pub(super) fn exit_codes(answer: Response<'_>) -> Result<Vec<i64>> {
    let events = BufReader::new(answer.into_read().take(MAX_EVENTS));
    let events = serde_json::Deserializer::from_reader(events).into_iter::<Event>();
    let unexpected = |e| Error::protocol("the events are not as expected").with_source(e);
    let code = |event: Event| event.actor.attributes.container_exit_code.parse().ok();
    events.filter_map(|event| event.map(code).map_err(unexpected).transpose()).collect()
}
