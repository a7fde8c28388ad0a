//! A Docker of a test's own, which can be killed and started again, at the same
//! place.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::PathBuf;
use std::process::Command;

pub struct Restartable {
    states: tempfile::TempDir,
}

impl Restartable {
    pub fn new() -> Self {
        Restartable { states: tempfile::tempdir().unwrap() }
    }

    /// A file of the engine's state.
    pub fn state(&self, name: &str) -> PathBuf {
        self.states.path().join("docker").join(name)
    }

    /// Runs `tests/engine VERB docker`; returns what it prints.
    pub fn engine(&self, verb: &str) -> String {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engine");
        let mut command = Command::new(script);
        command.args([verb, "docker"]).env("SANDCELL_ENGINES", self.states.path());
        let output = command.env_remove("SANDCELL_ENGINE_UNDER_TEST").output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

impl Drop for Restartable {
    fn drop(&mut self) {
        self.engine("down");
    }
}
