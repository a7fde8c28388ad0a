//! Setting a client up.

use std::env;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::Client;
use crate::api::ApiVersion;
use crate::api::http::{Config, HttpApi};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::registry::DockerConfig;
use crate::transport::{Endpoint, Host, Origin, TlsOptions};

/// Sets a [`Client`] up; see [`Client::builder`].
///
/// ```
/// use std::time::Duration;
/// use sandcell::Client;
///
/// let client = Client::builder()
///     .host("unix:///run/user/1000/docker.sock")
///     .connect_timeout(Duration::from_secs(2))
///     .build()?;
/// # Ok::<(), sandcell::Error>(())
/// ```
///
/// # TLS
/// Over `tcp://` there is TLS if any of [`tls_ca`](ClientBuilder::tls_ca),
/// [`tls_client_cert`](ClientBuilder::tls_client_cert) and
/// [`tls_accept_any_server`](ClientBuilder::tls_accept_any_server) is set; over
/// `https://` always, and never over `unix://` and `ssh://`, which need none.
/// The engine must prove that it is the host that the address names:
///
/// ```
/// use sandcell::{Client, ErrorKind};
///
/// let error = Client::builder()
///     .host("tcp://engine.example.com:2376")
///     .tls_ca("/nonexistent/ca.pem")
///     .tls_client_cert("/nonexistent/cert.pem", "/nonexistent/key.pem")
///     .build()
///     .unwrap_err();
/// assert!(error.to_string().contains("/nonexistent/ca.pem"));
/// ```
#[derive(Clone, Debug)]
pub struct ClientBuilder {
    host: Host,
    tls: TlsOptions,
    api_version: Option<ApiVersion>,
    connect_timeout: Duration,
    request_timeout: Duration,
    docker_config: Option<DockerConfig>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        ClientBuilder {
            host: Host::default(),
            tls: TlsOptions::default(),
            api_version: None,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(60),
            docker_config: None,
        }
    }
}

impl ClientBuilder {
    /// A builder set as the environment says; see [`Client::from_env`].
    ///
    /// # Errors
    /// `InvalidArgument` if a variable is not UTF-8 or makes no sense.
    pub fn from_env() -> Result<Self> {
        if variable("DOCKER_CONTEXT")?.is_some() {
            log::warn!("DOCKER_CONTEXT is not supported and ignored; set DOCKER_HOST");
        }
        let mut builder = ClientBuilder::default();
        if let Some(host) = variable("DOCKER_HOST")? {
            builder.host = Host { text: host, origin: Origin::Environment };
        }
        builder.tls = tls_from_env()?;
        builder.docker_config = docker_config_from_env();
        if let Some(version) = variable("DOCKER_API_VERSION")? {
            let in_variable = |e: Error| e.context("DOCKER_API_VERSION");
            builder.api_version = Some(version.parse().map_err(in_variable)?);
        }
        Ok(builder)
    }

