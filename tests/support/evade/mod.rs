//! Hostile commands: the program in `tests/hostile`, and sandboxes to run it in.
#![allow(dead_code, reason = "each test binary uses a part of it")]

mod trial;

pub use trial::{Company, try_all};

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sandcell::{Client, CreateOptions, ExecOptions, Lifetime, Mount, Sandbox};
use tempfile::TempDir;

use super::{IMAGE, until};

/// A living heart beats every 200 ms, if the machine is not too busy.
const PULSE: Duration = Duration::from_millis(400);
/// How often to look at a heart.
const LOOK: Duration = Duration::from_millis(5);
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile");

/// The directory with the program, which is built once.
fn program() -> &'static Path {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(|| {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile");
        fs::create_dir_all(&directory).unwrap();
        let new = tempfile::NamedTempFile::new_in(&directory).unwrap().into_temp_path();
        let sources = fs::read_dir(SOURCES).unwrap().map(|entry| entry.unwrap().path());
        let mut compile = Command::new("cc");
        compile.args(["-static", "-pthread", "-O1", "-Wall", "-Wextra", "-Werror", "-o"]);
        compile.arg(&new).args(sources.filter(|source| source.extension() == Some("c".as_ref())));
        assert!(compile.status().unwrap().success());
        fs::set_permissions(&new, Permissions::from_mode(0o755)).unwrap();
        new.persist(directory.join("evade")).unwrap();
        directory
    })
}

/// A way not to be killed, or to be declared gone.
#[derive(Debug)]
pub struct Evasion {
    pub name: String,
    traits: String,
}

impl Evasion {
    /// All that the program knows.
    pub fn all() -> Vec<Self> {
        let output = Command::new(program().join("evade")).arg("list").output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let evasion = |line: &str| {
            let (name, traits) = line.split_once(' ').unwrap();
            Evasion { name: name.to_owned(), traits: traits.to_owned() }
        };
        text.lines().map(evasion).collect()
    }

    /// Whether it does harm to other commands of its user.
    pub fn attacks(&self) -> bool {
        self.traits == "attacks"
    }

    /// Whether root's replaces the programs of the image.
    pub fn tampers(&self) -> bool {
        self.traits == "tampers"
    }
}

/// A directory where hearts beat: those of hostile commands.
pub struct Hearts(TempDir);

impl Hearts {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o777)).unwrap();
        Hearts(directory)
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// How often a heart has beaten so far.
    pub fn beats(&self, heart: &str) -> u64 {
        fs::metadata(self.path().join(heart)).map_or(0, |file| file.len())
    }

    /// Waits until a heart has beaten `beats` times.
    pub fn wait_for(&self, heart: &str, beats: u64) {
        until(|| (self.beats(heart) >= beats).then_some(()));
    }

    /// Whether a heart beats: looks for as long as one that lives may pause.
    pub fn is_beating(&self, heart: &str) -> bool {
        self.beats_within(heart, PULSE)
    }

    /// The same for one whose machine is busy: it has more time to beat.
    pub fn lives_on(&self, heart: &str) -> bool {
        self.beats_within(heart, 10 * PULSE)
    }

    fn beats_within(&self, heart: &str, time: Duration) -> bool {
        let before = self.beats(heart);
        holds_within(time, || self.beats(heart) != before)
    }
}

/// Options for a sandbox of hostile commands, whose hearts beat in `hearts`. With
/// little memory: some eat all of it.
pub fn arena(hearts: &Path) -> CreateOptions {
    CreateOptions::new(IMAGE)
        .lifetime(Lifetime::Detached)
        .memory(256 << 20)
        .mount(Mount::bind(hearts, "/hearts"))
        .mount(Mount::bind(program(), "/hostile").read_only(true))
}

/// The command that evades by `evasion`, and whose heart is called `heart`.
pub fn evade(evasion: &str, heart: &str) -> ExecOptions {
    ExecOptions::new(["/hostile/evade", evasion, &format!("/hearts/{heart}")])
}

/// A sandbox for hostile commands.
pub struct Arena {
    pub sandbox: Sandbox,
    pub hearts: Hearts,
}

impl Arena {
    pub fn start(client: &Client) -> Self {
        let hearts = Hearts::new();
        let sandbox = Sandbox::start(client, &arena(hearts.path())).unwrap();
        let arena = Arena { sandbox, hearts };
        // An init process and what it runs: at first there is only the one.
        until(|| (arena.processes().len() > 1).then_some(()));
        arena
    }

    /// The processes that the machine has in the sandbox, of those that have not
    /// ended: by their cgroup, which they cannot leave.
    pub fn processes(&self) -> Vec<i32> {
        let is_in = |pid: &i32| {
            let read = |name| fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
            read("cgroup").contains(self.sandbox.id()) && !read("status").contains("State:\tZ")
        };
        let all = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().file_name());
        all.filter_map(|name| name.to_str()?.parse().ok()).filter(is_in).collect()
    }

    /// Whether no more than `count` processes are left, now or in a moment: what
    /// the library itself runs may be about to end.
    pub fn is_down_to(&self, count: usize) -> bool {
        holds_within(10 * PULSE, || self.processes().len() <= count)
    }

    /// Removes the sandbox; how long that took. If it fails, nothing of it is left
    /// to keep the machine busy all the same.
    pub fn remove(mut self) -> Result<Duration, String> {
        let (client, start) = (self.sandbox.client(), Instant::now());
        let Err(error) = client.stop(self.sandbox.id()) else {
            let took = start.elapsed();
            self.sandbox.leave_running().unwrap();
            return Ok(took);
        };
        for pid in self.processes() {
            for signal in [Signal::SIGCONT, Signal::SIGKILL] {
                kill(Pid::from_raw(pid), signal).ok();
            }
        }
        Err(error.to_string())
    }
}

/// Whether something holds within `time`.
fn holds_within(time: Duration, holds: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if holds() {
            return true;
        }
        if start.elapsed() >= time {
            return false;
        }
        thread::sleep(LOOK);
    }
}
