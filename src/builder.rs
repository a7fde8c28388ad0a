//! Setting a client up.

use std::env;
use std::time::Duration;

use crate::api::ApiVersion;
use crate::api::http::{Config, HttpApi};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::transport::{DEFAULT_HOST, Endpoint, Origin};

/// Sets a [`Client`] up; see [`Client::builder`].
///
/// ```
/// use std::time::Duration;
/// use sandock::Client;
///
/// let client = Client::builder()
///     .host("unix:///run/user/1000/docker.sock")
///     .connect_timeout(Duration::from_secs(2))
///     .build()?;
/// # Ok::<(), sandock::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientBuilder {
    host: String,
    origin: Origin,
    api_version: Option<ApiVersion>,
    connect_timeout: Duration,
    request_timeout: Duration,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        ClientBuilder {
            host: DEFAULT_HOST.to_owned(),
            origin: Origin::Default,
            api_version: None,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(60),
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
            builder.host = host;
            builder.origin = Origin::Environment;
        }
        if let Some(version) = variable("DOCKER_API_VERSION")? {
            let in_variable = |e: Error| e.context("DOCKER_API_VERSION");
            builder.api_version = Some(version.parse().map_err(in_variable)?);
        }
        Ok(builder)
    }

    /// Where the engine is, as `DOCKER_HOST` would say it.
    /// Default: `unix:///var/run/docker.sock`.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = host.into();
        self.origin = Origin::Builder;
        self
    }

    /// The version of the Engine API to speak. Default: the newest that both
    /// sides know.
    #[must_use]
    pub fn api_version(mut self, version: ApiVersion) -> Self {
        self.api_version = Some(version);
        self
    }

    /// How long making a connection may take. Default: 10 s.
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

    /// The client. Nothing is sent yet.
    ///
    /// # Errors
    /// `InvalidArgument` for a host that makes no sense, `Unsupported` for one
    /// that this build cannot reach.
    pub fn build(self) -> Result<Client> {
        Ok(Client::with_api(HttpApi::new(Config {
            endpoint: Endpoint::parse(&self.host, self.origin)?,
            api_version: self.api_version,
            connect_timeout: self.connect_timeout,
            request_timeout: self.request_timeout,
        })))
    }
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
