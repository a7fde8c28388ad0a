//! Resolves paths in a container as its kernel does: one name at a time.
//!
//! An engine resolves symlinks in the file systems that it sees, which are not all
//! that the container sees. A link that leads through one of the others would end
//! somewhere else, or nowhere.

use super::path::is_within;
use super::requests::Requests;
use crate::api::PathStat;
use crate::error::{Error, ErrorKind, Result};

/// Linux's limits for symlinks in a path, and for the length of a target.
const MAX_SYMLINKS: u32 = 40;
const MAX_TARGET: usize = 4096;

/// Where a path leads.
pub(super) enum Resolved {
    /// To a file system that the engine does not see.
    Hidden,
    Visible(Location),
}

/// A path without symlinks.
pub(super) struct Location {
    /// The part that exists.
    pub(super) real: String,
    /// The status of that part.
    pub(super) stat: PathStat,
    /// The names below it that do not exist.
    pub(super) missing: Vec<String>,
    /// Whether the first missing name is the target of a symlink.
    pub(super) dangles: bool,
}

impl Location {
    /// The whole path.
    pub(super) fn path(&self) -> String {
        self.missing.iter().fold(self.real.clone(), |path, name| below(&path, name))
    }

    /// Returns the existing part, or the error that the rest of it is missing.
    pub(super) fn existing(&self) -> Result<&str> {
        match self.missing.is_empty() {
            true => Ok(&self.real),
            false => Err(not_found()),
        }
    }

    /// Returns the directory to create the missing names in, which is only possible
    /// if `create` is set and no name is the target of a symlink.
    pub(super) fn creatable(&self, create: bool) -> Result<(&str, &[String])> {
        match (self.missing.is_empty(), self.dangles) {
            (false, _) if !create => Err(not_found()),
            (false, true) => {
                let problem = "a parent of the path is a symlink to nothing";
                Err(Error::new(ErrorKind::WrongFileType, problem))
            }
            _ => Ok((&self.real, &self.missing)),
        }
    }
}

/// A name that is still to be looked up.
struct Name {
    text: String,
    is_from_link: bool,
}

/// Resolves `path`, including a symlink at its end if `follow_last` is set. Stops at
/// the first of the `hidden` directories that it reaches.
pub(super) fn resolve(
    requests: &Requests<'_>,
    path: &str,
    follow_last: bool,
    hidden: &[String],
) -> Result<Resolved> {
    let (mut todo, mut real, mut links) = (Vec::new(), root(), 0);
    push(&mut todo, path, false);
    let mut stat = PathStat::directory();
    while let Some(name) = todo.pop() {
        if name.text == ".." {
            (real, stat) = (parent(&real).to_owned(), PathStat::directory());
            continue;
        }
        if !stat.is_dir() {
            return Err(not_a_directory());
        }
        let next = below(&real, &name.text);
        if hidden.iter().any(|hidden| is_within(&next, hidden)) {
            return Ok(Resolved::Hidden);
        }
        match requests.stat(&next) {
            Ok(found) if found.is_symlink() && (follow_last || !todo.is_empty()) => {
                links += 1;
                let target = read_link(requests, &next, found, links)?;
                if target.starts_with('/') {
                    real = root();
                }
                push(&mut todo, &target, true);
            }
            Ok(found) => (real, stat) = (next, found),
            Err(error) if error.is_not_found() => {
                return missing(real, stat, name, todo).map(Resolved::Visible);
            }
            Err(error) => return Err(error),
        }
    }
    if real == "/" {
        stat = requests.stat("/")?;
    }
    Ok(Resolved::Visible(Location { real, stat, missing: Vec::new(), dangles: false }))
}

/// The location of a path of which `name`, and then the names in `todo`, do not exist.
fn missing(real: String, stat: PathStat, name: Name, todo: Vec<Name>) -> Result<Location> {
    let dangles = name.is_from_link;
    let rest = todo.into_iter().rev().map(|name| name.text);
    let missing: Vec<_> = std::iter::once(name.text).chain(rest).collect();
    if missing.iter().any(|name| name == "..") {
        return Err(not_found());
    }
    Ok(Location { real, stat, missing, dangles })
}

/// Returns the target of the symlink at `path` as it is stored.
fn read_link(requests: &Requests<'_>, path: &str, stat: PathStat, links: u32) -> Result<String> {
    if links > MAX_SYMLINKS {
        let problem = format!("{path:?} is one of too many symlinks, or of a loop of them");
        return Err(Error::new(ErrorKind::WrongFileType, problem));
    }
    // Podman follows it, in the container's own file systems while that runs.
    if requests.is_podman()? {
        return Ok(stat.link_target);
    }
    let mut target = None;
    requests.first_entry(path, |entry| {
        target = entry.header().entry_type().is_symlink().then(|| entry.link().into_owned());
        Ok(())
    })?;
    match target.map(String::from_utf8) {
        Some(Ok(target)) if target.len() <= MAX_TARGET => Ok(target),
        None => Ok(stat.link_target), // replaced since
        Some(_) => {
            let problem = format!("the engine cannot follow the symlink at {path:?}");
            Err(Error::new(ErrorKind::Unsupported, problem))
        }
    }
}

/// Puts the names of `path` on top of `todo`, the first one uppermost.
fn push(todo: &mut Vec<Name>, path: &str, is_from_link: bool) {
    let names = path.rsplit('/').filter(|name| !matches!(*name, "" | "."));
    todo.extend(names.map(|name| Name { text: name.to_owned(), is_from_link }));
}

fn root() -> String {
    "/".to_owned()
}

fn below(directory: &str, name: &str) -> String {
    format!("{}/{name}", directory.trim_end_matches('/'))
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map(|(above, _)| above).filter(|above| !above.is_empty()).unwrap_or("/")
}

pub(super) fn not_found() -> Error {
    Error::new(ErrorKind::NotFound, "no such file or directory in the container")
}

pub(super) fn not_a_directory() -> Error {
    Error::new(ErrorKind::WrongFileType, "the path, or a parent of it, is not a directory")
}
