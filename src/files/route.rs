//! Chooses the transfer method of a call.

use std::path::Path;

use super::TransferMethod;
use super::archive::Archive;
use super::path::is_within;
use super::requests::Requests;
use super::resolve::{Location, Resolved, resolve};
use crate::api::{ContainerInspect, SystemInfo};
use crate::error::{Error, ErrorKind, Result};
use crate::exec::ExecTarget;
use crate::posture::Kernel;

/// Always tmpfs or kernel file systems, which the archive requests do not see.
const IN_MEMORY: [&str; 3] = ["/dev", "/proc", "/sys"];

/// What a transfer does in the container.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operation<'a> {
    Read,
    Write,
    /// Copies the contents of this directory of the host into the container.
    Upload(&'a Path),
    Download,
}

impl Operation<'_> {
    fn writes(self) -> bool {
        matches!(self, Operation::Write | Operation::Upload(_))
    }
}

/// The chosen transfer method.
pub(super) enum Route<'a> {
    Archive(Archive<'a>),
    Exec {
        /// Why the engine's archive requests are not used although they would be
        /// preferred.
        instead_of: Option<Error>,
    },
}

impl<'a> Route<'a> {
    /// Returns the method `wanted`, or chooses one for `path` if it is `Auto`.
    pub(super) fn choose(
        target: &'a ExecTarget,
        path: &str,
        operation: Operation<'_>,
        wanted: TransferMethod,
    ) -> Result<Self> {
        if wanted == TransferMethod::Exec {
            return Ok(Route::Exec { instead_of: None });
        }
        let inspect = target.api().container_inspect(&target.context, &target.container)?;
        let requests = Requests { target };
        let follow = !matches!(operation, Operation::Write);
        if matches!(operation, Operation::Download) && may_omit(target, &inspect)? {
            return match wanted == TransferMethod::Auto && is_running(&inspect) {
                true => Ok(Route::Exec { instead_of: None }),
                false => Err(omits_unreadable()),
            };
        }
        if wanted == TransferMethod::Archive {
            let Resolved::Visible(at) = resolve(&requests, path, follow, &[])? else {
                return Err(Error::protocol("nothing is hidden from an archive request"));
            };
            let archive = Archive::new(requests, user(target, inspect), Vec::new(), at);
            return Ok(Route::Archive(archive));
        }
        if needs_exec(&inspect, operation.writes()) || kernel_hides_files(target, &inspect)? {
            return Ok(Route::Exec { instead_of: None });
        }
        match find(&requests, path, follow, &inspect) {
            Ok(Some((_, at))) if may_be_denied(target, &inspect, operation, &at)? => {
                Ok(Route::Exec { instead_of: at.existing().err() })
            }
            Ok(Some((hidden, at))) if !covers_hidden(&at, operation, &hidden) => {
                let user = user(target, inspect);
                Ok(Route::Archive(Archive::new(requests, user, hidden, at)))
            }
            Ok(_) => Ok(Route::Exec { instead_of: None }),
            Err(error) if is_running(&inspect) && is_of_the_engine(&error) => {
                log::debug!("the engine's archive requests fail: {error:#}");
                Ok(Route::Exec { instead_of: Some(error) })
            }
            Err(error) => Err(error),
        }
    }
}

/// Resolves `path` and the directories that the engine does not see; returns both, or
/// `None` if the path leads into one of them.
fn find(
    requests: &Requests<'_>,
    path: &str,
    follow_last: bool,
    inspect: &ContainerInspect,
) -> Result<Option<(Vec<String>, Location)>> {
    let mut hidden: Vec<_> = IN_MEMORY.map(str::to_owned).into();
    let mut all = hidden.clone();
    for tmpfs in in_memory(inspect) {
        // The engine mounted it where a symlink leads.
        match resolve(requests, tmpfs, true, &hidden)? {
            Resolved::Hidden => {}
            Resolved::Visible(at) => all.push(at.path()),
        }
    }
    hidden = all;
    Ok(match resolve(requests, path, follow_last, &hidden)? {
        Resolved::Hidden => None,
        Resolved::Visible(at) => Some((hidden, at)),
    })
}

/// Whether the transfer of a tree concerns files that the engine does not see.
fn covers_hidden(at: &Location, operation: Operation<'_>, hidden: &[String]) -> bool {
    let path = at.path();
    let is_kernels = |hidden: &str| IN_MEMORY.contains(&hidden);
    match operation {
        Operation::Read | Operation::Write => false,
        Operation::Download => {
            hidden.iter().any(|hidden| is_within(hidden, &path) && !is_kernels(hidden))
        }
        Operation::Upload(from) => hidden.iter().any(|hidden| {
            is_within(hidden, &path)
                && (!is_kernels(hidden)
                    || from.join(hidden.trim_start_matches('/')).symlink_metadata().is_ok())
        }),
    }
}

/// Whether what the engine does not find may be there: a rootless Podman does not tell
/// what it may not see from what does not exist. A command does.
fn may_be_denied(
    target: &ExecTarget,
    inspect: &ContainerInspect,
    operation: Operation<'_>,
    at: &Location,
) -> Result<bool> {
    if at.missing.is_empty() || operation.writes() || !is_running(inspect) {
        return Ok(false);
    }
    is_rootless_podman(target)
}

