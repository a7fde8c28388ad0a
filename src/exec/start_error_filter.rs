//! Telling an engine's report of a failed start from a command's output.
//!
//! An engine accepts a start before attempting it, and reports a failure in place
//! of the command's output. A command can write the same words. The rules:
//!
//! - Docker reports an exec's PID. With a PID the command ran, or was about to,
//!   and the text is output. Without one it never existed, and the text is the
//!   engine's report.
//! - Podman does not report whether an ended exec ran. The text counts as a
//!   report if nothing else was written, the exit code is one that Podman uses
//!   for such failures, and the engine's events flush no exec of this container
//!   that exited with this code meanwhile, as a forger's would. Where Podman
//!   records no events there is no such proof, and the text counts as a report.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use super::ExecTarget;
use super::demux::OutputStream;
use super::exit::Exit;
use super::start_error::kind_of;
use crate::call_context::Limit;
use crate::error::Error;

/// Prefixes of Docker's reports. Reports with other prefixes are recognised too
/// late to be held back.
const DOCKER_PREFIXES: [&[u8]; 11] = [
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
/// The exit codes of such commands, and how a report ends.
const DOCKER_CODES: std::ops::RangeInclusive<i32> = 126..=128;
const DOCKER_END: &[u8] = b"\r\n";
/// The prefix of each line of Podman's reports; the first line contains one of
/// `PODMAN_WORDS`.
const PODMAN_PREFIX: &str = "Error: ";
const PODMAN_WORDS: [&str; 5] = [
    ": OCI ",
    ": internal libpod error",
    ": container state improper",
    ": container is stopped",
    // The runtime was killed before it said anything.
    "(no logs from conmon)",
];
/// The exit codes of such commands.
const PODMAN_CODES: std::ops::RangeInclusive<i32> = 125..=127;
/// The maximum length of a report: it may contain a path twice.
const MAX_REPORT: usize = 16 * 1024;

/// How long output is held back because it may become a report: an engine sends a
/// report in one piece and closes the stream.
const MAX_HOLD: Duration = Duration::from_millis(20);

/// How long output is held back that has a report's prefix, genuine or forged:
/// the stream may take longer to end, and the exit code longer to arrive over
/// ssh.
const MAX_REPORT_HOLD: Duration = Duration::from_secs(1);

/// Margin for the request's time of travel. A start takes longer, so no earlier
/// exec is counted.
const TRAVEL_MARGIN: Duration = Duration::from_millis(10);

/// Whether a command was started, judged by its end.
#[derive(Debug)]
pub(super) enum Start {
    Happened,
    Failed(Error),
    /// It failed, unless an exec exited with this code since that time.
    FailedUnless {
        ended_since: Instant,
        error: Error,
    },
}

/// Holds back output that may be a report of a failed start, until that is
/// decided or a time limit passes.
#[derive(Debug)]
pub(super) struct StartErrorFilter {
    /// When the start was requested.
    requested_at: Instant,
    /// The output so far, while it comes from one stream and is no longer than a
    /// report.
    candidate: Vec<u8>,
    channel: Option<OutputStream>,
    /// Whether there was more output than `candidate` holds.
    exceeded: bool,
    /// How many bytes of `candidate` were passed on.
    passed_on: usize,
    since: Option<Instant>,
    /// Whether to hold back nothing more.
    hold_nothing: bool,
    /// Whether the text is known to be output.
    is_output: bool,
}

impl StartErrorFilter {
    /// A filter for a command whose start was requested at that time.
    pub(super) fn since(requested_at: Instant) -> Self {
        StartErrorFilter {
            requested_at,
            candidate: Vec::new(),
            channel: None,
            exceeded: false,
            passed_on: 0,
            since: None,
            hold_nothing: false,
            is_output: false,
        }
    }

    /// Passes output on to `sink` or holds it back.
    pub(super) fn filter(
        &mut self,
        channel: OutputStream,
        bytes: &[u8],
        mut sink: impl FnMut(OutputStream, &[u8]),
    ) {
        if bytes.is_empty() {
            return sink(channel, bytes);
        }
        let before = self.candidate.len();
        self.record(channel, bytes);
        self.hold_nothing |= self.exceeded || !self.may_be_report();
        if !self.hold_nothing && self.passed_on == 0 {
            self.since.get_or_insert_with(Instant::now);
            return;
        }
        self.flush_until(before, &mut sink);
        sink(channel, bytes);
        self.passed_on = self.candidate.len();
    }

    fn record(&mut self, channel: OutputStream, bytes: &[u8]) {
        let fits = self.candidate.len() + bytes.len() <= MAX_REPORT;
        self.exceeded |= !fits || *self.channel.get_or_insert(channel) != channel;
        if !self.exceeded {
            self.candidate.extend_from_slice(bytes);
        }
    }

    /// Whether what follows is output, and need not be seen.
    pub(super) fn is_settled(&self) -> bool {
        self.exceeded
    }

    /// How much longer to hold output back; `None` if nothing is held.
    pub(super) fn hold_time(&self) -> Option<Duration> {
        let since = self.since.filter(|_| self.passed_on < self.candidate.len())?;
        let hold = if self.looks_like_report() { MAX_REPORT_HOLD } else { MAX_HOLD };
        Some(hold.saturating_sub(since.elapsed()))
    }

    fn may_be_report(&self) -> bool {
        let candidate = self.candidate.as_slice();
        let mut prefixes = DOCKER_PREFIXES.into_iter().chain([PODMAN_PREFIX.as_bytes()]);
        prefixes.any(|report| candidate.starts_with(report) || report.starts_with(candidate))
    }

    /// Whether all output so far looks like a report.
    fn looks_like_report(&self) -> bool {
        !self.exceeded && (self.has_known_prefix() || podman_report(&self.text()).is_some())
    }

    /// Whether all output so far may be a report, judged without the engine.
    pub(super) fn is_undecided(&self) -> bool {
        !self.is_output && (self.looks_like_report() || (!self.exceeded && self.has_docker_shape()))
    }

    fn has_known_prefix(&self) -> bool {
        DOCKER_PREFIXES.iter().any(|report| self.candidate.starts_with(report))
    }

    /// Whether the text has the shape of Docker's reports.
    fn has_docker_shape(&self) -> bool {
        self.candidate.ends_with(DOCKER_END) && self.channel == Some(OutputStream::Stdout)
    }

    /// Passes on what is held back although it may be a report.
    pub(super) fn flush(&mut self, sink: impl FnMut(OutputStream, &[u8])) {
        self.flush_until(self.candidate.len(), sink);
    }

    fn flush_until(&mut self, end: usize, mut sink: impl FnMut(OutputStream, &[u8])) {
        let held = self.candidate.get(self.passed_on..end).unwrap_or_default();
        if let (Some(channel), false) = (self.channel, held.is_empty()) {
            sink(channel, held);
        }
        self.passed_on = end;
    }

    /// Passes on what is held back and all that follows: it is output.
    pub(super) fn pass_through(&mut self, sink: impl FnMut(OutputStream, &[u8])) {
        (self.hold_nothing, self.is_output) = (true, true);
        self.flush(sink);
    }

    /// Decides whether the command was started, from its exit.
    pub(super) fn decide(&self, exit: Exit) -> Start {
        if self.exceeded || exit.pid != 0 || exit.code == 0 {
            return Start::Happened;
        }
        let text = self.text();
        let failed = |text: &str| Error::new(kind_of(text), text.trim());
        if !exit.by_podman {
            return if self.is_docker_report(exit.code) {
                Start::Failed(failed(&text))
            } else {
                Start::Happened
            };
        }
        match podman_report(&text).filter(|_| PODMAN_CODES.contains(&exit.code)) {
            Some(line) => {
                Start::FailedUnless { ended_since: self.requested_at, error: failed(line) }
            }
            None => Start::Happened,
        }
    }

    /// Whether the output is Docker's report about a command that never had a PID
    /// and that Docker says exited with `code`.
    fn is_docker_report(&self, code: i32) -> bool {
        self.has_known_prefix() || (self.has_docker_shape() && DOCKER_CODES.contains(&code))
    }

    fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.candidate)
    }
}

