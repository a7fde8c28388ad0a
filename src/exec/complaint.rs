//! Telling Podman's complaint about input that nobody read from a command's output.
//!
//! When a command ends before it has read its input, Podman fails to deliver the rest
//! or to read on, and writes that into standard error as its last words. The command
//! can write the same line. The rules:
//!
//! - Without input there is no complaint. Podman alone makes it.
//! - A complaint is all of the last frame, and nothing follows but the end of the
//!   stream.
//! - Podman closes the stream in the same breath, but forwards a command's last words
//!   before it does the accounts of its end, which takes milliseconds. So the end
//!   follows a complaint at once, unless input is left that Podman did not take: then
//!   it may take longer. Without that, and under load, an imitation may pass for a
//!   complaint, and a complaint for output.
//!
//! With a complaint, Podman may have lost the end of the command's output.

use std::time::{Duration, Instant};

use super::ExecTarget;
use super::demux::OutputStream;
use crate::api::SystemInfo;
use crate::call_context::Limit;

/// How a line of a complaint begins and ends. Between them is the name of a socket.
const BEGINNINGS: [&str; 2] =
    ["Error: read unixpacket @->/proc/self/fd/", "Error: write unixpacket @->/proc/self/fd/"];
const ENDS: [&str; 2] = [": connection reset by peer\n", ": broken pipe\n"];
/// The maximum length of a complaint: two lines.
const MAX_COMPLAINT: usize = 512;
/// How soon after a complaint the stream ends: 0.1 ms, or a few under load. A
/// command's own words are followed by its end after about 40 ms.
const MAX_GAP: Duration = Duration::from_millis(5);
/// The same if Podman left input untaken.
const MAX_GAP_UNTAKEN: Duration = Duration::from_secs(1);
/// How long Podman may take to say whether a command runs.
const START_TIMEOUT: Duration = Duration::from_secs(1);
/// How long input is held back from a command that runs: one that ends at once is
/// over by then, and the process that passes its input on is ready.
const START_DELAY: Duration = Duration::from_millis(20);
/// How long input is held back from a command that has ended: the end of its output
/// is about to come.
const END_DELAY: Duration = Duration::from_secs(1);

/// When input is sent, and what Podman says of it.
#[derive(Debug)]
pub(super) struct Feed {
    has_input: bool,
    /// Until when input is held back.
    not_before: Option<Instant>,
    pub(super) complaints: ComplaintFilter,
}

impl Feed {
    pub(super) fn new(has_input: bool) -> Self {
        Feed { has_input, not_before: None, complaints: ComplaintFilter::default() }
    }

    /// Waits until Podman has started the command: it loses the output of one that
    /// ends while its input has come no further than Podman's own processes. Podman
    /// answers once the command was started.
    pub(super) fn begin(&mut self, target: &ExecTarget, exec: &str) {
        if !std::mem::take(&mut self.has_input) {
            return;
        }
        let context = target.context.clone().within(START_TIMEOUT, Limit::CleanUp(START_TIMEOUT));
        if !target.engine.info(&context).is_ok_and(SystemInfo::is_podman) {
            return;
        }
        self.complaints.is_active = true;
        let delay = match target.api().exec_inspect(&context, exec) {
            Ok(exec) if !exec.running => END_DELAY,
            Ok(_) => START_DELAY,
            Err(error) => return log::debug!("unknown whether a command runs: {error:#}"),
        };
        self.not_before = Instant::now().checked_add(delay);
    }

    /// Whether [`begin`](Feed::begin) would make a request.
    pub(super) fn must_ask(&mut self, target: &ExecTarget) -> bool {
        let may_be_podman = target.engine.known_info().is_none_or(SystemInfo::is_podman);
        self.has_input &= may_be_podman;
        self.has_input
    }

    /// How much longer to hold input back; `None` if it can be sent.
    pub(super) fn delay(&mut self) -> Option<Duration> {
        let left = self.time_left();
        if left.is_none_or(|left| left.is_zero()) {
            self.not_before = None;
        }
        self.not_before.and(left)
    }

    /// The time until held back input must be looked at again.
    pub(super) fn time_left(&self) -> Option<Duration> {
        Some(self.not_before?.saturating_duration_since(Instant::now()))
    }
}

/// How soon the stream ends after a complaint.
pub(super) fn max_gap(is_untaken: bool) -> Duration {
    if is_untaken { MAX_GAP_UNTAKEN } else { MAX_GAP }
}

/// Holds back what may be a complaint until the stream ends or a time limit passes.
#[derive(Debug, Default)]
pub(super) struct ComplaintFilter {
    is_active: bool,
    held: Vec<u8>,
    since: Option<Instant>,
}

impl ComplaintFilter {
    /// Passes output on to `sink` or holds it back.
    pub(super) fn filter(
        &mut self,
        channel: OutputStream,
        bytes: &[u8],
        mut sink: impl FnMut(OutputStream, &[u8]),
    ) {
        if self.is_active && channel == OutputStream::Stderr && !bytes.is_empty() {
            self.held.extend_from_slice(bytes);
            if may_become_complaint(&self.held) {
                self.since = Some(Instant::now());
                return;
            }
            let own = self.held.len() - bytes.len();
            self.held.truncate(own);
            self.release(&mut sink);
            if may_become_complaint(bytes) {
                self.held.extend_from_slice(bytes);
                self.since = Some(Instant::now());
                return;
            }
        } else {
            self.release(&mut sink);
        }
        sink(channel, bytes);
    }

