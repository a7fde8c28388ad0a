//! What ties containers to this process: connections that the kernel closes with
//! it, however it ends.

use std::collections::HashMap;
use std::fmt;
use std::sync::Mutex;

use crate::api::Stream;
use crate::sys;

/// The inputs of the containers that live as long as they are held.
#[derive(Default)]
pub(crate) struct Leases(Mutex<HashMap<String, Box<dyn Stream>>>);

impl Leases {
    /// Holds the input of `container`.
    pub(crate) fn hold(&self, container: &str, input: Box<dyn Stream>) {
        let mut held = sys::lock(&self.0);
        // An input that has ended belonged to a container that has.
        held.retain(|_, input| crate::api::is_quiet(input.as_mut()));
        held.insert(container.to_owned(), input);
    }

    /// Lets go of the input of a container that is gone.
    pub(crate) fn release(&self, container: &str) {
        sys::lock(&self.0).remove(container);
    }

    /// Lets go of all.
    pub(crate) fn clear(&self) {
        sys::lock(&self.0).clear();
    }
}

impl fmt::Debug for Leases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(sys::lock(&self.0).keys()).finish()
    }
}
