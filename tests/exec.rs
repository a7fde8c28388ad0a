//! The blocking exec, on a real engine.

mod support;

use std::thread;
use std::time::{Duration, Instant};

use sandcell::{EngineFeature, ErrorKind, NetworkMode, Outcome};
use support::front::{Command, Front, Token, on_each_front, sh};
use support::{Container, engine, has_gvisor, noise};

const MIB: usize = 1024 * 1024;

fn exit_codes_are_the_commands<F: Front>() {
    let container = Container::<F>::start();
    for code in [0, 1, 42, 137] {
        let result = container.run(&sh(&format!("exit {code}")));
        assert_eq!(result.exit_code, Some(code));
        assert_eq!(result.success(), code == 0);
    }
}

fn input_comes_back_byte_for_byte<F: Front>() {
    let container = Container::<F>::start();
    let bytes = noise(64 * MIB);
    let result = container.run(&Command::new(["cat"]).stdin(bytes.clone()));
    assert!(result.success(), "{:?}", result.outcome);
    assert_eq!(result.stdout.total_bytes, bytes.len() as u64);
    assert!(result.stdout[..] == bytes[..], "the bytes differ");
    assert!(result.stderr.is_empty());
}

fn interleaved_streams_are_both_complete_and_apart<F: Front>() {
    let container = Container::<F>::start();
    // 10 MiB each, in turns of 64 KiB.
    let text = "i=0; while [ $i -lt 160 ]; do \
                head -c 65536 /dev/zero | tr '\\0' o; \
                head -c 65536 /dev/zero | tr '\\0' e >&2; \
                i=$((i + 1)); done";
    let result = container.run(&sh(text));
    assert!(result.success(), "{:?}", result.outcome);
    for (stream, byte) in [(&result.stdout, b'o'), (&result.stderr, b'e')] {
        assert_eq!(stream.len(), 10 * MIB);
        assert!(stream.iter().all(|&b| b == byte));
    }
}

fn options_reach_the_command<F: Front>() {
    let container = Container::<F>::start();
    let command = sh("pwd; id -u; echo \"$A-$B\"").cwd("/tmp").user("65534").env("A", "x=y");
    let result = container.run(&command.env("B", "ü \"'\n$"));
    assert_eq!(result.stdout.text(), "/tmp\n65534\nx=y-ü \"'\n$\n");
}

fn arguments_are_not_a_shells_text<F: Front>() {
    let container = Container::<F>::start();
    let result = container.run(&Command::new(["printf", "%s|", "a b", "$HOME", "", "*"]));
    assert_eq!(result.stdout.text(), "a b|$HOME||*|");
}

fn a_shells_code_takes_values_as_arguments<F: Front>() {
    let container = Container::<F>::start();
    let values = ["zero", "a b", "", "'; $HOME `id`\n"];
    let command = Command::shell("printf '%s|' \"$0\" \"$@\" | tr a-z A-Z", values);
    let result = container.run(&command);
    assert_eq!(result.stdout.text(), "ZERO|A B||'; $HOME `ID`\n|");
    let result = container.run(&Command::shell("echo $#; exit 3", []));
    assert_eq!((&*result.stdout.text(), result.exit_code), ("0\n", Some(3)));
}

fn input_is_at_its_end_without_any_and_with_empty_one<F: Front>() {
    let container = Container::<F>::start();
    for command in [Command::new(["cat"]), Command::new(["cat"]).stdin("")] {
        let result = container.run(&command);
        assert!(result.success() && result.stdout.is_empty(), "{result:?}");
    }
}

fn a_command_that_does_not_read_its_input_ends<F: Front>() {
    let container = Container::<F>::start();
    let result = container.run(&sh("echo done; exit 3").stdin(noise(64 * MIB)));
    assert_eq!(result.exit_code, Some(3), "{:?}", result.outcome);
    let is_kept =
        engine().engine_features().unwrap().supports(EngineFeature::OutputDespiteUnreadInput);
    if is_kept || !result.stdout.is_empty() {
        assert_eq!(&result.stdout[..], b"done\n");
    }
}

fn output_beyond_the_limit_is_counted_and_dropped<F: Front>() {
    let container = Container::<F>::start();
    let command = sh("head -c 3000000 /dev/zero; head -c 10 /dev/zero >&2").max_output(1000);
    let result = container.run(&command);
    assert!(result.success());
    assert_eq!((result.stdout.len(), result.stdout.total_bytes), (1000, 3_000_000));
    assert!(result.stdout.is_truncated && !result.stderr.is_truncated);
}

