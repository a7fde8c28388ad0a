//! Pulling, from a real registry on the engine's loopback.

mod support;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::thread;

use sandock::{CreateOptions, ErrorKind};
use support::{Container, IMAGE, api, endpoint_of, engine, in_engine_network, noise, unique};

/// An image in the registry that the engine does not have.
struct Remote {
    registry: String,
    name: String,
}

impl Remote {
    /// Pushes `image` under a new name, and forgets the new name.
    fn push(image: &str) -> Self {
        let remote = Remote { registry: endpoint_of("registry"), name: unique("sandock-pull") };
        let reference = format!("{}/{}", remote.registry, remote.name);
        api(&format!("/images/{image}/tag?repo={reference}&tag=latest"), &["--request", "POST"]);
        let no_credentials = "X-Registry-Auth: e30K";
        let push = format!("/images/{reference}/push?tag=latest");
        let said = api(&push, &["--request", "POST", "--header", no_credentials]);
        assert!(!said.contains("errorDetail"), "{said}");
        remove_image(&reference);
        remote
    }

    fn reference(&self) -> String {
        format!("{}/{}:latest", self.registry, self.name)
    }
}

fn remove_image(reference: &str) {
    api(&format!("/images/{reference}?force=1"), &["--request", "DELETE"]);
}

#[test]
fn an_absent_image_is_pulled_to_create_a_container() {
    let image = Remote::push(IMAGE).reference();
    assert!(!engine().image_exists(&image).unwrap());
    {
        let container = Container::with(CreateOptions::new(&image));
        container.sh("true");
    }
    assert!(engine().image_exists(&image).unwrap());
    engine().pull_image(&image).unwrap();
    remove_image(&image);
}

#[test]
fn an_unknown_tag_is_not_found() {
    let image = Remote::push(IMAGE).reference().replace(":latest", ":no-such-tag");
    for error in [
        engine().pull_image(&image).unwrap_err(),
        engine().create_and_start(&CreateOptions::new(&image)).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        assert!(error.to_string().contains("no-such-tag"), "{error}");
    }
}

#[test]
fn a_registry_that_is_not_there_is_an_error() {
    let error = engine().pull_image("127.0.0.1:1/no/registry").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Engine, "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
}

#[test]
fn a_registry_that_dies_halfway_is_an_error() {
    let big = import_noise(8 * 1024 * 1024);
    let remote = Remote::push(&big);
    remove_image(&big);
    let proxy = dying_proxy(&remote.registry, 2 * 1024 * 1024);
    let image = format!("{proxy}/{}:latest", remote.name);
    let error = engine().pull_image(&image).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Pull, "{error}");
    assert!(!engine().image_exists(&image).unwrap());
}

/// Gives the engine an image with one layer of `len` bytes that cannot be compressed.
fn import_noise(len: usize) -> String {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("noise"), noise(len)).unwrap();
    let tar = dir.path().join("layer.tar");
    let mut pack = Command::new("tar");
    pack.arg("-C").arg(dir.path()).arg("-cf").arg(&tar).arg("noise");
    assert!(pack.status().unwrap().success());
    let name = unique("sandock-noise");
    let target = format!("/images/create?fromSrc=-&repo={name}&tag=latest");
    let body = format!("@{}", tar.display());
    api(&target, &["--header", "Content-Type: application/x-tar", "--data-binary", &body]);
    name
}

/// A proxy in the engine's network namespace that passes `budget` bytes of the
/// registry's answers on, and then is gone, as if it had been killed.
fn dying_proxy(registry: &str, budget: usize) -> String {
    let registry = registry.to_owned();
    in_engine_network(move || {
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
