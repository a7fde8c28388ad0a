//! Killing a command for real.
//!
//! No engine can kill an exec, and closing its connection leaves it running.
//! So another exec, of the same user, finds its processes in the container: by
//! a variable in their environment, which every descendant inherits, by their
//! session and by their parent. See `kill.sh`.

use std::time::{Duration, Instant};

use super::streams::Streams;
use super::{ExecOptions, ExecResult, Outcome, Place, TreeGone};
use crate::api::Scope;
use crate::error::{Error, ErrorKind, Result};
use crate::scope::Limit;

/// The variable that marks the processes of an exec.
pub(super) const COOKIE: &str = "SANDOCK_EXEC";
const SCRIPT: &str = include_str!("kill.sh");
/// How long finding and killing may take, once TERM had its time: it takes a
/// tenth of a second, but a fork bomb leaves little of the processor.
const LIMIT: Duration = Duration::from_secs(60);
/// How long to go on where processes are left, and the pause between tries.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(20);
/// How often to look again when there are processes of unknown origin.
const MAX_STRANGERS: u32 = 5;
const SIGKILL: i32 = 9;
const SIGTERM: i32 = 15;

/// Knows the processes of one exec.
#[derive(Clone, Debug)]
pub(super) struct Killer {
    /// With limits of its own: killing goes on when the call's are over.
    place: Place,
    /// The engine's id of the exec, if that is what runs the command.
    exec: Option<String>,
    user: Option<String>,
    token: String,
    grace: Duration,
}

impl Killer {
    pub(super) fn new(
        place: &Place,
        options: &ExecOptions,
        token: String,
        exec: Option<String>,
    ) -> Self {
        let place = place.under(Scope::unlimited());
        Killer { place, exec, user: options.user.clone(), token, grace: options.kill_grace }
    }

    /// Whether any process of it is left.
    pub(super) fn is_alive(&self, scope: &Scope) -> Result<bool> {
        Ok(self.script(scope, &["alive", "-"])? == "alive yes")
    }

    /// Kills what nobody listens to.
    pub(super) fn kill_unwatched(&self) -> Result<TreeGone> {
        self.kill_tree(|| {
            let give_up = Instant::now() + self.grace;
            let scope = limited(LIMIT);
            while Instant::now() < give_up && self.is_alive(&scope)? {
                scope.sleep(PAUSE)?;
            }
            Ok(())
        })
    }

    /// TERM, time, KILL, and a look at what is left.
    pub(super) fn kill(&self, streams: &Streams) -> Result<TreeGone> {
        streams.update(|state| state.signals.extend([SIGTERM, SIGKILL]));
        self.kill_tree(|| {
            streams.wait_for(Some(self.grace), |state| state.output_ended.then_some(()));
            Ok(())
        })
    }

    fn kill_tree(&self, be_patient: impl FnOnce() -> Result<()>) -> Result<TreeGone> {
        let kill = || {
            if !self.grace.is_zero() {
                self.script(&limited(LIMIT), &["tree", "TERM"])?;
                be_patient()?;
            }
            self.end()
        };
        match kill() {
            // No container, no process.
            Err(error) if error.is_not_found() || error.is_container_ended() => Ok(TreeGone::Yes),
            Err(error) if error.is_conflict() && !self.container_runs() => Ok(TreeGone::Yes),
            result => result,
        }
    }

    fn container_runs(&self) -> bool {
        let inspect = self.place.api().container_inspect(&limited(LIMIT), &self.place.container);
        inspect.map_or(true, |container| container.state.running)
    }

    fn end(&self) -> Result<TreeGone> {
        let scope = limited(LIMIT);
        let give_up = Instant::now() + PATIENCE;
        let mut strangers = 0;
        loop {
            let is_late = Instant::now() >= give_up;
            match self.script(&scope, &["end", "-"])?.as_str() {
                "gone yes" if !self.still_runs(&scope)? => return Ok(TreeGone::Yes),
                // It was only just started: its process is yet to come.
                "gone yes" if !is_late => {}
                "gone no" if !is_late => {}
                "gone no" => return Ok(TreeGone::No),
                // A stranger may be another exec that is being started.
                "gone unknown" if strangers < MAX_STRANGERS => strangers += 1,
                _ => return Ok(TreeGone::Unknown("it could not be found".to_owned())),
            }
            scope.sleep(PAUSE)?;
        }
    }

    /// Whether the engine says that the command runs.
    fn still_runs(&self, scope: &Scope) -> Result<bool> {
        let Some(exec) = &self.exec else { return Ok(false) };
        match self.place.api().exec_inspect(scope, exec) {
            Err(error) if error.is_not_found() => Ok(false),
            inspect => Ok(inspect?.running),
        }
    }

    /// Sends one signal to the command's first process; `Ok(None)` if it is no
    /// more. Signal 0 only looks.
    pub(super) fn signal(&self, scope: &Scope, signal: i32) -> Result<Option<i32>> {
        let said = self.script(scope, &["main", &signal.to_string()])?;
        Ok(said.strip_prefix("main ").and_then(|pid| pid.parse().ok()))
    }

    /// Runs the script; returns what it printed. Where the container has no
    /// room for another process, there may be some a moment later.
    fn script(&self, scope: &Scope, command: &[&str]) -> Result<String> {
        let argv = ["/bin/sh", "-c", SCRIPT, "sandock", &self.token];
        // The container's own directory may be gone: the command could remove it.
        let mut options = ExecOptions::new(argv.iter().chain(command).copied()).cwd("/");
        options.user.clone_from(&self.user);
        let place = self.place.under(scope.clone());
        loop {
            match super::run(&place, &options) {
                Err(error) if error.kind() == ErrorKind::ExecStart => {
                    log::debug!("kill: {error}");
                    scope.sleep(PAUSE)?;
                }
                Err(error) if error.is_exec_start() => {
                    let problem = "killing a command needs /bin/sh in the image";
                    return Err(Error::new(ErrorKind::Unsupported, problem).with_source(error));
                }
                result => return said(result?),
            }
        }
    }
}

/// What the script printed.
fn said(result: ExecResult) -> Result<String> {
    match result.outcome {
        Outcome::Exited(0) => Ok(result.stdout.text().trim_end().to_owned()),
        Outcome::Lost(error) => Err(error),
        Outcome::TimedOut => Err(Error::timeout("the processes could not be found in time")),
        outcome => {
            let problem =
                format!("killing a command failed: {outcome:?}: {}", result.stderr.text());
            Err(Error::new(ErrorKind::Engine, problem))
        }
    }
}

fn limited(limit: Duration) -> Scope {
    Scope::unlimited().within(limit, Limit::CleanUp(limit))
}
