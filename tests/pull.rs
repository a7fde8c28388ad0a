//! Pulling, from real registries on the engine's loopback.

mod support;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;

use sandcell::{CreateOptions, ErrorKind, PullOptions, PullProgress};
use support::front::{Front, Images, Pull, on_each_front};
use support::image::{import, pack};
use support::registry::{Registry, remove_image};
use support::{Container, IMAGE, api, engine, in_network_of, noise, unique};

on_each_front! {
    a_pull_tells_its_progress
    an_unknown_tag_is_not_found
    another_platform_is_not_found
    a_registry_that_is_not_there_is_an_error
    a_registry_that_dies_halfway_is_an_error
    layers_that_the_registry_lost_are_an_error
    a_registry_with_a_password_wants_it
    a_docker_config_has_the_password
    threads_that_want_the_same_image_pull_it_once
}

/// A client, once it is sure that there is an engine.
fn connect<F: Front>() -> F {
    drop(engine());
    F::connect()
}

#[test]
fn an_absent_image_is_pulled_to_create_a_container() {
    let Some(registry) = Registry::open() else { return };
    let image = registry.push(IMAGE).reference();
    assert!(!engine().image_exists(&image).unwrap());
    {
        let container = Container::with(CreateOptions::new(&image));
        container.sh("true");
    }
    assert!(engine().image_exists(&image).unwrap());
    engine().pull_image(&image, &PullOptions::new()).unwrap();
    remove_image(&image);
}

fn a_pull_tells_its_progress<F: Images>() {
    let client = connect::<F>();
    let Some(registry) = Registry::open() else { return };
    let big = import_noise(8 * 1024 * 1024);
    let image = registry.push(&big).reference();
    remove_image(&big);
    let seen = Mutex::new(Vec::<PullProgress>::new());
    let see = |progress: &PullProgress| seen.lock().unwrap().push(progress.clone());
    client.pull_image(&image, Pull { progress: Some(&see), ..Pull::default() }).unwrap();
    remove_image(&image);
    let seen = seen.into_inner().unwrap();
    let complete = seen.iter().find(|progress| progress.status.contains("Download complete"));
    assert_eq!(complete.unwrap_or_else(|| panic!("{seen:?}")).id.len(), 12);
    // Not every engine counts what comes fast.
    for progress in seen.iter().filter(|progress| progress.detail.total.is_some()) {
        assert_eq!(progress.id.len(), 12, "{progress:?}");
        assert!(progress.detail.current <= progress.detail.total, "{progress:?}");
    }
}

#[test]
fn the_example_pulls() {
    let Some(registry) = Registry::open() else { return };
    let image = registry.push(IMAGE).reference();
    let deps = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let example = deps.with_file_name("examples").join("pull");
    let output = Command::new(&example).arg(&image).output();
    let output =
        output.unwrap_or_else(|e| panic!("{e}: `cargo build --examples` makes {example:?}"));
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("sha256:"), "{output:?}");
    remove_image(&image);
}

/// The answer of docs/how-do-i-sandboxes.md.
#[test]
fn the_example_logs_in() {
    let Some(registry) = Registry::with_password() else { return };
    let image = registry.push(IMAGE).reference();
    let (user, password) = registry.login.as_ref().unwrap();
    let deps = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let example = deps.with_file_name("examples").join("private_registry");
    for (password, good) in [("wrong", false), (password.as_str(), true)] {
        let mut command = Command::new(&example);
        command.arg(&image).arg(user).env("REGISTRY_PASSWORD", password);
        let output = command.output();
        let output =
            output.unwrap_or_else(|e| panic!("{e}: `cargo build --examples` makes {example:?}"));
        assert_eq!(output.status.success(), good, "{output:?}");
        assert_eq!(output.stdout, if good { &b"hello\n"[..] } else { b"" }, "{output:?}");
    }
    remove_image(&image);
}

fn an_unknown_tag_is_not_found<F: Images>() {
    let Some(registry) = Registry::open() else { return };
    let image = registry.push(IMAGE).reference().replace(":latest", ":no-such-tag");
    for error in [
        connect::<F>().pull_image(&image, Pull::default()).unwrap_err(),
        engine().create_and_start(&CreateOptions::new(&image)).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        assert!(error.to_string().contains("no-such-tag"), "{error}");
    }
}

