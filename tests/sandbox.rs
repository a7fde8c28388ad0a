//! The sandbox: held, shared, left, and gone when its host is gone.

mod support;

use std::time::{Duration, Instant};

use sandcell::{
    Client, CreateOptions, ErrorKind, ExecOptions, Lifetime, Sandbox, TransferOptions, WriteOptions,
};
use support::gone::proof;
use support::peer::{self, Peer};
use support::proxy::Proxy;
use support::{IMAGE, api, engine, has_gvisor, unique, until};

fn options() -> CreateOptions {
    CreateOptions::new(IMAGE)
}

fn sh(text: &str) -> ExecOptions {
    ExecOptions::new(["sh", "-c", text])
}

fn is_there(id: &str) -> bool {
    engine().inspect_container_state(id).unwrap().is_some()
}

#[test]
fn dropping_removes_and_leaving_does_not() {
    let client = engine();
    let sandbox = Sandbox::start(&client, &options()).unwrap();
    let id = sandbox.id().to_owned();
    assert!(sandbox.exec(&sh("true")).unwrap().success());
    drop(sandbox);
    assert!(!is_there(&id));

    let detached = options().lifetime(Lifetime::Detached);
    let id = Sandbox::start(&client, &detached).unwrap().leave_running().unwrap();
    assert!(client.container_alive(&id).unwrap());
    let sandbox = Sandbox::attach(&client, &id[..12]).unwrap();
    assert_eq!(sandbox.id(), id);
    sandbox.stop().unwrap();
    assert!(!is_there(&id));
    for missing in [id.as_str(), "no such session"] {
        let error = Sandbox::attach(&client, missing).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    }
}

#[test]
fn a_session_finds_its_sandbox() {
    let client = engine();
    let session = format!("{} of its \"own\"", unique("session"));
    let sandbox = Sandbox::start(&client, &options().session_id(&session)).unwrap();
    let same = Sandbox::attach(&client, &session).unwrap();
    assert_eq!(same.id(), sandbox.id());
    let other = Sandbox::start(&client, &options().session_id(&session)).unwrap();
    let error = Sandbox::attach(&client, &session).unwrap_err();
    assert!(error.is_conflict() && error.to_string().contains(other.id()), "{error}");
    drop((sandbox, other));
    drop(same); // of a container that is gone by now
}

#[test]
fn a_cancelled_client_still_removes_its_sandbox() {
    let (client, token) = (engine(), sandcell::CancelToken::new());
    let sandbox = Sandbox::start(&client.with_cancel(&token), &options()).unwrap();
    let id = sandbox.id().to_owned();
    token.cancel();
    assert!(sandbox.exec(&sh("true")).unwrap_err().is_cancelled());
    drop(sandbox); // waits no more than the client's other calls
    until(|| (!is_there(&id)).then_some(()));
}

#[test]
fn a_sandbox_tells_its_state() {
    let sandbox = Sandbox::start(&engine(), &options()).unwrap();
    assert!(sandbox.posture().unwrap().is_enforced(sandcell::Protection::Network));
    sandbox.pause().unwrap();
    let state = sandbox.inspect_state().unwrap().unwrap();
    assert_eq!(state.status, sandcell::ContainerStatus::Paused);
    sandbox.unpause().unwrap();
    let exec = sandbox.start_exec(&sh("echo streamed")).unwrap();
    assert_eq!(exec.wait_with_output().unwrap().stdout.text(), "streamed\n");
    sandbox.start_background("job", &sh("exit 3")).unwrap();
    let ended = sandbox.background("job").unwrap().wait().unwrap();
    assert_eq!(ended, sandcell::BackgroundStatus::Exited(3));
    let resources = sandbox.resources().unwrap();
    match resources.cpu_time {
        Some(time) => assert!(!time.is_zero()),
        None => assert!(has_gvisor() && resources.missing.is_some(), "{resources:?}"),
    }
}

#[test]
fn a_sandbox_takes_and_gives_files() {
    let sandbox = Sandbox::start(&engine(), &options()).unwrap();
    let (there, back) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(there.path().join("one"), "1").unwrap();
    sandbox.upload(there.path(), "/work", &TransferOptions::new()).unwrap();
    sandbox.write_file("/work/two", &b"2"[..], &WriteOptions::new().mode(0o600)).unwrap();
    assert_eq!(sandbox.read_file("/work/two").unwrap(), b"2");
    let mut copied = Vec::new();
    assert_eq!(sandbox.copy_file_out("/work/one", &mut copied).unwrap(), 1);
    sandbox.download("/work", back.path(), &TransferOptions::new()).unwrap();
    for (name, contents) in [("one", "1"), ("two", "2")] {
        assert_eq!(std::fs::read_to_string(back.path().join(name)).unwrap(), contents);
    }
}

