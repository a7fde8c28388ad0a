//! The header that tells who asks a registry.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE;
use serde::Serialize;

use super::exchange::EncodeError;
use crate::api::RegistryAuth;
use crate::registry::Secret;

/// The end of a head.
const END: &[u8] = b"\r\n\r\n";

/// What the header holds, behind its base64.
#[derive(Default, Serialize)]
#[serde(rename_all = "lowercase")]
struct Contents<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    username: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    password: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    identitytoken: &'a str,
    serveraddress: &'a str,
}

/// Adds the header to an encoded head, behind the back of the HTTP crate, which
/// logs what it writes.
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
    let serveraddress = auth.server_address.as_str();
    let contents = match &auth.credentials.0 {
        Secret::Password { username, password } => {
            Contents { username, password, serveraddress, ..Contents::default() }
        }
        Secret::IdentityToken(identitytoken) => {
            Contents { identitytoken, serveraddress, ..Contents::default() }
        }
    };
    Ok(BASE64_URL_SAFE.encode(serde_json::to_vec(&contents)?))
}
