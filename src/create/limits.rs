//! What a container may use of its host.

use super::CreateOptions;
use crate::api::{HostConfig, Ulimit};
use crate::error::{Error, Result};
use crate::posture::Protection;

/// Enough for a build, and the host survives whoever wants more.
const DEFAULT_MEMORY: u64 = 2 << 30;
const DEFAULT_CPUS: f64 = 2.0;
/// Enough for a build, and the host survives a fork bomb.
const DEFAULT_PIDS: u32 = 512;
/// Microseconds in which a container may use so much CPU time. Engines accept
/// any quota of it, but refuse a number of CPUs that the machine does not have.
const CPU_PERIOD: f64 = 100_000.0;
/// The least that the kernel accepts, in CPUs.
const MIN_CPUS: f64 = 0.01;
/// More CPUs than any machine has.
const MAX_CPUS: f64 = 100_000.0;

/// How much of one thing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Quota<T> {
    /// As much as the library thinks fit.
    #[default]
    Default,
    /// As much as the caller said.
    Max(T),
    Unlimited,
}

impl<T> Quota<T> {
    fn or(self, default: T) -> Option<T> {
        match self {
            Quota::Default => Some(default),
            Quota::Max(max) => Some(max),
            Quota::Unlimited => None,
        }
    }

    fn is_asked_for(&self) -> bool {
        matches!(self, Quota::Max(_))
    }
}

/// All limits of a container.
#[derive(Clone, Debug, Default)]
pub(super) struct Limits {
    pub(super) memory: Quota<u64>,
    pub(super) swap: Quota<u64>,
    pub(super) cpus: Quota<f64>,
    pub(super) pids: Quota<u32>,
    pub(super) shm_size: Option<u64>,
    pub(super) ulimits: Vec<Ulimit>,
}

impl Limits {
    /// Whether there is to be a limit of this kind.
    pub(super) fn is_wanted(&self, limit: Protection) -> bool {
        match limit {
            Protection::Memory => self.memory != Quota::Unlimited,
            Protection::Swap => self.swap != Quota::Unlimited && self.memory != Quota::Unlimited,
            Protection::Cpus => self.cpus != Quota::Unlimited,
            Protection::Pids => self.pids != Quota::Unlimited,
            _ => false,
        }
    }

    /// Whether memory is limited, and swap is not.
    pub(super) fn lifts_swap_alone(&self) -> bool {
        self.swap == Quota::Unlimited && self.memory != Quota::Unlimited
    }

    /// Whether the caller asked for it by name.
    pub(super) fn is_asked_for(&self, limit: Protection) -> bool {
        match limit {
            Protection::Memory => self.memory.is_asked_for(),
            Protection::Swap => self.swap.is_asked_for(),
            Protection::Cpus => self.cpus.is_asked_for(),
            Protection::Pids => self.pids.is_asked_for(),
            _ => false,
        }
    }

    /// Writes them into a request, if they are good.
    pub(super) fn apply(&self, config: &mut HostConfig) -> Result<()> {
        let memory = self.memory.or(DEFAULT_MEMORY);
        config.memory = memory.map_or(Ok(0), |bytes| positive("memory", bytes))?;
        config.memory_swap = match (memory, self.swap.or(0)) {
            (None, Some(_)) if self.swap.is_asked_for() => {
                return Err(Error::invalid("swap", "cannot be limited where memory is not"));
            }
            (None, _) => 0,
            (Some(_), None) => -1,
            (Some(memory), Some(swap)) => positive("swap", memory.saturating_add(swap))?,
        };
        if let Some(cpus) = self.cpus.or(DEFAULT_CPUS) {
            if !(MIN_CPUS..=MAX_CPUS).contains(&cpus) {
                let problem = format!("{cpus} is not between {MIN_CPUS} and {MAX_CPUS}");
                return Err(Error::invalid("cpus", problem));
            }
            config.cpu_period = CPU_PERIOD as i64;
            config.cpu_quota = (cpus * CPU_PERIOD).round() as i64;
        }
        config.pids_limit = match self.pids.or(DEFAULT_PIDS) {
            None => -1,
            Some(pids) => positive("pids", pids.into())?,
        };
        config.shm_size = self.shm_size.map_or(Ok(0), |bytes| positive("shm_size", bytes))?;
        for limit in &self.ulimits {
            check_ulimit(limit)?;
        }
        config.ulimits.clone_from(&self.ulimits);
        Ok(())
    }
}

