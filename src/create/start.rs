//! Creating a container for real: it runs as it was asked for, or it is gone.

use std::sync::Arc;
use std::time::Duration;

use super::{CreateOptions, mount_check};
use crate::api::{Api, ContainerCreateRequest};
use crate::call_context::{CallContext, Limit};
use crate::engine::Engine;
use crate::engine_features::EngineFeatures;
use crate::error::{Error, ErrorKind, Result};
use crate::exec::ExecTarget;
use crate::image::{self, PullOptions};
use crate::mount::Mount;
use crate::posture::{self, Enforcement, Posture};
use crate::self_container::{self, SelfContainer};
use crate::{container, labels, owner, random_id};

/// How long creating may go on once its caller has left.
const CREATE_LIMIT: Duration = Duration::from_secs(60);

/// Creates a container and starts it; returns its id. A failure leaves none.
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
    let missing = mount_check::missing(own.as_ref(), options.seen_mounts());
    let creation = Creation { engine, context, options, own, missing };
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
    /// The container that this process runs in, if that could be found out.
    own: Option<SelfContainer>,
    /// The mounts that have no source yet.
    missing: Vec<&'a Mount>,
}

impl Creation<'_> {
    /// Creates the container, and pulls its image where there is none.
    fn create(&self, request: &ContainerCreateRequest) -> Result<String> {
        let Creation { engine, context, options, .. } = self;
        self.check_capabilities()?;
        let (image, pull) = (options.image(), PullOptions::with_platform(options.image_platform()));
        image::ensure(engine, context, image, &pull)?;
        match self.create_watched(request) {
            // Somebody removed the image since it was seen; once more, then.
            Err(error) if error.is_not_found() => {
                log::info!("image {image:?} may have gone away; looking again");
                engine.images.forget(image);
                image::ensure(engine, context, image, &pull)?;
                self.create_watched(request)
            }
            result => result,
        }
    }

    fn create_watched(&self, request: &ContainerCreateRequest) -> Result<String> {
        let mut request = request.clone();
        self.options.set_watchers(self.engine, self.context, &mut request)?;
        self.create_once(request)
    }

    /// An engine creates a container even if nobody waits for the answer; so a
    /// thread always does, and removes what nobody wants any more.
    fn create_once(&self, request: ContainerCreateRequest) -> Result<String> {
        let api = Arc::clone(&self.engine.api);
        let undo_api = Arc::clone(&api);
        let patient = self.context.detached(CREATE_LIMIT, Limit::Whole(CREATE_LIMIT));
        let work = move || {
            let created = api.container_create(&patient, &request).inspect_err(|error| {
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
        created.map_err(|e| e.context("create container"))
    }

    /// Refuses what the engine cannot do, and may ignore.
    fn check_capabilities(&self) -> Result<()> {
        let mut needs = self.options.needs().peekable();
        if needs.peek().is_none() {
            return Ok(());
        }
        let capabilities = EngineFeatures::of(self.engine, self.context)?;
        for (field, capability) in needs {
            if let Some(why_not) = capabilities.why_not(capability) {
                let problem = format!("{field}: {why_not}");
                return Err(Error::new(ErrorKind::Unsupported, problem));
            }
        }
        Ok(())
    }

    /// Makes the container run, if it is as it was asked for.
    fn bring_up(&self, id: &str) -> Result<()> {
        let Creation { engine, context, options, .. } = self;
        mount_check::check_made(self.own.as_ref(), &self.missing)?;
        self.check_limits(id)?;
        options.check_user(&self.target(id))?;
        if options.is_tied_to_host() {
            // Before it starts: its life must not begin without an owner.
            let input = engine.api.container_attach_stdin(context, id);
            engine.leases.hold(id, input.map_err(|e| e.context("attach to container"))?);
        }
        let started = engine.api.container_start(context, id);
        started.map_err(|e| options.explain_start(e).context("start container"))?;
        for mount in options.seen_mounts() {
            mount_check::check(engine.api.as_ref(), context, id, self.own.as_ref(), mount)?;
        }
        self.give_volumes(id)
    }

    pub(super) fn target(&self, id: &str) -> ExecTarget {
        let (engine, context) = (Arc::clone(self.engine), self.context.clone());
        ExecTarget { engine, context, container: id.to_owned() }
    }

    /// Refuses a container that lacks a limit which was asked for by name, or is
    /// not known to have it: a proxy may keep the engine's facts to itself.
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
                    format!("the engine would not enforce the limit: {why}")
                }
                Enforcement::Unknown(why) => {
                    format!("whether the engine would enforce the limit is not known: {why}")
                }
            };
            if options.demands(limit) {
                let way_out = format!("CreateOptions::allow_unenforced({limit:?}) accepts that");
                let problem = format!("{limit}: {problem}; {way_out}");
                return Err(Error::new(ErrorKind::Unsupported, problem));
            }
            if options.limits.is_wanted(limit) {
                log::warn!("container {id}: {limit}: {problem}");
            }
        }
        Ok(())
    }

    /// Removes a container that was not brought up; goes on in the background
    /// when the call's limits end it.
    fn discard(&self, id: String) {
        self.engine.forget(&id);
        let api = Arc::clone(&self.engine.api);
        let task = move || container::remove_logged(api.as_ref(), &id);
        if let Err(error) = self.engine.tasks.finish(self.context, "sandcell-cleanup", task) {
            log::error!("a container stays behind: {error:#}");
        }
    }
}

/// Removes the container that `request` may have created although its answer
/// was lost: the one of its name that carries its token, and no other.
fn remove_lost(api: &dyn Api, request: &ContainerCreateRequest) {
    match api.container_inspect(&container::clean_up_scope(), &request.name) {
        Ok(found)
            if found.config.labels.get(labels::CREATE_TOKEN)
                == request.labels.get(labels::CREATE_TOKEN) =>
        {
            container::remove_logged(api, &found.id);
        }
        Ok(_) => {}
        Err(error) if error.is_not_found() => {}
        Err(error) => log::warn!("container {} may stay behind: {error:#}", request.name),
    }
}
