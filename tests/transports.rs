//! Every transport to an engine, on real engines: `tests/engine up docker-tls` and
//! `docker-ssh`.

mod support;

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Instant;

use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, SockaddrIn};
use nix::sys::socket::{bind, getsockname, listen, socket};
use sandcell::{Client, CreateOptions, ErrorKind, Lifetime, NetworkMode, Result};
use support::front::{Command, Front, on_each_front, sh};
use support::limits::{SOON, check, ends_at_its_deadline, ends_when_cancelled};
use support::peer::{self, Peer};
use support::process::{open_fds, threads};
use support::{IMAGE, endpoint_of, in_network_of, network_of, noise, state_of, until};

const MIB: usize = 1024 * 1024;

// --- What is done over each transport ----------------------------------------------

/// All that a host does, over the transport in the environment; nothing is left.
fn main_job<F: Front>() {
    let before = (open_fds(), threads());
    let client = F::connect();
    let id = client.create_and_start(IMAGE, NetworkMode::Disabled).unwrap();
    let both = client.exec(&id, &sh("echo out; echo err >&2; exit 3")).unwrap();
    assert_eq!((both.exit_code, &*both.stdout.text()), (Some(3), "out\n"));
    assert_eq!(both.stderr.text(), "err\n");

    let bytes = noise(64 * MIB);
    let cat = client.exec(&id, &Command::new(["cat"]).stdin(bytes.clone())).unwrap();
    assert!(cat.success(), "{:?}", cat.outcome);
    assert!(cat.stdout[..] == bytes[..], "the bytes differ");

    // It ends with input unread, behind which no output may be lost.
    let unread = sh("head -c 3000000 /dev/zero; exit 4").stdin(bytes);
    let unread = client.exec(&id, &unread).unwrap();
    assert_eq!(
        (unread.exit_code, unread.stdout.len()),
        (Some(4), 3_000_000),
        "{:?}",
        unread.outcome
    );

    client.stop(&id).unwrap();
    assert!(!client.container_alive(&id).unwrap());
    drop(client);
    until(|| (before == (open_fds(), threads())).then_some(()));
    assert_eq!(children(), "");
}

/// Runs the main job in a process of its own, in the network of `engine`.
fn over_road<F: Front>(test: &str, engine: &str, environment: fn() -> Vec<String>) {
    if peer::role().is_some() {
        return main_job::<F>();
    }
    let (namespace, environment) = (format!("--net={}", network_of(engine)), environment());
    let mut wrapper = vec!["nsenter", &namespace, "env"];
    wrapper.extend(environment.iter().map(String::as_str));
    let job = Peer::under(&wrapper, &format!("{}::{test}", F::NAME), "main job");
    assert!(job.finish());
}

fn the_main_job_over_tcp<F: Front>() {
    let environment = || vec!["DOCKER_HOST=tcp://localhost:2375".to_owned()];
    over_road::<F>("the_main_job_over_tcp", "docker", environment);
}

fn the_main_job_over_tls<F: Front>() {
    let environment = || {
        vec![
            format!("DOCKER_HOST={}", endpoint_of("docker-tls")),
            "DOCKER_TLS_VERIFY=1".to_owned(),
            format!("DOCKER_CERT_PATH={}", state_of("docker-tls").join("pki/client").display()),
        ]
    };
    over_road::<F>("the_main_job_over_tls", "docker-tls", environment);
}

fn the_main_job_over_ssh<F: Front>() {
    let environment = || vec![format!("DOCKER_HOST={}", endpoint_of("docker-ssh")), ssh_path()];
    over_road::<F>("the_main_job_over_ssh", "docker", environment);
}

on_each_front! {
    the_main_job_over_tcp
    the_main_job_over_tls
    the_main_job_over_ssh
}

