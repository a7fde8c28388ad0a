//! Input that a command does not read.

mod support;

use std::time::Duration;

use sandcell::{CreateOptions, ExecOptions};
use support::front::{Command, Front, on_each_front, sh};
use support::{Container, IMAGE};

on_each_front! {
    input_that_nobody_reads_is_no_output
    input_loses_no_output_in_silence
    the_words_of_a_command_are_its_output
}

/// What Podman writes when a command has left input unread.
const WORDS: [&str; 2] = [
    "Error: read unixpacket @->/proc/self/fd/15/attach: read: connection reset by peer",
    "Error: write unixpacket @->/proc/self/fd/15/attach: write: broken pipe",
];

fn input_that_nobody_reads_is_no_output<F: Front>() {
    let container = Container::<F>::start();
    for (command, size) in [
        (Command::new(["sleep", "1"]), 10_000_000),
        (sh("sleep 0.1; echo said; echo told >&2"), 1_000_000),
        (sh("sleep 0.1; echo said; echo told >&2"), 60_000),
        (sh("head -c 1000 >/dev/null; echo said; echo told >&2"), 1_000_000),
    ] {
        let result = container.run(&command.stdin(vec![b'x'; size]));
        assert!(result.success(), "{size}: {result:?}");
        let stderr = result.stderr.text();
        assert!(["", "told\n"].contains(&&*stderr), "{size}: {stderr:?}");
    }
}

fn input_loses_no_output_in_silence<F: Front>() {
    let container = Container::<F>::start();
    // Such a command may end before its input has come to it.
    let mut cut = 0;
    for size in [1, 10, 20_000].repeat(15) {
        let result = container.run(&Command::new(["echo", "hi"]).stdin(vec![b'x'; size]));
        assert!(result.success(), "{size}: {result:?}");
        assert_eq!(result.stderr.text(), "", "{size}");
        // Podman loses it if the machine is too slow, and that is told.
        if result.stdout.is_truncated {
            cut += 1;
        } else {
            assert_eq!(result.stdout.text(), "hi\n", "{size}");
        }
    }
    assert!(cut <= 4, "{cut}");
}

fn the_words_of_a_command_are_its_output<F: Front>() {
    let container = Container::<F>::start();
    for words in WORDS {
        let says = format!("echo \"{words}\" >&2");
        let told = |command: &Command| container.run(command).stderr.text().into_owned();
        assert_eq!(told(&sh(&says)), format!("{words}\n"), "without input");
        for size in [1, 10_000, 1_000_000] {
            let reads = sh(&format!("cat >/dev/null; {says}")).stdin(vec![b'x'; size]);
            // Under load, the end of the stream may come too soon.
            let mut tries = (0..3).map(|_| told(&reads));
            assert!(tries.any(|told| told == format!("{words}\n")), "{size}");
        }
        let goes_on = sh(&format!("{says}; sleep 0.1; echo more >&2")).stdin(vec![b'x'; 10]);
        assert_eq!(container.run(&goes_on).stderr.text(), format!("{words}\nmore\n"));
    }
}

#[test]
fn a_handle_tells_the_commands_words_only() {
    use std::io::{Read, Write};
    let container = Container::with(CreateOptions::new(IMAGE));
    let options = ExecOptions::new(["sh", "-c", "sleep 0.2; echo said; echo told >&2"]);
    let mut exec = container.handle().start_exec(&options).unwrap();
    let mut stdin = exec.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        // Until it is refused.
        while stdin.write_all(&[b'x'; 65536]).is_ok() {}
    });
    let (mut stdout, mut stderr) = (String::new(), String::new());
    exec.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    exec.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    // Podman may lose the end.
    assert!(["said\n", ""].contains(&&*stdout), "{stdout:?}");
    assert!(["told\n", ""].contains(&&*stderr), "{stderr:?}");
    let outcome = exec.wait_timeout(Duration::from_secs(10)).unwrap();
    assert!(matches!(outcome, Some(sandcell::Outcome::Exited(0))), "{outcome:?}");
    writer.join().unwrap();
}
