//! Parses the engine's events about execs, a sequence of JSON values.

use std::io::{BufReader, Read};

use serde::{Deserialize, Serialize};

use super::response::Response;
use crate::error::{Error, Result};

/// The limit of bytes to read. The events of a second are about a thousandth of it.
const MAX_EVENTS: u64 = 1024 * 1024;

/// The filters of an events request.
#[derive(Serialize)]
pub(super) struct Filters<'a> {
    container: [&'a str; 1],
    event: [&'static str; 1],
}

impl<'a> Filters<'a> {
    /// Selects the events of execs that ended in one container.
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

/// Extracts the exit codes from the events.
pub(super) fn exit_codes(response: Response<'_>) -> Result<Vec<i64>> {
    let events = BufReader::new(response.into_read().take(MAX_EVENTS));
    let events = serde_json::Deserializer::from_reader(events).into_iter::<Event>();
    let unexpected = |e| Error::protocol("the engine sent malformed events").with_source(e);
    let code = |event: Event| event.actor.attributes.container_exit_code.parse().ok();
    events.filter_map(|event| event.map(code).map_err(unexpected).transpose()).collect()
}
