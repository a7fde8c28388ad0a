//! Where the engine is: the meaning of a `DOCKER_HOST`.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// What the engine's own clients use when nothing else is said.
pub(crate) const DEFAULT_HOST: &str = "unix:///var/run/docker.sock";

/// Who said where the engine is; error messages pass it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    Environment,
    Builder,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Origin::Default => "the default; DOCKER_HOST is not set",
            Origin::Environment => "from DOCKER_HOST",
            Origin::Builder => "from the client's builder",
        })
    }
}

/// An engine's address.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    socket: PathBuf,
    origin: Origin,
}

impl Endpoint {
    /// Reads `host` (`unix:///path`).
    pub(crate) fn parse(host: &str, origin: Origin) -> Result<Self> {
        let refused =
            |kind, problem: &str| Error::new(kind, format!("host {host:?} ({origin}): {problem}"));
        let Some((scheme, address)) = host.split_once("://") else {
            let problem = "not of the form scheme://address, such as unix:///var/run/docker.sock";
            return Err(refused(ErrorKind::InvalidArgument, problem));
        };
        match scheme {
            "unix" if address.contains('\0') => {
                Err(refused(ErrorKind::InvalidArgument, "contains a NUL"))
            }
            "unix" if !address.starts_with('/') => {
                Err(refused(ErrorKind::InvalidArgument, "the socket's path must be absolute"))
            }
            "unix" => Ok(Endpoint { socket: address.into(), origin }),
            "tcp" | "http" | "https" | "ssh" | "npipe" | "fd" => {
                let problem = format!("{scheme}:// is unsupported in this build; use unix://");
                Err(refused(ErrorKind::Unsupported, &problem))
            }
            _ => Err(refused(ErrorKind::InvalidArgument, "unknown scheme; use unix://")),
        }
    }

    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unix://{} ({})", self.socket.display(), self.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_their_errors() {
        let kind = |host| Endpoint::parse(host, Origin::Builder).err().map(|e| e.kind());
        assert_eq!(kind(DEFAULT_HOST), None);
        assert_eq!(kind("tcp://127.0.0.1:2375"), Some(ErrorKind::Unsupported));
        assert_eq!(kind("ssh://root@host"), Some(ErrorKind::Unsupported));
        for bad in
            ["", "/var/run/docker.sock", "unix://relative", "unix://", "gopher://x", "unix:///a\0b"]
        {
            assert_eq!(kind(bad), Some(ErrorKind::InvalidArgument), "{bad:?}");
        }
    }

    #[test]
    fn an_error_names_the_host_and_who_said_it() {
        let error = Endpoint::parse("nowhere", Origin::Environment).unwrap_err().to_string();
        assert!(error.contains("\"nowhere\"") && error.contains("DOCKER_HOST"), "{error}");
    }
}
