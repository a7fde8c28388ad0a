//! Streaming execs, on a real engine.

mod support;

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{io, thread};

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use sandcell::{Client, ErrorKind, ExecOptions, Outcome, Overflow};
use support::flood::{MIB, drain, flood, flooded};
use support::front::{Command, Exec, Front, Output, Stdin, on_each_front, sh};
use support::proxy::Proxy;
use support::surroundings::Need;
use support::{Container, engine, noise};

fn exited(exec: &mut impl Exec) -> i32 {
    match exec.wait().unwrap() {
        Outcome::Exited(code) => code,
        outcome => panic!("{outcome:?}"),
    }
}

fn one_stream_can_be_read_without_the_other<F: Front>() {
    let container = Container::<F>::start();
    let flood = flood(&container, 256);
    for (text, first_is_stdout) in
        [(format!("{{ {flood}; }} >&2; echo end"), true), (format!("{flood}; echo end >&2"), false)]
    {
        let mut exec = container.start_exec(&container.id, &sh(&text)).unwrap();
        let (stdout, stderr) = (exec.take_stdout(), exec.take_stderr());
        let (quiet, loud) = if first_is_stdout { (stdout, stderr) } else { (stderr, stdout) };
        assert_eq!(drain(quiet), drain(&b"end\n"[..]));
        assert_eq!(loud.total_bytes(), 256 * MIB as u64);
        assert_eq!(drain(loud), flooded(256));
        assert_eq!(exited(&mut exec), 0);
    }
}

fn output_beyond_the_limit_is_counted_to_the_byte<F: Front>() {
    let container = Container::<F>::start();
    let (text, limit) = (format!("{}; echo end", flood(&container, 50)), 1_000_000);
    let all = container.run(&sh(&text)).stdout.bytes;
    let len = 50 * MIB as u64 + 4;
    assert_eq!(all.len() as u64, len);
    for (overflow, gap) in [
        (Overflow::KeepHead, limit),
        (Overflow::KeepTail, 0),
        (Overflow::KeepHeadAndTail, limit / 2),
    ] {
        let options = sh(&text).max_output(limit as u64).max_memory(10_000).on_overflow(overflow);
        let exec = container.start_exec(&container.id, &options).unwrap();
        for result in [exec.wait_with_output().unwrap(), container.run(&options)] {
            let stdout = result.stdout;
            assert_eq!((stdout.total_bytes, stdout.len(), stdout.gap), (len, limit, Some(gap)));
            assert!(stdout.is_truncated);
            let (head, tail) = stdout.split_at(gap);
            assert!(head == &all[..gap] && tail == &all[all.len() - tail.len()..], "{overflow:?}");
        }
    }
}

fn both_directions_at_once<F: Front>() {
    let container = Container::<F>::start();
    let bytes = noise(64 * MIB);
    let mut exec = container.start_exec(&container.id, &Command::new(["cat"])).unwrap();
    let (mut stdin, stdout) = (exec.take_stdin().unwrap(), exec.take_stdout());
    let expected = drain(&bytes[..]);
    let writer = thread::spawn(move || stdin.write_all(&bytes));
    assert_eq!(drain(stdout), expected);
    writer.join().unwrap().unwrap();
    assert_eq!(exited(&mut exec), 0);
}

fn closing_the_input_lets_the_output_come<F: Front>() {
    let container = Container::<F>::start();
    let mut exec = container.start_exec(&container.id, &Command::new(["sort"])).unwrap();
    let mut stdin = exec.take_stdin().unwrap();
    stdin.write_all(b"b\nc\na\n").unwrap();
    let stdout = exec.take_stdout();
    for timeout in [Duration::ZERO, Duration::from_millis(200)] {
        let begun = Instant::now();
        let early = stdout.read_timeout(&mut [0; 9], timeout);
        assert_eq!(early.unwrap_err().kind(), ErrorKind::Timeout);
        assert!(begun.elapsed() >= timeout && begun.elapsed() < Duration::from_secs(5));
    }
    drop(stdin);
    assert_eq!(drain(stdout), drain(&b"a\nb\nc\n"[..]));
    assert_eq!(exited(&mut exec), 0);
}

fn what_may_be_an_engines_report_is_not_held_back_for_long<F: Front>() {
    let container = Container::<F>::start();
    let mut exec = container.start_exec(&container.id, &Command::new(["cat"])).unwrap();
    let (mut stdin, stdout) = (exec.take_stdin().unwrap(), exec.take_stdout());
    let mut echoed = [0; 64];
    for part in ["e", "xec failed: ", "not so"] {
        stdin.write_all(part.as_bytes()).unwrap();
        let count = stdout.read_timeout(&mut echoed, Duration::from_secs(10)).unwrap();
        assert_eq!(&echoed[..count], part.as_bytes());
    }
    drop(stdin);
    assert_eq!(exited(&mut exec), 0);
}

