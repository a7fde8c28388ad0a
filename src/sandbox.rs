//! A container that is stopped when its owner lets go of it.

use std::io::{Read, Write};
use std::path::Path;

use crate::client::Client;
use crate::container::ContainerState;
use crate::create::CreateOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::exec::{Background, Exec, ExecOptions, ExecResult, Resources};
use crate::files::{TransferOptions, WriteOptions};
use crate::posture::Posture;
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
    client: Client,
    id: String,
    is_left: bool,
}

impl Sandbox {
    /// Creates and starts a container; see [`Client::create_and_start`].
    ///
    /// # Errors
    /// Those of [`Client::create_and_start`].
    pub fn start(client: &Client, options: &CreateOptions) -> Result<Self> {
        Ok(Sandbox::new(client, client.create_and_start(options)?))
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
            Ok(Sandbox::new(client, state.id))
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
        let found = client.containers_of_session(container)?;
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

    fn new(client: &Client, id: String) -> Self {
        Sandbox { client: client.clone(), id, is_left: false }
    }

    /// The container's full id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The client that made it.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Runs a command and waits for its end; see [`Client::exec`].
    ///
    /// # Errors
    /// Those of [`Client::exec`].
    pub fn exec(&self, options: &ExecOptions) -> Result<ExecResult> {
        self.client.exec(&self.id, options)
    }

    /// Starts a command; see [`Client::start_exec`].
    ///
    /// # Errors
    /// Those of [`Client::start_exec`].
    pub fn start_exec(&self, options: &ExecOptions) -> Result<Exec> {
        self.client.start_exec(&self.id, options)
    }

    /// Starts a command in the background; see [`Client::start_background`].
    ///
    /// # Errors
    /// Those of [`Client::start_background`].
    pub fn start_background(&self, name: &str, options: &ExecOptions) -> Result<Background> {
        self.client.start_background(&self.id, name, options)
    }

    /// A background command, whoever started it; see [`Client::background`].
    ///
    /// # Errors
    /// Those of [`Client::background`].
    pub fn background(&self, name: &str) -> Result<Background> {
        self.client.background(&self.id, name)
    }

    /// Reads a file; see [`Client::read_file`].
    ///
    /// # Errors
    /// Those of [`Client::read_file`].
    pub fn read_file(&self, path: &str) -> Result<Vec<u8>> {
        self.client.read_file(&self.id, path)
    }

    /// Copies a file out, as it comes; see [`Client::copy_file_out`].
    ///
    /// # Errors
    /// Those of [`Client::copy_file_out`].
    pub fn copy_file_out(&self, path: &str, to: &mut dyn Write) -> Result<u64> {
        self.client.copy_file_out(&self.id, path, to)
    }

    /// Writes a file; see [`Client::write_file`].
    ///
    /// # Errors
    /// Those of [`Client::write_file`].
    pub fn write_file(
        &self,
        path: &str,
        contents: impl Read,
        options: &WriteOptions,
    ) -> Result<()> {
        self.client.write_file(&self.id, path, contents, options)
    }

    /// Copies a host's tree in; see [`Client::upload`].
    ///
    /// # Errors
    /// Those of [`Client::upload`].
    pub fn upload(
        &self,
        host_dir: impl AsRef<Path>,
        path: &str,
        options: &TransferOptions<'_>,
    ) -> Result<()> {
        self.client.upload(&self.id, host_dir, path, options)
    }

    /// Copies a tree out to the host; see [`Client::download`].
    ///
    /// # Errors
    /// Those of [`Client::download`].
    pub fn download(
        &self,
        path: &str,
        host_dir: impl AsRef<Path>,
        options: &TransferOptions<'_>,
    ) -> Result<()> {
        self.client.download(&self.id, path, host_dir, options)
    }

    /// What has become of it; `None` if it is gone.
    ///
    /// # Errors
    /// Any failure to ask.
    pub fn state(&self) -> Result<Option<ContainerState>> {
        self.client.inspect_container_state(&self.id)
    }

    /// What the engine enforces on it; see [`Client::posture`].
    ///
    /// # Errors
    /// Those of [`Client::posture`].
    pub fn posture(&self) -> Result<Posture> {
        self.client.posture(&self.id)
    }

    /// What it has used so far; see [`Client::resources`].
    ///
    /// # Errors
    /// Those of [`Client::resources`].
    pub fn resources(&self) -> Result<Resources> {
        self.client.resources(&self.id)
    }

    /// Freezes all its processes; see [`Client::pause`].
    ///
    /// # Errors
    /// Those of [`Client::pause`].
    pub fn pause(&self) -> Result<()> {
        self.client.pause(&self.id)
    }

    /// Lets its processes go on; see [`Client::resume`].
    ///
    /// # Errors
    /// Those of [`Client::resume`].
    pub fn resume(&self) -> Result<()> {
        self.client.resume(&self.id)
    }

    /// Stops and removes it; see [`Client::stop`]. If that fails, nothing is
    /// tried again.
    ///
    /// # Errors
    /// Those of [`Client::stop`].
    pub fn stop(mut self) -> Result<()> {
        self.is_left = true;
        self.client.stop(&self.id)
    }

    /// Lets it run on without this handle; returns its id, for
    /// [`attach`](Sandbox::attach). One whose life is tied to this process ends
    /// with the process all the same, or when the client is closed.
    #[must_use = "the id is what the container can be found by"]
    pub fn leave_running(mut self) -> String {
        self.is_left = true;
        std::mem::take(&mut self.id)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if !self.is_left {
            self.client.discard(&self.id);
        }
    }
}
