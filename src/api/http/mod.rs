//! The [`Api`] over HTTP/1.1: one method for each request of the Engine API.

mod answer;
mod auth;
mod connection;
mod events;
mod exchange;
mod negotiate;
mod path;
mod pool;
mod progress;
mod upload;

use std::io::Read;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::answer::Answer;
use self::exchange::{Body, Method, Request};
use self::negotiate::Negotiation;
use self::path::Target;
use self::pool::Pool;
use super::*;
use crate::error::{Error, ErrorKind};
use crate::scope::{Limit, SILENCE};
use crate::transport::Endpoint;

/// How the HTTP implementation is set up; see [`ClientBuilder`](crate::ClientBuilder).
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) endpoint: Endpoint,
    pub(crate) api_version: Option<ApiVersion>,
    pub(crate) connect_timeout: Duration,
    pub(crate) request_timeout: Duration,
}

/// An engine behind an [`Endpoint`].
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

    /// The scope of one request: the caller's deadline, or else the default.
    fn request_scope(&self, scope: &Scope) -> Scope {
        scope.clone().or_within(self.request_timeout, Limit::Request(self.request_timeout))
    }

    /// Sends a request to an unversioned path.
    fn send_unversioned(&self, scope: &Scope, request: &Request<'_>) -> Result<Answer<'_>> {
        self.pool.send(&self.request_scope(scope), request)
    }

    /// Sends a request to a path of the negotiated version, and returns the
    /// answer if its status says success.
    fn send(
        &self,
        scope: &Scope,
        method: Method,
        target: Target,
        body: &[u8],
    ) -> Result<Answer<'_>> {
        self.send_as(scope, method, target, body, None)
    }

    /// The same, telling who asks a registry.
    fn send_as(
        &self,
        scope: &Scope,
        method: Method,
        target: Target,
        body: &[u8],
        auth: Option<&RegistryAuth>,
    ) -> Result<Answer<'_>> {
        let send = |version| {
            let target = target.versioned(version);
            let request = Request { body: Body::Json(body), auth, ..Request::new(method, &target) };
            self.send_unversioned(scope, &request)?.success()
        };
        let version = self.negotiated_version(scope)?;
        match send(version) {
            Err(error) if self.negotiation.is_outdated(version, &error) => {
                send(self.negotiated_version(scope)?)
            }
            result => result,
        }
    }

    /// Sends a tar archive to a path of the negotiated version, while it is read.
    fn upload(
        &self,
        scope: &Scope,
        method: Method,
        target: Target,
        body: &mut dyn Read,
    ) -> Result<Answer<'_>> {
        let target = target.versioned(self.negotiated_version(scope)?);
        let request = Request { body: Body::Tar, ..Request::new(method, &target) };
        self.pool.upload(scope, &request, body)?.success()
    }

    fn get<T: DeserializeOwned>(&self, scope: &Scope, target: Target) -> Result<T> {
        self.send(scope, Method::Get, target, &[])?.json()
    }

    fn post<T: DeserializeOwned>(
        &self,
        scope: &Scope,
        target: Target,
        body: &impl Serialize,
    ) -> Result<T> {
        self.send(scope, Method::Post, target, &to_json(body)?)?.json()
    }

    /// For requests whose connection becomes a bare stream.
    fn hijack(&self, scope: &Scope, target: Target, body: &[u8]) -> Result<Box<dyn Stream>> {
        let target = target.versioned(self.negotiated_version(scope)?);
        let body = Body::Json(body);
        let request = Request { body, upgrade: true, ..Request::new(Method::Post, &target) };
        self.pool.send_alone(&self.request_scope(scope), &request)?.into_stream()
    }

    /// For requests that answer nothing worth reading.
    fn command(&self, scope: &Scope, method: Method, target: Target) -> Result<()> {
        self.send(scope, method, target, &[])?.discard()
    }
}

fn to_json(body: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(body).map_err(|e| {
        Error::new(ErrorKind::InvalidArgument, "cannot be sent as JSON").with_source(e)
    })
}

/// What the header of an answer says about a path.
fn path_stat(header: &str) -> Result<PathStat> {
    let problem = || Error::protocol("what the engine tells of the path is not as expected");
    let json = BASE64_STANDARD.decode(header).map_err(|e| problem().with_source(e))?;
    serde_json::from_slice(&json).map_err(|e| problem().with_source(e))
}

