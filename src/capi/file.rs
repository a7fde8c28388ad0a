//! Files: copying them into a container, and out of it.
//!
//! Paths in a container are absolute, without "..". The library uses the engine's
//! archive endpoint, which also works for a container that is not running. Where
//! the engine does not see what the container sees, the library runs a shell with
//! cat or tar in the container instead: for paths in memory (tmpfs, /dev, /proc,
//! /sys), with gVisor (runsc), and for writing if the root file system is
//! read-only. SANDCELL_TRANSFER_METHOD_* describes both.
//!
//! Apart from the client's limits, a transfer ends when no byte moves for 300 s.
//! What was transferred until then stays.

use std::ffi::{c_char, c_void};
use std::io::{self, Read, Write};

use super::args::{bytes, function, handle, host_path, invalid, optional, out, text};
use super::container::sandcell_container;
use super::error::{sandcell_error, sandcell_status};
use super::guard::guard;
use super::string::sandcell_string;
use super::transfer_options::sandcell_transfer_options;
use super::write_options::sandcell_write_options;
use crate::WriteOptions;

/// Receives what sandcell_container_copy_file_out() reads, in parts.
///
/// @param ctx        in: the pointer that was passed with the callback
/// @param data, len  in: any bytes, at least one
///
/// @return  whether to go on; false ends the call with SANDCELL_ERR_IO.
///
/// Threads: called on the thread of the call.
/// Since: 0.1.0
pub type sandcell_write_fn =
    Option<unsafe extern "C" fn(ctx: *mut c_void, data: *const c_void, len: usize) -> bool>;

/// Supplies what is sent to the engine, in parts: the contents of a file or an
/// image.
///
/// @param ctx  in: the pointer that was passed with the callback
/// @param buf  out: receives the bytes
/// @param cap  in: the size of buf, at least 1
/// @param n    out: how many bytes there are, at most cap; 0 is the end, and what
///             *n is before
///
/// @return  whether to go on; false ends the call with SANDCELL_ERR_IO.
///
/// Threads: called on the thread of the call.
/// Since: 0.1.0
pub type sandcell_read_fn = Option<
    unsafe extern "C" fn(ctx: *mut c_void, buf: *mut c_void, cap: usize, n: *mut usize) -> bool,
>;

/// A callback as a [`Write`] or a [`Read`].
pub(super) struct Callback<F> {
    pub(super) function: F,
    pub(super) ctx: *mut c_void,
}

impl Write for Callback<unsafe extern "C" fn(*mut c_void, *const c_void, usize) -> bool> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        // SAFETY: the header's contract; `data` outlives the call.
        match unsafe { (self.function)(self.ctx, data.as_ptr().cast(), data.len()) } {
            true => Ok(data.len()),
            false => Err(io::Error::other("the callback failed")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Callback<unsafe extern "C" fn(*mut c_void, *mut c_void, usize, *mut usize) -> bool> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let (cap, mut n) = (buf.len(), 0);
        // SAFETY: the header's contract; `buf` and `n` outlive the call.
        match unsafe { (self.function)(self.ctx, buf.as_mut_ptr().cast(), cap, &mut n) } {
            true if n <= cap => Ok(n),
            true => Err(io::Error::other(invalid("n", format_args!("{n} is more than {cap}")))),
            false => Err(io::Error::other("the callback failed")),
        }
    }
}

/// Reads a file of at most 64 MiB. Follows symlinks.
///
/// @param container       in
/// @param path, path_len  in
/// @param contents        out: bytes, owned by the caller; free with
///                        sandcell_string_free()
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK             *contents is set
///          SANDCELL_ERR_TOO_LARGE  the file is larger;
///                                  sandcell_container_copy_file_out() has no limit
///          any other               those of sandcell_container_copy_file_out(),
///                                  except those of the callback
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_read_file(
    container: *const sandcell_container,
    path: *const c_char,
    path_len: usize,
    contents: *mut *mut sandcell_string,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let container = handle("container", container)?;
            let (path, contents) = (text("path", path, path_len)?, out("contents", contents)?);
            contents.write_handle(container.inner.read_file(path)?.into());
            Ok(())
        })
    }
}

