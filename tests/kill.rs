//! Killing a command, on a real engine: nothing of it is left.

mod support;

use std::io::Read;
use std::thread;
use std::time::{Duration, Instant};

use sandcell::{ErrorKind, Outcome, Overflow, TreeGone};
use support::front::{self, Command, Exec, Front, Output, Token, on_each_front};
use support::gone::{proof, top, why_unproven};
use support::{Container, api, has_gvisor, until};

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

fn sh(text: &str) -> Command {
    front::sh(text).kill_grace(Duration::from_millis(300))
}

/// Starts a tree, and waits until it is ready.
fn start<F: Front>(container: &Container<F>, text: &str) -> F::Exec {
    start_by(&**container, &container.id, text)
}

fn start_by<F: Front>(client: &F, container: &str, text: &str) -> F::Exec {
    let mut exec = client.start_exec(container, &sh(text)).unwrap();
    let mut ready = [0; 6];
    let stdout = exec.take_stdout();
    let mut filled = 0;
    while filled < ready.len() {
        let count = stdout.read_timeout(&mut ready[filled..], Duration::from_secs(10)).unwrap();
        assert!(count > 0, "ended early: {:?}", exec.try_wait());
        filled += count;
    }
    assert_eq!(&ready, b"ready\n");
    exec
}

fn every_tree_is_gone_when_kill_returns<F: Front>() {
    let container = Container::<F>::start();
    for (name, text) in TREES {
        let mut exec = start(&container, text);
        let begun = Instant::now();
        assert_eq!(exec.kill().unwrap(), proof(), "{name}");
        println!("{name}: gone after {:?}", begun.elapsed());
        assert_eq!(top(&container), "", "{name}");
        let outcome = exec.wait().unwrap();
        assert!(
            matches!(outcome, Outcome::Signalled(9 | 15) | Outcome::Exited(0)),
            "{name}: {outcome:?}"
        );
    }
}

fn a_time_out_kills_every_tree_and_keeps_the_output<F: Front>() {
    let container = Container::<F>::start();
    for (name, text) in TREES {
        // An escapee's parent may end in time: then there is no time-out.
        if text.ends_with("exit 0") {
            continue;
        }
        let options = sh(text).timeout(Duration::from_secs(1));
        let result = container.run(&options);
        assert!(matches!(result.outcome, Outcome::TimedOut), "{name}: {result:?}");
        assert_eq!(&result.stdout[..], b"ready\n", "{name}");
        assert_eq!(result.tree_gone, Some(proof()), "{name}");
        assert_eq!(top(&container), "", "{name}");
    }
}

fn a_tree_that_fills_the_container_is_gone<F: Front>() {
    let container = Container::<F>::start();
    let exec = start(&container, "echo ready; while :; do sleep 1000 & done");
    // gVisor ends, and its container, when it can have no more threads itself.
    let ends = has_gvisor();
    until(|| match ends {
        true => (!container.container_alive(&container.id).unwrap()).then_some(()),
        false => (top(&container).len() > 2000).then_some(()),
    });
    let begun = Instant::now();
    assert_eq!(exec.kill().unwrap(), TreeGone::Yes);
    println!("a full container: gone after {:?}", begun.elapsed());
    assert!(ends || top(&container).is_empty());
}

fn only_its_own_tree_is_killed<F: Front>() {
    let container = Container::<F>::start();
    let other = start(&container, "echo ready; exec sleep 1000");
    let exec = start(&container, "echo ready; exec sleep 2000");
    // The other one could have been made to run code of this.
    let tree_gone = exec.kill().unwrap();
    let why = why_unproven().unwrap_or_else(|| "own_user".to_owned());
    let is_unknown = matches!(&tree_gone, TreeGone::Unknown(said) if said.contains(&why));
    assert!(is_unknown, "{tree_gone:?}");
    assert!(other.try_wait().unwrap().is_none(), "the other one runs on");
    assert_eq!(top(&container), "sleep 1000");
}

fn limits_hold_for_a_handle<F: Front>() {
    let container = Container::<F>::start();
    let yes = sh("yes").max_output(1000).max_memory(10).on_overflow(Overflow::Kill);
    let mut exec = container.start_exec(&container.id, &yes).unwrap();
    assert!(matches!(exec.wait().unwrap(), Outcome::OutputLimit));
    assert_eq!(exec.tree_gone(), Some(proof()));
    let mut stdout = exec.take_stdout();
    assert!(stdout.dropped_bytes() > 0);
    assert_eq!(stdout.dropped_bytes() + 1000, stdout.total_bytes());
    let mut kept = String::new();
    stdout.read_to_string(&mut kept).unwrap();
    assert_eq!(kept, "y\n".repeat(500));

    let sleep = Command::new(["sleep", "1000"]).timeout(Duration::from_millis(300));
    let mut exec = container.start_exec(&container.id, &sleep.kill_grace(Duration::ZERO)).unwrap();
    assert!(matches!(exec.wait().unwrap(), Outcome::TimedOut));
    assert_eq!(exec.tree_gone(), Some(proof()));
    assert_eq!(top(&container), "");
}

