//! Runs a few commands in a sandbox and prints each step with its duration, as an
//! agent host, a CI runner or an online judge would run them.
//!
//! Usage: `session [IMAGE]`, with the engine in `DOCKER_HOST`.

use std::process::ExitCode;
use std::time::Instant;

use sandcell::{Client, CreateOptions, ExecOptions, Result};

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

    let container = timed("create and start", || {
        client.create_and_start(&CreateOptions::new(image).env("GREETING", "hello"))
    })?;
    println!("  container {container}");

    // Stop the container even if a command failed.
    let commands = run_commands(&client, &container);
    timed("stop", || client.stop(&container))?;
    println!("  still there: {}", client.container_alive(&container)?);
    commands
}

fn run_commands(client: &Client, container: &str) -> Result<()> {
    let both_streams = "echo $GREETING from the sandbox; echo a warning >&2";
    run(client, container, &ExecOptions::new(["sh", "-c", both_streams]))?;
    run(client, container, &ExecOptions::new(["sh", "-c", "echo failing >&2; exit 42"]))?;
    run(client, container, &ExecOptions::new(["sort"]).stdin("pear\napple\nfig\n"))
}

fn run(client: &Client, container: &str, command: &ExecOptions) -> Result<()> {
    let result = timed("exec", || client.exec(container, command))?;
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
