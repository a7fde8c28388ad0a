//! The progress stream of a pull, an import or a load, a sequence of JSON values.

use std::cell::Cell;
use std::io::{self, BufReader, Read};

use serde::Deserialize;

use super::response::{Response, from_io};
use crate::api::PullProgress;
use crate::error::{Error, ErrorKind, Result};
use crate::supplied;

/// The size limit of a message, in bytes.
const MAX_MESSAGE: usize = 1024 * 1024;

/// A message: progress, or the error that the operation failed with.
#[derive(Deserialize)]
struct Message {
    #[serde(flatten)]
    progress: PullProgress,
    #[serde(default)]
    error: Option<String>,
}

/// Reads the stream to its end, when the operation has finished.
pub(super) fn drain(
    mut response: Response<'_>,
    progress: &mut dyn FnMut(&PullProgress),
) -> Result<()> {
    let left = Cell::new(MAX_MESSAGE);
    let bounded = Bounded { inner: BufReader::new(&mut response), left: &left };
    let mut messages = serde_json::Deserializer::from_reader(bounded).into_iter::<Message>();
    let mut failure = None;
    for message in &mut messages {
        let message = match message {
            Ok(message) => message,
            // The engine's error message matters, not how the stream ended.
            Err(_) if failure.is_some() => break,
            Err(error) => return Err(not_progress(error)),
        };
        left.set(MAX_MESSAGE);
        match message.error {
            // Read on to the end: the engine still reports on other layers.
            Some(error) => failure = failure.or(Some(error)),
            None => supplied::notify("a progress callback", || progress(&message.progress))?,
        }
    }
    drop(messages);
    response.finish();
    match failure {
        Some(message) => Err(Error::of_engine(message)),
        None => Ok(()),
    }
}

/// Texts by which error messages of registries, and of the engine, are classified:
/// engines report no error codes. The first match counts.
const SIGNS: [(ErrorKind, &[&str]); 3] = [
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

/// Classifies the error of a pull by the engine's message.
pub(super) fn pull_failed(error: Error) -> Error {
    if !matches!(error.kind(), ErrorKind::Engine | ErrorKind::NotFound) {
        return error;
    }
    let said = format!("{error:#}").to_ascii_lowercase();
    if error.kind() == ErrorKind::NotFound && !said.contains("blob") {
        return error; // a missing blob of an existing image is another error
    }
    let meant = SIGNS.iter().find(|(_, texts)| texts.iter().any(|text| said.contains(text)));
    error.with_kind(meant.map_or(ErrorKind::Pull, |&(kind, _)| kind))
}

fn not_progress(error: serde_json::Error) -> Error {
    if error.is_io() {
        return from_io(error.into());
    }
    if error.is_eof() {
        let problem = "the progress stream ended inside a message";
        return Error::new(ErrorKind::Disconnected, problem);
    }
    Error::protocol("the engine sent a malformed progress message").with_source(error)
}

/// A reader that fails after `left` bytes. The caller resets `left` for each message.
struct Bounded<'a, R> {
    inner: R,
    left: &'a Cell<usize>,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let Some(left) = self.left.get().checked_sub(count) else {
            let error = Error::protocol("the engine sent a progress message over 1 MiB");
            return Err(io::Error::other(error));
        };
        self.left.set(left);
        Ok(count)
    }
}