fn as_an_unprivileged_user_too<F: Front>() {
    let container = Container::<F>::start();
    let options =
        sh("setsid sleep 1000 & sleep 1000").user("65534").timeout(Duration::from_millis(300));
    let result = container.run(&options);
    assert_eq!(result.tree_gone, Some(proof()), "{result:?}");
    assert_eq!(top(&container), "");
}

fn a_command_that_was_only_just_started_is_killed<F: Front>() {
    let container = Container::<F>::start();
    let sleep = Command::new(["sleep", "1000"]).kill_grace(Duration::ZERO);
    for _ in 0..15 {
        let exec = container.start_exec(&container.id, &sleep).unwrap();
        assert_eq!(exec.kill().unwrap(), proof());
        drop(container.start_exec(&container.id, &sleep).unwrap());
    }
    until(|| top(&container).is_empty().then_some(()));
    let result = container.run(&sleep.clone().timeout(Duration::ZERO));
    assert_eq!(result.tree_gone, Some(proof()), "{result:?}");
    // What kills the dropped ones may look once more.
    until(|| top(&container).is_empty().then_some(()));
}

fn a_signal_goes_to_the_command<F: Front>() {
    let container = Container::<F>::start();
    let text = "trap 'echo got it; exit 3' USR1; echo ready; while :; do sleep 0.05; done";
    let mut exec = start(&container, text);
    assert!(exec.pid_in_container().unwrap().is_some_and(|pid| pid > 1));
    exec.signal(10).unwrap();
    assert!(matches!(exec.wait().unwrap(), Outcome::Exited(3)));
    assert_eq!(exec.pid_in_container().unwrap(), None);
    exec.signal(10).unwrap();
    for none in [0, 65, i32::MIN] {
        let error = exec.signal(none).unwrap_err();
        assert!(
            error.is_invalid_argument() && error.to_string().starts_with("signal: "),
            "{error}"
        );
    }

    let mut exec = start(&container, "echo ready; exec sleep 1000");
    exec.signal(15).unwrap();
    assert!(matches!(exec.wait().unwrap(), Outcome::Signalled(15)));
}

fn dropping_kills_and_detaching_does_not<F: Front>() {
    let container = Container::<F>::start();
    let exec = start(&container, "echo ready; exec sleep 1000");
    let begun = Instant::now();
    drop(exec);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    until(|| top(&container).is_empty().then_some(()));

    let client = F::connect();
    let exec = start_by(&client, &container.id, "echo ready; exec sleep 1000");
    drop(client);
    // What verifies the kill before may yet be there.
    until(|| (top(&container) == "sleep 1000").then_some(()));
    drop(exec); // the last to hold the client
    until(|| top(&container).is_empty().then_some(()));

    start(&container, "echo ready; exec sleep 1000").detach();
    container.sh("until [ $(ps | grep -c '[s]leep 1000') = 1 ]; do :; done");
    let exec = start(&container, "echo ready; exec sleep 2000");
    exec.kill().unwrap();
    until(|| (top(&container) == "sleep 1000").then_some(()));
}

