//! Create options.

use sandock::capi::*;
use sandock::{NetworkMode, Result};

use super::super::NewContainer;
use super::call::{Owned, call, milliseconds};

pub fn options(container: &NewContainer) -> Result<Owned<sandock_create_options>> {
    let (image, len) = (container.image.as_ptr().cast(), container.image.len());
    // SAFETY: the text is as long.
    let options =
        call(|options, error| unsafe { sandock_create_options_new(image, len, options, error) })?;
    let mut owned = Owned::new(options, sandock_create_options_free);
    let options = owned.get_mut();
    if let Some(network) = &container.network {
        let mode = number_of(network);
        // SAFETY: the options are live.
        call(|(), error| unsafe { sandock_create_options_set_network_mode(options, mode, error) })?;
    }
    if let Some(user) = &container.user {
        let (user, len) = (user.as_ptr().cast(), user.len());
        // SAFETY: the options are live, the text is as long.
        call(|(), error| unsafe { sandock_create_options_set_user(options, user, len, error) })?;
    }
    if let Some(time) = container.kill_container_after.map(milliseconds) {
        // SAFETY: the options are live.
        call(|(), error| unsafe {
            sandock_create_options_set_kill_container_after_ms(options, time, error)
        })?;
    }
    if container.allow_reachable_watchers {
        // SAFETY: the options are live.
        call(|(), error| unsafe {
            sandock_create_options_allow_reachable_watchers(options, error)
        })?;
    }
    Ok(owned)
}

fn number_of(network: &NetworkMode) -> sandock_network_mode {
    match network {
        NetworkMode::Disabled => SANDOCK_NETWORK_DISABLED,
        NetworkMode::AllowAll => SANDOCK_NETWORK_ALLOW_ALL,
        other => panic!("{other:?}"),
    }
}
