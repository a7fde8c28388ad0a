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
use crate::api::{ApiVersion, ExecStartRequest};
use crate::error::Result;
use crate::random_id;

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
    let has_writer = match options.stdin {
        Stdin::Default => mode == OutputMode::Stream,
        Stdin::Bytes(_) => false,
        Stdin::Reader(_) => true,
    };
    let attach_stdin = has_writer || matches!(options.stdin, Stdin::Bytes(_));
    let mut request = options.to_request(&token, attach_stdin)?;
    start_error::refuse(&request)?;
    let watch = target.watch()?;
    request.user = options.user_in(target, &watch)?;
    let reader = options.take_reader()?;
    let (stdout, stderr) = match mode {
        OutputMode::Collect => (options.collecting_spool(), options.collecting_spool()),
        OutputMode::Stream => options.streaming_spools(),
    };
    let streams = Arc::new(Streams::new(stdout, stderr));
    let wake_rx =
        (has_writer || mode == OutputMode::Stream).then(|| streams.make_wake()).transpose()?;

    let ExecTarget { context, container, .. } = target;
    let api = target.api();
    let mut start = ExecStartRequest { tty: options.tty, ..ExecStartRequest::default() };
    if options.tty && api.negotiated_version(context)? >= CONSOLE_SIZE_SINCE {
        let size = options.console_size.map(|(rows, columns)| [rows, columns]);
        (request.console_size, start.console_size) = (size, size);
    }
    let meter = options.measure.then(|| Meter::start(target));
    let passing = (!options.is_helper).then(|| watch.gate.pass(context)).transpose()?;
    // Of a container that is not there nobody knows whether it ever was.
    let failed = |error, was_there| match (start_error::typed(error), options.is_helper) {
        (error, true) => error,
        (error, false) => ended::at_start(target, error, was_there),
    };
    let exec = api.exec_create(context, container, &request);
    let exec = exec.map_err(|error| failed(error, false).context("create exec"))?;
    let killer = Killer::new(target, &watch, options, request.user, token, Some(exec.id.clone()));
    let asked = Instant::now();
    let stream = api.exec_attach(context, &exec.id, &start).map_err(|error| {
        // The caller has left, and the engine may start it yet.
        if error.is_interruption() && !options.is_helper {
            killer.kill_behind();
        }
        failed(error, true).context("start exec")
    })?;
    drop(passing);

    let pump = Pump {
        input: match &options.stdin {
            Stdin::Bytes(bytes) => Input::bytes(Arc::clone(bytes), options.tty),
            _ if has_writer => Input::from_writer(options.tty),
            _ => Input::none(),
        },
        killer,
        target: target.clone(),
        exec: exec.id,
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
