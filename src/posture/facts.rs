//! What an engine told of a container and of itself, and what it kept back.

use super::enforcement::Enforcement;
use super::held::Held;
use super::kernel::Kernel;
use crate::api::{ContainerInspect, HostConfigInspect, SystemInfo};

/// What is known; or else, why it is not.
pub(super) type Told<T> = Result<T, String>;

/// Texts from elsewhere are cut here, in characters.
const SHOWN: usize = 200;

/// What a posture is read from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'a> {
    pub(super) container: &'a ContainerInspect,
    engine: Result<&'a SystemInfo, &'a str>,
    /// The capabilities that Podman left the container.
    left: Option<&'a [String]>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(
        container: &'a ContainerInspect,
        engine: Result<&'a SystemInfo, &'a str>,
        left: Option<&'a [String]>,
    ) -> Self {
        Facts { container, engine, left }
    }

    pub(super) fn engine(&self) -> Told<&'a SystemInfo> {
        self.engine.map_err(|why| format!("the engine does not tell its facts: {why}"))
    }

    /// The host's part in the container.
    pub(super) fn host(&self) -> Told<&'a HostConfigInspect> {
        let host = &self.container.host_config;
        host.is_reported
            .then_some(host)
            .ok_or_else(|| "the engine does not tell how it holds the container".into())
    }

    /// What the engine says of `name` among what confines its containers, without
    /// the name: an empty text, or such as `profile=default`.
    pub(super) fn engine_option(&self, name: &str) -> Told<Option<&'a str>> {
        let engine = self.engine()?;
        if engine.security_options.is_empty() && engine.cgroup_driver.is_empty() {
            return Err("the engine does not tell what confines its containers".to_owned());
        }
        let value = |option: &'a String| {
            let (key, value) = option.split_once(',').unwrap_or((option, ""));
            (key.strip_prefix("name=").unwrap_or(key) == name).then_some(value)
        };
        Ok(engine.security_options.iter().find_map(value))
    }

    /// The value of one of the container's security options: of the last of that
    /// name, which is the one that engines heed. Both `name=value` and the older
    /// `name:value` are in use.
    pub(super) fn option(&self, name: &str) -> Told<Option<&'a str>> {
        let value = |option: &'a String| {
            let separator = if option.contains('=') { '=' } else { ':' };
            let (key, value) = option.split_once(separator).unwrap_or((option, ""));
            (key == name).then_some(value)
        };
        Ok(self.host()?.security_opt.iter().rev().find_map(value))
    }

    /// Whose kernel the container's processes have.
    pub(super) fn kernel(&self) -> Told<Kernel> {
        let runtime = &self.host()?.runtime;
        Kernel::of(runtime, self.engine()?)
            .ok_or_else(|| "the engine does not tell the container's runtime".to_owned())
    }

    /// Says so if another kernel than the host's stands in for a protection.
    pub(super) fn replacement(&self) -> Told<Option<Enforcement>> {
        Ok(match self.kernel()? {
            Kernel::Hosts => None,
            kernel => Some(Enforcement::no(format!("replaced by {kernel}"))),
        })
    }

    /// In force, by whichever kernel.
    pub(super) fn kept(&self, how: &str) -> Enforcement {
        match self.kernel() {
            Ok(kernel) if kernel != Kernel::Hosts => {
                Enforcement::yes(format!("{how}; kept by {kernel}"))
            }
            _ => Enforcement::yes(how),
        }
    }

    pub(super) fn held(&self) -> Told<Held> {
        let is_podman = self.engine().is_ok_and(SystemInfo::is_podman);
        Held::read(self.host()?, is_podman, self.left)
    }
}

/// A text that somebody else wrote, as part of a line.
pub(super) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}
