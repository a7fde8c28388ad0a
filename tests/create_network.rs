//! The networks and published ports of containers, on a real engine.

mod support;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};

use sandcell::{CreateOptions, ExecOptions, NetworkMode, Protection, PublishedPort};
use support::surroundings::Need;
use support::{Container, IMAGE, api, engine, has_gvisor, unique, until};

fn sh(text: &str) -> ExecOptions {
    ExecOptions::new(["sh", "-c", text])
}

#[test]
fn a_published_port_is_on_loopback() {
    if !Need::Machine.is_met() {
        return;
    }
    let web = PublishedPort::tcp(8080);
    let fixed = PublishedPort::tcp(8081).on(Ipv4Addr::LOCALHOST.into(), 0);
    let open = CreateOptions::new(IMAGE).network(NetworkMode::AllowAll).publish(web).publish(fixed);
    let container = Container::with(open.hostname("box-7"));
    assert_eq!(container.sh("hostname"), "box-7\n");
    let address = container.handle().published_address(&web).unwrap().unwrap();
    assert!(address.ip().is_loopback() && address.port() != 0, "{address}");
    let other = container.handle().published_address(&fixed).unwrap().unwrap();
    assert_ne!(address, other);
    let none = container.handle().published_address(&PublishedPort::tcp(1)).unwrap();
    assert_eq!(none, None);

    let serve = sh("nc -l -p 8080 -e cat");
    let server = container.start_exec(&container.id, &serve).unwrap();
    let listens = |line: &str| line.contains(":1F90 ") && line.contains(":0000 0A ");
    until(|| {
        let sockets = container.sh("cat /proc/net/tcp /proc/net/tcp6");
        sockets.lines().any(listens).then_some(())
    });
    // The gVisor of tests/engine has no network in any case.
    if !has_gvisor() {
        assert_eq!(echoed(address), b"hello");
    }
    drop(server);
}

/// What comes back from a server in the engine's network namespace.
fn echoed(address: SocketAddr) -> Vec<u8> {
    support::in_engine_network(move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(b"hello").unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut back = Vec::new();
        stream.read_to_end(&mut back).unwrap();
        back
    })
}

#[test]
fn a_named_network_connects_its_containers_only() {
    let name = unique("sandcell-net");
    let body = format!(r#"{{"Name":"{name}","Internal":true}}"#);
    let json = ["--header", "Content-Type: application/json", "--data", &body];
    api("/networks/create", &json);
    {
        let member =
            || Container::with(CreateOptions::new(IMAGE).network(NetworkMode::Named(name.clone())));
        let (one, other) = (member(), member());
        let ip = |container: &Container| container.sh("hostname -i").trim().to_owned();
        let ip = ip(&other);
        let reach = sh(&format!("ping -c 1 -w 5 {ip} || wget -T 2 -O - http://{ip}:1"));
        let reached = one.exec(&one.id, &reach).unwrap();
        assert!(!ip.is_empty() && !reached.stderr.text().contains("unreachable"), "{reached:?}");
        // That of tests/engine has no network in any case.
        let interfaces = if has_gvisor() { "lo\n" } else { "eth0\nlo\n" };
        assert_eq!(one.sh("ls /sys/class/net"), interfaces);
        let posture = one.handle().posture().unwrap();
        assert!(!posture.is_enforced(Protection::Network), "{posture}");
    }
    api(&format!("/networks/{name}"), &["--request", "DELETE"]);
    let missing =
        CreateOptions::new(IMAGE).network(NetworkMode::Named("no-such-network".to_owned()));
    assert!(engine().create_and_start(&missing).unwrap_err().is_not_found());
}