/// A host that is killed takes its container, and its `ssh`, along.
#[test]
fn a_tied_container_goes_with_its_host_over_each_road() {
    let name = "a_tied_container_goes_with_its_host_over_each_road";
    if peer::role().is_some() {
        let options = CreateOptions::new(IMAGE).lifetime(Lifetime::TiedToHost);
        let client = Client::from_env().unwrap();
        let id = client.create_and_start(&options).unwrap();
        assert!(client.container_alive(&id).unwrap());
        peer::say(&format!("{id} {}", children()));
        return peer::wait_for_the_end();
    }
    let certificates = state_of("docker-tls").join("pki/client");
    let certificates = format!("DOCKER_CERT_PATH={}", certificates.display());
    let ssh = ssh_path();
    for (engine, transport) in [
        ("docker", ["DOCKER_HOST=tcp://localhost", ""]),
        ("docker-tls", ["DOCKER_HOST=tcp://localhost", &certificates]),
        ("docker", ["DOCKER_HOST=ssh://root@127.0.0.1:2222", &ssh]),
    ] {
        let namespace = format!("--net={}", network_of(engine));
        let wrapper = ["nsenter", &namespace, "env", transport[0]];
        let wrapper =
            [&wrapper[..], transport[1..].strip_suffix(&[""]).unwrap_or(&transport[1..])].concat();
        let mut host = Peer::under(&wrapper, name, "host");
        let said = host.hear();
        let (id, children) = said.split_once(' ').unwrap_or((&said, ""));
        assert_eq!(children.is_empty(), transport[0].contains("tcp"));
        host.kill();
        let there = format!("unix://{}", state_of(engine).join("docker.sock").display());
        let there = Client::builder().host(there).build().unwrap();
        until(|| (!there.container_alive(id).unwrap()).then_some(()));
        for child in children.split_whitespace() {
            until(|| (!Path::new("/proc").join(child).exists()).then_some(()));
        }
    }
}

/// The children of this process, whichever thread started them.
fn children() -> String {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let of_task = |task: fs::DirEntry| fs::read_to_string(task.path().join("children")).unwrap();
    tasks.map(|task| of_task(task.unwrap())).collect()
}

/// A `PATH` with the `ssh` that knows the way in.
fn ssh_path() -> String {
    path_with(&state_of("docker-ssh").join("bin"))
}

fn path_with(first: &Path) -> String {
    format!("PATH={}:{}", first.display(), std::env::var("PATH").unwrap())
}

// --- Errors -------------------------------------------------------------------

fn version_at(host: &str) -> Result<()> {
    Client::builder().host(host).build()?.version().map(drop)
}

#[test]
fn nobody_at_a_port() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let host = format!("tcp://127.0.0.1:{port}");
    let error = version_at(&host).unwrap_err();
    let words = [&*host, "from the client's builder", "is the engine running", "refused"];
    check(&error, ErrorKind::ConnectionRefused, &words);
    // A network namespace of which nothing leads out.
    let error = in_network_of("docker-tls", || version_at("tcp://192.0.2.1").unwrap_err());
    check(&error, ErrorKind::Unreachable, &["tcp://192.0.2.1:2375", "no route"]);
}

#[test]
fn a_name_that_nobody_knows() {
    let client = Client::builder().host("tcp://no-such-host.invalid").build().unwrap();
    let start = Instant::now();
    let error = client.with_timeout(SOON).version().unwrap_err();
    assert!(start.elapsed() < 2 * SOON, "{:?}", start.elapsed());
    match error.is_timeout() {
        true => check(&error, ErrorKind::Timeout, &["no-such-host.invalid:2375"]),
        false => check(&error, ErrorKind::Unreachable, &["no-such-host.invalid", "name"]),
    }
}

// --- Limits -------------------------------------------------------------------

