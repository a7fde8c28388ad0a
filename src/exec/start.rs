//! Starting a command.

use std::io::Read;
use std::sync::Arc;
use std::time::Instant;

use super::complaint::Feed;
use super::demux::Demux;
use super::input::Input;
use super::kill::Killer;
use super::meter::Meter;
use super::options::Stdin;
use super::pump::Pump;
use super::reader::copy_input;
use super::start_error_filter::StartErrorFilter;
use super::start_failure::StartRequest;
use super::streams::Streams;
use super::watchdog::Watchdog;
use super::{ExecOptions, ExecTarget, ended, start_error};
use crate::api::{ApiVersion, ExecCreateRequest, ExecStartRequest, Stream};
use crate::error::{Error, Result};
use crate::random_id;
use crate::watch::Watch;

/// The first API version that sets the terminal size when the exec is created.
const CONSOLE_SIZE_SINCE: ApiVersion = ApiVersion::new(1, 42);

/// What happens to output, and to input that the options do not supply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OutputMode {
    Collect,
    Stream,
}

/// Starts a command. The pump must then be run without delay.
pub(super) fn start(target: &ExecTarget, options: &ExecOptions, mode: OutputMode) -> Result<Pump> {
    start_marked(target, options, mode, random_id::random()?)
}

/// Starts a command whose processes are marked with `token`.
pub(super) fn start_marked(
    target: &ExecTarget,
    options: &ExecOptions,
    mode: OutputMode,
    token: String,
) -> Result<Pump> {
    let input = StdinMode::of(options, mode);
    let mut request = options.to_request(&token, input != StdinMode::None)?;
    start_error::validate(&request)?;
    let watch = target.watch()?;
    request.user = options.user_in(target, &watch)?;
    let reader = options.take_reader()?;
    let streams = Arc::new(streams(options, mode));
    let has_wake = input == StdinMode::Writer || mode == OutputMode::Stream;
    let wake_rx = has_wake.then(|| streams.create_waker()).transpose()?;
    let start = start_request(target, options, &mut request)?;
    let meter = options.measure.then(|| Meter::start(target));
    let Attached { exec, killer, stream, requested_at } =
        Attempt { target, options, watch: &watch }.attach(&request, &start, token)?;
    let started = Instant::now();
    let pump = Pump {
        input: input.from(options),
        feed: Feed::new(input != StdinMode::None),
        killer,
        target: target.clone(),
        exec,
        stream,
        demux: Demux::new(options.tty),
        start_error_filter: StartErrorFilter::since(requested_at),
        request: StartRequest::of(&request),
        streams,
        wake_rx,
        deadline: options.timeout.and_then(|timeout| started.checked_add(timeout)),
        overflow: options.overflow,
        is_helper: options.is_helper,
        is_killed: false,
        started,
        watchdog: Watchdog::start(),
        meter,
        pending: None,
        has_ended: false,
        yields: false,
        may_block: true,
        guard: None,
    };
    match finish_start(&pump, options, reader, start.console_size.is_some()) {
        Ok(()) => Ok(pump),
        Err(error) => {
            pump.kill_in_background();
            Err(error)
        }
    }
}

/// The source of a command's input.
#[derive(Clone, Copy, PartialEq, Eq)]
enum StdinMode {
    None,
    Bytes,
    /// The handle, or a reader that is copied to it.
    Writer,
}

impl StdinMode {
    fn of(options: &ExecOptions, mode: OutputMode) -> Self {
        match options.stdin {
            Stdin::Default if mode == OutputMode::Collect => StdinMode::None,
            Stdin::Bytes(_) => StdinMode::Bytes,
            Stdin::Default | Stdin::Reader(_) => StdinMode::Writer,
        }
    }

    fn from(self, options: &ExecOptions) -> Input {
        match (self, &options.stdin) {
            (_, Stdin::Bytes(bytes)) => Input::bytes(Arc::clone(bytes), options.tty),
            (StdinMode::Writer, _) => Input::from_writer(options.tty),
            _ => Input::none(),
        }
    }
}

fn streams(options: &ExecOptions, mode: OutputMode) -> Streams {
    let (stdout, stderr) = match mode {
        OutputMode::Collect => (options.collecting_spool(), options.collecting_spool()),
        OutputMode::Stream => options.streaming_spools(),
    };
    Streams::new(stdout, stderr)
}

/// Builds the start request. The size of a terminal is part of both requests if
/// the engine supports that.
fn start_request(
    target: &ExecTarget,
    options: &ExecOptions,
    request: &mut ExecCreateRequest,
) -> Result<ExecStartRequest> {
    let mut start = ExecStartRequest { tty: options.tty, ..ExecStartRequest::default() };
    let negotiated = || target.api().negotiated_version(&target.context);
    if options.tty && negotiated()? >= CONSOLE_SIZE_SINCE {
        let size = options.console_size.map(|(rows, columns)| [rows, columns]);
        (request.console_size, start.console_size) = (size, size);
    }
    Ok(start)
}

/// A command that the engine has started, or was requested_at to.
struct Attached {
    exec: String,
    killer: Killer,
    stream: Box<dyn Stream>,
    /// When the start was requested.
    requested_at: Instant,
}

/// Creates and attaches the exec.
struct Attempt<'a> {
    target: &'a ExecTarget,
    options: &'a ExecOptions,
    watch: &'a Arc<Watch>,
}

impl Attempt<'_> {
    fn attach(
        &self,
        request: &ExecCreateRequest,
        start: &ExecStartRequest,
        token: String,
    ) -> Result<Attached> {
        let Attempt { target, options, watch } = self;
        let ExecTarget { context, container, .. } = target;
        let api = target.api();
        let _starting = (!options.is_helper).then(|| watch.gate.pass(context)).transpose()?;
        // If the container does not exist, it is unknown whether it ever did, unless it is tied
        // to this process: the engine removes such a container once it has ended.
        let was_there = target.engine.leases.holds(container);
        let exec = api.exec_create(context, container, request);
        let failed = |error, was_there| self.failed(request, error, was_there);
        let exec = exec.map_err(|error| failed(error, was_there).context("create exec"))?.id;
        let user = request.user.clone();
        let killer = Killer::new(target, watch, options, user, token, Some(exec.clone()));
        let requested_at = Instant::now();
        let stream = api.exec_attach(context, &exec, start).map_err(|error| {
            // The caller has left, but the engine may still start the command.
            if error.is_interruption() && !options.is_helper {
                killer.kill_in_background();
            }
            failed(error, true).context("start exec")
        })?;
        Ok(Attached { exec, killer, stream, requested_at })
    }

    fn failed(&self, request: &ExecCreateRequest, error: Error, was_there: bool) -> Error {
        let error = StartRequest::of(request).explain(start_error::classify(error));
        match self.options.is_helper {
            true => error,
            false => ended::explain_start(self.target, error, was_there),
        }
    }
}

/// Completes the start of a command that is already running.
fn finish_start(
    pump: &Pump,
    options: &ExecOptions,
    reader: Option<Box<dyn Read + Send>>,
    is_sized: bool,
) -> Result<()> {
    if let Some(reader) = reader {
        let streams = Arc::clone(&pump.streams);
        pump.target.engine.tasks.spawn("sandcell-stdin", move || copy_input(reader, &streams))?;
    }
    if let Some((rows, columns)) = options.console_size.filter(|_| options.tty && !is_sized) {
        // The command may have ended, and runs correctly without this.
        if let Err(error) = pump.resizer().resize(&pump.target.context, rows, columns) {
            log::debug!("{error:#}");
        }
    }
    Ok(())
}
