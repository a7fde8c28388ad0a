//! A container to create, before it is the options of a front end.

use std::time::Duration;

use sandcell::NetworkMode;

/// What each front end turns into its own options.
#[derive(Clone, Debug)]
pub struct NewContainer {
    pub image: String,
    pub network: Option<NetworkMode>,
    pub user: Option<String>,
    pub kill_container_after: Option<Duration>,
    pub allow_reachable_watchers: bool,
}

impl NewContainer {
    pub fn new(image: &str) -> Self {
        NewContainer {
            image: image.to_owned(),
            network: None,
            user: None,
            kill_container_after: None,
            allow_reachable_watchers: false,
        }
    }

    pub fn network(self, network: NetworkMode) -> Self {
        NewContainer { network: Some(network), ..self }
    }

    pub fn user(self, user: &str) -> Self {
        NewContainer { user: Some(user.to_owned()), ..self }
    }

    pub fn kill_container_after(self, time: Duration) -> Self {
        NewContainer { kill_container_after: Some(time), ..self }
    }

    pub fn allow_reachable_watchers(self) -> Self {
        NewContainer { allow_reachable_watchers: true, ..self }
    }
}
