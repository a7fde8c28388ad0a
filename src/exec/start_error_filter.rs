//! Telling an engine's report, that a command could not be started, from output.
//!
//! An engine accepts a start before it tries, and reports a failure in target of the
//! command's output. A command could write the same words. What is believed:
//!
//! - Docker says of an exec which process it was. A command that has one ran, or
//!   was about to, and whatever was written is output. One without was never there,
//!   and what was written is the engine's report.
//! - Podman says of no ended exec whether it ran. A report is believed if it comes
//!   alone, with an exit code that Podman gives such a failure, and the engine's own
//!   events tell of no exec of this container that ended with this code meanwhile:
//!   a forger's exec does. Where Podman keeps no events there is no such proof, and
//!   the report is taken for one.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use super::ExecTarget;
use super::demux::OutputStream;
use super::exit::Exit;
use super::start_error::kind_of;
use crate::call_context::Limit;
use crate::error::Error;

/// How Docker begins its report, in target of output, that a command could not be
/// started. Other beginnings are known too late to be held back.
const REPORTS: [&[u8]; 11] = [
    b"OCI runtime ",
    b"runc: exec failed",
    b"exec failed: ",
    b"unable to find user",
    b"unable to find group",
    b"uids and gids must be ",
    b"cannot exec in a ",
    b"process already finished",
    b"No such exec instance",
    b"message length ",
    b"ResourceExhausted: ",
];
/// What a command's exit code then is, and how the report ends.
const DOCKER_CODES: std::ops::RangeInclusive<i32> = 126..=128;
const DOCKER_END: &[u8] = b"\r\n";
/// How Podman begins a report's lines; the first has one of the others in it.
const PODMAN_BEGIN: &str = "Error: ";
const PODMAN_WORDS: [&str; 4] =
    [": OCI ", ": internal libpod error", ": container state improper", ": container is stopped"];
/// What a command's exit code then is.
const PODMAN_CODES: std::ops::RangeInclusive<i32> = 125..=127;
/// No report is longer: it may name a path twice.
const MAX_REPORT: usize = 16 * 1024;

/// Nobody waits longer for output because it may be such a report: an engine
/// sends it in one piece, and ends the stream.
const MAX_HOLD: Duration = Duration::from_millis(20);

/// What begins as only a report does is one, or made up: its stream may take longer
/// to end, and the exit code longer to come by ssh.
const MAX_REPORT_HOLD: Duration = Duration::from_secs(1);

/// How much later an engine may be asked than this process believes. A start takes
/// longer, so that what ended before it is not meant.
const ON_THE_WAY: Duration = Duration::from_millis(10);

/// What the end of a command says of its start.
#[derive(Debug)]
pub(super) enum Start {
    Happened,
    Failed(Error),
    /// It failed, unless an exec ended with this code since that time.
    FailedUnless {
        ended_since: Instant,
        error: Error,
    },
}

/// Holds back what may be such a report until it is known whether it is, or
/// until it has been held for long.
#[derive(Debug)]
pub(super) struct StartErrorFilter {
    /// When the engine was asked to start the command.
    asked: Instant,
    /// The output so far, while it is all of one stream and no longer than a report.
    suspect: Vec<u8>,
    channel: Option<OutputStream>,
    /// There is more of it.
    is_more: bool,
    /// How much of what was suspect was passed on after all.
    shown: usize,
    since: Option<Instant>,
    /// Nothing is held back any more.
    dispelled: bool,
    /// It is known to be output.
    is_output: bool,
}

impl StartErrorFilter {
    /// Of a command whose start was asked for at that time.
    pub(super) fn since(asked: Instant) -> Self {
        StartErrorFilter {
            asked,
            suspect: Vec::new(),
            channel: None,
            is_more: false,
            shown: 0,
            since: None,
            dispelled: false,
            is_output: false,
        }
    }

    /// Passes output on to `sink`, or holds it back.
    pub(super) fn filter(
        &mut self,
        channel: OutputStream,
        bytes: &[u8],
        mut sink: impl FnMut(OutputStream, &[u8]),
    ) {
        if bytes.is_empty() {
            return sink(channel, bytes);
        }
        let before = self.suspect.len();
        self.note(channel, bytes);
        self.dispelled |= self.is_more || !self.may_be_report();
        if !self.dispelled && self.shown == 0 {
            self.since.get_or_insert_with(Instant::now);
            return;
        }
        self.show_until(before, &mut sink);
        sink(channel, bytes);
        self.shown = self.suspect.len();
    }

    fn note(&mut self, channel: OutputStream, bytes: &[u8]) {
        let fits = self.suspect.len() + bytes.len() <= MAX_REPORT;
        self.is_more |= !fits || *self.channel.get_or_insert(channel) != channel;
        if !self.is_more {
            self.suspect.extend_from_slice(bytes);
        }
    }

