//! A host that is in a container itself: this test binary, run in containers
//! of the engine, with the engine's socket.

mod support;

use std::env;
use std::fs;
use std::path::Path;

use sandcell::{CreateOptions, ExecOptions, Mount, VolumeOptions, labels};
use serde_json::{Value, json};
use support::peer::{ROLE, role, said, say};
use support::surroundings::Need;
use support::{Container, IMAGE, api, engine, has_gvisor, inspect, own_socket, unique};

/// Where the containers have what they need.
const SOCKET: &str = "/run/engine.sock";
const BINARY: &str = "/opt/test";

/// A container that can run this test binary.
fn able(options: CreateOptions) -> CreateOptions {
    let mut options = options
        .allow_unverified_mounts() // an engine may have other libraries
        .mount(Mount::bind(own_socket(), SOCKET))
        .mount(Mount::bind(env::current_exe().unwrap(), BINARY).read_only(true));
    for libraries in ["/lib", "/lib64", "/usr/lib"] {
        if Path::new(libraries).exists() {
            options = options.mount(Mount::bind(libraries, libraries).read_only(true));
        }
    }
    options
}

/// Such a container, on an engine whose containers can have its socket.
fn contained(options: CreateOptions) -> Option<Container> {
    if !Need::Machine.is_met() {
        return None;
    }
    if !has_gvisor() {
        return Some(Container::with(able(options)));
    }
    let error = engine().create_and_start(&able(options)).unwrap_err();
    assert!(error.to_string().contains("failed to mount \"/run/engine.sock\""), "{error}");
    None
}

/// What `test` of this binary says in `container`.
fn run(container: &str, test: &str, task: &str) -> Vec<String> {
    let options = ExecOptions::new([BINARY, test, "--exact", "--nocapture"])
        .env("DOCKER_HOST", format!("unix://{SOCKET}"))
        .env(ROLE, task);
    let result = engine().exec(container, &options).unwrap();
    assert!(result.success(), "{result:?}");
    said(&result.stdout.text()).into_iter().map(str::to_owned).collect()
}

/// In a container: tells what it is, and what the paths of the task are.
fn tell(task: &str) {
    let client = engine();
    let own = client.self_container().unwrap().expect("a container");
    say(&own.id);
    say(&own.name);
    say(&format!("{:?}", own.networks));
    for path in task.split_whitespace() {
        match client.engine_path(path) {
            Ok(path) => say(path.to_str().unwrap()),
            Err(error) => say(&format!("{:?} {error}", error.kind())),
        }
    }
}

#[test]
fn a_process_on_the_engines_host_is_in_no_container() {
    let client = engine();
    assert_eq!(client.self_container().unwrap(), None);
    assert_eq!(client.engine_path("/no/such/../path").unwrap(), Path::new("/no/such/../path"));
}

#[test]
fn a_process_in_a_container_knows_it_and_translates_its_paths() {
    let this = "a_process_in_a_container_knows_it_and_translates_its_paths";
    if let Some(task) = role() {
        return tell(&task);
    }
    let dir = tempfile::tempdir().unwrap();
    let work = fs::canonicalize(dir.path()).unwrap();
    fs::create_dir_all(work.join("sub/deep")).unwrap();
    fs::create_dir(work.join("other")).unwrap();
    let (name, volume) = (unique("sandcell-self"), unique("sandcell-self"));
    let mountpoint = engine().create_volume(&VolumeOptions::new(&volume)).unwrap().mountpoint;
    let options = CreateOptions::new(IMAGE)
        .name(&name)
        .workspace(&work, "/work")
        .mount(Mount::bind(work.join("other"), "/work/sub/deep"))
        .mount(Mount::volume(&volume, "/cache"));
    let Some(container) = contained(options) else {
        return api(&format!("/volumes/{volume}"), &["--request", "DELETE"]).clear();
    };
    container.sh("ln -s /work/sub /tmp/link && mkdir /cache/a");
    let paths = "/work /tmp/link/.. /tmp/link/deep/. /cache/a /etc /work/none";
    let told = run(&container.id, this, paths);
    drop(container);
    api(&format!("/volumes/{volume}"), &["--request", "DELETE"]);

    let work = work.to_str().unwrap();
    let (own, paths) = told.split_at(3);
    assert_eq!(own[1], name);
    // Podman 4 does not count it.
    assert!(["[\"none\"]", "[]"].contains(&own[2].as_str()), "{own:?}");
    assert_eq!(own[0].len(), 64);
    assert_eq!(
        paths[..4],
        [work.to_owned(), work.to_owned(), format!("{work}/other"), format!("{mountpoint}/a")]
    );
    for (told, path) in paths[4..].iter().zip(["\"/etc\"", "\"/work/none\""]) {
        assert!(told.starts_with("InvalidArgument") && told.contains(path), "{told}");
    }
}

