//! Files into and out of a container.
//!
//! There are two ways: the engine's archive requests ([`archive`]), and a
//! command in the container ([`over_exec`]). [`route`] chooses. Trees travel as
//! tar on both: [`pack`] makes one of a directory, [`unpack`] a directory of
//! one that hostile code may have made.

mod archive;
mod beneath;
mod content;
mod header;
mod made;
mod options;
mod over_exec;
mod ownership;
mod pack;
mod path;
mod route;
mod unpack;
mod untar;

use std::io::{self, Read, Write};
use std::path::Path;

pub use options::{
    OutsideLinks, Progress, SkipReason, Skipped, TransferOptions, Transport, WriteOptions,
};

pub(crate) use self::ownership::{give, numbers};

use self::archive::Archive;
use self::content::Content;
use self::over_exec::OverExec;
use self::pack::Pack;
use self::path::{DirPath, FilePath};
use self::route::{Direction, Route};
use crate::api::Scope;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::{panics, supplied};

/// What [`Client::read_file`] reads at most.
const MAX_IN_MEMORY: u64 = 64 * 1024 * 1024;
/// How much is moved at once.
const PART: usize = 64 * 1024;

/// Files.
///
/// `container` is an id or a name, and paths in it are absolute, without `..`.
/// The library talks to the engine's archive requests, which also work in a
/// container that is stopped; or it runs a shell, with `cat` or `tar`, in the
/// container, where the engine would miss what the container sees: for paths
/// in memory (tmpfs, `/dev`, `/proc`, `/sys`), with gVisor (`runsc`), and for
/// writing where the root file system is read-only. [`Transport`] says what
/// holds for each, and lets the caller choose.
///
/// Besides the limits of the client, a transfer ends when nothing moves for
/// 300 s. What it did until then stays done.
impl Client {
    /// Reads a file of 64 MiB at most. Follows symlinks.
    ///
    /// ```
    /// use sandcell::{Client, CreateOptions, WriteOptions};
    ///
    /// let client = Client::from_env()?;
    /// let container = client.create_and_start(&CreateOptions::new("busybox:latest"))?;
    /// client.write_file(&container, "/work/in.txt", &b"hello"[..], &WriteOptions::new())?;
    /// let read = client.read_file(&container, "/work/in.txt");
    /// client.stop(&container)?;
    /// assert_eq!(read?, b"hello");
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    ///
    /// # Errors
    /// `TooLarge` for a larger file, which [`copy_file_out`](Client::copy_file_out)
    /// can read; those of `copy_file_out`.
    pub fn read_file(&self, container: &str, path: &str) -> Result<Vec<u8>> {
        let mut file = Bounded { bytes: Vec::new(), max: MAX_IN_MEMORY };
        self.copy_file_out(container, path, &mut file)?;
        Ok(file.bytes)
    }

    /// Copies a file to `to`, as it comes; returns how many bytes. Follows
    /// symlinks. Hostile code may make a file as long as it likes: `to` may
    /// fail when it is too long. If it panics, or says that it wrote more than it
    /// was given, it has failed.
    ///
    /// # Errors
    /// `InvalidArgument` for a bad path; `NotFound` if there is no such
    /// container or file, `WrongFileType` if it is no regular file,
    /// `FileAccess` if it may not be read; `Unsupported`, naming the program,
    /// if the image lacks what is needed; `Conflict` if a container that has to
    /// run does not; `Io` if `to` fails.
    pub fn copy_file_out(&self, container: &str, path: &str, to: &mut dyn Write) -> Result<u64> {
        let path = FilePath::parse("path", path)?;
        let what = format!("read {:?}", path.as_str());
        let mut read = || {
            let place = self.place(container, self.begin()?)?;
            let direction = Direction::Out;
            match Route::choose(&place, path.as_str(), direction, Transport::Auto)? {
                Route::Archive { user } => Archive::new(&place, user).read(&path, to),
                Route::Exec => OverExec::new(&place, self.keep_alive()).read(&path, to),
            }
        };
        read().map_err(|error: Error| error.context(what))
    }

