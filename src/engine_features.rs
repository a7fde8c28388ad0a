//! What an engine can do of what not every engine can.

use std::collections::BTreeMap;
use std::fmt;

use crate::api::{ApiVersion, CallContext, SystemInfo};
use crate::engine::Engine;
use crate::error::Result;
use crate::mount::SUBPATH_SINCE;
use crate::posture::{Kernel, unsupported_reason};

/// Something that not every engine can do. (Not what the kernel calls a
/// feature: that is for [`CreateOptions::cap_add`](crate::CreateOptions::cap_add).)
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EngineFeature {
    /// Limiting [memory](crate::CreateOptions::memory).
    MemoryLimit,
    /// Limiting [swap](crate::CreateOptions::swap).
    SwapLimit,
    /// Limiting [CPU time](crate::CreateOptions::cpus).
    CpuLimit,
    /// Limiting the number of [processes](crate::CreateOptions::pids).
    PidsLimit,
    /// A limit to memory [without one to swap](crate::CreateOptions::without_swap_limit).
    UnlimitedSwap,
    /// Filtering system calls: [`Seccomp`](crate::Seccomp).
    Seccomp,
    /// Filtering system calls by [a profile of one's own](crate::Seccomp::Profile).
    SeccompProfile,
    /// Choosing the [runtime](crate::CreateOptions::runtime).
    Runtime,
    /// Mounting a [part of a volume](crate::Mount::subpath).
    VolumeSubpath,
    /// [Pausing](crate::Client::pause) a container.
    Pause,
    /// Keeping what a command writes right before it ends, also if it leaves input
    /// unread.
    OutputDespiteUnreadInput,
    /// Proving that a killed command is [gone](crate::TreeGone::Yes).
    ProvenKill,
    /// Proving that while commands of other users run in the container.
    ProvenKillBesideOthers,
}

impl fmt::Display for EngineFeature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            EngineFeature::MemoryLimit => "limit memory",
            EngineFeature::SwapLimit => "limit swap",
            EngineFeature::CpuLimit => "limit CPU time",
            EngineFeature::PidsLimit => "limit processes",
            EngineFeature::UnlimitedSwap => "unlimited swap",
            EngineFeature::Seccomp => "seccomp",
            EngineFeature::SeccompProfile => "own seccomp profile",
            EngineFeature::Runtime => "choose the runtime",
            EngineFeature::VolumeSubpath => "part of a volume",
            EngineFeature::Pause => "pause",
            EngineFeature::OutputDespiteUnreadInput => "output despite unread input",
            EngineFeature::ProvenKill => "proven kill",
            EngineFeature::ProvenKillBesideOthers => "proven kill beside others",
        })
    }
}

/// What an engine can do, from [`Client::engine_features`](crate::Client::engine_features).
/// `Display` prints a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineFeatures {
    /// Why not; `None` for what the engine can do.
    unsupported: BTreeMap<EngineFeature, Option<String>>,
}

impl EngineFeatures {
    /// All that is known: the feature, and why the engine lacks it, or `None`
    /// if it has it.
    pub fn iter(&self) -> impl Iterator<Item = (EngineFeature, Option<&str>)> {
        self.unsupported.iter().map(|(&feature, lack)| (feature, lack.as_deref()))
    }

    /// Whether the engine can do it.
    #[must_use]
    pub fn supports(&self, feature: EngineFeature) -> bool {
        self.unsupported.get(&feature).is_some_and(Option::is_none)
    }

    /// Why the engine cannot do it; `None` if it can.
    #[must_use]
    pub fn why_not(&self, feature: EngineFeature) -> Option<&str> {
        self.unsupported.get(&feature)?.as_deref()
    }

    /// Asks the engine, once.
    pub(crate) fn of(engine: &Engine, context: &CallContext) -> Result<Self> {
        let version = engine.api.negotiated_version(context)?;
        Ok(EngineFeatures::read(engine.info(context)?, version))
    }

