//! Commands that outlive their host, on a real engine.

mod support;

use sandock::{BackgroundStatus, ErrorKind, OutputStream, TreeGone};
use support::front::{Background, Command, Front, on_each_front, sh};
use support::peer::{self, Peer};
use support::{Container, until};

fn a_background_command_outlives_its_host<F: Front>() {
    if let Some(container) = peer::role() {
        let text = "echo begun; until [ -e /tmp/go ]; do sleep 0.02; done; seq 1 100000; echo err >&2; exit 6";
        F::connect().start_background(&container, "job", &sh(text)).unwrap();
        peer::say("started");
        return peer::wait_for_the_end();
    }
    let container = Container::<F>::start();
    let this_test = format!("{}::a_background_command_outlives_its_host", F::NAME);
    let mut host = Peer::start(&this_test, &container.id);
    assert_eq!(host.hear(), "started");
    host.kill();

    let job = container.background(&container.id, "job").unwrap();
    assert_eq!(job.status().unwrap(), BackgroundStatus::Running);
    until(|| {
        Some(job.read(OutputStream::Stdout, 0, 100).unwrap()).filter(|read| read == b"begun\n")
    });
    container.sh("touch /tmp/go");
    assert_eq!(job.wait().unwrap(), BackgroundStatus::Exited(6));
    let mut output = Vec::new();
    loop {
        match job.read(OutputStream::Stdout, output.len() as u64, 100_000).unwrap() {
            part if part.is_empty() => break,
            part => output.extend_from_slice(&part),
        }
    }
    let expected: String = (1..=100_000).map(|n| format!("{n}\n")).collect();
    assert!(output == format!("begun\n{expected}").as_bytes());
    assert_eq!(job.read(OutputStream::Stdout, u64::MAX, 100).unwrap(), b"");
    assert_eq!(job.read(OutputStream::Stderr, 0, 100).unwrap(), b"err\n");
    assert_eq!(job.read(OutputStream::Stderr, 1, 1).unwrap(), b"r");

    let taken = container.start_background(&container.id, "job", &sh("true")).err().unwrap();
    assert!(taken.is_conflict(), "{taken}");
    job.remove().unwrap();
    let job = container.background(&container.id, "job").unwrap();
    for gone in [
        job.status().unwrap_err(),
        job.wait().unwrap_err(),
        job.read(OutputStream::Stdout, 0, 1).unwrap_err(),
    ] {
        assert!(gone.is_not_found(), "{gone}");
    }
}

fn a_background_command_can_be_killed<F: Front>() {
    let container = Container::<F>::start();
    let job = container
        .start_background(&container.id, "job", &sh("sleep 1000 & setsid sleep 1000"))
        .unwrap();
    assert_eq!(job.status().unwrap(), BackgroundStatus::Running);
    assert_eq!(job.kill().unwrap(), TreeGone::Yes);
    assert_eq!(job.wait().unwrap(), BackgroundStatus::Lost);
    let nobody = Command::new(["sleep", "1000"]).user("65534");
    let job = container.start_background(&container.id, "nobodys", &nobody).unwrap();
    assert_eq!(job.status().unwrap(), BackgroundStatus::Running);
    job.remove().unwrap();
    let missing = Command::new(["no-such-program"]);
    let error = container.start_background(&container.id, "other", &missing).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::CommandNotFound);
}

fn another_users_background_command_is_found_as_that_user<F: Front>() {
    let container = Container::<F>::start();
    let nobody = Command::new(["sleep", "1000"]).user("65534");
    container.start_background(&container.id, "job", &nobody).unwrap();
    let job = container.background(&container.id, "job").unwrap().user("65534");
    assert_eq!(job.status().unwrap(), BackgroundStatus::Running);
    assert_eq!(job.kill().unwrap(), TreeGone::Yes);
    assert_eq!(job.status().unwrap(), BackgroundStatus::Lost);
    job.remove().unwrap();
}

on_each_front! {
    a_background_command_outlives_its_host
    a_background_command_can_be_killed
    another_users_background_command_is_found_as_that_user
}
