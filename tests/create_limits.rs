//! The resource limits of a container, on engines that have them and on engines that
//! do not.

mod support;

use std::collections::BTreeMap;
use std::time::Duration;

use sandcell::{
    CreateOptions, Enforcement, EngineFeature, ExecOptions, ExecResult, Outcome, Protection,
    Verdict,
};
use support::{Container, IMAGE, cgroup, engine, has_gvisor, inspect, until, with_or_refused};

const MIB: u64 = 1 << 20;

fn options() -> CreateOptions {
    CreateOptions::new(IMAGE)
}

fn sh(text: &str) -> ExecOptions {
    ExecOptions::new(["sh", "-c", text])
}

fn run(container: &Container, options: &ExecOptions) -> ExecResult {
    container.exec(&container.id, options).unwrap()
}

/// The same limit as the kernel has it, by either version of cgroups.
fn cgroup(container: &Container, v1: &str, v2: &str) -> String {
    if has_gvisor() {
        return cgroup::from_outside(&container.id, v1, v2);
    }
    let text = format!("cat /sys/fs/cgroup/{v1} 2>/dev/null || cat /sys/fs/cgroup/{v2}");
    container.sh(&text).trim().to_owned()
}

/// The features that are limits, each with the protection that it is for.
const LIMITS: [(EngineFeature, Protection); 4] = [
    (EngineFeature::MemoryLimit, Protection::Memory),
    (EngineFeature::SwapLimit, Protection::Swap),
    (EngineFeature::CpuLimit, Protection::Cpus),
    (EngineFeature::PidsLimit, Protection::Pids),
];

#[test]
fn the_default_sandbox_has_the_limits_that_the_engine_has() {
    let container = Container::with(options());
    let (features, posture) =
        (engine().engine_features().unwrap(), container.handle().posture().unwrap());
    for (feature, limit) in LIMITS {
        assert_eq!(posture.is_enforced(limit), features.supports(feature), "{posture}");
    }
    if features.supports(EngineFeature::MemoryLimit) {
        assert_eq!(cgroup(&container, "memory/memory.limit_in_bytes", "memory.max"), "2147483648");
        assert_eq!(inspect(&container.id, "HostConfig.MemorySwap"), "2147483648");
    }
    if features.supports(EngineFeature::CpuLimit) {
        let quota = cgroup(&container, "cpu/cpu.cfs_quota_us", "cpu.max");
        assert_eq!(quota.split(' ').next(), Some("200000"));
    }
    if features.supports(EngineFeature::PidsLimit) {
        assert_eq!(cgroup(&container, "pids/pids.max", "pids.max"), "512");
        let processes = match has_gvisor() {
            true => "512 processes on the host, including gVisor's own threads",
            false => "512 processes",
        };
        let all: BTreeMap<_, _> = posture.iter().collect();
        assert_eq!(all[&Protection::Pids], &Enforcement::Enforced(processes.to_owned()));
    }
}

#[test]
fn a_limit_that_the_engine_lacks_is_refused_or_allowed_to_be_missing() {
    let features = engine().engine_features().unwrap();
    for (feature, limit) in LIMITS {
        let limited = match limit {
            Protection::Memory => options().memory(64 * MIB),
            Protection::Swap => {
                options().memory(64 * MIB).swap(MIB).allow_unenforced(Protection::Memory)
            }
            Protection::Cpus => options().cpus(0.5),
            _ => options().pids(128),
        };
        let allowed = limited.clone().allow_unenforced(limit);
        let field = format!("{limit}: ");
        let made = with_or_refused(limited, feature, &field);
        assert_eq!(made.is_some(), features.supports(feature), "{limit}");
        let container = made.unwrap_or_else(|| Container::with(allowed));
        let posture = container.handle().posture().unwrap();
        assert_eq!(posture.is_enforced(limit), features.supports(feature), "{posture}");
    }
}

#[test]
fn a_fork_bomb_stops_at_the_limit_of_processes() {
    let bomb = "n=0; while [ $n -lt 1000 ]; do sleep 8 & n=$((n + 1)); done; echo never";
    if has_gvisor() {
        // It needs many threads itself, and ends with its container where it gets none.
        let container = Container::with(options().pids(128));
        let result = container.exec(&container.id, &sh(bomb)).map(|result| result.outcome);
        let (Err(error) | Ok(Outcome::Lost(error))) = result else { panic!("{result:?}") };
        assert!(error.is_container_ended(), "{error}");
        return;
    }
    let limited = options().pids(40);
    let Some(container) = with_or_refused(limited, EngineFeature::PidsLimit, "pids: ") else {
        return;
    };
    let result = run(&container, &sh(bomb).timeout(Duration::from_secs(20)).measure(true));
    assert!(result.stderr.text().contains("can't fork"), "{result:?}");
    // As long as the container is full, some runtimes cannot enter it.
    let peak = until(|| container.handle().resources().ok()).peak_pids;
    // Who enters from outside is counted beyond the limit.
    assert!(peak.is_none_or(|peak| (40..60).contains(&peak)), "{peak:?}");
}

