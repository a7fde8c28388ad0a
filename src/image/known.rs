//! A cache of the images that the engine has, and of the lookups in flight, which
//! concurrent callers for the same image share.

use std::collections::HashMap;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, OnceLock};

use crate::error::{Error, ErrorKind, Result};
use crate::registry::Credentials;
use crate::sys;

/// The limit of cached images.
const MAX_CACHED: usize = 1024;

/// The images that the engine has, and the lookups in flight.
#[derive(Debug, Default)]
pub(crate) struct Images(Mutex<HashMap<Key, State>>);

/// An image and a platform, which may be empty.
type Key = (String, String);

#[derive(Debug)]
enum State {
    Present,
    InFlight(Arc<Lookup>),
}

/// A lookup of an image, with a pull if it is missing, that callers wait for.
#[derive(Debug)]
pub(super) struct Lookup {
    /// Readable (end of stream) once the lookup has ended.
    pub(super) wake_rx: UnixStream,
    /// The credentials that the leader pulls with.
    credentials: Option<Credentials>,
    /// Unset if the leader panicked.
    result: OnceLock<Result<()>>,
}

impl Lookup {
    /// Returns the result, if it also applies to a caller with `credentials`.
    pub(super) fn result_for(&self, credentials: Option<&Credentials>) -> Option<Result<()>> {
        let result = self.result.get()?.clone();
        let is_private = match result.as_ref().map_err(Error::kind) {
            Err(ErrorKind::Unauthorized) => self.credentials.as_ref() != credentials,
            Err(ErrorKind::Io) => true, // may come from the leader's callback
            Err(_) => result.as_ref().is_err_and(Error::is_interruption),
            Ok(()) => false,
        };
        (!is_private).then_some(result)
    }
}

/// The part that a caller takes in a lookup.
pub(super) enum Role<'a> {
    /// None: the image is cached as present.
    Done,
    /// Waits for another caller's lookup.
    Follower(Arc<Lookup>),
    /// Does the lookup.
    Leader(Leader<'a>),
}

/// The caller that does the lookup. Followers wait until it is dropped.
pub(super) struct Leader<'a> {
    images: &'a Images,
    key: Key,
    lookup: Arc<Lookup>,
    _wake_tx: UnixStream,
}

impl Images {
    pub(super) fn join(&self, key: &Key, credentials: Option<&Credentials>) -> Result<Role<'_>> {
        let mut states = sys::lock(&self.0);
        match states.get(key) {
            Some(State::Present) => return Ok(Role::Done),
            Some(State::InFlight(lookup)) => return Ok(Role::Follower(Arc::clone(lookup))),
            None => {}
        }
        let (wake_rx, wake_tx) =
            sys::socket_pair().map_err(|e| Error::io("create a socket pair", e))?;
        let credentials = credentials.cloned();
        let lookup = Arc::new(Lookup { wake_rx, credentials, result: OnceLock::new() });
        if states.len() >= MAX_CACHED {
            states.retain(|_, state| matches!(state, State::InFlight(_)));
        }
        states.insert(key.clone(), State::InFlight(Arc::clone(&lookup)));
        Ok(Role::Leader(Leader { images: self, key: key.clone(), lookup, _wake_tx: wake_tx }))
    }

    /// Removes `image` from the cache.
    pub(crate) fn forget(&self, image: &str) {
        let is_other =
            |key: &Key, state: &State| key.0 != image || !matches!(state, State::Present);
        sys::lock(&self.0).retain(|key, state| is_other(key, state));
    }
}

impl Leader<'_> {
    pub(super) fn finish(self, result: Result<()>) -> Result<()> {
        let _ = self.lookup.result.set(result.clone());
        result
    }
}

impl Drop for Leader<'_> {
    fn drop(&mut self) {
        let mut states = sys::lock(&self.images.0);
        match self.lookup.result.get() {
            Some(Ok(())) => states.insert(self.key.clone(), State::Present),
            _ => states.remove(&self.key),
        };
    }
}