fn cancelling_kills_in_the_background<F: Front>() {
    let container = Container::<F>::start();
    let token = F::Token::default();
    let client = container.with_cancel(&token);
    let mut exec =
        client.start_exec(&container.id, &sh("setsid sleep 1000 & exec sleep 1000")).unwrap();
    let mut stdout = exec.take_stdout();
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

fn closing_the_client_kills_in_the_background<F: Front>() {
    let container = Container::<F>::start();
    let client = F::connect();
    let mut exec = client.start_exec(&container.id, &sh("exec sleep 1000")).unwrap();
    assert!(exec.try_wait().unwrap().is_none());
    client.close();
    assert!(matches!(exec.wait().unwrap(), Outcome::Lost(_)));
    match exec.wait_with_output().unwrap().outcome {
        Outcome::Lost(error) => assert_eq!(error.kind(), ErrorKind::Closed, "{error}"),
        outcome => panic!("{outcome:?}"),
    }
    until(|| top(&container).is_empty().then_some(()));
}

fn closing_the_client_kills_what_a_call_waits_for<F: Front>() {
    let container = Container::<F>::start();
    let client = F::connect();
    thread::scope(|scope| {
        let call = scope.spawn(|| client.exec(&container.id, &sh("exec sleep 1000")));
        until(|| (top(&container) == "sleep 1000").then_some(()));
        client.close();
        assert_eq!(call.join().unwrap().unwrap_err().kind(), ErrorKind::Closed);
    });
    until(|| top(&container).is_empty().then_some(()));
}

fn too_much_output_kills_if_so_asked<F: Front>() {
    let container = Container::<F>::start();
    let yes = sh("yes").max_output(1_000_000).on_overflow(Overflow::Kill);
    let result = container.run(&yes);
    assert!(matches!(result.outcome, Outcome::OutputLimit), "{result:?}");
    assert_eq!((result.stdout.len(), result.tree_gone), (1_000_000, Some(proof())));
    assert!(result.stdout.is_truncated);
    assert_eq!(top(&container), "");
}

fn a_container_that_is_gone_has_no_tree<F: Front>() {
    let container = Container::<F>::start();
    let mut exec = start(&container, "echo ready; exec sleep 1000");
    container.stop(&container.id).unwrap();
    assert_eq!(exec.kill().unwrap(), TreeGone::Yes);
    let outcome = exec.wait().unwrap();
    match outcome {
        Outcome::Lost(error) => assert!(error.is_container_ended(), "{error}"),
        // Its end was learned of when the kill had begun.
        outcome => assert!(matches!(outcome, Outcome::Signalled(9)), "{outcome:?}"),
    }
}

fn a_paused_container_is_an_error_and_no_made_up_answer<F: Front>() {
    let container = Container::<F>::start();
    let exec = start(&container, "echo ready; exec sleep 1000");
    api(&format!("/containers/{}/pause", container.id), &["--request", "POST"]);
    assert_eq!(exec.kill().unwrap_err().kind(), ErrorKind::Conflict);
    api(&format!("/containers/{}/unpause", container.id), &["--request", "POST"]);
    assert_eq!(exec.kill().unwrap(), proof());
}

fn what_cannot_be_started_is_typed<F: Front>() {
    let long = "x".repeat(100_000);
    let container = Container::<F>::start();
    for (options, kind) in [
        (Command::new(["no-such-program"]), ErrorKind::CommandNotFound),
        (Command::new(["/no/such/program"]), ErrorKind::CommandNotFound),
        (Command::new(["/etc/passwd"]), ErrorKind::CommandNotExecutable),
        (Command::new(["/etc"]), ErrorKind::CommandNotExecutable),
        (Command::new(["true"]).cwd("/no/such/directory"), ErrorKind::BadWorkingDir),
        (Command::new(["/etc/passwd/x"]), ErrorKind::CommandNotFound),
        (Command::new(["true"]).user("no-such-user"), ErrorKind::BadUser),
        (Command::new(["true"]).user("root:no-such-group"), ErrorKind::BadUser),
        (Command::new(["true"]).user("4294967296"), ErrorKind::BadUser),
        (Command::new(["true"]).user("root:4294967296"), ErrorKind::BadUser),
        (Command::new(["true", &"x".repeat(131_072)]), ErrorKind::ArgumentsTooLong),
        (Command::new([long.as_str(); 22]), ErrorKind::ArgumentsTooLong),
        (Command::new(["true"]).env("A", &"x".repeat(131_070)), ErrorKind::ArgumentsTooLong),
    ] {
        for options in [options.clone(), options.clone().tty(true)] {
            let error = container.exec(&container.id, &options).unwrap_err();
            assert_eq!(error.kind(), kind, "{options:?}: {error}");
            assert!(error.is_exec_start());
            match container.start_exec(&container.id, &options) {
                Err(error) => assert_eq!(error.kind(), kind),
                Ok(mut exec) => {
                    assert_eq!(exec.wait().unwrap_err().kind(), kind);
                    assert_eq!(exec.take_stdout().read(&mut [0; 9]).unwrap(), 0);
                    assert_eq!(exec.wait_with_output().unwrap_err().kind(), kind);
                }
            }
        }
    }
    for malformed in ["-1", ":", "0:", "0:0:0"] {
        let options = Command::new(["true"]).user(malformed);
        let error = container.exec(&container.id, &options).unwrap_err();
        assert!(error.is_invalid_argument(), "{malformed:?}: {error}");
    }
}

fn a_file_is_no_working_directory<F: Front>() {
    let container = Container::<F>::start();
    for tty in [false, true] {
        let in_file = Command::new(["true"]).cwd("/etc/passwd").tty(tty);
        match container.exec(&container.id, &in_file) {
            // It starts the command nowhere.
            Ok(result) => assert!(has_gvisor() && result.success(), "{result:?}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::BadWorkingDir, "{error}"),
        }
    }
}

fn what_fits_is_started<F: Front>() {
    let container = Container::<F>::start();
    let longest = Command::new(["true", &"x".repeat(131_071)]).env("A", &"x".repeat(131_069));
    assert!(container.run(&longest).success());
    assert!(container.run(&Command::new(["true"; 10_000])).success());
    let part = "x".repeat(109_000);
    let most = std::iter::once("true").chain([part.as_str(); 19]);
    assert!(container.run(&Command::new(most)).success());
}

/// runc and crun say it in place of the command's own words; gVisor knows before.
fn what_the_kernel_refuses_at_last_is_output<F: Front>() {
    let container = Container::<F>::start();
    let files = "printf '#!/no/such/interpreter' >/tmp/a; echo text >/tmp/b; chmod 755 /tmp/?";
    container.sh(files);
    for (program, kind) in
        [("/tmp/a", ErrorKind::CommandNotFound), ("/tmp/b", ErrorKind::CommandNotExecutable)]
    {
        match container.exec(&container.id, &Command::new([program])) {
            Err(error) => assert_eq!(error.kind(), kind, "{error}"),
            Ok(result) => {
                assert!(matches!(result.exit_code, Some(1 | 255)), "{result:?}");
                assert!(result.stdout.is_empty() && result.stderr.starts_with(b"exec"));
            }
        }
    }
}

/// A command that writes what the engine does where one was not started, with the
/// same exit code, has run.
fn a_forged_report_is_output<F: Front>() {
    let container = Container::<F>::start();
    for options in [
        Command::new(["/no/such/program"]),
        Command::new(["/etc/passwd"]),
        Command::new(["true"]).cwd("/no/such/directory"),
    ] {
        let error = format!("{:#}", container.exec(&container.id, &options).unwrap_err());
        let (_, report) = error.split_once(" in the container: ").unwrap();
        for (code, end) in [(125, "\n"), (126, "\n"), (126, "\r\n"), (127, "\n"), (127, "\r\n")] {
            let quoted = report.replace('\'', "'\\''");
            let on = |stream| sh(&format!("printf '%s{end}' '{quoted}' >&{stream}; exit {code}"));
            let (out, err) = (container.run(&on(1)), container.run(&on(2)));
            assert_eq!((out.exit_code, err.exit_code), (Some(code), Some(code)), "{report}");
            let text = format!("{report}{end}");
            assert_eq!((out.stdout.text(), err.stderr.text()), ((&text).into(), (&text).into()));
        }
    }
    // The next one that is not started is told as ever.
    let error = container.exec(&container.id, &Command::new(["/no/such/program"])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CommandNotFound);
}

fn two_threads_may_kill_at_once<F: Front>() {
    let container = Container::<F>::start();
    let exec = start(&container, "echo ready; exec sleep 1000");
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert_eq!(exec.kill().unwrap(), proof()));
        }
    });
    assert_eq!(exec.kill().unwrap(), proof(), "once more does not hurt");
    assert_eq!(exec.tree_gone(), Some(proof()));
    let result = exec.wait_with_output().unwrap();
    assert!(matches!(result.outcome, Outcome::Signalled(9 | 15)), "{result:?}");
    assert_eq!((result.exit_code, result.tree_gone), (None, Some(proof())));
}

