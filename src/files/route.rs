//! Chooses the transfer method of a call.

use super::TransferMethod;
use super::path::is_within;
use crate::api::{ContainerInspect, SystemInfo};
use crate::error::Result;
use crate::exec::ExecTarget;
use crate::posture::Kernel;

/// Always tmpfs or kernel file systems, which the archive requests do not see.
const IN_MEMORY: [&str; 3] = ["/dev", "/proc", "/sys"];

/// The direction of a transfer, seen from the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    In,
    Out,
}

/// The chosen transfer method.
#[derive(Debug)]
pub(super) enum Route {
    Archive {
        /// The container's user; empty for root.
        user: String,
    },
    Exec,
}

impl Route {
    /// Returns the method `wanted`, or chooses one for `path` if it is `Auto`.
    pub(super) fn choose(
        target: &ExecTarget,
        path: &str,
        direction: Direction,
        wanted: TransferMethod,
    ) -> Result<Self> {
        if wanted == TransferMethod::Exec {
            return Ok(Route::Exec);
        }
        let inspect = target.api().container_inspect(&target.context, &target.container)?;
        if wanted == TransferMethod::Archive {
            return Ok(Route::Archive { user: user(target, inspect) });
        }
        if needs_exec(&inspect, direction) || kernel_hides_files(target, &inspect)? {
            return Ok(Route::Exec);
        }
        let in_memory = in_memory(&inspect);
        // A symlink may point into a tmpfs. Without a tmpfs, skip the requests.
        let real = match in_memory.is_empty() {
            true => path.to_owned(),
            false => resolve(target, path)?,
        };
        let is_in_memory = IN_MEMORY.iter().any(|memory| is_within(&real, memory))
            || in_memory.iter().any(|memory| is_within(&real, memory) || is_within(memory, &real));
        Ok(match is_in_memory {
            true => Route::Exec,
            false => Route::Archive { user: user(target, inspect) },
        })
    }
}

/// The user that runs commands by default.
fn user(target: &ExecTarget, inspect: ContainerInspect) -> String {
    let watch = target.engine.watches.remember(&inspect);
    if watch.watchers.is_some() { watch.user.clone() } else { inspect.config.user }
}

fn needs_exec(inspect: &ContainerInspect, direction: Direction) -> bool {
    direction == Direction::In && inspect.host_config.readonly_rootfs
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

/// Resolves all symlinks of `path`, as far as it exists.
fn resolve(target: &ExecTarget, path: &str) -> Result<String> {
    let mut real = String::new();
    let mut exists = true;
    for name in path.split('/').filter(|name| !name.is_empty()) {
        real = format!("{}/{name}", real.trim_end_matches('/'));
        if !exists {
            continue;
        }
        match target.api().container_path_stat(&target.context, &target.container, &real) {
            Ok(stat) if stat.is_symlink() => real = stat.link_target,
            Ok(_) => {}
            Err(error) if error.is_interruption() || error.is_unreachable() => return Err(error),
            // It does not exist, or is in a file system that the engine does not see.
            Err(error) => {
                log::debug!("stat {real:?}: {error:#}");
                exists = false;
            }
        }
    }
    Ok(if real.is_empty() { "/".to_owned() } else { real })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inspect(json: &str) -> ContainerInspect {
        serde_json::from_str(&format!(r#"{{"Id":"x","State":{{}},{json}}}"#)).unwrap()
    }

    #[test]
    fn a_read_only_root_needs_a_command() {
        for (json, out, into) in [
            (r#""HostConfig":{"ReadonlyRootfs":true}"#, false, true),
            (r#""HostConfig":null,"Mounts":null"#, false, false),
        ] {
            let inspect = inspect(json);
            assert_eq!(needs_exec(&inspect, Direction::Out), out, "{json}");
            assert_eq!(needs_exec(&inspect, Direction::In), into, "{json}");
        }
    }

    #[test]
    fn a_tmpfs_is_found_in_both_fields() {
        let json = r#""HostConfig":{"Tmpfs":{"/a":""}},
            "Mounts":[{"Type":"bind","Destination":"/b"},{"Type":"tmpfs","Destination":"/c"}]"#;
        assert_eq!(in_memory(&inspect(json)), ["/a", "/c"]);
    }
}
