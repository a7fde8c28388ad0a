//! Pulling, where only a scripted engine does what a test needs.

mod support;

#[path = "support/fake.rs"]
mod fake;

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE;
use fake::{FakeEngine, Then, check};
use sandcell::{
    CancelToken, CreateOptions, Credentials, Error, ErrorKind, PullOptions, PullProgress,
};
use support::front::{Images, Pull, on_each_front};

on_each_front! {
    progress_comes_as_the_engine_tells_it
    an_identity_token_is_sent
}

const INSPECT: &str = "GET /v1.41/images/";
const PULL: &str = "POST /v1.41/images/create";
const NO_SUCH_IMAGE: &str = r#"{"message":"No such image"}"#;

/// An engine without images, whose pulls `pull` answers; it is told which pull it is.
fn without_images(
    pull: impl Fn(usize, &mut fake::Wire) -> fake::Step + Send + Sync + 'static,
) -> FakeEngine {
    let pulls = AtomicUsize::new(0);
    FakeEngine::start(move |request, wire| {
        if request.line.starts_with(INSPECT) {
            wire.json(404, NO_SUCH_IMAGE)
        } else if request.line.starts_with(PULL) {
            pull(pulls.fetch_add(1, Ordering::SeqCst), wire)
        } else {
            Ok(Then::Routine)
        }
    })
}

fn pulled(wire: &mut fake::Wire) -> fake::Step {
    wire.json(200, r#"{"status":"Pulled"}"#)
}

#[test]
fn a_failure_has_the_kind_that_its_words_mean() {
    let denied = "requested access to the resource is denied";
    for (words, kind) in [
        ("unauthorized: authentication required", ErrorKind::Unauthorized),
        ("Head \"http://r/v2/a/manifests/b\": no basic auth credentials", ErrorKind::Unauthorized),
        (
            "Get \"https://r/v2/\": unauthorized: incorrect username or password",
            ErrorKind::Unauthorized,
        ),
        ("unable to retrieve auth token: invalid username/password", ErrorKind::Unauthorized),
        (denied, ErrorKind::Unauthorized),
        ("toomanyrequests: You have reached your pull rate limit", ErrorKind::RateLimited),
        ("received unexpected HTTP status: 429 Too Many Requests", ErrorKind::RateLimited),
        ("write /var/lib/docker/tmp/x: no space left on device", ErrorKind::NoSpace),
        ("manifest unknown: manifest unknown", ErrorKind::NotFound),
        ("no matching manifest for linux/arm64 in the manifest list entries", ErrorKind::NotFound),
        ("no image found in manifest list for architecture s390x", ErrorKind::NotFound),
        ("unknown blob", ErrorKind::Pull),
        ("unexpected EOF", ErrorKind::Pull),
    ] {
        let in_stream = serde_json::json!({ "error": words }).to_string();
        let engine = FakeEngine::on(PULL, move |_, wire| wire.json(200, &in_stream));
        let error = engine.client().pull_image("busybox", &PullOptions::new()).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(words), "{error}");

        let as_answer = serde_json::json!({ "message": words }).to_string();
        let engine = FakeEngine::on(PULL, move |_, wire| wire.json(500, &as_answer));
        let error = engine.client().pull_image("busybox", &PullOptions::new()).unwrap_err();
        assert_eq!((error.kind(), error.http_status()), (kind, Some(500)), "{error}");
    }
    let limited = Error::new(ErrorKind::RateLimited, "");
    assert!(limited.is_retryable());
}

fn progress_comes_as_the_engine_tells_it<F: Images>() {
    let stream = concat!(
        r#"{"status":"Pulling from library/busybox","id":"latest"}"#,
        r#"{"status":"Downloading","progressDetail":{"current":5,"total":7},"id":"0123456789ab"}"#,
        r#"{"status":"Downloading","progressDetail":{"current":6},"id":"0123456789ab"}"#,
        r#"{"status":"Status: Downloaded newer image"}"#,
    );
    let engine = FakeEngine::on(PULL, |_, wire| wire.json(200, stream));
    let seen = Mutex::new(Vec::new());
    let see = |progress: &PullProgress| {
        let PullProgress { id, status, detail, .. } = progress;
        let seen_now = (id.clone(), status.clone(), detail.current, detail.total);
        seen.lock().unwrap().push(seen_now);
    };
    let client = F::connect_to(&engine.host());
    client.pull_image("busybox", Pull { progress: Some(&see), ..Pull::default() }).unwrap();
    let told = |id: &str, status: &str, current, total| (id.into(), status.into(), current, total);
    let expected = [
        told("latest", "Pulling from library/busybox", None, None),
        told("0123456789ab", "Downloading", Some(5), Some(7)),
        told("0123456789ab", "Downloading", Some(6), None),
        told("", "Status: Downloaded newer image", None, None),
    ];
    assert_eq!(seen.into_inner().unwrap(), expected);
}