    /// Where the engine is, as `DOCKER_HOST` would say it: `unix:///path`,
    /// `tcp://host[:port]`, `http://` for the same without TLS and `https://`
    /// with TLS, or `ssh://[user@]host[:port]`. The port is 2375, or 2376 with
    /// TLS. Over `ssh://` this machine's program `ssh` runs `docker` there.
    /// Default: `unix:///var/run/docker.sock`.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Host { text: host.into(), origin: Origin::Builder };
        self
    }

    /// The host, if it is not the default one.
    pub(crate) fn has_host(&self) -> bool {
        self.host.origin != Origin::Default
    }

    /// The host at a usual target.
    pub(crate) fn at_usual_place(mut self, host: String) -> Self {
        self.host = Host { text: host, origin: Origin::UsualPlace };
        self
    }

    /// Uses TLS over `tcp://`, with an engine for which one of the certificates
    /// in this file vouches, in PEM. No other is trusted, nor those that this
    /// machine trusts. Default: none.
    #[must_use]
    pub fn tls_ca(mut self, file: impl Into<PathBuf>) -> Self {
        self.tls.ca = Some(file.into());
        self
    }

    /// Uses TLS over `tcp://`, and shows the engine who this client is: by a
    /// certificate, with those that lead to it, and the key to it, which must
    /// not be behind a password. Both are files in PEM. Default: none.
    #[must_use]
    pub fn tls_client_cert(mut self, cert: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.tls.identity = Some((cert.into(), key.into()));
        self
    }

    /// Uses TLS over `tcp://`, and takes anybody who answers for the engine,
    /// whatever [`tls_ca`](ClientBuilder::tls_ca) says. **Insecure**: who is in
    /// between can read and change everything. Default: `false`.
    #[must_use]
    pub fn tls_accept_any_server(mut self, accept: bool) -> Self {
        self.tls.accept_any_server = accept;
        self
    }

    /// The version of the Engine API to speak. Default: the newest that both
    /// sides know.
    #[must_use]
    pub fn api_version(mut self, version: ApiVersion) -> Self {
        self.api_version = Some(version);
        self
    }

    /// How long making a connection may take. Over `ssh://` it is made when the
    /// first answer comes, and `ssh` has 30 s for its part. Default: 10 s.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long one request may take where the call has no limit of its own.
    /// Default: 60 s.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// The directory of a Docker config: its `config.json` says who asks which
    /// registry for an image, or which program `docker-credential-…` knows. It is
    /// read at each pull. If it cannot be used, the pull is made without
    /// credentials, and the log warns. Default: none; with
    /// [`from_env`](ClientBuilder::from_env), `DOCKER_CONFIG` or else `~/.docker`.
    #[must_use]
    pub fn docker_config(mut self, dir: impl Into<PathBuf>) -> Self {
        self.docker_config = Some(DockerConfig(dir.into()));
        self
    }

    /// The client. Nothing is sent yet.
    ///
    /// # Errors
    /// `InvalidArgument` for a host that makes no sense, or a file of TLS that
    /// is not there or not what it should be; `PermissionDenied` for one that
    /// may not be read; `Unsupported` for a host that this build cannot reach.
    pub fn build(self) -> Result<Client> {
        let api = HttpApi::new(Config {
            endpoint: Endpoint::parse(&self.host, &self.tls)?,
            api_version: self.api_version,
            connect_timeout: self.connect_timeout,
            request_timeout: self.request_timeout,
        });
        Ok(Client::of(Engine::new(Arc::new(api), self.docker_config)))
    }
}

/// By the rules of moby's own client: a directory turns TLS on, and then, and
/// only then, the other variable the verification of the engine.
fn tls_from_env() -> Result<TlsOptions> {
    let verify = variable("DOCKER_TLS_VERIFY")?.is_some();
    let Some(dir) = variable("DOCKER_CERT_PATH")?.map(PathBuf::from) else {
        if verify {
            log::warn!("DOCKER_TLS_VERIFY is ignored, for DOCKER_CERT_PATH is not set: no TLS");
        }
        return Ok(TlsOptions::default());
    };
    if !verify {
        log::warn!("TLS takes any server for the engine, for DOCKER_TLS_VERIFY is not set");
    }
    Ok(TlsOptions {
        ca: Some(dir.join("ca.pem")),
        identity: Some((dir.join("cert.pem"), dir.join("key.pem"))),
        accept_any_server: !verify,
    })
}

/// A directory, of any name, that may be missing.
fn docker_config_from_env() -> Option<DockerConfig> {
    let in_home = || Some(path_variable("HOME")?.join(".docker"));
    path_variable("DOCKER_CONFIG").or_else(in_home).map(DockerConfig)
}

/// The path in a variable, which need not be UTF-8; `None` if it is unset or empty.
pub(crate) fn path_variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// A variable's value; `None` if it is unset or empty, as for the engine's own
/// clients.
fn variable(name: &str) -> Result<Option<String>> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(Error::invalid(name, "is not UTF-8")),
    }
}