    /// Writes a file: all that `contents` gives. Replaces what is at `path`,
    /// unless that is a directory; a symlink is replaced, not followed.
    ///
    /// `contents` is read to its end first, to know its length; beyond 1 MiB
    /// it waits in an unlinked temporary file. With
    /// [`WriteOptions::size`] it is sent as it is read. If it panics, or says that
    /// it read more than there was room for, it has failed.
    ///
    /// # Errors
    /// `InvalidArgument` for a bad path or option; `NotFound` if there is no
    /// such container or, unless parents are created, directory;
    /// `WrongFileType` if a directory is in the way, or something else where
    /// one is needed; `FileAccess` if it may not be written; `Unsupported`,
    /// naming the program, if the image lacks what is needed; `ContainerEnded` if
    /// a container that has to run does not; `Io` if `contents` fails.
    pub fn write_file(
        &self,
        container: &str,
        path: &str,
        mut contents: impl Read,
        options: &WriteOptions,
    ) -> Result<()> {
        let path = FilePath::parse("path", path)?;
        options.check()?;
        let what = format!("write {:?}", path.as_str());
        let mut write = || {
            let place = self.place(container, self.begin()?)?;
            let direction = Direction::In;
            let route = Route::choose(&place, path.as_str(), direction, options.transport)?;
            let mut content =
                Content::of(&mut contents, options.size, &place.scope, &place.engine.tasks)?;
            match route {
                Route::Archive { user } => {
                    Archive::new(&place, user).write(&path, &mut content, options)
                }
                Route::Exec => {
                    OverExec::new(&place, self.keep_alive()).write(&path, &mut content, options)
                }
            }
        };
        let written = write().map_err(|error: Error| error.context(what));
        panics::discard(contents);
        written
    }

