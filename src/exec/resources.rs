//! Resource usage of a container.

use std::time::Duration;

/// The resource usage of a container.
///
/// Read from its cgroup by a program of the image, in the container: hostile code
/// with root there can falsify it. A field is `None` if the engine or its kernel
/// does not report it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resources {
    /// CPU time of all processes together. Includes the engine's cost of starting
    /// a command, usually about 10 ms.
    pub cpu_time: Option<Duration>,
    /// Peak memory use since the container started, in bytes, including the page
    /// cache.
    pub peak_memory: Option<u64>,
    /// How many processes were OOM-killed.
    pub oom_kills: Option<u64>,
    /// Peak number of processes and threads since the container started.
    pub peak_pids: Option<u64>,
    /// Why a field is `None`.
    pub missing: Option<String>,
}

impl Resources {
    /// Nothing is known, for the reason given.
    pub(super) fn unknown(why: impl ToString) -> Self {
        Resources { missing: Some(why.to_string()), ..Resources::default() }
    }

    /// The usage since `before`; peaks are unchanged.
    pub(super) fn since(self, before: &Resources) -> Self {
        let cpu_time = self.cpu_time.zip(before.cpu_time);
        let oom_kills = self.oom_kills.zip(before.oom_kills);
        Resources {
            cpu_time: cpu_time.map(|(now, before)| now.saturating_sub(before)),
            oom_kills: oom_kills.map(|(now, before)| now.saturating_sub(before)),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_a_difference_but_peaks_are_absolute() {
        let with = |millis, oom_kills, peak| Resources {
            cpu_time: Some(Duration::from_millis(millis)),
            oom_kills: Some(oom_kills),
            peak_memory: Some(peak),
            ..Resources::default()
        };
        assert_eq!(with(70, 3, 900).since(&with(50, 2, 800)), with(20, 1, 900));
    }
}
