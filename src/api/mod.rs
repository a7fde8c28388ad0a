//! The trait between the [`Client`](crate::Client) and an engine.
//!
//! [`Api`] has one method for each request of the Docker Engine API that the
//! library uses, with typed requests and results. The library has one
//! implementation, over HTTP. A test or an embedding program can supply another
//! with [`Client::with_api`](crate::Client::with_api).
//!
//! Requests and results have the names of the Engine API. In a result, missing
//! fields have default values and unknown fields are ignored, because an engine may
//! be older or newer than this library.
//!
//! Requests and results are `#[non_exhaustive]`, because a later version can add
//! fields. To make one, set the fields of its default value. [`RegistryAuth`], which
//! has no default value, has a constructor.
//!
//! ```
//! use sandcell::api::ContainerCreated;
//!
//! let mut created = ContainerCreated::default();
//! created.id = "c1".to_owned();
//! ```

mod budget;
mod container;
mod create;
mod exec;
pub(crate) mod http;
mod image;
mod json;
mod path_stat;
mod processes;
mod stream;
mod system;
mod version;
mod volume;

pub use container::*;
pub use create::*;
pub use exec::*;
pub use image::*;
pub use path_stat::*;
pub use processes::*;
pub use system::*;
pub use version::ApiVersion;
pub use volume::*;

pub use self::stream::{SocketStream, Stream};
pub(crate) use self::stream::{interest, is_quiet};
pub use crate::call_context::CallContext;
pub use crate::registry::Credentials;

use std::fmt;
use std::io::Read;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// The requests of the Docker Engine API that the library uses.
///
/// Every method may block, and may be called from several threads at once. It must
/// return when its [`CallContext`] is cancelled or its deadline passes. The caller
/// has already validated ids, names and references.
///
/// # Errors
/// Every method fails with the error kinds of [`ErrorKind`], as documented there: in
/// particular [`ErrorKind::NotFound`] if the object does not exist, and
/// [`ErrorKind::Conflict`] if its state does not permit the request.
#[allow(clippy::missing_errors_doc, reason = "documented once, above")]
pub trait Api: Send + Sync + fmt::Debug {
    /// `GET /version`
    fn server_version(&self, context: &CallContext) -> Result<ServerVersion>;

    /// `GET /info`
    fn system_info(&self, context: &CallContext) -> Result<SystemInfo>;

    /// `GET /libpod/containers/{id}/json`: the capabilities in the container's
    /// bounding set, which only Podman reports; `None` for other engines. The
    /// default implementation returns `None`.
    fn container_capabilities(
        &self,
        _context: &CallContext,
        _container: &str,
    ) -> Result<Option<Vec<String>>> {
        Ok(None)
    }

    /// The version of the Engine API that requests use.
    fn negotiated_version(&self, context: &CallContext) -> Result<ApiVersion>;

    /// `GET /images/{name}/json`
    fn image_inspect(&self, context: &CallContext, image: &str) -> Result<ImageInspect>;

    /// `POST /images/create`: pulls an image, and returns when the pull has finished.
    /// `progress` is called on this thread for every progress message.
    fn image_pull(
        &self,
        context: &CallContext,
        request: &ImagePullRequest,
        progress: &mut dyn FnMut(&PullProgress),
    ) -> Result<()>;

    /// `POST /images/create`: imports a filesystem, the tar archive `body`, which is
    /// streamed. If reading `body` fails, the request fails; an [`Error`] inside the
    /// `io::Error` is returned as it is.
    fn image_import(
        &self,
        context: &CallContext,
        request: &ImageImportRequest,
        body: &mut dyn Read,
        progress: &mut dyn FnMut(&PullProgress),
    ) -> Result<()>;

    /// `POST /images/load`: loads the images of the tar archive `body`, as written by
    /// `docker save`. `body` is read as by [`image_import`](Api::image_import).
    fn image_load(
        &self,
        context: &CallContext,
        body: &mut dyn Read,
        progress: &mut dyn FnMut(&PullProgress),
    ) -> Result<()>;

    /// `POST /images/{name}/tag`: gives an image another name, which moves if another
    /// image has it.
    fn image_tag(
        &self,
        context: &CallContext,
        image: &str,
        repository: &str,
        tag: &str,
    ) -> Result<()>;

    /// `DELETE /images/{name}`: removes a name of an image; with its last name, the
    /// image is removed.
    fn image_remove(&self, context: &CallContext, image: &str) -> Result<()>;

    /// `POST /containers/create`
    fn container_create(
        &self,
        context: &CallContext,
        request: &ContainerCreateRequest,
    ) -> Result<ContainerCreated>;

    /// `POST /containers/{id}/start`: succeeds if the container is already running.
    fn container_start(&self, context: &CallContext, container: &str) -> Result<()>;

    /// `POST /containers/{id}/stop`: sends SIGTERM, and SIGKILL after `grace`;
    /// succeeds if the container is not running.
    fn container_stop(&self, context: &CallContext, container: &str, grace: Duration)
    -> Result<()>;

