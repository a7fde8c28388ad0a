//! Output that is held back, until it is known whose words it is: the command's or
//! the engine's.

use std::time::Duration;

use super::complaint;
use super::pump::Pump;

/// What a warning says of output that may be incomplete.
const LEFT_UNREAD: &str =
    "it ended before it had read its input, and Podman may have lost the end of its output";

impl Pump {
    /// Ends the output: what Podman says last of input that nobody read is not the
    /// command's.
    pub(super) fn end_output(&mut self, is_reset: bool) {
        let max_gap = self.max_complaint_gap(is_reset);
        if self.feed.complaints.drop_at_end(max_gap) {
            log::warn!("exec {}: {LEFT_UNREAD}", self.exec);
            self.streams.update(|state| {
                state.stdout.mark_cut();
                state.stderr.mark_cut();
            });
        }
        self.release_complaint();
    }

    /// How soon the stream ends after a complaint.
    fn max_complaint_gap(&self, is_reset: bool) -> Duration {
        let is_untaken =
            is_reset || self.input.wants_to_send() || self.streams.lock().unsent.refused;
        complaint::max_gap(is_untaken)
    }

    /// Passes what looks like a complaint on to the next filter: it is output.
    fn release_complaint(&mut self) {
        let Pump { feed, start_error_filter, streams, .. } = self;
        streams.update(|state| {
            feed.complaints.release(|channel, bytes| {
                start_error_filter
                    .filter(channel, bytes, |channel, bytes| state.spool(channel).push(bytes));
            });
        });
    }

    /// Passes on everything held back: it is the command's output.
    pub(super) fn pass_through(&mut self) {
        self.release_complaint();
        let Pump { start_error_filter, streams, .. } = self;
        streams.update(|state| {
            start_error_filter.pass_through(|channel, bytes| state.spool(channel).push(bytes));
        });
    }

    /// Passes on output that was held back long enough; returns how long to hold
    /// the rest.
    pub(super) fn flush_held(&mut self) -> Option<Duration> {
        if self.feed.complaints.is_holding() {
            let hold = self.feed.complaints.hold_time(self.max_complaint_gap(false));
            if hold.is_some_and(|hold| !hold.is_zero()) {
                return hold;
            }
            self.release_complaint();
        }
        let hold = self.start_error_filter.hold_time()?;
        if !hold.is_zero() {
            return Some(hold);
        }
        let Pump { start_error_filter, streams, .. } = self;
        streams.update(|state| {
            start_error_filter.flush(|channel, bytes| state.spool(channel).push(bytes));
        });
        None
    }
}
