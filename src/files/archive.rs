//! Transfers files with the engine's archive requests.

use std::io::{Cursor, Read, Write};

use tar::EntryType;

use super::copy::copy;
use super::header::{END, Entry, padding};
use super::pack::Pack;
use super::requests::Requests;
use super::resolve::{Location, Resolved, not_a_directory, resolve};
use super::sized_body::SizedBody;
use super::{TransferOptions, WriteOptions, untar};
use crate::api::PathStat;
use crate::error::{Error, ErrorKind, Result};
use crate::exec::{self, ExecOptions};

/// Permissions of directories that are created above a file.
const PARENT_MODE: u32 = 0o755;

/// The archive requests of one container, and where a path of it leads.
pub(super) struct Archive<'a> {
    requests: Requests<'a>,
    /// The container's user, as `name[:group]` or ids; empty for root.
    user: String,
    /// Directories of the container that the engine does not see.
    hidden: Vec<String>,
    at: Location,
}

impl<'a> Archive<'a> {
    pub(super) fn new(
        requests: Requests<'a>,
        user: String,
        hidden: Vec<String>,
        at: Location,
    ) -> Self {
        Archive { requests, user, hidden, at }
    }

    /// Copies the file to `to` and returns the number of bytes.
    pub(super) fn read(&self, to: &mut dyn Write) -> Result<u64> {
        let path = self.at.existing()?;
        if !self.at.stat.is_file() {
            return Err(not_a_file(&self.at.stat));
        }
        let mut total = None;
        let mut tar = self.requests.get(path)?;
        untar::each_entry(&mut *tar, |entry| {
            // It may have been replaced since the stat.
            if entry.header().entry_type() != EntryType::Regular || total.is_some() {
                return Err(Error::new(ErrorKind::WrongFileType, "not a regular file"));
            }
            total = Some(copy(&self.requests.target.context, entry, to)?);
            Ok(())
        })?;
        total.map_or_else(|| Err(self.why_empty(path)), Ok)
    }

    /// Why the archive of a file that was there does not contain it. Podman begins its
    /// answer before it opens the file.
    fn why_empty(&self, path: &str) -> Error {
        match self.requests.stat(path) {
            Ok(_) => Error::new(ErrorKind::FileAccess, "the engine may not read the file"),
            Err(error) => error,
        }
    }

