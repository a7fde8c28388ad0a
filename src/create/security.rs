//! Privileges of a container's processes.

use super::CreateOptions;
use crate::api::HostConfig;
use crate::error::{Error, Result};
use crate::validate;

/// The seccomp profile: which system calls are allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Seccomp {
    /// The engine's default profile.
    #[default]
    Default,
    /// No filter.
    Unconfined,
    /// A custom profile: its JSON text, not a file name.
    Profile(String),
}

/// All privilege settings of a container.
#[derive(Clone, Debug, Default)]
pub(super) struct Security {
    pub(super) cap_add: Vec<String>,
    pub(super) keeps_capabilities: bool,
    pub(super) allows_new_privileges: bool,
    pub(super) seccomp: Seccomp,
    pub(super) apparmor: Option<String>,
    pub(super) read_only_root: bool,
    pub(super) without_init: bool,
}

impl Security {
    /// Validates the settings and sets them in a request.
    pub(super) fn apply(&self, config: &mut HostConfig) -> Result<()> {
        for capability in &self.cap_add {
            let is_allowed = |b: u8| b.is_ascii_uppercase() || b == b'_';
            if capability.is_empty() || !capability.bytes().all(is_allowed) {
                let problem =
                    format!("{capability:?} is not a capability name such as \"NET_BIND_SERVICE\"");
                return Err(Error::invalid("cap_add", problem));
            }
        }
        config.cap_add.clone_from(&self.cap_add);
        if !self.keeps_capabilities {
            config.cap_drop.push("ALL".to_owned());
        }
        if !self.allows_new_privileges {
            config.security_opt.push("no-new-privileges".to_owned());
        }
        match &self.seccomp {
            Seccomp::Default => {}
            Seccomp::Unconfined => config.security_opt.push("seccomp=unconfined".to_owned()),
            Seccomp::Profile(json) => {
                let _: serde::de::IgnoredAny = serde_json::from_str(json)
                    .map_err(|e| Error::invalid("seccomp", "is not valid JSON").with_source(e))?;
                config.security_opt.push(format!("seccomp={json}"));
            }
        }
        if let Some(profile) = &self.apparmor {
            if profile.is_empty() {
                return Err(Error::invalid("apparmor", "is empty; leave it unset for the default"));
            }
            validate::no_nul("apparmor", profile)?;
            config.security_opt.push(format!("apparmor={profile}"));
        }
        config.readonly_rootfs = self.read_only_root;
        config.init = !self.without_init;
        Ok(())
    }
}

impl CreateOptions {
    /// Adds a capability, such as `NET_BIND_SERVICE`. Default: none.
    #[must_use]
    pub fn cap_add(mut self, capability: impl Into<String>) -> Self {
        self.security.cap_add.push(capability.into());
        self
    }

    /// Keeps the engine's default capabilities. Default: all are dropped.
    #[must_use]
    pub fn keep_capabilities(mut self) -> Self {
        self.security.keeps_capabilities = true;
        self
    }

    /// Allows processes to gain privileges, for example through setuid programs.
    /// Default: they cannot.
    #[must_use]
    pub fn allow_new_privileges(mut self) -> Self {
        self.security.allows_new_privileges = true;
        self
    }

    /// Sets the seccomp profile. Default: [`Seccomp::Default`].
    #[must_use]
    pub fn seccomp(mut self, seccomp: Seccomp) -> Self {
        self.security.seccomp = seccomp;
        self
    }

    /// Sets the AppArmor profile, by its name on the engine's host. Default: the
    /// engine's.
    #[must_use]
    pub fn apparmor(mut self, profile: impl Into<String>) -> Self {
        self.security.apparmor = Some(profile.into());
        self
    }

    /// Sets whether the root file system is read-only; mounts and
    /// [`tmpfs`](CreateOptions::tmpfs) stay writable. Default: `false`.
    #[must_use]
    pub fn read_only_root(mut self, read_only: bool) -> Self {
        self.security.read_only_root = read_only;
        self
    }

    /// Runs the idle process directly as PID 1, without an init process. Orphaned
    /// processes then remain as zombies, which count against the process limit.
    /// Default: there is an init process.
    #[must_use]
    pub fn without_init(mut self) -> Self {
        self.security.without_init = true;
        self
    }
}
