//! Whether a protection is enforced.

use std::fmt;

/// Whether a protection is enforced. The text is for humans.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there is no fourth state")]
pub enum Enforcement {
    /// It is enforced. The text gives the details, such as `512 processes`.
    Enforced(String),
    /// It is not enforced. The text gives the reason.
    NotEnforced(String),
    /// It is unknown, because the engine, or a proxy before it, does not report the
    /// facts. The text says which are missing.
    Unknown(String),
}

impl Enforcement {
    pub(super) fn yes(how: impl Into<String>) -> Self {
        Enforcement::Enforced(how.into())
    }

    pub(super) fn no(why: impl Into<String>) -> Self {
        Enforcement::NotEnforced(why.into())
    }

    pub(super) fn when(holds: bool, how: &str, why_not: &str) -> Self {
        if holds { Enforcement::yes(how) } else { Enforcement::no(why_not) }
    }

    /// The text.
    pub(crate) fn reason(&self) -> &str {
        match self {
            Enforcement::Enforced(text)
            | Enforcement::NotEnforced(text)
            | Enforcement::Unknown(text) => text,
        }
    }
}

impl fmt::Display for Enforcement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self {
            Enforcement::Enforced(_) => "enforced",
            Enforcement::NotEnforced(_) => "not enforced",
            Enforcement::Unknown(_) => "unknown",
        };
        write!(f, "{state}: {}", self.reason())
    }
}
