//! What engines say of a container that ends, where a real one says it in races only;
//! and what a command could say in their place.

#[path = "support/fake.rs"]
mod fake;

use std::io::Read;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use fake::{FakeEngine, Request, Step, Then, UPGRADED, Wire, frame};
use sandcell::{ContainerStatus, Error, ErrorKind, ExecOptions, ExecResult, Outcome, Result};

const CREATE: &str = "POST /v1.41/containers/c1/exec";
const START: &str = "POST /v1.41/exec/e1/start";
const EXEC: &str = "GET /v1.41/exec/e1/json";
const CONTAINER: &str = "GET /v1.41/containers/c1/json";
const TOP: &str = "GET /v1.41/containers/c1/top";
const INFO: &str = "GET /v1.41/info";
const EVENTS: &str = "GET /v1.41/events";

/// A container's state, as an engine tells it.
fn container(status: &str, running: bool, pid: u32) -> String {
    format!(
        r#"{{"Id": "c1", "State": {{"Status": "{status}", "Running": {running}, "Pid": {pid},
            "ExitCode": 137, "OOMKilled": {}, "Error": ""}}}}"#,
        !running
    )
}

fn exited() -> (u16, String) {
    (200, container("exited", false, 0))
}

fn running() -> (u16, String) {
    (200, container("running", true, 4711))
}

