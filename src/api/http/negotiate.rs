//! Negotiates the version of the Engine API.

use std::sync::Mutex;

use http::StatusCode;

use super::HttpApi;
use super::exchange::Request;
use crate::api::{Api, ApiVersion, CallContext};
use crate::error::{Error, ErrorKind, Result};
use crate::sys;

/// The version in use, negotiated by the first request that needs it.
#[derive(Debug)]
pub(super) struct Negotiation {
    pinned: Option<ApiVersion>,
    negotiated: Mutex<Option<ApiVersion>>,
}

impl Negotiation {
    pub(super) fn new(pinned: Option<ApiVersion>) -> Self {
        Negotiation { pinned, negotiated: Mutex::new(None) }
    }

    pub(super) fn version(&self, context: &CallContext, api: &HttpApi) -> Result<ApiVersion> {
        if let Some(version) = *sys::lock(&self.negotiated) {
            return Ok(version);
        }
        // Concurrent first calls may both negotiate, with the same result.
        let version =
            self.negotiate(context, api).map_err(|e| e.context("negotiate the API version"))?;
        log::debug!("using version {version} of the Engine API");
        *sys::lock(&self.negotiated) = Some(version);
        Ok(version)
    }

    /// Whether `error` means that the engine does not support `version` any more,
    /// because it was upgraded or downgraded meanwhile. If so, the caller must send
    /// the request again: the engine rejects it before it does anything.
    pub(super) fn is_outdated(&self, version: ApiVersion, error: &Error) -> bool {
        let says = |words| format!("{error:#}").contains(words);
        let is_refusal = error.http_status() == Some(StatusCode::BAD_REQUEST.as_u16())
            && says("client version")
            && (says("is too new") || says("is too old"));
        if !is_refusal || self.pinned.is_some() {
            return false;
        }
        // Keep it if another rejected call has already negotiated a new version.
        sys::lock(&self.negotiated).take_if(|negotiated| *negotiated == version);
        true
    }

    fn negotiate(&self, context: &CallContext, api: &HttpApi) -> Result<ApiVersion> {
        let engine_max = ping(context, api)?;
        let wanted = self.pinned.unwrap_or(ApiVersion::MAX);
        if self.pinned.is_none() && ApiVersion::MIN <= engine_max && engine_max <= wanted {
            return Ok(engine_max);
        }
        // Only here the engine's oldest version matters, which a ping does not report.
        let server = api.server_version(context)?;
        let engine_min = match server.min_api_version.as_str() {
            "" => ApiVersion::MIN.min(engine_max),
            min => parse_engine_version(min)?,
        };
        let supported = ApiVersion::MIN..=ApiVersion::MAX;
        if supported.contains(&wanted) && engine_min <= wanted && wanted <= engine_max {
            return Ok(wanted);
        }
        let pinned = self.pinned.map(|version| format!("; the client is pinned to {version}"));
        Err(Error::new(
            ErrorKind::ApiVersion,
            format!(
                "no common API version: the engine supports {engine_min} to {engine_max}, \
                 this library {} to {}{}",
                ApiVersion::MIN,
                ApiVersion::MAX,
                pinned.unwrap_or_default(),
            ),
        ))
    }
}

/// Asks for the newest version that the engine supports.
fn ping(context: &CallContext, api: &HttpApi) -> Result<ApiVersion> {
    let response = api.send_unversioned(context, &Request::get("/_ping"))?.success()?;
    let Some(version) = response.header("api-version").map(parse_engine_version) else {
        return Err(Error::protocol("the engine's ping response has no API version"));
    };
    response.discard()?;
    version
}

fn parse_engine_version(version: &str) -> Result<ApiVersion> {
    let invalid = |_| Error::protocol(format!("the engine sent the API version {version:?}"));
    version.parse().map_err(invalid)
}