/// Copies a file to a callback, in parts as they arrive. Follows symlinks.
///
/// Hostile code can make a file of any length: let the callback fail when it is
/// too long.
///
/// @param container       in
/// @param path, path_len  in
/// @param write           in: see "Callbacks"
/// @param ctx             in, may be NULL: for the callback
/// @param count           out: how many bytes there were
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK                    *count is set
///          SANDCELL_ERR_INVALID_ARGUMENT  path is not absolute, contains "..", or
///                                         ends like a directory
///          SANDCELL_ERR_NOT_FOUND         there is no such container or file
///          SANDCELL_ERR_WRONG_FILE_TYPE   it is not a regular file
///          SANDCELL_ERR_FILE_ACCESS       it may not be read
///          SANDCELL_ERR_UNSUPPORTED       the image lacks a program that is
///                                         needed, which the message names
///          SANDCELL_ERR_CONTAINER_ENDED   the container must be running, and is
///                                         not
///          SANDCELL_ERR_IO                the callback failed
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_copy_file_out(
    container: *const sandcell_container,
    path: *const c_char,
    path_len: usize,
    write: sandcell_write_fn,
    ctx: *mut c_void,
    count: *mut u64,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (container, path) =
                (handle("container", container)?, text("path", path, path_len)?);
            let mut to = Callback { function: function("write", write)?, ctx };
            let count = out("count", count)?;
            count.set(container.inner.copy_file_out(path, &mut to)?);
            Ok(())
        })
    }
}

/// Writes a file. Replaces what is at the path, unless that is a directory; a
/// symlink is replaced, not followed.
///
/// @param container       in
/// @param path, path_len  in
/// @param data, data_len  in: any bytes
/// @param options         in, may be NULL: the defaults
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK                    the file is written
///          SANDCELL_ERR_INVALID_ARGUMENT  path is not absolute, contains "..", or
///                                         ends like a directory; or an option is
///                                         invalid
///          SANDCELL_ERR_NOT_FOUND         there is no such container or, unless
///                                         parents are created, directory
///          SANDCELL_ERR_WRONG_FILE_TYPE   a directory is in the way, or something
///                                         else is where a directory must be
///          SANDCELL_ERR_FILE_ACCESS       it may not be written
///          SANDCELL_ERR_UNSUPPORTED       the image lacks a program that is
///                                         needed, which the message names
///          SANDCELL_ERR_CONTAINER_ENDED   the container must be running, and is
///                                         not
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_write_file(
    container: *const sandcell_container,
    path: *const c_char,
    path_len: usize,
    data: *const c_void,
    data_len: usize,
    options: *const sandcell_write_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let container = handle("container", container)?;
            let (path, data) = (text("path", path, path_len)?, bytes("data", data, data_len)?);
            let options = write_options(optional(options)).size(data.len() as u64);
            container.inner.write_file(path, data, &options)
        })
    }
}

/// Writes a file, as sandcell_container_write_file() does, with the contents that
/// a callback supplies.
///
/// The callback is read to its end first, to know the length; beyond 1 MiB the
/// contents are kept in an unlinked temporary file. With
/// sandcell_write_options_set_size() they are sent as they are read.
///
/// @param container       in
/// @param path, path_len  in
/// @param read            in: see "Callbacks"
/// @param ctx             in, may be NULL: for the callback
/// @param options         in, may be NULL: the defaults
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK                    the file is written
///          SANDCELL_ERR_INVALID_ARGUMENT  the callback supplied less or more than
///                                         the size that was set, or more than
///                                         cap
///          SANDCELL_ERR_IO                the callback failed
///          any other                      those of
///                                         sandcell_container_write_file()
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_copy_file_in(
    container: *const sandcell_container,
    path: *const c_char,
    path_len: usize,
    read: sandcell_read_fn,
    ctx: *mut c_void,
    options: *const sandcell_write_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (container, path) =
                (handle("container", container)?, text("path", path, path_len)?);
            let from = Callback { function: function("read", read)?, ctx };
            container.inner.write_file(path, from, &write_options(optional(options)))
        })
    }
}

fn write_options(options: Option<&sandcell_write_options>) -> WriteOptions {
    options.map_or_else(WriteOptions::new, |options| options.0.clone())
}

