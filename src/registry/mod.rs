//! Credentials for image registries.

mod config;
mod contents;
mod helper;

use std::fmt;

pub(crate) use self::config::{DockerConfig, Search, key_of};

/// Credentials for an image registry.
///
/// They are never shown: not by `Debug`, not in errors, and not in the log.
///
/// ```
/// use sandcell::{Credentials, PullOptions};
///
/// let options = PullOptions::new().credentials(Credentials::password("ci", "s3cret"));
/// assert!(!format!("{options:?}").contains("s3cret"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials(pub(crate) Secret);

/// What an engine is sent; a field that is not known is empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Secret {
    pub(crate) username: String,
    pub(crate) password: String,
    /// The OAuth refresh token that `docker login` stores instead of a password.
    pub(crate) identity_token: String,
    /// A bearer token that is passed to the registry as it is.
    pub(crate) registry_token: String,
}

impl Secret {
    fn is_empty(&self) -> bool {
        *self == Secret::default()
    }
}

impl Credentials {
    /// Creates credentials from a user name and a password or access token.
    pub fn password(username: impl Into<String>, password: impl Into<String>) -> Self {
        let (username, password) = (username.into(), password.into());
        Credentials(Secret { username, password, ..Secret::default() })
    }

    /// Creates credentials from an identity token: the OAuth refresh token that
    /// `docker login` stores instead of a password.
    pub fn identity_token(token: impl Into<String>) -> Self {
        Credentials(Secret { identity_token: token.into(), ..Secret::default() })
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}
