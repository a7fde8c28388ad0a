//! Transfers files with the engine's archive requests.

use std::io::{Cursor, Read, Write};

use tar::EntryType;

use super::copy::copy;
use super::header::{END, Entry, padding};
use super::pack::Pack;
use super::path::{DirPath, FilePath};
use super::sized_body::SizedBody;
use super::{TransferOptions, WriteOptions, untar};
use crate::api::PathStat;
use crate::error::{Error, ErrorKind, Result};
use crate::exec::{self, ExecOptions, ExecTarget};

/// Permissions of directories that are created above a file.
const PARENT_MODE: u32 = 0o755;

/// The archive requests of one container.
pub(super) struct Archive<'a> {
    target: &'a ExecTarget,
    /// The container's user, as `name[:group]` or ids; empty for root.
    user: String,
}

impl<'a> Archive<'a> {
    pub(super) fn new(target: &'a ExecTarget, user: String) -> Self {
        Archive { target, user }
    }

    /// Copies the file to `to` and returns the number of bytes.
    pub(super) fn read(&self, path: &FilePath, to: &mut dyn Write) -> Result<u64> {
        let (stat, path) = self.follow(path.as_str())?;
        if !stat.is_file() {
            return Err(not_a_file(&stat));
        }
        let mut total = None;
        let mut tar = self.get(&path)?;
        untar::each_entry(&mut *tar, |entry| {
            // It may have been replaced since the stat.
            if entry.header().entry_type() != EntryType::Regular || total.is_some() {
                return Err(Error::new(ErrorKind::WrongFileType, "not a regular file"));
            }
            total = Some(copy(&self.target.context, entry, to)?);
            Ok(())
        })?;
        total.ok_or_else(|| Error::protocol("the engine's archive does not contain the file"))
    }

