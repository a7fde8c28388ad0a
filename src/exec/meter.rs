//! Resource usage of a container, read from its cgroup.

use std::collections::HashMap;
use std::time::Duration;

use super::resources::Resources;
use super::{ExecOptions, ExecTarget, Outcome};
use crate::call_context::{CallContext, Limit};
use crate::error::{Error, ErrorKind, Result};

/// Prints each readable file after its name. Uses only builtins, because the
/// container may have reached its process limit.
const SCRIPT: &str = r#"for file; do
    [ -r "$file" ] || continue
    echo "== $file"
    while read -r line; do echo "$line"; done <"$file"
done"#;
/// The files of cgroup v2 and v1.
const CPU: [&str; 2] = ["/sys/fs/cgroup/cpu.stat", "/sys/fs/cgroup/cpuacct/cpuacct.usage"];
const PEAK_MEMORY: [&str; 2] =
    ["/sys/fs/cgroup/memory.peak", "/sys/fs/cgroup/memory/memory.max_usage_in_bytes"];
const OOM_KILLS: [&str; 2] =
    ["/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"];
const PEAK_PIDS: [&str; 2] = ["/sys/fs/cgroup/pids.peak", "/sys/fs/cgroup/pids/pids.peak"];
/// The limit of one read if no caller waits for it.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

impl Resources {
    /// Reads the usage by a command in the container.
    pub(crate) fn read(target: &ExecTarget) -> Result<Self> {
        let files = [CPU, PEAK_MEMORY, OOM_KILLS, PEAK_PIDS].concat();
        let argv = ["/bin/sh", "-c", SCRIPT, "sandcell"];
        let mut command = ExecOptions::new(argv.into_iter().chain(files)).cwd("/");
        if let Some(watchers) = target.watch()?.watchers {
            command = command.user(watchers.helper_user());
        }
        let result = super::run(target, &command)?;
        match result.outcome {
            Outcome::Exited(0) => Ok(Resources::parse(&result.stdout.text())),
            Outcome::Lost(error) => Err(error),
            Outcome::TimedOut => {
                Err(Error::timeout("reading the container's cgroup took too long"))
            }
            Outcome::Cancelled => Err(Error::new(ErrorKind::Cancelled, "cancelled by the caller")),
            outcome => {
                let problem = format!("cannot read the container's cgroup: {outcome:?}");
                Err(Error::new(ErrorKind::Engine, problem))
            }
        }
    }

    fn parse(printed: &str) -> Self {
        let files: HashMap<_, _> =
            printed.split("== ").filter_map(|file| file.split_once('\n')).collect();
        let find = |names: [&str; 2]| names.iter().find_map(|name| files.get(name)).copied();
        let number = |names| find(names)?.trim().parse().ok();
        let entry = |names, key: &str| {
            let lines = find(names)?.lines();
            let mut entries = lines.filter_map(|line| line.split_once(' '));
            entries.find(|(name, _)| *name == key)?.1.trim().parse::<u64>().ok()
        };
        let cpu_time = match entry(CPU, "usage_usec") {
            Some(micros) => Some(Duration::from_micros(micros)),
            None => number(CPU).map(Duration::from_nanos),
        };
        Resources {
            cpu_time,
            peak_memory: number(PEAK_MEMORY),
            oom_kills: entry(OOM_KILLS, "oom_kill"),
            peak_pids: number(PEAK_PIDS),
            missing: None,
        }
        .explain()
    }

    fn explain(mut self) -> Self {
        let all = [self.cpu_time.is_some(), self.peak_memory.is_some()];
        if !all.iter().chain(&[self.oom_kills.is_some(), self.peak_pids.is_some()]).all(|has| *has)
        {
            let why = "the container's cgroup does not report it: the kernel is too old or \
                       the controller is not enabled";
            self.missing = Some(why.to_owned());
        }
        self
    }
}

/// Measures a container's usage while a command runs.
#[derive(Debug)]
pub(super) struct Meter {
    target: ExecTarget,
    before: Result<Resources>,
}

impl Meter {
    pub(super) fn start(target: &ExecTarget) -> Self {
        Meter { target: target.clone(), before: Resources::read(target) }
    }

    /// Reads again, within the call's limits and a limit of its own.
    pub(super) fn stop(self, context: &CallContext) -> Resources {
        let target =
            self.target.under(context.clone().within(READ_TIMEOUT, Limit::CleanUp(READ_TIMEOUT)));
        let used = self.before.and_then(|before| {
            let now = Resources::read(&target)?;
            Ok(now.since(&before))
        });
        used.unwrap_or_else(Resources::unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_of_cgroups_are_understood() {
        let v2 = "== /sys/fs/cgroup/cpu.stat\nusage_usec 1500\nuser_usec 1000\n\
                  == /sys/fs/cgroup/memory.peak\n4096\n\
                  == /sys/fs/cgroup/memory.events\nlow 0\noom 3\noom_kill 2\noom_group_kill 0\n\
                  == /sys/fs/cgroup/pids.peak\n7\n";
        let v1 = "== /sys/fs/cgroup/cpuacct/cpuacct.usage\n1500000\n\
                  == /sys/fs/cgroup/memory/memory.max_usage_in_bytes\n4096\n\
                  == /sys/fs/cgroup/memory/memory.oom_control\noom_kill_disable 0\nunder_oom 0\noom_kill 2\n\
                  == /sys/fs/cgroup/pids/pids.peak\n7\n";
        let expected = Resources {
            cpu_time: Some(Duration::from_micros(1500)),
            peak_memory: Some(4096),
            oom_kills: Some(2),
            peak_pids: Some(7),
            missing: None,
        };
        assert_eq!(Resources::parse(v2), expected);
        assert_eq!(Resources::parse(v1), expected);
    }

    #[test]
    fn missing_values_have_a_reason() {
        for printed in ["", "== /sys/fs/cgroup/memory.peak\nmax\n", "== /sys/fs/cgroup/cpu.stat"] {
            let resources = Resources::parse(printed);
            assert_eq!((resources.peak_memory, resources.cpu_time), (None, None));
            assert!(resources.missing.is_some());
        }
    }
}