fn another_platform_is_not_found<F: Images>() {
    let client = connect::<F>();
    let Some(registry) = Registry::open() else { return };
    let remote = registry.push(IMAGE);
    let listed = list_for_another_platform(&remote);
    let for_arm = Pull { platform: Some("linux/arm64"), ..Pull::default() };
    for (image, pull) in [(&remote.reference(), for_arm), (&listed, Pull::default())] {
        let error = client.pull_image(image, pull).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        let error = client.ensure_image(image, pull).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    }
    client.remove_image(&remote.reference()).unwrap();
}

/// A tag of the same image whose manifest list has it for s390x only.
fn list_for_another_platform(remote: &support::registry::Remote<'_>) -> String {
    let manifest = remote.manifest(&[]);
    let parsed: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let headers = remote.manifest(&["--head"]);
    let digest = headers.lines().find_map(|line| line.strip_prefix("Docker-Content-Digest: "));
    let list_kind = "application/vnd.docker.distribution.manifest.list.v2+json";
    let list = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": list_kind,
        "manifests": [{
            "mediaType": parsed["mediaType"],
            "size": manifest.len(),
            "digest": digest.unwrap().trim(),
            "platform": { "os": "linux", "architecture": "s390x" },
        }],
    });
    let content_type = format!("Content-Type: {list_kind}");
    let args = ["--request", "PUT", "--header", &content_type, "--data-binary", &list.to_string()];
    remote.registry.ask(&format!("{}/manifests/s390x", remote.name), &args);
    remote.reference().replace(":latest", ":s390x")
}

fn a_registry_that_is_not_there_is_an_error<F: Images>() {
    let error = connect::<F>().pull_image("127.0.0.1:1/no/registry", Pull::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Pull, "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
}

fn a_registry_that_dies_halfway_is_an_error<F: Images>() {
    let client = connect::<F>();
    let Some(registry) = Registry::open() else { return };
    let big = import_noise(8 * 1024 * 1024);
    let remote = registry.push(&big);
    remove_image(&big);
    let proxy = dying_proxy(&registry.host, 2 * 1024 * 1024);
    let image = format!("{proxy}/{}:latest", remote.name);
    let error = client.pull_image(&image, Pull::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Pull, "{error}");
    assert!(!client.image_exists(&image).unwrap());
}

fn layers_that_the_registry_lost_are_an_error<F: Images>() {
    let client = connect::<F>();
    let Some(registry) = Registry::open() else { return };
    let two_layers = with_another_layer(&import_noise(100_000));
    let remote = registry.push(&two_layers);
    remove_image(&two_layers);
    assert_eq!(remote.lose_layers(), 2);
    let error = client.pull_image(&remote.reference(), Pull::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Pull, "{error}");
    assert!(!client.image_exists(&remote.reference()).unwrap());
}

/// An image of the given one, which goes, and a layer on it.
fn with_another_layer(image: &str) -> String {
    let name = unique("sandcell-layers");
    let json = ["--header", "Content-Type: application/json"];
    let body = serde_json::json!({ "Image": image, "Cmd": ["none"] }).to_string();
    let create = [&json[..], &["--data-binary", &body]].concat();
    let created = api("/containers/create", &create);
    let created: serde_json::Value = serde_json::from_str(&created).unwrap();
    let id = created["Id"].as_str().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let tar = pack(dir.path(), "more", &noise(50_000));
    let body = format!("@{tar}");
    let tar = ["--request", "PUT", "--header", "Content-Type: application/x-tar"];
    api(
        &format!("/containers/{id}/archive?path=/"),
        &[&tar[..], &["--data-binary", &body]].concat(),
    );
    let commit = [&json[..], &["--data-binary", "{}"]].concat();
    api(&format!("/commit?container={id}&repo={name}&tag=latest"), &commit);
    api(&format!("/containers/{id}?force=1"), &["--request", "DELETE"]);
    remove_image(image);
    name
}

fn a_registry_with_a_password_wants_it<F: Images>() {
    let client = connect::<F>();
    let Some(registry) = Registry::with_password() else { return };
    let image = registry.push(IMAGE).reference();
    let (user, password) = registry.login.as_ref().unwrap();
    for login in [None, Some((user.as_str(), "wrong")), Some(("nobody", password.as_str()))] {
        let pull = Pull { password: login, ..Pull::default() };
        let error = client.pull_image(&image, pull).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthorized, "{login:?}: {error}");
        let error = client.ensure_image(&image, pull).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthorized, "{login:?}: {error}");
        assert!(!format!("{error:#}").contains(password), "{error:#}");
    }
    let pull = Pull { password: Some((user, password)), ..Pull::default() };
    client.pull_image(&image, pull).unwrap();
    assert!(client.image_exists(&image).unwrap());
    remove_image(&image);
}

