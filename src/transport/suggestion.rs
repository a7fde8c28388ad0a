//! What an invalid host was meant to be.

use std::net::Ipv6Addr;

use super::authority::Authority;
use super::ssh::Login;

/// Where Docker listens by default.
const SOCKET: &str = "unix:///var/run/docker.sock";
const SCHEMES: [&str; 5] = ["unix", "tcp", "http", "https", "ssh"];

/// Returns the host that `host` was probably meant to be: always a valid one. `None`
/// if `host` is valid itself, or could mean anything.
pub(super) fn suggestion(host: &str) -> Option<String> {
    if is_valid(host) {
        return None;
    }
    let bare = bare(host);
    if bare != host && is_valid(bare) {
        return Some(bare.to_owned());
    }
    let meant = match bare.split_once("://") {
        Some((scheme, address)) => with_scheme(&scheme.to_ascii_lowercase(), address),
        None => with_broken_scheme(bare).or_else(|| without_scheme(bare)),
    };
    meant.filter(|meant| is_valid(meant))
}

/// `host` without what surrounds it in a file of variables.
pub(super) fn bare(host: &str) -> &str {
    host.trim_matches(|c: char| c.is_whitespace() || "\"'".contains(c))
}

fn is_valid(host: &str) -> bool {
    if bare(host) != host {
        return false;
    }
    match host.split_once("://") {
        Some(("unix", path)) => path.len() > 1 && path.starts_with('/') && !path.contains('\0'),
        Some(("ssh", address)) => Login::parse(address).is_ok(),
        Some(("tcp" | "http" | "https", address)) => Authority::parse(address, 1).is_ok(),
        _ => false,
    }
}

fn with_scheme(scheme: &str, address: &str) -> Option<String> {
    match scheme {
        "npipe" | "fd" => Some(SOCKET.to_owned()),
        "unix" | "file" if address.is_empty() => Some(SOCKET.to_owned()),
        "unix" | "file" => socket(address),
        "tcp" | "http" | "https" if address.starts_with('/') => socket(address),
        "tcp" | "http" | "https" => Some(format!("{scheme}://{}", authority(address))),
        "ssh" => Some(format!("ssh://{}", address.trim_end_matches(':'))),
        _ => None,
    }
}

/// `unix:/path`, `tcp:host`, `ssh//host`.
fn with_broken_scheme(host: &str) -> Option<String> {
    let (scheme, rest) = host.split_once([':', '/'])?;
    let scheme = SCHEMES.into_iter().find(|known| scheme.eq_ignore_ascii_case(known))?;
    let rest = rest.trim_start_matches([':', '/']);
    match scheme {
        "unix" => socket(rest),
        _ => with_scheme(scheme, rest),
    }
}

fn without_scheme(host: &str) -> Option<String> {
    let is_path = host.contains('/') && !host.contains(':') || host.ends_with(".sock");
    if host.is_empty() || host.starts_with(r"\\") || host.starts_with("//./pipe/") {
        Some(SOCKET.to_owned())
    } else if host.starts_with('/') {
        socket(host)
    } else if is_path {
        None // relative to what is not known
    } else if host.contains('@') {
        with_scheme("ssh", host)
    } else {
        with_scheme("tcp", host)
    }
}

/// A path that lacks at most its first slash.
fn socket(path: &str) -> Option<String> {
    let is_relative = path.starts_with(['.', '~']) || !path.contains('/');
    (!is_relative).then(|| format!("unix:///{}", path.trim_start_matches('/')))
}

/// `2375`, `:2375`, `host:`, `host` and `::1`, with what they lack.
fn authority(address: &str) -> String {
    let is_port = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let address = match address.strip_prefix(':') {
        Some(port) if is_port(port) => return format!("localhost:{port}"),
        _ => address.trim_end_matches(':'),
    };
    if is_port(address) {
        format!("localhost:{address}")
    } else if address.parse::<Ipv6Addr>().is_ok() {
        format!("[{address}]:2375")
    } else if address.contains([':', '/']) {
        address.to_owned()
    } else {
        format!("{address}:2375")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant() {
        for (host, meant) in [
            ("/var/run/docker.sock", SOCKET),
            ("/run/user/1000/podman/podman.sock", "unix:///run/user/1000/podman/podman.sock"),
            ("unix:/var/run/docker.sock", SOCKET),
            ("unix://var/run/docker.sock", SOCKET),
            ("unix:var/run/docker.sock", SOCKET),
            ("UNIX:///var/run/docker.sock", SOCKET),
            ("file:///var/run/docker.sock", SOCKET),
            ("tcp:///var/run/docker.sock", SOCKET),
            ("unix:///var/run/docker.sock\n", SOCKET),
            (" unix:///var/run/docker.sock ", SOCKET),
            ("\"unix:///var/run/docker.sock\"", SOCKET),
            ("'/var/run/docker.sock'\r\n", SOCKET),
            ("unix://", SOCKET),
            (" ", SOCKET),
            ("npipe:////./pipe/docker_engine", SOCKET),
            (r"\\.\pipe\docker_engine", SOCKET),
            ("//./pipe/docker_engine", SOCKET),
            ("fd://", SOCKET),
            ("localhost:2375", "tcp://localhost:2375"),
            ("localhost", "tcp://localhost:2375"),
            ("10.0.0.1:2376", "tcp://10.0.0.1:2376"),
            ("[::1]:2375", "tcp://[::1]:2375"),
            ("::1", "tcp://[::1]:2375"),
            (":2375", "tcp://localhost:2375"),
            ("2375", "tcp://localhost:2375"),
            ("tcp://:2375", "tcp://localhost:2375"),
            ("tcp://host:", "tcp://host:2375"),
            ("tcp:host:2375", "tcp://host:2375"),
            ("tcp:/host:2375", "tcp://host:2375"),
            ("tcp//host:2375", "tcp://host:2375"),
            ("TCP://host:2375", "tcp://host:2375"),
            ("tcp://host:2375\n", "tcp://host:2375"),
            ("http:host:2375", "http://host:2375"),
            ("HTTPS://host", "https://host:2375"),
            ("ssh:host", "ssh://host"),
            ("ssh:me@host", "ssh://me@host"),
            ("ssh://host:", "ssh://host"),
            ("me@host", "ssh://me@host"),
        ] {
            assert_eq!(suggestion(host).as_deref(), Some(meant), "{host:?}");
            assert!(is_valid(meant), "{meant:?}");
        }
    }

    #[test]
    fn nothing_is_made_up() {
        for host in [
            SOCKET,
            "tcp://host",
            "https://host",
            "ssh://me@host",
            "gopher://x",
            "docker.sock",
            "./docker.sock",
            "~/docker.sock",
            "unix://~/docker.sock",
            "unix://docker.sock",
            "run/docker.sock",
            "tcp://",
            "tcp://a b",
            "a b",
            "tcp://h:x",
            "tcp://user@h:1",
            "ssh://",
            "ssh://-oProxyCommand=x",
            "unix:///a\0b",
            "tcp://h\r\nX: y",
        ] {
            assert_eq!(suggestion(host), None, "{host:?}");
        }
    }
}
