//! Copying files to and from a container.

use std::io::{Read, Write};
use std::path::Path;

use super::Container;
use crate::error::Result;
use crate::files::{self, TransferOptions, WriteOptions};
use crate::panics;

/// # Files
///
/// Paths in a container are absolute and must not contain `..`. By default the
/// library uses the engine's archive API, which also works in a stopped
/// container. Where the engine would not see what the container sees, it runs a
/// shell with `cat` or `tar` in the container instead: for paths in memory
/// (tmpfs, `/dev`, `/proc`, `/sys`), also by way of symlinks; with gVisor (`runsc`);
/// in a running container that may mount file systems (privileged, or with
/// `SYS_ADMIN`); for writing where the root file system is read-only; and where the
/// archive API fails. [`TransferMethod`](crate::TransferMethod)
/// describes both and selects one explicitly.
///
/// Names are taken literally. Podman's archive API takes no path with a `*`: in a
/// stopped container such a path is `Unsupported`.
///
/// A transfer is bounded by the client's limits, and fails after 300 s without
/// progress. What was transferred until then is kept.
impl Container {
    /// Reads a file of at most 64 MiB into memory. Follows symlinks.
    ///
    /// ```
    /// use sandcell::{Client, CreateOptions, Sandbox, WriteOptions};
    ///
    /// let client = Client::from_env()?;
    /// let sandbox = Sandbox::start(&client, &CreateOptions::new("busybox:latest"))?;
    /// sandbox.write_file("/work/in.txt", &b"hello"[..], &WriteOptions::new())?;
    /// assert_eq!(sandbox.read_file("/work/in.txt")?, b"hello");
    /// # Ok::<(), sandcell::Error>(())
    /// ```
    ///
    /// # Errors
    /// `TooLarge` if the file is larger (use
    /// [`copy_file_out`](Container::copy_file_out)); those of `copy_file_out`.
    pub fn read_file(&self, path: &str) -> Result<Vec<u8>> {
        files::read(&self.target()?, self.keep_alive(), path)
    }

    /// Copies a file to `to` as it arrives; returns the number of bytes. Follows
    /// symlinks. Hostile code can make a file arbitrarily long: to set a limit,
    /// let `to` return an error. If `to` panics or reports writing more than it
    /// was given, the call fails with `Io`.
    ///
    /// # Errors
    /// `InvalidArgument` for an invalid path; `NotFound` if the container or the
    /// file does not exist, `WrongFileType` if it is not a regular file,
    /// `FileAccess` if permission is denied; `Unsupported`, naming the program,
    /// if the image lacks a required program; `Conflict` if the container must be
    /// running but is not; `Io` if writing to `to` fails.
    pub fn copy_file_out(&self, path: &str, to: &mut dyn Write) -> Result<u64> {
        files::copy_out(&self.target()?, self.keep_alive(), path, to)
    }

    /// Writes a file with everything that `contents` returns. Replaces what
    /// exists at `path` unless that is a directory. A symlink is replaced, not
    /// followed.
    ///
    /// The length must be known before the transfer: `contents` is first read to
    /// its end and, beyond 1 MiB, buffered in an unlinked temporary file. With
    /// [`WriteOptions::size`] it is streamed instead. If `contents` panics or
    /// reports reading more than the buffer holds, the call fails with `Io`.
    ///
    /// # Errors
    /// `InvalidArgument` for an invalid path or option; `NotFound` if the
    /// container does not exist, or the parent directory does not and is not to
    /// be created; `WrongFileType` if `path` is a directory, or one of its
    /// parents is not; `FileAccess` if permission is denied; `Unsupported`,
    /// naming the program, if the image lacks a required program;
    /// `ContainerEnded` if the container must be running but is not; `Io` if
    /// reading `contents` fails.
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

    /// Copies the contents of the local directory `host_dir` into the container's
    /// directory `path`, which is created if it does not exist.
    ///
    /// Copies regular files, directories and symlinks with their names,
    /// permissions and modification times (of files, in whole seconds), in order
    /// of name. Symlinks are copied as symlinks and never followed. Hard links
    /// become independent files. Existing entries are replaced, but a directory
    /// never replaces another kind of entry, nor the reverse.
    ///
    /// Devices, sockets and FIFOs are skipped, as are files that vanish or change
    /// their type during the upload. Each is logged as a warning and reported to
    /// [`TransferOptions::skipped`].
    ///
    /// ```
    /// use sandcell::{Client, CreateOptions, Sandbox, TransferOptions};
    ///
    /// let client = Client::from_env()?;
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
    /// the local tree cannot be read, a file shrinks while it is sent, or a
    /// callback panics.
    pub fn upload(
        &self,
        host_dir: impl AsRef<Path>,
        path: &str,
        options: &TransferOptions<'_>,
    ) -> Result<()> {
        files::upload(&self.target()?, self.keep_alive(), host_dir.as_ref(), path, options)
    }

    /// Copies the contents of the container's directory `path` into the local
    /// directory `host_dir`, which is created if it does not exist. `path` may be
    /// a symlink to a directory.
    ///
    /// The tree is treated as hostile. **Nothing is written outside `host_dir`,
    /// and no symlink is followed**, neither one in the tree nor one already in
    /// `host_dir`. The call fails at: an entry with an absolute path or `..`; an
    /// entry below a symlink; a hard link to anything but a file written by this
    /// call; a directory where another kind of entry exists, or the reverse. It
    /// also fails at a symlink that may point outside, unless
    /// [`TransferOptions::external_symlinks`] says otherwise: an absolute one,
    /// one with more `..` than its depth, or one with `..` anywhere but at its
    /// start.
    ///
    /// Devices and FIFOs are skipped; each is logged as a warning and reported to
    /// [`TransferOptions::skipped`]. So are files that vanish while they are read,
    /// with [`TransferMethod::Exec`](crate::TransferMethod::Exec). (The engine's
    /// archive API omits those silently.) If a file shrinks so that `tar` ends, the
    /// download starts again, file by file, and progress starts from zero.
    ///
    /// Files belong to the user of this process. Their permissions (without
    /// set-user-ID, set-group-ID and sticky bits, and subject to the process's
    /// umask) and modification times (in whole seconds) are those in the
    /// container. New directories stay accessible to their owner; existing ones
    /// keep their permissions. An existing file is replaced by a new one, so its
    /// other hard links are unchanged.
    ///
    /// Hostile code can make the tree arbitrarily large. Limit it with
    /// [`TransferOptions::max_bytes`], which has no default;
    /// [`max_entries`](TransferOptions::max_entries) and
    /// [`max_depth`](TransferOptions::max_depth) have defaults.
    /// # Errors
    /// Those of [`copy_file_out`](Container::copy_file_out); `BadArchive`, naming
    /// the entry, if an entry is refused; `TooLarge`, naming the option, if a
    /// limit is exceeded; `Io`, naming the file, if the local tree cannot be
    /// written, or a callback panics.
    pub fn download(
        &self,
        path: &str,
        host_dir: impl AsRef<Path>,
        options: &TransferOptions<'_>,
    ) -> Result<()> {
        files::download(&self.target()?, self.keep_alive(), path, host_dir.as_ref(), options)
    }
}
