//! Verification of bind mounts: whether a source path means the same file to the
//! engine and to this process. For a process in a container, or with a remote
//! engine, the same path may be another directory, usually an empty one.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use super::start::Creation;
use crate::api::PathStat;
use crate::error::{Error, ErrorKind, Result};
use crate::exec::{self, ExecOptions};
use crate::mount::Mount;

/// How many comparisons: the directory may change between the two stat calls.
const ATTEMPTS: u32 = 3;
/// How many symlinks are followed. Engines resolve all at once.
const MAX_LINKS: u32 = 3;
/// What Podman takes for a pattern in a path, unless a backslash is before it.
const PATTERN: [char; 4] = ['*', '?', '[', '\\'];
/// The bits of a Linux file's type, and those of a directory. The container's system need
/// not be this one.
const FILE_TYPE: u32 = 0o170_000;
const DIRECTORY: u32 = 0o040_000;
const HINT: &str = "allow it with CreateOptions::allow_unverified_mounts";

/// What a stat call says of a file or directory.
#[derive(Debug)]
struct Seen {
    is_dir: bool,
    size: u64,
    /// The modification time in seconds since 1970; `None` if it is not known.
    mtime: Option<i64>,
}

impl Creation<'_> {
    /// Refuses bind mounts whose source cannot be mounted, as far as this process can
    /// see, before anything is created.
    pub(super) fn check_sources(&self) -> Result<()> {
        for mount in self.options.verified_mounts() {
            let here = self.local_path(mount.source());
            match fs::metadata(&here) {
                Ok(seen) => self.check_seen(mount, &here, &seen)?,
                Err(error) => self.check_unseen(mount, &here, &error)?,
            }
        }
        Ok(())
    }

    fn check_seen(&self, mount: &Mount, here: &Path, seen: &Metadata) -> Result<()> {
        let is_workspace = self.options.workspace.as_ref().is_some_and(|it| it == mount);
        if is_workspace && !seen.is_dir() {
            return Err(bad_source(mount, "is not a directory, as a workspace must be"));
        }
        // Engines remove ".." from the text, the kernel leaves where a symlink leads.
        let textual = fs::metadata(without_parents(here));
        let is_same = textual.is_ok_and(|it| (it.dev(), it.ino()) == (seen.dev(), seen.ino()));
        match is_same {
            true => Ok(()),
            false => Err(bad_source(mount, "contains \"..\" after a symlink; resolve it first")),
        }
    }

    fn check_unseen(&self, mount: &Mount, here: &Path, error: &io::Error) -> Result<()> {
        let is_translated = here != mount.source();
        let is_link = fs::symlink_metadata(here).is_ok_and(|it| it.is_symlink());
        if is_link && self.own.is_none() {
            return Err(bad_source(mount, "is a symlink that leads nowhere"));
        }
        match error.raw_os_error() {
            Some(libc::ELOOP) if self.own.is_none() => {
                Err(bad_source(mount, "is a loop of symlinks"))
            }
            Some(libc::ENOENT | libc::ENOTDIR) if is_translated => {
                Err(bad_source(mount, "does not exist"))
            }
            Some(libc::ENOENT | libc::ENOTDIR) if self.engine.is_podman(self.context)? => {
                let problem = "does not exist, as far as this process sees, and Podman would \
                               create a directory in its place";
                Err(bad_source(mount, problem))
            }
            // The caller can only mean the engine's, which refuses what it does not have.
            _ => Ok(()),
        }
    }

    /// Refuses a mount whose source is not what this process sees. A source that this
    /// process does not see at all is not checked: the caller can only mean the
    /// engine's.
    pub(super) fn check_mount(&self, container: &str, mount: &Mount) -> Result<()> {
        let here = self.local_path(mount.source());
        for _ in 0..ATTEMPTS {
            let Ok(ours) = fs::metadata(&here) else { return Ok(()) };
            if self.seen(container, &mount.target())?.iter().any(|theirs| is_same(&ours, theirs)) {
                return Ok(());
            }
        }
        let source = mount.source();
        let problem = format!(
            "mount: source {source:?} is not the same file for the engine as for this process; \
             translate it with Client::engine_path, or {HINT}"
        );
        Err(Error::new(ErrorKind::InvalidArgument, problem))
    }

    /// What the engine sees at `target`; nothing if nothing is there.
    fn seen(&self, container: &str, target: &str) -> Result<Vec<Seen>> {
        let escaped = escaped(target);
        let mut seen = Vec::new();
        for path in std::iter::once(target).chain(escaped.as_deref()) {
            match self.stat(container, path) {
                Ok(stat) => seen.push(Seen::from(stat)),
                Err(error) if error.is_interruption() || error.is_unreachable() => {
                    return Err(error);
                }
                Err(error) if error.is_not_found() => log::debug!("stat {path:?}: {error:#}"),
                Err(error) => seen.push(self.seen_by_command(container, target, &error)?),
            }
        }
        Ok(seen)
    }

    /// The status of what is at `path`, where its symlinks lead.
    fn stat(&self, container: &str, path: &str) -> Result<PathStat> {
        let stat = |path: &str| self.engine.api.container_path_stat(self.context, container, path);
        let mut found = stat(path)?;
        for _ in 0..MAX_LINKS {
            if !found.is_symlink() {
                break;
            }
            let target = escaped(&found.link_target);
            found = match stat(&found.link_target) {
                Err(error) if error.is_not_found() => match target {
                    Some(target) => stat(&target)?,
                    None => return Err(error),
                },
                found => found?,
            };
        }
        Ok(found)
    }

    /// The same from inside, before any command of the caller has run: Docker 28 cannot
    /// look into a container with a mount at an absolute symlink.
    fn seen_by_command(&self, container: &str, path: &str, reason: &Error) -> Result<Seen> {
        let argv = ["stat", "-L", "-c", "%f %s %Y", path];
        let result =
            exec::run(&self.target(container), &ExecOptions::new(argv).cwd("/").helper_as("0"));
        let unknown = || {
            let problem = format!("mount: target {path:?} cannot be verified ({reason:#}); {HINT}");
            Error::new(ErrorKind::Unsupported, problem)
        };
        match result {
            Err(error) if error.is_interruption() || error.is_unreachable() => Err(error),
            Ok(result) if result.success() => {
                Seen::parse(&result.stdout.text()).ok_or_else(unknown)
            }
            result => {
                self.context.check()?;
                log::debug!("stat {path:?}: {result:?}");
                Err(unknown())
            }
        }
    }

    /// Where the symlink at `path` leads; `path` itself if there is none.
    pub(super) fn real_path(&self, container: &str, path: String) -> Result<String> {
        let stat = self.engine.api.container_path_stat(self.context, container, &path);
        match stat {
            Ok(stat) if stat.is_symlink() => Ok(stat.link_target),
            Err(error) if error.is_interruption() || error.is_unreachable() => Err(error),
            _ => Ok(path),
        }
    }

    /// The path under which this process sees `source` of the engine's host.
    pub(super) fn local_path(&self, source: &Path) -> PathBuf {
        let translated = self.own.as_ref().and_then(|own| own.path_from_engine(source));
        translated.unwrap_or_else(|| source.to_owned())
    }
}

