//! Creating and starting a container; on failure it is removed.

use std::sync::Arc;
use std::time::Duration;

use super::{CreateOptions, Lifetime, limits, podman, refusal, sentinel};
use crate::api::{Api, AttachSide, ContainerCreateRequest, HostConfig, Stream};
use crate::call_context::{CallContext, Limit};
use crate::engine::Engine;
use crate::engine_features::EngineFeatures;
use crate::error::{Error, ErrorKind, Result};
use crate::exec::ExecTarget;
use crate::image::{self, PullOptions};
use crate::posture::{self, Enforcement, Kernel, Posture, Protection};
use crate::self_container::{self, SelfContainer};
use crate::{container, labels, owner, random_id};

/// What proxies answer to a request that they do not allow.
const FORBIDDEN: [u16; 4] = [401, 403, 405, 501];

/// How long creating may continue after its caller has left.
const CREATE_LIMIT: Duration = Duration::from_secs(60);
/// The smallest limit of processes at which gVisor starts on two CPUs and runs
/// commands.
const GVISOR_PIDS: u32 = 64;

/// Whether a proxy before the engine refused the request.
fn is_forbidden(error: &Error) -> bool {
    error.http_status().is_some_and(|status| FORBIDDEN.contains(&status))
}

/// Creates and starts a container; returns its id. If that fails, the container
/// is removed.
pub(crate) fn create_and_start(
    engine: &Arc<Engine>,
    context: &CallContext,
    options: &CreateOptions,
) -> Result<String> {
    let token = random_id::random()?;
    let mut request = options.to_request(&token)?;
    request.labels.insert(labels::CREATE_TOKEN.to_owned(), token);
    let own = self_container::find(engine.api.as_ref(), context);
    request.labels.append(&mut owner::labels(&own));
    let own = own.ok().flatten().map(SelfContainer::from);
    let creation = Creation { engine, context, options, own };
    if let Some(owner) = creation.workspace_owner()? {
        request.user = owner;
    }
    let request = creation.for_engine(request)?;
    let id = creation.create(&request)?;
    match creation.bring_up(&id) {
        Ok(()) => Ok(id),
        Err(error) => {
            creation.discard(id);
            Err(error)
        }
    }
}

pub(super) struct Creation<'a> {
    pub(super) engine: &'a Arc<Engine>,
    pub(super) context: &'a CallContext,
    pub(super) options: &'a CreateOptions,
    /// The container that this process runs in, if known.
    pub(super) own: Option<SelfContainer>,
}

