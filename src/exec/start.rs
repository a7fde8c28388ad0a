//! Starting a command.

use std::io::Read;
use std::sync::Arc;
use std::time::Instant;

use super::demux::Demux;
use super::input::Input;
use super::kill::Killer;
use super::meter::Meter;
use super::options::Stdin;
use super::pump::Pump;
use super::reader::copy_input;
use super::start_error_filter::StartErrorFilter;
use super::streams::Streams;
use super::{ExecOptions, ExecTarget, ended, start_error};
use crate::api::{ApiVersion, ExecCreateRequest, ExecStartRequest, Stream};
use crate::error::{Error, Result};
use crate::random_id;
use crate::watch::Watch;

/// Since then the size of a terminal is said at its creation.
const CONSOLE_SIZE_SINCE: ApiVersion = ApiVersion::new(1, 42);

/// What becomes of the output, and of input that nobody supplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OutputMode {
    Collect,
    Stream,
}

/// Starts a command; the pump is to be run at once.
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
    start_error::refuse(&request)?;
    let watch = target.watch()?;
    request.user = options.user_in(target, &watch)?;
    let reader = options.take_reader()?;
    let streams = Arc::new(streams(options, mode));
    let has_wake = input == StdinMode::Writer || mode == OutputMode::Stream;
    let wake_rx = has_wake.then(|| streams.make_wake()).transpose()?;
    let start = start_request(target, options, &mut request)?;
    let meter = options.measure.then(|| Meter::start(target));
    let Attached { exec, killer, stream, asked } =
        Attempt { target, options, watch: &watch }.attach(&request, &start, token)?;
    let pump = Pump {
        input: input.from(options),
        killer,
        target: target.clone(),
        exec,
        stream,
        demux: Demux::new(options.tty),
        start_error_filter: StartErrorFilter::since(asked),
        streams,
        wake_rx,
        timeout: options.timeout,
        deadline: None,
        overflow: options.overflow,
        is_helper: options.is_helper,
        is_killed: false,
        started: Instant::now(),
        meter,
    };
    match finish_start(&pump, options, reader, start.console_size.is_some()) {
        Ok(()) => Ok(pump),
        Err(error) => {
            pump.kill_in_background();
            Err(error)
        }
    }
}

/// Where a command's input comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum StdinMode {
    None,
    Bytes,
    /// A handle, or a reader that is copied to it.
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

/// What the start asks for. The size of a terminal is part of both requests,
/// where the engine knows that.
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

/// A command that the engine has started, or was asked to.
struct Attached {
    exec: String,
    killer: Killer,
    stream: Box<dyn Stream>,
    /// When the engine was asked to start it.
    asked: Instant,
}

/// The engine's part of a start.
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
        let _passing = (!options.is_helper).then(|| watch.gate.pass(context)).transpose()?;
        // Of a container that is not there nobody knows whether it ever was.
        let exec = api.exec_create(context, container, request);
        let exec = exec.map_err(|error| self.failed(error, false).context("create exec"))?.id;
        let user = request.user.clone();
        let killer = Killer::new(target, watch, options, user, token, Some(exec.clone()));
        let asked = Instant::now();
        let stream = api.exec_attach(context, &exec, start).map_err(|error| {
            // The caller has left, and the engine may start it yet.
            if error.is_interruption() && !options.is_helper {
                killer.kill_behind();
            }
            self.failed(error, true).context("start exec")
        })?;
        Ok(Attached { exec, killer, stream, asked })
    }

    fn failed(&self, error: Error, was_there: bool) -> Error {
        let error = start_error::typed(error);
        match self.options.is_helper {
            true => error,
            false => ended::at_start(self.target, error, was_there),
        }
    }
}

/// What is left to do when the command already runs.
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
        // The command may have ended already; and it runs, with or without.
        if let Err(error) = pump.resizer().resize(&pump.target.context, rows, columns) {
            log::debug!("{error:#}");
        }
    }
    Ok(())
}
