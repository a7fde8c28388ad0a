//! The result of a command.

use std::fmt;
use std::time::Duration;

use super::{Captured, Resources};
use crate::error::Error;

/// How a command ended.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It exited with this code. As with a shell, 128 + n usually means that
    /// signal n killed it. 137, for SIGKILL, is often the kernel's OOM killer:
    /// [`ExecOptions::measure`](crate::ExecOptions::measure) tells. An end of the container is never reported this way but
    /// as [`Lost`](Outcome::Lost).
    ///
    /// With runc and crun, code 1 or 255 with one line on standard error may also
    /// mean that the kernel refused the program: a script whose interpreter does
    /// not exist, or a file of unknown format. A command can imitate that.
    Exited(i32),
    /// It was ended by this signal, sent with [`Exec::kill`](crate::Exec::kill)
    /// or [`Exec::signal`](crate::Exec::signal).
    Signalled(i32),
    /// Its timeout or the call's deadline passed.
    TimedOut,
    /// The call was cancelled.
    Cancelled,
    /// It wrote more than [`max_output`](crate::ExecOptions::max_output) allows,
    /// with [`Overflow::Kill`](crate::Overflow::Kill).
    OutputLimit,
    /// The container ended, or the connection or the engine failed. How the
    /// command ended, and whether its output is complete, is unknown. The error
    /// holds the cause; [`is_container_ended`](Error::is_container_ended) tells
    /// whether it was the container's end.
    Lost(Error),
}

/// Whether processes of a killed command are left in the container.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TreeGone {
    /// None: neither the command nor any descendant. Proven by the engine from
    /// outside the container.
    Yes,
    /// None, because the container was killed, as
    /// [`ExecOptions::kill_container_after`](crate::ExecOptions::kill_container_after)
    /// requested.
    ContainerKilled,
    /// Some processes survived SIGKILL.
    No,
    /// Unknown; the text says why.
    Unknown(String),
}

/// The output of a command and how it ended.
///
/// Output is available for every outcome; a timeout does not lose it.
#[non_exhaustive]
#[derive(Debug)]
pub struct ExecResult {
    /// How the command ended.
    pub outcome: Outcome,
    /// Whether processes of it are left; `None` if it was not killed.
    pub tree_gone: Option<TreeGone>,
    /// Its standard output; with a terminal, all output.
    pub stdout: Captured,
    /// Its standard error.
    pub stderr: Captured,
    /// How long it ran, measured by this process.
    pub wall_time: Duration,
    /// The container's resource usage meanwhile, of all its commands; `None`
    /// unless requested with
    /// [`ExecOptions::measure`](crate::ExecOptions::measure).
    pub resources: Option<Resources>,
    /// Why its input ended early: the reader given to
    /// [`ExecOptions::stdin_reader`](crate::ExecOptions::stdin_reader) failed or
    /// panicked. `None` if that did not happen while the command ran.
    pub input_error: Option<Error>,
}

/// Which limit, if any, ended a command.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// None: it exited by itself, with any code.
    Ok,
    /// Its timeout.
    TimeLimit,
    /// The container's memory limit: a process was OOM-killed. Known of a command that
    /// was [measured](crate::ExecOptions::measure), and if the container ended with it.
    MemoryLimit,
    /// [`ExecOptions::max_output`](crate::ExecOptions::max_output).
    OutputLimit,
    /// A signal from any sender, or a crash such as SIGSEGV.
    Signal(i32),
    /// Unknown: the call was cancelled or the connection was lost.
    Unknown,
}

impl ExecResult {
    /// Returns the exit code if the command exited by itself.
    #[must_use]
    pub fn exit_code(&self) -> Option<i32> {
        match self.outcome {
            Outcome::Exited(code) => Some(code),
            _ => None,
        }
    }

    /// Returns which limit, if any, ended the command. As with a shell, exit
    /// codes 129 to 192 count as signals. So 137 is `Signal(9)`, unless the command was
    /// [measured](crate::ExecOptions::measure) and a process was OOM-killed.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let oom_kills = self.resources.as_ref().and_then(|resources| resources.oom_kills);
        match self.outcome {
            Outcome::TimedOut => Verdict::TimeLimit,
            Outcome::OutputLimit => Verdict::OutputLimit,
            Outcome::Lost(ref error) if ended_for_want_of_memory(error) => Verdict::MemoryLimit,
            Outcome::Cancelled | Outcome::Lost(_) => Verdict::Unknown,
            _ if oom_kills.is_some_and(|kills| kills > 0) => Verdict::MemoryLimit,
            Outcome::Signalled(signal) => Verdict::Signal(signal),
            Outcome::Exited(code @ 129..=192) => Verdict::Signal(code - 128),
            Outcome::Exited(_) => Verdict::Ok,
        }
    }

    /// Returns whether the command exited with code 0.
    #[must_use]
    pub fn success(&self) -> bool {
        self.exit_code() == Some(0)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Exited(code @ 129..=192) => {
                write!(f, "exited with code {code} (128 + signal {})", code - 128)
            }
            Outcome::Exited(code) => write!(f, "exited with code {code}"),
            Outcome::Signalled(signal) => write!(f, "ended by signal {signal}"),
            Outcome::TimedOut => f.write_str("timed out"),
            Outcome::Cancelled => f.write_str("cancelled"),
            Outcome::OutputLimit => f.write_str("killed at the limit of its output"),
            Outcome::Lost(error) => write!(f, "lost: {error:#}"),
        }
    }
}

/// Says how the command ended, on one line; for a command that SIGKILL ended, also
/// what is known of the OOM killer.
impl fmt::Display for ExecResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let oom_kills = self.resources.as_ref().map(|resources| resources.oom_kills);
        write!(f, "{}", self.outcome)?;
        match (&self.outcome, oom_kills) {
            (Outcome::Exited(_), Some(Some(1..))) => f.write_str("; a process was OOM-killed"),
            (Outcome::Exited(137), None) => {
                f.write_str("; perhaps OOM-killed: ExecOptions::measure tells")
            }
            _ => Ok(()),
        }
    }
}

fn ended_for_want_of_memory(error: &Error) -> bool {
    error.container_state().is_some_and(|state| state.oom_killed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(outcome: Outcome, oom_kills: Option<Option<u64>>) -> String {
        let resources = oom_kills.map(|oom_kills| Resources { oom_kills, ..Resources::default() });
        let result = ExecResult {
            outcome,
            tree_gone: None,
            stdout: Captured::default(),
            stderr: Captured::default(),
            wall_time: Duration::ZERO,
            resources,
            input_error: None,
        };
        result.to_string()
    }

    #[test]
    fn a_result_says_what_is_known_of_the_oom_killer() {
        let killed = "exited with code 137 (128 + signal 9)";
        for (outcome, oom_kills, expected) in [
            (
                Outcome::Exited(137),
                None,
                &*format!("{killed}; perhaps OOM-killed: ExecOptions::measure tells"),
            ),
            (Outcome::Exited(137), Some(Some(0)), killed),
            (Outcome::Exited(137), Some(None), killed),
            (Outcome::Exited(137), Some(Some(1)), &format!("{killed}; a process was OOM-killed")),
            (Outcome::Exited(0), None, "exited with code 0"),
            (Outcome::Exited(1), Some(Some(2)), "exited with code 1; a process was OOM-killed"),
            (Outcome::Exited(255), None, "exited with code 255"),
            (Outcome::TimedOut, None, "timed out"),
            (Outcome::Lost(Error::protocol("why")), None, "lost: why"),
        ] {
            assert_eq!(result(outcome, oom_kills), expected);
        }
    }
}