    /// `POST /containers/{id}/kill`: sends SIGKILL to the container process, which
    /// ends all processes of the container. Fails with `Conflict` if the container is
    /// not running.
    fn container_kill(&self, context: &CallContext, container: &str) -> Result<()>;

    /// `GET /containers/{id}/top?ps_args=…`: the container's processes, which the
    /// engine lists from outside. The default implementation fails with
    /// `Unsupported`.
    fn container_top(
        &self,
        _context: &CallContext,
        _container: &str,
        _ps_args: &str,
    ) -> Result<TopList> {
        Err(Error::new(ErrorKind::Unsupported, "this Api does not implement container_top"))
    }

    /// `GET /containers/{id}/stats?stream=false&one-shot=true`: the kernel's
    /// statistics of the container. The default implementation fails with
    /// `Unsupported`.
    fn container_stats(&self, _context: &CallContext, _container: &str) -> Result<ContainerStats> {
        Err(Error::new(ErrorKind::Unsupported, "this Api does not implement container_stats"))
    }

    /// `POST /containers/{id}/pause`: suspends all processes of the container.
    fn container_pause(&self, context: &CallContext, container: &str) -> Result<()>;

    /// `POST /containers/{id}/unpause`
    fn container_unpause(&self, context: &CallContext, container: &str) -> Result<()>;

    /// `POST /containers/{id}/attach`: returns a connection to a side of the
    /// container process. Its output comes in frames, as that of an exec. The
    /// context limits the request, not the connection.
    fn container_attach(
        &self,
        context: &CallContext,
        container: &str,
        side: AttachSide,
    ) -> Result<Box<dyn Stream>>;

    /// `DELETE /containers/{id}?force=1&v=1`: kills the container if it is running,
    /// and removes it with its anonymous volumes.
    fn container_remove(&self, context: &CallContext, container: &str) -> Result<()>;

    /// `GET /containers/{id}/json`
    fn container_inspect(&self, context: &CallContext, container: &str)
    -> Result<ContainerInspect>;

    /// `GET /containers/json`
    fn container_list(
        &self,
        context: &CallContext,
        request: &ContainerListRequest,
    ) -> Result<Vec<ContainerSummary>>;

    /// `HEAD /containers/{id}/archive`: the status of `path`. A symlink is not
    /// followed; the status contains its target.
    fn container_path_stat(
        &self,
        context: &CallContext,
        container: &str,
        path: &str,
    ) -> Result<PathStat>;

    /// `GET /containers/{id}/archive`: a tar archive of `path`, which is streamed. The
    /// `io::Error` of a failed read contains an [`Error`].
    fn container_archive_get<'a>(
        &'a self,
        context: &CallContext,
        container: &str,
        path: &str,
    ) -> Result<Box<dyn Read + 'a>>;

    /// `PUT /containers/{id}/archive`: extracts the tar archive `body`, which is
    /// streamed, in the existing directory `path`. `body` is read as by
    /// [`image_import`](Api::image_import).
    fn container_archive_put(
        &self,
        context: &CallContext,
        container: &str,
        path: &str,
        body: &mut dyn Read,
    ) -> Result<()>;

    /// `POST /volumes/create`: succeeds if the volume already exists with the same
    /// driver.
    fn volume_create(&self, context: &CallContext, request: &VolumeCreateRequest)
    -> Result<Volume>;

    /// `GET /volumes/{name}`
    fn volume_inspect(&self, context: &CallContext, volume: &str) -> Result<Volume>;

    /// `GET /volumes`
    fn volume_list(&self, context: &CallContext, request: &VolumeListRequest)
    -> Result<VolumeList>;

    /// `DELETE /volumes/{name}`: fails with `Conflict` if a container, running or
    /// not, uses the volume.
    fn volume_remove(&self, context: &CallContext, volume: &str) -> Result<()>;

    /// `POST /containers/{id}/exec`
    fn exec_create(
        &self,
        context: &CallContext,
        container: &str,
        request: &ExecCreateRequest,
    ) -> Result<ExecCreated>;

    /// `POST /exec/{id}/start`: starts the command, and returns the connection that
    /// carries its streams. The context limits the request, not the connection.
    fn exec_attach(
        &self,
        context: &CallContext,
        exec: &str,
        request: &ExecStartRequest,
    ) -> Result<Box<dyn Stream>>;

    /// `POST /exec/{id}/resize`
    fn exec_resize(&self, context: &CallContext, exec: &str, rows: u16, columns: u16)
    -> Result<()>;

    /// `GET /exec/{id}/json`
    fn exec_inspect(&self, context: &CallContext, exec: &str) -> Result<ExecInspect>;

    /// `GET /events?since=…&stream=false`: the exit codes of the container's execs
    /// that ended within the last `within`. The library sends it to Podman only:
    /// Docker's response would not end. The default implementation fails with
    /// `Unsupported`.
    fn exec_exit_codes(
        &self,
        _context: &CallContext,
        _container: &str,
        _within: Duration,
    ) -> Result<Vec<i64>> {
        Err(Error::new(ErrorKind::Unsupported, "this Api does not implement exec_exit_codes"))
    }

    /// Closes idle connections. Calls after this may fail.
    fn close(&self);
}
