//! What an engine actually enforces on a container: read back from the engine, never
//! assumed from the request.

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

use self::facts::{Facts, Reported};
use crate::api::CallContext;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};

pub use enforcement::Enforcement;
pub(crate) use kernel::Kernel;
pub(crate) use limits::unsupported_reason;
pub use protection::Protection;

/// The security posture of a container: which protections the engine enforces.
///
/// It is derived from what the engine reports about the container and about itself.
/// A protection whose facts the engine, or a proxy before it, does not report is
/// [`Unknown`](Enforcement::Unknown). The `Display` implementation prints a table.
///
/// gVisor and Kata Containers run commands on a kernel of their own. With them,
/// seccomp, AppArmor and user namespaces of the host are not enforced, and the
/// reasons name the kernel that takes their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posture {
    protections: BTreeMap<Protection, Enforcement>,
}

impl Posture {
    /// Iterates over all protections.
    pub fn iter(&self) -> impl Iterator<Item = (Protection, &Enforcement)> {
        self.protections.iter().map(|(&protection, enforcement)| (protection, enforcement))
    }

    /// Whether `protection` is known to be enforced.
    #[must_use]
    pub fn is_enforced(&self, protection: Protection) -> bool {
        matches!(self.enforcement(protection), Some(Enforcement::Enforced(_)))
    }

    /// Returns whether `protection` is enforced, with details or a reason; `None` if
    /// this version does not report the protection.
    #[must_use]
    pub fn enforcement(&self, protection: Protection) -> Option<&Enforcement> {
        self.protections.get(&protection)
    }

    /// Asks the engine for the posture of a container.
    pub(crate) fn of(engine: &Engine, context: &CallContext, container: &str) -> Result<Self> {
        let inspecting = |e: Error| e.context("inspect container");
        let inspect = engine.api.container_inspect(context, container).map_err(inspecting)?;
        // Whatever is done in the container next need not ask again.
        engine.watches.remember(&inspect);
        let info = reported(engine.info(context))?;
        let bounding = match info {
            Ok(info) if info.is_podman() => {
                let bounding = engine.api.container_capabilities(context, &inspect.id);
                reported(bounding.map_err(inspecting))?.ok().flatten()
            }
            _ => None,
        };
        let info = info.as_ref().map(|info| *info).map_err(String::as_str);
        Ok(Posture::read(&Facts::new(&inspect, info, bounding.as_deref())))
    }

    /// Derives the posture from `facts`.
    fn read(facts: &Facts<'_>) -> Self {
        let enforcement = |protection| {
            let enforcement = match protection {
                Protection::Memory => limits::memory(facts),
                Protection::Swap => limits::swap(facts),
                Protection::Cpus => limits::cpus(facts),
                Protection::Pids => limits::pids(facts),
                Protection::Network => isolation::network(facts),
                Protection::Capabilities => held::capabilities(facts),
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

    /// The posture of a container whose facts cannot be read.
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

/// Whether the engine, or a proxy before it, responded, but did not report the facts.
pub(crate) fn is_kept_back(error: &Error) -> bool {
    error.http_status().is_some() || error.kind() == ErrorKind::Protocol
}

/// The reported value, or why it is unknown. Fails if there was no response.
fn reported<T>(response: Result<T>) -> Result<Reported<T>> {
    match response {
        Ok(value) => Ok(Ok(value)),
        Err(error) if is_kept_back(&error) => Ok(Err(facts::escaped(&format!("{error:#}")))),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
