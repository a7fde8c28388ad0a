//! Containers that end before, at or after the start of a command, on a real engine.

mod support;

use std::error::Error as _;
use std::io::Read;
use std::sync::Barrier;
use std::thread;

use sandcell::{
    Client, ContainerStatus, CreateOptions, EngineFeature, Error, ErrorKind, NetworkMode,
};
use sandcell::{ExecOptions, Outcome, Result, TransferMethod, WriteOptions};
use support::front::{Command, Exec, Finished, Front, on_each_front, sh};
use support::{Container, IMAGE, api, engine, inspect, until};

const POST: &[&str] = &["--request", "POST"];

fn kill(container: &str) {
    api(&format!("/containers/{container}/kill"), POST);
}

fn stop(container: &str) {
    api(&format!("/containers/{container}/stop?t=0"), POST);
}

fn remove(container: &str) {
    api(&format!("/containers/{container}?force=true"), &["--request", "DELETE"]);
}

/// A container that the engine is asked for past the library; removed when dropped.
struct Raw(String);

impl Raw {
    fn create(command: &str, host_config: &str) -> Self {
        let body = format!(
            r#"{{"Image": "{IMAGE}", "Cmd": ["sh", "-c", "{command}"],
                "HostConfig": {{"NetworkMode": "none"{host_config}}}}}"#
        );
        let json = ["--header", "Content-Type: application/json", "--data", &body];
        let created = api("/containers/create", &json);
        let created: serde_json::Value = serde_json::from_str(&created).unwrap();
        Raw(created["Id"].as_str().unwrap().to_owned())
    }

    fn start(command: &str, host_config: &str) -> Self {
        let container = Raw::create(command, host_config);
        api(&format!("/containers/{}/start", container.0), POST);
        container
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        engine().stop(&self.0).unwrap();
    }
}

/// The error of a command that the container's end kept from running, or took along.
#[track_caller]
fn lost(result: Result<Finished>) -> Error {
    match result.map(|finished| (finished.outcome, finished.stdout.text().into_owned())) {
        Err(error) => error,
        Ok((Outcome::Lost(error), output)) if output.is_empty() => error,
        Ok(other) => panic!("{other:?}"),
    }
}

/// A command that runs.
fn started<F: Front>(client: &F, container: &str) -> F::Exec {
    let mut exec = client.start_exec(container, &sh("echo out; exec sleep 1000")).unwrap();
    exec.take_stdout().read_exact(&mut [0; 4]).unwrap();
    exec
}

fn no_command_runs_in_a_container_that_has_ended<F: Front>() {
    for end in [kill, stop] {
        let container = Container::<F>::start();
        end(&container.id);
        until(|| (!container.container_alive(&container.id).unwrap()).then_some(()));
        let error = container.exec(&container.id, &Command::new(["true"])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ContainerEnded, "{error}");
        let started = container.start_exec(&container.id, &Command::new(["true"]));
        assert_eq!(started.err().unwrap().kind(), ErrorKind::ContainerEnded);
    }
}

fn other_states_are_no_end<F: Front>() {
    let client = F::connect();
    let kind = |id: &str| client.exec(id, &Command::new(["true"])).unwrap_err().kind();
    let container = Raw::create("sleep 1000", "");
    assert_eq!(kind(&container.0), ErrorKind::Conflict, "it was never started");
    api(&format!("/containers/{}/start", container.0), POST);
    let client = engine();
    if client.engine_features().unwrap().supports(EngineFeature::Pause) {
        client.container(&container.0).unwrap().pause().unwrap();
        assert_eq!(kind(&container.0), ErrorKind::Conflict, "it is paused");
        client.container(&container.0).unwrap().unpause().unwrap();
    }
    assert_eq!(kind("no-such-container"), ErrorKind::NotFound);
}

fn what_the_container_takes_along_was_not_killed_alone<F: Front>() {
    for end in [kill, stop, remove] {
        let container = Container::<F>::start();
        let mut exec = started(&*container, &container.id);
        end(&container.id);
        match exec.wait().unwrap() {
            Outcome::Lost(error) => assert_eq!(error.kind(), ErrorKind::ContainerEnded, "{error}"),
            outcome => panic!("{outcome:?}"),
        }
    }
}

fn what_is_killed_alone_exits<F: Front>() {
    let container = Container::<F>::start();
    for (text, code) in [("kill -9 $$", 137), ("kill $$", 143), ("exit 255", 255)] {
        assert_eq!(container.run(&sh(text)).exit_code, Some(code));
    }
    assert!(container.run(&Command::new(["true"])).success());
}

