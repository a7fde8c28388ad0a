//! Clients, and what they do with containers.

use std::time::Duration;

use sandcell::capi::*;
use sandcell::{Result, Volume};

use super::super::{Command, Finished, Front, NewContainer, Token};
use super::background::Background;
use super::call::{Owned, call, milliseconds, string};
use super::create;
use super::exec::Exec;
use super::options::options;
use super::result::finished;
use super::volume;

pub struct Client(Owned<sandcell_client>);

impl Client {
    fn new(handle: *mut sandcell_client) -> Self {
        Client(Owned::new(handle, sandcell_client_free))
    }

    pub(super) fn with_options(options: &Owned<sandcell_client_builder>) -> Self {
        // SAFETY: the options are live.
        let client = call(|client, error| unsafe {
            sandcell_client_builder_build(options.get(), client, error)
        });
        Client::new(client.unwrap())
    }

    pub(super) fn get(&self) -> *const sandcell_client {
        self.0.get()
    }

    fn container(&self, id_or_name: &str) -> Result<Owned<sandcell_container>> {
        let (text, len) = (id_or_name.as_ptr().cast(), id_or_name.len());
        // SAFETY: the client is live, the text is as long.
        call(|container, error| unsafe {
            sandcell_client_container(self.0.get(), text, len, container, error)
        })
        .map(|container| Owned::new(container, sandcell_container_free))
    }
}

impl Front for Client {
    const NAME: &str = "c";
    type Token = CancelToken;
    type Exec = Exec;
    type Background = Background;

    fn connect() -> Self {
        // SAFETY: the outputs are places.
        let client = call(|client, error| unsafe { sandcell_client_from_env(client, error) });
        Client::new(client.unwrap())
    }

    fn connect_to(host: &str) -> Self {
        let mut options = Owned::new(sandcell_client_builder_new(), sandcell_client_builder_free);
        let (host, len) = (host.as_ptr().cast(), host.len());
        // SAFETY: the options are live, the text is as long.
        call(|(), error| unsafe {
            sandcell_client_builder_set_host(options.get_mut(), host, len, error)
        })
        .unwrap();
        Client::with_options(&options)
    }

    fn with_timeout(&self, timeout: Duration) -> Self {
        // SAFETY: the client is live.
        let derived = call(|derived, error| unsafe {
            sandcell_client_with_timeout_ms(self.0.get(), milliseconds(timeout), derived, error)
        });
        Client::new(derived.unwrap())
    }

    fn with_cancel(&self, token: &CancelToken) -> Self {
        // SAFETY: both are live.
        let derived = call(|derived, error| unsafe {
            sandcell_client_with_cancel(self.0.get(), token.0.get(), derived, error)
        });
        Client::new(derived.unwrap())
    }

    fn close(&self) {
        // SAFETY: the client is live.
        unsafe { sandcell_client_close(self.0.get()) }
    }

    fn version(&self) -> Result<()> {
        // SAFETY: the client is live.
        let version = call(|version, error| unsafe {
            sandcell_client_version(self.0.get(), version, error)
        })?;
        drop(Owned::new(version, sandcell_version_info_free));
        Ok(())
    }

    fn create(&self, container: &NewContainer) -> Result<String> {
        let options = create::options(container)?;
        // SAFETY: both are live.
        let id = call(|id, error| unsafe {
            sandcell_client_create_and_start(self.0.get(), options.get(), id, error)
        })?;
        Ok(string(id).unwrap())
    }

    fn container_alive(&self, container: &str) -> Result<bool> {
        let (container, len) = (container.as_ptr().cast(), container.len());
        let mut alive = false;
        // SAFETY: the client is live, the text is as long.
        call(|(), error| unsafe {
            sandcell_client_container_alive(self.0.get(), container, len, &mut alive, error)
        })?;
        Ok(alive)
    }

    fn stop(&self, container: &str) -> Result<()> {
        let container = self.container(container)?;
        // SAFETY: the container is live.
        call(|(), error| unsafe { sandcell_container_stop(container.get(), error) })
    }

    fn exec(&self, container: &str, command: &Command) -> Result<Finished> {
        let (container, options) = (self.container(container)?, options(command)?);
        // SAFETY: both are live.
        call(|result, error| unsafe {
            sandcell_container_exec(container.get(), options.get(), result, error)
        })
        .map(finished)
    }

    fn start_exec(&self, container: &str, command: &Command) -> Result<Exec> {
        let (container, options) = (self.container(container)?, options(command)?);
        // SAFETY: both are live.
        call(|exec, error| unsafe {
            sandcell_container_start_exec(container.get(), options.get(), exec, error)
        })
        .map(Exec::new)
    }

    fn start_background(
        &self,
        container: &str,
        name: &str,
        command: &Command,
    ) -> Result<Background> {
        let (container, options) = (self.container(container)?, options(command)?);
        let (name, len) = (name.as_ptr().cast(), name.len());
        let (container, options) = (container.get(), options.get());
        // SAFETY: both are live, the text is as long.
        call(|background, error| unsafe {
            sandcell_container_start_background(container, name, len, options, background, error)
        })
        .map(Background::new)
    }

    fn background(&self, container: &str, name: &str) -> Result<Background> {
        let container = self.container(container)?;
        let (name, len) = (name.as_ptr().cast(), name.len());
        // SAFETY: the container is live, the text is as long.
        call(|background, error| unsafe {
            sandcell_container_background(container.get(), name, len, background, error)
        })
        .map(Background::new)
    }

    fn create_volume(&self, name: &str, labels: &[(&str, &str)]) -> Result<Volume> {
        let options = volume::options(name, labels)?;
        // SAFETY: both are live.
        let volume = call(|volume, error| unsafe {
            sandcell_client_create_volume(self.0.get(), options.get(), volume, error)
        })?;
        Ok(volume::taken(volume).unwrap())
    }

    fn inspect_volume(&self, name: &str) -> Result<Option<Volume>> {
        let (name, len) = (name.as_ptr().cast(), name.len());
        // SAFETY: the client is live, the text is as long.
        call(|volume, error| unsafe {
            sandcell_client_inspect_volume(self.0.get(), name, len, volume, error)
        })
        .map(volume::taken)
    }

    fn list_volumes(&self, conditions: &[(&str, Option<&str>)]) -> Result<Vec<Volume>> {
        let filter = volume::filter(conditions)?;
        // SAFETY: both are live.
        call(|volumes, error| unsafe {
            sandcell_client_list_volumes(self.0.get(), filter.get(), volumes, error)
        })
        .map(volume::list)
    }

    fn remove_volume(&self, name: &str) -> Result<()> {
        let (name, len) = (name.as_ptr().cast(), name.len());
        // SAFETY: the client is live, the text is as long.
        call(|(), error| unsafe { sandcell_client_remove_volume(self.0.get(), name, len, error) })
    }
}

pub struct CancelToken(Owned<sandcell_cancel_token>);

impl Default for CancelToken {
    fn default() -> Self {
        CancelToken(Owned::new(sandcell_cancel_token_new(), sandcell_cancel_token_free))
    }
}

impl Token for CancelToken {
    fn cancel(&self) {
        // SAFETY: the token is live.
        unsafe { sandcell_cancel_token_cancel(self.0.get()) }
    }

    fn is_cancelled(&self) -> bool {
        // SAFETY: the token is live.
        unsafe { sandcell_cancel_token_is_cancelled(self.0.get()) }
    }
}
