//! The life of a container, on a real engine.

mod support;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::thread;
use std::time::{Duration, Instant};

use sandcell::api::ApiVersion;
use sandcell::{
    CancelToken, Client, ClientBuilder, ContainerStatus, CreateOptions, ErrorKind, ExecOptions,
    Mount, Outcome, VolumeOptions,
};
use support::front::{Command, sh};
use support::surroundings::Need;
use support::{Container, IMAGE, api, engine, inspect, unique, until};

#[test]
fn version_says_what_the_engine_is() {
    let version = engine().version().unwrap();
    assert_eq!(version.server.os, "linux");
    assert!(!version.server.version.is_empty());
    assert_eq!(version.negotiated.to_string(), version.server.api_version);
}

#[test]
fn a_pinned_version_is_used_and_a_bad_one_is_refused() {
    let with = |version: &str| {
        let version = version.parse().unwrap();
        ClientBuilder::from_env().unwrap().api_version(version).build().unwrap()
    };
    // The oldest that both speak.
    let oldest = engine().version().unwrap().server.min_api_version.parse().ok();
    let pinned = oldest.unwrap_or(ApiVersion::MIN).max(ApiVersion::MIN);
    let version = with(&pinned.to_string()).version().unwrap();
    assert_eq!(version.negotiated, pinned);
    let error = with("1.999").image_exists(IMAGE).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ApiVersion);
}

#[test]
fn an_image_exists_or_not() {
    let client = engine();
    assert!(client.image_exists(IMAGE).unwrap());
    assert!(!client.image_exists("sandcell-test:no-such-tag").unwrap());
    assert!(!client.image_exists("127.0.0.1:1/no/such/image").unwrap());
    assert!(client.image_exists("not an image").unwrap_err().is_invalid_argument());
}

/// The handle that the others are made from, and the client, keep theirs.
#[test]
fn a_handle_can_have_limits_of_its_own() {
    let container = Container::<Client>::start();
    let handle = container.handle();
    let timed_out = handle.with_timeout(Duration::ZERO).inspect_state().unwrap_err();
    assert!(timed_out.is_timeout(), "{timed_out}");

    // One deadline for a series of calls, whatever is derived from it.
    let until = handle.with_deadline(Instant::now() + Duration::from_secs(2));
    assert!(until.exec(&ExecOptions::new(["true"])).unwrap().success());
    let result = until.exec(&ExecOptions::new(["sleep", "1000"])).unwrap();
    assert!(matches!(result.outcome, Outcome::TimedOut), "{result:?}");
    let later = until.with_deadline(Instant::now() + Duration::from_secs(60));
    assert!(later.inspect_state().unwrap_err().is_timeout());

    let token = CancelToken::new();
    let cancellable = handle.with_cancel(&token);
    assert_eq!(cancellable.id(), handle.id());
    assert!(cancellable.inspect_state().unwrap().is_some());
    token.cancel();
    assert!(cancellable.inspect_state().unwrap_err().is_cancelled());
    assert!(cancellable.client().version().unwrap_err().is_cancelled());
    assert!(handle.inspect_state().unwrap().is_some());
}

#[test]
fn a_container_is_as_it_was_asked_for() {
    let name = unique("sandcell-as-asked");
    let options = CreateOptions::new(IMAGE)
        .name(&name)
        .env("COLOUR", "blue")
        .user("65534:65534")
        .label("job", "17");
    let container = Container::with(options);
    assert_eq!(container.sh("echo $COLOUR; id -u; id -g"), "blue\n65534\n65534\n");

    let state = container.inspect_container_state(&name).unwrap().unwrap();
    assert_eq!(state.id, container.id);
    assert_eq!((state.status, state.running), (ContainerStatus::Running, true));
    assert_eq!(state.exit_code, None);
    assert!(state.pid.is_some());
    assert!(container.container_alive(&name).unwrap());
    assert_eq!(inspect(&container.id, "Config.Labels.job"), "\"17\"");
    assert_eq!(inspect(&container.id, "HostConfig.Init"), "true");

    let error = container.create_and_start(&CreateOptions::new(IMAGE).name(&name)).unwrap_err();
    assert!(error.is_conflict(), "{error}");
    assert!(container.container_alive(&name).unwrap(), "the first one stays");
}

