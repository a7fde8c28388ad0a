//! Create options.

use sandcell::capi::*;
use sandcell::{NetworkMode, Result};

use super::super::NewContainer;
use super::call::{Owned, call, milliseconds};

pub fn options(container: &NewContainer) -> Result<Owned<sandcell_create_options>> {
    let (image, len) = (container.image.as_ptr().cast(), container.image.len());
    // SAFETY: the text is as long.
    let options =
        call(|options, error| unsafe { sandcell_create_options_new(image, len, options, error) })?;
    let mut owned = Owned::new(options, sandcell_create_options_free);
    let options = owned.get_mut();
    if let Some(network) = &container.network {
        let mode = number_of(network);
        // SAFETY: the options are live.
        call(|(), error| unsafe {
            sandcell_create_options_set_network_mode(options, mode, error)
        })?;
    }
    if let Some(user) = &container.user {
        let (user, len) = (user.as_ptr().cast(), user.len());
        // SAFETY: the options are live, the text is as long.
        call(|(), error| unsafe { sandcell_create_options_set_user(options, user, len, error) })?;
    }
    if let Some(time) = container.kill_container_after.map(milliseconds) {
        // SAFETY: the options are live.
        call(|(), error| unsafe {
            sandcell_create_options_set_kill_container_after_ms(options, time, error)
        })?;
    }
    if container.allow_reachable_watchers {
        // SAFETY: the options are live.
        call(|(), error| unsafe {
            sandcell_create_options_allow_reachable_watchers(options, error)
        })?;
    }
    Ok(owned)
}

fn number_of(network: &NetworkMode) -> sandcell_network_mode {
    match network {
        NetworkMode::Disabled => SANDCELL_NETWORK_DISABLED,
        NetworkMode::AllowAll => SANDCELL_NETWORK_ALLOW_ALL,
        other => panic!("{other:?}"),
    }
}