#[test]
fn a_removed_working_directory_stops_nothing() {
    let sandbox = Sandbox::start(&engine(), &options().working_dir("/gone")).unwrap();
    let exec = sandbox.start_exec(&sh("rmdir /gone; echo gone; exec sleep 1000")).unwrap();
    let mut said = [0; 9];
    let stdout = exec.stdout.as_ref().unwrap();
    assert_eq!(stdout.read_timeout(&mut said, Duration::from_secs(10)).unwrap(), 5);
    match sandbox.exec(&sh("ls -d /gone")) {
        Err(error) => assert_eq!(error.kind(), ErrorKind::BadWorkingDir, "{error}"),
        Ok(result) => assert!(result.success(), "made anew, as Podman does: {result:?}"),
    }
    assert_eq!(exec.kill().unwrap(), proof());
    assert_eq!(sandbox.resources().unwrap().cpu_time.is_some(), !has_gvisor());
    assert!(!sandbox.read_file("/proc/version").unwrap().is_empty());
    sandbox.write_file("/tmp/x", &b"x"[..], &WriteOptions::new()).unwrap();
}

#[test]
fn two_processes_work_in_one_sandbox() {
    if let Some(id) = peer::role() {
        let sandbox = Sandbox::attach(&engine(), &id).unwrap();
        sandbox.exec(&sh("echo from the other process >/tmp/note")).unwrap();
        peer::say("written");
        return peer::wait_for_the_end();
    }
    let sandbox = Sandbox::start(&engine(), &options()).unwrap();
    let mut other = Peer::start("two_processes_work_in_one_sandbox", sandbox.id());
    assert_eq!(other.hear(), "written");
    let note = sandbox.exec(&sh("cat /tmp/note")).unwrap();
    assert_eq!(note.stdout.text(), "from the other process\n");
    other.kill();
    assert!(sandbox.exec(&sh("true")).unwrap().success(), "it is not the other one's");
}

#[test]
fn a_killed_host_leaves_no_sandbox() {
    const COUNT: usize = 20;
    if peer::role().is_some() {
        let client = engine();
        let sandboxes: Vec<_> =
            (0..COUNT).map(|_| Sandbox::start(&client, &options()).unwrap()).collect();
        let ids: Vec<_> = sandboxes.iter().map(|sandbox| sandbox.id()).collect();
        // Commands that run do not keep it.
        let _execs: Vec<_> = sandboxes
            .iter()
            .map(|sandbox| sandbox.start_exec(&sh("sleep 1000")).unwrap())
            .collect();
        peer::say(&ids.join(" "));
        return peer::wait_for_the_end();
    }
    let mut host = Peer::start("a_killed_host_leaves_no_sandbox", "");
    let said = host.hear();
    let ids: Vec<_> = said.split(' ').collect();
    assert!(ids.len() == COUNT && ids.iter().all(|id| is_there(id)));
    host.kill();
    let killed = Instant::now();
    until(|| (!ids.iter().any(|id| is_there(id))).then_some(()));
    println!("{COUNT} sandboxes were gone {:?} after their host", killed.elapsed());
}

#[test]
fn what_is_tied_cannot_be_left_running() {
    let client = engine();
    for options in [options(), options().lifetime(Lifetime::TiedToHost)] {
        let mut sandbox = Sandbox::start(&client, &options).unwrap();
        let error = sandbox.leave_running().unwrap_err();
        assert!(error.is_conflict() && error.to_string().contains("Lifetime::Detached"), "{error}");
        assert!(sandbox.exec(&sh("true")).unwrap().success(), "it is as it was");
        let id = sandbox.id().to_owned();
        drop(sandbox);
        assert!(!is_there(&id));
    }
}

#[test]
fn where_nothing_can_be_tied_only_a_wish_fails() {
    let version = engine().version().unwrap().negotiated;
    let proxy = Proxy::refusing(format!("POST /v{version}/containers/"), "/attach?");
    let client = Client::builder().host(proxy.host()).build().unwrap();
    let tied = options().lifetime(Lifetime::TiedToHost);
    let error = Sandbox::start(&client, &tied).unwrap_err();
    assert_eq!(error.http_status(), Some(403), "{error:#}");
    let mut sandbox = Sandbox::start(&client, &options()).unwrap();
    assert!(sandbox.exec(&sh("true")).unwrap().success());
    let id = sandbox.leave_running().unwrap();
    drop((sandbox, client));
    engine().stop(&id).unwrap();
}

