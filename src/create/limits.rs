//! Resource limits of a container.

use super::CreateOptions;
use crate::api::{HostConfig, Ulimit};
use crate::error::{Error, Result};
use crate::posture::Protection;

/// Enough for a build, while protecting the host's memory.
const DEFAULT_MEMORY: u64 = 2 << 30;
const DEFAULT_CPUS: f64 = 2.0;
/// Enough for a build, while protecting the host from a fork bomb.
const DEFAULT_PIDS: u32 = 512;
/// The CFS period in microseconds. Engines accept any quota, but refuse a number
/// of CPUs that the machine does not have.
const CPU_PERIOD: f64 = 100_000.0;
/// The minimum that the kernel accepts.
const MIN_CPUS: f64 = 0.01;
/// More CPUs than any machine has.
const MAX_CPUS: f64 = 100_000.0;

/// The setting of one limit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Quota<T> {
    /// The library's default.
    #[default]
    Default,
    /// Set by the caller.
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

    fn is_explicit(&self) -> bool {
        matches!(self, Quota::Max(_))
    }

    fn explicit(self) -> Option<T> {
        match self {
            Quota::Max(max) => Some(max),
            _ => None,
        }
    }
}

/// All resource limits of a container.
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
    /// Whether there should be a limit of this kind.
    pub(super) fn has(&self, limit: Protection) -> bool {
        match limit {
            Protection::Memory => self.memory != Quota::Unlimited,
            Protection::Swap => self.swap != Quota::Unlimited && self.memory != Quota::Unlimited,
            Protection::Cpus => self.cpus != Quota::Unlimited,
            Protection::Pids => self.pids != Quota::Unlimited,
            _ => false,
        }
    }

    /// Whether memory is limited but swap is not.
    pub(super) fn has_unlimited_swap_only(&self) -> bool {
        self.swap == Quota::Unlimited && self.memory != Quota::Unlimited
    }

    /// Whether the caller set the limit explicitly.
    pub(super) fn is_explicit(&self, limit: Protection) -> bool {
        match limit {
            Protection::Memory => self.memory.is_explicit(),
            Protection::Swap => self.swap.is_explicit(),
            Protection::Cpus => self.cpus.is_explicit(),
            Protection::Pids => self.pids.is_explicit(),
            _ => false,
        }
    }

    /// The limit of processes that the caller set.
    pub(super) fn explicit_pids(&self) -> Option<u32> {
        self.pids.explicit()
    }

    /// Validates the limits and sets them in a request.
    pub(super) fn apply(&self, config: &mut HostConfig) -> Result<()> {
        let memory = self.memory.or(DEFAULT_MEMORY);
        config.memory = memory.map_or(Ok(0), |bytes| positive("memory", bytes))?;
        config.memory_swap = match (memory, self.swap.or(0)) {
            (None, Some(_)) if self.swap.is_explicit() => {
                return Err(Error::invalid("swap", "cannot be limited without a memory limit"));
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
            // With -1 from Podman, crun 1.8 does not start the container.
            None => 0,
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

/// Removes a limit from a request.
pub(super) fn omit(limit: Protection, config: &mut HostConfig) {
    match limit {
        Protection::Memory => (config.memory, config.memory_swap) = (0, 0),
        Protection::Swap => config.memory_swap = 0,
        Protection::Cpus => (config.cpu_quota, config.cpu_period) = (0, 0),
        Protection::Pids => config.pids_limit = 0,
        _ => {}
    }
}

/// Converts a number for the engine, to which 0 would mean "unlimited" or
/// "default".
fn positive(field: &str, number: u64) -> Result<i64> {
    match i64::try_from(number) {
        Ok(0) => Err(Error::invalid(field, "must be greater than 0")),
        Ok(number) => Ok(number),
        Err(_) => Err(Error::invalid(field, format_args!("{number} is more than 2^63 - 1"))),
    }
}

fn check_ulimit(limit: &Ulimit) -> Result<()> {
    let Ulimit { name, soft, hard } = limit;
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase()) {
        let problem = format!("{name:?} must consist of lower-case letters, such as \"nofile\"");
        return Err(Error::invalid("ulimit", problem));
    }
    let is_limit = |value: &i64| *value >= -1;
    let rises = *hard != -1 && (*soft == -1 || soft > hard);
    if !is_limit(soft) || !is_limit(hard) || rises {
        let problem = format!(
            "{name}: soft {soft}, hard {hard}: limits must be at least -1 (unlimited), and \
             soft must not exceed hard"
        );
        return Err(Error::invalid("ulimit", problem));
    }
    Ok(())
}

impl CreateOptions {
    /// Limits the memory of all processes together, in bytes. Default: 2 GiB.
    #[must_use]
    pub fn memory(mut self, bytes: u64) -> Self {
        self.limits.memory = Quota::Max(bytes);
        self
    }

    /// Removes the limits on memory and swap. Default: both are limited.
    #[must_use]
    pub fn without_memory_limit(mut self) -> Self {
        self.limits.memory = Quota::Unlimited;
        self
    }

    /// Limits swap, in bytes, in addition to [`memory`](CreateOptions::memory).
    /// Default: 0.
    #[must_use]
    pub fn swap(mut self, bytes: u64) -> Self {
        self.limits.swap = Quota::Max(bytes);
        self
    }

    /// Removes the limit on swap. Default: swap is limited.
    #[must_use]
    pub fn without_swap_limit(mut self) -> Self {
        self.limits.swap = Quota::Unlimited;
        self
    }

    /// Limits CPU time, in CPUs: 0.5 is half of one CPU. Default: 2.
    #[must_use]
    pub fn cpus(mut self, cpus: f64) -> Self {
        self.limits.cpus = Quota::Max(cpus);
        self
    }

    /// Removes the limit on CPU time. Default: CPU time is limited.
    #[must_use]
    pub fn without_cpu_limit(mut self) -> Self {
        self.limits.cpus = Quota::Unlimited;
        self
    }

    /// Limits the number of processes and threads. PID 1 needs two of them, and
    /// gVisor 64 for itself. Default: 512.
    #[must_use]
    pub fn pids(mut self, count: u32) -> Self {
        self.limits.pids = Quota::Max(count);
        self
    }

    /// Removes the limit on the number of processes. Default: it is limited.
    #[must_use]
    pub fn without_pids_limit(mut self) -> Self {
        self.limits.pids = Quota::Unlimited;
        self
    }

    /// Sets the size of `/dev/shm`, in bytes. Default: the engine's, usually 64
    /// MiB.
    #[must_use]
    pub fn shm_size(mut self, bytes: u64) -> Self {
        self.limits.shm_size = Some(bytes);
        self
    }

    /// Sets a resource limit of each process. `name` is as for `docker run
    /// --ulimit`, such as `nofile` or `fsize`. `soft` is the initial limit,
    /// `hard` the maximum that a process can raise it to; -1 means unlimited.
    /// Default: the engine's.
    ///
    /// crun 1.8 writes its seccomp filter to a file of about 8 KiB: with a smaller
    /// `fsize`, the container ends at its start, with exit code 1.
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
    fn everything_is_limited_by_default() {
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
        assert_eq!((config.cpu_quota, config.pids_limit), (0, 0));
    }

    #[test]
    fn swap_is_added_to_memory() {
        let with = |swap| applied(Limits { swap, memory: Quota::Max(100), ..Limits::default() });
        assert_eq!(with(Quota::Default).memory_swap, 100);
        assert_eq!(with(Quota::Max(50)).memory_swap, 150);
        assert_eq!(with(Quota::Unlimited).memory_swap, -1);
    }
}
