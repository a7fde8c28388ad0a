//! Background commands of an engine that lies, or says nothing.

#[path = "support/fake.rs"]
mod fake;

use std::time::{Duration, Instant};

use fake::{FakeEngine, Request, Step, Then, UPGRADED, Wire, check, frame};
use sandcell::{BackgroundStatus, CancelToken, ErrorKind, ExecOptions, OutputStream};

/// The container as inspected, with these execs.
fn container(execs: &str) -> String {
    format!(r#"{{"Id":"c1","State":{{"Status":"running","Running":true}},"ExecIDs":{execs}}}"#)
}

/// The exec of a background command.
fn exec(running: bool, code: &str, name: &str) -> String {
    let arguments = format!(
        r#""-c","script","sandcell-background","/tmp/.sandcell/{name}","background:{name}:1""#
    );
    format!(
        r#"{{"Running":{running},"ExitCode":{code},"ProcessConfig":
        {{"entrypoint":"/bin/sh","arguments":[{arguments},"true"],"user":"7"}}}}"#
    )
}

/// An engine that tells of these execs of a container, and of each the same.
fn engine_with(execs: String, inspect: String) -> FakeEngine {
    FakeEngine::start(move |request, wire| match request.line.as_str() {
        "GET /v1.41/containers/c1/json" => wire.json(200, &container(&execs)),
        line if line.starts_with("GET /v1.41/exec/x") => wire.json(200, &inspect),
        _ => Ok(Then::Routine),
    })
}

fn options() -> ExecOptions {
    ExecOptions::new(["true"])
}

/// An engine whose only exec says `bytes`, and then what `then` does.
fn saying(bytes: &'static [u8], then: fn(&mut Wire) -> Step) -> FakeEngine {
    FakeEngine::on("POST /v1.41/exec/e1/start", move |_, wire| {
        wire.send(&[UPGRADED, &frame(1, bytes)].concat())?;
        then(wire)
    })
}

/// Waits until the engine was asked to kill.
fn is_killed(engine: &FakeEngine) {
    let start = Instant::now();
    let kills =
        |request: &Request| String::from_utf8_lossy(&request.body).contains("SANDCELL_EXEC=$1");
    while !engine.received("POST /v1.41/containers/c1/exec").iter().any(|request| kills(request)) {
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", engine.requests());
        std::thread::yield_now();
    }
}

