//! How far a pump came, and why it stopped.

use super::Outcome;
use crate::error::{Error, ErrorKind, Result};

/// What one step of a pump did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It moved something. With a reader's buffer, it is how much is in there.
    Moved(usize),
    /// There was nothing to receive.
    WouldBlock,
    /// The output has ended.
    Ended,
}

/// Why a thread that has the lead does not need it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// It found what it needs: so many bytes, if it reads.
    Found(usize),
    TimeIsUp,
    /// The output has ended.
    Ended,
    /// The command has ended, and that is published.
    Concluded,
}

/// Why the pump stopped before the command did.
#[derive(Debug)]
pub(super) enum Stop {
    /// The call's deadline passed, it was cancelled, or the client was closed.
    Interrupted(Error),
    TimedOut,
    OutputLimit,
    Dropped,
    Detached,
    /// It was killed meanwhile, or the wait for that is over.
    Killed,
    Failed(Error),
    /// A reader or a writer wants the lead.
    Wanted,
    /// A request must be made, and this thread must not wait for it.
    MayNotBlock,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Failed(error)
    }
}

impl Stop {
    pub(super) fn outcome(self) -> Outcome {
        match self {
            Stop::Interrupted(error) => interrupted(error).unwrap_or_else(Outcome::Lost),
            Stop::TimedOut => Outcome::TimedOut,
            Stop::OutputLimit => Outcome::OutputLimit,
            Stop::Dropped | Stop::Killed | Stop::Wanted | Stop::MayNotBlock => Outcome::Cancelled,
            Stop::Detached => {
                Outcome::Lost(Error::new(ErrorKind::Closed, "the command was detached"))
            }
            Stop::Failed(error) => Outcome::Lost(error),
        }
    }
}

/// The outcome of an interrupted call; closing the client is an error.
pub(super) fn interrupted(error: Error) -> Result<Outcome> {
    match error.kind() {
        ErrorKind::Timeout => Ok(Outcome::TimedOut),
        ErrorKind::Cancelled => Ok(Outcome::Cancelled),
        _ => Err(error),
    }
}
