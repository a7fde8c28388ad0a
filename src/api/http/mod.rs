//! Implements [`Api`] over HTTP/1.1.

mod auth;
mod connection;
mod events;
mod exchange;
mod negotiate;
mod path;
mod path_stat;
mod pool;
mod progress;
mod response;
mod upload;

use std::io::Read;
use std::time::Duration;

use ::http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::exchange::{Body, Request};
use self::negotiate::Negotiation;
use self::path::Target;
use self::pool::Pool;
use self::response::Response;
use super::*;
use crate::call_context::{IDLE_TIMEOUT, Limit};
use crate::error::{Error, ErrorKind};
use crate::transport::Endpoint;

/// The settings of the HTTP implementation; see [`ClientBuilder`](crate::ClientBuilder).
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) endpoint: Endpoint,
    pub(crate) api_version: Option<ApiVersion>,
    pub(crate) connect_timeout: Duration,
    pub(crate) request_timeout: Duration,
}

/// An [`Api`] that talks to the engine at an [`Endpoint`].
#[derive(Debug)]
pub(crate) struct HttpApi {
    pool: Pool,
    request_timeout: Duration,
    negotiation: Negotiation,
}

impl HttpApi {
    pub(crate) fn new(config: Config) -> Self {
        HttpApi {
            pool: Pool::new(config.endpoint, config.connect_timeout),
            request_timeout: config.request_timeout,
            negotiation: Negotiation::new(config.api_version),
        }
    }

    /// The context of one request: with the caller's deadline, or else the default
    /// timeout.
    fn request_context(&self, context: &CallContext) -> CallContext {
        context
            .clone()
            .with_default_timeout(self.request_timeout, Limit::Request(self.request_timeout))
    }

    /// Sends a request to an unversioned path.
    fn send_unversioned(
        &self,
        context: &CallContext,
        request: &Request<'_>,
    ) -> Result<Response<'_>> {
        self.pool.send(&self.request_context(context), request)
    }

    /// Sends a request to a path of the negotiated version. Returns the response, or
    /// the error that its status stands for.
    fn send(
        &self,
        context: &CallContext,
        method: Method,
        target: Target,
        body: &[u8],
    ) -> Result<Response<'_>> {
        self.send_as(context, method, target, body, None)
    }

    /// Like [`send`](Self::send), with credentials for a registry.
    fn send_as(
        &self,
        context: &CallContext,
        method: Method,
        target: Target,
        body: &[u8],
        auth: Option<&RegistryAuth>,
    ) -> Result<Response<'_>> {
        let send = |version| {
            let target = target.versioned(version);
            let request = Request::new(method.clone(), &target);
            let request = Request { body: Body::Json(body), auth, ..request };
            self.send_unversioned(context, &request)?.success()
        };
        let version = self.negotiated_version(context)?;
        match send(version) {
            Err(error) if self.negotiation.is_outdated(version, &error) => {
                send(self.negotiated_version(context)?)
            }
            result => result,
        }
    }

    /// Sends a tar archive to a path of the negotiated version, as a stream.
    fn upload(
        &self,
        context: &CallContext,
        method: Method,
        target: Target,
        body: &mut dyn Read,
    ) -> Result<Response<'_>> {
        let target = target.versioned(self.negotiated_version(context)?);
        let request = Request { body: Body::Tar, ..Request::new(method, &target) };
        self.pool.upload(context, &request, body)?.success()
    }

    fn get<T: DeserializeOwned>(&self, context: &CallContext, target: Target) -> Result<T> {
        self.send(context, Method::GET, target, &[])?.json()
    }

    fn post<T: DeserializeOwned>(
        &self,
        context: &CallContext,
        target: Target,
        body: &impl Serialize,
    ) -> Result<T> {
        self.send(context, Method::POST, target, &to_json(body)?)?.json()
    }

    /// Sends a request that hijacks its connection, and returns the raw stream.
    fn hijack(
        &self,
        context: &CallContext,
        target: Target,
        body: &[u8],
    ) -> Result<Box<dyn Stream>> {
        let target = target.versioned(self.negotiated_version(context)?);
        let body = Body::Json(body);
        let request = Request { body, upgrade: true, ..Request::new(Method::POST, &target) };
        self.pool.send_alone(&self.request_context(context), &request)?.into_stream()
    }

    /// Sends a request whose response body is of no interest.
    fn command(&self, context: &CallContext, method: Method, target: Target) -> Result<()> {
        self.send(context, method, target, &[])?.discard()
    }
}

fn to_json(body: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(body).map_err(|e| {
        Error::new(ErrorKind::InvalidArgument, "cannot be sent as JSON").with_source(e)
    })
}

impl Api for HttpApi {
    fn server_version(&self, context: &CallContext) -> Result<ServerVersion> {
        let request = Request::get("/version");
        self.send_unversioned(context, &request)?.success()?.json()
    }