/// Whether an archive may lack files that the engine may not read: a rootless Podman
/// leaves them out, and reports success. Only a bind mount has such files.
fn may_omit(target: &ExecTarget, inspect: &ContainerInspect) -> Result<bool> {
    let has_bind = inspect.mounts.iter().any(|mount| mount.kind == "bind");
    Ok(has_bind && is_rootless_podman(target)?)
}

fn omits_unreadable() -> Error {
    let problem = "a rootless Podman leaves out files that it may not read, and the container has \
                   a bind mount; use TransferMethod::Auto or Exec in a running container";
    Error::new(ErrorKind::Unsupported, problem)
}

fn is_rootless_podman(target: &ExecTarget) -> Result<bool> {
    match target.engine.info(&target.context) {
        Err(error) if error.is_interruption() || error.is_unreachable() => Err(error),
        info => Ok(info.is_ok_and(|info| info.is_podman() && info.is_rootless())),
    }
}

/// Whether commands can run in the container.
fn is_running(inspect: &ContainerInspect) -> bool {
    inspect.state.running && !inspect.state.paused
}

/// Whether a command may succeed where the engine's archive request failed.
fn is_of_the_engine(error: &Error) -> bool {
    let kinds =
        [ErrorKind::Engine, ErrorKind::FileAccess, ErrorKind::Protocol, ErrorKind::Unsupported];
    kinds.contains(&error.kind())
}

/// The user that runs commands by default.
fn user(target: &ExecTarget, inspect: ContainerInspect) -> String {
    let watch = target.engine.watches.remember(&inspect);
    if watch.watchers.is_some() { watch.user.clone() } else { inspect.config.user }
}

/// Whether only a command does: the root file system is read-only, or commands can
/// mount file systems, of which the engine knows nothing.
fn needs_exec(inspect: &ContainerInspect, writes: bool) -> bool {
    let config = &inspect.host_config;
    let mounts = |capability: &String| {
        let name = capability.to_ascii_uppercase();
        matches!(name.trim_start_matches("CAP_"), "SYS_ADMIN" | "ALL")
    };
    let may_mount = config.privileged || config.cap_add.iter().any(mounts);
    (writes && config.readonly_rootfs) || (inspect.state.running && may_mount)
}

/// Whether the container's kernel keeps files to itself: it does while it runs.
fn kernel_hides_files(target: &ExecTarget, inspect: &ContainerInspect) -> Result<bool> {
    if !inspect.state.running {
        return Ok(false);
    }
    let unknown = SystemInfo::default();
    let info = match target.engine.info(&target.context) {
        Err(error) if error.is_interruption() || error.is_unreachable() => return Err(error),
        Err(_) => &unknown,
        Ok(info) => info,
    };
    let kernel = Kernel::of(&inspect.host_config.runtime, info);
    Ok(kernel.and_then(Kernel::hides_files).is_some())
}

/// The container's tmpfs mounts.
fn in_memory(inspect: &ContainerInspect) -> Vec<&str> {
    let mounts = inspect.mounts.iter().filter(|mount| mount.kind == "tmpfs");
    let mounts = mounts.map(|mount| mount.destination.as_str());
    inspect.host_config.tmpfs.keys().map(String::as_str).chain(mounts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inspect(json: &str) -> ContainerInspect {
        serde_json::from_str(&format!(r#"{{"Id":"x","State":{{}},{json}}}"#)).unwrap()
    }

    #[test]
    fn a_read_only_root_and_a_right_to_mount_need_a_command() {
        let running = r#""State":{"Running":true}"#;
        let stopped = r#""State":{}"#;
        for (state, config, reads, writes) in [
            (running, r#""HostConfig":{"ReadonlyRootfs":true}"#, false, true),
            (running, r#""HostConfig":null,"Mounts":null"#, false, false),
            (running, r#""HostConfig":{"Privileged":true}"#, true, true),
            (running, r#""HostConfig":{"CapAdd":["cap_sys_admin"]}"#, true, true),
            (running, r#""HostConfig":{"CapAdd":["ALL"]}"#, true, true),
            (running, r#""HostConfig":{"CapAdd":["SYS_PTRACE"]}"#, false, false),
            (stopped, r#""HostConfig":{"Privileged":true}"#, false, false),
        ] {
            let json = format!(r#"{{"Id":"x",{state},{config}}}"#);
            let inspect = serde_json::from_str(&json).unwrap();
            assert_eq!(needs_exec(&inspect, false), reads, "{json}");
            assert_eq!(needs_exec(&inspect, true), writes, "{json}");
        }
    }

    #[test]
    fn a_tmpfs_is_found_in_both_fields() {
        let json = r#""HostConfig":{"Tmpfs":{"/a":""}},
            "Mounts":[{"Type":"bind","Destination":"/b"},{"Type":"tmpfs","Destination":"/c"}]"#;
        assert_eq!(in_memory(&inspect(json)), ["/a", "/c"]);
    }
}
