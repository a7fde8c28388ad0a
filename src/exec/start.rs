//! Starting a command, and telling a command that did not start from one that
//! failed.

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::demux::{Demux, OutputStream};
use super::exit::Exit;
use super::input::Input;
use super::kill::Killer;
use super::meter::Meter;
use super::options::Stdin;
use super::pump::Pump;
use super::reader::copy_input;
use super::streams::Streams;
use super::{ExecOptions, Place};
use crate::api::{ApiVersion, ExecStartRequest};
use crate::error::{Error, ErrorKind, Result};
use crate::token;

/// Since then the size of a terminal is said at its creation.
const CONSOLE_SIZE_SINCE: ApiVersion = ApiVersion::new(1, 42);

/// What becomes of the output, and of input that nobody supplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Collect,
    Stream,
}

/// Starts a command; the pump is to be run at once.
pub(super) fn start(place: &Place, options: &ExecOptions, use_: Use) -> Result<Pump> {
    start_marked(place, options, use_, token::random()?)
}

/// Starts a command whose processes are marked with `token`.
pub(super) fn start_marked(
    place: &Place,
    options: &ExecOptions,
    use_: Use,
    token: String,
) -> Result<Pump> {
    let has_writer = match options.stdin {
        Stdin::Default => use_ == Use::Stream,
        Stdin::Bytes(_) => false,
        Stdin::Reader(_) => true,
    };
    let attach_stdin = has_writer || matches!(options.stdin, Stdin::Bytes(_));
    let mut request = options.to_request(&token, attach_stdin)?;
    let watch = place.watch()?;
    request.user = options.user_in(place, &watch)?;
    let reader = options.take_reader()?;
    let (stdout, stderr) = match use_ {
        Use::Collect => (options.collecting_spool(), options.collecting_spool()),
        Use::Stream => options.streaming_spools(),
    };
    let streams = Arc::new(Streams::new(stdout, stderr));
    let ear = (has_writer || use_ == Use::Stream).then(|| streams.make_bell()).transpose()?;

    let Place { scope, container, .. } = place;
    let api = place.api();
    let mut start = ExecStartRequest { tty: options.tty, ..ExecStartRequest::default() };
    if options.tty && api.negotiated_version(scope)? >= CONSOLE_SIZE_SINCE {
        let size = options.console_size.map(|(rows, columns)| [rows, columns]);
        (request.console_size, start.console_size) = (size, size);
    }
    let meter = options.measure.then(|| Meter::start(place));
    let passing = (!options.is_helper).then(|| watch.gate.pass(scope)).transpose()?;
    let exec =
        api.exec_create(scope, container, &request).map_err(|e| typed(e).context("create exec"))?;
    let killer = Killer::new(place, &watch, options, request.user, token, Some(exec.id.clone()));
    let stream = api.exec_attach(scope, &exec.id, &start).map_err(|error| {
        // The caller has left, and the engine may start it yet.
        if error.is_interruption() && !options.is_helper {
            killer.kill_behind();
        }
        typed(error).context("start exec")
    })?;
    drop(passing);

    let pump = Pump {
        input: match &options.stdin {
            Stdin::Bytes(bytes) => Input::bytes(Arc::clone(bytes), options.tty),
            _ if has_writer => Input::from_writer(options.tty),
            _ => Input::none(),
        },
        killer,
        place: place.clone(),
        exec: exec.id,
        stream,
        demux: Demux::new(options.tty),
        suspicion: Suspicion::default(),
        streams,
        ear,
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
        pump.place.engine.tasks.spawn("sandock-stdin", move || copy_input(reader, &streams))?;
    }
    if let Some((rows, columns)) = options.console_size.filter(|_| options.tty && !is_sized) {
        // The command may have ended already; and it runs, with or without.
        if let Err(error) = pump.resizer().resize(&pump.place.scope, rows, columns) {
            log::debug!("{error}");
        }
    }
    Ok(())
}

/// How Docker begins its report, in place of output, that a command could not be
/// started.
const REPORTS: [&[u8]; 4] =
    [b"OCI runtime ", b"runc: exec failed", b"exec failed: ", b"unable to find user"];
/// How Podman does, in a line that has the other in it; more may follow.
const PODMAN_REPORT: (&[u8], &str) = (b"Error: ", ": OCI ");
/// What a command's exit code then is: Podman does not tell whether it ran.
const PODMAN_CODES: std::ops::RangeInclusive<i32> = 125..=127;
/// No report is longer.
const MAX_REPORT: usize = 4096;

/// Nobody waits longer for output because it may be such a report: an engine
/// sends it in one piece, and ends the stream.
const MAX_HOLD: Duration = Duration::from_millis(20);

/// What begins as only a report does is one, or made up: its stream may take longer
/// to end, and the exit code longer to come by ssh.
const MAX_REPORT_HOLD: Duration = Duration::from_secs(1);

