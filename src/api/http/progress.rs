//! The progress stream of a pull, an import or a load: JSON values, one after
//! the other.

use std::cell::Cell;
use std::io::{self, BufReader, Read};

use serde::Deserialize;

use super::response::{Response, from_io};
use crate::api::PullProgress;
use crate::error::{Error, ErrorKind, Result};
use crate::supplied;

/// One message longer than this is refused.
const MAX_MESSAGE: usize = 1024 * 1024;

/// A message: progress, or the error that ends it.
#[derive(Deserialize)]
struct Message {
    #[serde(flatten)]
    progress: PullProgress,
    #[serde(default)]
    error: Option<String>,
}

/// Reads the stream to its end, which is the end of the work.
pub(super) fn drain(
    mut answer: Response<'_>,
    progress: &mut dyn FnMut(&PullProgress),
) -> Result<()> {
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
            None => supplied::tell("a progress callback", || progress(&message.progress))?,
        }
    }
    drop(messages);
    answer.finish();
    match failure {
        Some(message) => Err(Error::new(ErrorKind::Engine, message)),
        None => Ok(()),
    }
}

/// What the engine says that a registry said, or its own disk: the texts are all
/// that there is. The first that is found counts.
const SIGNS: [(ErrorKind, &[&str]); 4] = [
    (ErrorKind::NoSpace, &["no space left on device"]),
    (ErrorKind::RateLimited, &["toomanyrequests", "too many requests", "rate limit"]),
    (
        ErrorKind::Unauthorized,
        &[
            "unauthorized",
            "authentication required",
            "no basic auth credentials",
            "username or password",
            "invalid username/password",
            "access to the resource is denied",
            "denied: ",
            "403 forbidden",
        ],
    ),
    (
        ErrorKind::NotFound,
        &[
            "manifest unknown",
            "name unknown",
            "repository name not known",
            "no matching manifest",
            "does not match the specified platform",
            "no match for platform",
            "no image found in",
            "not found: manifest",
        ],
    ),
];

/// Why a pull failed, by what the engine says of it.
pub(super) fn pull_failed(error: Error) -> Error {
    if !matches!(error.kind(), ErrorKind::Engine | ErrorKind::NotFound) {
        return error;
    }
    let said = format!("{error:#}").to_ascii_lowercase();
    if error.kind() == ErrorKind::NotFound && !said.contains("blob") {
        return error; // an image that is there, but for a part of it, is not the same
    }
    let meant = SIGNS.iter().find(|(_, texts)| texts.iter().any(|text| said.contains(text)));
    error.with_kind(meant.map_or(ErrorKind::Pull, |&(kind, _)| kind))
}

fn not_progress(error: serde_json::Error) -> Error {
    if error.is_io() {
        return from_io(error.into());
    }
    if error.is_eof() {
        return Error::new(ErrorKind::Disconnected, "the progress ended inside a message");
    }
    Error::protocol("the progress is not as expected").with_source(error)
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
            let error = Error::protocol("one message of the progress is endless");
            return Err(io::Error::other(error));
        };
        self.left.set(left);
        Ok(count)
    }
}
