//! Killing a command, on a real engine: nothing of it is left.

mod support;

use std::io::Read;
use std::thread;
use std::time::{Duration, Instant};

use sandock::{CancelToken, ErrorKind, Exec, ExecOptions, Outcome, Overflow, TreeGone};
use support::{Container, api, until};

/// Commands that are each hard to kill in their own way. Each says `ready`
/// when it is.
const TREES: [(&str, &str); 7] = [
    ("a plain command", "echo ready; exec sleep 1000"),
    (
        "many children",
        "i=0; while [ $i -lt 20 ]; do sleep 1000 & i=$((i+1)); done; echo ready; wait",
    ),
    (
        "an escapee in a session of its own",
        "setsid sh -c 'sleep 1000 & sleep 1000' & echo ready; exit 0",
    ),
    ("deaf to TERM", "trap '' TERM INT HUP; echo ready; while :; do sleep 1000; done"),
    ("stopped", "echo ready; kill -STOP $$"),
    ("orphans", "(sh -c 'sleep 1000 & sleep 1000 &' &) ; echo ready; sleep 1000"),
    ("no environment", "env -i /bin/sh -c 'sleep 1000 & sleep 1000' & echo ready; wait"),
];

fn sh(text: &str) -> ExecOptions {
    ExecOptions::new(["sh", "-c", text]).kill_grace(Duration::from_millis(300))
}

/// Starts a tree, and waits until it is ready.
fn start(container: &Container, text: &str) -> Exec {
    let exec = container.start_exec(&container.id, &sh(text)).unwrap();
    let mut ready = [0; 6];
    let stdout = exec.stdout.as_ref().unwrap();
    let mut filled = 0;
    while filled < ready.len() {
        let count = stdout.read_timeout(&mut ready[filled..], Duration::from_secs(10)).unwrap();
        assert!(count > 0, "ended early: {:?}", exec.try_wait());
        filled += count;
    }
    assert_eq!(&ready, b"ready\n");
    exec
}

/// What the engine says still runs in a container, besides its own.
fn top(container: &Container) -> String {
    let json = api(&format!("/containers/{}/top", container.id), &[]);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let processes = value["Processes"].as_array().unwrap().iter();
    let command = |process: &serde_json::Value| process[7].as_str().unwrap().to_owned();
    let own = |command: &String| command.contains("docker-init") || command == "tail -f /dev/null";
    processes.map(command).filter(|c| !own(c)).collect::<Vec<_>>().join("; ")
}

#[test]
fn every_tree_is_gone_when_kill_returns() {
    let container = Container::start();
    for (name, text) in TREES {
        let mut exec = start(&container, text);
        let begun = Instant::now();
        assert_eq!(exec.kill().unwrap(), TreeGone::Yes, "{name}");
        println!("{name}: gone after {:?}", begun.elapsed());
        assert_eq!(top(&container), "", "{name}");
        let outcome = exec.wait().unwrap();
        assert!(
            matches!(outcome, Outcome::Signalled(9 | 15) | Outcome::Exited(0)),
            "{name}: {outcome:?}"
        );
    }
}

#[test]
fn a_time_out_kills_every_tree_and_keeps_the_output() {
    let container = Container::start();
    for (name, text) in TREES {
        // An escapee's parent may end in time: then there is no time-out.
        if text.ends_with("exit 0") {
            continue;
        }
        let options = sh(text).timeout(Duration::from_millis(300));
        let result = container.run(&options);
        assert!(matches!(result.outcome, Outcome::TimedOut), "{name}: {result:?}");
        assert_eq!(&result.stdout[..], b"ready\n", "{name}");
        assert_eq!(result.tree_gone, Some(TreeGone::Yes), "{name}");
        assert_eq!(top(&container), "", "{name}");
    }
}