/// An image whose containers are stopped by another signal than SIGTERM.
fn image_stopped_by(signal: &str) -> String {
    let name = unique("sandcell-stopsignal");
    let json = ["--header", "Content-Type: application/json", "--data-binary"];
    let body = serde_json::json!({ "Image": IMAGE, "Cmd": ["none"], "StopSignal": signal });
    let created = api("/containers/create", &[&json[..], &[&body.to_string()]].concat());
    let created: serde_json::Value = serde_json::from_str(&created).unwrap();
    let id = created["Id"].as_str().unwrap();
    let commit = format!("/commit?container={id}&repo={name}&tag=latest");
    // Docker takes it from the container, and refuses it among the changes.
    if api("/version", &[]).contains("Podman") {
        let change = format!("&changes=STOPSIGNAL%20{}", signal.replace('+', "%2B"));
        api(&(commit + &change), &[&json[..], &["{}"]].concat());
    } else {
        api(&commit, &["--request", "POST"]);
    }
    api(&format!("/containers/{id}?force=1"), &["--request", "DELETE"]);
    let info = api(&format!("/images/{name}/json"), &[]);
    assert!(info.contains(r#""StopSignal":""#), "{info}"); // Podman gives it as a number
    name
}

#[test]
fn an_image_does_not_choose_the_signal_that_stops() {
    let client = engine();
    // Ignored by default, or not a signal that each process dies from.
    for signal in ["SIGWINCH", "SIGQUIT", "SIGRTMIN+3", "17", "CONT"] {
        let image = image_stopped_by(signal);
        let fast = Duration::from_millis(1500);
        let tied = CreateOptions::new(&image).lifetime(Lifetime::TiedToHost);
        let timed = tied.clone().max_lifetime(Duration::from_secs(1000));
        for options in [CreateOptions::new(&image), tied, timed] {
            let sandbox = Sandbox::start(&client, &options).unwrap();
            let start = Instant::now();
            sandbox.stop().unwrap();
            assert!(start.elapsed() < fast, "{signal}: {:?}", start.elapsed());
        }
        support::registry::remove_image(&image);
    }
}

#[test]
fn a_stop_that_fails_still_removes() {
    let (client, token) = (engine(), sandcell::CancelToken::new());
    let cancelled = Sandbox::start(&client.with_cancel(&token), &options()).unwrap();
    // An attach itself takes longer than the stop is given.
    let detached = options().lifetime(Lifetime::Detached);
    let id = Sandbox::start(&client, &detached).unwrap().leave_running().unwrap();
    let timed = Sandbox::attach(&client.with_timeout(Duration::from_secs(20)), &id).unwrap();
    let ids = [cancelled.id().to_owned(), id];
    token.cancel();
    let start = Instant::now();
    assert!(cancelled.stop().unwrap_err().is_cancelled());
    assert!(start.elapsed() < Duration::from_millis(100), "{:?}", start.elapsed());
    timed.stop().unwrap();
    until(|| (!ids.iter().any(|id| is_there(id))).then_some(()));
}

#[test]
fn a_closed_client_still_removes_its_sandboxes() {
    let client = engine();
    let start = || Sandbox::start(&client, &options()).unwrap();
    let (stopped, dropped) = (start(), start());
    let ids = [stopped.id().to_owned(), dropped.id().to_owned()];
    client.close();
    assert_eq!(stopped.stop().unwrap_err().kind(), ErrorKind::Closed);
    drop(dropped);
    until(|| (!ids.iter().any(|id| is_there(id))).then_some(()));
}

#[test]
fn a_container_is_stopped_in_any_state() {
    let client = engine();
    let paused = Sandbox::start(&client, &options()).unwrap();
    paused.pause().unwrap();
    let token = sandcell::CancelToken::new();
    token.cancel();
    let late = client.with_cancel(&token).container(paused.id()).unwrap();
    assert!(late.unpause().unwrap_err().is_cancelled());
    assert!(late.pause().unwrap_err().is_cancelled());
    assert_eq!(paused.inspect_state().unwrap().unwrap().status, sandcell::ContainerStatus::Paused);
    let id = paused.id().to_owned();
    let start = Instant::now();
    paused.stop().unwrap();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(!is_there(&id));

    // Its engine starts it again and again.
    let body = serde_json::json!({
        "Image": IMAGE, "Cmd": ["false"],
        "HostConfig": { "NetworkMode": "none", "RestartPolicy": { "Name": "always" } },
    });
    let json = ["--header", "Content-Type: application/json", "--data-binary"];
    let created = api("/containers/create", &[&json[..], &[&body.to_string()]].concat());
    let created: serde_json::Value = serde_json::from_str(&created).unwrap();
    let id = created["Id"].as_str().unwrap();
    api(&format!("/containers/{id}/start"), &["--request", "POST"]);
    client.stop(id).unwrap();
    assert!(!is_there(id));

    // Two at once: one of them finds it being removed.
    let sandbox = Sandbox::start(&client, &options()).unwrap();
    let id = sandbox.id().to_owned();
    let other = client.container(&id).unwrap();
    let stopping = std::thread::spawn(move || other.stop());
    sandbox.stop().unwrap();
    stopping.join().unwrap().unwrap();
    assert!(!is_there(&id));
}
