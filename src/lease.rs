//! Connections that tie containers to this process: the kernel closes them
//! however the process ends.

use std::collections::HashMap;
use std::fmt;
use std::sync::Mutex;

use crate::api::Stream;
use crate::sys;

/// The standard inputs of containers that live as long as their input is open.
#[derive(Default)]
pub(crate) struct Leases(Mutex<HashMap<String, Box<dyn Stream>>>);

impl Leases {
    /// Keeps the input of `container` open.
    pub(crate) fn hold(&self, container: &str, input: Box<dyn Stream>) {
        let mut held = sys::lock(&self.0);
        // A closed input belongs to a container that has ended.
        held.retain(|_, input| crate::api::is_quiet(input.as_mut()));
        held.insert(container.to_owned(), input);
    }

    /// Whether the input of `container` is kept open here.
    pub(crate) fn holds(&self, container: &str) -> bool {
        sys::lock(&self.0).contains_key(container)
    }

    /// Closes the input of a removed container.
    pub(crate) fn release(&self, container: &str) {
        sys::lock(&self.0).remove(container);
    }

    /// Closes all inputs.
    pub(crate) fn clear(&self) {
        sys::lock(&self.0).clear();
    }
}

impl fmt::Debug for Leases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(sys::lock(&self.0).keys()).finish()
    }
}