    /// Copies what is in the host's directory `host_dir` into the container's
    /// directory `path`, which is created if need be.
    ///
    /// Regular files, directories and symlinks, with their names, permissions
    /// and times (of files, in whole seconds), in the order of their names.
    /// Symlinks are copied as such and never followed. Hard links become files
    /// of their own. What is in the way is replaced, but a directory and anything
    /// else never by each other.
    ///
    /// Left out, with a warning in the log and a word to
    /// [`TransferOptions::skipped`], are devices, sockets and FIFOs, and what
    /// vanishes, or becomes something else, before its turn comes.
    ///
    /// ```
    /// use sandcell::{Client, CreateOptions, TransferOptions};
    ///
    /// let client = Client::from_env()?;
    /// let container = client.create_and_start(&CreateOptions::new("busybox:latest"))?;
    /// # let (project, results) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    /// # let (project, results) = (project.path(), results.path());
    /// let show = |p: &sandcell::Progress<'_>| println!("{} bytes, {}", p.bytes, p.path.display());
    /// client.upload(&container, project, "/work", &TransferOptions::new().progress(&show))?;
    /// client.download(&container, "/work", results, &TransferOptions::new())?;
    /// client.stop(&container)?;
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`write_file`](Client::write_file); `Io`, naming the file, if
    /// the host's tree cannot be read, or a file becomes shorter while it is sent,
    /// or if a callback panics.
    pub fn upload(
        &self,
        container: &str,
        host_dir: impl AsRef<Path>,
        path: &str,
        options: &TransferOptions<'_>,
    ) -> Result<()> {
        let (path, host_dir) = (DirPath::parse("path", path)?, host_path(host_dir.as_ref())?);
        options.check()?;
        let what = format!("upload to {:?}", path.as_str());
        let upload = || {
            let place = self.place(container, self.begin()?)?;
            let direction = Direction::In;
            let route = Route::choose(&place, path.as_str(), direction, options.transport)?;
            let mut tree = Pack::open(host_dir, options, &place.scope)?;
            match route {
                Route::Archive { user } => {
                    Archive::new(&place, user).write_tree(&path, &mut tree, options)
                }
                Route::Exec => {
                    OverExec::new(&place, self.keep_alive()).write_tree(&path, &mut tree, options)
                }
            }
        };
        upload().map_err(|error: Error| error.context(what))
    }

    /// Copies what is in the container's directory `path` into the host's
    /// directory `host_dir`, which is created if need be. `path` may be a
    /// symlink to a directory.
    ///
    /// The tree is taken for hostile. **Nothing is written outside `host_dir`,
    /// and no symlink is followed**, neither one of the tree nor one that was
    /// in `host_dir` before. An entry with an absolute path or `..`, one below
    /// a symlink, a hard link to anything but a file that this call made, a
    /// directory in place of something else or the other way round: each is
    /// refused, and ends the call. So does a symlink that may lead out, unless
    /// [`TransferOptions::outside_links`] says otherwise: an absolute one, one
    /// with more `..` than there are directories, or `..` anywhere but at its
    /// start. Devices and FIFOs are left out, with a warning in the log and a word
    /// to [`TransferOptions::skipped`]; so is, by [`Transport::Exec`], what vanishes
    /// while it is read. (The engine leaves that out without a word.)
    ///
    /// Files belong to the user of this process, and have the permissions
    /// (without set-user-id, set-group-id and sticky, and what the process's
    /// umask takes) and times (in whole seconds) that they have in the container.
    /// Directories that are made stay accessible for their owner; those that
    /// were there keep their permissions. A file that was there is replaced by a
    /// new one: other links to it keep what it was.
    ///
    /// Hostile code may make the tree as large as it likes:
    /// [`TransferOptions::max_bytes`] limits it, which has no limit unless set,
    /// and [`max_entries`](TransferOptions::max_entries) and
    /// [`max_depth`](TransferOptions::max_depth), which have.
    ///
    /// # Errors
    /// Those of [`copy_file_out`](Client::copy_file_out); `BadArchive`, naming
    /// the entry, for what is refused; `TooLarge`, naming the option, beyond a
    /// limit; `Io`, naming the file, if the host's tree cannot be written, or if
    /// a callback panics.
    pub fn download(
        &self,
        container: &str,
        path: &str,
        host_dir: impl AsRef<Path>,
        options: &TransferOptions<'_>,
    ) -> Result<()> {
        let (path, target) = (DirPath::parse("path", path)?, host_path(host_dir.as_ref())?);
        let what = format!("download {:?}", path.as_str());
        let download = || {
            let place = self.place(container, self.begin()?)?;
            let direction = Direction::Out;
            match Route::choose(&place, path.as_str(), direction, options.transport)? {
                Route::Archive { user } => {
                    let archive = Archive::new(&place, user);
                    unpack::unpack(&mut *archive.read_tree(&path)?, target, options, &place.scope)
                }
                Route::Exec => {
                    let over_exec = OverExec::new(&place, self.keep_alive());
                    let mut tree = over_exec.read_tree(&path)?;
                    unpack::unpack(&mut tree, target, options, &place.scope)?;
                    let mut vanished = tree.vanished().iter();
                    vanished.try_for_each(|path| options.skip(path, SkipReason::Vanished))
                }
            }
        };
        download().map_err(|error: Error| error.context(what))
    }
}

/// The host's directory of a transfer.
fn host_path(path: &Path) -> Result<&Path> {
    if path.as_os_str().is_empty() {
        return Err(Error::invalid("host_dir", "is empty"));
    }
    Ok(path)
}

/// Collects what fits.
struct Bounded {
    bytes: Vec<u8>,
    max: u64,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if (self.bytes.len() + bytes.len()) as u64 > self.max {
            let (max, hint) = (self.max >> 20, "Client::copy_file_out has no limit");
            let problem = format!("it is larger than {max} MiB; {hint}");
            return Err(io::Error::other(Error::new(ErrorKind::TooLarge, problem)));
        }
        self.bytes.try_reserve(bytes.len()).map_err(io::Error::other)?;
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Copies to the end; returns how many bytes. Ends when `scope` does.
fn copy(scope: &Scope, from: &mut dyn Read, to: &mut dyn Write) -> Result<u64> {
    let (mut part, mut total) = (vec![0; PART], 0);
    loop {
        scope.check()?;
        let count = read(from, &mut part)?;
        if count == 0 {
            supplied::flush(to).map_err(|e| Error::passed_on("write what was read", e))?;
            return Ok(total);
        }
        let written = supplied::write_all(to, &part[..count]);
        written.map_err(|e| Error::passed_on("write what was read", e))?;
        total += count as u64;
    }
}

fn read(from: &mut dyn Read, part: &mut [u8]) -> Result<usize> {
    supplied::read(from, part).map_err(|e| Error::passed_on("read what is to be copied", e))
}
