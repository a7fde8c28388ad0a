//! Files into and out of a container.

use std::io::{Read, Write};
use std::path::Path;

use super::Container;
use crate::error::Result;
use crate::files::{self, TransferOptions, WriteOptions};
use crate::panics;

/// Files.
///
/// Paths in a container are absolute, without `..`.
/// The library talks to the engine's archive requests, which also work in a
/// container that is stopped; or it runs a shell, with `cat` or `tar`, in the
/// container, where the engine would miss what the container sees: for paths
/// in memory (tmpfs, `/dev`, `/proc`, `/sys`), with gVisor (`runsc`), and for
/// writing where the root file system is read-only. [`TransferMethod`] says what
/// holds for each, and lets the caller choose.
///
/// Besides the limits of the client, a transfer ends when nothing moves for
/// 300 s. What it did until then stays done.
impl Container {
    /// Reads a file of 64 MiB at most. Follows symlinks.
    ///
    /// ```
    /// use sandcell::{Client, CreateOptions, Sandbox, WriteOptions};
    ///
    /// let client = Container::from_env()?;
    /// let sandbox = Sandbox::start(&client, &CreateOptions::new("busybox:latest"))?;
    /// sandbox.write_file("/work/in.txt", &b"hello"[..], &WriteOptions::new())?;
    /// assert_eq!(sandbox.read_file("/work/in.txt")?, b"hello");
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    ///
    /// # Errors
    /// `TooLarge` for a larger file, which [`copy_file_out`](Container::copy_file_out)
    /// can read; those of `copy_file_out`.
    pub fn read_file(&self, path: &str) -> Result<Vec<u8>> {
        files::read(&self.target()?, self.keep_alive(), path)
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
    pub fn copy_file_out(&self, path: &str, to: &mut dyn Write) -> Result<u64> {
        files::copy_out(&self.target()?, self.keep_alive(), path, to)
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
        path: &str,
        mut contents: impl Read,
        options: &WriteOptions,
    ) -> Result<()> {
        let written =
            files::write(&self.target()?, self.keep_alive(), path, &mut contents, options);
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
    /// use sandcell::{Client, CreateOptions, Sandbox, TransferOptions};
    ///
    /// let client = Container::from_env()?;
    /// let sandbox = Sandbox::start(&client, &CreateOptions::new("busybox:latest"))?;
    /// # let (project, results) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    /// # let (project, results) = (project.path(), results.path());
    /// let show = |p: &sandcell::Progress<'_>| println!("{} bytes, {}", p.bytes, p.path.display());
    /// sandbox.upload(project, "/work", &TransferOptions::new().progress(&show))?;
    /// sandbox.download("/work", results, &TransferOptions::new())?;
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`write_file`](Container::write_file); `Io`, naming the file, if
    /// the host's tree cannot be read, or a file becomes shorter while it is sent,
    /// or if a callback panics.
    pub fn upload(
        &self,
        host_dir: impl AsRef<Path>,
        path: &str,
        options: &TransferOptions<'_>,
    ) -> Result<()> {
        files::upload(&self.target()?, self.keep_alive(), host_dir.as_ref(), path, options)
    }

    /// Copies what is in the container's directory `path` into the host's
    /// directory `host_dir`, which is created if need be. `path` may be a
    /// symlink to a directory.
    ///
    /// The tree is taken for hostile. **Nothing is written outside `host_dir`,
    /// and no symlink is followed**, neither one of the tree nor one that was
    /// in `host_dir` before. An entry with an absolute path or `..`, one below
    /// a symlink, a hard link to anything but a file that this call made, a
    /// directory in target of something else or the other way round: each is
    /// refused, and ends the call. So does a symlink that may lead out, unless
    /// [`TransferOptions::external_symlinks`] says otherwise: an absolute one, one
    /// with more `..` than there are directories, or `..` anywhere but at its
    /// start. Devices and FIFOs are left out, with a warning in the log and a word
    /// to [`TransferOptions::skipped`]; so is, by [`TransferMethod::Exec`], what vanishes
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
    /// Those of [`copy_file_out`](Container::copy_file_out); `BadArchive`, naming
    /// the entry, for what is refused; `TooLarge`, naming the option, beyond a
    /// limit; `Io`, naming the file, if the host's tree cannot be written, or if
    /// a callback panics.
    pub fn download(
        &self,
        path: &str,
        host_dir: impl AsRef<Path>,
        options: &TransferOptions<'_>,
    ) -> Result<()> {
        files::download(&self.target()?, self.keep_alive(), path, host_dir.as_ref(), options)
    }
}
