//! The narrow trait between the [`Client`](crate::Client) and an engine.
//!
//! [`Api`] has one method for each request that the library needs, with typed
//! requests and results and no HTTP in it. The library brings one
//! implementation, over HTTP; a test or an embedder can bring another with
//! [`Client::with_api`](crate::Client::with_api).
//!
//! Requests and results are named as the Engine API names them. In a result,
//! absent fields are defaults and unknown ones ignored: an engine may be older or
//! newer than this library.
//!
//! Requests and results are `#[non_exhaustive]`: a later version can add fields.
//! To make one, set fields of its default; [`RegistryAuth`], which has none, has a
//! constructor.
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

pub use crate::call_context::CallContext;
pub use crate::registry::Credentials;
pub use crate::transport::{SocketStream, Stream};

use std::fmt;
use std::io::Read;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// An engine, as the library sees it.
///
/// Every method may block, must end when its [`CallContext`] says so, and may be
/// called from several threads at once. Ids, names and references were checked
/// by the caller. "Does not exist" is [`ErrorKind::NotFound`],
/// a forbidden state [`ErrorKind::Conflict`].
///
/// # Errors
/// Every method returns the errors of [`ErrorKind`], which
/// says when each of them is due.
#[allow(clippy::missing_errors_doc, reason = "said once, above")]
pub trait Api: Send + Sync + fmt::Debug {
    /// `GET /version`
    fn server_version(&self, context: &CallContext) -> Result<ServerVersion>;

    /// `GET /info`
    fn system_info(&self, context: &CallContext) -> Result<SystemInfo>;

    /// The capabilities that processes of a container can have; `None` if the
    /// engine tells no more than what was asked for, as Docker does. Podman tells
    /// the result: `GET /libpod/containers/{id}/json`. By itself `None`.
    fn container_capabilities(
        &self,
        _scope: &CallContext,
        _container: &str,
    ) -> Result<Option<Vec<String>>> {
        Ok(None)
    }

    /// The version of the Engine API that requests are made with.
    fn negotiated_version(&self, context: &CallContext) -> Result<ApiVersion>;

    /// `GET /images/{name}/json`
    fn image_inspect(&self, context: &CallContext, image: &str) -> Result<ImageInspect>;

    /// `POST /images/create`: returns when the image is there. `progress` is
    /// called on this thread for every message of the engine, here and below.
    fn image_pull(
        &self,
        context: &CallContext,
        request: &ImagePullRequest,
        progress: &mut dyn FnMut(&PullProgress),
    ) -> Result<()>;

    /// `POST /images/create` from the tar archive `body` of a file system, which
    /// is sent while it is read. An error of `body` ends the request, and is
    /// passed on if it holds an [`Error`].
    fn image_import(
        &self,
        context: &CallContext,
        request: &ImageImportRequest,
        body: &mut dyn Read,
        progress: &mut dyn FnMut(&PullProgress),
    ) -> Result<()>;

    /// `POST /images/load`: takes the images in `body`, a tar archive as a save
    /// of images makes it, as [`image_import`](Api::image_import) does.
    fn image_load(
        &self,
        context: &CallContext,
        body: &mut dyn Read,
        progress: &mut dyn FnMut(&PullProgress),
    ) -> Result<()>;

    /// `DELETE /images/{name}`: removes a name, and with the last name the image.
    fn image_remove(&self, context: &CallContext, image: &str) -> Result<()>;

    /// `POST /containers/create`
    fn container_create(
        &self,
        context: &CallContext,
        request: &ContainerCreateRequest,
    ) -> Result<ContainerCreated>;

    /// `POST /containers/{id}/start`: success if it already runs.
    fn container_start(&self, context: &CallContext, container: &str) -> Result<()>;

    /// `POST /containers/{id}/stop`: TERM, and KILL after `grace`; success if
    /// it does not run.
    fn container_stop(&self, context: &CallContext, container: &str, grace: Duration)
    -> Result<()>;

