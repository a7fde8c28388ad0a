//! What is said of a command that could not be started, on a real engine: what the
//! caller asked for and what is wrong with it, whatever the runtime's words are.

mod support;

use support::front::{Background, Command, Front, on_each_front, sh};
use support::{Container, unique};

/// The whole message, of the call or of the wait: the cause comes last.
fn failure<F: Front>(container: &Container<F>, command: &Command) -> String {
    let error = container.exec(&container.id, command).unwrap_err();
    assert!(error.is_exec_start(), "{error:#}");
    format!("{error:#}")
}

#[track_caller]
fn assert_told(message: &str, told: &str) {
    let rest = message.strip_prefix("start exec: ").or(message.strip_prefix("create exec: "));
    let rest = rest.unwrap_or_else(|| panic!("{message}"));
    // On gVisor, a file and its interpreter are one.
    let rest = rest.replace(", or its interpreter is not", "");
    let cause = rest.strip_prefix(told).unwrap_or_else(|| panic!("{told:?} is not in {message}"));
    // The runtime's own words are still there.
    assert!(cause.starts_with(": ") && cause.len() > 10, "{message}");
}

fn a_program_that_does_not_exist<F: Front>() {
    let container = Container::<F>::start();
    for program in ["bash", "/no/such/program"] {
        let message = failure(&container, &Command::new([program, "-c", "true"]));
        assert_told(&message, &format!("{program}: not found in the container"));
    }
}

fn what_only_a_shell_understands<F: Front>() {
    let container = Container::<F>::start();
    for (argv, hint) in [
        (&["ls -la /"][..], "shell"),
        (&["echo hi | wc -c"], "shell"),
        (&["ls -la", "/"], "shell"),
        (&["cd /tmp\nls\n"], "shell"),
        (&["exit", "1"], "shell"),
        (&["VAR=x", "env"], "env"),
        (&["cd", "/tmp"], "cwd"),
    ] {
        let message = failure(&container, &Command::new(argv.iter().copied()));
        assert!(message.contains(": not found in the container; "), "{message}");
        let name = match F::NAME {
            "rust" => format!("ExecOptions::{hint}"),
            _ => format!(
                "sandcell_exec_options_{}_{hint}",
                if hint == "env" { "add" } else { "set" }
            ),
        };
        assert!(message.contains(&name), "{message}");
    }
    let result = container.run(&Command::shell("echo hi | wc -c", []));
    assert_eq!(result.stdout.text().trim(), "3");
}

fn a_program_that_cannot_be_executed<F: Front>() {
    let container = Container::<F>::start();
    let message = failure(&container, &Command::new(["/etc/passwd"]));
    assert_told(&message, "/etc/passwd: not executable in the container");
    let message = failure(&container, &Command::new(["/etc"]));
    assert!(message.contains("/etc: ") && message.contains("container"), "{message}");
}

fn a_bad_directory_and_a_bad_user<F: Front>() {
    let container = Container::<F>::start();
    let message = failure(&container, &Command::new(["true"]).cwd("/no/such/directory"));
    assert_told(&message, "cwd: /no/such/directory does not exist in the container");
    for (user, what) in [("no-such-user", "user"), ("root:no-such-group", "group")] {
        let message = failure(&container, &Command::new(["true"]).user(user));
        assert_told(&message, &format!("user: {user}: there is no such {what} in the container"));
    }
}

fn a_background_command_is_told_alike<F: Front>() {
    let container = Container::<F>::start();
    let name = unique("start-errors");
    let start = |command: &Command| {
        let started = container.start_background(&container.id, &name, command);
        format!("{:#}", started.map(|_| ()).unwrap_err())
    };
    // First, because it exits with the same code on Podman as what runs and ends so.
    let message = start(&Command::new(["true"]).cwd("/no/such/directory"));
    assert!(message.contains("cwd: /no/such/directory does not exist"), "{message}");
    let message = start(&Command::new(["no-such-program"]));
    assert!(message.contains("no-such-program: not found in the container"), "{message}");
    let message = start(&Command::new(["ls -la /"]));
    assert!(message.contains("\"ls -la /\": not found in the container; each arg"), "{message}");
    container.start_background(&container.id, &name, &sh("true")).unwrap().wait().unwrap();
}

on_each_front! {
    a_program_that_does_not_exist
    what_only_a_shell_understands
    a_program_that_cannot_be_executed
    a_bad_directory_and_a_bad_user
    a_background_command_is_told_alike
}
