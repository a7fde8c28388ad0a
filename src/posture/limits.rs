//! Resource limits: their values, and whether the engine can enforce them.

use super::enforcement::Enforcement;
use super::facts::{Facts, Reported};
use super::kernel::Kernel;
use crate::api::{HostConfigInspect, SystemInfo};

const NO_LIMIT: &str = "the container has no limit";
/// The kernel's default CPU period in microseconds.
const DEFAULT_PERIOD: i64 = 100_000;
/// The unit of `NanoCpus`, in CPUs.
const NANO: f64 = 1e-9;

/// Why an engine cannot limit `what`.
pub(crate) fn unsupported_reason(engine: &SystemInfo, what: &str) -> String {
    let hint = match (engine.cgroup_driver.as_str(), engine.is_rootless()) {
        (_, true) => ": it is rootless, and no cgroup with the controller is delegated to it",
        ("none", false) => ": it has no cgroups",
        _ => ": its kernel or its cgroup lacks the controller",
    };
    format!("the engine cannot limit {what}{hint}")
}

pub(super) fn memory(facts: &Facts<'_>) -> Reported<Enforcement> {
    let limit = |host: &HostConfigInspect| count(host.memory, "bytes");
    limited(facts, "memory", |engine| engine.memory_limit, limit)
}

pub(super) fn swap(facts: &Facts<'_>) -> Reported<Enforcement> {
    // The engine reports memory plus swap.
    let limit = |host: &HostConfigInspect| match (host.memory, host.memory_swap) {
        (..=0, _) => Err("memory has no limit"),
        (_, ..=0) => Err(NO_LIMIT),
        (memory, both) => Ok(format!("{} bytes", both.saturating_sub(memory).max(0))),
    };
    limited(facts, "swap", |engine| engine.swap_limit, limit)
}

pub(super) fn cpus(facts: &Facts<'_>) -> Reported<Enforcement> {
    let limit = |host: &HostConfigInspect| {
        let period = if host.cpu_period > 0 { host.cpu_period } else { DEFAULT_PERIOD };
        match (host.cpu_quota, host.nano_cpus) {
            (quota @ 1.., _) => Ok(format!("{} CPUs", quota as f64 / period as f64)),
            (_, nano_cpus @ 1..) => Ok(format!("{} CPUs", nano_cpus as f64 * NANO)),
            _ => Err(NO_LIMIT),
        }
    };
    limited(facts, "CPU time", |engine| engine.cpu_cfs_quota, limit)
}

pub(super) fn pids(facts: &Facts<'_>) -> Reported<Enforcement> {
    let limit = |host: &HostConfigInspect| count(host.pids_limit, "processes");
    let enforcement = limited(facts, "processes", |engine| engine.pids_limit, limit)?;
    match (enforcement, facts.kernel()) {
        (Enforcement::Enforced(how), Ok(Kernel::GVisor)) => {
            Ok(Enforcement::yes(format!("{how} on the host, including gVisor's own threads")))
        }
        // Kata does not pass the limit on to the kernel of its virtual machine.
        (Enforcement::Enforced(_), Ok(Kernel::Kata)) => {
            Err("it is not known whether Kata's own kernel limits processes".to_owned())
        }
        (enforcement, _) => Ok(enforcement),
    }
}

fn count(value: i64, unit: &str) -> Result<String, &'static str> {
    if value > 0 { Ok(format!("{value} {unit}")) } else { Err(NO_LIMIT) }
}

/// The enforcement of a limit. Some engines accept a limit that they cannot enforce,
/// and report it for the container: so the engine must also report that it supports
/// the limit.
fn limited(
    facts: &Facts<'_>,
    what: &str,
    can: impl Fn(&SystemInfo) -> bool,
    limit: impl Fn(&HostConfigInspect) -> Result<String, &'static str>,
) -> Reported<Enforcement> {
    let unsupported = facts.engine().and_then(|engine| match can(engine) {
        true => Ok(None),
        false if engine.cgroup_driver.is_empty() => {
            Err(format!("the engine does not report whether it can limit {what}"))
        }
        false => Ok(Some(unsupported_reason(engine, what))),
    });
    match (unsupported, facts.host().map(limit)) {
        (Ok(Some(reason)), _) => Ok(Enforcement::no(reason)),
        (_, Ok(Err(why))) => Ok(Enforcement::no(why)),
        (Ok(None), Ok(Ok(how))) => Ok(Enforcement::yes(how)),
        (Err(why), _) | (_, Err(why)) => Err(why),
    }
}