fn an_identity_token_is_sent<F: Images>() {
    let engine = FakeEngine::routine();
    let token = Pull { identity_token: Some("token"), ..Pull::default() };
    F::connect_to(&engine.host()).pull_image("r.example.com/app", token).unwrap();
    let pull = &engine.received(PULL)[0];
    let mut headers = pull.headers.iter();
    let header = headers.find_map(|line| line.strip_prefix("x-registry-auth: ")).unwrap();
    let sent = String::from_utf8(BASE64_URL_SAFE.decode(header).unwrap()).unwrap();
    assert_eq!(sent, r#"{"identitytoken":"token","serveraddress":"r.example.com"}"#);
}

#[test]
fn a_full_disk_is_told_of_by_any_request() {
    let full = r#"{"message":"mkdir /x: no space left on device"}"#;
    let engine = FakeEngine::on("POST /v1.41/containers/create", |_, wire| wire.json(500, full));
    let error = engine.client().create_and_start(&CreateOptions::new("busybox")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSpace, "{error}");
}

#[test]
fn what_is_pulled_is_what_was_asked_for() {
    let engine = FakeEngine::routine();
    let client = engine.client();
    let digest = format!("sha256:{}", "0".repeat(64));
    for image in ["busybox", "localhost:5000/a/b:1", &format!("a:1@{digest}")] {
        client.pull_image(image, &PullOptions::new()).unwrap();
    }
    client.pull_image("a", &PullOptions::new().platform("linux/arm64")).unwrap();
    let pulls: Vec<_> =
        engine.requests().into_iter().filter(|request| request.starts_with(PULL)).collect();
    let queries = [
        "fromImage=busybox&tag=latest".to_owned(),
        "fromImage=localhost%3A5000%2Fa%2Fb&tag=1".to_owned(),
        format!("fromImage=a&tag={}", digest.replace(':', "%3A")),
        "fromImage=a&tag=latest&platform=linux%2Farm64".to_owned(),
    ];
    assert_eq!(pulls, queries.map(|query| format!("{PULL}?{query}")));
}

#[test]
fn threads_share_one_look_and_one_pull() {
    let engine = without_images(|_, wire| pulled(wire));
    let (client, start) = (engine.client(), Barrier::new(16));
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                start.wait();
                client.clone().ensure_image("busybox", &PullOptions::new()).unwrap();
            });
        }
    });
    assert_eq!((engine.count(INSPECT), engine.count(PULL)), (1, 1));
    // Another image, or the same for another platform, is not the same.
    client.ensure_image("busybox:2", &PullOptions::new()).unwrap();
    client.ensure_image("busybox", &PullOptions::new().platform("linux/arm64")).unwrap();
    assert_eq!(engine.count(PULL), 3);
}

#[test]
fn threads_share_one_failure() {
    let engine = without_images(|_, wire| wire.json(404, r#"{"message":"manifest unknown"}"#));
    let (client, start) = (engine.client(), Barrier::new(8));
    let mut kinds = HashSet::new();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    client.ensure_image("busybox", &PullOptions::new()).unwrap_err().kind()
                })
            })
            .collect();
        kinds.extend(threads.into_iter().map(|thread| thread.join().unwrap()));
    });
    assert_eq!(kinds, HashSet::from([ErrorKind::NotFound]));
    assert!(engine.count(PULL) <= 8);
    // A failure is not remembered.
    let before = engine.count(PULL);
    client.ensure_image("busybox", &PullOptions::new()).unwrap_err();
    assert_eq!(engine.count(PULL), before + 1);
}

