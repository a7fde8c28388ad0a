//! What a pump does for a thread that has the lead. Nothing here waits for a
//! request.

use std::time::{Duration, Instant};

use super::Overflow;
use super::demux::OutputStream;
use super::pump::{Pump, READ_SIZE, cannot_demultiplex};
use super::stop::{Left, Step, Stop};

impl Pump {
    /// Reads output of one stream into `buffer`, without a detour if possible. What
    /// comes of the other stream goes to its spool.
    pub(super) fn read(
        &mut self,
        which: OutputStream,
        buffer: &mut [u8],
        until: Option<Instant>,
    ) -> Result<Left, Stop> {
        loop {
            self.check()?;
            match self.step_for(which, buffer)? {
                Step::Moved(0) => {}
                Step::Moved(count) => return Ok(Left::Found(count)),
                Step::Ended => return Ok(Left::Ended),
                Step::WouldBlock => {
                    let hold = self.flush_held();
                    let flushed = self.pop(which, buffer);
                    if flushed > 0 {
                        return Ok(Left::Found(flushed));
                    }
                    if !self.wait_until(until, hold)? {
                        return Ok(Left::TimeIsUp);
                    }
                }
            }
        }
    }

    /// Receives for a reader; [`Step::Moved`] is how much it gets.
    fn step_for(&mut self, which: OutputStream, buffer: &mut [u8]) -> Result<Step, Stop> {
        if buffer.len() < READ_SIZE {
            let step = self.step(&mut [0; READ_SIZE])?;
            return Ok(match step {
                Step::Moved(_) => Step::Moved(self.pop(which, buffer)),
                step => step,
            });
        }
        let size = self.demux.best_size(buffer.len());
        match self.exchange(&mut buffer[..size])? {
            Step::Moved(count) => self.receive_for(which, buffer, count).map(Step::Moved),
            step => Ok(step),
        }
    }

    /// Leaves in `buffer` what is the reader's of the `count` bytes received there.
    fn receive_for(
        &mut self,
        which: OutputStream,
        buffer: &mut [u8],
        count: usize,
    ) -> Result<usize, Stop> {
        let Pump { demux, feed, start_error_filter, streams, overflow, .. } = self;
        let complaints = &mut feed.complaints;
        let may_be_complaint = which == OutputStream::Stderr && complaints.is_active();
        let is_plain = start_error_filter.is_settled() && !may_be_complaint;
        let mut state = streams.lock();
        if !is_plain || !state.spool(which).is_passing() {
            drop(state);
            self.receive(&buffer[..count])?;
            return Ok(self.pop(which, buffer));
        }
        let mut has_other = false;
        let (kept, sifted) = demux.sift(&mut buffer[..count], which, |of, bytes| {
            if of != which || complaints.is_holding() {
                has_other = true;
                complaints.filter(of, bytes, |of, bytes| state.spool(of).push(bytes));
            }
        });
        state.spool(which).pass(kept);
        let is_over = *overflow == Overflow::Kill && has_other && state.dropped() > 0;
        drop(state);
        if has_other {
            streams.update(|_| ());
        }
        let stop = match sifted {
            Err(error) => Some(Stop::Failed(cannot_demultiplex(error))),
            Ok(()) => is_over.then_some(Stop::OutputLimit),
        };
        match stop {
            Some(stop) if kept == 0 => Err(stop),
            pending => {
                self.pending = pending;
                Ok(kept)
            }
        }
    }

    fn pop(&self, which: OutputStream, buffer: &mut [u8]) -> usize {
        self.streams.lock().spool(which).pop(buffer)
    }

    /// Sends what the stream accepts of the input.
    pub(super) fn push_input(&mut self) -> Result<Left, Stop> {
        self.check()?;
        self.send_input()?;
        Ok(Left::Found(0))
    }

    /// Moves what can be moved at once, for the keeper: `None` if there is so much
    /// that it takes a thread, else how long the keeper may wait.
    pub(super) fn keep_up(&mut self, buffer: &mut [u8]) -> Result<Option<Wait>, Stop> {
        let mut moved = 0;
        while moved < buffer.len() {
            self.check()?;
            self.run_watchdog()?;
            match self.step(buffer)? {
                Step::Moved(count) => moved += count,
                Step::Ended => return Ok(None),
                Step::WouldBlock => {
                    let hold = self.flush_held();
                    let limit = self.target.context.deadline();
                    let limit = limit.map(|at| at.saturating_duration_since(Instant::now()));
                    let times = [hold, limit, self.time_left(), self.feed.time_left()];
                    return Ok(Some(times.into_iter().flatten().min()));
                }
            }
        }
        Ok(None)
    }
}

/// How long to wait at most.
pub(super) type Wait = Option<Duration>;
