//! What a container has used.

use std::time::Duration;

/// What was used of a container's resources.
///
/// Read in the container, from its cgroup, by a program of the image's: a hostile
/// root in it can lie. `None`
/// is what the engine or its kernel does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resources {
    /// CPU time, of all processes together. It includes what the engine spends
    /// to start a command, mostly some 10 ms.
    pub cpu_time: Option<Duration>,
    /// The most memory that was in use at once, in bytes, since the container
    /// started; the cache of files counts.
    pub peak_memory: Option<u64>,
    /// How many processes the kernel killed for want of memory.
    pub oom_kills: Option<u64>,
    /// The most processes and threads that there were at once, since the
    /// container started.
    pub peak_pids: Option<u64>,
    /// Why something is `None`.
    pub missing: Option<String>,
}

impl Resources {
    /// Nothing is known.
    pub(super) fn unknown(why: impl ToString) -> Self {
        Resources { missing: Some(why.to_string()), ..Resources::default() }
    }

    /// What was used since `before`; peaks stay what they are.
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
    fn a_command_used_the_difference_and_peaks_are_the_containers() {
        let with = |millis, oom_kills, peak| Resources {
            cpu_time: Some(Duration::from_millis(millis)),
            oom_kills: Some(oom_kills),
            peak_memory: Some(peak),
            ..Resources::default()
        };
        assert_eq!(with(70, 3, 900).since(&with(50, 2, 800)), with(20, 1, 900));
    }
}
