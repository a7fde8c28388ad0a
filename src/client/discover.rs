//! Finding an engine when no host is configured.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use super::Client;
use super::builder::{ClientBuilder, path_variable};
use crate::error::{Error, ErrorKind, Result};

/// How long one socket has to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) fn discover() -> Result<Client> {
    let builder = ClientBuilder::from_env()?;
    if builder.has_host() {
        let client = builder.build()?;
        client.version()?;
        return Ok(client);
    }
    let sockets = well_known_sockets(path_variable("XDG_RUNTIME_DIR"), path_variable("HOME"));
    first_to_answer(&builder, sockets)
}

/// The sockets of common engines, system-wide ones first.
fn well_known_sockets(runtime: Option<PathBuf>, home: Option<PathBuf>) -> Vec<PathBuf> {
    let in_runtime = |path| runtime.as_ref().map(|dir| dir.join(path));
    let in_home = |path| home.as_ref().map(|dir| dir.join(path));
    let sockets = [
        Some("/var/run/docker.sock".into()),
        in_runtime("docker.sock"),
        in_home(".docker/run/docker.sock"),
        in_home(".docker/desktop/docker.sock"),
        in_home(".colima/default/docker.sock"),
        in_home(".orbstack/run/docker.sock"),
        in_home(".rd/docker.sock"),
        in_runtime("podman/podman.sock"),
        Some("/run/podman/podman.sock".into()),
    ];
    sockets.into_iter().flatten().filter(|socket| socket.is_absolute()).collect()
}

fn first_to_answer(builder: &ClientBuilder, sockets: Vec<PathBuf>) -> Result<Client> {
    let mut failures = Vec::new();
    for socket in sockets {
        let Some(path) = socket.to_str() else { continue }; // an endpoint must be UTF-8
        let client = builder.clone().at_well_known_socket(format!("unix://{path}")).build()?;
        match client.with_timeout(ANSWER_TIMEOUT).version() {
            Ok(_) => return Ok(client),
            Err(error) => failures.push((socket, error)),
        }
    }
    Err(none_answers(&failures))
}

/// The kind of the first failure other than a missing socket.
fn none_answers(failures: &[(PathBuf, Error)]) -> Error {
    let mut kinds = failures.iter().map(|(_, error)| error.kind());
    let kind = kinds.find(|&kind| kind != ErrorKind::EngineNotFound);
    let mut message = "no engine answers, and DOCKER_HOST is not set".to_owned();
    for (socket, error) in failures {
        let _ = match error.kind() {
            ErrorKind::EngineNotFound => write!(message, "; {}: no such socket", socket.display()),
            _ => write!(message, "; {}: {error:#}", socket.display()),
        };
    }
    Error::new(kind.unwrap_or(ErrorKind::EngineNotFound), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::torture::fake::FakeEngine;
    use std::os::unix::net::UnixListener;

    #[test]
    fn the_first_to_answer_is_taken() {
        let dir = tempfile::tempdir().unwrap();
        let (missing, left) = (dir.path().join("missing"), dir.path().join("left"));
        drop(UnixListener::bind(&left).unwrap());
        let (first, second) = (FakeEngine::routine(), FakeEngine::routine());
        let sockets = vec![missing, left, first.socket(), second.socket()];
        let client = first_to_answer(&ClientBuilder::default(), sockets).unwrap();
        client.version().unwrap();
        assert_eq!((first.connections(), second.connections()), (1, 0));
    }

    #[test]
    fn every_socket_is_listed_with_its_failure() {
        let dir = tempfile::tempdir().unwrap();
        let (missing, left) = (dir.path().join("missing"), dir.path().join("left"));
        drop(UnixListener::bind(&left).unwrap());
        let sockets = vec![missing.clone(), left.clone()];
        let error = first_to_answer(&ClientBuilder::default(), sockets).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        let said = error.to_string();
        assert!(said.contains(&format!("{}: no such socket", missing.display())), "{said}");
        assert!(said.contains(left.to_str().unwrap()) && said.contains("did it stop?"), "{said}");
        let nothing = first_to_answer(&ClientBuilder::default(), vec![missing]).unwrap_err();
        assert_eq!(nothing.kind(), ErrorKind::EngineNotFound);
    }

    #[test]
    fn sockets_that_depend_on_unset_variables_are_left_out() {
        let system = ["/var/run/docker.sock", "/run/podman/podman.sock"].map(PathBuf::from);
        assert_eq!(well_known_sockets(None, None), system);
        assert_eq!(well_known_sockets(Some("relative".into()), None), system);
        assert_eq!(well_known_sockets(Some("/run/user/7".into()), Some("/home/x".into())).len(), 9);
    }
}