/// Holds back what may be such a report until it is known whether it is, or
/// until it has been held for long.
#[derive(Debug, Default)]
pub(super) struct Suspicion {
    /// All output so far, all of one stream, while it may be a report.
    suspect: Vec<u8>,
    channel: Option<OutputStream>,
    /// How much of that was passed on after all.
    shown: usize,
    since: Option<Instant>,
    dispelled: bool,
}

impl Suspicion {
    /// Passes output on to `sink`, or holds it back.
    pub(super) fn filter(
        &mut self,
        channel: OutputStream,
        bytes: &[u8],
        mut sink: impl FnMut(OutputStream, &[u8]),
    ) {
        if self.dispelled || bytes.is_empty() {
            return sink(channel, bytes);
        }
        let fits = self.suspect.len() + bytes.len() <= MAX_REPORT;
        if fits && *self.channel.get_or_insert(channel) == channel {
            self.suspect.extend_from_slice(bytes);
            self.dispelled = !self.may_be_report();
            if self.dispelled || self.shown > 0 {
                return self.show(sink);
            }
            self.since.get_or_insert_with(Instant::now);
        } else {
            self.dispel(&mut sink);
            sink(channel, bytes);
        }
    }

    /// How much longer to wait for what tells whether it is a report; `None`
    /// if nothing is held back.
    pub(super) fn patience(&self) -> Option<Duration> {
        let since = self.since.filter(|_| self.shown < self.suspect.len())?;
        let text = String::from_utf8_lossy(&self.suspect);
        let is_likely = docker_report(&text).or_else(|| podman_report(&text)).is_some();
        let hold = if is_likely { MAX_REPORT_HOLD } else { MAX_HOLD };
        Some(hold.saturating_sub(since.elapsed()))
    }

    fn may_be_report(&self) -> bool {
        let suspect = self.suspect.as_slice();
        let mut reports = REPORTS.iter().chain([&PODMAN_REPORT.0]);
        reports.any(|report| suspect.starts_with(report) || report.starts_with(suspect))
    }

    /// Passes on what was held back, although it may be a report.
    pub(super) fn show(&mut self, mut sink: impl FnMut(OutputStream, &[u8])) {
        let held = &self.suspect[self.shown..];
        if let (Some(channel), false) = (self.channel, held.is_empty()) {
            sink(channel, held);
        }
        self.shown = self.suspect.len();
    }

    /// Passes on what was held back, and all that follows: it is output.
    pub(super) fn dispel(&mut self, sink: impl FnMut(OutputStream, &[u8])) {
        self.dispelled = true;
        self.show(sink);
    }

    /// The error that a command could not be started, if that is so.
    pub(super) fn confirm(&self, exit: Exit) -> Option<Error> {
        if self.dispelled || exit.pid != 0 || exit.code == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&self.suspect);
        let report = match exit.by_podman {
            true => podman_report(&text).filter(|_| PODMAN_CODES.contains(&exit.code)),
            false => docker_report(&text),
        };
        report.map(|text| Error::new(kind_of(text), text.trim()).context("start exec"))
    }
}

/// `text`, if it is Docker's report.
fn docker_report(text: &str) -> Option<&str> {
    REPORTS.iter().any(|begin| text.as_bytes().starts_with(begin)).then_some(text)
}

/// The line of `text` that is Podman's report.
fn podman_report(text: &str) -> Option<&str> {
    let line = text.lines().next()?;
    let (begin, within) = PODMAN_REPORT;
    (line.as_bytes().starts_with(begin) && line.contains(within)).then_some(line)
}

/// What an engine's words say about a command that could not be started.
fn kind_of(report: &str) -> ErrorKind {
    let says = |words: &str| report.contains(words);
    if says("unable to find user") || says("no matching entries in passwd") {
        ErrorKind::BadUser
    } else if says("chdir to ") || says("workdir") || says("working directory") {
        ErrorKind::BadWorkingDir
    } else if (says("executable file ") && says("not found"))
        || says("command that was not found")
        || (says("exec: ") && says("no such file or directory"))
    {
        ErrorKind::CommandNotFound
    } else if says("permission denied") || says("exec format error") || says("is a directory") {
        ErrorKind::CommandNotExecutable
    } else {
        ErrorKind::ExecStart
    }
}

