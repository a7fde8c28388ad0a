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

type Calls = Vec<(&'static str, Call)>;

/// A call of each kind; the handles were made before the engine stopped.
pub fn calls(client: &Client, sandbox: &Sandbox) -> Calls {
    let id = sandbox.id();
    [on_client(client, id), on_exec(client, id), on_background(client, id)]
        .into_iter()
        .flatten()
        .collect()
}

fn on_client(client: &Client, id: &str) -> Calls {
    let mut calls = Calls::new();
    let mut add = |name, call: fn(&Client, &str) -> Result<()>| {
        let (client, id) = (client.clone(), id.to_owned());
        calls.push((name, Box::new(move || call(&client, &id)) as Call));
    };
    add("version", |c, _| c.version().map(drop));
    add("create", |c, _| c.create_and_start(&CreateOptions::new(IMAGE)).map(drop));
    add("state", |c, id| c.inspect_container_state(id).map(drop));
    add("exec", |c, id| c.exec(id, &sleep().measure(true)).map(drop));
    add("start exec", |c, id| c.start_exec(id, &sleep()).map(drop));
    add("start background", |c, id| {
        c.container(id).unwrap().start_background("x", &sleep()).map(drop)
    });
    add("read file", |c, id| c.container(id).unwrap().read_file("/etc/passwd").map(drop));
    add("write file", |c, id| {
        c.container(id).unwrap().write_file("/x", &b"x"[..], &WriteOptions::new())
    });
    add("download", |c, id| {
        let target = tempfile::tempdir().unwrap();
        c.container(id).unwrap().download("/etc", target.path(), &TransferOptions::new())
    });
    add("posture", |c, id| c.container(id).unwrap().posture().map(drop));
    add("resources", |c, id| c.container(id).unwrap().resources().map(drop));
    add("pause", |c, id| c.container(id).unwrap().pause());
    add("stop", |c, id| c.stop(id));
    add("attach", |c, id| Sandbox::attach(c, id).map(drop));
    calls
}

fn on_exec(client: &Client, id: &str) -> Calls {
    let mut calls = Calls::new();
    let mut add = |name, call: fn(Exec) -> Result<()>| {
        let exec = client.start_exec(id, &sleep()).unwrap();
        calls.push((name, Box::new(move || call(exec)) as Call));
    };
    add("kill", |exec| exec.kill().map(drop));
    add("signal", |exec| exec.signal(10));
    add("pid", |exec| exec.pid_in_container().map(drop));
    add("resize", |exec| exec.resize(1, 1));
    add("wait", |exec| exec.wait_timeout(LIMIT).map(drop));
    add("drop", |exec| {
        drop(exec);
        Ok(())
    });
    calls
}

fn on_background(client: &Client, id: &str) -> Calls {
    let container = client.container(id).unwrap();
    let background = container.start_background("build", &sleep()).unwrap();
    let mut calls = Calls::new();
    let mut add = |name, call: fn(Background) -> Result<()>| {
        let background = background.clone();
        calls.push((name, Box::new(move || call(background)) as Call));
    };
    add("background status", |b| b.status().map(drop));
    add("background wait", |b| b.wait().map(drop));
    add("background read", |b| b.read(OutputStream::Stdout, 0, 10).map(drop));
    add("background kill", |b| b.kill().map(drop));
    add("background remove", Background::remove);
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
