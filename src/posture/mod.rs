//! What an engine really enforces on a container: read back, never assumed.

mod architecture;
mod enforcement;
mod facts;
mod held;
mod isolation;
mod kernel;
mod limits;
mod profile;
mod protection;
mod seccomp;
mod watchers;

use std::collections::BTreeMap;
use std::fmt;

use self::facts::Facts;
use crate::api::CallContext;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};

pub use enforcement::Enforcement;
pub(crate) use kernel::Kernel;
pub(crate) use limits::unsupported_reason;
pub use protection::Protection;

/// What an engine enforces on a container, from
/// [`Client::posture`](crate::Client::posture). `Display` prints a table.
///
/// It rests on what the engine tells of the container and of itself; what it, or
/// a proxy before it, keeps back is [`Unknown`](Enforcement::Unknown). gVisor and
/// Kata put a kernel of their own between commands and the host: with them,
/// seccomp and AppArmor are not in force, nor does root become nobody, and the
/// reasons say what is there in their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posture {
    protections: BTreeMap<Protection, Enforcement>,
}

impl Posture {
    /// All protections.
    pub fn iter(&self) -> impl Iterator<Item = (Protection, &Enforcement)> {
        self.protections.iter().map(|(&protection, enforcement)| (protection, enforcement))
    }

    /// Whether `protection` is known to be in force.
    #[must_use]
    pub fn is_enforced(&self, protection: Protection) -> bool {
        matches!(self.enforcement(protection), Some(Enforcement::Enforced(_)))
    }

    /// Whether `protection` is in force, and how far, or why not; `None` for one
    /// that this version does not tell of.
    #[must_use]
    pub fn enforcement(&self, protection: Protection) -> Option<&Enforcement> {
        self.protections.get(&protection)
    }

    /// Asks the engine.
    pub(crate) fn of(engine: &Engine, context: &CallContext, container: &str) -> Result<Self> {
        let inspecting = |e: Error| e.context("inspect container");
        let inspect = engine.api.container_inspect(context, container).map_err(inspecting)?;
        let info = told(engine.info(context))?;
        let left = match info {
            Ok(info) if info.is_podman() => {
                let left = engine.api.container_capabilities(context, &inspect.id);
                told(left.map_err(inspecting))?.ok().flatten()
            }
            _ => None,
        };
        let info = info.as_ref().map(|info| *info).map_err(String::as_str);
        Ok(Posture::read(&Facts::new(&inspect, info, left.as_deref())))
    }

    /// What `facts` amount to.
    fn read(facts: &Facts<'_>) -> Self {
        let enforcement = |protection| {
            let enforcement = match protection {
                Protection::Memory => limits::memory(facts),
                Protection::Swap => limits::swap(facts),
                Protection::Cpus => limits::cpus(facts),
                Protection::Pids => limits::pids(facts),
                Protection::Network => isolation::network(facts),
                Protection::EngineFeatures => held::capabilities(facts),
                Protection::NoNewPrivileges => isolation::no_new_privileges(facts),
                Protection::Seccomp => seccomp::seccomp(facts),
                Protection::AppArmor => isolation::apparmor(facts),
                Protection::ReadOnlyRoot => isolation::read_only_root(facts),
                Protection::UserNamespace => isolation::user_namespace(facts),
                Protection::Init => isolation::init(facts),
                Protection::Watchers => watchers::watchers(facts),
            };
            (protection, enforcement.unwrap_or_else(Enforcement::Unknown))
        };
        Posture { protections: Protection::ALL.map(enforcement).into() }
    }

    /// That of a container of which nothing can be read back.
    pub(crate) fn unknown(why: &str) -> Self {
        let unknown = |protection| (protection, Enforcement::Unknown(why.to_owned()));
        Posture { protections: Protection::ALL.map(unknown).into() }
    }
}

impl fmt::Display for Posture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (protection, enforcement) in self.iter() {
            writeln!(f, "{protection:18}{enforcement}")?;
        }
        Ok(())
    }
}

/// Whether the engine, or a proxy before it, answered, but did not tell what it
/// was asked.
pub(crate) fn is_kept_back(error: &Error) -> bool {
    error.http_status().is_some() || error.kind() == ErrorKind::Protocol
}

/// What was told; or else, why it was not, unless no answer came at all.
fn told<T>(answer: Result<T>) -> Result<Result<T, String>> {
    match answer {
        Ok(told) => Ok(Ok(told)),
        Err(error) if is_kept_back(&error) => Ok(Err(facts::shown(&format!("{error:#}")))),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