    fn system_info(&self, context: &CallContext) -> Result<SystemInfo> {
        let mut info: SystemInfo = self.get(context, Target::new("info"))?;
        if info.is_podman() {
            match self.get(context, Target::new("libpod/info")) {
                Ok(libpod) => info.correct(libpod),
                Err(error) if error.is_interruption() => return Err(error),
                Err(error) => log::debug!("query Podman's information: {error:#}"),
            }
        }
        Ok(info)
    }

    fn container_capabilities(
        &self,
        context: &CallContext,
        container: &str,
    ) -> Result<Option<Vec<String>>> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Libpod {
            /// `null` if the set is empty.
            bounding_caps: Option<Vec<String>>,
        }
        let target = Target::libpod_container(container).then("json");
        let inspect: Libpod = self.get(context, target)?;
        Ok(Some(inspect.bounding_caps.unwrap_or_default()))
    }

    fn negotiated_version(&self, context: &CallContext) -> Result<ApiVersion> {
        self.negotiation.version(context, self)
    }

    fn image_inspect(&self, context: &CallContext, image: &str) -> Result<ImageInspect> {
        self.get(context, Target::new("images").reference(image).then("json"))
    }

    fn image_pull(
        &self,
        context: &CallContext,
        request: &ImagePullRequest,
        progress: &mut dyn FnMut(&PullProgress),
    ) -> Result<()> {
        let ImagePullRequest { name, tag, platform, auth } = request;
        let target = Target::new("images/create").query("fromImage", name).query("tag", tag);
        let target = target.query("platform", platform);
        let first = context.clone().with_default_timeout(IDLE_TIMEOUT, Limit::Idle(IDLE_TIMEOUT));
        let response = self.send_as(&first, Method::POST, target, &[], auth.as_ref());
        let pulled =
            response.and_then(|a| progress::drain(a.streamed(context, IDLE_TIMEOUT), progress));
        pulled.map_err(progress::pull_failed)
    }

    fn image_import(
        &self,
        context: &CallContext,
        request: &ImageImportRequest,
        body: &mut dyn Read,
        progress: &mut dyn FnMut(&PullProgress),
    ) -> Result<()> {
        let target = Target::new("images/create").query("fromSrc", "-");
        // Not the `tag` parameter: Podman ignores it.
        let target = target.query("repo", &request.reference);
        let response = self.upload(context, Method::POST, target, body)?;
        progress::drain(response.streamed(context, IDLE_TIMEOUT), progress)
    }

    fn image_load(
        &self,
        context: &CallContext,
        body: &mut dyn Read,
        progress: &mut dyn FnMut(&PullProgress),
    ) -> Result<()> {
        let response = self.upload(context, Method::POST, Target::new("images/load"), body)?;
        progress::drain(response.streamed(context, IDLE_TIMEOUT), progress)
    }

    fn image_tag(
        &self,
        context: &CallContext,
        image: &str,
        repository: &str,
        tag: &str,
    ) -> Result<()> {
        let target = Target::new("images").reference(image).then("tag");
        self.command(context, Method::POST, target.query("repo", repository).query("tag", tag))
    }

    fn image_remove(&self, context: &CallContext, image: &str) -> Result<()> {
        let target = Target::new("images").reference(image);
        self.command(context, Method::DELETE, target).map_err(response::in_use)
    }

    fn container_create(
        &self,
        context: &CallContext,
        request: &ContainerCreateRequest,
    ) -> Result<ContainerCreated> {
        let target = Target::new("containers/create").query("name", &request.name);
        self.post(context, target.query("platform", &request.platform), request)
    }

    fn container_start(&self, context: &CallContext, container: &str) -> Result<()> {
        self.command(context, Method::POST, Target::container(container).then("start"))
    }

    fn container_stop(
        &self,
        context: &CallContext,
        container: &str,
        grace: Duration,
    ) -> Result<()> {
        // The engine responds only after the grace period.
        let limit = self.request_timeout.saturating_add(grace);
        let context = context.clone().with_default_timeout(limit, Limit::Request(limit));
        let seconds = grace.as_secs().to_string();
        let target = Target::container(container).then("stop").query("t", &seconds);
        self.command(&context, Method::POST, target)
    }

    fn container_kill(&self, context: &CallContext, container: &str) -> Result<()> {
        let target = Target::container(container).then("kill").query("signal", "KILL");
        self.command(context, Method::POST, target)
    }

    fn container_top(
        &self,
        context: &CallContext,
        container: &str,
        ps_args: &str,
    ) -> Result<TopList> {
        self.get(context, Target::container(container).then("top").query("ps_args", ps_args))
    }

    fn container_stats(&self, context: &CallContext, container: &str) -> Result<ContainerStats> {
        let target = Target::container(container).then("stats");
        self.get(context, target.query("stream", "false").query("one-shot", "true"))
    }

    fn container_pause(&self, context: &CallContext, container: &str) -> Result<()> {
        self.command(context, Method::POST, Target::container(container).then("pause"))
    }

    fn container_unpause(&self, context: &CallContext, container: &str) -> Result<()> {
        self.command(context, Method::POST, Target::container(container).then("unpause"))
    }

    fn container_attach(
        &self,
        context: &CallContext,
        container: &str,
        side: AttachSide,
    ) -> Result<Box<dyn Stream>> {
        let target = Target::container(container).then("attach").query("stream", "1");
        let target = target.query("stdout", "1").query("stderr", "1");
        let target = match side {
            AttachSide::Output => target,
            AttachSide::Both => target.query("stdin", "1"),
        };
        self.hijack(context, target, &[])
    }

    fn container_remove(&self, context: &CallContext, container: &str) -> Result<()> {
        let target = Target::container(container).query("force", "1").query("v", "1");
        self.command(context, Method::DELETE, target)
    }

    fn container_inspect(
        &self,
        context: &CallContext,
        container: &str,
    ) -> Result<ContainerInspect> {
        self.get(context, Target::container(container).then("json"))
    }

    fn container_list(
        &self,
        context: &CallContext,
        request: &ContainerListRequest,
    ) -> Result<Vec<ContainerSummary>> {
        let mut target = Target::new("containers/json");
        if request.all {
            target = target.query("all", "1");
        }
        self.get(context, target.labels(&request.labels))
    }

    fn container_path_stat(
        &self,
        context: &CallContext,
        container: &str,
        path: &str,
    ) -> Result<PathStat> {
        path_stat::get(self, context, container, path)
    }

    fn container_archive_get<'a>(
        &'a self,
        context: &CallContext,
        container: &str,
        path: &str,
    ) -> Result<Box<dyn Read + 'a>> {
        let target = Target::container(container).then("archive").query("path", path);
        let response = self.send(context, Method::GET, target, &[])?;
        Ok(Box::new(response.streamed(context, IDLE_TIMEOUT).into_read()))
    }

    fn container_archive_put(
        &self,
        context: &CallContext,
        container: &str,
        path: &str,
        body: &mut dyn Read,
    ) -> Result<()> {
        let target = Target::container(container).then("archive").query("path", path);
        // A directory never replaces a file, or the other way round.
        let target = target.query("noOverwriteDirNonDir", "1");
        self.upload(context, Method::PUT, target, body)?.discard()
    }

    fn volume_create(
        &self,
        context: &CallContext,
        request: &VolumeCreateRequest,
    ) -> Result<Volume> {
        self.post(context, Target::new("volumes/create"), request)
    }

    fn volume_inspect(&self, context: &CallContext, volume: &str) -> Result<Volume> {
        self.get(context, Target::volume(volume))
    }

    fn volume_list(
        &self,
        context: &CallContext,
        request: &VolumeListRequest,
    ) -> Result<VolumeList> {
        self.get(context, Target::new("volumes").labels(&request.labels))
    }

    fn volume_remove(&self, context: &CallContext, volume: &str) -> Result<()> {
        self.command(context, Method::DELETE, Target::volume(volume))
    }

    fn exec_create(
        &self,
        context: &CallContext,
        container: &str,
        request: &ExecCreateRequest,
    ) -> Result<ExecCreated> {
        self.post(context, Target::container(container).then("exec"), request)
    }

    fn exec_attach(
        &self,
        context: &CallContext,
        exec: &str,
        request: &ExecStartRequest,
    ) -> Result<Box<dyn Stream>> {
        self.hijack(context, Target::exec(exec).then("start"), &to_json(request)?)
    }

    fn exec_resize(
        &self,
        context: &CallContext,
        exec: &str,
        rows: u16,
        columns: u16,
    ) -> Result<()> {
        let (rows, columns) = (rows.to_string(), columns.to_string());
        let target = Target::exec(exec).then("resize").query("h", &rows).query("w", &columns);
        self.command(context, Method::POST, target)
    }

    fn exec_inspect(&self, context: &CallContext, exec: &str) -> Result<ExecInspect> {
        self.get(context, Target::exec(exec).then("json"))
    }

    fn exec_exit_codes(
        &self,
        context: &CallContext,
        container: &str,
        within: Duration,
    ) -> Result<Vec<i64>> {
        let filters = to_json(&events::Filters::ended_execs(container))?;
        let target = Target::new("events")
            .query("stream", "false")
            .query("since", &format!("{}ms", within.as_millis()))
            .query("filters", &String::from_utf8_lossy(&filters));
        events::exit_codes(self.send(context, Method::GET, target, &[])?)
    }

    fn close(&self) {
        self.pool.close();
    }
}
