//! The progress stream of a pull: JSON values, one after the other.

use std::cell::Cell;
use std::io::{self, BufReader, Read};

use serde::Deserialize;

use super::answer::{Answer, from_io};
use crate::api::PullProgress;
use crate::error::{Error, ErrorKind, Result};

/// One message longer than this is refused.
const MAX_MESSAGE: usize = 1024 * 1024;

/// A message: progress, or the error that ends the pull.
#[derive(Deserialize)]
struct Message {
    #[serde(flatten)]
    progress: PullProgress,
    #[serde(default)]
    error: Option<String>,
}

/// Reads the stream to its end, which is the end of the pull.
pub(super) fn drain(mut answer: Answer<'_>, progress: &mut dyn FnMut(&PullProgress)) -> Result<()> {
    let left = Cell::new(MAX_MESSAGE);
    let bounded = Bounded { inner: BufReader::new(&mut answer), left: &left };
    let mut messages = serde_json::Deserializer::from_reader(bounded).into_iter::<Message>();
    let mut failure = None;
    for message in &mut messages {
        let message = match message {
            Ok(message) => message,
            // What the engine said of the failure counts, not how it ended.
            Err(_) if failure.is_some() => break,
            Err(error) => return Err(not_progress(error)),
        };
        left.set(MAX_MESSAGE);
        match message.error {
            // Read on to the end: the engine still reports on other layers.
            Some(error) => failure = failure.or(Some(error)),
            None => progress(&message.progress),
        }
    }
    drop(messages);
    answer.finish();
    match failure {
        Some(message) => Err(Error::new(ErrorKind::Pull, message)),
        None => Ok(()),
    }
}

fn not_progress(error: serde_json::Error) -> Error {
    if error.is_io() {
        return from_io(error.into());
    }
    if error.is_eof() {
        return Error::new(ErrorKind::Disconnected, "the pull's progress ended inside a message");
    }
    Error::protocol("the pull's progress is not as expected").with_source(error)
}

/// Fails when more than `left` bytes are read; the reader of the messages
/// gives each one its allowance.
struct Bounded<'a, R> {
    inner: R,
    left: &'a Cell<usize>,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let Some(left) = self.left.get().checked_sub(count) else {
            let error = Error::protocol("one message of the pull's progress is endless");
            return Err(io::Error::other(error));
        };
        self.left.set(left);
        Ok(count)
    }
}
