//! The container that this process itself runs in, and the translation of its paths to
//! paths on the engine's host.

use std::fs;
use std::path::{Path, PathBuf};

use crate::api::{
    Api, CallContext, ContainerInspect, ContainerListRequest, ContainerSummary, MountPoint,
};
use crate::container_hints::ContainerHints;
use crate::error::{Error, ErrorKind, Result};

/// The container that this process runs in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SelfContainer {
    /// The container's full id.
    pub id: String,
    /// The container's name.
    pub name: String,
    /// The names of the container's networks.
    pub networks: Vec<String>,
    /// The container's mounts.
    pub mounts: Vec<SelfMount>,
}

/// A mount of the container that this process runs in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SelfMount {
    /// The engine's type of the mount, such as `bind`, `volume` or `tmpfs`.
    pub kind: String,
    /// The path on the engine's host; `None` if the engine reports none.
    pub source: Option<PathBuf>,
    /// The path in the container.
    pub destination: PathBuf,
    /// Whether the mount is writable.
    pub rw: bool,
}

impl SelfContainer {
    /// Translates a `path` of this process to the path on the engine's host.
    pub(crate) fn engine_path(&self, path: &Path) -> Result<PathBuf> {
        let real = fs::canonicalize(path).map_err(|cause| {
            Error::invalid("path", format_args!("cannot resolve {path:?}")).with_source(cause)
        })?;
        self.translate(&real).ok_or_else(|| {
            let own = &self.name;
            let problem = format!(
                "{real:?} is inside container {own:?}, which this process runs in, and not on a \
                 mount from the engine's host: mount a directory or a volume there"
            );
            Error::invalid("path", problem)
        })
    }

    /// Translates a `path` of the engine's host to the path of this process, if it is
    /// on one of the mounts.
    pub(crate) fn path_from_engine(&self, path: &Path) -> Option<PathBuf> {
        let sources = self.mounts.iter().filter_map(|mount| Some((mount, mount.source.as_ref()?)));
        let around = sources.filter(|(_, source)| path.starts_with(source));
        let (mount, source) = around.max_by_key(|(_, source)| source.components().count())?;
        rebase(path, source, &mount.destination)
    }

    /// Translates `path`, which must not contain symlinks.
    fn translate(&self, path: &Path) -> Option<PathBuf> {
        let mounts = self.mounts.iter().filter(|mount| path.starts_with(&mount.destination));
        let mount = mounts.max_by_key(|mount| mount.destination.components().count())?;
        rebase(path, &mount.destination, mount.source.as_ref()?)
    }
}

/// Replaces the prefix `from` of `path` with `to`.
fn rebase(path: &Path, from: &Path, to: &Path) -> Option<PathBuf> {
    let rest = path.strip_prefix(from).ok()?;
    // Joining an empty path would append a slash.
    Some(if rest.as_os_str().is_empty() { to.to_owned() } else { to.join(rest) })
}

impl From<ContainerInspect> for SelfContainer {
    fn from(inspect: ContainerInspect) -> Self {
        SelfContainer {
            mounts: inspect.mounts.iter().map(|mount| self_mount(&inspect, mount)).collect(),
            networks: inspect.network_settings.networks.into_keys().collect(),
            name: inspect.name.trim_start_matches('/').to_owned(),
            id: inspect.id,
        }
    }
}

fn self_mount(inspect: &ContainerInspect, mount: &MountPoint) -> SelfMount {
    // The engine reports the source of the whole volume, without the subpath.
    let asked = inspect
        .host_config
        .mounts
        .iter()
        .find(|asked| Path::new(&asked.target) == Path::new(&mount.destination));
    let subpath = asked.map(|asked| asked.volume_options.subpath.as_str()).unwrap_or_default();
    let source = Path::new(&mount.source);
    let source = if subpath.is_empty() { source.to_owned() } else { source.join(subpath) };
    SelfMount {
        kind: mount.kind.clone(),
        source: Some(source).filter(|source| source.is_absolute()),
        destination: PathBuf::from(&mount.destination),
        rw: mount.rw,
    }
}

/// Finds the container that this process runs in, confirmed by the engine.
pub(crate) fn find(api: &dyn Api, context: &CallContext) -> Result<Option<ContainerInspect>> {
    find_by(
        &ContainerHints::read(),
        &Engine {
            inspect: &|id| match api.container_inspect(context, id) {
                Err(error) if error.is_not_found() => Ok(None),
                found => found.map(Some),
            },
            list: &|| api.container_list(context, &ContainerListRequest::default()),
        },
    )
}

