//! Versions of the Engine API.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// A version of the Engine API, such as 1.41.
///
/// ```
/// use sandcell::api::ApiVersion;
///
/// let version: ApiVersion = "1.41".parse()?;
/// assert!(version < ApiVersion::new(1, 100));
/// assert_eq!(version.to_string(), "1.41");
/// # Ok::<(), sandcell::Error>(())
/// ```
#[allow(clippy::exhaustive_structs, reason = "a version is two numbers")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiVersion {
    /// The number before the dot.
    pub major: u16,
    /// The number after the dot.
    pub minor: u16,
}

impl ApiVersion {
    /// The oldest version that this library supports: that of Docker 20.10 and
    /// Podman 4.
    pub const MIN: ApiVersion = ApiVersion::new(1, 41);
    /// The newest version that this library supports.
    pub const MAX: ApiVersion = ApiVersion::new(1, 55);

    /// Creates the version `major.minor`.
    #[must_use]
    pub const fn new(major: u16, minor: u16) -> Self {
        ApiVersion { major, minor }
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for ApiVersion {
    type Err = Error;

    /// Parses `1.41` or, like Docker's own clients, `v1.41`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let number = |digits: &str| -> Option<u16> {
            let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            if is_number { digits.parse().ok() } else { None }
        };
        text.strip_prefix('v')
            .unwrap_or(text)
            .split_once('.')
            .and_then(|(major, minor)| Some(ApiVersion::new(number(major)?, number(minor)?)))
            .ok_or_else(|| {
                let problem = format!("{text:?} is not of the form \"1.41\"");
                Error::invalid("API version", problem)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_only_two_numbers() {
        assert_eq!("v1.41".parse::<ApiVersion>().unwrap(), ApiVersion::new(1, 41));
        for bad in ["", "1", "1.", ".41", "1.41.2", "+1.41", "1.x", "1.99999"] {
            assert!(bad.parse::<ApiVersion>().unwrap_err().is_invalid_argument(), "{bad:?}");
        }
    }
}