#[test]
fn a_tree_that_fills_the_container_is_gone() {
    let container = Container::start();
    let exec = start(&container, "echo ready; while :; do sleep 1000 & done");
    until(|| (top(&container).len() > 2000).then_some(()));
    let begun = Instant::now();
    assert_eq!(exec.kill().unwrap(), TreeGone::Yes);
    println!("a full container: gone after {:?}", begun.elapsed());
    assert_eq!(top(&container), "");
}

#[test]
fn only_its_own_tree_is_killed() {
    let container = Container::start();
    let other = start(&container, "echo ready; exec sleep 1000");
    let exec = start(&container, "echo ready; exec sleep 2000");
    assert_eq!(exec.kill().unwrap(), TreeGone::Yes);
    assert!(other.try_wait().unwrap().is_none(), "the other one runs on");
    assert_eq!(top(&container), "sleep 1000");
}

#[test]
fn as_an_unprivileged_user_too() {
    let container = Container::start();
    let options =
        sh("setsid sleep 1000 & sleep 1000").user("65534").timeout(Duration::from_millis(300));
    let result = container.run(&options);
    assert_eq!(result.tree_gone, Some(TreeGone::Yes), "{result:?}");
    assert_eq!(top(&container), "");
}

#[test]
fn a_command_that_was_only_just_started_is_killed() {
    let container = Container::start();
    let sleep = ExecOptions::new(["sleep", "1000"]).kill_grace(Duration::ZERO);
    for _ in 0..15 {
        let exec = container.start_exec(&container.id, &sleep).unwrap();
        assert_eq!(exec.kill().unwrap(), TreeGone::Yes);
        drop(container.start_exec(&container.id, &sleep).unwrap());
    }
    until(|| top(&container).is_empty().then_some(()));
    let result = container.run(&sleep.clone().timeout(Duration::ZERO));
    assert_eq!(result.tree_gone, Some(TreeGone::Yes), "{result:?}");
    // What kills the dropped ones may look once more.
    until(|| top(&container).is_empty().then_some(()));
}

#[test]
fn a_signal_goes_to_the_command() {
    let container = Container::start();
    let text = "trap 'echo got it; exit 3' USR1; echo ready; while :; do sleep 0.05; done";
    let mut exec = start(&container, text);
    assert!(exec.pid_in_container().unwrap().is_some_and(|pid| pid > 1));
    exec.signal(10).unwrap();
    assert!(matches!(exec.wait().unwrap(), Outcome::Exited(3)));
    assert_eq!(exec.pid_in_container().unwrap(), None);
    exec.signal(10).unwrap();
    assert!(exec.signal(0).unwrap_err().is_invalid_argument());

    let mut exec = start(&container, "echo ready; exec sleep 1000");
    exec.signal(15).unwrap();
    assert!(matches!(exec.wait().unwrap(), Outcome::Signalled(15)));
}

#[test]
fn dropping_kills_and_detaching_does_not() {
    let container = Container::start();
    drop(start(&container, "echo ready; exec sleep 1000"));
    until(|| top(&container).is_empty().then_some(()));

    start(&container, "echo ready; exec sleep 1000").detach();
    container.sh("until [ $(ps | grep -c '[s]leep 1000') = 1 ]; do :; done");
    let exec = start(&container, "echo ready; exec sleep 2000");
    exec.kill().unwrap();
    assert_eq!(top(&container), "sleep 1000");
}

#[test]
fn cancelling_kills_in_the_background() {
    let container = Container::start();
    let token = CancelToken::new();
    let client = container.with_cancel(&token);
    let mut exec =
        client.start_exec(&container.id, &sh("setsid sleep 1000 & exec sleep 1000")).unwrap();
    let mut stdout = exec.stdout.take().unwrap();
    let reader = thread::spawn(move || (stdout.read(&mut [0; 9]).unwrap(), Instant::now()));
    let cancelled = Instant::now();
    token.cancel();
    assert!(matches!(exec.wait().unwrap(), Outcome::Cancelled));
    let (count, ended) = reader.join().unwrap();
    assert_eq!(count, 0);
    assert!(ended - cancelled < Duration::from_millis(100), "{:?}", ended - cancelled);
    until(|| exec.tree_gone());
    assert_eq!(top(&container), "");
}