/// The same error, typed if the engine says that the command is at fault.
fn typed(error: Error) -> Error {
    let text = error.to_string();
    let is_report = error.kind() == ErrorKind::Engine
        && REPORTS.iter().any(|report| text.contains(&*String::from_utf8_lossy(report)));
    if is_report { error.with_kind(kind_of(&text)) } else { error }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "OCI runtime exec failed: exec failed: unable to start container \
                          process: exec: \"x\": executable file not found in $PATH: unknown\r\n";

    fn docker(code: i32, pid: i64) -> Exit {
        Exit { code, pid, by_podman: false }
    }

    fn filtered(suspicion: &mut Suspicion, parts: &[(OutputStream, &str)]) -> String {
        let mut passed = String::new();
        for (channel, part) in parts {
            suspicion.filter(*channel, part.as_bytes(), |_, bytes| {
                passed.push_str(std::str::from_utf8(bytes).unwrap());
            });
        }
        passed
    }

    #[test]
    fn a_report_is_held_back_wherever_it_is_cut() {
        for cut in 0..=REPORT.len() {
            let mut suspicion = Suspicion::default();
            let (a, b) = REPORT.split_at(cut);
            let parts = [(OutputStream::Stdout, a), (OutputStream::Stdout, b)];
            assert_eq!(filtered(&mut suspicion, &parts), "");
            assert!(suspicion.patience().is_some_and(|patience| patience <= MAX_REPORT_HOLD));
            let error = suspicion.confirm(docker(127, 0)).unwrap();
            assert_eq!(error.kind(), ErrorKind::CommandNotFound);
        }
    }

    #[test]
    fn a_report_that_was_passed_on_after_all_is_one_still() {
        let (mut suspicion, mut shown) = (Suspicion::default(), Vec::new());
        let (a, b) = REPORT.split_at(20);
        suspicion.filter(OutputStream::Stdout, a.as_bytes(), |_, _| panic!("passed on"));
        suspicion.show(|_, bytes| shown.extend_from_slice(bytes));
        assert_eq!(suspicion.patience(), None);
        suspicion
            .filter(OutputStream::Stdout, b.as_bytes(), |_, bytes| shown.extend_from_slice(bytes));
        assert_eq!((shown, suspicion.patience()), (REPORT.into(), None));
        assert!(suspicion.confirm(docker(127, 0)).is_some());
    }

    #[test]
    fn output_passes_unchanged() {
        for parts in [
            vec![(OutputStream::Stdout, "hello")],
            vec![(OutputStream::Stdout, "OCI"), (OutputStream::Stdout, " is a word")],
            vec![(OutputStream::Stdout, "OCI runtime"), (OutputStream::Stderr, "x")],
            vec![(OutputStream::Stderr, "exec failed"), (OutputStream::Stderr, "!")],
        ] {
            let all: String = parts.iter().map(|(_, part)| *part).collect();
            assert_eq!(filtered(&mut Suspicion::default(), &parts), all);
        }
        let long = "OCI runtime ".repeat(1000);
        assert_eq!(filtered(&mut Suspicion::default(), &[(OutputStream::Stdout, &long)]), long);
    }

    #[test]
    fn a_command_that_ran_did_not_fail_to_start() {
        let mut suspicion = Suspicion::default();
        filtered(&mut suspicion, &[(OutputStream::Stdout, REPORT)]);
        assert!(suspicion.confirm(docker(127, 17)).is_none());
        assert!(suspicion.confirm(docker(0, 0)).is_none());
    }

    #[test]
    fn podman_reports_in_a_line() {
        let line = "Error: crun: executable file `x` not found in $PATH: No such file or \
                    directory: OCI runtime attempted to invoke a command that was not found";
        let noise = "Error: read unixpacket @->/attach: read: connection reset by peer";
        let confirmed = |text: &str, code| {
            let mut suspicion = Suspicion::default();
            filtered(&mut suspicion, &[(OutputStream::Stderr, text)]);
            suspicion.confirm(Exit { code, pid: 0, by_podman: true })
        };
        let error = confirmed(&format!("{line}\n{noise}\n"), 127).unwrap();
        assert_eq!(error.kind(), ErrorKind::CommandNotFound);
        assert_eq!(error.to_string(), format!("start exec: {line}"));
        for (text, code) in [(line, 1), (noise, 127), (REPORT, 127)] {
            assert!(confirmed(text, code).is_none(), "{text}");
        }
    }

    #[test]
    fn reports_are_typed() {
        for (report, kind) in [
            (
                "exec: \"/no\": stat /no: no such file or directory: unknown",
                ErrorKind::CommandNotFound,
            ),
            ("exec: \"/etc/passwd\": permission denied: unknown", ErrorKind::CommandNotExecutable),
            ("exec /x: exec format error: unknown", ErrorKind::CommandNotExecutable),
            (
                "chdir to cwd (\"/no\") set in config.json failed: no such file or directory",
                ErrorKind::BadWorkingDir,
            ),
            ("unable to find user x: no matching entries in passwd file", ErrorKind::BadUser),
            (
                "Error: crun: chdir to `/no`: No such file or directory: OCI runtime attempted to \
                 invoke a command that was not found",
                ErrorKind::BadWorkingDir,
            ),
            (
                "Error: crun: the path `/etc` is not a regular file: Operation not permitted: OCI \
                 permission denied",
                ErrorKind::CommandNotExecutable,
            ),
            ("something else", ErrorKind::ExecStart),
        ] {
            assert_eq!(kind_of(report), kind, "{report}");
        }
    }
}
