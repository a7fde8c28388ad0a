//! Verification of bind mounts: whether a source path means the same file to the
//! engine and to this process. For a process in a container, or with a remote
//! engine, the same path may be another directory, usually an empty one.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::api::{Api, CallContext, PathStat};
use crate::error::{Error, ErrorKind, Result};
use crate::mount::Mount;
use crate::self_container::SelfContainer;

/// How many comparisons: the directory may change between the two stat calls.
const ATTEMPTS: u32 = 3;

/// Refuses a mount whose source is not what this process sees. `own` is the
/// container that this process runs in. A source that this process does not see
/// at all is not checked: the caller can only mean the engine's.
pub(super) fn check(
    api: &dyn Api,
    context: &CallContext,
    container: &str,
    own: Option<&SelfContainer>,
    mount: &Mount,
) -> Result<()> {
    let here = local_path(own, mount.source());
    for _ in 0..ATTEMPTS {
        let Ok(ours) = fs::metadata(&here) else { return Ok(()) };
        let theirs = match api.container_path_stat(context, container, mount.target()) {
            Err(error) if error.is_interruption() || error.is_unreachable() => return Err(error),
            Err(error) => {
                log::debug!("stat mount {:?}: {error:#}", mount.target());
                return Ok(());
            }
            Ok(theirs) => theirs,
        };
        if is_same(&ours, &theirs) {
            return Ok(());
        }
    }
    let source = mount.source();
    let problem = format!(
        "mount: source {source:?} is not the same file for the engine as for this process; \
         translate it with Client::engine_path, or allow it with \
         CreateOptions::allow_unverified_mounts"
    );
    Err(Error::new(ErrorKind::InvalidArgument, problem))
}

/// Returns the mounts whose source does not exist, as far as this process can
/// see.
pub(super) fn missing<'a>(
    own: Option<&SelfContainer>,
    mounts: impl Iterator<Item = &'a Mount>,
) -> Vec<&'a Mount> {
    mounts.filter(|mount| !exists(own, mount)).collect()
}

/// Refuses mounts in `missing` whose source exists by now: Podman creates missing
/// sources.
pub(super) fn check_created(own: Option<&SelfContainer>, missing: &[&Mount]) -> Result<()> {
    let Some(created) = missing.iter().find(|mount| exists(own, mount)) else { return Ok(()) };
    let source = created.source();
    let problem = format!(
        "mount: source {source:?} does not exist; the engine created an empty directory \
         in its place"
    );
    Err(Error::new(ErrorKind::InvalidArgument, problem))
}

fn exists(own: Option<&SelfContainer>, mount: &Mount) -> bool {
    fs::symlink_metadata(local_path(own, mount.source())).is_ok()
}

/// The path under which this process sees `source` of the engine's host.
pub(super) fn local_path(own: Option<&SelfContainer>, source: &Path) -> PathBuf {
    let translated = own.and_then(|own| own.path_from_engine(source));
    translated.unwrap_or_else(|| source.to_owned())
}

/// Whether both results describe the same file or directory, as far as they tell.
fn is_same(ours: &Metadata, theirs: &PathStat) -> bool {
    let same_type = ours.is_dir() == theirs.is_dir();
    let same_size = ours.is_dir() || ours.len() == theirs.size;
    // Some engines report whole seconds only.
    let same_time = seconds(&theirs.mtime).is_none_or(|time| time == ours.mtime());
    same_type && same_size && same_time
}

/// Seconds since 1970, of a time with any UTC offset.
fn seconds(rfc3339: &str) -> Option<i64> {
    let (time, offset) = match rfc3339.strip_suffix('Z') {
        Some(time) => (time, 0),
        None => {
            let at = rfc3339.rfind(['+', '-'])?;
            let (time, offset) = rfc3339.split_at(at);
            let (hours, minutes) = offset.get(1..)?.split_once(':')?;
            let offset = hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60;
            (time, if rfc3339[at..].starts_with('-') { -offset } else { offset })
        }
    };
    let time = humantime::parse_rfc3339_weak(time).ok()?;
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(i64::try_from(since.as_secs()).ok()? - offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_offsets() {
        for (text, expected) in [
            ("2026-11-24T15:49:31Z", Some(1_795_535_371)),
            ("2026-11-24T15:49:31.09155108Z", Some(1_795_535_371)),
            ("2026-11-24T17:49:31.5+02:00", Some(1_795_535_371)),
            ("2026-11-24T10:19:31-05:30", Some(1_795_535_371)),
            ("", None),
            ("+02:00", None),
            ("1960-01-01T00:00:00Z", None),
            ("2026-11-24T17:49:31.5+0200", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
