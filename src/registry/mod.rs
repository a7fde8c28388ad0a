//! Registries: who asks them for an image.

mod config;
mod helper;

use std::fmt;

pub(crate) use self::config::{DockerConfig, key_of};

/// Who asks a registry for an image.
///
/// Never shown: not by `Debug`, not in an error, and not in the log.
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
    /// A user's name, and the password or access token.
    pub fn password(username: impl Into<String>, password: impl Into<String>) -> Self {
        Credentials(Secret::Password { username: username.into(), password: password.into() })
    }

    /// An identity token, which the engine trades for access: what a login left in
    /// place of a password.
    pub fn identity_token(token: impl Into<String>) -> Self {
        Credentials(Secret::IdentityToken(token.into()))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}