/// Whatever the engine is at when the container ends.
fn every_moment_is_alike<F: Front>() {
    for _ in 0..20 {
        let container = Container::<F>::start();
        let both_ready = Barrier::new(2);
        thread::scope(|scope| {
            scope.spawn(|| {
                both_ready.wait();
                assert!(container.run(&Command::new(["true"])).success());
                kill(&container.id);
            });
            both_ready.wait();
            let result = loop {
                match container.exec(&container.id, &Command::new(["true"])) {
                    Ok(finished) if finished.success() => {}
                    result => break result,
                }
            };
            let error = lost(result);
            assert_eq!(error.kind(), ErrorKind::ContainerEnded, "{error}");
        });
    }
}

fn one_that_is_removed_at_its_end_has_ended<F: Front>() {
    let client = F::connect();
    let container = Raw::start("sleep 1000", r#", "AutoRemove": true"#);
    let mut exec = started(&client, &container.0);
    kill(&container.0);
    match exec.wait().unwrap() {
        Outcome::Lost(error) => assert_eq!(error.kind(), ErrorKind::ContainerEnded, "{error}"),
        outcome => panic!("{outcome:?}"),
    }
}

on_each_front! {
    no_command_runs_in_a_container_that_has_ended
    other_states_are_no_end
    what_the_container_takes_along_was_not_killed_alone
    what_is_killed_alone_exits
    every_moment_is_alike
    one_that_is_removed_at_its_end_has_ended
}

fn ended(client: &Client, container: &str) -> Error {
    until(|| (!client.container_alive(container).unwrap()).then_some(()));
    client.exec(container, &ExecOptions::new(["true"])).unwrap_err()
}

#[test]
fn the_error_says_how_it_ended() {
    let container = Raw::start("exit 42", "");
    let error = ended(&engine(), &container.0);
    assert!(error.is_container_ended() && error.source().is_some());
    let state = error.container_state().unwrap();
    assert_eq!((state.status, state.exit_code), (ContainerStatus::Exited, Some(42)));
    assert_eq!((&state.id, state.oom_killed, state.running), (&container.0, false, false));
    assert!(error.to_string().contains("has ended, with exit code 42"), "{error}");
}

#[test]
fn want_of_memory_is_told() {
    let client = engine();
    if !client.engine_features().unwrap().supports(EngineFeature::MemoryLimit) {
        let limited = CreateOptions::new(IMAGE).network(NetworkMode::Disabled).memory(16 << 20);
        assert_eq!(client.create_and_start(&limited).unwrap_err().kind(), ErrorKind::Unsupported);
        return;
    }
    let eats = "while [ ! -e /tmp/go ]; do sleep 0.01; done; x=a; while :; do x=$x$x; done";
    let container = Raw::start(eats, r#", "Memory": 16777216, "MemorySwap": 16777216"#);
    let mut exec = started(&client, &container.0);
    drop(client.exec(&container.0, &ExecOptions::new(["touch", "/tmp/go"])));
    match exec.wait().unwrap() {
        Outcome::Lost(error) => {
            let state = error.container_state().unwrap();
            let told = inspect(&container.0, "State.OOMKilled"); // Podman may not notice
            assert_eq!((state.exit_code, state.oom_killed.to_string()), (Some(137), told));
        }
        outcome => panic!("{outcome:?}"),
    }
}

/// Where another kernel than the host's serves the container, the engine may keep the
/// command's stream open.
#[test]
fn want_of_memory_in_a_sandbox_is_noticed_soon() {
    let client = engine();
    if !client.engine_features().unwrap().supports(EngineFeature::MemoryLimit) {
        return; // `want_of_memory_is_told` asserts that the limit is refused
    }
    let limited = CreateOptions::new(IMAGE).network(NetworkMode::Disabled).memory(64 << 20);
    let container = Container::<Client>::with(limited);
    let hog = sandcell::ExecOptions::new(["sh", "-c", "x=a; while :; do x=$x$x; done"])
        .timeout(std::time::Duration::from_secs(60));
    match container.exec(&container.id, &hog).map(|result| result.outcome) {
        // The kernel chose the command, or the shell gave up: the container goes on.
        Ok(Outcome::Exited(_)) => assert!(container.container_alive(&container.id).unwrap()),
        Ok(Outcome::Lost(error)) | Err(error) => {
            let state = error.container_state().unwrap();
            let told = inspect(&container.id, "State.OOMKilled");
            assert_eq!(error.kind(), ErrorKind::ContainerEnded, "{error}");
            assert_eq!(state.oom_killed.to_string(), told);
        }
        Ok(outcome) => panic!("{outcome:?}"),
    }
}

#[test]
fn what_looks_into_it_says_the_same() {
    let container = Container::<Client>::start();
    let exec = started(&*container, &container.id);
    kill(&container.id);
    until(|| (!container.container_alive(&container.id).unwrap()).then_some(()));
    let over_exec = WriteOptions::new().method(TransferMethod::Exec);
    for error in [
        container.handle().resources().unwrap_err(),
        container.handle().write_file("/tmp/x", &b"x"[..], &over_exec).unwrap_err(),
        container.handle().read_file("/dev/null").unwrap_err(),
        exec.signal(15).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::ContainerEnded, "{error}");
    }
}