fn exec(code: i32, pid: u32) -> (u16, String) {
    (200, format!(r#"{{"Running": false, "ExitCode": {code}, "Pid": {pid}}}"#))
}

/// The same of Podman, which says of every command that has ended that it can be
/// removed, and of none which process it was.
fn podmans(code: i32) -> (u16, String) {
    let body = format!(r#"{{"Running": false, "ExitCode": {code}, "Pid": 0, "CanRemove": true}}"#);
    (200, body)
}

fn error(status: u16, message: &str) -> (u16, String) {
    (status, serde_json::json!({ "message": message }).to_string())
}

/// An engine that answers as listed where a request's line starts so, whose commands
/// write `output`, and whose other answers are routine. The first time that it is
/// asked for a container, that runs: it is asked whose the commands are.
fn engine(output: Vec<u8>, answers: Vec<(&'static str, (u16, String))>) -> FakeEngine {
    let is_known = AtomicBool::new(false);
    FakeEngine::start(move |request: &Request, wire: &mut Wire| -> Step {
        if request.line.starts_with(CONTAINER) && !is_known.swap(true, Ordering::SeqCst) {
            return Ok(Then::Routine);
        }
        match answers.iter().find(|(line, _)| request.line.starts_with(line)) {
            Some((_, (status, body))) => wire.json(*status, body),
            None if request.line.starts_with(START) => wire.hijack(&output),
            None => Ok(Then::Routine),
        }
    })
}

fn run(engine: &FakeEngine) -> Result<ExecResult> {
    engine.client().exec("c1", &ExecOptions::new(["true"]))
}

/// Why a command did not end by itself.
#[track_caller]
fn failure(result: Result<ExecResult>) -> Error {
    match result.map(|result| result.outcome) {
        Err(error) | Ok(Outcome::Lost(error)) => error,
        Ok(outcome) => panic!("{outcome:?}"),
    }
}

/// What the engine writes in place of output.
fn report(words: &str) -> Vec<u8> {
    frame(1, format!("{words}\r\n").as_bytes())
}

#[test]
fn refusals_are_explained_by_the_containers_state() {
    let refusals = [
        (CREATE, error(409, "Container c1 is not running")),
        (CREATE, error(409, "container c1 is not running")),
        (CREATE, error(500, "can only create exec sessions on running containers")),
        (START, error(404, "No such exec instance: e1")),
        (START, error(404, "no exec session with ID e1 found: no such exec session")),
        (START, error(409, "Container c1 is not running")),
        (START, error(409, "cannot exec in a container that is not running; c1 is stopped")),
        (START, error(500, "OCI runtime exec failed: cannot exec in a stopped container")),
    ];
    for (line, refusal) in refusals {
        let ended = engine(vec![], vec![(line, refusal.clone()), (CONTAINER, exited())]);
        let error = run(&ended).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ContainerEnded, "{refusal:?}: {error}");
        let state = error.container_state().unwrap();
        assert_eq!((state.exit_code, state.oom_killed), (Some(137), true));
        let runs = engine(vec![], vec![(line, refusal.clone()), (CONTAINER, running())]);
        let error = run(&runs).unwrap_err();
        assert!(!error.is_container_ended() && error.container_state().is_none(), "{error}");
    }
}

#[test]
fn a_container_that_is_gone_had_ended_if_it_was_there() {
    let gone = (CONTAINER, error(404, "No such container: c1"));
    let never = engine(vec![], vec![(CREATE, error(404, "No such container: c1")), gone.clone()]);
    assert_eq!(run(&never).unwrap_err().kind(), ErrorKind::NotFound);
    for answers in [
        vec![(START, error(404, "No such exec instance: e1")), gone.clone()],
        vec![(EXEC, error(404, "No such exec instance: e1")), gone.clone()],
        vec![(EXEC, exec(137, 99)), gone.clone()],
    ] {
        let error = failure(run(&engine(vec![], answers)));
        assert_eq!(error.kind(), ErrorKind::ContainerEnded, "{error}");
        let state = error.container_state().unwrap();
        assert_eq!((state.status, state.exit_code), (ContainerStatus::Unknown, None));
    }
}

#[test]
fn what_a_start_fails_with_when_the_container_ends() {
    for words in [
        "cannot exec in a stopped state: unknown",
        "task 0d1bd66e30604169520050d8563a209acee05da9: not found: unknown",
        "process already finished: unknown",
        "Container c1 is not running",
        "No such exec instance: e1",
        "OCI runtime exec failed: exec failed: cannot exec in a stopped container: unknown",
        "OCI runtime exec failed: exec failed: unable to start container process: error writing \
         config to pipe: write init-p: broken pipe: unknown",
        "OCI runtime exec failed: exec failed: unable to start container process: read init-p: \
         connection reset by peer: unknown",
        "OCI runtime exec failed: exec failed: unable to create new parent process: namespace \
         path: lstat /proc/31797/ns/ipc: no such file or directory",
        "OCI runtime exec failed: exec failed: unable to start container process: procReady not \
         received",
        "words of a later version",
    ] {
        for exec in [exec(126, 0), exec(128, 0), error(404, "No such exec instance: e1")] {
            let answers = vec![(EXEC, exec.clone()), (CONTAINER, exited())];
            let error = run(&engine(report(words), answers)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ContainerEnded, "{words}: {exec:?}: {error}");
        }
        let answers = vec![(EXEC, exec(126, 0)), (CONTAINER, running())];
        let error = run(&engine(report(words), answers)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ExecStart, "{words}: {error}");
    }
    let words = "Error: crun: the container `c1` is not running: OCI runtime error\n";
    let answers = vec![(EXEC, podmans(125)), (CONTAINER, exited())];
    let error = run(&engine(frame(2, words.as_bytes()), answers)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ContainerEnded, "{error}");
}

#[test]
fn an_engine_that_has_not_noticed_yet_is_asked_again() {
    for top in [
        (200, r#"{"Titles": ["PID"], "Processes": null}"#.to_owned()),
        error(409, "Container c1 is not running"),
        error(500, "no list"),
    ] {
        let looks = AtomicUsize::new(0);
        let engine = FakeEngine::start(move |request, wire| {
            let (status, body) = if request.line.starts_with(EXEC) {
                exec(137, 99)
            } else if request.line.starts_with(TOP) {
                top.clone()
            } else if request.line.starts_with(CONTAINER) {
                match looks.fetch_add(1, Ordering::SeqCst) {
                    0..2 => running(),
                    // Podman: its first process still has time to end.
                    2..4 => (200, container("stopping", false, 4711)),
                    _ => exited(),
                }
            } else {
                return Ok(Then::Routine);
            };
            wire.json(status, &body)
        });
        let error = failure(run(&engine));
        assert_eq!(error.kind(), ErrorKind::ContainerEnded, "{error}");
        assert_eq!(engine.count(CONTAINER), 5);
    }
}

/// The engine keeps the stream open, as with gVisor, and does not tell its runtimes.
#[test]
fn a_container_that_ends_is_noticed_without_information_on_the_engine() {
    let is_known = AtomicBool::new(false);
    let engine = FakeEngine::start(move |request, wire| {
        if request.line.starts_with(INFO) {
            return wire.json(500, r#"{"message": "no"}"#);
        }
        if request.line.starts_with(START) {
            wire.send(UPGRADED)?;
            return wire.hold_unread();
        }
        if request.line.starts_with(CONTAINER) && is_known.swap(true, Ordering::SeqCst) {
            let (status, body) = exited();
            return wire.json(status, &body);
        }
        Ok(Then::Routine)
    });
    let options = ExecOptions::new(["sleep", "1000"]).timeout(Duration::from_secs(20));
    let error = failure(engine.client().exec("c1", &options));
    assert_eq!(error.kind(), ErrorKind::ContainerEnded, "{error}");
    assert!(error.container_state().unwrap().oom_killed);
}

#[test]
fn a_silent_engine_does_not_hold_up_the_output() {
    let (asked, was_asked) = channel();
    let (sent, was_sent) = channel();
    let (asked, sent) = (Mutex::new(asked), Mutex::new(sent));
    let was_asked = Mutex::new(was_asked);
    let is_started = AtomicBool::new(false);
    let engine = FakeEngine::start(move |request, wire| {
        // The start asks once.
        if request.line.starts_with(INFO) && is_started.swap(true, Ordering::SeqCst) {
            asked.lock().unwrap().send(()).ok();
            return wire.hold();
        }
        if request.line.starts_with(START) {
            wire.send(UPGRADED)?;
            wire.send(&frame(1, b"early\n"))?;
            was_asked.lock().unwrap().recv_timeout(Duration::from_secs(20)).unwrap();
            sent.lock().unwrap().send(Instant::now()).unwrap();
            wire.send(&frame(1, b"late\n"))?;
            return wire.hold_unread();
        }
        match request.line.starts_with(INFO) {
            true => wire.json(500, r#"{"message": "no"}"#),
            false => Ok(Then::Routine),
        }
    });
    let mut exec = engine.client().start_exec("c1", &ExecOptions::new(["true"])).unwrap();
    exec.stdout.take().unwrap().read_exact(&mut [0; 11]).unwrap();
    let waited = was_sent.recv().unwrap().elapsed();
    assert!(waited < Duration::from_millis(500), "{waited:?}");
}

#[test]
fn a_command_that_was_killed_alone_exits() {
    let listed = (200, r#"{"Titles": ["PID"], "Processes": [["4711"], ["4712"]]}"#.to_owned());
    let others = (200, r#"{"Titles": ["PID"], "Processes": [["1"]]}"#.to_owned());
    for (top, exec) in [
        (listed.clone(), exec(137, 99)),
        (others, exec(143, 99)),
        (error(500, "no list"), exec(255, 99)),
        (listed, podmans(137)),
    ] {
        let answers = vec![(EXEC, exec), (CONTAINER, running()), (TOP, top)];
        let result = run(&engine(frame(1, b"out"), answers)).unwrap();
        assert!(matches!(result.outcome, Outcome::Exited(137 | 143 | 255)), "{result:?}");
        assert_eq!(&result.stdout[..], b"out");
    }
}

#[test]
fn no_other_exit_asks_for_the_container() {
    for code in [0, 1, 126, 127, 130, 139] {
        let engine = engine(vec![], vec![(EXEC, exec(code, 99)), (CONTAINER, exited())]);
        assert!(matches!(run(&engine).unwrap().outcome, Outcome::Exited(is) if is == code));
        assert_eq!((engine.count(CONTAINER), engine.count(TOP)), (1, 0));
    }
}

#[test]
fn an_engine_that_cannot_say_changes_nothing() {
    let silent = (CONTAINER, error(500, "no"));
    let result = run(&engine(vec![], vec![(EXEC, exec(137, 99)), silent.clone()])).unwrap();
    assert!(matches!(result.outcome, Outcome::Exited(137)), "{result:?}");
    let no_exec = (EXEC, error(404, "No such exec instance: e1"));
    let error = failure(run(&engine(vec![], vec![no_exec, silent])));
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn a_process_that_ran_wrote_what_looks_like_a_report() {
    for words in [
        "OCI runtime exec failed: exec failed: unable to start container process: exec: \"x\": \
         executable file not found in $PATH: unknown",
        "unable to find user x: no matching entries in passwd file",
        "cannot exec in a stopped state: unknown",
    ] {
        for code in [1, 126, 127, 128] {
            let answers = vec![(EXEC, exec(code, 99)), (CONTAINER, exited())];
            let result = run(&engine(report(words), answers)).unwrap();
            assert!(matches!(result.outcome, Outcome::Exited(is) if is == code), "{result:?}");
            assert_eq!(result.stdout.text(), format!("{words}\r\n"));
        }
    }
}

#[test]
fn podmans_events_tell_whether_a_command_ran() {
    let words = "Error: crun: executable file `x` not found in $PATH: No such file or directory: \
                 OCI runtime attempted to invoke a command that was not found\n";
    let died = |code: i32| {
        let code = code.to_string();
        let attributes = serde_json::json!({ "containerExitCode": code, "name": "x" });
        let event = serde_json::json!({
            "status": "exec_died", "Action": "exec_died", "Actor": { "Attributes": attributes },
        });
        format!("{event}\n")
    };
    let run = |code, events| {
        let answers = vec![(EXEC, podmans(code)), (EVENTS, events)];
        let engine = engine(frame(2, words.as_bytes()), answers);
        let result = run(&engine);
        assert!(engine.count(EVENTS) <= 1);
        result
    };
    for events in [(200, died(127)), (200, died(0) + &died(127))] {
        let result = run(127, events).unwrap();
        assert!(matches!(result.outcome, Outcome::Exited(127)), "{result:?}");
        assert_eq!(result.stderr.text(), words);
    }
    for events in
        [(200, String::new()), (200, died(0)), error(500, "none are kept"), (200, "?".to_owned())]
    {
        let error = run(127, events).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CommandNotFound);
    }
    let result = run(1, (200, String::new())).unwrap();
    assert!(matches!(result.outcome, Outcome::Exited(1)), "{result:?}");
}
