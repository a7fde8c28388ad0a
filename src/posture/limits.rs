//! Limits: whether the engine can enforce them, and what they are.

use super::enforcement::Enforcement;
use super::facts::{Facts, Told};
use super::kernel::Kernel;
use crate::api::{HostConfigInspect, SystemInfo};

const NO_LIMIT: &str = "the container has no limit";
/// Microseconds.
const DEFAULT_PERIOD: i64 = 100_000;
/// Of a CPU.
const BILLIONTH: f64 = 1e-9;

/// Why an engine cannot limit something.
pub(crate) fn unsupported_reason(engine: &SystemInfo, what: &str) -> String {
    let hint = match (engine.cgroup_driver.as_str(), engine.is_rootless()) {
        ("none", true) => ": it is rootless, and was not delegated a cgroup",
        ("none", false) => ": it has no cgroups",
        _ => ": its kernel or its cgroup lacks the controller",
    };
    format!("the engine cannot limit {what}{hint}")
}

pub(super) fn memory(facts: &Facts<'_>) -> Told<Enforcement> {
    let limit = |host: &HostConfigInspect| count(host.memory, "bytes");
    limited(facts, "memory", |engine| engine.memory_limit, limit)
}

pub(super) fn swap(facts: &Facts<'_>) -> Told<Enforcement> {
    // What the engine tells is memory and swap together.
    let limit = |host: &HostConfigInspect| match (host.memory, host.memory_swap) {
        (..=0, _) => Err("memory has no limit"),
        (_, ..=0) => Err(NO_LIMIT),
        (memory, both) => Ok(format!("{} bytes", both.saturating_sub(memory).max(0))),
    };
    limited(facts, "swap", |engine| engine.swap_limit, limit)
}

pub(super) fn cpus(facts: &Facts<'_>) -> Told<Enforcement> {
    let limit = |host: &HostConfigInspect| {
        let period = if host.cpu_period > 0 { host.cpu_period } else { DEFAULT_PERIOD };
        match (host.cpu_quota, host.nano_cpus) {
            (quota @ 1.., _) => Ok(format!("{} CPUs", quota as f64 / period as f64)),
            (_, billionths @ 1..) => Ok(format!("{} CPUs", billionths as f64 * BILLIONTH)),
            _ => Err(NO_LIMIT),
        }
    };
    limited(facts, "CPU time", |engine| engine.cpu_cfs_quota, limit)
}

pub(super) fn pids(facts: &Facts<'_>) -> Told<Enforcement> {
    let limit = |host: &HostConfigInspect| count(host.pids_limit, "processes");
    let enforcement = limited(facts, "processes", |engine| engine.pids_limit, limit)?;
    match (enforcement, facts.kernel()) {
        (Enforcement::Enforced(how), Ok(Kernel::GVisor)) => {
            Ok(Enforcement::yes(format!("{how} of the host's, gVisor's own threads among them")))
        }
        // It keeps the limit from the kernel of its virtual machine.
        (Enforcement::Enforced(_), Ok(Kernel::Kata)) => {
            Err("whether Kata's own kernel limits processes is not known".to_owned())
        }
        (enforcement, _) => Ok(enforcement),
    }
}

fn count(value: i64, unit: &str) -> Result<String, &'static str> {
    if value > 0 { Ok(format!("{value} {unit}")) } else { Err(NO_LIMIT) }
}

/// Some engines take a limit without a word, show it in the container, and do not
/// enforce it: both the engine and the container must tell of it.
fn limited(
    facts: &Facts<'_>,
    what: &str,
    can: impl Fn(&SystemInfo) -> bool,
    limit: impl Fn(&HostConfigInspect) -> Result<String, &'static str>,
) -> Told<Enforcement> {
    let lack = facts.engine().and_then(|engine| match can(engine) {
        true => Ok(None),
        false if engine.cgroup_driver.is_empty() => {
            Err(format!("the engine does not tell whether it can limit {what}"))
        }
        false => Ok(Some(unsupported_reason(engine, what))),
    });
    match (lack, facts.host().map(limit)) {
        (Ok(Some(lack)), _) => Ok(Enforcement::no(lack)),
        (_, Ok(Err(why))) => Ok(Enforcement::no(why)),
        (Ok(None), Ok(Ok(how))) => Ok(Enforcement::yes(how)),
        (Err(why), _) | (_, Err(why)) => Err(why),
    }
}
