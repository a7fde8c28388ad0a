//! What the integration tests share. Each test binary uses a part of it.
#![allow(dead_code, unused_imports, unused_macros, reason = "each test binary uses a part")]

pub mod calls;
pub mod cgroup;
pub mod evade;
pub mod flood;
pub mod front;
pub mod gone;
pub mod image;
pub mod limits;
pub mod peer;
pub mod process;
pub mod proxy;
pub mod registry;
pub mod restartable;
pub mod surroundings;

use std::fs::File;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, setns};
use sandcell::{Client, CreateOptions, EngineFeature, NetworkMode, TransferMethod};

use front::{Command, Finished, Front, NewContainer, sh};

/// The image that every engine of `tests/engine` has.
pub const IMAGE: &str = "sandcell-test:latest";

/// A client of the engine that the tests run against.
pub fn engine() -> Client {
    assert!(
        std::env::var_os("DOCKER_HOST").is_some(),
        "no engine to test with: run `make test`, or `export DOCKER_HOST=$(tests/engine up docker)`"
    );
    let client = Client::from_env().unwrap();
    let has_image = client.image_exists(IMAGE).unwrap();
    assert!(
        has_image,
        "the engine lacks {IMAGE}: run `scripts/busybox-image $DOCKER_HOST {IMAGE}`"
    );
    client
}

/// Whether containers that name no runtime have a kernel of gVisor's.
pub fn has_gvisor() -> bool {
    let info: serde_json::Value = serde_json::from_str(&api("/info", &[])).unwrap();
    info["DefaultRuntime"] == "runsc"
}

/// Whether the engine is run by a user who is not root.
pub fn is_rootless() -> bool {
    let info: serde_json::Value = serde_json::from_str(&api("/info", &[])).unwrap();
    let options = info["SecurityOptions"].as_array().unwrap();
    info["Rootless"] == true || options.iter().any(|option| option == "name=rootless")
}

/// The ways that files can take into a running container, and out of it.
pub fn transfer_methods() -> Vec<TransferMethod> {
    let archive = engine().engine_features().unwrap().supports(EngineFeature::ArchiveTransfer);
    archive.then_some(TransferMethod::Archive).into_iter().chain([TransferMethod::Exec]).collect()
}

/// Asks `tests/engine` for the endpoint of another engine of the tests.
pub fn endpoint_of(name: &str) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engine");
    let output = std::process::Command::new(script).args(["status", name]).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "run `tests/engine up {name}` first: {message}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A container; or, of an engine that lacks `feature`, the promised error, which
/// names `field`.
pub fn with_or_refused(
    options: CreateOptions,
    feature: EngineFeature,
    field: &str,
) -> Option<Container> {
    let features = engine().engine_features().unwrap();
    let Some(why_not) = features.why_not(feature) else {
        return Some(Container::with(options));
    };
    let error = engine().create_and_start(&options).unwrap_err();
    assert_eq!(error.kind(), sandcell::ErrorKind::Unsupported, "{error}");
    assert!(error.to_string().contains(&format!("{field}{why_not}")), "{error}");
    None
}

/// A running container, removed when dropped.
pub struct Container<F: Front = Client> {
    client: F,
    pub id: String,
}

impl Container {
    pub fn with(options: CreateOptions) -> Self {
        let client = engine();
        let id = client.create_and_start(&options).unwrap();
        Container { client, id }
    }

    /// One that exists already.
    pub fn attached(id: String) -> Self {
        Container { client: engine(), id }
    }

    /// What is done with it by its handle.
    pub fn handle(&self) -> sandcell::Container {
        self.client.container(&self.id).unwrap()
    }
}

impl<F: Front> Container<F> {
    pub fn start() -> Self {
        Self::with_network(NetworkMode::Disabled)
    }

    pub fn with_network(network: NetworkMode) -> Self {
        Self::create(&NewContainer::new(IMAGE).network(network))
    }