    /// `POST /containers/{id}/kill`: KILL for process 1, and so the end of all; a
    /// conflict if it does not run.
    fn container_kill(&self, context: &CallContext, container: &str) -> Result<()>;

    /// `GET /containers/{id}/top?ps_args=…`: the container's processes, listed
    /// by the engine from outside. By itself `Unsupported`.
    fn container_top(
        &self,
        _scope: &CallContext,
        _container: &str,
        _ps_args: &str,
    ) -> Result<TopList> {
        Err(Error::new(ErrorKind::Unsupported, "this Api lists no processes"))
    }

    /// `GET /containers/{id}/stats?stream=false&one-shot=true`: what the kernel
    /// counts of the container. By itself `Unsupported`.
    fn container_stats(&self, _scope: &CallContext, _container: &str) -> Result<ContainerStats> {
        Err(Error::new(ErrorKind::Unsupported, "this Api counts no processes"))
    }

    /// `POST /containers/{id}/pause`: freezes all its processes.
    fn container_pause(&self, context: &CallContext, container: &str) -> Result<()>;

    /// `POST /containers/{id}/unpause`
    fn container_unpause(&self, context: &CallContext, container: &str) -> Result<()>;

    /// `POST /containers/{id}/attach` to the input of process 1 alone: the
    /// connection that carries it. The context limits the attaching only.
    fn container_attach_stdin(
        &self,
        context: &CallContext,
        container: &str,
    ) -> Result<Box<dyn Stream>>;

    /// `DELETE /containers/{id}`, killing it if it runs, with its anonymous
    /// volumes.
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

    /// `HEAD /containers/{id}/archive`: what is at `path`. A symlink is told of
    /// as such, together with the path that it leads to.
    fn container_path_stat(
        &self,
        context: &CallContext,
        container: &str,
        path: &str,
    ) -> Result<PathStat>;

    /// `GET /containers/{id}/archive`: what is at `path`, as a tar archive,
    /// streamed. Errors of a read hold an [`Error`].
    fn container_archive_get<'a>(
        &'a self,
        context: &CallContext,
        container: &str,
        path: &str,
    ) -> Result<Box<dyn Read + 'a>>;

    /// `PUT /containers/{id}/archive`: extracts the tar archive `body` in the
    /// existing directory `path`, while it is read. An error of `body` ends
    /// the request, and is passed on if it holds an [`Error`].
    fn container_archive_put(
        &self,
        context: &CallContext,
        container: &str,
        path: &str,
        body: &mut dyn Read,
    ) -> Result<()>;

    /// `POST /volumes/create`: success if it exists with the same driver.
    fn volume_create(&self, context: &CallContext, request: &VolumeCreateRequest)
    -> Result<Volume>;

    /// `GET /volumes/{name}`
    fn volume_inspect(&self, context: &CallContext, volume: &str) -> Result<Volume>;

    /// `GET /volumes`
    fn volume_list(&self, context: &CallContext, request: &VolumeListRequest)
    -> Result<VolumeList>;

    /// `DELETE /volumes/{name}`: a conflict if a container has it, running or
    /// not.
    fn volume_remove(&self, context: &CallContext, volume: &str) -> Result<()>;

    /// `POST /containers/{id}/exec`
    fn exec_create(
        &self,
        context: &CallContext,
        container: &str,
        request: &ExecCreateRequest,
    ) -> Result<ExecCreated>;

    /// `POST /exec/{id}/start`: starts the command and returns the connection
    /// that carries its streams. The context limits the start only.
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
    /// that ran and ended within the last `within`. Asked of Podman alone: Docker's
    /// answer would have no end. By itself `Unsupported`.
    fn exec_exit_codes(
        &self,
        _scope: &CallContext,
        _container: &str,
        _within: Duration,
    ) -> Result<Vec<i64>> {
        Err(Error::new(ErrorKind::Unsupported, "this Api keeps no events"))
    }

    /// Releases idle connections; later calls need not work.
    fn close(&self);
}