    /// Whether there may be a complaint.
    pub(super) fn is_active(&self) -> bool {
        self.is_active
    }

    pub(super) fn is_holding(&self) -> bool {
        self.since.is_some()
    }

    /// How much longer to hold output back; `None` if nothing is held.
    pub(super) fn hold_time(&self, max_gap: Duration) -> Option<Duration> {
        Some(max_gap.saturating_sub(self.since?.elapsed()))
    }

    /// Passes on what is held back.
    pub(super) fn release(&mut self, mut sink: impl FnMut(OutputStream, &[u8])) {
        self.since = None;
        if !self.held.is_empty() {
            sink(OutputStream::Stderr, &std::mem::take(&mut self.held));
        }
    }

    /// Drops what is held back at the end of the stream if it is a complaint;
    /// returns whether it is.
    pub(super) fn drop_at_end(&mut self, max_gap: Duration) -> bool {
        let is_at_once = self.hold_time(max_gap).is_some_and(|left| !left.is_zero());
        let is_complaint = is_at_once && lines(&self.held).all(is_line);
        if is_complaint {
            self.held.clear();
            self.since = None;
        }
        is_complaint
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|&byte| byte == b'\n')
}

fn is_line(line: &[u8]) -> bool {
    BEGINNINGS.iter().any(|beginning| line.starts_with(beginning.as_bytes()))
        && ENDS.iter().any(|end| line.ends_with(end.as_bytes()))
}

/// Whether the text is a complaint, or the beginning of one.
fn may_become_complaint(text: &[u8]) -> bool {
    let may_be_line = |line: &[u8]| match line.ends_with(b"\n") {
        true => is_line(line),
        false => BEGINNINGS.iter().any(|beginning| {
            line.starts_with(beginning.as_bytes()) || beginning.as_bytes().starts_with(line)
        }),
    };
    text.len() <= MAX_COMPLAINT && lines(text).all(may_be_line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use OutputStream::{Stderr, Stdout};

    const READ: &str =
        "Error: read unixpacket @->/proc/self/fd/15/attach: read: connection reset by peer\n";
    const WRITE: &str = "Error: write unixpacket @->/proc/self/fd/7/attach: write: broken pipe\n";

    /// What is passed on of these pieces, and whether the rest is a complaint.
    fn filtered(filter: &mut ComplaintFilter, pieces: &[(OutputStream, &str)]) -> (String, bool) {
        let mut passed = String::new();
        let mut sink = |_, bytes: &[u8]| passed.push_str(std::str::from_utf8(bytes).unwrap());
        for (channel, piece) in pieces {
            filter.filter(*channel, piece.as_bytes(), &mut sink);
        }
        let is_complaint = filter.drop_at_end(MAX_GAP_UNTAKEN);
        filter.release(sink);
        (passed, is_complaint)
    }

    fn active() -> ComplaintFilter {
        ComplaintFilter { is_active: true, ..ComplaintFilter::default() }
    }

    #[test]
    fn last_words_are_dropped_wherever_they_are_cut() {
        let both = [READ, WRITE].concat();
        for words in [READ, WRITE, both.as_str()] {
            for cut in 1..words.len() {
                let (a, b) = words.split_at(cut);
                let pieces = [(Stdout, "out"), (Stderr, "err\n"), (Stderr, a), (Stderr, b)];
                let filtered = filtered(&mut active(), &pieces);
                assert_eq!(filtered, ("outerr\n".to_owned(), true), "cut at {cut}");
            }
        }
    }

    #[test]
    fn other_output_is_passed_on() {
        let later = [READ, "more\n"].concat();
        let inside = ["x ", READ].concat();
        for pieces in [
            &[(Stderr, READ), (Stderr, "more\n")][..],
            &[(Stderr, READ), (Stdout, "out")],
            &[(Stderr, later.as_str())],
            &[(Stderr, inside.as_str())],
            &[(Stdout, READ)],
            &[(Stderr, "Error: read unixpacket @->/proc/self/fd/1: no route\n")],
            &[(Stderr, READ.trim_end())],
            &[(Stderr, "Err")],
        ] {
            let all: String = pieces.iter().map(|(_, piece)| *piece).collect();
            assert_eq!(filtered(&mut active(), pieces), (all, false));
        }
        let without_input = filtered(&mut ComplaintFilter::default(), &[(Stderr, READ)]);
        assert_eq!(without_input, (READ.to_owned(), false));
    }

    #[test]
    fn words_are_not_held_for_long() {
        let mut filter = active();
        filter.filter(Stderr, READ.as_bytes(), |_, _| panic!("it is held"));
        assert!(filter.hold_time(MAX_GAP).unwrap() <= MAX_GAP);
        let untaken = filter.hold_time(MAX_GAP_UNTAKEN).unwrap();
        assert!(untaken > MAX_GAP && untaken <= MAX_GAP_UNTAKEN);
        filter.release(|_, bytes| assert_eq!(bytes, READ.as_bytes()));
        assert_eq!(filter.hold_time(MAX_GAP_UNTAKEN), None);
        assert!(!filter.drop_at_end(MAX_GAP_UNTAKEN));
    }
}