/// The requests to an engine.
struct Engine<'a> {
    inspect: &'a dyn Fn(&str) -> Result<Option<ContainerInspect>>,
    list: &'a dyn Fn() -> Result<Vec<ContainerSummary>>,
}

impl Engine<'_> {
    /// Inspects the running container `id`. A name that looks like an id is ignored.
    fn running(&self, id: &str) -> Result<Option<ContainerInspect>> {
        let is_it = |found: &ContainerInspect| found.state.running && found.id.starts_with(id);
        Ok((self.inspect)(id)?.filter(is_it))
    }
}

fn find_by(hints: &ContainerHints, engine: &Engine<'_>) -> Result<Option<ContainerInspect>> {
    let mut candidate = None;
    for id in hints.ids() {
        let Some(found) = engine.running(id)? else { continue };
        if hints.identify(&found) == Some(true) {
            return Ok(Some(found));
        }
        if hints.match_container(&found) {
            candidate = Some(found);
        }
    }
    candidate.map(|found| find_sharer(hints, engine, found)).transpose()
}

/// Finds the container that this process runs in, among `lender` and the containers
/// that share its network, and with it its mounted files. Usually there are none.
fn find_sharer(
    hints: &ContainerHints,
    engine: &Engine<'_>,
    lender: ContainerInspect,
) -> Result<ContainerInspect> {
    let mut is_alone = true;
    for other in (engine.list)()? {
        if !shares_network(&other, &lender) {
            continue;
        }
        is_alone = false;
        match engine.running(&other.id)? {
            Some(found) if hints.identify(&found) == Some(true) => return Ok(found),
            _ => {}
        }
    }
    if is_alone && hints.identify(&lender).is_none() {
        return Ok(lender);
    }
    let problem = format!(
        "cannot determine the container of this process: it is {} or one that shares its network",
        lender.id
    );
    Err(Error::new(ErrorKind::Unsupported, problem))
}

/// Whether a container shares the network of `lender`, given by id or name.
fn shares_network(container: &ContainerSummary, lender: &ContainerInspect) -> bool {
    match container.host_config.network_mode.strip_prefix("container:") {
        Some(of) if !of.is_empty() => {
            lender.id.starts_with(of) || lender.name.trim_start_matches('/') == of
        }
        _ => false,
    }
}

impl ContainerHints {
    /// Whether the hints identify exactly this container; `None` if unknown.
    fn identify(&self, container: &ContainerInspect) -> Option<bool> {
        let upper_dir = Path::new(&container.graph_driver.data.upper_dir);
        match (&self.upper_dir, &self.cgroup) {
            // The engine may report the path with another prefix.
            (Some(ours), _) if upper_dir.is_absolute() => Some(upper_dir.ends_with(ours)),
            (_, Some(id)) => Some(*id == container.id),
            _ => None,
        }
    }