fn without_a_shell_in_the_image_nothing_is_claimed<F: Front>() {
    let container = Container::<F>::start();
    let exec = container.start_exec(&container.id, &Command::new(["sleep", "1000"])).unwrap();
    assert!(container.run(&Command::new(["rm", "/bin/sh"])).success());
    // Who is root on the engine's host needs none.
    match exec.kill() {
        Ok(tree_gone) => assert_eq!((tree_gone, top(&container)), (TreeGone::Yes, String::new())),
        Err(error) => assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}"),
    }
    let sleep = Command::new(["sleep", "1000"]).timeout(Duration::from_millis(100));
    let result = container.run(&sleep);
    assert!(matches!(result.outcome, Outcome::TimedOut), "{result:?}");
    match result.tree_gone {
        Some(TreeGone::Yes) => assert_eq!(top(&container), ""),
        tree_gone => assert!(matches!(tree_gone, Some(TreeGone::Unknown(_))), "{tree_gone:?}"),
    }
}

on_each_front! {
    every_tree_is_gone_when_kill_returns
    a_time_out_kills_every_tree_and_keeps_the_output
    a_tree_that_fills_the_container_is_gone
    only_its_own_tree_is_killed
    limits_hold_for_a_handle
    as_an_unprivileged_user_too
    a_command_that_was_only_just_started_is_killed
    a_signal_goes_to_the_command
    dropping_kills_and_detaching_does_not
    cancelling_kills_in_the_background
    closing_the_client_kills_in_the_background
    closing_the_client_kills_what_a_call_waits_for
    too_much_output_kills_if_so_asked
    a_container_that_is_gone_has_no_tree
    a_paused_container_is_an_error_and_no_made_up_answer
    what_cannot_be_started_is_typed
    a_file_is_no_working_directory
    what_fits_is_started
    what_the_kernel_refuses_at_last_is_output
    a_forged_report_is_output
    two_threads_may_kill_at_once
    without_a_shell_in_the_image_nothing_is_claimed
}
