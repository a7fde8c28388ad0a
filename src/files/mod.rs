//! Copies files and directory trees into and out of a container.
//!
//! There are two methods: the engine's archive requests ([`archive`]) and a
//! command that runs in the container ([`via_exec`]). [`route`] chooses between
//! them. Both transfer trees as tar archives: [`pack`] creates one from a host
//! directory, and [`unpack`] extracts one that hostile code may have written.

mod archive;
mod beneath;
mod changes;
mod copy;
mod created;
mod header;
mod options;
mod ownership;
mod pack;
mod path;
mod requests;
mod resolve;
mod route;
mod segments;
mod sized_body;
mod unpack;
mod untar;
mod via_exec;

use std::io::{self, Read, Write};
use std::path::Path;

pub use options::{
    ExternalSymlinks, Progress, SkipReason, Skipped, TransferMethod, TransferOptions, WriteOptions,
};

pub(crate) use self::ownership::{resolve_user, set_dir_owner};

use self::pack::Pack;
use self::path::{DirPath, FilePath};
use self::route::{Operation, Route};
use self::sized_body::SizedBody;
use self::via_exec::ViaExec;
use crate::error::{Error, ErrorKind, Result};
use crate::exec::{ExecTarget, KeepAlive};

/// The size limit of [`Container::read_file`](crate::Container::read_file), in bytes.
const MAX_IN_MEMORY: u64 = 64 * 1024 * 1024;

/// Reads a file of up to [`MAX_IN_MEMORY`] bytes into memory.
pub(crate) fn read(target: &ExecTarget, client: KeepAlive, path: &str) -> Result<Vec<u8>> {
    let mut file = Bounded { bytes: Vec::new(), max: MAX_IN_MEMORY };
    copy_out(target, client, path, &mut file)?;
    Ok(file.bytes)
}

/// Copies a file of the container to `to` and returns the number of bytes.
pub(crate) fn copy_out(
    target: &ExecTarget,
    client: KeepAlive,
    path: &str,
    to: &mut dyn Write,
) -> Result<u64> {
    let path = FilePath::parse("path", path)?;
    let read = || match Route::choose(target, path.as_str(), Operation::Read, TransferMethod::Auto)?
    {
        Route::Archive(archive) => archive.read(to),
        Route::Exec { instead_of } => {
            or_why(instead_of, ViaExec::new(target, client).read(&path, to))
        }
    };
    read().map_err(|error: Error| error.context(format_args!("read {:?}", path.as_str())))
}

/// Writes `contents`, read to its end, to a file in the container.
pub(crate) fn write(
    target: &ExecTarget,
    client: KeepAlive,
    path: &str,
    contents: &mut dyn Read,
    options: &WriteOptions,
) -> Result<()> {
    let path = FilePath::parse("path", path)?;
    options.check()?;
    let write = || {
        let route = Route::choose(target, path.as_str(), Operation::Write, options.method)?;
        let (context, tasks) = (&target.context, &target.engine.tasks);
        let mut content = SizedBody::new(contents, options.size, context, tasks)?;
        match route {
            Route::Archive(archive) => archive.write(&mut content, options),
            Route::Exec { instead_of } => {
                let via_exec = ViaExec::new(target, client);
                or_why(instead_of, via_exec.write(&path, &mut content, options))
            }
        }
    };
    write().map_err(|error: Error| error.context(format_args!("write {:?}", path.as_str())))
}

/// Copies the contents of a host directory into the container.
pub(crate) fn upload(
    target: &ExecTarget,
    client: KeepAlive,
    host_dir: &Path,
    path: &str,
    options: &TransferOptions<'_>,
) -> Result<()> {
    let (path, host_dir) = (DirPath::parse("path", path)?, host_path(host_dir)?);
    options.check()?;
    let upload = || {
        let operation = Operation::Upload(host_dir);
        let route = Route::choose(target, path.as_str(), operation, options.method)?;
        let mut tree = Pack::open(host_dir, options, &target.context)?;
        match route {
            Route::Archive(archive) => archive.write_tree(&mut tree, options),
            Route::Exec { instead_of } => {
                let via_exec = ViaExec::new(target, client);
                or_why(instead_of, via_exec.write_tree(&path, &mut tree, options))
            }
        }
    };
    upload().map_err(|error: Error| error.context(format_args!("upload to {:?}", path.as_str())))
}

/// Copies the contents of a container directory to the host.
pub(crate) fn download(
    target: &ExecTarget,
    client: KeepAlive,
    path: &str,
    host_dir: &Path,
    options: &TransferOptions<'_>,
) -> Result<()> {
    let (path, host_dir) = (DirPath::parse("path", path)?, host_path(host_dir)?);
    let download = || {
        let (path, operation) = (&path, Operation::Download);
        match Route::choose(target, path.as_str(), operation, options.method)? {
            Route::Archive(archive) => {
                unpack::unpack(&mut *archive.read_tree()?, host_dir, options, &target.context)
            }
            Route::Exec { instead_of } => {
                let via_exec = ViaExec::new(target, client);
                or_why(instead_of, download_by(&via_exec, path, host_dir, options))
            }
        }
    };
    download().map_err(|error: Error| error.context(format_args!("download {:?}", path.as_str())))
}

fn download_by(
    via_exec: &ViaExec<'_>,
    path: &DirPath,
    host_dir: &Path,
    options: &TransferOptions<'_>,
) -> Result<()> {
    let mut tree = via_exec.read_tree(path)?;
    let unpacked = unpack::unpack(&mut tree, host_dir, options, via_exec.context());
    if tree.was_cut() {
        drop(tree);
        log::debug!("a file shrank while tar read it; starting again, file by file");
        let each = via_exec.read_each(path)?;
        return segments::unpack(each, host_dir, options, via_exec.context());
    }
    unpacked?;
    let mut vanished = tree.vanished().iter();
    vanished.try_for_each(|path| options.skip(path, SkipReason::Vanished))
}

/// Returns `result`; if no command can run in the container, the error is `why` that
/// was tried at all.
fn or_why<T>(why: Option<Error>, result: Result<T>) -> Result<T> {
    match (why, result) {
        (Some(why), Err(error)) if error.kind() == ErrorKind::Unsupported => {
            Err(why.context(format_args!("{error}, and the engine's archive request failed")))
        }
        (_, result) => result,
    }
}

/// Validates the host directory of a transfer.
fn host_path(path: &Path) -> Result<&Path> {
    if path.as_os_str().is_empty() {
        return Err(Error::invalid("host_dir", "must not be empty"));
    }
    Ok(path)
}

/// Collects up to `max` bytes in memory; a write beyond that fails.
struct Bounded {
    bytes: Vec<u8>,
    max: u64,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if (self.bytes.len() + bytes.len()) as u64 > self.max {
            let (max, hint) = (self.max >> 20, "use Container::copy_file_out, which has no limit");
            let problem = format!("the file is larger than {max} MiB; {hint}");
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