#[test]
fn another_takes_over_from_one_that_is_cancelled() {
    let engine = without_images(|nth, wire| if nth == 0 { wire.hold() } else { pulled(wire) });
    let (client, token) = (engine.client(), CancelToken::new());
    let cancellable = client.with_cancel(&token);
    thread::scope(|scope| {
        let first = scope.spawn(|| cancellable.ensure_image("busybox", &PullOptions::new()));
        engine.wait_for(PULL);
        let second = scope.spawn(|| client.ensure_image("busybox", &PullOptions::new()));
        token.cancel();
        assert!(first.join().unwrap().unwrap_err().is_cancelled());
        second.join().unwrap().unwrap();
    });
    assert_eq!(engine.count(PULL), 2);
}

#[test]
fn one_that_waits_for_another_can_be_cancelled() {
    let engine = without_images(|_, wire| wire.hold());
    let (client, token) = (engine.client(), CancelToken::new());
    let cancellable = client.with_cancel(&token);
    thread::scope(|scope| {
        let first = scope.spawn(|| client.ensure_image("busybox", &PullOptions::new()));
        engine.wait_for(PULL);
        let second = scope.spawn(|| cancellable.ensure_image("busybox", &PullOptions::new()));
        token.cancel();
        assert!(second.join().unwrap().unwrap_err().is_cancelled());
        client.close();
        assert_eq!(first.join().unwrap().unwrap_err().kind(), ErrorKind::Closed);
    });
    assert_eq!(engine.count(PULL), 1);
}

#[test]
fn another_takes_over_from_one_that_panics() {
    let engine = without_images(|_, wire| pulled(wire));
    let (client, second_comes) = (engine.client(), Barrier::new(2));
    thread::scope(|scope| {
        let first = scope.spawn(|| {
            let explode = |_: &PullProgress| {
                second_comes.wait();
                panic!("expected by a test")
            };
            client.ensure_image("busybox", &PullOptions::new().progress(&explode))
        });
        // It waits for the first, or comes too late for that.
        second_comes.wait();
        client.ensure_image("busybox", &PullOptions::new()).unwrap();
        check(&first.join().unwrap().unwrap_err(), ErrorKind::Io, &["expected by a test"]);
    });
    assert_eq!(engine.count(PULL), 2);
}

#[test]
fn a_refusal_holds_for_the_same_credentials_only() {
    let refused = r#"{"message":"unauthorized: authentication required"}"#;
    let engine = FakeEngine::start(move |request, wire| {
        let is_let_in = request.headers.iter().any(|header| header.starts_with("x-registry-auth:"));
        if request.line.starts_with(INSPECT) {
            wire.json(404, NO_SUCH_IMAGE)
        } else if request.line.starts_with(PULL) && !is_let_in {
            wire.json(500, refused)
        } else {
            Ok(Then::Routine)
        }
    });
    let (client, start) = (engine.client(), Barrier::new(2));
    thread::scope(|scope| {
        let without = scope.spawn(|| {
            start.wait();
            client.ensure_image("busybox", &PullOptions::new())
        });
        let with = scope.spawn(|| {
            start.wait();
            let credentials = Credentials::password("user", "password");
            client.ensure_image("busybox", &PullOptions::new().credentials(credentials))
        });
        with.join().unwrap().unwrap();
        // Unless it came so late that the image was there.
        if let Err(error) = without.join().unwrap() {
            assert_eq!(error.kind(), ErrorKind::Unauthorized, "{error}");
        }
    });
}

#[test]
fn an_image_that_the_engine_lost_is_pulled_again() {
    let creations = AtomicUsize::new(0);
    let engine = FakeEngine::start(move |request, wire| {
        let is_create = request.line.starts_with("POST /v1.41/containers/create");
        if is_create && creations.fetch_add(1, Ordering::SeqCst) == 1 {
            wire.json(404, NO_SUCH_IMAGE)
        } else {
            Ok(Then::Routine)
        }
    });
    let client = engine.client();
    let create = || client.create_and_start(&CreateOptions::new("busybox")).unwrap();
    // Whether it is there, and whose its commands are.
    create();
    assert_eq!(engine.count(INSPECT), 2);
    // Remembered, created in vain, looked for again.
    create();
    assert_eq!((engine.count(INSPECT), engine.count(PULL)), (2 + 3, 0));
    create();
    assert_eq!(engine.count(INSPECT), 5 + 1);
    client.remove_image("busybox").unwrap();
    create();
    assert_eq!(engine.count(INSPECT), 6 + 2);
}
