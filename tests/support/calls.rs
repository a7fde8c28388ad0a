//! A call of each kind, for tests of what may hold them.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use sandcell::{
    Background, Client, CreateOptions, Exec, ExecOptions, OutputStream, Result, Sandbox,
    TransferOptions, WriteOptions,
};

use super::IMAGE;

/// The limit of each call; far from the 60 s after which an engine's silence ends
/// a request.
pub const LIMIT: Duration = Duration::from_secs(2);
/// By then a call must have ended on a machine that does much else.
pub const PATIENCE: Duration = Duration::from_secs(12);

pub fn sleep() -> ExecOptions {
    ExecOptions::new(["sleep", "1000"]).kill_timeout(LIMIT)
}

pub type Call = Box<dyn FnOnce() -> Result<()> + Send>;

/// A call of each kind; the handles were made before the engine stopped.
pub fn calls(client: &Client, sandbox: &Sandbox) -> Vec<(&'static str, Call)> {
    let start = || client.start_exec(sandbox.id(), &sleep()).unwrap();
    let background =
        client.container(sandbox.id()).unwrap().start_background("build", &sleep()).unwrap();
    let id = sandbox.id().to_owned();
    let mut calls: Vec<(&'static str, Call)> = Vec::new();
    let mut on_client = |name, call: fn(&Client, &str) -> Result<()>| {
        let (client, id) = (client.clone(), id.clone());
        calls.push((name, Box::new(move || call(&client, &id))));
    };
    on_client("version", |c, _| c.version().map(drop));
    on_client("create", |c, _| c.create_and_start(&CreateOptions::new(IMAGE)).map(drop));
    on_client("state", |c, id| c.inspect_container_state(id).map(drop));
    on_client("exec", |c, id| c.exec(id, &sleep().measure(true)).map(drop));
    on_client("start exec", |c, id| c.start_exec(id, &sleep()).map(drop));
    on_client("start background", |c, id| {
        c.container(id).unwrap().start_background("x", &sleep()).map(drop)
    });
    on_client("read file", |c, id| c.container(id).unwrap().read_file("/etc/passwd").map(drop));
    on_client("write file", |c, id| {
        c.container(id).unwrap().write_file("/x", &b"x"[..], &WriteOptions::new())
    });
    on_client("download", |c, id| {
        c.container(id).unwrap().download(
            "/etc",
            tempfile::tempdir().unwrap().path(),
            &TransferOptions::new(),
        )
    });
    on_client("posture", |c, id| c.container(id).unwrap().posture().map(drop));
    on_client("resources", |c, id| c.container(id).unwrap().resources().map(drop));
    on_client("pause", |c, id| c.container(id).unwrap().pause());
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
    let mut on_background = |name, call: fn(Background) -> Result<()>| {
        let background = background.clone();
        calls.push((name, Box::new(move || call(background))));
    };
    on_background("background status", |b| b.status().map(drop));
    on_background("background wait", |b| b.wait().map(drop));
    on_background("background read", |b| b.read(OutputStream::Stdout, 0, 10).map(drop));
    on_background("background kill", |b| b.kill().map(drop));
    on_background("background remove", Background::remove);
    calls
}

/// Makes all calls at once; each must end.
pub fn all_end(who: &str, calls: Vec<(&'static str, Call)>) {
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
        println!("{who} does not hold {name}: {time:?}, {error:?}");
    }
}