fn a_terminal_is_one_stream_and_its_input_ends<F: Front>() {
    let container = Container::<F>::start();
    let command = sh("test -t 0 && echo tty; cat; echo err >&2").tty(true);
    for (input, echoed) in [("line\n", "line\r\n"), ("no newline", "no newline")] {
        let result = container.run(&command.clone().stdin(input));
        assert!(result.success(), "{result:?}");
        let text = result.stdout.text().into_owned();
        assert!(text.contains("tty\r\n") && text.ends_with("err\r\n"), "{text:?}");
        assert_eq!(text.matches(echoed).count(), 2, "echo and cat: {text:?}");
        assert!(result.stderr.is_empty());
    }
}

fn cancelling_ends_the_call_at_once_and_keeps_the_output<F: Front>() {
    let container = Container::<F>::start();
    let token = F::Token::default();
    let client = container.with_cancel(&token);
    let id = container.id.clone();
    let call = thread::spawn(move || {
        let result = client.exec(&id, &sh("echo started; touch /tmp/started; sleep 1000"));
        (result.unwrap(), Instant::now())
    });
    container.sh("until [ -e /tmp/started ]; do :; done");
    container.sh("true"); // by its end the other's output has come, too
    let cancelled = Instant::now();
    assert!(!token.is_cancelled());
    token.cancel();
    assert!(token.is_cancelled());
    let (result, ended) = call.join().unwrap();
    assert!(matches!(result.outcome, Outcome::Cancelled), "{result:?}");
    assert_eq!(&result.stdout[..], b"started\n");
    assert_eq!(result.exit_code, None);
    let took = ended - cancelled;
    assert!(took < Duration::from_millis(100), "took {took:?}");
}

fn a_time_out_is_a_result_with_the_output_so_far<F: Front>() {
    let container = Container::<F>::start();
    let limit = Duration::from_secs(2);
    let client = container.with_timeout(limit);
    let begun = Instant::now();
    let result = client.exec(&container.id, &sh("echo out; echo err >&2; sleep 1000")).unwrap();
    let took = begun.elapsed();
    assert!(took >= limit && took < 2 * limit, "took {took:?}");
    assert!(matches!(result.outcome, Outcome::TimedOut), "{result:?}");
    assert_eq!((&result.stdout[..], &result.stderr[..]), (&b"out\n"[..], &b"err\n"[..]));
}

fn what_cannot_be_run_is_a_typed_error<F: Front>() {
    let container = Container::<F>::start();
    let error = container.exec("no-such-container", &sh("true")).unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::NotFound, Some(404)));
    assert!(error.to_string().contains("no-such-container"), "{error}");

    let error = container.exec("../../version?x=", &sh("true")).unwrap_err();
    assert!(error.is_invalid_argument() && error.to_string().starts_with("container:"), "{error}");
}

fn a_closed_client_refuses_and_ends_calls<F: Front>() {
    let container = Container::<F>::start();
    let client = F::connect();
    let sleep = sh("touch /tmp/started; sleep 1000");
    thread::scope(|scope| {
        let call = scope.spawn(|| client.exec(&container.id, &sleep));
        container.sh("until [ -e /tmp/started ]; do :; done");
        client.close();
        client.close();
        assert_eq!(call.join().unwrap().unwrap_err().kind(), ErrorKind::Closed);
    });
    assert_eq!(client.version().unwrap_err().kind(), ErrorKind::Closed);
}

fn the_sandbox_is_closed_unless_opened<F: Front>() {
    let interfaces = "ls /sys/class/net";
    let container = Container::<F>::start();
    assert_eq!(container.sh(interfaces), "lo\n");
    assert_eq!(
        container
            .sh("grep -E 'CapEff|NoNewPrivs' /proc/self/status")
            .split_whitespace()
            .collect::<Vec<_>>(),
        // gVisor does not say the other.
        ["CapEff:", "0000000000000000", "NoNewPrivs:", "1"][..if has_gvisor() { 2 } else { 4 }]
    );

    let open = Container::<F>::with_network(NetworkMode::AllowAll);
    // The gVisor of tests/engine has no network in any case.
    assert_eq!(open.sh(interfaces).contains("eth0"), !has_gvisor());
}

on_each_front! {
    exit_codes_are_the_commands
    input_comes_back_byte_for_byte
    interleaved_streams_are_both_complete_and_apart
    options_reach_the_command
    arguments_are_not_a_shells_text
    a_shells_code_takes_values_as_arguments
    input_is_at_its_end_without_any_and_with_empty_one
    a_command_that_does_not_read_its_input_ends
    output_beyond_the_limit_is_counted_and_dropped
    a_terminal_is_one_stream_and_its_input_ends
    cancelling_ends_the_call_at_once_and_keeps_the_output
    a_time_out_is_a_result_with_the_output_so_far
    what_cannot_be_run_is_a_typed_error
    a_closed_client_refuses_and_ends_calls
    the_sandbox_is_closed_unless_opened
}