/// A port that lets nobody in any more.
fn full_port() -> (u16, Vec<OwnedFd>) {
    let (family, kind) = (AddressFamily::Inet, SockType::Stream);
    let listener = socket(family, kind, SockFlag::empty(), None).unwrap();
    bind(listener.as_raw_fd(), &SockaddrIn::new(127, 0, 0, 1, 0)).unwrap();
    listen(&listener, Backlog::new(0).unwrap()).unwrap();
    let address: SockaddrIn = getsockname(listener.as_raw_fd()).unwrap();
    let mut held = vec![listener];
    let address = (std::net::Ipv4Addr::LOCALHOST, address.port()).into();
    while let Ok(stream) = TcpStream::connect_timeout(&address, SOON) {
        held.push(stream.into());
    }
    (address.port(), held)
}

#[test]
fn a_connection_that_never_comes_is_left_at_once() {
    let (port, _held) = full_port();
    let host = format!("tcp://127.0.0.1:{port}");
    let client = Client::builder().host(&host).build().unwrap();
    ends_at_its_deadline(&client, &[&host, "does not respond"]);
    ends_when_cancelled(&client, || {
        let asked = format!("0100007F:{port:04X} 02");
        until(|| fs::read_to_string("/proc/net/tcp").unwrap().contains(&asked).then_some(()));
    });
}

// --- ssh ----------------------------------------------------------------------

/// Runs `test` with this shell script for an `ssh`; its directory is the role.
fn with_ssh(test: &str, script: &str) {
    let dir = tempfile::tempdir().unwrap();
    let ssh = dir.path().join("ssh");
    fs::write(&ssh, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&ssh, PermissionsExt::from_mode(0o755)).unwrap();
    let path = path_with(dir.path());
    let peer = Peer::under(&["env", &path], test, dir.path().to_str().unwrap());
    assert!(peer.finish());
}

fn ssh_client() -> Client {
    Client::builder().host("ssh://someone@engine.example:2200/run/d.sock").build().unwrap()
}

#[test]
fn an_ssh_that_says_nothing_is_left_at_once_and_ended() {
    let Some(dir) = peer::role() else {
        let script = "echo $$ >>${0%/*}/pids; trap '' TERM; sleep 1000 & wait; wait";
        return with_ssh("an_ssh_that_says_nothing_is_left_at_once_and_ended", script);
    };
    let pids = || fs::read_to_string(Path::new(&dir).join("pids")).unwrap_or_default();
    let before = (open_fds(), threads());
    ends_at_its_deadline(&ssh_client(), &[]);
    let started = pids().lines().count();
    ends_when_cancelled(&ssh_client(), || {
        until(|| (pids().lines().count() > started).then_some(()))
    });
    for pid in pids().lines() {
        assert!(!Path::new("/proc").join(pid).exists(), "{pid} is still there");
        // Its group is gone, too: nobody else was started under that name.
        until(|| (!group_exists(pid)).then_some(()));
    }
    until(|| (before == (open_fds(), threads())).then_some(()));
}

fn group_exists(group: &str) -> bool {
    let stats = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("stat")).ok());
    // Behind the name: state, parent, group.
    let mut fields = stats.filter_map(|stat| Some(stat.rsplit_once(')')?.1.to_owned()));
    fields.any(|rest| {
        let fields: Vec<_> = rest.split_whitespace().collect();
        fields[2] == group && fields[0] != "Z"
    })
}

#[test]
fn what_ssh_says_and_does_is_told() {
    let Some(dir) = peer::role() else {
        let script = "echo \"$@\" >${0%/*}/args; ps -o pgid= -p $$ >${0%/*}/group\n\
            head -c 300000 /dev/zero | tr '\\0' x >&2 2>/dev/null\n\
            printf 'someone@engine.example: Permission denied\\n' >&2; exit 255";
        return with_ssh("what_ssh_says_and_does_is_told", script);
    };
    let error = ssh_client().version().unwrap_err();
    let words = ["ssh://engine.example:2200/run/d.sock", "exit status: 255"];
    check(&error, ErrorKind::Unreachable, &words);
    assert!(!format!("{error} {error:?}").contains("someone"), "{error}");
    assert!(error.to_string().len() < 4096, "{}", error.to_string().len());
    let args = fs::read_to_string(Path::new(&dir).join("args")).unwrap();
    let options = "-o ConnectTimeout=30 -T -l someone -p 2200 -- engine.example";
    let command = "docker --host=unix:///run/d.sock system dial-stdio";
    assert_eq!(args.trim(), format!("{options} {command}"));
    let group = fs::read_to_string(Path::new(&dir).join("group")).unwrap();
    assert_ne!(group.trim(), nix::unistd::getpgrp().to_string());
}

