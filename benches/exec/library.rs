//! The same with the library.

use std::io::Read;
use std::path::Path;

use sandcell::{Client, Exec, ExecOptions, Outcome};

use crate::{CROWD, Result, Value, crowd_costs, engine};

/// As little of a blocking exec's output is kept.
const KEPT: u64 = 64 * 1024;

pub(crate) fn client(socket: &Path) -> Result<Client> {
    let client = Client::builder().host(format!("unix://{}", socket.display())).build()?;
    client.version().ok(); // so that the first exec has nothing to negotiate
    Ok(client)
}

/// Runs `command` to its end; returns the length of its output.
pub(crate) fn exec(client: &Client, command: &str) -> Result<u64> {
    let result = client.exec("c1", &ExecOptions::new([command]).max_output(KEPT))?;
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

/// Many execs at once.
pub(crate) fn crowd(socket: &Path) -> Result<Vec<Value>> {
    let client = client(socket)?;
    let start = || -> Result<Vec<Exec>> {
        let mut execs = Vec::with_capacity(CROWD);
        for _ in 0..CROWD {
            execs.push(client.start_exec("c1", &ExecOptions::new(["hold"]))?);
        }
        for exec in &mut execs {
            let mut greeting = [0; engine::GREETING.len()];
            exec.stdout.as_mut().ok_or("no output")?.read_exact(&mut greeting)?;
        }
        Ok(execs)
    };
    crowd_costs(socket, start, |execs| execs.into_iter().try_for_each(wait))
}

fn wait(mut exec: Exec) -> Result<()> {
    match exec.wait()? {
        Outcome::Exited(0) => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}
