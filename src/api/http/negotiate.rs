//! Which version of the Engine API to speak.

use std::sync::Mutex;

use http::StatusCode;

use super::HttpApi;
use super::exchange::Request;
use crate::api::{Api, ApiVersion, CallContext};
use crate::error::{Error, ErrorKind, Result};
use crate::sys;

/// The version in use, found out with the first request that needs it.
#[derive(Debug)]
pub(super) struct Negotiation {
    pinned: Option<ApiVersion>,
    agreed: Mutex<Option<ApiVersion>>,
}

impl Negotiation {
    pub(super) fn new(pinned: Option<ApiVersion>) -> Self {
        Negotiation { pinned, agreed: Mutex::new(None) }
    }

    pub(super) fn version(&self, context: &CallContext, api: &HttpApi) -> Result<ApiVersion> {
        if let Some(version) = *sys::lock(&self.agreed) {
            return Ok(version);
        }
        // Two first calls at once both ask; both get the same answer.
        let version =
            self.agree(context, api).map_err(|e| e.context("negotiate the API version"))?;
        log::debug!("speaking version {version} of the Engine API");
        *sys::lock(&self.agreed) = Some(version);
        Ok(version)
    }

    /// Whether `error`, of a request in this version, says that the engine does
    /// not speak it any more, for it was replaced by another; then the request
    /// is to be sent anew. The engine says so before it does anything.
    pub(super) fn is_outdated(&self, version: ApiVersion, error: &Error) -> bool {
        let says = |words| format!("{error:#}").contains(words);
        let is_refusal = error.http_status() == Some(StatusCode::BAD_REQUEST.as_u16())
            && says("client version")
            && (says("is too new") || says("is too old"));
        if !is_refusal || self.pinned.is_some() {
            return false;
        }
        // Unless another call, refused as well, has found out the new one.
        sys::lock(&self.agreed).take_if(|agreed| *agreed == version);
        true
    }

    fn agree(&self, context: &CallContext, api: &HttpApi) -> Result<ApiVersion> {
        let engine_max = ping(context, api)?;
        let wanted = self.pinned.unwrap_or(ApiVersion::MAX);
        if self.pinned.is_none() && ApiVersion::MIN <= engine_max && engine_max <= wanted {
            return Ok(engine_max);
        }
        // Only here does the engine's oldest version matter; a ping does not tell.
        let server = api.server_version(context)?;
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
fn ping(context: &CallContext, api: &HttpApi) -> Result<ApiVersion> {
    let answer = api.send_unversioned(context, &Request::get("/_ping"))?.success()?;
    let Some(version) = answer.header("api-version").map(engine_says) else {
        return Err(Error::protocol("the engine's ping does not tell its API version"));
    };
    answer.discard()?;
    version
}

fn engine_says(version: &str) -> Result<ApiVersion> {
    version.parse().map_err(|_| Error::protocol(format!("the engine's API version is {version:?}")))
}