/// Copies the contents of a directory of the host into a directory of the
/// container.
///
/// Copies regular files, directories and symlinks, with their names, permissions
/// and times (of files, in whole seconds), in the order of their names. Symlinks
/// are copied as symlinks and never followed. Hard links become separate files.
/// What is in the way is replaced, but a directory and anything else never replace
/// each other.
///
/// Skips devices, sockets and FIFOs, and what vanishes or changes its type before
/// its turn comes; sandcell_transfer_options_set_skipped() reports them.
///
/// @param container               in
/// @param host_dir, host_dir_len  in: bytes without NUL
/// @param path, path_len          in: created if it does not exist
/// @param options                 in, may be NULL: the defaults
/// @param error                   out, may be NULL
///
/// @return  SANDCELL_OK      everything is copied
///          SANDCELL_ERR_IO  the host's tree cannot be read, or a file shrank while
///                           it was sent; the message names the file
///          any other        those of sandcell_container_write_file()
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_upload(
    container: *const sandcell_container,
    host_dir: *const c_char,
    host_dir_len: usize,
    path: *const c_char,
    path_len: usize,
    options: *const sandcell_transfer_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let container = handle("container", container)?;
            let host_dir = host_path("host_dir", host_dir, host_dir_len)?;
            let path = text("path", path, path_len)?;
            sandcell_transfer_options::with(optional(options), |options| {
                container.inner.upload(host_dir, path, options)
            })
        })
    }
}

/// Copies the contents of a directory of the container into a directory of the
/// host.
///
/// The tree is treated as hostile. Nothing is written outside the host's
/// directory, and no symlink is followed, neither one of the tree nor one that was
/// in the host's directory before. These entries are refused, and end the call: an
/// absolute path or one with "..", an entry below a symlink, a hard link to
/// anything but a file that this call made, and a directory where something else
/// is, or the reverse. So is a symlink that may lead out, unless
/// sandcell_transfer_options_set_external_symlinks() says otherwise: an absolute
/// one, one with more ".." than there are directories, or one with ".." anywhere
/// but at its start.
///
/// Skips devices and FIFOs; sandcell_transfer_options_set_skipped() reports them.
/// With SANDCELL_TRANSFER_METHOD_EXEC, that also holds for what vanishes while it
/// is read; the engine omits it silently.
///
/// Files belong to the user of this process. They have the permissions (without
/// set-user-ID, set-group-ID and sticky bits, and subject to the process's umask)
/// and times (in whole seconds) that they have in the container. New directories
/// stay accessible to their owner; existing ones keep their permissions. An
/// existing file is replaced by a new one: other links to it keep its contents.
///
/// Hostile code can make a tree of any size. The limits are
/// sandcell_transfer_options_set_max_bytes(), which is unlimited by default, and
/// sandcell_transfer_options_set_max_entries() and _max_depth(), which are not.
///
/// @param container               in
/// @param path, path_len          in: a directory, or a symlink to one
/// @param host_dir, host_dir_len  in: bytes without NUL; created if it does not
///                                exist
/// @param options                 in, may be NULL: the defaults
/// @param error                   out, may be NULL
///
/// @return  SANDCELL_OK                    everything is copied
///          SANDCELL_ERR_INVALID_ARGUMENT  path is not absolute, or contains ".."
///          SANDCELL_ERR_NOT_FOUND         there is no such container or directory
///          SANDCELL_ERR_WRONG_FILE_TYPE   it is not a directory
///          SANDCELL_ERR_FILE_ACCESS       it may not be read
///          SANDCELL_ERR_BAD_ARCHIVE       an entry is refused; the message names
///                                         it
///          SANDCELL_ERR_TOO_LARGE         the tree exceeds a limit, which the
///                                         message names
///          SANDCELL_ERR_UNSUPPORTED       the image lacks a program that is
///                                         needed, which the message names
///          SANDCELL_ERR_CONTAINER_ENDED   the container must be running, and is
///                                         not
///          SANDCELL_ERR_IO                the host's tree cannot be written; the
///                                         message names the file
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_download(
    container: *const sandcell_container,
    path: *const c_char,
    path_len: usize,
    host_dir: *const c_char,
    host_dir_len: usize,
    options: *const sandcell_transfer_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (container, path) =
                (handle("container", container)?, text("path", path, path_len)?);
            let host_dir = host_path("host_dir", host_dir, host_dir_len)?;
            sandcell_transfer_options::with(optional(options), |options| {
                container.inner.download(path, host_dir, options)
            })
        })
    }
}