    /// Whether this process is in this container, or in one that shares its network and
    /// files.
    fn match_container(&self, container: &ContainerInspect) -> bool {
        let paths = [&container.hostname_path, &container.hosts_path, &container.resolv_conf_path];
        let has = |file: &String| paths.iter().any(|path| Path::new(path).ends_with(file));
        let has_file = self.files.iter().any(|(id, file)| *id == container.id && has(file));
        has_file || self.cgroup.as_ref() == Some(&container.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(mounts: &[(&str, &str)]) -> SelfContainer {
        let mount = |&(source, destination): &(&str, &str)| SelfMount {
            kind: "bind".to_owned(),
            source: Some(PathBuf::from(source)).filter(|source| source.is_absolute()),
            destination: destination.into(),
            rw: true,
        };
        SelfContainer {
            id: "x".to_owned(),
            name: "own".to_owned(),
            networks: Vec::new(),
            mounts: mounts.iter().map(mount).collect(),
        }
    }

    const LENDER: &str = "a000000000000000";
    const BORROWER: &str = "b000000000000000";

    /// The hints of a mounted file of the lender, which both containers have.
    fn hints() -> ContainerHints {
        let file = (LENDER.to_owned(), format!("{LENDER}/hostname"));
        ContainerHints { files: vec![file], ..ContainerHints::default() }
    }

    /// Finds the own container on an engine with both, of which the second has the
    /// network mode `mode`; returns its id, or the error's kind.
    fn look(
        hints: &ContainerHints,
        mode: &str,
        running: bool,
    ) -> Result<Option<String>, ErrorKind> {
        let inspect = |id: &str| {
            let mut found = ContainerInspect::default();
            let whole = [LENDER, BORROWER].into_iter().find(|whole| whole.starts_with(id));
            let Some(whole) = whole.or((id == "name").then_some(LENDER)) else { return Ok(None) };
            whole.clone_into(&mut found.id);
            "/lender".clone_into(&mut found.name);
            found.state.running = running;
            found.hostname_path = format!("/engine/{LENDER}/hostname");
            found.graph_driver.data.upper_dir = format!("/engine/{whole}/diff");
            Ok(Some(found))
        };
        let list = || {
            let mut other = ContainerSummary { id: BORROWER.to_owned(), ..Default::default() };
            mode.clone_into(&mut other.host_config.network_mode);
            Ok(vec![other])
        };
        let found = find_by(hints, &Engine { inspect: &inspect, list: &list });
        found.map(|found| found.map(|found| found.id)).map_err(|error| error.kind())
    }

    #[test]
    fn files_prove_a_container_that_shares_them_with_no_other() {
        let found = |id: &str| Ok(Some(id.to_owned()));
        assert_eq!(look(&hints(), "bridge", true), found(LENDER));
        assert_eq!(look(&hints(), "bridge", false), Ok(None));
        for mode in [format!("container:{LENDER}"), "container:lender".to_owned()] {
            assert_eq!(look(&hints(), &mode, true), Err(ErrorKind::Unsupported));
            let upper_dir = Some(format!("/engine/{BORROWER}/diff"));
            assert_eq!(
                look(&ContainerHints { upper_dir, ..hints() }, &mode, true),
                found(BORROWER)
            );
            let cgroup = Some(BORROWER.to_owned());
            assert_eq!(look(&ContainerHints { cgroup, ..hints() }, &mode, true), found(BORROWER));
        }
        // In a container, but with another root filesystem than the engine reports.
        let upper_dir = Some("/other".to_owned());
        let elsewhere = ContainerHints { upper_dir, ..hints() };
        assert_eq!(look(&elsewhere, "bridge", true), Err(ErrorKind::Unsupported));
    }

    #[test]
    fn a_name_alone_proves_nothing() {
        for name in [&LENDER[..12], "name", "other"] {
            let hostname = Some(name.to_owned());
            let hints = ContainerHints { hostname, ..ContainerHints::default() };
            assert_eq!(look(&hints, "bridge", true), Ok(None), "{name}");
        }
        let (hostname, upper_dir) = (Some(LENDER[..12].to_owned()), Some(format!("{LENDER}/diff")));
        let hints = ContainerHints { hostname, upper_dir, ..ContainerHints::default() };
        assert_eq!(look(&hints, "bridge", true), Ok(Some(LENDER.to_owned())));
    }

    #[test]
    fn the_longest_mount_counts() {
        let own =
            own(&[("/srv", "/data"), ("/fast", "/data/cache"), ("", "/data/tmp"), ("/f", "/file")]);
        for (path, expected) in [
            ("/data", Some("/srv")),
            ("/data/a/b", Some("/srv/a/b")),
            ("/data/cache/a", Some("/fast/a")),
            ("/data/cached", Some("/srv/cached")),
            ("/data/tmp/a", None),
            ("/file", Some("/f")),
            ("/database", None),
            ("/", None),
        ] {
            let translated = own.translate(Path::new(path));
            // As text: paths that differ in a trailing slash compare as equal.
            assert_eq!(translated.as_ref().and_then(|path| path.to_str()), expected, "{path}");
        }
    }

    #[test]
    fn a_path_that_no_mount_covers_is_named_with_the_way_out() {
        let error = own(&[("/srv", "/data")]).engine_path(Path::new("/proc/../etc")).unwrap_err();
        assert!(error.is_invalid_argument());
        let text = error.to_string();
        assert!(
            text.contains("\"/etc\"") && text.contains("\"own\"") && text.contains("volume"),
            "{text}"
        );
        let error = own(&[]).engine_path(Path::new("/no/such")).unwrap_err();
        assert!(error.is_invalid_argument() && error.to_string().contains("/no/such"), "{error}");
    }

    #[test]
    fn a_volume_may_be_mounted_in_part() {
        let json = r#"{"Id":"x","Name":"/own","State":{},
            "Mounts":[{"Type":"volume","Source":"/v/_data","Destination":"/cache","RW":true},
                      {"Type":"tmpfs","Source":"","Destination":"/tmp","RW":true}],
            "HostConfig":{"Mounts":[{"Target":"/cache/","VolumeOptions":{"Subpath":"a/b"}},
                                    {"Target":"/tmp","VolumeOptions":null}]}}"#;
        let own = SelfContainer::from(serde_json::from_str::<ContainerInspect>(json).unwrap());
        assert_eq!(own.name, "own");
        assert_eq!(own.translate(Path::new("/cache/c")), Some("/v/_data/a/b/c".into()));
        assert_eq!(own.mounts[1].source, None);
    }
}
