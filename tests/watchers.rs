//! What watches a sandbox, on a real engine: no command in it can stop, end or
//! outlive that.

mod support;

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use sandcell::{
    CreateOptions, Error, ErrorKind, ExecOptions, ExecResult, Lifetime, Outcome, Result, Sandbox,
};
use support::evade::{Arena, Hearts, arena, evade};
use support::peer::{self, Peer};
use support::{IMAGE, api, engine, has_gvisor, until};

/// Commands that stop, hold and end all that they can.
const ATTACKS: [&str; 5] = ["siege", "storm", "stopper", "kill-all", "stop-all"];
/// When a command has tried often enough.
const OFTEN: u64 = 30;
/// The exit code of a command that SIGKILL ended.
const KILLED: i32 = 137;
/// How soon a sandbox must be gone, on a machine that is busy.
const SOON: Duration = Duration::from_secs(10);

fn is_there(id: &str) -> bool {
    engine().inspect_container_state(id).unwrap().is_some()
}

/// Starts a sandbox for an attack, and the attack by its root.
fn besieged(
    hearts: &Path,
    attack: &str,
    options: impl Fn(CreateOptions) -> CreateOptions,
) -> Sandbox {
    let sandbox = Sandbox::start(&engine(), &options(arena(hearts))).unwrap();
    sandbox.start_exec(&evade(attack, attack).user("0")).unwrap().detach();
    sandbox
}

/// Waits until all attacks were tried in earnest; none has ended its sandbox.
fn withstand(hearts: &Hearts, ids: &[&str]) {
    for attack in ATTACKS {
        hearts.wait_for(attack, OFTEN);
    }
    for (attack, id) in ATTACKS.iter().zip(ids) {
        assert!(is_there(id) && hearts.lives_on(attack), "{attack} has ended its sandbox");
    }
}

/// Waits until all sandboxes are gone; how long that took.
fn wait_until_gone(ids: &[&str]) -> Duration {
    let start = Instant::now();
    until(|| (!ids.iter().any(|id| is_there(id))).then_some(()));
    start.elapsed()
}

#[test]
fn a_killed_host_takes_besieged_sandboxes_along() {
    if let Some(hearts) = peer::role() {
        let tied = |options: CreateOptions| options.lifetime(Lifetime::TiedToHost);
        let sandboxes = ATTACKS.map(|attack| besieged(Path::new(&hearts), attack, tied));
        let ids = sandboxes.each_ref().map(|sandbox| sandbox.id());
        peer::say(&ids.join(" "));
        return peer::wait_for_the_end();
    }
    let hearts = Hearts::new();
    let this = "a_killed_host_takes_besieged_sandboxes_along";
    let mut host = Peer::start(this, hearts.path().to_str().unwrap());
    let said = host.hear();
    let ids: Vec<_> = said.split(' ').collect();
    withstand(&hearts, &ids);
    host.kill();
    let took = wait_until_gone(&ids);
    println!("{} besieged sandboxes were gone {took:?} after their host", ids.len());
    assert!(took < SOON, "{took:?}");
    assert!(ATTACKS.iter().all(|attack| !hearts.is_beating(attack)));
}

#[test]
fn a_besieged_sandbox_ends_when_its_time_is_over() {
    const LIFETIME: Duration = Duration::from_secs(5);
    let hearts = Hearts::new();
    let last = |attack| {
        let begun = Instant::now();
        let sandbox = besieged(hearts.path(), attack, |options| options.max_lifetime(LIFETIME));
        let started = Instant::now();
        wait_until_gone(&[sandbox.id()]);
        assert!(hearts.beats(attack) >= OFTEN, "{attack} was not tried");
        assert!(begun.elapsed() >= LIFETIME, "{attack} has ended its sandbox");
        let late = started.elapsed().saturating_sub(LIFETIME);
        println!("{attack}: gone {late:?} after its time");
        assert!(late < SOON, "{late:?}");
    };
    thread::scope(|scope| ATTACKS.map(|attack| scope.spawn(move || last(attack))).map(drop));
}