    pub fn create(container: &NewContainer) -> Self {
        drop(engine()); // says what to do if there is none
        let client = F::connect();
        let id = client.create(container).unwrap();
        Container { client, id }
    }

    pub fn run(&self, command: &Command) -> Finished {
        self.client.exec(&self.id, command).unwrap()
    }

    /// Runs a shell's text, which must succeed; returns what it printed.
    pub fn sh(&self, text: &str) -> String {
        let result = self.run(&sh(text));
        assert!(result.success(), "{text:?}: {result:?}");
        result.stdout.text().into_owned()
    }
}

impl<F: Front> Deref for Container<F> {
    type Target = F;

    fn deref(&self) -> &F {
        &self.client
    }
}

impl<F: Front> Drop for Container<F> {
    fn drop(&mut self) {
        let stopped = self.client.stop(&self.id);
        if !std::thread::panicking() {
            stopped.unwrap();
        }
    }
}

/// A name that no other test uses.
pub fn unique(prefix: &str) -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{prefix}-{}-{count}", std::process::id())
}

/// Bytes that look random and are the same every time (xorshift).
pub fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        bytes.extend_from_slice(&next());
    }
    bytes.truncate(len);
    bytes
}

/// Asks until there is an answer; the test's own time limit is the bound.
pub fn until<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "not within 30 s");
    }
}

/// The engine's own socket, whatever the transport that the tests take to it.
pub fn own_socket() -> String {
    let socket = std::env::var("SANDCELL_ENGINE_SOCKET").or_else(|_| {
        let host = std::env::var("DOCKER_HOST")?;
        Ok::<_, std::env::VarError>(host.trim_start_matches("unix://").to_owned())
    });
    socket.unwrap()
}

/// The engine's own answer, not by way of the library.
pub fn api(target: &str, args: &[&str]) -> String {
    let output = asked(target, args);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Removes something, not by way of the library; as a test fails, if it can be.
pub fn remove(target: &str) {
    let output = asked(target, &["--request", "DELETE"]);
    assert!(output.status.success() || std::thread::panicking(), "{output:?}");
}

fn asked(target: &str, args: &[&str]) -> std::process::Output {
    let mut script =
        std::process::Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/api"));
    if under_test() != surroundings::THIS {
        script.env("DOCKER_HOST", format!("unix://{}", own_socket()));
    }
    script.arg(target).args(args).output().unwrap()
}

/// Where `tests/engine` keeps what belongs to the engine `name`.
pub fn state_of(name: &str) -> PathBuf {
    let states = std::env::var_os("SANDCELL_ENGINES").map(PathBuf::from);
    let beside_socket = || Path::new(&own_socket()).parent().unwrap().parent().unwrap().to_owned();
    states.unwrap_or_else(beside_socket).join(name)
}

/// The network namespace of the engine `name`.
pub fn network_of(name: &str) -> String {
    let pid = std::fs::read_to_string(state_of(name).join("pid")).unwrap();
    format!("/proc/{}/ns/net", pid.trim())
}

/// Runs `work` in the network namespace of the engine `name`.
pub fn in_network_of<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    let namespace = File::open(network_of(name)).unwrap();
    // A namespace is a thread's own.
    let thread = std::thread::spawn(move || {
        setns(namespace, CloneFlags::CLONE_NEWNET).unwrap();
        work()
    });
    thread.join().unwrap()
}

/// What `tests/engine` calls the engine that the tests run against.
fn under_test() -> String {
    std::env::var("SANDCELL_ENGINE_UNDER_TEST").unwrap_or_else(|_| "docker".to_owned())
}

/// Runs `work` in the network namespace of the engine that the tests run against.
pub fn in_engine_network<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    in_network_of(&under_test(), work)
}

/// A field of the engine's own inspect, as JSON.
pub fn inspect(container: &str, field: &str) -> String {
    let json = api(&format!("/containers/{container}/json"), &[]);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    value.pointer(&format!("/{}", field.replace('.', "/"))).unwrap().to_string()
}
