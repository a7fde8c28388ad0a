//! Another process that runs this test binary: a peer on the same engine.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::env;
use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Set in a peer: what it is to do.
pub const ROLE: &str = "SANDCELL_TEST_ROLE";
/// What a peer says starts so: the test harness prints as well.
const SAYS: &str = "peer says: ";

/// A peer. Killed when dropped.
pub struct Peer {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Peer {
    /// Runs `test` of this binary in a process of its own.
    pub fn start(test: &str, role: &str) -> Self {
        Self::under(&[], test, role)
    }

    /// Runs `test` by way of the program `wrapper`.
    pub fn under(wrapper: &[&str], test: &str, role: &str) -> Self {
        let binary = env::current_exe().unwrap().into_os_string().into_string().unwrap();
        let line = [wrapper, &[&binary, test, "--exact", "--nocapture"]].concat();
        let mut child = Command::new(line[0])
            .args(&line[1..])
            .env(ROLE, role)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Peer { stdin: child.stdin.take(), stdout, child }
    }

    /// The next thing that it says.
    pub fn hear(&mut self) -> String {
        let mut line = String::new();
        loop {
            line.clear();
            assert!(self.stdout.read_line(&mut line).unwrap() > 0, "the peer has ended");
            if let Some((_, said)) = line.split_once(SAYS) {
                return said.trim_end().to_owned();
            }
        }
    }

    /// Lets it end, and waits for that; whether its test passed.
    pub fn finish(mut self) -> bool {
        drop(self.stdin.take());
        io::copy(&mut self.stdout, &mut io::sink()).unwrap();
        self.child.wait().unwrap().success()
    }

    /// Kills it as `kill -9` does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// In a peer: what it is to do.
pub fn role() -> Option<String> {
    env::var(ROLE).ok()
}

/// In a peer: says something, on a line.
pub fn say(text: &str) {
    println!("\n{SAYS}{text}");
}

/// In a peer: waits until it may end, or the test that started it has.
pub fn wait_for_the_end() {
    io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

/// What a peer said, from all that it printed.
pub fn said(printed: &str) -> Vec<&str> {
    printed.lines().filter_map(|line| Some(line.split_once(SAYS)?.1)).collect()
}