fn a_docker_config_has_the_password<F: Images>() {
    drop(engine());
    let Some(registry) = Registry::with_password() else { return };
    let image = registry.push(IMAGE).reference();
    let (user, password) = registry.login.as_ref().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let client = F::connect_with_config(dir.path());
    let error = client.pull_image(&image, Pull::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized, "{error}");

    // A login, meanwhile.
    let auth =
        base64::Engine::encode(&base64::prelude::BASE64_STANDARD, format!("{user}:{password}"));
    let config = serde_json::json!({ "auths": { registry.host.as_str(): { "auth": auth } } });
    fs::write(dir.path().join("config.json"), config.to_string()).unwrap();
    client.pull_image(&image, Pull::default()).unwrap();
    remove_image(&image);
    client.ensure_image(&image, Pull::default()).unwrap();
    remove_image(&image);
}

fn threads_that_want_the_same_image_pull_it_once<F: Images>() {
    let client = connect::<F>();
    let Some(registry) = Registry::open() else { return };
    let image = registry.push(IMAGE).reference();
    let (told, start) = (AtomicUsize::new(0), Barrier::new(16));
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let first = AtomicUsize::new(1);
                let see = |_: &PullProgress| {
                    told.fetch_add(first.swap(0, Ordering::SeqCst), Ordering::SeqCst);
                };
                start.wait();
                client
                    .ensure_image(&image, Pull { progress: Some(&see), ..Pull::default() })
                    .unwrap();
            });
        }
    });
    assert_eq!(told.into_inner(), 1);
    assert!(client.image_exists(&image).unwrap());
    remove_image(&image);
}

/// Gives the engine an image with one layer of `len` bytes that cannot be compressed.
fn import_noise(len: usize) -> String {
    let name = unique("sandcell-noise");
    import(&name, &name, &noise(len), &[]);
    name
}

/// A proxy in the engine's network namespace that passes `budget` bytes of the
/// registry's answers on, and then is gone, as if it had been killed.
fn dying_proxy(registry: &str, budget: usize) -> String {
    let registry = registry.to_owned();
    in_network_of("registry", move || {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        // Ends with its budget, in the namespace of the thread that starts it.
        thread::spawn(move || {
            let mut left = budget;
            while left > 0 {
                let (client, _) = listener.accept().unwrap();
                left = forward(client, TcpStream::connect(&registry).unwrap(), left);
            }
        });
        address.to_string()
    })
}

/// Passes bytes both ways until either side ends or the budget is used up;
/// returns what is left of it.
fn forward(client: TcpStream, upstream: TcpStream, mut left: usize) -> usize {
    let (mut from, mut to) = (client.try_clone().unwrap(), upstream.try_clone().unwrap());
    let requests = thread::spawn(move || std::io::copy(&mut from, &mut to));
    let mut buffer = [0; 16 * 1024];
    let (mut client, mut upstream) = (client, upstream);
    while left > 0 {
        match upstream.read(&mut buffer) {
            Ok(count @ 1..) if client.write_all(&buffer[..count]).is_ok() => {
                left = left.saturating_sub(count);
            }
            _ => break,
        }
    }
    for stream in [&client, &upstream] {
        let _ = stream.shutdown(std::net::Shutdown::Both);
    }
    requests.join().unwrap().ok();
    left
}
