//! What an engine reports about a container and about itself.

use super::enforcement::Enforcement;
use super::held::CapabilitySet;
use super::kernel::Kernel;
use crate::api::{ContainerInspect, HostConfigInspect, SystemInfo};

/// A reported value, or why it is unknown.
pub(super) type Reported<T> = Result<T, String>;

/// Text from the engine is truncated to this many characters.
const MAX_TEXT: usize = 200;

/// The facts that a posture is derived from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'a> {
    pub(super) container: &'a ContainerInspect,
    engine: Result<&'a SystemInfo, &'a str>,
    /// The container's bounding set of capabilities, which only Podman reports.
    bounding: Option<&'a [String]>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(
        container: &'a ContainerInspect,
        engine: Result<&'a SystemInfo, &'a str>,
        bounding: Option<&'a [String]>,
    ) -> Self {
        Facts { container, engine, bounding }
    }

    pub(super) fn engine(&self) -> Reported<&'a SystemInfo> {
        self.engine.map_err(|why| format!("the engine does not report its properties: {why}"))
    }

    /// The part of the container's configuration that concerns the host.
    pub(super) fn host(&self) -> Reported<&'a HostConfigInspect> {
        let host = &self.container.host_config;
        host.is_reported
            .then_some(host)
            .ok_or_else(|| "the engine does not report the container's host configuration".into())
    }

    /// The value of the engine's security option `name`: an empty text, or one such
    /// as `profile=default`.
    pub(super) fn engine_option(&self, name: &str) -> Reported<Option<&'a str>> {
        let engine = self.engine()?;
        if engine.security_options.is_empty() && engine.cgroup_driver.is_empty() {
            return Err("the engine does not report its security options".to_owned());
        }
        let value = |option: &'a String| {
            let (key, value) = option.split_once(',').unwrap_or((option, ""));
            (key.strip_prefix("name=").unwrap_or(key) == name).then_some(value)
        };
        Ok(engine.security_options.iter().find_map(value))
    }

    /// The value of the container's security option `name`.
    pub(super) fn option(&self, name: &str) -> Reported<Option<&'a str>> {
        Ok(self.host()?.security_option(name))
    }

    /// The kernel that serves the container's processes.
    pub(super) fn kernel(&self) -> Reported<Kernel> {
        let runtime = &self.host()?.runtime;
        Kernel::of(runtime, self.engine()?)
            .ok_or_else(|| "the engine does not report the container's runtime".to_owned())
    }

    /// The enforcement of a protection that another kernel than the host's replaces,
    /// if there is such a kernel.
    pub(super) fn replacement(&self) -> Reported<Option<Enforcement>> {
        Ok(match self.kernel()? {
            Kernel::Host => None,
            kernel => Some(Enforcement::no(format!("replaced by {kernel}"))),
        })
    }

    /// The enforcement of a protection that every kernel enforces; names the kernel.
    pub(super) fn by_kernel(&self, how: &str) -> Enforcement {
        match self.kernel() {
            Ok(kernel) if kernel != Kernel::Host => {
                Enforcement::yes(format!("{how}; enforced by {kernel}"))
            }
            _ => Enforcement::yes(how),
        }
    }

    pub(super) fn capabilities(&self) -> Reported<CapabilitySet> {
        let is_podman = self.engine().is_ok_and(SystemInfo::is_podman);
        CapabilitySet::read(self.host()?, is_podman, self.bounding)
    }
}

/// Escapes and truncates untrusted text, so that it fits in a line.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped: String = text.chars().take(MAX_TEXT).flat_map(char::escape_debug).collect();
    if text.chars().nth(MAX_TEXT).is_some() {
        escaped.push('…');
    }
    escaped
}
