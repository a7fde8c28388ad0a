//! Runs a few commands in a sandbox and prints each step with its duration, as an
//! agent host, a CI runner or an online judge would run them.
//!
//! Usage: `session [IMAGE]`, with the engine in `DOCKER_HOST`.

use std::process::ExitCode;
use std::time::Instant;

use sandcell::{Client, Container, CreateOptions, ExecOptions, Result, Sandbox};

fn main() -> ExitCode {
    let image = std::env::args().nth(1).unwrap_or_else(|| "busybox:latest".to_owned());
    match session(&image) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("session: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn session(image: &str) -> Result<()> {
    let client = Client::from_env()?;
    let version = timed("version", || client.version())?;
    println!("  engine {}, API {}", version.server.version, version.negotiated);

    // Dropping it removes the container, whatever fails below.
    let sandbox = timed("create and start", || {
        Sandbox::start(&client, &CreateOptions::new(image).env("GREETING", "hello"))
    })?;
    println!("  container {}", sandbox.id());
    let container = Container::clone(&sandbox);
    run_commands(&container)?;
    timed("stop", || sandbox.stop())?;
    println!("  still there: {}", container.inspect_state()?.is_some());
    Ok(())
}

fn run_commands(container: &Container) -> Result<()> {
    let both_streams = "echo $GREETING from the sandbox; echo a warning >&2";
    run(container, &ExecOptions::new(["sh", "-c", both_streams]))?;
    run(container, &ExecOptions::new(["sh", "-c", "echo failing >&2; exit 42"]))?;
    run(container, &ExecOptions::new(["sort"]).stdin("pear\napple\nfig\n"))
}

fn run(container: &Container, command: &ExecOptions) -> Result<()> {
    let result = timed("exec", || container.exec(command))?;
    println!("  stdout {:?}", result.stdout.text());
    println!("  stderr {:?}", result.stderr.text());
    println!("  {:?}", result.outcome);
    Ok(())
}

fn timed<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    let result = work();
    println!("{what}: {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    result
}