fn a_command_that_leaves_never_blocks_the_writer<F: Front>() {
    let container = Container::<F>::start();
    let mut exec = container.start_exec(&container.id, &sh("exit 5")).unwrap();
    let mut stdin = exec.take_stdin().unwrap();
    let error = stdin.write_all(&noise(64 * MIB)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    assert_eq!(exited(&mut exec), 5);
}

fn a_write_waits_for_a_command_that_does_not_read_and_has_limits<F: Front>() {
    let container = Container::<F>::start();
    let mut exec = container.start_exec(&container.id, &sh("sleep 1000")).unwrap();
    let (stdin, much) = (exec.take_stdin().unwrap(), noise(MIB));
    let mut taken = 0;
    let error = loop {
        match stdin.write_timeout(&much, Duration::from_millis(200)) {
            Ok(count) => taken += count,
            Err(error) => break error,
        }
    };
    assert!(error.is_timeout() && taken >= 256 * 1024, "{taken} bytes: {error}");
    exec.kill().unwrap();
    exec.wait().unwrap();
    let error = stdin.write_timeout(&much, Duration::from_secs(10)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disconnected);
}

fn an_open_input_is_told<F: Front>() {
    let container = Container::<F>::start();
    let mut exec = container.start_exec(&container.id, &Command::new(["cat"])).unwrap();
    let stdin = exec.take_stdin().unwrap();
    assert!(exec.wait_timeout(Duration::from_millis(50)).unwrap().is_none());
    assert!(exec.is_stdin_open());
    let fd = stdin.into_fd().unwrap();
    assert!(exec.is_stdin_open());
    drop(fd);
    assert_eq!(exited(&mut exec), 0);
    assert!(!exec.is_stdin_open());

    let mut exec = container.start_exec(&container.id, &sh("sleep 1; exit 6")).unwrap();
    drop(exec.take_stdin());
    assert!(!exec.is_stdin_open() && exec.try_wait().unwrap().is_none());
    assert_eq!(exited(&mut exec), 6);
    let supplied = container.start_exec(&container.id, &Command::new(["cat"]).stdin("x")).unwrap();
    assert!(!supplied.is_stdin_open());
}

fn input_from_bytes<F: Front>() {
    let container = Container::<F>::start();
    let bytes = noise(3 * MIB);
    let cat = Command::new(["cat"]).stdin(bytes.clone());
    let mut exec = container.start_exec(&container.id, &cat).unwrap();
    assert!(exec.take_stdin().is_none());
    assert!(exec.wait_with_output().unwrap().stdout[..] == bytes[..]);
}

#[test]
fn input_from_a_reader() {
    let container = Container::<Client>::start();
    let bytes = noise(3 * MIB);
    let cat = ExecOptions::new(["cat"]).stdin_reader(io::Cursor::new(bytes.clone()));
    let exec = container.start_exec(&container.id, &cat).unwrap();
    assert!(exec.stdin.is_none());
    assert!(exec.wait_with_output().unwrap().stdout[..] == bytes[..]);
    let once = ExecOptions::new(["cat"]).stdin_reader(&b"once"[..]);
    assert_eq!(&container.exec(&container.id, &once).unwrap().stdout[..], b"once");
    let again = container.exec(&container.id, &once).unwrap_err();
    assert!(again.is_invalid_argument(), "{again}");
}

fn a_terminal_has_a_size_and_an_end_of_input<F: Front>() {
    let container = Container::<F>::start();
    let short = sh("true").tty(true).console_size(33, 77);
    assert!(container.run(&short).success());
    let options = sh("stty size; read line; stty size; cat").tty(true).console_size(33, 77);
    let mut exec = container.start_exec(&container.id, &options).unwrap();
    let (stdout, stderr) = (exec.take_stdout(), exec.take_stderr());
    let mut seen = String::new();
    let mut read_until = |end: &str| {
        let mut buffer = [0; 256];
        while !seen.contains(end) {
            let count = stdout.read_timeout(&mut buffer, Duration::from_secs(10)).unwrap();
            assert!(count > 0, "ended with {seen:?}");
            seen.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
        }
    };
    read_until("\r\n");
    exec.resize(40, 100).unwrap();
    let mut stdin = exec.take_stdin().unwrap();
    stdin.write_all(b"go\n").unwrap();
    read_until("40 100\r\n");
    stdin.write_all(b"some text\n").unwrap();
    read_until("some text\r\nsome text\r\n");
    drop(stdin);
    assert_eq!(exited(&mut exec), 0);
    assert_eq!(stderr.total_bytes(), 0);
    assert_eq!(drain(stderr), drain(&b""[..]));
}

fn fd_flags(file: &File) -> FdFlag {
    FdFlag::from_bits_retain(fcntl(file, FcntlArg::F_GETFD).unwrap())
}

fn status_flags(file: &File) -> OFlag {
    OFlag::from_bits_retain(fcntl(file, FcntlArg::F_GETFL).unwrap())
}

fn descriptors_serve_an_event_loop<F: Front>() {
    let container = Container::<F>::start();
    let bytes = noise(8 * MIB);
    let mut exec = container.start_exec(&container.id, &sh("tee /dev/stderr")).unwrap();
    let mut stdin = Some(File::from(exec.take_stdin().unwrap().into_fd().unwrap()));
    let mut outputs = [exec.take_stdout(), exec.take_stderr()]
        .map(|output| Some(File::from(output.into_fd().unwrap())));
    for file in stdin.iter().chain(outputs.iter().flatten()) {
        assert!(fd_flags(file).contains(FdFlag::FD_CLOEXEC));
        assert!(!status_flags(file).contains(OFlag::O_NONBLOCK));
    }
    let (mut sent, mut received) = (0, [Vec::new(), Vec::new()]);
    let mut buffer = vec![0; 64 * 1024];
    while outputs.iter().any(Option::is_some) {
        let mut fds = Vec::new();
        fds.extend(stdin.iter().map(|fd| PollFd::new(fd.as_fd(), PollFlags::POLLOUT)));
        fds.extend(outputs.iter().flatten().map(|fd| PollFd::new(fd.as_fd(), PollFlags::POLLIN)));
        assert!(poll(&mut fds, PollTimeout::from(10_000_u16)).unwrap() > 0, "nothing for 10 s");
        let ready: Vec<bool> = fds.iter().map(|fd| fd.any().unwrap()).collect();
        let (input_ready, output_ready) = ready.split_at(usize::from(stdin.is_some()));
        let mut output_ready = output_ready.iter();
        for (output, received) in outputs.iter_mut().zip(&mut received) {
            if output.is_some() && *output_ready.next().unwrap() {
                match output.as_mut().unwrap().read(&mut buffer).unwrap() {
                    0 => *output = None,
                    count => received.extend_from_slice(&buffer[..count]),
                }
            }
        }
        if input_ready == [true] {
            // Blocking: so no more than a ready socket surely takes.
            let part = &bytes[sent..bytes.len().min(sent + 4096)];
            sent += stdin.as_mut().unwrap().write(part).unwrap();
            if sent == bytes.len() {
                stdin = None;
            }
        }
    }
    assert!(received.iter().all(|received| *received == bytes));
    assert_eq!(exited(&mut exec), 0);
}

fn waiting_has_limits_and_no_side_effects<F: Front>() {
    let container = Container::<F>::start();
    let mut exec = container.start_exec(&container.id, &sh("read x; echo $x; exit 9")).unwrap();
    assert!(exec.try_wait().unwrap().is_none());
    assert!(exec.wait_timeout(Duration::from_millis(50)).unwrap().is_none());
    assert!(!exec.id().is_empty());
    exec.take_stdin().unwrap().write_all(b"x\n").unwrap();
    assert_eq!((exited(&mut exec), exited(&mut exec)), (9, 9));
    assert!(matches!(exec.try_wait().unwrap(), Some(Outcome::Exited(9))));
}

fn a_command_that_closes_its_output_is_waited_for<F: Front>() {
    let container = Container::<F>::start();
    let begun = Instant::now();
    let result = container.run(&sh("exec >&- 2>&-; sleep 1; exit 4"));
    assert_eq!(result.exit_code, Some(4), "{result:?}");
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

fn the_exit_code_costs_one_inspect<F: Front>() {
    if !Need::Machine.is_met() {
        return;
    }
    let container = Container::<F>::start();
    let version = engine().version().unwrap().negotiated;
    let proxy = Proxy::counting(format!("GET /v{version}/exec/"));
    let client = F::connect_to(&proxy.host());
    for _ in 0..50 {
        assert!(client.exec(&container.id, &Command::new(["true"])).unwrap().success());
    }
    let count = proxy.count();
    assert!((50..=52).contains(&count), "{count} inspects for 50 execs");
}

fn many_at_once<F: Front>() {
    let container = Container::<F>::start();
    let done = Arc::new(AtomicUsize::new(0));
    thread::scope(|scope| {
        for n in 0..16 {
            let (container, done) = (&container, Arc::clone(&done));
            scope.spawn(move || {
                let exec = container.start_exec(&container.id, &sh(&format!("echo {n}; exit {n}")));
                let result = exec.unwrap().wait_with_output().unwrap();
                assert_eq!(result.exit_code, Some(n));
                assert_eq!(result.stdout.text(), format!("{n}\n"));
                done.fetch_add(1, Ordering::Relaxed);
            });
        }
    });
    assert_eq!(done.load(Ordering::Relaxed), 16);
}

on_each_front! {
    one_stream_can_be_read_without_the_other
    output_beyond_the_limit_is_counted_to_the_byte
    both_directions_at_once
    closing_the_input_lets_the_output_come
    what_may_be_an_engines_report_is_not_held_back_for_long
    a_command_that_leaves_never_blocks_the_writer
    a_write_waits_for_a_command_that_does_not_read_and_has_limits
    an_open_input_is_told
    input_from_bytes
    a_terminal_has_a_size_and_an_end_of_input
    descriptors_serve_an_event_loop
    waiting_has_limits_and_no_side_effects
    a_command_that_closes_its_output_is_waited_for
    the_exit_code_costs_one_inspect
    many_at_once
}