/// The first line of `text` if it is a report of Podman's.
fn podman_report(text: &str) -> Option<&str> {
    let line = text.lines().next()?;
    let is_report = text.lines().all(|line| line.starts_with(PODMAN_PREFIX))
        && PODMAN_WORDS.iter().any(|words| line.contains(words));
    is_report.then_some(line)
}

/// Whether Podman's events flush an exec in the container that exited with `code`
/// since then. The engine takes the time span relative to its own clock.
pub(super) fn has_exited(target: &ExecTarget, code: i32, since: Instant) -> bool {
    let within = since.elapsed() + TRAVEL_MARGIN;
    let context = target.context.clone().within(MAX_REPORT_HOLD, Limit::CleanUp(MAX_REPORT_HOLD));
    match target.api().exec_exit_codes(&context, &target.container, within) {
        Ok(codes) => codes.contains(&i64::from(code)),
        Err(error) => {
            log::debug!("unknown whether a command ran: {error:#}");
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

    /// The error of a failed start, if the engine reports one.
    fn failure(start_error_filter: &StartErrorFilter, exit: Exit) -> Option<Error> {
        match start_error_filter.decide(exit) {
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
                start_error_filter
                    .hold_time()
                    .is_some_and(|hold_time| hold_time <= MAX_REPORT_HOLD)
            );
            let error = failure(&start_error_filter, docker(127, 0)).unwrap();
            assert_eq!(error.kind(), ErrorKind::CommandNotFound);
        }
    }

    #[test]
    fn a_report_that_was_passed_on_still_counts() {
        let (mut start_error_filter, mut passed_on) = (start_error_filter(), Vec::new());
        let (a, b) = REPORT.split_at(20);
        start_error_filter.filter(OutputStream::Stdout, a.as_bytes(), |_, _| panic!("passed on"));
        start_error_filter.flush(|_, bytes| passed_on.extend_from_slice(bytes));
        assert_eq!(start_error_filter.hold_time(), None);
        start_error_filter.filter(OutputStream::Stdout, b.as_bytes(), |_, bytes| {
            passed_on.extend_from_slice(bytes)
        });
        assert_eq!((passed_on, start_error_filter.hold_time()), (REPORT.into(), None));
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
    fn without_a_docker_pid_any_text_is_a_report() {
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
    fn podman_reports_span_lines() {
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
        assert_eq!(error.to_string(), line);
        let killed = "Error: container create failed (no logs from conmon): conmon bytes \"\": \
                      readObjectStart: expect { or n, but found 0";
        let error = confirmed(&format!("{killed}\n{noise}\n"), 125).unwrap();
        assert_eq!(error.kind(), ErrorKind::ExecStart);
        let more = format!("{line}\nmore\n");
        for (text, code) in [(line, 1), (noise, 127), (REPORT, 127), (&more, 127)] {
            assert!(confirmed(text, code).is_none(), "{text}");
        }
    }
}
