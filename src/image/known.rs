//! The images that an engine is known to have, and those that are being looked
//! for: one look for all who want the same at once.

use std::collections::HashMap;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, OnceLock};

use crate::error::{Error, ErrorKind, Result};
use crate::registry::Credentials;
use crate::sys;

/// So many images are remembered.
const MAX_REMEMBERED: usize = 1024;

/// The images that the engine had, and those that somebody looks for now.
#[derive(Debug, Default)]
pub(crate) struct Images(Mutex<HashMap<Key, State>>);

/// An image and a platform, which may be empty.
type Key = (String, String);

#[derive(Debug)]
enum State {
    There,
    InFlight(Arc<Search>),
}

/// A look for an image that several callers wait for.
#[derive(Debug)]
pub(super) struct Search {
    /// Readable when it has ended.
    pub(super) wake_rx: UnixStream,
    /// Whose credentials it is made with.
    credentials: Option<Credentials>,
    /// Not set if it ended by a panic.
    result: OnceLock<Result<()>>,
}

impl Search {
    /// The result, if it holds for a caller with `credentials`, too.
    pub(super) fn result_for(&self, credentials: Option<&Credentials>) -> Option<Result<()>> {
        let result = self.result.get()?.clone();
        let is_its_own = match result.as_ref().map_err(Error::kind) {
            Err(ErrorKind::Unauthorized) => self.credentials.as_ref() != credentials,
            Err(ErrorKind::Io) => true, // its callback's, it may be
            Err(_) => result.as_ref().is_err_and(Error::is_interruption),
            Ok(()) => false,
        };
        (!is_its_own).then_some(result)
    }
}

/// What a caller is to do.
pub(super) enum Part<'a> {
    /// Nothing.
    Done,
    /// Wait for somebody else.
    Wait(Arc<Search>),
    /// Look.
    Look(Leader<'a>),
}

/// The one who looks; the others wait until it is dropped.
pub(super) struct Leader<'a> {
    images: &'a Images,
    key: Key,
    search: Arc<Search>,
    _wake_tx: UnixStream,
}

impl Images {
    pub(super) fn join(&self, key: &Key, credentials: Option<&Credentials>) -> Result<Part<'_>> {
        let mut states = sys::lock(&self.0);
        match states.get(key) {
            Some(State::There) => return Ok(Part::Done),
            Some(State::InFlight(search)) => return Ok(Part::Wait(Arc::clone(search))),
            None => {}
        }
        let (wake_rx, wake_tx) =
            sys::socket_pair().map_err(|e| Error::io("make a socket pair", e))?;
        let credentials = credentials.cloned();
        let search = Arc::new(Search { wake_rx, credentials, result: OnceLock::new() });
        if states.len() >= MAX_REMEMBERED {
            states.retain(|_, state| matches!(state, State::InFlight(_)));
        }
        states.insert(key.clone(), State::InFlight(Arc::clone(&search)));
        Ok(Part::Look(Leader { images: self, key: key.clone(), search, _wake_tx: wake_tx }))
    }

    /// Forgets that `image` was there.
    pub(crate) fn forget(&self, image: &str) {
        let is_other = |key: &Key, state: &State| key.0 != image || !matches!(state, State::There);
        sys::lock(&self.0).retain(|key, state| is_other(key, state));
    }
}

impl Leader<'_> {
    pub(super) fn found(self, result: Result<()>) -> Result<()> {
        let _ = self.search.result.set(result.clone());
        result
    }
}

impl Drop for Leader<'_> {
    fn drop(&mut self) {
        let mut states = sys::lock(&self.images.0);
        match self.search.result.get() {
            Some(Ok(())) => states.insert(self.key.clone(), State::There),
            _ => states.remove(&self.key),
        };
    }
}
