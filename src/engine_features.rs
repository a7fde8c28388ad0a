//! Optional engine features.

use std::collections::BTreeMap;
use std::fmt;

use crate::api::{ApiVersion, CallContext, SystemInfo};
use crate::engine::Engine;
use crate::error::Result;
use crate::mount::SUBPATH_SINCE;
use crate::posture::{Kernel, unsupported_reason};

/// A feature that not every engine supports. (Linux capabilities are set with
/// [`CreateOptions::cap_add`](crate::CreateOptions::cap_add).)
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
    /// A memory limit [without a swap
    /// limit](crate::CreateOptions::without_swap_limit).
    UnlimitedSwap,
    /// Filtering system calls: [`Seccomp`](crate::Seccomp).
    Seccomp,
    /// Filtering system calls with [a custom profile](crate::Seccomp::Profile).
    SeccompProfile,
    /// Choosing the [runtime](crate::CreateOptions::runtime).
    Runtime,
    /// Mounting a [subdirectory of a volume](crate::Mount::subpath).
    VolumeSubpath,
    /// [Pausing](crate::Container::pause) a container.
    Pause,
    /// Keeping the output that a command writes right before it exits, even if it
    /// leaves input unread.
    OutputDespiteUnreadInput,
    /// Proving that a killed command is [gone](crate::TreeGone::Yes).
    ProvenKill,
    /// The same while commands of other users run in the container.
    ProvenKillBesideOthers,
    /// Showing commands the files of [`Transport::Archive`](crate::TransferMethod::Archive),
    /// and the other way, while the container runs.
    ArchiveTransfer,
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
            EngineFeature::ArchiveTransfer => "archives for commands",
        })
    }
}

/// The optional features of an engine, from
/// [`Client::engine_features`](crate::Client::engine_features). `Display` prints
/// a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineFeatures {
    /// The reason why a feature is missing; `None` if it is supported.
    unsupported: BTreeMap<EngineFeature, Option<String>>,
}

impl EngineFeatures {
    /// Iterates over all features, each with the reason why it is missing, or
    /// `None` if it is supported.
    pub fn iter(&self) -> impl Iterator<Item = (EngineFeature, Option<&str>)> {
        self.unsupported.iter().map(|(&feature, reason)| (feature, reason.as_deref()))
    }

    /// Whether the engine supports `feature`.
    #[must_use]
    pub fn supports(&self, feature: EngineFeature) -> bool {
        self.unsupported.get(&feature).is_some_and(Option::is_none)
    }

    /// Why the engine does not support `feature`; `None` if it does.
    #[must_use]
    pub fn why_not(&self, feature: EngineFeature) -> Option<&str> {
        self.unsupported.get(&feature)?.as_deref()
    }

    /// Returns the engine's features. Its system information is requested once.
    pub(crate) fn of(engine: &Engine, context: &CallContext) -> Result<Self> {
        let version = engine.api.negotiated_version(context)?;
        Ok(EngineFeatures::read(engine.info(context)?, version))
    }

    /// Derives the features from the engine's system information.
    pub(crate) fn read(info: &SystemInfo, version: ApiVersion) -> Self {
        let limit = |can: bool, what: &str| (!can).then(|| unsupported_reason(info, what));
        let podman = |reason: &str| info.is_podman().then(|| reason.to_owned());
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
                (!has_seccomp).then(|| "the engine's kernel does not support it".to_owned()),
            ),
            (
                EngineFeature::SeccompProfile,
                podman("Podman treats the profile as a file name on its host"),
            ),
            (
                EngineFeature::Runtime,
                podman("Podman runs every container with its default runtime"),
            ),
            (
                EngineFeature::VolumeSubpath,
                (version < SUBPATH_SINCE).then(|| {
                    format!("requires API version {SUBPATH_SINCE}; the engine uses {version}")
                }),
            ),
            (EngineFeature::Pause, freezer_unsupported(info)),
            (
                EngineFeature::OutputDespiteUnreadInput,
                podman("Podman may replace that output with an error of its own"),
            ),
            (EngineFeature::ProvenKill, counting_unsupported(info)),
            (
                EngineFeature::ProvenKillBesideOthers,
                podman("Podman lists processes with a program in the container")
                    .or_else(|| counting_unsupported(info)),
            ),
            (EngineFeature::ArchiveTransfer, Kernel::of("", info).and_then(Kernel::hides_files)),
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

/// Why processes cannot be counted from outside the container.
fn counting_unsupported(info: &SystemInfo) -> Option<String> {
    let hidden = Kernel::of("", info).and_then(Kernel::hides_processes);
    let uncounted =
        || (!info.pids_limit).then(|| unsupported_reason(info, "processes, and so not count them"));
    hidden.or_else(uncounted)
}

/// Why processes cannot be frozen. Freezing needs a cgroup, which rootless
/// engines do not have with cgroup v1, nor with v2 if none is delegated to them: what
/// delegates a cgroup delegates the limit of processes with it.
pub(crate) fn freezer_unsupported(info: &SystemInfo) -> Option<String> {
    let is_rootless_podman = info.is_rootless() && info.is_podman();
    let is_without = info.cgroup_driver == "none"
        || (is_rootless_podman && (info.cgroup_version == "1" || !info.pids_limit));
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

    fn missing(info: &SystemInfo, version: ApiVersion) -> Vec<EngineFeature> {
        let features = EngineFeatures::read(info, version);
        let missing = features.iter().filter(|(_, why_not)| why_not.is_some());
        missing.map(|(feature, _)| feature).collect()
    }

    #[test]
    fn missing_features_follow_the_engines_information() {
        let newest = ApiVersion::MAX;
        assert_eq!(missing(&able(), newest), []);
        assert_eq!(missing(&able(), ApiVersion::new(1, 44)), [EngineFeature::VolumeSubpath]);
        let podman = SystemInfo { buildah_version: "1.28.2".to_owned(), ..able() };
        assert_eq!(
            missing(&podman, newest),
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
            missing(&rootless, newest),
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
    fn the_table_shows_reasons() {
        let table = EngineFeatures::read(&able(), ApiVersion::new(1, 44)).to_string();
        assert!(table.contains("pause                       yes\n"), "{table}");
        assert!(table.contains("no: requires API version 1.45; the engine uses 1.44\n"), "{table}");
    }
}
