//! Texts of a create request that Podman parses. Its Docker-compatible API turns a
//! request into the options of its command line, and parses those: a mount is a line
//! of CSV, a label `key=value`, a tmpfs `path:options`. Where there is no notation
//! that keeps a text as it is, the request is refused.

use crate::api::{ContainerCreateRequest, MountRequest};
use crate::error::{Error, ErrorKind, Result};

/// Ends a field or a record of CSV, or is refused in one.
const IN_MOUNTS: [char; 4] = [',', '"', '\n', '\r'];
/// Separates the parts of the older notation, and a tmpfs from its options.
const SEPARATOR: char = ':';
/// Names of networks that are modes.
const MODES: [&str; 4] = ["private", "pod", "slirp4netns", "pasta"];

/// The request as Podman takes it literally; `None` if that is `request` itself.
pub(super) fn adapted(
    request: &ContainerCreateRequest,
    has_workspace: bool,
) -> Result<Option<ContainerCreateRequest>> {
    check_texts(request)?;
    if !request.host_config.mounts.iter().any(needs_bind) {
        return Ok(None);
    }
    let mut adapted = request.clone();
    let config = &mut adapted.host_config;
    for (index, mount) in std::mem::take(&mut config.mounts).into_iter().enumerate() {
        let field = if has_workspace && index == 0 { "workspace" } else { "mount" };
        match needs_bind(&mount) {
            true => config.binds.push(to_bind(&mount, field)?),
            false => config.mounts.push(mount),
        }
    }
    Ok(Some(adapted))
}

fn check_texts(request: &ContainerCreateRequest) -> Result<()> {
    if let Some(key) = request.labels.keys().find(|key| key.contains('=')) {
        return refused("label", key, "cannot keep '=' in a key");
    }
    for entry in &request.env {
        let name = entry.split('=').next().unwrap_or_default();
        if name.starts_with([' ', '\t']) {
            return refused("env", name, "cannot keep a space at the start of a name");
        }
    }
    if let Some(path) = request.host_config.tmpfs.keys().find(|path| path.contains(SEPARATOR)) {
        return refused("tmpfs: target", path, "cannot mount a tmpfs at a path with ':'");
    }
    match request.host_config.network_mode.as_deref() {
        Some(name) if MODES.contains(&name) => {
            refused("network", name, "takes it for a network mode, not for the name of a network")
        }
        _ => Ok(()),
    }
}

fn refused<T>(field: &str, text: &str, why: &str) -> Result<T> {
    let problem = format!("{field}: {text:?}: Podman {why}");
    Err(Error::new(ErrorKind::Unsupported, problem))
}

/// Whether Podman takes the mount as it is only in the older notation. It also
/// honours `nocopy` only there.
fn needs_bind(mount: &MountRequest) -> bool {
    no_copy(mount) || [&mount.source, &mount.target].iter().any(|path| path.contains(IN_MOUNTS))
}

fn no_copy(mount: &MountRequest) -> bool {
    mount.volume_options.as_ref().is_some_and(|options| options.no_copy)
}

fn to_bind(mount: &MountRequest, field: &str) -> Result<String> {
    let MountRequest { source, target, .. } = mount;
    for (part, path) in [("source", source), ("target", target)] {
        if path.contains(SEPARATOR) {
            let field = format!("{field}: {part}");
            let why = "cannot mount a path with ':' that has ',', '\"' or a line break as well, \
                       or without copying";
            return refused(&field, path, why);
        }
    }
    if mount.volume_options.as_ref().is_some_and(|options| !options.subpath.is_empty()) {
        return refused(field, target, "cannot mount a part of a volume without copying");
    }
    let access = if mount.read_only { "ro" } else { "rw" };
    let copy = if no_copy(mount) { "nocopy," } else { "" };
    Ok(format!("{source}:{target}:{copy}{access}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CreateOptions, Mount, NetworkMode, Tmpfs};

    fn adapt(options: &CreateOptions) -> Result<Option<ContainerCreateRequest>> {
        adapted(&options.to_request("token").unwrap(), options.workspace.is_some())
    }

    fn ok() -> CreateOptions {
        CreateOptions::new("busybox")
    }

    #[test]
    fn a_mount_goes_where_its_paths_are_no_syntax() {
        let plain = ok().mount(Mount::bind("/a:b", "/c:d=e")).workspace("/w", "/w");
        assert!(adapt(&plain).unwrap().is_none());
        for (mount, bind) in [
            (Mount::bind("/a", "/m,U=true"), "/a:/m,U=true:rw"),
            (Mount::bind("/a\"", "/m\n").read_only(true), "/a\":/m\n:ro"),
            (Mount::bind("/a\r", "/m"), "/a\r:/m:rw"),
            (Mount::volume("v", "/m").no_copy(true), "v:/m:nocopy,rw"),
            (Mount::volume("v", "/m").no_copy(true).read_only(true), "v:/m:nocopy,ro"),
        ] {
            let adapted = adapt(&ok().mount(Mount::bind("/x", "/y")).mount(mount)).unwrap();
            let config = adapted.unwrap().host_config;
            assert_eq!((config.binds, config.mounts.len()), (vec![bind.to_owned()], 1));
        }
    }

    #[test]
    fn what_cannot_be_kept_is_refused_by_name() {
        for (field, options) in [
            ("workspace: target", ok().workspace("/a", "/m,a:b")),
            ("mount: source", ok().mount(Mount::bind("/a:b", "/m,x"))),
            ("mount: target", ok().mount(Mount::volume("v", "/m:x").no_copy(true))),
            ("mount", ok().mount(Mount::volume("v", "/m").no_copy(true).subpath("x"))),
            ("tmpfs: target", ok().tmpfs(Tmpfs::new("/t:exec"))),
            ("label", ok().label("sandcell.owner=x", "y")),
            ("env", ok().env(" A", "x")),
            ("env", ok().env("\tA", "x")),
            ("network", ok().network(NetworkMode::Named("private".to_owned()))),
            ("network", ok().network(NetworkMode::Named("pasta".to_owned()))),
        ] {
            let error = adapt(&options).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
            assert!(error.to_string().starts_with(&format!("{field}: ")), "{field}: {error}");
        }
    }
}
