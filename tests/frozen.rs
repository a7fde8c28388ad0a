//! An engine that is there and does nothing: a private one, which is stopped as
//! a whole. Every call ends with its client's limits all the same.

mod support;

use std::fs;
use std::io::Read;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sandock::{
    CancelToken, Client, CreateOptions, Exec, ExecOptions, Outcome, OutputStream, Result, Sandbox,
    TransferOptions, WriteOptions,
};
use support::restartable::Restartable;

/// The limit of each call; far from the 60 s after which an engine's silence ends
/// a request.
const LIMIT: Duration = Duration::from_secs(2);
/// By then a call must have ended on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(12);

/// Stopped, until dropped.
struct Frozen(Pid);

impl Frozen {
    fn new(docker: &Restartable) -> Self {
        let pid = fs::read_to_string(docker.state("pid")).unwrap().trim().parse().unwrap();
        kill(Pid::from_raw(pid), Signal::SIGSTOP).unwrap();
        Frozen(Pid::from_raw(pid))
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        kill(self.0, Signal::SIGCONT).unwrap();
    }
}

fn sleep() -> ExecOptions {
    ExecOptions::new(["sleep", "1000"]).kill_timeout(LIMIT)
}

type Call = Box<dyn FnOnce() -> Result<()> + Send>;

/// A call of each kind; the handles were made before the engine stopped.
fn calls(client: &Client, sandbox: &Sandbox) -> Vec<(&'static str, Call)> {
    let start = || sandbox.start_exec(&sleep()).unwrap();
    let background = sandbox.start_background("build", &sleep()).unwrap();
    let id = sandbox.id().to_owned();
    let mut calls: Vec<(&'static str, Call)> = Vec::new();
    let mut on_client = |name, call: fn(&Client, &str) -> Result<()>| {
        let (client, id) = (client.clone(), id.clone());
        calls.push((name, Box::new(move || call(&client, &id))));
    };
    on_client("version", |c, _| c.version().map(drop));
    on_client("create", |c, _| c.create_and_start(&CreateOptions::new(support::IMAGE)).map(drop));
    on_client("state", |c, id| c.inspect_container_state(id).map(drop));
    on_client("exec", |c, id| c.exec(id, &sleep().measure(true)).map(drop));
    on_client("start exec", |c, id| c.start_exec(id, &sleep()).map(drop));
    on_client("start background", |c, id| c.start_background(id, "x", &sleep()).map(drop));
    on_client("read file", |c, id| c.read_file(id, "/etc/passwd").map(drop));
    on_client("write file", |c, id| c.write_file(id, "/x", &b"x"[..], &WriteOptions::new()));
    on_client("download", |c, id| {
        c.download(id, "/etc", tempfile::tempdir().unwrap().path(), &TransferOptions::new())
    });
    on_client("posture", |c, id| c.posture(id).map(drop));
    on_client("resources", |c, id| c.resources(id).map(drop));
    on_client("pause", |c, id| c.pause(id));
    on_client("stop", |c, id| c.stop(id));
    on_client("attach", |c, id| Sandbox::attach(c, id).map(drop));

    let mut on_exec = |name, call: fn(Exec) -> Result<()>| {
        let exec = start();
        calls.push((name, Box::new(move || call(exec))));
    };
    on_exec("kill", |exec| exec.kill().map(drop));
    on_exec("signal", |exec| exec.signal(10));
    on_exec("pid", |exec| exec.pid_in_container().map(drop));
    on_exec("resize", |exec| exec.resize(1, 1));
    on_exec("wait", |exec| exec.wait_timeout(LIMIT).map(drop));
    on_exec("drop", |exec| {
        drop(exec);
        Ok(())
    });
    let mut on_background = |name, call: fn(sandock::Background) -> Result<()>| {
        let background = background.clone();
        calls.push((name, Box::new(move || call(background))));
    };
    on_background("background status", |b| b.status().map(drop));
    on_background("background wait", |b| b.wait().map(drop));
    on_background("background read", |b| b.read(OutputStream::Stdout, 0, 10).map(drop));
    on_background("background kill", |b| b.kill().map(drop));
    on_background("background remove", sandock::Background::remove);
    calls
}

/// Makes all calls at once; each must end.
fn all_end(calls: Vec<(&'static str, Call)>) {
    let begun = Instant::now();
    let (tell, told) = channel();
    let count = calls.len();
    for (name, call) in calls {
        let tell = tell.clone();
        thread::spawn(move || {
            let result = call();
            tell.send((name, begun.elapsed(), result.err().map(|error| error.kind()))).unwrap();
        });
    }
    for _ in 0..count {
        let left = PATIENCE.saturating_sub(begun.elapsed());
        let (name, time, error) = told.recv_timeout(left).expect("every call ends");
        println!("{name}: {time:?}, {error:?}");
    }
}

#[test]
fn every_call_ends_at_its_deadline() {
    let docker = Restartable::new();
    let client = Client::builder().host(docker.engine("up")).build().unwrap();
    let client = client.with_timeout(Duration::from_secs(60));
    let sandbox = Sandbox::start(&client, &CreateOptions::new(support::IMAGE)).unwrap();
    let hurried = client.with_timeout(LIMIT);
    let (hurried_sandbox, calls) = {
        let sandbox = Sandbox::attach(&hurried, sandbox.id()).unwrap();
        let calls = calls(&hurried, &sandbox);
        (sandbox, calls)
    };
    let frozen = Frozen::new(&docker);
    all_end(calls);
    let begun = Instant::now();
    drop(hurried_sandbox);
    println!("drop of the sandbox: {:?}", begun.elapsed());
    assert!(begun.elapsed() < PATIENCE);
    drop(frozen);
}

#[test]
fn a_time_out_and_a_cancel_end_a_command_that_cannot_be_killed() {
    let docker = Restartable::new();
    let client = Client::builder().host(docker.engine("up")).build().unwrap();
    let sandbox = Sandbox::start(&client, &CreateOptions::new(support::IMAGE)).unwrap();
    let token = CancelToken::new();
    let (running, cancelled) = (channel::<()>(), client.with_cancel(&token));
    let id = sandbox.id().to_owned();
    let by_token = thread::spawn(move || {
        let mut exec = cancelled.start_exec(&id, &ExecOptions::new(["cat"])).unwrap();
        let mut stdout = exec.stdout.take().unwrap();
        running.0.send(()).unwrap();
        assert_eq!(stdout.read(&mut [0; 8]).unwrap(), 0);
        exec.wait().unwrap()
    });
    running.1.recv().unwrap();
    let timed = sleep().timeout(Duration::from_secs(1)).kill_grace(Duration::ZERO);
    let exec = sandbox.start_exec(&timed).unwrap();
    let frozen = Frozen::new(&docker);
    let begun = Instant::now();
    token.cancel();
    assert!(matches!(by_token.join().unwrap(), Outcome::Cancelled));
    println!("cancelled: {:?}", begun.elapsed());
    let outcome = exec.wait_timeout(PATIENCE).unwrap();
    assert!(matches!(outcome, Some(Outcome::TimedOut)), "{outcome:?}");
    println!("timed out, and not killed: {:?}", begun.elapsed());
    drop(frozen);
}
