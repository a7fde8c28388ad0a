//! A container that is removed when its owner drops it.

use std::ops::Deref;

use super::{Client, Container};
use crate::container::{self, ContainerState};
use crate::create::CreateOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::labels;
use crate::validate;

/// A container owned by this process.
///
/// **Dropping it removes the container** and kills everything in it. That usually
/// takes a tenth of a second, at most 30 s; failures are logged. The client's
/// limits bound the wait, after which the removal continues in the background.
///
/// A killed process runs no destructors. So a sandbox is also tied to this
/// process: the engine removes the container when the process ends. That costs a
/// connection to the engine for each sandbox. To let a container outlive this
/// process, create it with [`Lifetime::Detached`](crate::Lifetime::Detached) and
/// call [`leave_running`](Sandbox::leave_running).
///
/// A sandbox dereferences to its [`Container`]. All methods are bounded by the
/// limits of the [`Client`] that created it and may be called from several
/// threads at once.
///
/// ```
/// use sandcell::{Client, CreateOptions, ExecOptions, Sandbox};
///
/// let client = Client::from_env()?;
/// let sandbox = Sandbox::start(&client, &CreateOptions::new("busybox:latest"))?;
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
    /// Creates and starts a container; see [`Client::create_and_start`]. Unless
    /// the options set a [`lifetime`](CreateOptions::lifetime), it is
    /// [tied to this process](crate::Lifetime::TiedToHost). If the engine, or a
    /// proxy before it, refuses the connection that this takes, a warning is logged
    /// and the container is not tied; a lifetime that the options do set is an
    /// error then.
    ///
    /// # Errors
    /// Those of [`Client::create_and_start`].
    pub fn start(client: &Client, options: &CreateOptions) -> Result<Self> {
        Sandbox::new(client, client.create_and_start(&options.tied_by_default())?)
    }

    /// Takes ownership of a running container, given by id, name, or the
    /// [`session_id`](CreateOptions::session_id) it was created with. Dropping
    /// the sandbox removes the container, even if other processes are attached to
    /// it.
    ///
    /// # Errors
    /// `NotFound` if there is no such container, `Conflict` if it is not running
    /// or if several containers belong to the session.
    pub fn attach(client: &Client, container: &str) -> Result<Self> {
        let attach = || {
            let state = match Sandbox::find(client, container)? {
                Some(state) => state,
                None => {
                    let problem = format!("no container or session {container:?}");
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

    /// Finds a container by id or name, or else by session.
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
                    "several containers belong to session {container:?}: {}",
                    several.join(", ")
                );
                Err(Error::new(ErrorKind::Conflict, problem))
            }
        }
    }

    /// Returns the ids of a session's containers.
    fn of_session(client: &Client, session: &str) -> Result<Vec<String>> {
        validate::label_value("session_id", session)?;
        let (api, context) = (client.api().as_ref(), client.begin()?);
        let list = container::list_labelled(api, &context, labels::SESSION_ID, session)?;
        Ok(list.into_iter().map(|container| container.id).collect())
    }

    fn new(client: &Client, id: String) -> Result<Self> {
        Ok(Sandbox { container: client.container(id)?, is_left: false })
    }

    /// The same sandbox, under the limits of `client`.
    pub(super) fn under(mut self, client: &Client) -> Self {
        self.container = self.container.under(client);
        self
    }

    /// Stops and removes the container; see [`Container::stop`]. If that fails, or
    /// the client's limits end it, the call returns the error, and the container is
    /// removed in the background, as it is when a sandbox is dropped.
    ///
    /// # Errors
    /// Those of [`Container::stop`].
    pub fn stop(mut self) -> Result<()> {
        self.is_left = true;
        self.container.stop().inspect_err(|_| self.container.discard_in_background())
    }

    /// Lets the container run on when this sandbox is dropped. Returns the
    /// container's id, for [`attach`](Sandbox::attach).
    ///
    /// ```
    /// use sandcell::{Client, CreateOptions, Lifetime, Sandbox};
    ///
    /// let client = Client::from_env()?;
    /// let options = CreateOptions::new("busybox:latest").lifetime(Lifetime::Detached);
    /// let id = Sandbox::start(&client, &options)?.leave_running()?;
    /// let same = Sandbox::attach(&client, &id)?;
    /// # same.stop()?;
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Conflict` if the container is [tied to this
    /// process](crate::Lifetime::TiedToHost), and would end with it. The sandbox
    /// is unchanged then.
    pub fn leave_running(&mut self) -> Result<String> {
        if self.container.client().engine().leases.holds(self.container.id()) {
            let problem = "leave running: the container is tied to this process and would end \
                           with it; create it with Lifetime::Detached";
            return Err(Error::new(ErrorKind::Conflict, problem));
        }
        self.is_left = true;
        Ok(self.container.id().to_owned())
    }
}

/// A sandbox provides all operations of its container.
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
