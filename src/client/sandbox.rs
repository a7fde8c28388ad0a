//! A container that is stopped when its owner lets go of it.

use std::ops::Deref;

use super::{Client, Container};
use crate::container::{self, ContainerState};
use crate::create::CreateOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::labels;
use crate::validate;

/// A container of this process's own, and what can be done in it.
///
/// **Dropping it removes the container**, with all that runs in it; that takes
/// 30 s at most, mostly a tenth of one, and a failure is logged. The limits of its
/// client end the wait; the removal then goes on in the background.
/// [`leave_running`](Sandbox::leave_running) opts out. A process that is killed
/// drops nothing: [`Lifetime::TiedToHost`](crate::Lifetime::TiedToHost) has the
/// engine remove the container then.
///
/// All methods have the limits of the [`Client`] that made it, and may be called
/// from many threads at once.
///
/// ```
/// use sandcell::{Client, CreateOptions, ExecOptions, Lifetime, Sandbox};
///
/// let client = Client::from_env()?;
/// let options = CreateOptions::new("busybox:latest").lifetime(Lifetime::TiedToHost);
/// let sandbox = Sandbox::start(&client, &options)?;
/// let result = sandbox.exec(&ExecOptions::new(["echo", "hi"]))?;
/// assert_eq!(result.stdout.text(), "hi\n");
/// sandbox.stop()?;
/// # Ok::<(), sandcell::Error>(())
/// ```
#[derive(Debug)]
pub struct Sandbox {
    container: Container,
    is_left: bool,
}

impl Sandbox {
    /// Creates and starts a container; see [`Client::create_and_start`].
    ///
    /// # Errors
    /// Those of [`Client::create_and_start`].
    pub fn start(client: &Client, options: &CreateOptions) -> Result<Self> {
        Sandbox::new(client, client.create_and_start(options)?)
    }

    /// Takes hold of a container that runs already, by its id, its name, or the
    /// [`session_id`](CreateOptions::session_id) that it was created with.
    /// Dropping removes it as any other; several processes may hold it at once.
    ///
    /// # Errors
    /// `NotFound` if there is none, `Conflict` if it does not run, or if several
    /// are of that session.
    pub fn attach(client: &Client, container: &str) -> Result<Self> {
        let attach = || {
            let state = match Sandbox::find(client, container)? {
                Some(state) => state,
                None => {
                    let problem = format!("there is no container, and no session, {container:?}");
                    return Err(Error::new(ErrorKind::NotFound, problem));
                }
            };
            if !state.running {
                let problem = format!("container {} is {:?}", state.id, state.status);
                return Err(Error::new(ErrorKind::Conflict, problem));
            }
            Sandbox::new(client, state.id)
        };
        attach().map_err(|e| e.context("attach to sandbox"))
    }

    /// A container by its id or name, else by its session.
    fn find(client: &Client, container: &str) -> Result<Option<ContainerState>> {
        if validate::id_or_name("container", container).is_ok() {
            let state = client.inspect_container_state(container)?;
            if state.is_some() {
                return Ok(state);
            }
        }
        let found = Sandbox::of_session(client, container)?;
        match &found[..] {
            [] => Ok(None),
            [id] => client.inspect_container_state(id),
            several => {
                let problem = format!(
                    "several containers are of session {container:?}: {}",
                    several.join(", ")
                );
                Err(Error::new(ErrorKind::Conflict, problem))
            }
        }
    }

    /// The ids of the containers that belong to a session.
    fn of_session(client: &Client, session: &str) -> Result<Vec<String>> {
        validate::label_value("session_id", session)?;
        let (api, context) = (client.api().as_ref(), client.begin()?);
        let list = container::labelled(api, &context, labels::SESSION_ID, session)?;
        Ok(list.into_iter().map(|container| container.id).collect())
    }

    fn new(client: &Client, id: String) -> Result<Self> {
        Ok(Sandbox { container: client.container(id)?, is_left: false })
    }

    /// Stops and removes it; see [`Container::stop`]. If that fails, nothing is
    /// tried again.
    ///
    /// # Errors
    /// Those of [`Container::stop`].
    pub fn stop(mut self) -> Result<()> {
        self.is_left = true;
        self.container.stop()
    }

    /// Lets it run on without this handle; returns its id, for
    /// [`attach`](Sandbox::attach). One whose life is tied to this process ends
    /// with the process all the same, or when the client is closed.
    #[must_use = "the id is what the container can be found by"]
    pub fn leave_running(mut self) -> String {
        self.is_left = true;
        self.container.id().to_owned()
    }
}

/// A sandbox is a container, and does all that one does.
impl Deref for Sandbox {
    type Target = Container;

    fn deref(&self) -> &Container {
        &self.container
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if !self.is_left {
            self.container.discard();
        }
    }
}