#[test]
fn too_much_output_kills_if_so_asked() {
    let container = Container::start();
    let yes = sh("yes").max_output(1_000_000).on_overflow(Overflow::Kill);
    let result = container.run(&yes);
    assert!(matches!(result.outcome, Outcome::OutputLimit), "{result:?}");
    assert_eq!((result.stdout.len(), result.tree_gone), (1_000_000, Some(TreeGone::Yes)));
    assert!(result.stdout.is_truncated());
    assert_eq!(top(&container), "");
}

#[test]
fn a_container_that_is_gone_has_no_tree() {
    let container = Container::start();
    let mut exec = start(&container, "echo ready; exec sleep 1000");
    container.stop(&container.id).unwrap();
    assert_eq!(exec.kill().unwrap(), TreeGone::Yes);
    let outcome = exec.wait().unwrap();
    assert!(matches!(outcome, Outcome::Exited(137) | Outcome::Lost(_)), "{outcome:?}");
}

#[test]
fn a_paused_container_is_an_error_and_no_made_up_answer() {
    let container = Container::start();
    let exec = start(&container, "echo ready; exec sleep 1000");
    api(&format!("/containers/{}/pause", container.id), &["--request", "POST"]);
    assert_eq!(exec.kill().unwrap_err().kind(), ErrorKind::Conflict);
    api(&format!("/containers/{}/unpause", container.id), &["--request", "POST"]);
    assert_eq!(exec.kill().unwrap(), TreeGone::Yes);
}

#[test]
fn what_cannot_be_started_is_typed() {
    let container = Container::start();
    for (options, kind) in [
        (ExecOptions::new(["no-such-program"]), ErrorKind::CommandNotFound),
        (ExecOptions::new(["/no/such/program"]), ErrorKind::CommandNotFound),
        (ExecOptions::new(["/etc/passwd"]), ErrorKind::CommandNotExecutable),
        (ExecOptions::new(["/etc"]), ErrorKind::CommandNotExecutable),
        (ExecOptions::new(["true"]).cwd("/no/such/directory"), ErrorKind::BadWorkingDir),
        (ExecOptions::new(["true"]).user("no-such-user"), ErrorKind::BadUser),
    ] {
        for options in [options.clone(), options.clone().tty(true)] {
            let error = container.exec(&container.id, &options).unwrap_err();
            assert_eq!(error.kind(), kind, "{options:?}: {error}");
            assert!(error.is_exec_start());
            match container.start_exec(&container.id, &options) {
                Err(error) => assert_eq!(error.kind(), kind),
                Ok(exec) => assert_eq!(exec.wait_with_output().unwrap_err().kind(), kind),
            }
        }
    }
    let fails = container.run(&sh("echo OCI runtime exec failed: exec failed; exit 127"));
    assert_eq!((fails.exit_code(), fails.stdout.len()), (Some(127), 37));
}

#[test]
fn two_threads_may_kill_at_once() {
    let container = Container::start();
    let exec = start(&container, "echo ready; exec sleep 1000");
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert_eq!(exec.kill().unwrap(), TreeGone::Yes));
        }
    });
}

#[test]
fn without_a_shell_in_the_image_nothing_is_claimed() {
    let container = Container::start();
    let exec = container.start_exec(&container.id, &ExecOptions::new(["sleep", "1000"])).unwrap();
    assert!(container.run(&ExecOptions::new(["rm", "/bin/sh"])).success());
    assert_eq!(exec.kill().unwrap_err().kind(), ErrorKind::Unsupported);
    let sleep = ExecOptions::new(["sleep", "1000"]).timeout(Duration::from_millis(100));
    let result = container.run(&sleep);
    assert!(matches!(result.outcome, Outcome::TimedOut), "{result:?}");
    assert_eq!(result.tree_gone, Some(TreeGone::Unknown));
}