#[test]
fn a_container_in_the_network_of_another_is_not_mistaken_for_it() {
    let this = "a_container_in_the_network_of_another_is_not_mistaken_for_it";
    if let Some(task) = role() {
        return tell(&task);
    }
    let Some(lender) = contained(CreateOptions::new(IMAGE)) else { return };
    // The same container again, but for the network.
    let mut body: Value = serde_json::from_str(&inspect(&lender.id, "Config")).unwrap();
    body["HostConfig"] = serde_json::from_str(&inspect(&lender.id, "HostConfig")).unwrap();
    body["HostConfig"]["NetworkMode"] = json!(format!("container:{}", lender.id));
    body["Hostname"] = json!("");
    // Podman does not take these as it tells them.
    (body["HostConfig"]["Ulimits"], body["HostConfig"]["NanoCpus"]) = (json!([]), json!(0));
    let args = ["--header", "Content-Type: application/json", "--data", &body.to_string()];
    let created: Value = serde_json::from_str(&api("/containers/create", &args)).unwrap();
    let borrower = created["Id"].as_str().unwrap();
    api(&format!("/containers/{borrower}/start"), &["--request", "POST"]);
    let told = [run(borrower, this, ""), run(&lender.id, this, "")];
    engine().stop(borrower).unwrap();
    assert_eq!([&told[0][0], &told[1][0]], [borrower, &lender.id]);
}

#[test]
fn what_a_host_in_a_container_owns_goes_with_its_container() {
    let this = "what_a_host_in_a_container_owns_goes_with_its_container";
    if let Some(home) = role() {
        let id = engine().create_and_start(&CreateOptions::new(IMAGE).home(home)).unwrap();
        return say(&id);
    }
    let home = unique("sandcell-contained");
    let Some(container) = contained(CreateOptions::new(IMAGE)) else { return };
    let owned = run(&container.id, this, &home).remove(0);
    let label: Value = serde_json::from_str(&inspect(&owned, "Config.Labels")).unwrap();
    let owner: Value = serde_json::from_str(label[labels::OWNER].as_str().unwrap()).unwrap();
    assert_eq!(owner["container"], container.id);
    assert_eq!(owner["machine"], Value::Null);

    let client = engine();
    let sweep = || client.cleanup_orphaned_containers(&home).unwrap().remove(0);
    let kept = sweep();
    // The process has ended, but only its container can tell.
    assert!(!kept.removed && kept.reason.contains(&container.id), "{kept:?}");
    // Started anew, it has other processes.
    api(&format!("/containers/{}/restart?t=0", container.id), &["--request", "POST"]);
    let removed = sweep();
    assert!(removed.removed && removed.reason.contains("restarted"), "{removed:?}");

    let owned = run(&container.id, this, &home).remove(0);
    let id = container.id.clone();
    drop(container);
    let removed = sweep();
    assert!(removed.removed && removed.id == owned && removed.reason.contains(&id), "{removed:?}");
    assert!(client.orphans(&home).unwrap().is_empty());
}
