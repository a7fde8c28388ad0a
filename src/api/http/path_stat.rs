//! Asks for the status of a path in a container.
//!
//! The request is a HEAD: the status travels in a header, and an error response has
//! no body.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::{Method, StatusCode};

use super::exchange::Request;
use super::path::Target;
use super::{Api, CallContext, HttpApi, PathStat};
use crate::error::{Error, Result};

const HEADER: &str = "x-docker-container-path-stat";

/// Engines differ in the alphabet (Podman's is URL-safe), and may differ in padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) fn get(
    api: &HttpApi,
    context: &CallContext,
    container: &str,
    path: &str,
) -> Result<PathStat> {
    let request = || Target::container(container).then("archive").query("path", path);
    let target = request().versioned(api.negotiated_version(context)?);
    let response = api.send_unversioned(context, &Request::new(Method::HEAD, &target))?;
    let status = response.status();
    let stat = response.header(HEADER).map(parse);
    if let (StatusCode::NOT_FOUND, Some(Ok(stat))) = (status, &stat) {
        // Podman's response for a symlink whose target it does not see.
        if stat.is_symlink() {
            let stat = stat.clone();
            response.finish();
            return Ok(stat);
        }
    }
    match response.success() {
        Ok(response) => {
            response.finish();
            stat.unwrap_or_else(|| Err(Error::protocol("the engine sent no path status")))
        }
        Err(error) if status == StatusCode::NOT_FOUND || error.is_interruption() => Err(error),
        // Only a response to a GET says why.
        Err(error) => match api.send(context, Method::GET, request(), &[]) {
            Err(reason) if reason.is_interruption() || reason.http_status().is_some() => {
                Err(reason)
            }
            Ok(_) | Err(_) => Err(error),
        },
    }
}

fn parse(header: &str) -> Result<PathStat> {
    let problem = || Error::protocol("the engine sent a malformed path status");
    let standard = header.replace('-', "+").replace('_', "/");
    let json = BASE64.decode(standard).map_err(|e| problem().with_source(e))?;
    serde_json::from_slice(&json).map_err(|e| problem().with_source(e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_base64_is_read() {
        let name = "a?\u{1f600}~日é";
        let json = format!(r#"{{"name":"{name}","size":7,"mode":420,"linkTarget":"/{name}"}}"#);
        let standard = base64::prelude::BASE64_STANDARD.encode(&json);
        let url_safe = base64::prelude::BASE64_URL_SAFE.encode(&json);
        assert!(standard.contains(['+', '/']) && url_safe.contains(['-', '_']));
        for header in [&standard, &url_safe] {
            for header in [header.as_str(), header.trim_end_matches('=')] {
                let stat = parse(header).unwrap();
                assert_eq!((stat.size, stat.link_target), (7, format!("/{name}")), "{header}");
            }
        }
        for bad in ["", "%%%%", "eA==", "e30="] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
