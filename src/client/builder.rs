//! Configuring a client.

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

/// Configures a [`Client`]; see [`Client::builder`].
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
/// Connections over `tcp://` use TLS if any of [`tls_ca`](ClientBuilder::tls_ca),
/// [`tls_client_cert`](ClientBuilder::tls_client_cert) and
/// [`tls_accept_any_server`](ClientBuilder::tls_accept_any_server) is set.
/// `https://` always uses TLS; `unix://` and `ssh://` never do. The engine's
/// certificate must match the host name in the address:
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
    /// Returns a builder configured from the environment; see
    /// [`Client::from_env`].
    ///
    /// # Errors
    /// `InvalidArgument` if a variable is not UTF-8 or cannot be parsed.
    pub fn from_env() -> Result<Self> {
        if variable("DOCKER_CONTEXT")?.is_some() {
            log::warn!("DOCKER_CONTEXT is not supported and is ignored; set DOCKER_HOST instead");
        }
        let mut builder = ClientBuilder::default();
        if let Some(host) = variable("DOCKER_HOST")? {
            builder.host = Host { text: host, origin: Origin::Environment };
        }
        builder.tls = tls_from_env()?;
        builder.docker_config = Some(docker_config_from_env());
        if let Some(version) = variable("DOCKER_API_VERSION")? {
            let in_variable = |e: Error| e.context("DOCKER_API_VERSION");
            builder.api_version = Some(version.parse().map_err(in_variable)?);
        }
        Ok(builder)
    }

    /// Sets the engine's address, in the form of `DOCKER_HOST`: `unix:///path`,
    /// `tcp://host[:port]`, `http://` (the same without TLS), `https://` (with
    /// TLS), or `ssh://[user@]host[:port]`. The default port is 2375, or 2376
    /// with TLS. For `ssh://`, the local `ssh` program runs `docker` on the
    /// remote host. Default: `unix:///var/run/docker.sock`.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Host { text: host.into(), origin: Origin::Builder };
        self
    }

    /// Whether a host was set.
    pub(crate) fn has_host(&self) -> bool {
        self.host.origin != Origin::Default
    }

    /// Sets the host to a well-known socket.
    pub(crate) fn at_well_known_socket(mut self, host: String) -> Self {
        self.host = Host { text: host, origin: Origin::UsualPlace };
        self
    }

    /// Uses TLS over `tcp://` and accepts only an engine whose certificate chains
    /// to one of the CA certificates in this PEM file. The system's trust store
    /// is not used. Default: none.
    #[must_use]
    pub fn tls_ca(mut self, file: impl Into<PathBuf>) -> Self {
        self.tls.ca = Some(file.into());
        self
    }

    /// Uses TLS over `tcp://` and authenticates this client with the certificate
    /// chain in `cert` and the private key in `key`. Both are PEM files; the key
    /// must not be encrypted. Default: none.
    #[must_use]
    pub fn tls_client_cert(mut self, cert: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.tls.identity = Some((cert.into(), key.into()));
        self
    }

    /// Uses TLS over `tcp://` without verifying the engine's certificate, even if
    /// [`tls_ca`](ClientBuilder::tls_ca) is set. **Insecure**: anyone on the
    /// network path can read and modify all traffic. Default: `false`.
    #[must_use]
    pub fn tls_accept_any_server(mut self, accept: bool) -> Self {
        self.tls.accept_any_server = accept;
        self
    }

    /// Sets the Engine API version to use. Default: the newest that both sides
    /// support.
    #[must_use]
    pub fn api_version(mut self, version: ApiVersion) -> Self {
        self.api_version = Some(version);
        self
    }

    /// Sets the timeout for establishing a connection. Over `ssh://` the
    /// connection counts as established with the first response, and `ssh` itself
    /// has 30 s. Default: 10 s.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the timeout for a single request, used where a call has no limit of
    /// its own. Default: 60 s.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// Sets the directory of a Docker config. Its `config.json` holds registry
    /// credentials or names the `docker-credential-…` helper that does. It is
    /// read for each pull, by the rules of the `docker` command: what the file says
    /// of other things does not matter, and if a helper fails, the file's own
    /// `auths` are used.
    ///
    /// What cannot be used is logged as a warning. If the registry then refuses the
    /// pull, the error says which credentials were used, or why none. Default:
    /// none; with [`from_env`](ClientBuilder::from_env), `DOCKER_CONFIG`, or else
    /// `~/.docker`; `DOCKER_AUTH_CONFIG` comes before the file.
    #[must_use]
    pub fn docker_config(mut self, dir: impl Into<PathBuf>) -> Self {
        self.docker_config.get_or_insert_default().set_directory(dir.into());
        self
    }

    /// Creates the client. Nothing is sent yet.
    ///
    /// # Errors
    /// `InvalidArgument` if the host cannot be parsed, or a TLS file is missing
    /// or malformed; `PermissionDenied` if a TLS file cannot be read;
    /// `Unsupported` if this build cannot reach the host.
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

/// Follows moby's own client: `DOCKER_CERT_PATH` enables TLS, and only then
/// `DOCKER_TLS_VERIFY` enables verification of the engine.
fn tls_from_env() -> Result<TlsOptions> {
    let verify = variable("DOCKER_TLS_VERIFY")?.is_some();
    let Some(dir) = variable("DOCKER_CERT_PATH")?.map(PathBuf::from) else {
        if verify {
            log::warn!(
                "DOCKER_TLS_VERIFY is ignored: TLS needs DOCKER_CERT_PATH, which is not set"
            );
        }
        return Ok(TlsOptions::default());
    };
    if !verify {
        log::warn!("the engine's certificate is not verified: DOCKER_TLS_VERIFY is not set");
    }
    Ok(TlsOptions {
        ca: Some(dir.join("ca.pem")),
        identity: Some((dir.join("cert.pem"), dir.join("key.pem"))),
        accept_any_server: !verify,
    })
}

/// The directory may be missing, and its name need not be UTF-8.
fn docker_config_from_env() -> DockerConfig {
    let in_home = || Some(path_variable("HOME")?.join(".docker"));
    let directory = path_variable("DOCKER_CONFIG").or_else(in_home);
    let variable = env::var_os("DOCKER_AUTH_CONFIG").filter(|value| !value.is_empty());
    DockerConfig::new(directory, variable.map(|value| value.to_string_lossy().into_owned()))
}

/// Returns the path in a variable, which need not be UTF-8; `None` if it is unset
/// or empty.
pub(crate) fn path_variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Returns a variable's value; `None` if it is unset or empty, which Docker's own
/// clients treat alike.
fn variable(name: &str) -> Result<Option<String>> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(Error::invalid(name, "is not UTF-8")),
    }
}
