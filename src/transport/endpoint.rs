//! The address of the engine, in the form of a `DOCKER_HOST`.

use std::fmt;
use std::path::PathBuf;

use super::authority::{Authority, refused};
use super::ssh::Login;
use super::suggestion::{bare, suggestion};
use super::tls::{Tls, TlsOptions};
use crate::error::{Error, ErrorKind, Result};

/// The default of Docker's own clients.
const DEFAULT_HOST: &str = "unix:///var/run/docker.sock";

/// Where the address came from; part of error messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    Environment,
    Builder,
    UsualPlace,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Origin::Default => "the default; DOCKER_HOST is not set",
            Origin::Environment => "from DOCKER_HOST",
            Origin::Builder => "from the client's builder",
            Origin::UsualPlace => "found at a well-known path; DOCKER_HOST is not set",
        })
    }
}

/// An unparsed address. It is shown without the user name.
#[derive(Clone)]
pub(crate) struct Host {
    pub(crate) text: String,
    pub(crate) origin: Origin,
}

impl Default for Host {
    fn default() -> Self {
        Host { text: DEFAULT_HOST.to_owned(), origin: Origin::Default }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({})", without_user(&self.text), self.origin)
    }
}

/// A host to show, without the name or the password of whoever logs in.
fn without_user(host: &str) -> String {
    let start = host.find("://").map_or(0, |at| at + 3);
    match host[start..].rfind('@') {
        Some(at) if !host.starts_with("unix:") => {
            format!("{}***{}", &host[..start], &host[start + at..])
        }
        _ => host.to_owned(),
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A parsed address of an engine, with everything needed to connect.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(super) transport: TransportKind,
    origin: Origin,
}

/// The transport to an engine.
#[derive(Clone)]
pub(super) enum TransportKind {
    Unix(PathBuf),
    Tcp(Authority),
    Tls(Authority, Tls),
    Ssh(Login),
}

impl Endpoint {
    /// Parses `host`, and loads the TLS files if it uses TLS.
    pub(crate) fn parse(host: &Host, tls: &TlsOptions) -> Result<Self> {
        let transport = TransportKind::parse(&host.text, tls).map_err(|error| {
            let error = match suggestion(&host.text) {
                Some(meant) => error.hint(format_args!("did you mean {:?}?", without_user(&meant))),
                None => error,
            };
            error.context(format!("host {host}"))
        })?;
        Ok(Endpoint { transport, origin: host.origin })
    }

    /// The value of the `Host` header, as Docker's own clients send it.
    pub(crate) fn http_host(&self) -> String {
        match &self.transport {
            TransportKind::Unix(_) => "api.moby.localhost".to_owned(),
            TransportKind::Tcp(authority) | TransportKind::Tls(authority, _) => {
                authority.to_string()
            }
            TransportKind::Ssh(_) => "docker.example.com".to_owned(),
        }
    }

    /// The path prefix of every request.
    pub(crate) fn base_path(&self) -> &str {
        match &self.transport {
            TransportKind::Tcp(authority) | TransportKind::Tls(authority, _) => {
                &authority.base_path
            }
            TransportKind::Unix(_) | TransportKind::Ssh(_) => "",
        }
    }
}

impl TransportKind {
    fn parse(host: &str, tls: &TlsOptions) -> Result<Self> {
        if bare(host) != host {
            return Err(refused("must not be in quotes, or begin or end with white space"));
        }
        let Some((scheme, address)) = host.split_once("://") else {
            return Err(refused("not of the form scheme://address, such as tcp://localhost:2375"));
        };
        match scheme {
            "unix" if address.contains('\0') => Err(refused("contains a NUL byte")),
            "unix" if !address.starts_with('/') => {
                Err(refused("the socket's path must be absolute"))
            }
            "unix" => Ok(TransportKind::Unix(address.into())),
            "http" if tls.is_on() => {
                Err(refused("http:// cannot be used when TLS is set up; use https://"))
            }
            "tcp" | "http" if !tls.is_on() => {
                Ok(TransportKind::Tcp(Authority::parse(address, 2375)?))
            }
            "tcp" | "https" => {
                let authority = Authority::parse(address, 2376)?;
                Ok(TransportKind::Tls(authority.clone(), Tls::load(tls, &authority.host)?))
            }
            "ssh" => Ok(TransportKind::Ssh(Login::parse(address)?)),
            "npipe" => {
                Err(Error::new(ErrorKind::Unsupported, "npipe:// is supported on Windows only"))
            }
            "fd" => {
                let problem = "fd:// is for engines; clients need the address of the socket";
                Err(Error::new(ErrorKind::Unsupported, problem))
            }
            _ => Err(refused("unknown scheme; use unix://, tcp://, https:// or ssh://")),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.transport {
            TransportKind::Unix(socket) => write!(f, "unix://{}", socket.display())?,
            TransportKind::Tcp(authority) => write!(f, "tcp://{authority}{}", authority.base_path)?,
            TransportKind::Tls(authority, _) => {
                write!(f, "tcp://{authority}{} with TLS", authority.base_path)?
            }
            TransportKind::Ssh(login) => write!(f, "ssh://{login}")?,
        }
        write!(f, " ({})", self.origin)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Endpoint> {
        let host = Host { text: text.to_owned(), origin: Origin::Environment };
        Endpoint::parse(&host, &TlsOptions::default())
    }

    fn with_tls(text: &str) -> Result<Endpoint> {
        let host = Host { text: text.to_owned(), origin: Origin::Environment };
        let tls = TlsOptions { accept_any_server: true, ..TlsOptions::default() };
        Endpoint::parse(&host, &tls)
    }

    #[test]
    fn every_form_of_a_host() {
        for (host, shown, http_host, base_path) in [
            (DEFAULT_HOST, DEFAULT_HOST, "api.moby.localhost", ""),
            ("tcp://engine", "tcp://engine:2375", "engine:2375", ""),
            ("tcp://10.0.0.1:80", "tcp://10.0.0.1:80", "10.0.0.1:80", ""),
            ("tcp://[::1]:80/", "tcp://[::1]:80", "[::1]:80", ""),
            ("tcp://[fe80::1]", "tcp://[fe80::1]:2375", "[fe80::1]:2375", ""),
            ("tcp://e:1/a/b/", "tcp://e:1/a/b", "e:1", "/a/b"),
            ("http://a_b.c-d.:1", "tcp://a_b.c-d.:1", "a_b.c-d.:1", ""),
            ("ssh://host", "ssh://host", "docker.example.com", ""),
            ("ssh://me@host:22", "ssh://host:22", "docker.example.com", ""),
            ("ssh://host/run/d.sock", "ssh://host/run/d.sock", "docker.example.com", ""),
        ] {
            let endpoint = parse(host).unwrap();
            assert_eq!(endpoint.to_string(), format!("{shown} (from DOCKER_HOST)"));
            assert_eq!((&*endpoint.http_host(), endpoint.base_path()), (http_host, base_path));
        }
    }

    #[cfg(feature = "tls")]
    #[test]
    fn tls_has_a_port_of_its_own() {
        for host in ["tcp://engine", "https://engine"] {
            let endpoint = with_tls(host).unwrap().to_string();
            assert_eq!(endpoint, "tcp://engine:2376 with TLS (from DOCKER_HOST)");
        }
        let local = with_tls("unix:///run/docker.sock").unwrap().to_string();
        assert_eq!(local, "unix:///run/docker.sock (from DOCKER_HOST)");
        let plain = with_tls("http://engine").unwrap_err().to_string();
        assert!(plain.contains("when TLS is set up"), "{plain}");
        let no_ca = parse("https://engine").unwrap_err();
        assert!(no_ca.is_invalid_argument() && no_ca.to_string().contains("DOCKER_CERT_PATH"));
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn tls_is_unsupported() {
        for refused in [with_tls("tcp://engine"), parse("https://engine")] {
            let error = refused.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        }
    }

    #[test]
    fn bad_hosts() {
        let kind = |host| parse(host).err().map(|e| e.kind());
        assert_eq!(kind("npipe:////./pipe/docker_engine"), Some(ErrorKind::Unsupported));
        assert_eq!(kind("fd://"), Some(ErrorKind::Unsupported));
        for bad in [
            "",
            "/var/run/docker.sock",
            "unix://relative",
            "unix://",
            "gopher://x",
            "unix:///a\0b",
            "tcp://",
            "tcp://:2375",
            "tcp:///path",
            "tcp://h:",
            "tcp://h:0",
            "tcp://h:65536",
            "tcp://h:+1",
            "tcp://h:1:2",
            "tcp://::1:2375",
            "tcp://[::1",
            "tcp://[::1]x",
            "tcp://[h]:1",
            "tcp://a b",
            "tcp://h\r\nX: y",
            "tcp://h:1/a b",
            "tcp://h:1/?q",
            "tcp://h:1#f",
            "tcp://user@h:1",
            "ssh://",
            "ssh://me@",
            "ssh://me:word@h",
            "ssh://-oProxyCommand=x",
            "ssh://-l@h",
            "ssh://h:x",
            "ssh://h?q",
            "ssh://h/a b",
            "ssh://a%0Ab@h",
            "ssh://h/$(x)",
            "ssh://h o",
        ] {
            assert_eq!(kind(bad), Some(ErrorKind::InvalidArgument), "{bad:?}");
        }
    }

    #[test]
    fn an_error_says_what_was_probably_meant() {
        for (host, meant) in [
            ("/var/run/docker.sock", "did you mean \"unix:///var/run/docker.sock\"?"),
            ("localhost:2375", "did you mean \"tcp://localhost:2375\"?"),
            ("npipe:////./pipe/docker_engine", "did you mean \"unix:///var/run/docker.sock\"?"),
            ("unix:///run/docker.sock\n", "white space; did you mean \"unix:///run/docker.sock\"?"),
            ("secret@h", "did you mean \"ssh://***@h\"?"),
        ] {
            let error = parse(host).unwrap_err().to_string();
            assert!(error.ends_with(meant), "{error}");
        }
        let error = parse("gopher://x").unwrap_err().to_string();
        assert!(!error.contains("did you mean"), "{error}");
    }

    #[test]
    fn an_error_names_the_host_and_who_said_it() {
        let error = parse("nowhere").unwrap_err().to_string();
        assert!(error.contains("\"nowhere\"") && error.contains("DOCKER_HOST"), "{error}");
    }

    #[test]
    fn who_logs_in_is_not_shown() {
        for host in ["ssh://secret:word@h", "tcp://secret@h", "secret@h", "ssh://secret@h:0"] {
            let error = parse(host).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("secret") && shown.contains("***@h"), "{shown}");
        }
        let endpoint = parse("ssh://secret@h").unwrap();
        assert!(!format!("{endpoint} {endpoint:?}").contains("secret"));
    }
}