#[test]
fn an_allocation_stops_at_the_limit_of_memory() {
    let limited = options().memory(32 * MIB);
    let Some(container) = with_or_refused(limited, EngineFeature::MemoryLimit, "memory: ") else {
        return;
    };
    // The shell's variable doubles until the kernel has had enough.
    let hog = sh("x=xxxxxxxxxxxxxxxx; while :; do x=$x$x; done").measure(true);
    let result = run(&container, &hog);
    if has_gvisor() {
        // All that it runs is one process to the kernel, and the engine may miss its end.
        let Outcome::Lost(error) = &result.outcome else { panic!("{result:?}") };
        let state = error.container_state().unwrap();
        assert_eq!(state.exit_code, Some(137), "{result:?}");
        assert_eq!(result.verdict() == Verdict::MemoryLimit, state.oom_killed, "{result:?}");
        return;
    }
    assert_eq!(result.verdict(), Verdict::MemoryLimit, "{result:?}");
    let resources = result.resources.unwrap();
    assert_eq!(resources.oom_kills, Some(1), "{resources:?}");
    assert!(resources.peak_memory.is_none_or(|peak| peak > 16 * MIB), "{resources:?}");

    let good = run(&container, &sh("exit 3").measure(true));
    assert_eq!((good.verdict(), good.exit_code()), (Verdict::Ok, Some(3)));
    assert_eq!(good.resources.unwrap().oom_kills, Some(0));
}

fn limits_are_set(container: &Container) {
    assert_eq!(cgroup(container, "memory/memory.limit_in_bytes", "memory.max"), "67108864");
    assert_eq!(inspect(&container.id, "HostConfig.MemorySwap"), (80 * MIB).to_string());
    let quota = cgroup(container, "cpu/cpu.cfs_quota_us", "cpu.max");
    assert_eq!(quota.split(' ').next(), Some("50000"));
    assert_eq!(cgroup(container, "pids/pids.max", "pids.max"), "128");
}

#[test]
fn limits_are_as_asked_for_or_lifted() {
    let limited = options().memory(64 * MIB).swap(16 * MIB).cpus(0.5).pids(128); // gVisor itself needs many
    if let Some(container) = with_or_refused(limited, EngineFeature::MemoryLimit, "memory: ") {
        limits_are_set(&container);
    }
    let container = Container::with(
        options()
            .shm_size(MIB)
            .ulimit("nproc", 4096, 4096) // or Podman 4 raises it, which not every root may do
            .ulimit("nofile", 100, 100)
            .ulimit("fsize", 16384, 32768),
    );
    assert_eq!(container.sh("df -k /dev/shm | awk 'NR == 2 { print $2 }'"), "1024\n");
    assert_eq!(container.sh("ulimit -Sn; ulimit -Hn"), "100\n100\n");
    assert_eq!(container.sh("ulimit -Sf; ulimit -Hf"), "32\n64\n", "in blocks of 512 bytes");
    let big = run(&container, &sh("head -c 20000 /dev/zero >/tmp/big"));
    assert!(!big.success(), "{big:?}");
    assert_eq!(container.sh("wc -c </tmp/big"), "16384\n");

    let lifted = options().without_memory_limit().without_cpu_limit().without_pids_limit();
    let container = Container::with(lifted);
    let no_limit = |field: &str| ["0", "-1", "null"].contains(&&*inspect(&container.id, field));
    for field in ["Memory", "MemorySwap", "CpuQuota", "PidsLimit"] {
        assert!(no_limit(&format!("HostConfig.{field}")), "{field}");
    }
    let posture = container.handle().posture().unwrap();
    for limit in [Protection::Memory, Protection::Swap, Protection::Cpus, Protection::Pids] {
        assert!(!posture.is_enforced(limit), "{posture}");
    }
}

#[test]
fn swap_alone_may_be_unlimited() {
    let without = options().memory(64 * MIB).without_swap_limit();
    if let Some(container) = with_or_refused(without, EngineFeature::UnlimitedSwap, "swap: ") {
        assert_eq!(inspect(&container.id, "HostConfig.MemorySwap"), "-1");
    }
}
