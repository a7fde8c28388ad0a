//! An engine that dies and comes back under its clients: a private one, since the
//! other tests need theirs.

mod support;

use std::time::Duration;

use sandcell::{ErrorKind, NetworkMode, Outcome};
use support::front::{self, Exec, Front, on_each_front};
use support::restartable::Restartable;

on_each_front! {
    a_client_outlives_its_engine
}

fn a_client_outlives_its_engine<F: Front>() {
    let docker = Restartable::new();
    let host = docker.engine("up");
    let client = F::connect_to(&host);
    let id = client.create_and_start(support::IMAGE, NetworkMode::Disabled).unwrap();
    let mut exec = client.start_exec(&id, &front::Command::new(["cat"])).unwrap();
    let stdin = exec.take_stdin();
    assert!(exec.try_wait().unwrap().is_none());
    assert!(client.container_alive(&id).unwrap()); // leaves an idle connection

    docker.engine("down");
    // What became of the command is not known, and not made up.
    let outcome = exec.wait_timeout(Duration::from_secs(10)).unwrap();
    assert!(matches!(outcome, Some(Outcome::Lost(_))), "{outcome:?}");
    drop(stdin);

    assert_eq!(docker.engine("up"), host);
    // The idle connection is dead, and nobody has noticed.
    assert!(!client.container_alive(&id).unwrap());
    let id = client.create_and_start(support::IMAGE, NetworkMode::Disabled).unwrap();
    client.stop(&id).unwrap();

    docker.engine("down");
    let error = client.container_alive(&id).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::EngineNotFound, "{error}");
    docker.engine("up");
    client.version().unwrap();
}