    /// Returns the contents of the directory as a tar archive.
    pub(super) fn read_tree(&self, path: &DirPath) -> Result<Box<dyn Read + 'a>> {
        let (stat, path) = self.follow(path.as_str())?;
        if !stat.is_dir() {
            return Err(not_a_directory());
        }
        // With "/.", paths in the archive are relative to the directory.
        self.get(&format!("{}/.", path.trim_end_matches('/')))
    }

    pub(super) fn write(
        &self,
        path: &FilePath,
        content: &mut SizedBody<'_>,
        options: &WriteOptions,
    ) -> Result<()> {
        match self.stat(path.as_str()) {
            Ok(stat) if stat.is_dir() => return Err(not_a_file(&stat)),
            Err(error) if !is_absent(&error) => return Err(error),
            _ => {}
        }
        let owner = self.owner(options.owner)?;
        let (directory, missing) = self.existing_ancestor(path.directory(), options.parents)?;
        let (mut head, mut name) = (Vec::new(), String::new());
        let mut add = |kind, path: &str, mode, size| {
            let (path, link) = (path.as_bytes(), &[][..]);
            Entry { kind, path, link, mode, size, mtime: now(), owner }.encode(&mut head);
        };
        for parent in &missing {
            name.push_str(parent);
            add(EntryType::Directory, &name, PARENT_MODE, 0);
            name.push('/');
        }
        name.push_str(path.name());
        let size = content.size();
        add(EntryType::Regular, &name, options.mode, size);
        let tail = [vec![0; padding(size)], END.to_vec()].concat();
        self.put(&directory, &mut Cursor::new(head).chain(content).chain(Cursor::new(tail)))?;
        self.verify(path.as_str(), size)
    }

    /// Extracts `tree` into the directory.
    pub(super) fn write_tree(
        &self,
        path: &DirPath,
        tree: &mut Pack<'_>,
        options: &TransferOptions<'_>,
    ) -> Result<()> {
        let owner = self.owner(options.owner)?;
        let (directory, missing) = self.existing_ancestor(path, options.parents)?;
        let names: Vec<_> = missing.iter().map(String::as_str).collect();
        tree.put_below(&names, owner);
        self.put(&directory, tree)?;
        // Checking one file is enough. A name that is not UTF-8 cannot be sent.
        let last = tree.last_file().and_then(|(last, size)| Some((last.to_str()?, size)));
        match last {
            Some((last, size)) => {
                self.verify(&format!("{}/{last}", path.as_str().trim_end_matches('/')), size)
            }
            None => Ok(()),
        }
    }

    fn stat(&self, path: &str) -> Result<PathStat> {
        let ExecTarget { context, container, .. } = self.target;
        let api = self.target.api();
        match api.container_path_stat(context, container, path).map_err(classify) {
            // Some engines answer without a reason: a parent may be a file.
            Err(error) if error.kind() == ErrorKind::Engine => {
                let above = path.rsplit_once('/').filter(|(above, _)| !above.is_empty());
                match above.map(|(above, _)| self.stat(above)).transpose()? {
                    Some(stat) if !stat.is_dir() && !stat.is_symlink() => Err(not_a_directory()),
                    _ => Err(error),
                }
            }
            result => result,
        }
    }

    /// Follows all symlinks: returns the status of the target, and its path.
    fn follow(&self, path: &str) -> Result<(PathStat, String)> {
        match self.stat(path)? {
            stat if stat.is_symlink() => Ok((self.stat(&stat.link_target)?, stat.link_target)),
            stat => Ok((stat, path.to_owned())),
        }
    }

    fn get(&self, path: &str) -> Result<Box<dyn Read + 'a>> {
        let ExecTarget { context, container, .. } = self.target;
        let api = self.target.api();
        api.container_archive_get(context, container, path).map_err(classify)
    }

    fn put(&self, directory: &str, body: &mut dyn Read) -> Result<()> {
        let ExecTarget { context, container, .. } = self.target;
        let api = self.target.api();
        api.container_archive_put(context, container, directory, body).map_err(classify)
    }

    /// Returns the deepest directory of `path` that exists, and the names that
    /// have to be created below it, which are none unless `create` is set.
    fn existing_ancestor(&self, path: &DirPath, create: bool) -> Result<(String, Vec<String>)> {
        let (mut path, mut missing) = (path.clone(), Vec::new());
        loop {
            match (self.follow(path.as_str()), path.split()) {
                (Ok((stat, _)), _) if !stat.is_dir() => return Err(not_a_directory()),
                (Ok((_, real)), _) => {
                    missing.reverse();
                    return Ok((real, missing));
                }
                (Err(error), Some((above, name))) if create && is_absent(&error) => {
                    missing.push(name.to_owned());
                    path = above;
                }
                (Err(error), _) => return Err(error),
            }
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
        let result = exec::run(self.target, &command).map_err(|e| e.context(hint))?;
        self.target.context.check()?;
        let stdout = result.stdout.text();
        let mut ids = stdout.split_whitespace().map(str::parse);
        match (ids.next(), ids.next(), result.success()) {
            (Some(Ok(uid)), Some(Ok(gid)), true) => Ok((uid, gid)),
            _ => Err(unknown()),
        }
    }

    /// Checks that the file arrived: an engine may report success although the
    /// file is not visible in the container, for example below a tmpfs.
    fn verify(&self, path: &str, size: u64) -> Result<()> {
        match self.stat(path) {
            Ok(stat) if stat.is_file() && stat.size == size => Ok(()),
            Ok(stat) => {
                let problem = format!("has {} bytes after the write, not {size}", stat.size);
                Err(Error::new(ErrorKind::Engine, format!("{path:?} {problem}")))
            }
            Err(error) if error.is_not_found() => {
                let problem = format!("the engine accepted {path:?}, but it is not there");
                Err(Error::new(ErrorKind::Engine, problem))
            }
            Err(error) => Err(error),
        }
    }
}

/// Refines the error's kind by the text of the engine's message.
fn classify(error: Error) -> Error {
    let text = format!("{error:#}").to_lowercase();
    let contains = |texts: &[&str]| texts.iter().any(|part| text.contains(part));
    match error.kind() {
        ErrorKind::NotFound if error.http_status().is_some() => {
            error.context("no such file or directory in the container")
        }
        ErrorKind::Engine if contains(&["read-only", "permission denied", "not permitted"]) => {
            error.with_kind(ErrorKind::FileAccess)
        }
        ErrorKind::Engine
            if contains(&[
                "cannot overwrite",
                "not a directory",
                "is a directory",
                "file exists",
            ]) =>
        {
            error.with_kind(ErrorKind::WrongFileType)
        }
        _ => error,
    }
}

/// Whether the error means that nothing exists at a path.
fn is_absent(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::WrongFileType)
}

fn not_a_file(stat: &PathStat) -> Error {
    let what = if stat.is_dir() { "is a directory" } else { "not a regular file" };
    Error::new(ErrorKind::WrongFileType, what)
}

fn not_a_directory() -> Error {
    Error::new(ErrorKind::WrongFileType, "the path, or a parent of it, is not a directory")
}

/// The current time in seconds since the Unix epoch.
pub(super) fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |time| time.as_secs())
}
