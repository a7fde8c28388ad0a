//! The `X-Registry-Auth` header, which carries registry credentials.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE;
use serde::Serialize;

use super::exchange::EncodeError;
use crate::api::RegistryAuth;

/// The end of a request head.
const END: &[u8] = b"\r\n\r\n";

/// The header's contents, which are sent as base64 of JSON.
#[derive(Serialize)]
struct Contents<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    username: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    password: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    identitytoken: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    registrytoken: &'a str,
    serveraddress: &'a str,
}

/// Inserts the header into an encoded head. The HTTP crate must not see it: it logs
/// the headers that it writes.
pub(super) fn insert(head: &mut Vec<u8>, auth: &RegistryAuth) -> Result<(), EncodeError> {
    let at = head.len().checked_sub(END.len()).ok_or(EncodeError::Incomplete)?;
    if !head.ends_with(END) {
        return Err(EncodeError::Incomplete);
    }
    let header = format!("\r\nX-Registry-Auth: {}", value(auth)?);
    head.splice(at..at, header.into_bytes());
    Ok(())
}

fn value(auth: &RegistryAuth) -> Result<String, EncodeError> {
    let secret = &auth.credentials.0;
    let contents = Contents {
        username: &secret.username,
        password: &secret.password,
        identitytoken: &secret.identity_token,
        registrytoken: &secret.registry_token,
        serveraddress: &auth.server_address,
    };
    Ok(BASE64_URL_SAFE.encode(serde_json::to_vec(&contents)?))
}