impl Api for HttpApi {
    fn server_version(&self, scope: &Scope) -> Result<ServerVersion> {
        let request = Request::get("/version");
        self.send_unversioned(scope, &request)?.success()?.json()
    }

    fn system_info(&self, scope: &Scope) -> Result<SystemInfo> {
        self.get(scope, Target::new("info"))
    }

    fn container_capabilities(
        &self,
        scope: &Scope,
        container: &str,
    ) -> Result<Option<Vec<String>>> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Libpod {
            /// `null` for none.
            bounding_caps: Option<Vec<String>>,
        }
        let target = Target::libpod_container(container).then("json");
        let inspect: Libpod = self.get(scope, target)?;
        Ok(Some(inspect.bounding_caps.unwrap_or_default()))
    }

    fn negotiated_version(&self, scope: &Scope) -> Result<ApiVersion> {
        self.negotiation.version(scope, self)
    }

    fn image_inspect(&self, scope: &Scope, image: &str) -> Result<ImageInspect> {
        self.get(scope, Target::new("images").reference(image).then("json"))
    }

    fn image_pull(
        &self,
        scope: &Scope,
        request: &ImagePullRequest,
        progress: &mut dyn FnMut(&PullProgress),
    ) -> Result<()> {
        let ImagePullRequest { name, tag, platform, auth } = request;
        let target = Target::new("images/create").query("fromImage", name).query("tag", tag);
        let target = target.query("platform", platform);
        let first = scope.clone().or_within(SILENCE, Limit::Silence(SILENCE));
        let answer = self.send_as(&first, Method::Post, target, &[], auth.as_ref());
        let pulled = answer.and_then(|a| progress::drain(a.patient(scope, SILENCE), progress));
        pulled.map_err(progress::pull_failed)
    }

    fn image_import(
        &self,
        scope: &Scope,
        request: &ImageImportRequest,
        body: &mut dyn Read,
        progress: &mut dyn FnMut(&PullProgress),
    ) -> Result<()> {
        let target = Target::new("images/create").query("fromSrc", "-");
        // There is a parameter for the tag, which Podman ignores.
        let target = target.query("repo", &request.reference);
        let answer = self.upload(scope, Method::Post, target, body)?;
        progress::drain(answer.patient(scope, SILENCE), progress)
    }

    fn image_load(
        &self,
        scope: &Scope,
        body: &mut dyn Read,
        progress: &mut dyn FnMut(&PullProgress),
    ) -> Result<()> {
        let answer = self.upload(scope, Method::Post, Target::new("images/load"), body)?;
        progress::drain(answer.patient(scope, SILENCE), progress)
    }

    fn image_remove(&self, scope: &Scope, image: &str) -> Result<()> {
        let target = Target::new("images").reference(image);
        self.command(scope, Method::Delete, target).map_err(answer::in_use)
    }

    fn container_create(
        &self,
        scope: &Scope,
        request: &ContainerCreateRequest,
    ) -> Result<ContainerCreated> {
        let target = Target::new("containers/create").query("name", &request.name);
        self.post(scope, target.query("platform", &request.platform), request)
    }

    fn container_start(&self, scope: &Scope, container: &str) -> Result<()> {
        self.command(scope, Method::Post, Target::container(container).then("start"))
    }

    fn container_stop(&self, scope: &Scope, container: &str, grace: Duration) -> Result<()> {
        // The engine answers only after the grace period.
        let limit = self.request_timeout.saturating_add(grace);
        let scope = scope.clone().or_within(limit, Limit::Request(limit));
        let seconds = grace.as_secs().to_string();
        let target = Target::container(container).then("stop").query("t", &seconds);
        self.command(&scope, Method::Post, target)
    }

    fn container_kill(&self, scope: &Scope, container: &str) -> Result<()> {
        let target = Target::container(container).then("kill").query("signal", "KILL");
        self.command(scope, Method::Post, target)
    }

    fn container_top(&self, scope: &Scope, container: &str, ps_args: &str) -> Result<TopList> {
        self.get(scope, Target::container(container).then("top").query("ps_args", ps_args))
    }

    fn container_stats(&self, scope: &Scope, container: &str) -> Result<ContainerStats> {
        let target = Target::container(container).then("stats");
        self.get(scope, target.query("stream", "false").query("one-shot", "true"))
    }

    fn container_pause(&self, scope: &Scope, container: &str) -> Result<()> {
        self.command(scope, Method::Post, Target::container(container).then("pause"))
    }

    fn container_unpause(&self, scope: &Scope, container: &str) -> Result<()> {
        self.command(scope, Method::Post, Target::container(container).then("unpause"))
    }

    fn container_attach_stdin(&self, scope: &Scope, container: &str) -> Result<Box<dyn Stream>> {
        let target = Target::container(container).then("attach");
        self.hijack(scope, target.query("stream", "1").query("stdin", "1"), &[])
    }

    fn container_remove(&self, scope: &Scope, container: &str) -> Result<()> {
        let target = Target::container(container).query("force", "1").query("v", "1");
        self.command(scope, Method::Delete, target)
    }

    fn container_inspect(&self, scope: &Scope, container: &str) -> Result<ContainerInspect> {
        self.get(scope, Target::container(container).then("json"))
    }

    fn container_list(
        &self,
        scope: &Scope,
        request: &ContainerListRequest,
    ) -> Result<Vec<ContainerSummary>> {
        let mut target = Target::new("containers/json");
        if request.all {
            target = target.query("all", "1");
        }
        self.get(scope, target.labels(&request.labels))
    }

    fn container_path_stat(&self, scope: &Scope, container: &str, path: &str) -> Result<PathStat> {
        let target = Target::container(container).then("archive").query("path", path);
        let answer = self.send(scope, Method::Head, target, &[])?;
        let stat = answer.header("x-docker-container-path-stat").map(path_stat);
        answer.finish();
        stat.unwrap_or_else(|| Err(Error::protocol("the engine does not tell of the path")))
    }

    fn container_archive_get<'a>(
        &'a self,
        scope: &Scope,
        container: &str,
        path: &str,
    ) -> Result<Box<dyn Read + 'a>> {
        let target = Target::container(container).then("archive").query("path", path);
        let answer = self.send(scope, Method::Get, target, &[])?;
        Ok(Box::new(answer.patient(scope, SILENCE).into_read()))
    }

    fn container_archive_put(
        &self,
        scope: &Scope,
        container: &str,
        path: &str,
        body: &mut dyn Read,
    ) -> Result<()> {
        let target = Target::container(container).then("archive").query("path", path);
        // The name is the API's: a directory and a file never make way for
        // each other.
        let target = target.query("noOverwriteDirNonDir", "1");
        self.upload(scope, Method::Put, target, body)?.discard()
    }

    fn volume_create(&self, scope: &Scope, request: &VolumeCreateRequest) -> Result<Volume> {
        self.post(scope, Target::new("volumes/create"), request)
    }

    fn volume_inspect(&self, scope: &Scope, volume: &str) -> Result<Volume> {
        self.get(scope, Target::volume(volume))
    }

    fn volume_list(&self, scope: &Scope, request: &VolumeListRequest) -> Result<VolumeList> {
        self.get(scope, Target::new("volumes").labels(&request.labels))
    }

    fn volume_remove(&self, scope: &Scope, volume: &str) -> Result<()> {
        self.command(scope, Method::Delete, Target::volume(volume))
    }

    fn exec_create(
        &self,
        scope: &Scope,
        container: &str,
        request: &ExecCreateRequest,
    ) -> Result<ExecCreated> {
        self.post(scope, Target::container(container).then("exec"), request)
    }

    fn exec_attach(
        &self,
        scope: &Scope,
        exec: &str,
        request: &ExecStartRequest,
    ) -> Result<Box<dyn Stream>> {
        self.hijack(scope, Target::exec(exec).then("start"), &to_json(request)?)
    }

    fn exec_resize(&self, scope: &Scope, exec: &str, rows: u16, columns: u16) -> Result<()> {
        let (rows, columns) = (rows.to_string(), columns.to_string());
        let target = Target::exec(exec).then("resize").query("h", &rows).query("w", &columns);
        self.command(scope, Method::Post, target)
    }

    fn exec_inspect(&self, scope: &Scope, exec: &str) -> Result<ExecInspect> {
        self.get(scope, Target::exec(exec).then("json"))
    }

    fn exec_exit_codes(
        &self,
        scope: &Scope,
        container: &str,
        within: Duration,
    ) -> Result<Vec<i64>> {
        let filters = to_json(&events::Filters::ended_execs(container))?;
        let target = Target::new("events")
            .query("stream", "false")
            .query("since", &format!("{}ms", within.as_millis()))
            .query("filters", &String::from_utf8_lossy(&filters));
        events::exit_codes(self.send(scope, Method::Get, target, &[])?)
    }

    fn close(&self) {
        self.pool.close();
    }
}