#[test]
fn ways_that_ssh_does_not_find() {
    if peer::role().is_some() {
        let client = |host: &str| Client::builder().host(host).build().unwrap();
        // No sshd there; a user who may not log in; no engine where it leads.
        for (host, words) in [
            ("ssh://root@127.0.0.1:2223", "refused"),
            ("ssh://nobody@127.0.0.1:2222", "***@127.0.0.1: Permission denied"),
            ("ssh://root@127.0.0.1:2222/nonexistent.sock", "nonexistent.sock"),
        ] {
            let error = client(host).version().unwrap_err();
            check(&error, ErrorKind::Unreachable, &["from the client's builder", words]);
        }
        return;
    }
    endpoint_of("docker-ssh");
    let network = format!("--net={}", network_of("docker"));
    let path = ssh_path();
    let wrapper = ["nsenter", &network, "env", &path];
    assert!(Peer::under(&wrapper, "ways_that_ssh_does_not_find", "role").finish());
}

#[test]
fn a_machine_without_ssh() {
    if peer::role().is_some() {
        let error = ssh_client().version().unwrap_err();
        return check(&error, ErrorKind::Unreachable, &["ssh is not installed"]);
    }
    let wrapper = ["/usr/bin/env", "PATH=/nonexistent"];
    assert!(Peer::under(&wrapper, "a_machine_without_ssh", "role").finish());
}

// --- Finding an engine ----------------------------------------------------------

#[test]
fn discovery_takes_the_engine_that_is_said_or_the_first_that_answers() {
    let name = "discovery_takes_the_engine_that_is_said_or_the_first_that_answers";
    if peer::role().is_some() {
        Client::discover().unwrap().version().unwrap();
        return;
    }
    let socket = endpoint_of("docker");
    let said = format!("DOCKER_HOST={socket}");
    assert!(Peer::under(&["env", &said], name, "said").finish());
    let home = tempfile::tempdir().unwrap();
    fs::create_dir_all(home.path().join(".colima/default")).unwrap();
    let link = home.path().join(".colima/default/docker.sock");
    std::os::unix::fs::symlink(socket.strip_prefix("unix://").unwrap(), link).unwrap();
    let home = format!("HOME={}", home.path().display());
    assert!(Peer::under(&["env", "-u", "DOCKER_HOST", &home], name, "found").finish());
}

#[test]
fn discovery_explains() {
    if let Some(home) = peer::role() {
        let error = Client::discover().unwrap_err();
        for place in [".docker/run/docker.sock", ".rd/docker.sock"] {
            assert!(error.to_string().contains(&format!("{home}/{place}")), "{error}");
        }
        assert!(error.is_unreachable() && error.to_string().contains("/run/podman"), "{error}");
        return;
    }
    // With a /run of its own, which no other engine is in.
    let home = tempfile::tempdir().unwrap();
    let (home, variable) =
        (home.path().to_str().unwrap(), format!("HOME={}", home.path().display()));
    let hidden = "mount -n -t tmpfs tmpfs /run; exec \"$@\"";
    let wrapper = ["unshare", "--mount", "sh", "-ec", hidden, "sh", "env", "-u", "DOCKER_HOST"];
    let wrapper = [&wrapper[..], &[&variable]].concat();
    assert!(Peer::under(&wrapper, "discovery_explains", home).finish());
}