fn bad_source(mount: &Mount, problem: &str) -> Error {
    let source = mount.source();
    Error::invalid("mount", format_args!("source {source:?} {problem}; otherwise {HINT}"))
}

/// `path` with its `..` removed as engines do: from the text.
fn without_parents(path: &Path) -> PathBuf {
    let mut textual = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                textual.pop();
            }
            component => textual.push(component),
        }
    }
    textual
}

/// The path as a pattern, as Podman takes it; `None` if that is `path` itself.
fn escaped(path: &str) -> Option<String> {
    let escape = |c: char| match c {
        // Podman escapes this one itself, and then finds nothing.
        '*' => "?".to_owned(),
        c if PATTERN.contains(&c) => format!("\\{c}"),
        c => c.to_string(),
    };
    path.contains(PATTERN).then(|| path.chars().map(escape).collect())
}

/// Whether both are the same file or directory, as far as they tell.
fn is_same(ours: &Metadata, theirs: &Seen) -> bool {
    let same_type = ours.is_dir() == theirs.is_dir;
    let same_size = ours.is_dir() || ours.len() == theirs.size;
    // Some engines report whole seconds only.
    let same_time = theirs.mtime.is_none_or(|time| time == ours.mtime());
    same_type && same_size && same_time
}

impl From<PathStat> for Seen {
    fn from(stat: PathStat) -> Self {
        Seen { is_dir: stat.is_dir(), size: stat.size, mtime: seconds(&stat.mtime) }
    }
}

impl Seen {
    /// Parses the mode (hexadecimal), the size and the modification time.
    fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split_whitespace();
        let mode = u32::from_str_radix(fields.next()?, 16).ok()?;
        let (size, mtime) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        Some(Seen { is_dir: mode & FILE_TYPE == DIRECTORY, size, mtime: Some(mtime) })
    }
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
    fn parents_are_removed_from_the_text() {
        for (path, expected) in [("/a/../b", "/b"), ("/a/b/../../..", "/"), ("/a//./b", "/a/b")] {
            assert_eq!(without_parents(Path::new(path)), Path::new(expected));
        }
    }

    #[test]
    fn a_path_becomes_a_pattern() {
        assert_eq!(escaped("/a/b"), None);
        assert_eq!(escaped(r"/a*b?[c]\d").as_deref(), Some(r"/a?b\?\[c]\\d"));
    }

    #[test]
    fn what_a_command_sees_is_parsed() {
        let seen = Seen::parse("41ed 4096 1795535371\n").unwrap();
        assert_eq!((seen.is_dir, seen.size, seen.mtime), (true, 4096, Some(1_795_535_371)));
        assert!(!Seen::parse("81a4 0 -1").unwrap().is_dir);
        for bad in ["", "41ed", "41ed 4096", "x 1 1", "41ed -1 1"] {
            assert!(Seen::parse(bad).is_none(), "{bad:?}");
        }
    }

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