    /// How much longer to wait for what tells whether it is a report; `None`
    /// if nothing is held back.
    pub(super) fn patience(&self) -> Option<Duration> {
        let since = self.since.filter(|_| self.shown < self.suspect.len())?;
        let hold = if self.is_likely() { MAX_REPORT_HOLD } else { MAX_HOLD };
        Some(hold.saturating_sub(since.elapsed()))
    }

    fn may_be_report(&self) -> bool {
        let suspect = self.suspect.as_slice();
        let mut begins = REPORTS.into_iter().chain([PODMAN_BEGIN.as_bytes()]);
        begins.any(|report| suspect.starts_with(report) || report.starts_with(suspect))
    }

    /// Whether all output so far begins as an engine's report does.
    fn is_likely(&self) -> bool {
        !self.is_more && (self.is_known() || podman_report(&self.text()).is_some())
    }

    /// Whether all output so far may be an engine's report, and nobody can be asked.
    pub(super) fn is_undecided(&self) -> bool {
        !self.is_output && (self.is_likely() || (!self.is_more && self.is_shaped()))
    }

    fn is_known(&self) -> bool {
        REPORTS.iter().any(|report| self.suspect.starts_with(report))
    }

    /// Whether it is shaped as Docker's words are that take output's target.
    fn is_shaped(&self) -> bool {
        self.suspect.ends_with(DOCKER_END) && self.channel == Some(OutputStream::Stdout)
    }

    /// Passes on what was held back, although it may be a report.
    pub(super) fn show(&mut self, sink: impl FnMut(OutputStream, &[u8])) {
        self.show_until(self.suspect.len(), sink);
    }

    fn show_until(&mut self, end: usize, mut sink: impl FnMut(OutputStream, &[u8])) {
        let held = self.suspect.get(self.shown..end).unwrap_or_default();
        if let (Some(channel), false) = (self.channel, held.is_empty()) {
            sink(channel, held);
        }
        self.shown = end;
    }

    /// Passes on what was held back, and all that follows: it is output.
    pub(super) fn pass_through(&mut self, sink: impl FnMut(OutputStream, &[u8])) {
        (self.dispelled, self.is_output) = (true, true);
        self.show(sink);
    }

    /// Whether the command was started at all.
    pub(super) fn into_error(&self, exit: Exit) -> Start {
        if self.is_more || exit.pid != 0 || exit.code == 0 {
            return Start::Happened;
        }
        let text = self.text();
        let failed = |text: &str| Error::new(kind_of(text), text.trim()).context("start exec");
        if !exit.by_podman {
            return if self.is_dockers(exit.code) {
                Start::Failed(failed(&text))
            } else {
                Start::Happened
            };
        }
        match podman_report(&text).filter(|_| PODMAN_CODES.contains(&exit.code)) {
            Some(line) => Start::FailedUnless { ended_since: self.asked, error: failed(line) },
            None => Start::Happened,
        }
    }

    /// Whether the output is what Docker writes of a command that never had a
    /// process, and that it says ended with `code`.
    fn is_dockers(&self, code: i32) -> bool {
        self.is_known() || (self.is_shaped() && DOCKER_CODES.contains(&code))
    }

    fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.suspect)
    }
}

/// The first line of `text`, if that is Podman's report: all lines are alike.
fn podman_report(text: &str) -> Option<&str> {
    let line = text.lines().next()?;
    let is_report = text.lines().all(|line| line.starts_with(PODMAN_BEGIN))
        && PODMAN_WORDS.iter().any(|words| line.contains(words));
    is_report.then_some(line)
}

