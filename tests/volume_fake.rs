//! Volumes of a scripted engine: answers that no real one gives.

#[path = "support/fake.rs"]
mod fake;

use fake::{FakeEngine, Then};
use sandcell::{ErrorKind, Result, Volume, VolumeFilter};

const LIST: &str = "GET /v1.41/volumes";

/// What an answer to the request for a list comes to.
fn list(answer: impl Into<String>) -> Result<Vec<Volume>> {
    let answer = answer.into();
    let engine = FakeEngine::on(LIST, move |_, wire| wire.json(200, &answer));
    engine.client().list_volumes(&VolumeFilter::new())
}

#[test]
fn what_a_list_may_leave_out_is_empty() {
    for none in [r#"{"Volumes":null}"#, r#"{"Volumes":[],"Warnings":null,"New":{}}"#] {
        assert!(list(none).unwrap().is_empty(), "{none}");
    }
    let bare = r#"{"Name":"a"}"#;
    let nulls = r#"{"Name":"b","Driver":null,"Mountpoint":null,"Labels":null,"CreatedAt":null}"#;
    let odd = r#"{"Name":"c","CreatedAt":17,"Status":[],"UsageData":-1}"#;
    let volumes = list(format!(r#"{{"Volumes":[{bare},{nulls},{odd}]}}"#)).unwrap();
    for (volume, name) in volumes.iter().zip(["a", "b", "c"]) {
        assert_eq!(volume.name, name);
        assert!(volume.driver.is_empty() && volume.mountpoint.is_empty());
        assert!(volume.labels.is_empty() && volume.created_at.is_empty());
    }
    assert_eq!(volumes.len(), 3);
}

#[test]
fn what_is_no_list_of_volumes_is_an_error() {
    let large = format!(r#"{{"Volumes":[{{"Name":"{}"}}]}}"#, "x".repeat(17 << 20));
    for answer in [
        "",
        "null",
        "{}",
        "[]",
        r#"{"Volumes":{}}"#,
        r#"{"Volumes":[null]}"#,
        r#"{"Volumes":[{}]}"#,
        r#"{"Volumes":[{"Name":null}]}"#,
        r#"{"Volumes":[{"Name":"a","Labels":["b"]}]}"#,
        r#"{"Volumes":[{"Name":"a"}"#,
        &large,
    ] {
        let error = list(answer).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
        assert!(error.to_string().starts_with("list volumes: "), "{error}");
    }
}

/// A name by which an engine cannot be led elsewhere.
#[test]
fn a_name_that_a_list_made_up_is_refused() {
    let volumes = list(r#"{"Volumes":[{"Name":"../containers/x"}]}"#).unwrap();
    let engine = FakeEngine::routine();
    let error = engine.client().remove_volume(&volumes[0].name).unwrap_err();
    assert!(error.is_invalid_argument(), "{error}");
    assert!(engine.requests().is_empty());
}

#[test]
fn conditions_are_sent_as_the_engine_wants_them() {
    let engine = FakeEngine::on(LIST, |_, wire| wire.json(200, r#"{"Volumes":[]}"#));
    let filter = VolumeFilter::new().label("a", "b&c=d").label_key("e");
    assert!(engine.client().list_volumes(&filter).unwrap().is_empty());
    let filter = "%7B%22label%22%3A%5B%22a%3Db%26c%3Dd%22%2C%22e%22%5D%7D";
    assert_eq!(engine.requests()[1], format!("{LIST}?filters={filter}"));
    engine.client().list_volumes(&VolumeFilter::new()).unwrap();
    assert_eq!(engine.requests().last().unwrap(), LIST);
}

#[test]
fn removing_succeeds_only_if_the_volume_is_gone() {
    const REMOVE: &str = "DELETE /v1.41/volumes/a";
    let removed = |looked: u16, removed: u16| {
        let engine = FakeEngine::start(move |request, wire| match &*request.line {
            "GET /v1.41/volumes/a" => wire.json(looked, r#"{"Name":"a","message":"words"}"#),
            REMOVE => wire.json(removed, r#"{"message":"words"}"#),
            _ => Ok(Then::Routine),
        });
        (engine.client().remove_volume("a"), engine.count(REMOVE))
    };
    for (looked, then, sent) in [(200, 204, 1), (200, 404, 1), (404, 204, 0)] {
        let (result, count) = removed(looked, then);
        result.unwrap();
        assert_eq!(count, sent, "{looked} {then}");
    }
    for (looked, then, kind) in [
        (200, 409, ErrorKind::Conflict),
        (200, 500, ErrorKind::Engine),
        (500, 204, ErrorKind::Engine),
    ] {
        let error = removed(looked, then).0.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().ends_with("words"), "{error}");
    }
}

#[test]
fn only_a_missing_volume_is_none() {
    let inspect = |status| {
        let engine = FakeEngine::on(LIST, move |_, wire| wire.json(status, r#"{"Name":"a"}"#));
        engine.client().inspect_volume("a")
    };
    assert_eq!(inspect(200).unwrap().unwrap().name, "a");
    assert!(inspect(404).unwrap().is_none());
    let error = inspect(500).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Engine);
    assert!(error.to_string().starts_with("inspect volume: "), "{error}");
}
