//! Which version of the Engine API to speak.

use std::sync::OnceLock;

use super::HttpApi;
use super::exchange::Request;
use crate::api::{Api, ApiVersion, Scope};
use crate::error::{Error, ErrorKind, Result};

/// The version in use, found out with the first request that needs it.
#[derive(Debug)]
pub(super) struct Negotiation {
    pinned: Option<ApiVersion>,
    agreed: OnceLock<ApiVersion>,
}

impl Negotiation {
    pub(super) fn new(pinned: Option<ApiVersion>) -> Self {
        Negotiation { pinned, agreed: OnceLock::new() }
    }

    pub(super) fn version(&self, scope: &Scope, api: &HttpApi) -> Result<ApiVersion> {
        if let Some(&version) = self.agreed.get() {
            return Ok(version);
        }
        // Two first calls at once both ask; both get the same answer.
        let version = self.agree(scope, api).map_err(|e| e.context("negotiate the API version"))?;
        log::debug!("speaking version {version} of the Engine API");
        Ok(*self.agreed.get_or_init(|| version))
    }

    fn agree(&self, scope: &Scope, api: &HttpApi) -> Result<ApiVersion> {
        let engine_max = ping(scope, api)?;
        let wanted = self.pinned.unwrap_or(ApiVersion::MAX);
        if self.pinned.is_none() && ApiVersion::MIN <= engine_max && engine_max <= wanted {
            return Ok(engine_max);
        }
        // Only here does the engine's oldest version matter; a ping does not tell.
        let server = api.server_version(scope)?;
        let engine_min = match server.min_api_version.as_str() {
            "" => ApiVersion::MIN.min(engine_max),
            min => engine_says(min)?,
        };
        let supported = ApiVersion::MIN..=ApiVersion::MAX;
        if supported.contains(&wanted) && engine_min <= wanted && wanted <= engine_max {
            return Ok(wanted);
        }
        let pinned = self.pinned.map(|version| format!("; the client is pinned to {version}"));
        Err(Error::new(
            ErrorKind::ApiVersion,
            format!(
                "no common API version: the engine speaks {engine_min} to {engine_max}, \
                 this library {} to {}{}",
                ApiVersion::MIN,
                ApiVersion::MAX,
                pinned.unwrap_or_default(),
            ),
        ))
    }
}

/// The newest version that the engine speaks.
fn ping(scope: &Scope, api: &HttpApi) -> Result<ApiVersion> {
    let answer = api.send_unversioned(scope, &Request::get("/_ping"))?.success()?;
    let Some(version) = answer.header("api-version").map(engine_says) else {
        return Err(Error::protocol("the engine's ping does not tell its API version"));
    };
    answer.discard()?;
    version
}

fn engine_says(version: &str) -> Result<ApiVersion> {
    version.parse().map_err(|_| Error::protocol(format!("the engine's API version is {version:?}")))
}
