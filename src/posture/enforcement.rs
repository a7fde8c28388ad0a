//! Whether a protection is in force.

use std::fmt;

/// Whether a protection is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "it is, it is not, or nobody knows")]
pub enum Enforcement {
    /// It is; the text says how far, such as `512`.
    Enforced(String),
    /// It is not; the text says why.
    NotEnforced(String),
    /// It cannot be told, since the engine, or a proxy before it, keeps to itself
    /// what it rests on; the text says what.
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

    /// How far it goes, why it is not in force, or why that cannot be told.
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
