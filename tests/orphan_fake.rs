//! Sweeps of a scripted engine: what becomes of a container between the list
//! and its removal, and engines that do not do as asked.

#[path = "support/fake.rs"]
mod fake;

use std::collections::HashMap;
use std::sync::Mutex;

use fake::{FakeEngine, Request, Step, Then, Wire};
use sandcell::{ContainerStatus, ErrorKind, Orphan, SweepDecision};

const LIST: &str = "GET /v1.41/containers/json?";
/// Labels of an ended container that says no more than whose home it is.
const LABELS: &str = r#"{"anna.sandbox.anna_home":"/home a"}"#;

/// A container in a list.
fn listed(id: &str, state: &str, created: u32, labels: &str) -> String {
    format!(
        r#"{{"Id":"{id}","Names":["/n-{id}"],"State":"{state}","Created":{created},"Labels":{labels}}}"#
    )
}

/// The answer to an inspect.
fn inspected(id: &str, state: &str, labels: &str) -> String {
    format!(r#"{{"Id":"{id}","State":{{"Status":"{state}"}},"Config":{{"Labels":{labels}}}}}"#)
}

/// An engine that lists `list` and is for the rest as `script` says.
fn engine(
    list: &str,
    script: impl Fn(&Request, &mut Wire) -> Step + Send + Sync + 'static,
) -> FakeEngine {
    let list = format!("[{list}]");
    FakeEngine::start(move |request, wire| {
        if request.line.starts_with(LIST) { wire.json(200, &list) } else { script(request, wire) }
    })
}

#[test]
fn only_the_home_that_was_asked_for_is_looked_at() {
    let other = r#"{"anna.sandbox.anna_home":"/home"}"#;
    let list = [listed("c1", "exited", 1, other), listed("c2", "exited", 1, "null")].join(",");
    let engine = engine(&list, |_, _| Ok(Then::Routine));
    assert!(engine.client().cleanup_orphaned_containers("/home a").unwrap().is_empty());
    let filter = "%7B%22label%22%3A%5B%22anna.sandbox.anna_home%3D%2Fhome%20a%22%5D%7D";
    let line = format!("{LIST}all=1&filters={filter}");
    assert_eq!(engine.requests(), ["GET /_ping".to_owned(), line]);
}

#[test]
fn a_list_that_fails_fails_the_sweep() {
    let engine = FakeEngine::on(LIST, |_, wire| wire.json(500, r#"{"message":"no"}"#));
    for result in [engine.client().orphans("h"), engine.client().cleanup_orphaned_containers("h")] {
        let error = result.unwrap_err();
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::Engine, Some(500)));
    }
}

/// Sweeps c1 to c5, on an engine that answers by the id, whether it is looked
/// at (or removed), and how often that was asked for before.
fn sweep_five(
    answer: impl Fn(&str, bool, usize) -> (u16, String) + Send + Sync + 'static,
) -> Vec<Orphan> {
    let list = ["c1", "c2", "c3", "c4", "c5"].map(|id| listed(id, "exited", 1, LABELS)).join(",");
    let asked = Mutex::new(HashMap::new());
    let engine = engine(&list, move |request, wire| {
        let Some((_, path)) = request.line.split_once("/containers/") else {
            return Ok(Then::Routine);
        };
        let (id, is_look) = (&path[..2], request.line.starts_with("GET "));
        let mut asked = asked.lock().unwrap();
        let count = asked.entry((id.to_owned(), is_look)).or_insert(0);
        let (status, body) = answer(id, is_look, *count);
        *count += 1;
        wire.json(status, &body)
    });
    engine.client().cleanup_orphaned_containers("/home a").unwrap()
}

#[test]
fn a_container_that_cannot_be_removed_does_not_end_the_sweep() {
    let no = |status, text: &str| (status, format!(r#"{{"message":"{text}"}}"#));
    let done = sweep_five(move |id, is_look, count| match (id, is_look, count) {
        ("c1", ..) => no(500, "broken"),
        ("c2", false, _) => no(500, "device is busy"),
        // Somebody else is at it, and done when it is looked at again.
        ("c3", false, _) => no(409, "removal is already in progress"),
        ("c3", true, 1..) => no(404, "gone"),
        // Some engines fail then, and say so the next time.
        ("c4", false, 0) | ("c5", true, 0) => no(500, "not in the database"),
        ("c4", false, _) | ("c5", true, _) => no(404, "gone"),
        _ => (200, inspected(id, "exited", LABELS)),
    });
    let removed: Vec<_> = done.iter().map(|orphan| orphan.removed).collect();
    assert_eq!(removed, [false, false, true, true, true]);
    assert!(done.iter().all(|orphan| orphan.removed == orphan.error.is_none()), "{done:?}");
    let error = done[1].error.as_ref().unwrap();
    assert!(error.to_string().contains("device is busy"), "{error}");
}

#[test]
fn a_container_is_looked_at_again_before_it_is_removed() {
    let own = format!(
        r#"{{"anna.sandbox.anna_home":"/home a","anna.sandbox.owner_pid":"{}"}}"#,
        std::process::id()
    );
    for (now, decision, removed) in [
        (Some(inspected("c1", "exited", &own)), SweepDecision::Remove, true),
        (Some(inspected("c1", "running", &own)), SweepDecision::Keep, false),
        (Some(inspected("c1", "exited", LABELS)), SweepDecision::Keep, false),
        (Some(inspected("c9", "exited", &own)), SweepDecision::Keep, false),
        (None, SweepDecision::Remove, true),
    ] {
        let engine = engine(&listed("c1", "exited", 1, &own), {
            let now = now.clone();
            move |request, wire| match &now {
                Some(now) if request.line.ends_with("/c1/json") && request.nth == 2 => {
                    wire.json(200, now)
                }
                _ if request.line.ends_with("/c1/json") => wire.json(404, "{}"),
                _ => Ok(Then::Routine),
            }
        });
        let done = engine.client().cleanup_orphaned_containers("/home a").unwrap().remove(0);
        assert_eq!((done.decision, done.removed), (decision, removed), "{now:?}: {done:?}");
        assert!(done.error.is_none(), "{done:?}");
        let is_deleted = decision == SweepDecision::Remove && now.is_some();
        assert_eq!(engine.count("DELETE "), usize::from(is_deleted), "{now:?}");
    }
}

#[test]
fn states_between_two_others_are_waited_for_and_an_unknown_owner_is_left() {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let young = u32::try_from(now).unwrap() - 3000;
    let nobodys = r#"{"anna.sandbox.anna_home":"h","sandcell.create_token":"x"}"#;
    let nonsense = r#"{"anna.sandbox.anna_home":"h","sandcell.owner":"x"}"#;
    let labels = r#"{"anna.sandbox.anna_home":"h"}"#;
    let list = [
        listed("c1", "removing", 1, labels),
        listed("c2", "removing", young, labels),
        listed("c3", "new-state", 1, labels),
        listed("c4", "new-state", young, labels),
        listed("c5", "exited", 1, nobodys),
        listed("c6", "removing", 1, nobodys),
        listed("c7", "dead", 1, nonsense),
        listed("c8", "dead", 1, labels),
    ]
    .join(",");
    let engine = engine(&list, |_, _| Ok(Then::Routine));
    let found = engine.client().orphans("h").unwrap();
    let orphaned = found.iter().filter(|orphan| orphan.decision == SweepDecision::Remove);
    assert_eq!(orphaned.map(|orphan| &*orphan.id).collect::<Vec<_>>(), ["c1", "c3", "c8"]);
    assert_eq!(found[2].status, ContainerStatus::Unknown);
    assert_eq!(engine.count("DELETE "), 0);
}

#[test]
fn a_cancelled_sweep_tells_what_it_did_not_do() {
    let list = ["c1", "c2"].map(|id| listed(id, "exited", 1, LABELS)).join(",");
    let token = sandcell::CancelToken::new();
    let cancel = token.clone();
    let engine = engine(&list, move |request, wire| {
        if request.line.starts_with("DELETE ") {
            cancel.cancel();
            return wire.hold();
        }
        match request.line.as_str() {
            "GET /v1.41/containers/c1/json" => wire.json(200, &inspected("c1", "exited", LABELS)),
            _ => Ok(Then::Routine),
        }
    });
    let client = engine.client().with_cancel(&token);
    for orphan in client.cleanup_orphaned_containers("/home a").unwrap() {
        assert!(!orphan.removed);
        assert_eq!(orphan.error.unwrap().kind(), ErrorKind::Cancelled);
    }
}
