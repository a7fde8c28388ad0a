//! PID 1's program, the sentinel: it idles, and first reports that it runs.
//!
//! The engine's answer to the start is no proof: with an init process it comes
//! before the sentinel has started, and the state that the engine reports lags
//! behind. So the sentinel writes a line once everything that it needs is there,
//! on an output that was attached before the start. Either the line arrives, or
//! the end of the output, with what the init process or the shell said before.

use std::io;
use std::time::{Duration, Instant};

use nix::poll::PollFlags;

use super::lifetime::Lifetime;
use crate::api::{self, Stream};
use crate::error::{Error, ErrorKind, Result};
use crate::exec::{self, Demux, ExecTarget, Lag, OutputStream};

/// The program that runs the sentinel.
pub(super) const SHELL: &str = "/bin/sh";
/// What it writes once it runs.
const READY: &str = "ready";
/// How much is kept of what it writes instead.
const MAX_REPORT: usize = 2048;
/// The interval of looking at a container that says nothing.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// How long a running container may say nothing.
const READY_TIMEOUT: Duration = Duration::from_secs(30);

/// The sentinel's script. It forks only where it must: a container may be limited
/// to two processes.
pub(super) fn script(lifetime: Lifetime, seconds: Option<u64>) -> String {
    let (programs, idle) = match (lifetime, seconds) {
        (Lifetime::Detached, None) => ("tail", format!("echo {READY}; exec tail -f /dev/null")),
        (Lifetime::Detached, Some(seconds)) => {
            ("sleep", format!("echo {READY}; exec sleep {seconds}"))
        }
        (Lifetime::TiedToHost, None) => ("cat", format!("echo {READY}; exec cat >/dev/null")),
        // A shell gives background commands no input by default.
        (Lifetime::TiedToHost, Some(seconds)) => (
            "cat sleep",
            format!(
                "exec 3<&0; cat <&3 >/dev/null & lease=$!; (sleep {seconds}; kill $lease) & \
                 echo {READY}; wait $lease"
            ),
        ),
    };
    format!(
        "for p in {programs}; do command -v $p >/dev/null || {{ echo \"$p: not found\" >&2; \
         exit 127; }}; done; {idle}"
    )
}

/// Waits until the sentinel of a started container runs. `output` was attached
/// before the start.
pub(super) fn await_ready(target: &ExecTarget, output: &mut dyn Stream) -> Result<()> {
    let (started, mut report) = (Instant::now(), Report::new());
    let mut buffer = [0; 4096];
    loop {
        match output.recv(&mut buffer) {
            Ok(0) => return Err(ended(target, &report)),
            Ok(count) => report.feed(&buffer[..count])?,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let interest = api::interest(output, PollFlags::POLLIN);
                let wait = &[(output.fd(), interest)];
                let is_ready = target.context.poll(wait, Some(CHECK_INTERVAL))?;
                if !is_ready {
                    check_silent(target, started, &report)?;
                }
            }
            Err(error) => {
                log::debug!("container {}: output: {error}", target.container);
                return Err(ended(target, &report));
            }
        }
        if report.is_ready() {
            return Ok(());
        }
    }
}

/// Fails if a started container, to whose output nobody is attached, has ended. It
/// may still be about to.
pub(super) fn check_running(target: &ExecTarget) -> Result<()> {
    match exec::find_end(target, Lag::Listed)? {
        Some(state) => Err(exec::end_to_error(state)),
        None => Ok(()),
    }
}

/// Fails if a container that says nothing has ended, or has said nothing for too
/// long.
fn check_silent(target: &ExecTarget, started: Instant, report: &Report) -> Result<()> {
    if exec::find_end(target, Lag::None)?.is_some() {
        return Err(ended(target, report));
    }
    if started.elapsed() < READY_TIMEOUT {
        return Ok(());
    }
    let problem = format!(
        "the container runs, but {SHELL} of the image reports nothing within {} s",
        READY_TIMEOUT.as_secs()
    );
    Err(Error::new(ErrorKind::Timeout, problem))
}

/// The error for a sentinel whose output ended before it was ready: what it said,
/// and how the container ended.
fn ended(target: &ExecTarget, report: &Report) -> Error {
    let words = report.words();
    let error = match exec::find_end(target, Lag::Listed) {
        Ok(Some(state)) => exec::end_to_error(state),
        Ok(None) if words.is_empty() => {
            let problem = "the engine closed the container's output before the container was ready";
            return Error::new(ErrorKind::Disconnected, problem);
        }
        Ok(None) => Error::new(ErrorKind::ContainerEnded, "the container is ending"),
        Err(error) => error,
    };
    if words.is_empty() { error } else { error.context(words) }
}

/// What the sentinel, or the init process for it, has written.
struct Report {
    demux: Demux,
    output: Vec<u8>,
    errors: Vec<u8>,
}

impl Report {
    fn new() -> Self {
        Report { demux: Demux::new(false), output: Vec::new(), errors: Vec::new() }
    }

    fn feed(&mut self, received: &[u8]) -> Result<()> {
        let Report { demux, output, errors } = self;
        let fed = demux.feed(received, |channel, bytes| {
            let kept = if channel == OutputStream::Stdout { &mut *output } else { &mut *errors };
            let left = MAX_REPORT.saturating_sub(kept.len()).min(bytes.len());
            kept.extend_from_slice(&bytes[..left]);
        });
        fed.map_err(|e| Error::protocol("cannot demultiplex the container's output").with_source(e))
    }

    fn is_ready(&self) -> bool {
        self.output.split(|byte| *byte == b'\n').any(|line| line == READY.as_bytes())
    }

    /// The words on standard error, on one line.
    fn words(&self) -> String {
        let text = String::from_utf8_lossy(&self.errors);
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.collect::<Vec<_>>().join("; ").replace(char::is_control, "?")
    }
}
