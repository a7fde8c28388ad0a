//! The same with the library.

use std::io::Read;
use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use sandcell::{Client, CreateOptions, Exec, ExecOptions, Lifetime, Outcome};

use crate::{Result, STACK, Value, crowd_costs, engine};

/// As little of a blocking exec's output is kept.
const KEPT: u64 = 64 * 1024;

pub(crate) fn client(socket: &Path) -> Result<Client> {
    let client = Client::builder().host(format!("unix://{}", socket.display())).build()?;
    client.version().ok(); // so that the first exec has nothing to negotiate
    Ok(client)
}

/// Runs `command` to its end; returns the length of its output.
pub(crate) fn exec(client: &Client, command: &str) -> Result<u64> {
    exec_in(client, "c1", command)
}

fn exec_in(client: &Client, container: &str, command: &str) -> Result<u64> {
    let result = client.exec(container, &ExecOptions::new([command]).max_output(KEPT))?;
    match result.exit_code() {
        Some(0) => Ok(result.stdout.total_bytes()),
        _ => Err(format!("{:?}", result.outcome).into()),
    }
}

/// The same with a handle, reading all output.
pub(crate) fn start_and_read(client: &Client, command: &str) -> Result<u64> {
    let mut exec = client.start_exec("c1", &ExecOptions::new([command]))?;
    let mut stdout = exec.stdout.take().ok_or("no output")?;
    let mut buffer = vec![0; 64 * 1024];
    let mut bytes = 0;
    loop {
        match stdout.read(&mut buffer)? {
            0 => break,
            count => bytes += count as u64,
        }
    }
    wait(exec)?;
    Ok(bytes + stdout.dropped_bytes())
}

/// Creates a container, runs `true` in it, and removes it.
pub(crate) fn live(client: &Client) -> Result<()> {
    let options = CreateOptions::new("busybox").lifetime(Lifetime::Detached);
    let id = client.create_and_start(&options)?;
    exec_in(client, &id, "true")?;
    Ok(client.stop(&id)?)
}

/// Many execs at once, each with a handle.
pub(crate) fn crowd_of_handles(socket: &Path, size: usize) -> Result<Vec<Value>> {
    let client = client(socket)?;
    let start = || -> Result<Vec<Exec>> {
        let mut execs = Vec::with_capacity(size);
        for _ in 0..size {
            execs.push(client.start_exec("c1", &ExecOptions::new(["hold"]))?);
        }
        for exec in &mut execs {
            let mut greeting = [0; engine::GREETING.len()];
            exec.stdout.as_mut().ok_or("no output")?.read_exact(&mut greeting)?;
        }
        Ok(execs)
    };
    crowd_costs(socket, size, start, |execs| execs.into_iter().try_for_each(wait))
}

/// Many blocking execs at once, a thread for each.
pub(crate) fn crowd(socket: &Path, size: usize) -> Result<Vec<Value>> {
    let client = client(socket)?;
    let start = || -> Result<Vec<JoinHandle<Result<u64>>>> {
        let mut threads = Vec::with_capacity(size);
        for _ in 0..size {
            let client = client.clone();
            let run = move || exec(&client, "hold");
            threads.push(thread::Builder::new().stack_size(STACK).spawn(run)?);
        }
        while engine::counts(socket)?[2] < size as u64 {
            thread::sleep(Duration::from_millis(1));
        }
        Ok(threads)
    };
    let finish = |threads: Vec<JoinHandle<Result<u64>>>| {
        for thread in threads {
            thread.join().map_err(|_| "a thread panicked")??;
        }
        Ok(())
    };
    crowd_costs(socket, size, start, finish)
}

fn wait(mut exec: Exec) -> Result<()> {
    match exec.wait()? {
        Outcome::Exited(0) => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}
