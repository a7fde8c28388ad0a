//! Credentials for image registries.

mod config;
mod helper;

use std::fmt;

pub(crate) use self::config::{DockerConfig, key_of};

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

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Secret {
    Password { username: String, password: String },
    IdentityToken(String),
}

impl Credentials {
    /// Creates credentials from a user name and a password or access token.
    pub fn password(username: impl Into<String>, password: impl Into<String>) -> Self {
        Credentials(Secret::Password { username: username.into(), password: password.into() })
    }

    /// Creates credentials from an identity token: the OAuth refresh token that
    /// `docker login` stores instead of a password.
    pub fn identity_token(token: impl Into<String>) -> Self {
        Credentials(Secret::IdentityToken(token.into()))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}
