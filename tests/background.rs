//! Commands that outlive their host, on a real engine.

mod support;

use std::thread;
use std::time::{Duration, Instant};

use sandcell::{
    BackgroundStatus, CancelToken, Client, CreateOptions, Error, ErrorKind, ExecOptions,
    OutputStream, Sandbox, TreeGone,
};
use support::front::{Background, Command, Front, Token, on_each_front, sh};
use support::gone::proof;
use support::peer::{self, Peer};
use support::{Container, IMAGE, engine, has_gvisor, until};

/// Ends when `/tmp/go` is there.
const UNTIL_GO: &str = "until [ -e /tmp/go ]; do sleep 0.02; done";
/// How long a call may take that must not wait for anybody.
const PATIENCE: Duration = Duration::from_secs(20);

fn a_background_command_outlives_its_host<F: Front>() {
    if let Some(container) = peer::role() {
        let text = format!("echo begun; {UNTIL_GO}; seq 1 100000; echo err >&2; exit 6");
        F::connect().start_background(&container, "job", &sh(&text)).unwrap();
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
    names_are_free_once_removed(&container, job);
}

/// `job` has ended.
fn names_are_free_once_removed<F: Front>(container: &Container<F>, job: F::Background) {
    let taken = container.start_background(&container.id, "job", &sh("true")).err().unwrap();
    assert!(taken.is_conflict(), "{taken}");
    job.remove().unwrap();
    let job = container.background(&container.id, "job").unwrap();
    for gone in [
        job.status().unwrap_err(),
        job.wait().unwrap_err(),
        job.read(OutputStream::Stdout, 0, 1).unwrap_err(),
        job.kill().unwrap_err(),
    ] {
        assert!(gone.is_not_found(), "{gone}");
    }
    job.remove().unwrap();
    container.start_background(&container.id, "job", &sh("exit 3")).unwrap();
    let job = container.background(&container.id, "job").unwrap();
    assert_eq!(job.wait().unwrap(), BackgroundStatus::Exited(3));
}

fn a_background_command_outlives_its_client<F: Front>() {
    let container = Container::<F>::start();
    let client = F::connect();
    let started = client.start_background(&container.id, "job", &sh(UNTIL_GO)).unwrap();
    client.close();
    let closed = started.status().unwrap_err();
    assert_eq!(closed.kind(), ErrorKind::Closed, "{closed}");
    drop(started);
    drop(client);
    let job = container.background(&container.id, "job").unwrap();
    assert_eq!(job.status().unwrap(), BackgroundStatus::Running);
    container.sh("touch /tmp/go");
    assert_eq!(job.wait().unwrap(), BackgroundStatus::Exited(0));
}

fn a_background_command_can_be_killed<F: Front>() {
    let container = Container::<F>::start();
    let text = "sleep 1000 & setsid sleep 1000";
    let job = container.start_background(&container.id, "job", &sh(text)).unwrap();
    let same = container.background(&container.id, "job").unwrap();
    assert_eq!(job.status().unwrap(), BackgroundStatus::Running);
    assert_eq!(job.kill().unwrap(), proof());
    // TERM is the command's; who waits for it lives to tell.
    assert_eq!(job.wait().unwrap(), BackgroundStatus::Exited(128 + 15));
    assert_eq!(same.wait().unwrap(), BackgroundStatus::Exited(128 + 15));
    job.remove().unwrap();

    let stubborn = "trap '' TERM; while :; do sleep 1000; done";
    let job = container.start_background(&container.id, "job", &sh(stubborn)).unwrap();
    assert_eq!(same.kill().unwrap(), proof());
    // That it was KILL knows the engine, who tells whoever started it.
    assert_eq!(job.wait().unwrap(), BackgroundStatus::Exited(128 + 9));
    assert_eq!(same.wait().unwrap(), BackgroundStatus::Lost);
    assert_eq!(job.kill().unwrap(), proof());
    same.remove().unwrap();
    // Whoever has the name now is not taken for the one before.
    container.start_background(&container.id, "job", &sh("exec sleep 1000")).unwrap();
    assert_eq!(job.status().unwrap(), BackgroundStatus::Exited(128 + 9));
    let taken = job.remove().unwrap_err();
    assert!(taken.is_conflict(), "{taken}");
}

fn what_a_command_left_behind_can_be_killed<F: Front>() {
    let container = Container::<F>::start();
    let text = "setsid sleep 4242 </dev/null >/dev/null 2>&1 & kill -9 $PPID";
    let started = container.start_background(&container.id, "job", &sh(text)).unwrap();
    assert_eq!(started.wait().unwrap(), BackgroundStatus::Exited(128 + 9));
    let job = container.background(&container.id, "job").unwrap();
    assert_eq!(job.status().unwrap(), BackgroundStatus::Lost);
    // It does not find itself.
    let find = "grep -la '424[2]' /proc/[0-9]*/cmdline 2>/dev/null | wc -l";
    until(|| (container.sh(find).trim() != "0").then_some(()));
    assert_eq!(job.kill().unwrap(), proof());
    assert_eq!(container.sh(find).trim(), "0");
}

fn another_users_background_command_is_found<F: Front>() {
    let container = Container::<F>::start();
    let nobody = Command::new(["sleep", "1000"]).user("65534");
    container.start_background(&container.id, "job", &nobody).unwrap();
    let job = container.background(&container.id, "job").unwrap();
    // The engine says whose it is.
    assert_eq!(job.status().unwrap(), BackgroundStatus::Running);
    assert_eq!(job.kill().unwrap(), proof());
    for refused in [job.wait().unwrap_err(), job.read(OutputStream::Stdout, 0, 1).unwrap_err()] {
        assert_eq!(refused.kind(), ErrorKind::FileAccess, "{refused}");
    }
    let job = job.user("65534");
    assert_eq!(job.status().unwrap(), BackgroundStatus::Exited(128 + 15));
    job.remove().unwrap();
    let job = container.start_background(&container.id, "job", &nobody).unwrap();
    job.remove().unwrap();
}

fn a_start_that_fails_says_why<F: Front>() {
    let container = Container::<F>::start();
    let start = |name: &str, command: &Command| {
        container.start_background(&container.id, name, command).err().unwrap()
    };
    let nowhere = start("job", &sh("true").cwd("/nowhere"));
    assert_eq!(nowhere.kind(), ErrorKind::BadWorkingDir, "{nowhere}");
    let nobody = start("job", &sh("true").user("no-such-user"));
    assert_eq!(nobody.kind(), ErrorKind::BadUser, "{nobody}");
    // Last: Podman may tell of its 127 late, and then not whether another's was a
    // start that failed.
    let missing = start("job", &Command::new(["no-such-program"]));
    assert_eq!(missing.kind(), ErrorKind::CommandNotFound, "{missing}");
    container.sh("mkdir -p /tmp/.sandcell; ln -s /nowhere /tmp/.sandcell/linked");
    let taken = start("linked", &sh("true"));
    assert!(taken.is_conflict(), "{taken}");
    container.sh("rm -r /tmp/.sandcell; touch /tmp/.sandcell");
    let refused = start("job", &sh("true"));
    assert_eq!(refused.kind(), ErrorKind::FileAccess, "{refused}");
    assert!(refused.to_string().contains("/tmp/.sandcell"), "{refused}");
}

fn one_of_many_starts_of_a_name_wins<F: Front>() {
    let container = Container::<F>::start();
    let starts: Vec<_> = thread::scope(|scope| {
        let start = || F::connect().start_background(&container.id, "job", &sh("exec sleep 1000"));
        let starts: Vec<_> = (0..6).map(|_| scope.spawn(move || start().map(drop))).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    assert_eq!(starts.iter().filter(|start| start.is_ok()).count(), 1, "{starts:?}");
    for lost in starts.iter().filter_map(|start| start.as_ref().err()) {
        assert!(lost.is_conflict(), "{lost}");
    }
    let job = container.background(&container.id, "job").unwrap();
    assert_eq!(job.status().unwrap(), BackgroundStatus::Running);
    job.remove().unwrap();
}

/// Whatever a command's user puts in place of its files, nobody waits for it.
fn no_file_can_fool_or_stop_a_call<F: Front>() {
    let container = Container::<F>::start();
    let client = container.with_timeout(PATIENCE);
    let started = client.start_background(&container.id, "job", &sh("echo out; exit 6")).unwrap();
    assert_eq!(started.wait().unwrap(), BackgroundStatus::Exited(6));
    let job = client.background(&container.id, "job").unwrap();
    assert_eq!(job.status().unwrap(), BackgroundStatus::Exited(6));
    for put in [
        "mkfifo code",
        "mkdir code",
        "echo 5 >/tmp/five; ln -s /tmp/five code",
        "ln -s /dev/zero code",
        "printf '007\\n1' >code",
        "printf 256 >code",
        "head -c 3000000 /dev/zero >code",
        ":",
    ] {
        container.sh(&format!("cd /tmp/.sandcell/job; rm -rf code; {put}"));
        assert_eq!(job.status().unwrap(), BackgroundStatus::Lost, "{put}");
        assert_eq!(started.status().unwrap(), BackgroundStatus::Exited(6), "{put}");
    }
    assert_eq!(job.read(OutputStream::Stdout, 0, usize::MAX >> 38).unwrap(), b"out\n");
    for put in ["mkfifo stdout", "mkdir stdout", "ln -s /etc/passwd stdout", ":"] {
        container.sh(&format!("cd /tmp/.sandcell/job; rm -rf stdout; {put}"));
        let refused = job.read(OutputStream::Stdout, 0, 100).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::WrongFileType, "{put}: {refused}");
    }
    container.sh("cd /tmp/.sandcell/job; rm mark; mkfifo mark");
    assert_eq!(job.kill().unwrap(), proof());
    job.remove().unwrap();
}

fn limits_hold_for_each_call<F: Front>() {
    let container = Container::<F>::start();
    container.start_background(&container.id, "job", &sh(UNTIL_GO)).unwrap();
    let limit = Duration::from_secs(2);
    let job = container.with_timeout(limit).background(&container.id, "job").unwrap();
    for _ in 0..2 {
        let over = job.wait().unwrap_err();
        assert!(over.is_timeout(), "{over}");
        assert_eq!(job.status().unwrap(), BackgroundStatus::Running);
    }
}

/// Root replaces the shell by one that never ends.
fn a_helper_that_never_ends_is_left_in_time<F: Front>() {
    let container = Container::<F>::start();
    container.start_background(&container.id, "job", &sh("exit 0")).unwrap();
    let job = container.background(&container.id, "job").unwrap();
    assert_eq!(job.wait().unwrap(), BackgroundStatus::Exited(0));
    let wedge = "cp /bin/sh /tmp/sh; printf '#!/tmp/sh\\nexec sleep 1000\\n' >/tmp/wedge; \
                 chmod +x /tmp/wedge; mv /tmp/wedge /bin/sh";
    container.sh(wedge);

    let hurried = container.with_timeout(Duration::from_secs(1));
    let job = hurried.background(&container.id, "job").unwrap();
    let start = hurried.start_background(&container.id, "other", &sh("true"));
    for late in [
        job.status().unwrap_err(),
        job.wait().unwrap_err(),
        job.read(OutputStream::Stdout, 0, 1).unwrap_err(),
        job.kill().unwrap_err(),
        job.remove().unwrap_err(),
        start.err().unwrap(),
    ] {
        assert!(late.is_timeout(), "{late}");
        assert!(late.to_string().contains("the caller's deadline passed"), "{late}");
    }
    let token = F::Token::default();
    let job = container.with_cancel(&token).background(&container.id, "job").unwrap();
    let cancelled = thread::scope(|scope| {
        scope.spawn(|| token.cancel());
        job.status().unwrap_err()
    });
    assert!(cancelled.is_cancelled(), "{cancelled}");
}

/// A command that stops all of its user, helpers included, at once and again.
fn a_stopper_holds_no_call<F: Front>() {
    let container = Container::<F>::start();
    let stopper = sh("while :; do kill -STOP -1; done");
    let limit = Duration::from_secs(2);
    container.start_background(&container.id, "job", &stopper).unwrap();
    let job = container.with_timeout(limit).background(&container.id, "job").unwrap();
    let in_time = |what: &str, call: &dyn Fn() -> Result<String, Error>| {
        let start = Instant::now();
        let result = call();
        // An idle machine keeps to the limit; a hold would be ten times as long.
        assert!(start.elapsed() < 5 * limit, "{what}: {:?}", start.elapsed());
        if let Err(error) = &result {
            assert!(error.is_timeout(), "{what}: {error}");
        }
        result.ok()
    };
    in_time("status", &|| job.status().map(|status| format!("{status:?}")));
    in_time("read", &|| job.read(OutputStream::Stdout, 0, 1).map(|said| format!("{said:?}")));
    let ended = in_time("wait", &|| job.wait().map(|status| format!("{status:?}")));
    assert_eq!(ended, None, "it does not end by itself");
    in_time("kill", &|| job.kill().map(|tree_gone| format!("{tree_gone:?}")));
    if has_gvisor() {
        // No process of its is in reach of this host: it ends with its container.
        let tree_gone = container.background(&container.id, "job").unwrap().kill().unwrap();
        assert!(matches!(tree_gone, TreeGone::Unknown(_)), "{tree_gone:?}");
        return;
    }
    // The killing goes on in the background, whoever had time for it.
    let status = container.background(&container.id, "job").unwrap().wait().unwrap();
    // Its shell may have come to write it down.
    assert!(matches!(status, BackgroundStatus::Lost | BackgroundStatus::Exited(143)), "{status:?}");
}

fn a_command_has_its_own_surroundings<F: Front>() {
    let container = Container::<F>::start();
    let text = "umask; pwd; echo $NAME; ls /proc/self/fd; read line || echo no input";
    let command = sh(text).cwd("/etc").env("NAME", "value");
    let job = container.start_background(&container.id, "job", &command).unwrap();
    assert_eq!(job.wait().unwrap(), BackgroundStatus::Exited(0));
    let said = job.read(OutputStream::Stdout, 0, 1000).unwrap();
    let umask = container.sh("umask");
    let expected = format!("{umask}/etc\nvalue\n0\n1\n2\n3\nno input\n");
    assert_eq!(String::from_utf8(said).unwrap(), expected);
    // Never a builtin of the shell that runs it.
    let exit = Command::new(["exit", "3"]);
    let job = container.start_background(&container.id, "exit", &exit).unwrap();
    assert_eq!(job.wait().unwrap(), BackgroundStatus::Exited(127));
}

on_each_front! {
    a_background_command_outlives_its_host
    a_background_command_outlives_its_client
    a_background_command_can_be_killed
    what_a_command_left_behind_can_be_killed
    another_users_background_command_is_found
    a_start_that_fails_says_why
    one_of_many_starts_of_a_name_wins
    no_file_can_fool_or_stop_a_call
    limits_hold_for_each_call
    a_helper_that_never_ends_is_left_in_time
    a_stopper_holds_no_call
    a_command_has_its_own_surroundings
}

/// In a container of another user, beside commands of users of their own.
#[test]
fn users_of_all_kinds_have_background_commands() {
    let container = Container::with(CreateOptions::new(IMAGE).user("1000:1000"));
    let own = ExecOptions::new(["sh", "-c", "id -u; exec sleep 1000"]).own_user(true);
    let own = container.handle().start_background("own", &own).unwrap();
    let plain = ExecOptions::new(["sh", "-c", "id -u; exec sleep 1000"]);
    let plain = container.handle().start_background("plain", &plain).unwrap();
    let uid_of = |job: &sandcell::Background| {
        let uid = until(|| {
            let said = job.read(OutputStream::Stdout, 0, 100).unwrap();
            said.ends_with(b"\n").then_some(said)
        });
        String::from_utf8(uid).unwrap().trim().parse::<u32>().unwrap()
    };
    assert_eq!(uid_of(&plain), 1000);
    assert!(uid_of(&own) > 60_000, "{}", uid_of(&own));
    let by_name = container.handle().background("own").unwrap();
    assert_eq!(by_name.status().unwrap(), BackgroundStatus::Running);
    assert!(by_name.kill().is_ok());
    assert_eq!(own.wait().unwrap(), BackgroundStatus::Exited(128 + 15));
    assert_eq!(plain.status().unwrap(), BackgroundStatus::Running);
    own.remove().unwrap();
    plain.remove().unwrap();
}

#[test]
fn a_container_that_ended_has_no_running_command() {
    let client: Client = engine();
    let container = client.create_and_start(&CreateOptions::new(IMAGE)).unwrap();
    let job = client
        .container(&container)
        .unwrap()
        .start_background("job", &ExecOptions::new(["sleep", "1000"]))
        .unwrap();
    let by_name = client.background(&container, "job").unwrap();
    client.stop(&container).unwrap();
    assert_eq!(by_name.kill().unwrap(), TreeGone::Yes);
    assert_eq!(job.kill().unwrap(), TreeGone::Yes);
    for gone in [job.status(), by_name.status(), by_name.wait()] {
        let gone = gone.unwrap_err();
        let kinds = [ErrorKind::NotFound, ErrorKind::ContainerEnded];
        assert!(kinds.contains(&gone.kind()), "{gone}");
    }
}

#[test]
fn a_start_that_is_left_is_undone() {
    let sandbox = Sandbox::start(&engine(), &CreateOptions::new(IMAGE)).unwrap();
    let client = engine();
    let command = ExecOptions::new(["sleep", "9876"]);
    // Its own text has a bracket there.
    let find = "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -q 'sleep 987[6]'";
    let look = ExecOptions::new(["sh", "-c", find]);
    let kept = sandbox.start_background("kept", &command).unwrap();
    assert!(sandbox.exec(&look).unwrap().success());
    kept.kill().unwrap();
    // From before the request to about when the command runs.
    for delay in [0, 5, 20, 40, 60, 80, 100, 150].map(Duration::from_millis) {
        let token = CancelToken::new();
        let cancelled = client.with_cancel(&token).container(sandbox.id()).unwrap();
        let late = client.with_timeout(delay).container(sandbox.id()).unwrap();
        let name = |of: &str| format!("{of}-{}", delay.as_millis());
        let started = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(delay);
                token.cancel();
            });
            cancelled.start_background(&name("cancelled"), &command)
        });
        let started = [started, late.start_background(&name("late"), &command)];
        for (started, kind) in started.into_iter().zip([ErrorKind::Cancelled, ErrorKind::Timeout]) {
            match started {
                Ok(job) => {
                    sandbox.background(job.name()).unwrap().kill().unwrap();
                }
                Err(error) => assert_eq!(error.kind(), kind, "{delay:?}: {error}"),
            }
        }
    }
    until(|| (!sandbox.exec(&look).unwrap().success()).then_some(()));
}