impl Creation<'_> {
    /// Creates the container, after pulling its image if necessary.
    fn create(&self, request: &ContainerCreateRequest) -> Result<String> {
        let Creation { engine, context, options, .. } = self;
        self.check_features()?;
        let (image, pull) = (options.image(), PullOptions::with_platform(options.image_platform()));
        image::ensure(engine, context, image, &pull)?;
        match self.create_with_watchers(request) {
            // The image was removed since it was checked: try once more.
            Err(error) if error.is_not_found() => {
                log::info!("image {image:?} may have been removed; checking again");
                engine.images.forget(image);
                image::ensure(engine, context, image, &pull)?;
                self.create_with_watchers(request)
            }
            result => result,
        }
    }

    fn create_with_watchers(&self, request: &ContainerCreateRequest) -> Result<String> {
        let mut request = request.clone();
        self.options.set_watchers(self.engine, self.context, &mut request)?;
        self.omit_unsupported_limits(&mut request.host_config)?;
        self.create_once(request)
    }

    /// Omits what Podman cannot enforce: it would not start the container. Refuses
    /// that if the caller requires it.
    fn omit_unsupported_limits(&self, config: &mut HostConfig) -> Result<()> {
        let Creation { engine, context, options, .. } = self;
        let info = match engine.info(context) {
            Err(error) if posture::is_kept_back(&error) => return Ok(()),
            info => info?,
        };
        if !info.is_podman() {
            return Ok(());
        }
        for (limit, what, can) in [
            (Protection::Memory, "memory", info.memory_limit),
            (Protection::Swap, "swap", info.swap_limit),
            (Protection::Cpus, "CPU time", info.cpu_cfs_quota),
            (Protection::Pids, "processes", info.pids_limit),
        ] {
            if can {
                continue;
            }
            if options.requires(limit) {
                return Err(unenforced(limit, &posture::unsupported_reason(info, what)));
            }
            limits::omit(limit, config);
        }
        Ok(())
    }

    /// Sends the create request. An engine creates the container even if the
    /// client stops waiting, so a thread always waits for the response and
    /// removes a container that is no longer wanted.
    fn create_once(&self, request: ContainerCreateRequest) -> Result<String> {
        let api = Arc::clone(&self.engine.api);
        let undo_api = Arc::clone(&api);
        let detached = self.context.detached(CREATE_LIMIT, Limit::Whole(CREATE_LIMIT));
        let work = move || {
            let created = api.container_create(&detached, &request).inspect_err(|error| {
                if error.leaves_doubt() {
                    remove_lost(api.as_ref(), &request);
                }
            })?;
            for warning in &created.warnings {
                log::warn!("container {}: {warning}", created.id);
            }
            Ok(created.id)
        };
        let undo = move |id: String| container::remove_logged(undo_api.as_ref(), &id);
        let created =
            self.engine.tasks.run_abandonable(self.context, "sandcell-create", work, undo);
        let explain = |e| refusal::explain(self.options, self.options.name_mount(e));
        created.map_err(|e| explain(e).context("create container"))
    }

    /// The request as the engine takes its texts literally; an error if it cannot.
    fn for_engine(&self, request: ContainerCreateRequest) -> Result<ContainerCreateRequest> {
        self.check_sources()?;
        match podman::adapted(&request, self.options.workspace.is_some()) {
            Ok(None) => Ok(request),
            adapted if self.engine.is_podman(self.context)? => {
                adapted.map(|adapted| adapted.unwrap_or(request))
            }
            _ => Ok(request),
        }
    }

    /// Refuses options that the engine does not support and might ignore.
    fn check_features(&self) -> Result<()> {
        self.check_pids()?;
        let mut required = self.options.required_features().peekable();
        if required.peek().is_none() {
            return Ok(());
        }
        let features = EngineFeatures::of(self.engine, self.context)?;
        for (field, feature) in required {
            if let Some(why_not) = features.why_not(feature) {
                let problem = format!("{field}: {why_not}");
                return Err(Error::new(ErrorKind::Unsupported, problem));
            }
        }
        Ok(())
    }

    /// Refuses a limit of processes at which gVisor does not start, or ends at the
    /// first command.
    fn check_pids(&self) -> Result<()> {
        let Creation { engine, context, options, .. } = self;
        let Some(count) = options.limits.explicit_pids().filter(|count| *count < GVISOR_PIDS)
        else {
            return Ok(());
        };
        let info = match engine.info(context) {
            Err(error) if posture::is_kept_back(&error) => return Ok(()),
            info => info?,
        };
        let runtime = options.runtime.as_deref().unwrap_or_default();
        if Kernel::of(runtime, info) != Some(Kernel::GVisor) {
            return Ok(());
        }
        let problem = format!(
            "{count} is too few for gVisor, whose own threads count as well; it needs at least \
             {GVISOR_PIDS}, and more on a machine with many CPUs"
        );
        Err(Error::invalid("pids", problem))
    }

    /// Verifies and starts the created container.
    fn bring_up(&self, id: &str) -> Result<()> {
        let options = self.options;
        self.check_limits(id)?;
        options.check_user(&self.target(id)).map_err(|e| refusal::explain(options, e))?;
        let explain = |e| refusal::explain(options, options.name_mount(e));
        self.start(id).map_err(|e| explain(e).context("start container"))?;
        for mount in options.verified_mounts() {
            self.check_mount(id, mount)?;
        }
        self.chown_volumes(id)
    }

    /// Starts the container and waits until its PID 1 runs.
    fn start(&self, id: &str) -> Result<()> {
        let Creation { engine, context, .. } = self;
        let is_tied = self.options.lifetime_or_default() == Lifetime::TiedToHost;
        // Before the start: the container must not run without an owner.
        let attached = self.attach(id, is_tied)?;
        engine.api.container_start(context, id)?;
        let Some(mut stream) = attached else {
            return sentinel::check_running(&self.target(id));
        };
        sentinel::await_ready(&self.target(id), stream.as_mut())?;
        if is_tied {
            engine.leases.hold(id, stream);
        }
        Ok(())
    }

    /// Attaches to PID 1: to its output, which reports that it runs, and also to its
    /// input if that ties it to this process. One connection must do for both,
    /// because Podman closes the input when any connection ends. Podman also
    /// prepares the start here, and may fail.
    ///
    /// Returns `None` if a proxy before the engine forbids it, unless the caller asked
    /// for the tie.
    fn attach(&self, id: &str, is_tied: bool) -> Result<Option<Box<dyn Stream>>> {
        let Creation { engine, context, options, .. } = self;
        let side = if is_tied { AttachSide::Both } else { AttachSide::Output };
        match engine.api.container_attach(context, id, side) {
            Ok(stream) => Ok(Some(stream)),
            Err(error) if is_forbidden(&error) && !(is_tied && options.lifetime.is_some()) => {
                if is_tied {
                    log::warn!(
                        "container {id} outlives this process if it is killed: \
                         attach to container: {error:#}"
                    );
                }
                Ok(None)
            }
            // What Podman before 5 answers if it cannot prepare the start.
            Err(error) if error.is_conflict() => Err(error.with_kind(ErrorKind::Engine)),
            Err(error) => Err(error.context("attach to container")),
        }
    }

    pub(super) fn target(&self, id: &str) -> ExecTarget {
        let (engine, context) = (Arc::clone(self.engine), self.context.clone());
        ExecTarget { engine, context, container: id.to_owned() }
    }

    /// Refuses a container without a limit that was set explicitly, or whose
    /// limits are not known: a proxy may hide the engine's information.
    fn check_limits(&self, id: &str) -> Result<()> {
        let Creation { engine, context, options, .. } = self;
        let posture = match Posture::of(engine, context, id) {
            Err(error) if posture::is_kept_back(&error) => Posture::unknown(&format!("{error:#}")),
            posture => posture?,
        };
        for (limit, enforcement) in posture.iter() {
            let problem = match enforcement {
                Enforcement::Enforced(_) => continue,
                Enforcement::NotEnforced(why) => {
                    format!("the engine does not enforce the limit: {why}")
                }
                Enforcement::Unknown(why) => {
                    format!("unknown whether the engine enforces the limit: {why}")
                }
            };
            if options.requires(limit) {
                return Err(unenforced(limit, &problem));
            }
            if options.limits.has(limit) {
                log::warn!("container {id}: {limit}: {problem}");
            }
        }
        Ok(())
    }

    /// Removes a container that failed to start. Continues in the background if
    /// the call's limits end it.
    fn discard(&self, id: String) {
        self.engine.forget(&id);
        let api = Arc::clone(&self.engine.api);
        let task = move || container::remove_logged(api.as_ref(), &id);
        if let Err(error) = self.engine.tasks.finish(self.context, "sandcell-cleanup", task) {
            log::error!("a container was left behind: {error:#}");
        }
    }
}

/// The error for a limit that the caller requires.
fn unenforced(limit: Protection, problem: &str) -> Error {
    let hint = format!("allow this with CreateOptions::allow_unenforced(Protection::{limit:?})");
    Error::new(ErrorKind::Unsupported, format!("{limit}: {problem}; {hint}"))
}

/// Removes the container that `request` may have created if its response was
/// lost: only the one of that name with the request's token.
fn remove_lost(api: &dyn Api, request: &ContainerCreateRequest) {
    match api.container_inspect(&container::cleanup_context(), &request.name) {
        Ok(found)
            if found.config.labels.get(labels::CREATE_TOKEN)
                == request.labels.get(labels::CREATE_TOKEN) =>
        {
            container::remove_logged(api, &found.id);
        }
        Ok(_) => {}
        Err(error) if error.is_not_found() => {}
        Err(error) => log::warn!("container {} may have been left behind: {error:#}", request.name),
    }
}