#[test]
fn who_kills_all_does_not_end_the_sandbox() {
    for user in ["0", "65534"] {
        let arena = Arena::start(&engine());
        let exec = arena.sandbox.start_exec(&evade("kill-all", "heart").user(user)).unwrap();
        arena.hearts.wait_for("heart", 5 * OFTEN);
        assert!(exec.try_wait().unwrap().is_none());
        assert!(arena.sandbox.inspect_state().unwrap().unwrap().running);
        let other = ExecOptions::new(["echo", "undisturbed"]).user("1000");
        match arena.sandbox.exec(&other) {
            // What starts a command is root itself, until it becomes the user. crun says
            // that it has started the command before that.
            Ok(result) if user == "0" && result.exit_code() == Some(KILLED) => {
                assert!(result.stdout.is_empty(), "{result:?}");
            }
            Ok(result) => assert_eq!(result.stdout.text(), "undisturbed\n", "{result:?}"),
            Err(error) => assert_eq!((user, error.kind()), ("0", ErrorKind::ExecStart), "{error}"),
        }
        exec.detach();
        arena.remove().unwrap();
    }
}

/// What a command says that the container's end has interrupted, or kept from
/// starting; `None` for one that has ended before.
fn end_of(result: Result<ExecResult>) -> Option<Error> {
    let result = match result {
        Err(error) => return Some(error),
        Ok(result) => result,
    };
    let said = result.stdout.text().into_owned() + &result.stderr.text();
    match result.outcome {
        Outcome::Exited(0) => assert_eq!(said, "hello\n"),
        Outcome::Lost(error) => {
            // gVisor adds why it lost its container.
            let said = match said.split_once("waiting on pid ") {
                Some((said, _)) if has_gvisor() => said,
                _ => &said,
            };
            assert!(said.is_empty() || said == "hello\n", "{said:?}: {error}");
            return Some(error);
        }
        outcome => panic!("{outcome:?}: {said:?}"),
    }
    None
}

/// Runs commands until the container's end, which `end` brings about meanwhile.
fn race(options: &CreateOptions, end: impl FnOnce(&Sandbox) + Send) {
    let sandbox = Sandbox::start(&engine(), options).unwrap();
    let hello = ExecOptions::new(["echo", "hello"]);
    assert!(end_of(sandbox.exec(&hello)).is_none());
    thread::scope(|scope| {
        scope.spawn(|| end(&sandbox));
        let error = until(|| end_of(sandbox.exec(&hello)));
        assert_eq!(error.kind(), ErrorKind::ContainerEnded, "{error}");
        let error = end_of(sandbox.exec(&hello)).unwrap();
        assert_eq!(error.kind(), ErrorKind::ContainerEnded, "{error}");
    });
}

#[test]
fn a_command_in_a_container_that_is_killed_is_one_error() {
    for _ in 0..20 {
        race(&CreateOptions::new(IMAGE), |sandbox| {
            api(&format!("/containers/{}/kill", sandbox.id()), &["--request", "POST"]);
        });
    }
}

#[test]
fn a_command_in_a_container_whose_first_process_was_killed_is_one_error() {
    for _ in 0..20 {
        let options = CreateOptions::new(IMAGE).allow_reachable_watchers();
        race(&options, |sandbox| {
            let kill = ExecOptions::new(["sh", "-c", "kill -9 -1; echo hello"]);
            if let Some(error) = end_of(sandbox.exec(&kill)) {
                assert_eq!(error.kind(), ErrorKind::ContainerEnded, "{error}");
            }
        });
    }
}

#[test]
fn a_command_that_is_interrupted_by_its_containers_end_is_the_same_error() {
    for _ in 0..20 {
        let sandbox = Sandbox::start(&engine(), &CreateOptions::new(IMAGE)).unwrap();
        let command = ExecOptions::new(["sh", "-c", "echo hello; exec sleep 1000"]);
        let exec = sandbox.start_exec(&command).unwrap();
        until(|| (exec.stdout.as_ref().unwrap().total_bytes() == 6).then_some(()));
        api(&format!("/containers/{}/kill", sandbox.id()), &["--request", "POST"]);
        let error = end_of(exec.wait_with_output()).expect("the container's end");
        assert_eq!(error.kind(), ErrorKind::ContainerEnded, "{error}");
    }
}