/// Whether Podman's events tell of an exec in the container that ended with `code`
/// since then. It counts back from when it is asked.
pub(super) fn has_ended(target: &ExecTarget, code: i32, since: Instant) -> bool {
    let within = since.elapsed() + ON_THE_WAY;
    let context = target.context.clone().within(MAX_REPORT_HOLD, Limit::CleanUp(MAX_REPORT_HOLD));
    match target.api().exec_exit_codes(&context, &target.container, within) {
        Ok(codes) => codes.contains(&i64::from(code)),
        Err(error) => {
            log::debug!("whether a command ran is not known: {error:#}");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    const REPORT: &str = "OCI runtime exec failed: exec failed: unable to start container \
                          process: exec: \"x\": executable file not found in $PATH: unknown\r\n";

    fn start_error_filter() -> StartErrorFilter {
        StartErrorFilter::since(Instant::now())
    }

    /// Why the command was not started, if the engine can be believed.
    fn failure(start_error_filter: &StartErrorFilter, exit: Exit) -> Option<Error> {
        match start_error_filter.into_error(exit) {
            Start::Happened => None,
            Start::Failed(error) => Some(error).filter(|_| !exit.by_podman),
            Start::FailedUnless { error, .. } => Some(error).filter(|_| exit.by_podman),
        }
    }

    fn docker(code: i32, pid: i64) -> Exit {
        Exit { code, pid, by_podman: false }
    }

    fn filtered(
        start_error_filter: &mut StartErrorFilter,
        parts: &[(OutputStream, &str)],
    ) -> String {
        let mut passed = String::new();
        for (channel, part) in parts {
            start_error_filter.filter(*channel, part.as_bytes(), |_, bytes| {
                passed.push_str(std::str::from_utf8(bytes).unwrap());
            });
        }
        passed
    }

    #[test]
    fn a_report_is_held_back_wherever_it_is_cut() {
        for cut in 0..=REPORT.len() {
            let mut start_error_filter = start_error_filter();
            let (a, b) = REPORT.split_at(cut);
            let parts = [(OutputStream::Stdout, a), (OutputStream::Stdout, b)];
            assert_eq!(filtered(&mut start_error_filter, &parts), "");
            assert!(
                start_error_filter.patience().is_some_and(|patience| patience <= MAX_REPORT_HOLD)
            );
            let error = failure(&start_error_filter, docker(127, 0)).unwrap();
            assert_eq!(error.kind(), ErrorKind::CommandNotFound);
        }
    }

    #[test]
    fn a_report_that_was_passed_on_after_all_is_one_still() {
        let (mut start_error_filter, mut shown) = (start_error_filter(), Vec::new());
        let (a, b) = REPORT.split_at(20);
        start_error_filter.filter(OutputStream::Stdout, a.as_bytes(), |_, _| panic!("passed on"));
        start_error_filter.show(|_, bytes| shown.extend_from_slice(bytes));
        assert_eq!(start_error_filter.patience(), None);
        start_error_filter
            .filter(OutputStream::Stdout, b.as_bytes(), |_, bytes| shown.extend_from_slice(bytes));
        assert_eq!((shown, start_error_filter.patience()), (REPORT.into(), None));
        assert!(failure(&start_error_filter, docker(127, 0)).is_some());
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
            assert_eq!(filtered(&mut start_error_filter(), &parts), all);
        }
        let long = "OCI runtime ".repeat(2000);
        assert_eq!(filtered(&mut start_error_filter(), &[(OutputStream::Stdout, &long)]), long);
    }

    #[test]
    fn a_command_that_ran_did_not_fail_to_start() {
        let mut start_error_filter = start_error_filter();
        filtered(&mut start_error_filter, &[(OutputStream::Stdout, REPORT)]);
        assert!(failure(&start_error_filter, docker(127, 17)).is_none());
        assert!(failure(&start_error_filter, docker(0, 0)).is_none());
    }

    #[test]
    fn what_dockers_process_1_never_saw_is_a_report_whatever_it_says() {
        let confirmed = |parts: &[(OutputStream, &str)], exit| {
            let mut start_error_filter = start_error_filter();
            filtered(&mut start_error_filter, parts);
            failure(&start_error_filter, exit)
        };
        let stdout = |text| [(OutputStream::Stdout, text)];
        let unknown = confirmed(&stdout("words of a later version\r\n"), docker(128, 0)).unwrap();
        assert_eq!(unknown.kind(), ErrorKind::ExecStart);
        for (parts, exit) in [
            (&stdout("words\r\n")[..], docker(126, 17)),
            (&stdout("words\r\n"), docker(1, 0)),
            (&stdout("words\n"), docker(126, 0)),
            (&[(OutputStream::Stderr, "words\r\n")], docker(126, 0)),
            (&[(OutputStream::Stderr, "a"), (OutputStream::Stdout, "b\r\n")], docker(126, 0)),
        ] {
            assert!(confirmed(parts, exit).is_none(), "{parts:?} {exit:?}");
        }
    }

    #[test]
    fn podman_reports_in_lines() {
        let line = "Error: crun: executable file `x` not found in $PATH: No such file or \
                    directory: OCI runtime attempted to invoke a command that was not found";
        let noise = "Error: read unixpacket @->/attach: read: connection reset by peer";
        let confirmed = |text: &str, code| {
            let mut start_error_filter = start_error_filter();
            filtered(&mut start_error_filter, &[(OutputStream::Stderr, text)]);
            failure(&start_error_filter, Exit { code, pid: 0, by_podman: true })
        };
        let error = confirmed(&format!("{line}\n{noise}\n"), 127).unwrap();
        assert_eq!(error.kind(), ErrorKind::CommandNotFound);
        assert_eq!(error.to_string(), format!("start exec: {line}"));
        let more = format!("{line}\nmore\n");
        for (text, code) in [(line, 1), (noise, 127), (REPORT, 127), (&more, 127)] {
            assert!(confirmed(text, code).is_none(), "{text}");
        }
    }
}