/// A number as the engine takes it; 0 would mean something else to it.
fn positive(field: &str, number: u64) -> Result<i64> {
    match i64::try_from(number) {
        Ok(0) => Err(Error::invalid(field, "is 0; there is a setter for no limit")),
        Ok(number) => Ok(number),
        Err(_) => Err(Error::invalid(field, format_args!("{number} is more than 2^63 - 1"))),
    }
}

fn check_ulimit(limit: &Ulimit) -> Result<()> {
    let Ulimit { name, soft, hard } = limit;
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase()) {
        let problem = format!("{name:?} must be lower-case letters, such as \"nofile\"");
        return Err(Error::invalid("ulimit", problem));
    }
    let is_limit = |value: &i64| *value >= -1;
    let rises = *hard != -1 && (*soft == -1 || soft > hard);
    if !is_limit(soft) || !is_limit(hard) || rises {
        let problem = format!(
            "{name}: soft {soft}, hard {hard}: -1 is no limit, and the soft one is not above the hard one"
        );
        return Err(Error::invalid("ulimit", problem));
    }
    Ok(())
}

impl CreateOptions {
    /// The most memory that all processes together may use, in bytes. Default:
    /// 2 GiB.
    #[must_use]
    pub fn memory(mut self, bytes: u64) -> Self {
        self.limits.memory = Quota::Max(bytes);
        self
    }

    /// Sets no limit to memory, nor to swap. Default: there are limits.
    #[must_use]
    pub fn without_memory_limit(mut self) -> Self {
        self.limits.memory = Quota::Unlimited;
        self
    }

    /// How many bytes of swap there are beside the [`memory`](CreateOptions::memory).
    /// Default: 0.
    #[must_use]
    pub fn swap(mut self, bytes: u64) -> Self {
        self.limits.swap = Quota::Max(bytes);
        self
    }

    /// Sets no limit to swap. Default: there is none.
    #[must_use]
    pub fn without_swap_limit(mut self) -> Self {
        self.limits.swap = Quota::Unlimited;
        self
    }

    /// How many CPUs' time the container may use: 0.5 is half of one. Default: 2.
    #[must_use]
    pub fn cpus(mut self, cpus: f64) -> Self {
        self.limits.cpus = Quota::Max(cpus);
        self
    }

    /// Sets no limit to CPU time. Default: there is one.
    #[must_use]
    pub fn without_cpu_limit(mut self) -> Self {
        self.limits.cpus = Quota::Unlimited;
        self
    }

    /// How many processes and threads there may be at once. Default: 512.
    #[must_use]
    pub fn pids(mut self, count: u32) -> Self {
        self.limits.pids = Quota::Max(count);
        self
    }

    /// Sets no limit to the number of processes. Default: there is one.
    #[must_use]
    pub fn without_pids_limit(mut self) -> Self {
        self.limits.pids = Quota::Unlimited;
        self
    }

    /// The size of `/dev/shm`, in bytes. Default: the engine's, mostly 64 MiB.
    #[must_use]
    pub fn shm_size(mut self, bytes: u64) -> Self {
        self.limits.shm_size = Some(bytes);
        self
    }

    /// Sets a limit of each process: `name` as in `ulimit -a` of the engine's
    /// clients, such as `nofile` or `fsize`, what a process starts with, and
    /// what it may raise that to; -1 is no limit. Default: the engine's.
    #[must_use]
    pub fn ulimit(mut self, name: impl Into<String>, soft: i64, hard: i64) -> Self {
        self.limits.ulimits.push(Ulimit { name: name.into(), soft, hard });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(limits: Limits) -> HostConfig {
        let mut config = HostConfig::default();
        limits.apply(&mut config).unwrap();
        config
    }

    #[test]
    fn everything_is_limited_unless_said_otherwise() {
        let config = applied(Limits::default());
        assert_eq!((config.memory, config.memory_swap), (2 << 30, 2 << 30));
        assert_eq!((config.cpu_quota, config.cpu_period), (200_000, 100_000));
        assert_eq!(config.pids_limit, 512);

        let config = applied(Limits {
            memory: Quota::Unlimited,
            cpus: Quota::Unlimited,
            pids: Quota::Unlimited,
            ..Limits::default()
        });
        assert_eq!((config.memory, config.memory_swap), (0, 0));
        assert_eq!((config.cpu_quota, config.pids_limit), (0, -1));
    }

    #[test]
    fn swap_is_counted_beside_memory() {
        let with = |swap| applied(Limits { swap, memory: Quota::Max(100), ..Limits::default() });
        assert_eq!(with(Quota::Default).memory_swap, 100);
        assert_eq!(with(Quota::Max(50)).memory_swap, 150);
        assert_eq!(with(Quota::Unlimited).memory_swap, -1);
    }
}