#[test]
fn a_running_exec_of_its_arguments_is_the_command() {
    let engine = engine_with(r#"["x1"]"#.to_owned(), exec(true, "null", "job"));
    let status =
        |name| engine.client().container("c1").unwrap().background(name).unwrap().status().unwrap();
    assert_eq!(status("job"), BackgroundStatus::Running);
    // Its exec is another's, and its file empty.
    assert_eq!(status("jo"), BackgroundStatus::Lost);
    assert_eq!(status("jobs"), BackgroundStatus::Lost);
}

#[test]
fn an_ended_exec_of_somebody_else_tells_no_code() {
    // It may have been one that found the name taken.
    let engine = engine_with(r#"["x1"]"#.to_owned(), exec(false, "73", "job"));
    let job = engine.client().container("c1").unwrap().background("job").unwrap();
    assert_eq!(job.status().unwrap(), BackgroundStatus::Lost);
}

#[test]
fn what_the_engine_lists_is_bounded_and_checked() {
    let many = format!("[{}]", vec![r#""x1""#; 1001].join(","));
    for (execs, kind, words) in [
        (many, ErrorKind::Engine, "1001 execs"),
        (r#"["../x"]"#.to_owned(), ErrorKind::Protocol, "invalid exec id"),
    ] {
        let engine = engine_with(execs, exec(true, "null", "job"));
        let job = engine.client().container("c1").unwrap().background("job").unwrap();
        check(&job.status().unwrap_err(), kind, &[words]);
        check(&job.kill().unwrap_err(), kind, &[words]);
        assert_eq!(engine.count("GET /v1.41/exec/"), 0);
    }
}

#[test]
fn a_start_waits_for_the_command() {
    let engine = saying(b"started\n", |wire| wire.hold());
    let job = engine.client().container("c1").unwrap().start_background("job", &options()).unwrap();
    assert_eq!(job.name(), "job");
    // It has let go of the connection, and the engine knows how it ended.
    assert_eq!(job.status().unwrap(), BackgroundStatus::Exited(0));
    assert_eq!(engine.count("POST /v1.41/containers/c1/exec"), 1, "nothing is killed");
}

#[test]
fn a_start_with_unexpected_output_is_undone() {
    let engine = saying(b"startled\n", |wire| wire.hold());
    let error =
        engine.client().container("c1").unwrap().start_background("job", &options()).unwrap_err();
    check(&error, ErrorKind::Engine, &["\"job\"", "unexpected output"]);
    is_killed(&engine);
}

#[test]
fn a_start_that_hears_nothing_ends_with_its_limits_and_is_undone() {
    let engine = saying(b"start", |wire| wire.hold());
    let client = engine.client().with_timeout(Duration::from_millis(300));
    let error = client.container("c1").unwrap().start_background("job", &options()).unwrap_err();
    check(&error, ErrorKind::Timeout, &["the caller's deadline passed"]);
    is_killed(&engine);

    let engine = saying(b"", |wire| wire.hold());
    let token = CancelToken::new();
    let client = engine.client().with_cancel(&token);
    let error = std::thread::scope(|scope| {
        scope.spawn(|| {
            engine.wait_for("POST /v1.41/exec/e1/start");
            token.cancel();
        });
        client.container("c1").unwrap().start_background("job", &options()).unwrap_err()
    });
    check(&error, ErrorKind::Cancelled, &["cancelled by the caller"]);
    is_killed(&engine);
}

#[test]
fn a_start_whose_connection_breaks_is_undone() {
    let engine = FakeEngine::on("POST /v1.41/exec/e1/start", |_, wire| {
        wire.hijack(&frame(1, b"started\n")[..5])
    });
    let error =
        engine.client().container("c1").unwrap().start_background("job", &options()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disconnected, "{error}");
    is_killed(&engine);
}

#[test]
fn a_silent_engine_holds_no_call() {
    let engine = FakeEngine::on("GET /v1.41/containers/c1/json", |_, wire| wire.hold());
    let limit = Duration::from_millis(200);
    let job =
        engine.client().with_timeout(limit).container("c1").unwrap().background("job").unwrap();
    for error in [
        job.status().unwrap_err(),
        job.wait().unwrap_err(),
        job.read(OutputStream::Stdout, 0, 1).unwrap_err(),
        job.kill().unwrap_err(),
        job.remove().unwrap_err(),
    ] {
        check(&error, ErrorKind::Timeout, &["the caller's deadline passed"]);
    }
}

#[test]
fn closing_ends_a_wait() {
    let engine = engine_with(r#"["x1"]"#.to_owned(), exec(true, "null", "job"));
    let client = engine.client();
    let job = client.container("c1").unwrap().background("job").unwrap();
    let error = std::thread::scope(|scope| {
        scope.spawn(|| {
            engine.wait_for("GET /v1.41/exec/x1/json");
            client.close();
        });
        job.wait().unwrap_err()
    });
    check(&error, ErrorKind::Closed, &["the client was closed"]);
    assert!(!format!("{error}").contains("Lost("), "{error}");
}

#[test]
fn a_code_that_no_process_has_is_refused() {
    let engine = FakeEngine::start(|request, wire| match request.line.as_str() {
        "POST /v1.41/exec/e1/start" => {
            wire.send(&[UPGRADED, &frame(1, b"started\n")].concat())?;
            wire.hold()
        }
        "GET /v1.41/exec/e1/json" => wire.json(200, r#"{"Running":false,"ExitCode":4294967296}"#),
        _ => Ok(Then::Routine),
    });
    let job = engine.client().container("c1").unwrap().start_background("job", &options()).unwrap();
    check(&job.status().unwrap_err(), ErrorKind::Protocol, &["out of range"]);
}

#[test]
fn what_cannot_be_removed_stays() {
    // Its files cannot be read either; but the engine says that it runs.
    let engine = FakeEngine::start(|request, wire| match request.line.as_str() {
        "GET /v1.41/containers/c1/json" => wire.json(200, &container(r#"["x1"]"#)),
        "GET /v1.41/exec/x1/json" => wire.json(200, &exec(true, "null", "job")),
        _ => Ok(Then::Routine),
    });
    let client = engine.client();
    let job = client.container("c1").unwrap().background("job").unwrap();
    let error = job.remove().unwrap_err();
    check(&error, ErrorKind::Conflict, &["\"job\""]);
    let removes = |request: &Request| String::from_utf8_lossy(&request.body).contains("rm -rf");
    let execs = engine.received("POST /v1.41/containers/c1/exec");
    assert!(!execs.iter().any(|request| removes(request)));
}
