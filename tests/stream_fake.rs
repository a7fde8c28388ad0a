//! Streaming execs on a scripted engine: cut streams, and counts.

#[path = "support/fake.rs"]
mod fake;
mod support;

use std::io::{Read, Write};
use std::sync::Mutex;
use std::sync::mpsc::channel;

use fake::{FakeEngine, Then, frame};
use sandcell::Outcome;
use support::front::{Command, Exec, Front, on_each_front};

const START: &str = "POST /v1.41/exec/e1/start";

fn start<F: Front>(engine: &FakeEngine) -> F::Exec {
    F::connect_to(&engine.host()).start_exec("c1", &Command::new(["cmd"])).unwrap()
}

fn read_all(exec: &mut impl Exec) -> [Vec<u8>; 2] {
    [exec.take_stdout(), exec.take_stderr()].map(|mut output| {
        let mut bytes = Vec::new();
        output.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

fn a_stream_cut_anywhere_loses_nothing_that_came<F: Front>() {
    let parts = [frame(1, b"first"), frame(2, b"second"), frame(1, b"third")];
    let wire = parts.concat();
    let boundaries: Vec<usize> = (0..=3).map(|n| parts[..n].iter().map(Vec::len).sum()).collect();
    for cut in 0..=wire.len() {
        let sent = wire[..cut].to_vec();
        let engine = FakeEngine::on(START, move |_, wire| wire.hijack(&sent));
        let mut exec = start::<F>(&engine);
        let [stdout, stderr] = read_all(&mut exec);
        // Headers carry nothing; of each frame, what was sent arrives.
        let arrived = |n: usize| cut.saturating_sub(boundaries[n] + 8).min(parts[n].len() - 8);
        assert_eq!(stdout, [&b"first"[..arrived(0)], &b"third"[..arrived(2)]].concat(), "{cut}");
        assert_eq!(stderr, b"second"[..arrived(1)], "{cut}");
        match exec.wait().unwrap() {
            Outcome::Exited(0) => assert!(boundaries.contains(&cut), "{cut}"),
            Outcome::Lost(_) => assert!(!boundaries.contains(&cut), "{cut}"),
            outcome => panic!("{cut}: {outcome:?}"),
        }
    }
}

fn frames_of_every_size_and_kind<F: Front>() {
    let large = vec![7; 65_537];
    let good = [frame(1, b""), frame(1, b"x"), frame(2, &large), frame(0, b"echo")].concat();
    let huge = [&[1, 0, 0, 0, 255, 255, 255, 255][..], b"part"].concat();
    let unknown = [frame(1, b"before"), frame(9, b"what?")].concat();
    for (wire, stdout, stderr, is_lost) in [
        (good, &b"xecho"[..], &large[..], false),
        (huge, b"part", b"", true),
        (unknown, b"before", b"", true),
    ] {
        let engine = FakeEngine::on(START, move |_, conn| conn.hijack(&wire));
        let mut exec = start::<F>(&engine);
        let [out, err] = read_all(&mut exec);
        assert!(out == stdout && err == stderr);
        assert_eq!(matches!(exec.wait().unwrap(), Outcome::Lost(_)), is_lost);
    }
}

fn the_exit_code_costs_one_inspect<F: Front>() {
    let engine = FakeEngine::routine();
    let client = F::connect_to(&engine.host());
    for _ in 0..1000 {
        assert!(client.exec("c1", &Command::new(["true"])).unwrap().success());
    }
    assert_eq!(engine.count("GET /v1.41/exec/e1/json"), 1000);
}

fn an_engine_that_answers_only_after_the_input<F: Front>() {
    let engine = FakeEngine::on(START, |_, wire| {
        let mut input = Vec::new();
        wire.send(fake::UPGRADED)?;
        let mut buffer = [0; 1024];
        loop {
            match wire.read(&mut buffer)? {
                0 => break,
                count => input.extend_from_slice(&buffer[..count]),
            }
        }
        wire.send(&frame(1, &input))?;
        Ok(Then::Close)
    });
    let mut exec = start::<F>(&engine);
    let mut stdin = exec.take_stdin().unwrap();
    stdin.write_all(b"question").unwrap();
    drop(stdin);
    assert_eq!(read_all(&mut exec)[0], b"question");
}

fn a_handle_keeps_its_client_alive<F: Front>() {
    let (send, release) = channel::<()>();
    let release = Mutex::new(release);
    let engine = FakeEngine::on(START, move |_, wire| {
        wire.send(fake::UPGRADED)?;
        release.lock().unwrap().recv().ok();
        wire.send(&frame(1, b"late"))?;
        Ok(Then::Close)
    });
    let client = F::connect_to(&engine.host());
    let exec = client.start_exec("c1", &Command::new(["cmd"])).unwrap();
    drop(client);
    drop(send);
    assert_eq!(&exec.wait_with_output().unwrap().stdout[..], b"late");
}

on_each_front! {
    a_stream_cut_anywhere_loses_nothing_that_came
    frames_of_every_size_and_kind
    the_exit_code_costs_one_inspect
    an_engine_that_answers_only_after_the_input
    a_handle_keeps_its_client_alive
}
