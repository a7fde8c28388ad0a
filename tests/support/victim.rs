//! A host process to be killed: this test's own binary once more.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

/// Set for the process that is to be killed.
const VICTIM: &str = "SANDOCK_TEST_VICTIM";

/// What the parent handed over, if this process is a victim.
pub fn argument() -> Option<String> {
    std::env::var(VICTIM).ok()
}

/// Says `line` to the parent.
pub fn say(line: &str) {
    // The test harness writes to the same stream, without line ends.
    println!("\n{PREFIX}{line}");
}

/// Does nothing until killed, or until the parent is gone.
pub fn wait_for_death() -> ! {
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).ok();
    std::process::exit(1)
}

const PREFIX: &str = "victim: ";

/// A child that runs one test of this binary as a victim; killed when dropped.
pub struct Victim {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl Victim {
    pub fn start(test: &str, argument: &str) -> Self {
        Victim::start_under(&[], test, argument)
    }

    /// The same, started by another program, which gets its arguments first.
    pub fn start_under(wrapper: &[&str], test: &str, argument: &str) -> Self {
        let own = std::env::current_exe().unwrap().into_os_string().into_string().unwrap();
        let mut words =
            wrapper.iter().copied().chain([own.as_str(), test, "--exact", "--nocapture"]);
        let mut child = Command::new(words.next().unwrap())
            .args(words)
            .env(VICTIM, argument)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines();
        Victim { child, said }
    }

    /// The next line that it says.
    pub fn hear(&mut self) -> String {
        loop {
            let line = self.said.next().expect("the victim ended").unwrap();
            if let Some(said) = line.strip_prefix(PREFIX) {
                return said.to_owned();
            }
        }
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