    /// Returns the contents of the directory as a tar archive.
    pub(super) fn read_tree(&self) -> Result<Box<dyn Read + 'a>> {
        let path = self.at.existing()?;
        if !self.at.stat.is_dir() {
            return Err(not_a_directory());
        }
        // With "/.", paths in the archive are relative to the directory.
        self.requests.get(&format!("{}/.", path.trim_end_matches('/')))
    }

    /// Writes the file, whose path was resolved except for a symlink at its end.
    pub(super) fn write(&self, content: &mut SizedBody<'_>, options: &WriteOptions) -> Result<()> {
        let path = self.at.path();
        let (directory, parents, name) = self.place(&path, options.parents)?;
        let owner = self.owner(options.owner)?;
        let (mut head, mut entry_path) = (Vec::new(), String::new());
        let mut add = |kind, path: &str, mode, size| {
            let (path, link) = (path.as_bytes(), &[][..]);
            Entry { kind, path, link, mode, size, mtime: now(), owner }.encode(&mut head);
        };
        for parent in parents {
            entry_path.push_str(parent);
            add(EntryType::Directory, &entry_path, PARENT_MODE, 0);
            entry_path.push('/');
        }
        entry_path.push_str(name);
        let size = content.size();
        add(EntryType::Regular, &entry_path, options.mode, size);
        let tail = [vec![0; padding(size)], END.to_vec()].concat();
        let body = &mut Cursor::new(head).chain(content).chain(Cursor::new(tail));
        self.requests.put(directory, body)?;
        self.verify(&path, size)
    }

    /// Returns the directory that `path` is to be written below, the names of the
    /// directories to create there, and the name of the file.
    fn place<'p>(
        &'p self,
        path: &'p str,
        parents: bool,
    ) -> Result<(&'p str, &'p [String], &'p str)> {
        let (above, name) = path.rsplit_once('/').unwrap_or_default();
        if self.at.missing.is_empty() {
            if self.at.stat.is_dir() {
                return Err(not_a_file(&self.at.stat));
            }
            return Ok((if above.is_empty() { "/" } else { above }, &[], name));
        }
        let only_file = self.at.missing.len() == 1 && !self.at.dangles;
        let (directory, missing) = self.at.creatable(parents || only_file)?;
        Ok((directory, &missing[..missing.len() - 1], name))
    }

    /// Extracts `tree` into the directory.
    pub(super) fn write_tree(
        &self,
        tree: &mut Pack<'_>,
        options: &TransferOptions<'_>,
    ) -> Result<()> {
        let (directory, missing) = self.at.creatable(options.parents)?;
        if !self.at.stat.is_dir() {
            return Err(not_a_directory());
        }
        let names: Vec<_> = missing.iter().map(String::as_str).collect();
        tree.put_below(&names, self.owner(options.owner)?);
        self.requests.put(directory, tree)?;
        // Checking one file is enough. A name that is not UTF-8 cannot be sent.
        let Some((last, size)) = tree.last_file() else { return Ok(()) };
        let Some(last) = last.to_str() else { return Ok(()) };
        match self.verify(&format!("{}/{last}", self.at.path().trim_end_matches('/')), size) {
            // Podman is not asked for every name.
            Err(error) if error.kind() == ErrorKind::Unsupported => Ok(()),
            verified => verified,
        }
    }

    /// Returns the owner of what is written: the caller's choice, or else the
    /// container's user.
    fn owner(&self, wanted: Option<(u32, u32)>) -> Result<(u32, u32)> {
        match (wanted, self.user.as_str()) {
            (Some(owner), _) => Ok(owner),
            (None, "" | "0" | "root" | "0:0" | "root:root") => Ok((0, 0)),
            (None, user) => match user.split_once(':').map(|(uid, gid)| (uid.parse(), gid.parse()))
            {
                Some((Ok(uid), Ok(gid))) => Ok((uid, gid)),
                _ => self.query_user_ids(),
            },
        }
    }

    /// Asks the container for its user's ids: only its own user database maps
    /// the name.
    fn query_user_ids(&self) -> Result<(u32, u32)> {
        let command = ExecOptions::new(["/bin/sh", "-c", "id -u && id -g"]).cwd("/");
        let hint = "cannot determine the ids of the container's user; set the owner";
        let unknown =
            || Error::new(ErrorKind::Unsupported, format!("{hint}, or use an image that has `id`"));
        let result = exec::run(self.requests.target, &command).map_err(|e| e.context(hint))?;
        self.requests.target.context.check()?;
        let stdout = result.stdout.text();
        let mut ids = stdout.split_whitespace().map(str::parse);
        match (ids.next(), ids.next(), result.success()) {
            (Some(Ok(uid)), Some(Ok(gid)), true) => Ok((uid, gid)),
            _ => Err(unknown()),
        }
    }

    /// Checks that the file arrived: an engine may report success although the
    /// file is not visible in the container, or the container may have put a symlink
    /// into `path`, which has none, while the engine wrote.
    fn verify(&self, path: &str, size: u64) -> Result<()> {
        let is_elsewhere = || {
            let problem = "was replaced by a symlink meanwhile: where the file is, is unknown";
            Error::new(ErrorKind::Engine, format!("{path:?}, or a parent of it, {problem}"))
        };
        let at = match resolve(&self.requests, path, false, &self.hidden) {
            Ok(Resolved::Visible(at)) => at,
            Ok(Resolved::Hidden) => return Err(is_elsewhere()),
            Err(error) => {
                let what =
                    "the engine accepted the contents, but the check that they arrived failed";
                return Err(error.context(what));
            }
        };
        match &at.stat {
            _ if at.path() != path => Err(is_elsewhere()),
            _ if !at.missing.is_empty() => {
                let problem = format!("the engine accepted {path:?}, but it is not there");
                Err(Error::new(ErrorKind::Engine, problem))
            }
            stat if stat.is_file() && stat.size == size => Ok(()),
            stat => {
                let problem = format!("has {} bytes after the write, not {size}", stat.size);
                Err(Error::new(ErrorKind::Engine, format!("{path:?} {problem}")))
            }
        }
    }
}

fn not_a_file(stat: &PathStat) -> Error {
    let what = if stat.is_dir() { "is a directory" } else { "not a regular file" };
    Error::new(ErrorKind::WrongFileType, what)
}

/// The current time in seconds since the Unix epoch.
pub(super) fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |time| time.as_secs())
}