#[test]
fn mounts_are_as_they_were_asked_for() {
    if !Need::Machine.is_met() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for name in ["work", "tools"] {
        fs::create_dir(dir.path().join(name)).unwrap();
    }
    // A rootless engine's root is another user here.
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(dir.path().join("work"), Permissions::from_mode(0o777)).unwrap();
    fs::write(dir.path().join("tools/hammer"), "steel").unwrap();
    let volume = unique("sandcell-volume");
    let created = engine().create_volume(&VolumeOptions::new(&volume).label("a", "b")).unwrap();
    assert_eq!((created.name.as_str(), created.labels["a"].as_str()), (volume.as_str(), "b"));
    engine().volume_create(&VolumeOptions::new(&volume).label("a", "b")).unwrap();

    let options = CreateOptions::new(IMAGE)
        .workspace(dir.path().join("work"), "/workspace")
        .mount(Mount::bind(dir.path().join("tools"), "/tools").read_only(true))
        .mount(Mount::volume(&volume, "/cache"));
    {
        let container = Container::with(options);
        assert_eq!(container.sh("pwd; cat /tools/hammer"), "/workspace\nsteel");
        container.sh("echo result >out; echo kept >/cache/kept");
        let read_only = container.run(&Command::new(["touch", "/tools/nail"]));
        assert_eq!(read_only.exit_code, Some(1));
        assert!(read_only.stderr.text().contains("Read-only"), "{read_only:?}");
    }
    assert_eq!(fs::read_to_string(dir.path().join("work/out")).unwrap(), "result\n");

    let again = CreateOptions::new(IMAGE).mount(Mount::volume(&volume, "/v").read_only(true));
    assert_eq!(Container::with(again).sh("cat /v/kept"), "kept\n", "volumes outlive containers");
    engine().remove_volume(&volume).unwrap();
}

#[test]
fn a_container_that_does_not_start_does_not_stay() {
    let client = engine();
    let name = unique("sandcell-no-start");
    let dir = tempfile::tempdir().unwrap();
    let missing = Mount::bind(dir.path().join("none"), "/workspace");
    let error = client.create_and_start(&CreateOptions::new(IMAGE).name(&name).mount(missing));
    assert!(error.unwrap_err().to_string().contains(dir.path().to_str().unwrap()));
    assert_eq!(client.inspect_container_state(&name).unwrap(), None);

    // Created without complaint, refused before or at the start.
    for nobody in ["no-such-user", "no-such-user:0", "0:no-such-group"] {
        let user = CreateOptions::new(IMAGE).name(&name).user(nobody);
        let error = client.create_and_start(&user).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadUser, "{error}");
        assert!(error.to_string().contains(nobody), "{error}");
        assert_eq!(client.inspect_container_state(&name).unwrap(), None);
    }
}

#[test]
fn stop_removes_and_is_idempotent() {
    let container: Container = Container::start();
    let stops: Vec<_> = (0..4)
        .map(|_| {
            let (client, id) = (container.clone(), container.id.clone());
            thread::spawn(move || client.stop(&id))
        })
        .collect();
    for stop in stops {
        stop.join().unwrap().unwrap();
    }
    assert_eq!(container.inspect_container_state(&container.id).unwrap(), None);
    assert!(!container.container_alive(&container.id).unwrap());
    container.stop(&container.id).unwrap();
    container.stop("never-existed").unwrap();
}

#[test]
fn a_container_whose_process_ended_tells_its_code() {
    let container: Container = Container::start();
    // The sentinel is the child of init; without it init ends with its code.
    let watcher = inspect(&container.id, "Config.User");
    container.run(&sh("kill -KILL $(pidof tail)").user(watcher.trim_matches('"')));
    let ended = || container.inspect_container_state(&container.id).unwrap().unwrap();
    let state = until(|| Some(ended()).filter(|state| !state.running));
    assert_eq!((state.status, state.exit_code), (ContainerStatus::Exited, Some(137)));
    let error = container.exec(&container.id, &ExecOptions::new(["true"])).unwrap_err();
    assert!(error.is_container_ended(), "{error}");
}

#[test]
fn cancelling_a_create_leaves_no_container() {
    let client = engine();
    // Not to wait for anything: to cancel at different moments of the call.
    for delay in [0, 5, 20, 40, 80, 120, 160] {
        let name = unique("sandcell-cancelled");
        let token = CancelToken::new();
        let cancelled = client.with_cancel(&token);
        let options = CreateOptions::new(IMAGE).name(&name);
        let call = thread::spawn(move || (cancelled.create_and_start(&options), Instant::now()));
        thread::sleep(Duration::from_millis(delay));
        let cancelled_at = Instant::now();
        token.cancel();
        let (result, ended) = call.join().unwrap();
        match result {
            Ok(id) => client.stop(&id).unwrap(),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
                let took = ended.saturating_duration_since(cancelled_at);
                assert!(took < Duration::from_millis(100), "after {delay} ms: took {took:?}");
            }
        }
        until(|| client.inspect_container_state(&name).unwrap().is_none().then_some(()));
    }
    client.close(); // waits for the clean-ups
    let left = api("/containers/json?all=1", &[]);
    assert!(!left.contains("sandcell-cancelled"), "{left}");
}
