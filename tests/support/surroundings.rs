//! What tests need around an engine. The engines of `tests/engine` have all of it; the
//! engine at a user's `DOCKER_HOST`, which is called `this`, may not.

use std::fs::{self, OpenOptions};
use std::io::Write;

use super::{state_of, under_test};

/// The name of the engine at a user's `DOCKER_HOST`.
pub const THIS: &str = "this";

/// Something around an engine.
#[derive(Clone, Copy, Debug)]
pub enum Need {
    /// The engine's containers see the files of this machine, and its socket is here.
    Machine,
    /// The engine has a `/run` of its own, like that of a host in a container, or
    /// another machine's.
    OwnRun,
    /// The engine can use the registries of the tests.
    Registry,
}

impl Need {
    /// Whether a test can have it. If not, the test must return: `make conformance`
    /// lists it as not run.
    #[must_use]
    pub fn is_met(self) -> bool {
        if under_test() != THIS {
            return true;
        }
        let lacks = fs::read_to_string(state_of(THIS).join("lacks")).unwrap();
        let Some(why) = lacks.lines().find_map(|line| line.strip_prefix(self.key())) else {
            return true;
        };
        let not_run = state_of(THIS).join("not-run");
        let mut not_run = OpenOptions::new().create(true).append(true).open(not_run).unwrap();
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        writeln!(not_run, "not run: {}::{test}:{why}", env!("CARGO_CRATE_NAME")).unwrap();
        false
    }

    fn key(self) -> &'static str {
        match self {
            Need::Machine => "machine",
            Need::OwnRun => "own-run",
            Need::Registry => "registry",
        }
    }
}