    /// What the engine's words about itself amount to.
    pub(crate) fn read(info: &SystemInfo, version: ApiVersion) -> Self {
        let limit = |can: bool, what: &str| (!can).then(|| unsupported_reason(info, what));
        let podman = |lacks: &str| info.is_podman().then(|| lacks.to_owned());
        let has_seccomp = info.security_options.iter().any(|option| option.contains("seccomp"));
        let unsupported = [
            (EngineFeature::MemoryLimit, limit(info.memory_limit, "memory")),
            (EngineFeature::SwapLimit, limit(info.swap_limit, "swap")),
            (EngineFeature::CpuLimit, limit(info.cpu_cfs_quota, "CPU time")),
            (EngineFeature::PidsLimit, limit(info.pids_limit, "processes")),
            (
                EngineFeature::UnlimitedSwap,
                podman("Podman limits swap to the size of memory where memory has a limit"),
            ),
            (
                EngineFeature::Seccomp,
                (!has_seccomp).then(|| "the engine's kernel lacks it".to_owned()),
            ),
            (
                EngineFeature::SeccompProfile,
                podman("Podman takes the profile for the name of a file on its host"),
            ),
            (
                EngineFeature::Runtime,
                podman("Podman runs every container with its default runtime"),
            ),
            (
                EngineFeature::VolumeSubpath,
                (version < SUBPATH_SINCE)
                    .then(|| format!("the engine must speak API {SUBPATH_SINCE}, not {version}")),
            ),
            (EngineFeature::Pause, freezer_unsupported(info)),
            (
                EngineFeature::OutputDespiteUnreadInput,
                podman("Podman may put an error of its own in the place of that output"),
            ),
            (EngineFeature::ProvenKill, counting_unsupported(info)),
            (
                EngineFeature::ProvenKillBesideOthers,
                podman("Podman lists processes by a program of the container's")
                    .or_else(|| counting_unsupported(info)),
            ),
        ];
        EngineFeatures { unsupported: unsupported.into() }
    }
}

impl fmt::Display for EngineFeatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (feature, why_not) in self.iter() {
            match why_not {
                None => writeln!(f, "{feature:28}yes")?,
                Some(why_not) => writeln!(f, "{feature:28}no: {why_not}")?,
            }
        }
        Ok(())
    }
}

/// Why processes cannot be counted from outside a container.
fn counting_unsupported(info: &SystemInfo) -> Option<String> {
    let hidden = Kernel::of("", info).and_then(Kernel::hides_processes);
    let uncounted =
        || (!info.pids_limit).then(|| unsupported_reason(info, "processes, and so not count them"));
    hidden.or_else(uncounted)
}

/// Why processes cannot be frozen: that takes a cgroup, which version 1 gives to
/// nobody but root.
pub(crate) fn freezer_unsupported(info: &SystemInfo) -> Option<String> {
    let is_without = info.cgroup_driver == "none"
        || (info.is_rootless() && info.is_podman() && info.cgroup_version == "1");
    is_without.then(|| unsupported_reason(info, "when processes run"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn able() -> SystemInfo {
        let mut info = SystemInfo::default();
        (info.memory_limit, info.swap_limit) = (true, true);
        (info.cpu_cfs_quota, info.pids_limit) = (true, true);
        info.security_options = vec!["name=seccomp,profile=default".to_owned()];
        info.cgroup_driver = "cgroupfs".to_owned();
        info
    }

    fn lacks(info: &SystemInfo, version: ApiVersion) -> Vec<EngineFeature> {
        let capabilities = EngineFeatures::read(info, version);
        let missing = capabilities.iter().filter(|(_, why_not)| why_not.is_some());
        missing.map(|(feature, _)| feature).collect()
    }

    #[test]
    fn an_engine_lacks_what_it_says() {
        let newest = ApiVersion::MAX;
        assert_eq!(lacks(&able(), newest), []);
        assert_eq!(lacks(&able(), ApiVersion::new(1, 44)), [EngineFeature::VolumeSubpath]);
        let podman = SystemInfo { buildah_version: "1.28.2".to_owned(), ..able() };
        assert_eq!(
            lacks(&podman, newest),
            [
                EngineFeature::UnlimitedSwap,
                EngineFeature::SeccompProfile,
                EngineFeature::Runtime,
                EngineFeature::OutputDespiteUnreadInput,
                EngineFeature::ProvenKillBesideOthers
            ]
        );
        let rootless = SystemInfo {
            cgroup_driver: "none".to_owned(),
            security_options: vec!["name=seccomp".to_owned(), "name=rootless".to_owned()],
            pids_limit: false,
            ..able()
        };
        assert_eq!(
            lacks(&rootless, newest),
            [
                EngineFeature::PidsLimit,
                EngineFeature::Pause,
                EngineFeature::ProvenKill,
                EngineFeature::ProvenKillBesideOthers
            ]
        );
        let why_not = EngineFeatures::read(&rootless, newest);
        let why_not = why_not.why_not(EngineFeature::Pause).unwrap();
        assert!(why_not.contains("rootless"), "{why_not}");
    }

    #[test]
    fn a_table_says_why_not() {
        let table = EngineFeatures::read(&able(), ApiVersion::new(1, 44)).to_string();
        assert!(table.contains("pause                       yes\n"), "{table}");
        assert!(table.contains("no: the engine must speak API 1.45, not 1.44\n"), "{table}");
    }
}
