//! Files: into a container, and out of it.
//!
//! Paths in a container are absolute, without "..". The library talks to the
//! engine's archive requests, which also work in a container that is stopped; or
//! it runs a shell, with cat or tar, in the container, where the engine would
//! miss what the container sees: for paths in memory (tmpfs, /dev, /proc, /sys),
//! with gVisor (runsc), and for writing where the root file system is read-only.
//! SANDCELL_TRANSFER_METHOD_* says what holds for each.
//!
//! Besides the limits of the client, a transfer ends when nothing moves for
//! 300 s. What it did until then stays done.

use std::ffi::{c_char, c_void};
use std::io::{self, Read, Write};

use super::args::{bytes, function, handle, host_path, invalid, optional, out, text};
use super::client::sandcell_client;
use super::error::{sandcell_error, sandcell_status};
use super::guard::guard;
use super::string::sandcell_string;
use super::transfer_options::sandcell_transfer_options;
use super::write_options::sandcell_write_options;
use crate::WriteOptions;

/// Takes what sandcell_client_copy_file_out() reads, part by part.
///
/// @param ctx        in: what came with the callback
/// @param data, len  in: any bytes, at least one
///
/// @return  whether to go on; false ends the call with SANDCELL_ERR_IO.
///
/// Threads: called by the call's own.
/// Since: 0.1.0
pub type sandcell_write_fn =
    Option<unsafe extern "C" fn(ctx: *mut c_void, data: *const c_void, len: usize) -> bool>;

/// Gives what is to be sent to the engine, part by part: the contents of a file or
/// an image.
///
/// @param ctx  in: what came with the callback
/// @param buf  out: where the bytes go
/// @param cap  in: as many fit, at least one
/// @param n    out: how many there are, cap at most; 0, which it is before, is
///             the end
///
/// @return  whether to go on; false ends the call with SANDCELL_ERR_IO.
///
/// Threads: called by the call's own.
/// Since: 0.1.0
pub type sandcell_read_fn = Option<
    unsafe extern "C" fn(ctx: *mut c_void, buf: *mut c_void, cap: usize, n: *mut usize) -> bool,
>;

/// A callback, as what Rust writes to or reads from.
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

/// Reads a file of 64 MiB at most. Follows symlinks.
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param path, path_len            in
/// @param contents                  out: bytes, owned by the caller; free with
///                                  sandcell_string_free()
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK             *contents is set
///          SANDCELL_ERR_TOO_LARGE  it is larger; sandcell_client_copy_file_out()
///                                 has no limit
///          any other              those of sandcell_client_copy_file_out(), but
///                                 for those of the callback
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_read_file(
    client: *const sandcell_client,
    container: *const c_char,
    container_len: usize,
    path: *const c_char,
    path_len: usize,
    contents: *mut *mut sandcell_string,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let client = handle("client", client)?;
            let container = text("container", container, container_len)?;
            let (path, contents) = (text("path", path, path_len)?, out("contents", contents)?);
            contents.write_handle(client.0.container(container)?.read_file(path)?.into());
            Ok(())
        })
    }
}

/// Copies a file to a callback, as it comes. Follows symlinks.
///
/// Hostile code may make a file as long as it likes: the callback may fail when
/// it is too long.
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param path, path_len            in
/// @param write                     in: see "Callbacks"
/// @param ctx                       in, may be NULL: for the callback
/// @param count                     out: how many bytes there were
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK                    *count is set
///          SANDCELL_ERR_INVALID_ARGUMENT  path is not absolute, has ".." in it, or
///                                        ends as a directory's; or container is
///                                        no id and no name
///          SANDCELL_ERR_NOT_FOUND         there is no such container or file
///          SANDCELL_ERR_WRONG_FILE_TYPE   it is no regular file
///          SANDCELL_ERR_FILE_ACCESS       it may not be read
///          SANDCELL_ERR_UNSUPPORTED       the image lacks what is needed; the
///                                        message names the program
///          SANDCELL_ERR_CONTAINER_ENDED   a container that has to run does not
///          SANDCELL_ERR_IO                the callback failed
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_copy_file_out(
    client: *const sandcell_client,
    container: *const c_char,
    container_len: usize,
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
            let client = handle("client", client)?;
            let container = text("container", container, container_len)?;
            let path = text("path", path, path_len)?;
            let mut to = Callback { function: function("write", write)?, ctx };
            let count = out("count", count)?;
            count.set(client.0.container(container)?.copy_file_out(path, &mut to)?);
            Ok(())
        })
    }
}

/// Writes a file. Replaces what is at the path, unless that is a directory; a
/// symlink is replaced, not followed.
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param path, path_len            in
/// @param data, data_len            in: any bytes
/// @param options                   in, may be NULL: the defaults
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK                    the file is written
///          SANDCELL_ERR_INVALID_ARGUMENT  path is not absolute, has ".." in it, or
///                                        ends as a directory's; a bad option; or
///                                        container is no id and no name
///          SANDCELL_ERR_NOT_FOUND         there is no such container or, unless
///                                        parents are created, directory
///          SANDCELL_ERR_WRONG_FILE_TYPE   a directory is in the way, or something
///                                        else where one is needed
///          SANDCELL_ERR_FILE_ACCESS       it may not be written
///          SANDCELL_ERR_UNSUPPORTED       the image lacks what is needed; the
///                                        message names the program
///          SANDCELL_ERR_CONTAINER_ENDED   a container that has to run does not
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_write_file(
    client: *const sandcell_client,
    container: *const c_char,
    container_len: usize,
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
            let client = handle("client", client)?;
            let container = text("container", container, container_len)?;
            let (path, data) = (text("path", path, path_len)?, bytes("data", data, data_len)?);
            let options = write_options(optional(options)).size(data.len() as u64);
            client.0.container(container)?.write_file(path, data, &options)
        })
    }
}

/// Writes a file, as sandcell_client_write_file() does: all that a callback
/// gives.
///
/// That is read to its end first, to know its length; beyond 1 MiB it waits in
/// an unlinked temporary file. With sandcell_write_options_set_size() it is sent
/// as it is read.
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param path, path_len            in
/// @param read                      in: see "Callbacks"
/// @param ctx                       in, may be NULL: for the callback
/// @param options                   in, may be NULL: the defaults
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK                    the file is written
///          SANDCELL_ERR_INVALID_ARGUMENT  the callback gave less or more than the
///                                        size that was set, or more than there
///                                        was room for
///          SANDCELL_ERR_IO                the callback failed
///          any other                     those of sandcell_client_write_file()
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_copy_file_in(
    client: *const sandcell_client,
    container: *const c_char,
    container_len: usize,
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
            let client = handle("client", client)?;
            let container = text("container", container, container_len)?;
            let path = text("path", path, path_len)?;
            let from = Callback { function: function("read", read)?, ctx };
            client.0.container(container)?.write_file(path, from, &write_options(optional(options)))
        })
    }
}

fn write_options(options: Option<&sandcell_write_options>) -> WriteOptions {
    options.map_or_else(WriteOptions::new, |options| options.0.clone())
}

/// Copies what is in a directory of the host into a directory of the container.
///
/// Regular files, directories and symlinks, with their names, permissions and
/// times (of files, in whole seconds), in the order of their names. Symlinks are
/// copied as such and never followed. Hard links become files of their own.
/// What is in the way is replaced, but a directory and anything else never by
/// each other.
///
/// Left out are devices, sockets and FIFOs, and what vanishes, or becomes
/// something else, before its turn comes:
/// sandcell_transfer_options_set_skipped() tells.
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param host_dir, host_dir_len    in: bytes without NUL
/// @param path, path_len            in: created if need be
/// @param options                   in, may be NULL: the defaults
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK      all is copied
///          SANDCELL_ERR_IO  the host's tree cannot be read, or a file becomes
///                          shorter while it is sent; the message names the file
///          any other       those of sandcell_client_write_file()
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_upload(
    client: *const sandcell_client,
    container: *const c_char,
    container_len: usize,
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
            let client = handle("client", client)?;
            let container = text("container", container, container_len)?;
            let host_dir = host_path("host_dir", host_dir, host_dir_len)?;
            let path = text("path", path, path_len)?;
            sandcell_transfer_options::with(optional(options), |options| {
                client.0.container(container)?.upload(host_dir, path, options)
            })
        })
    }
}

/// Copies what is in a directory of the container into a directory of the host.
///
/// The tree is taken for hostile. Nothing is written outside the host's
/// directory, and no symlink is followed, neither one of the tree nor one that
/// was there before. An entry with an absolute path or "..", one below a
/// symlink, a hard link to anything but a file that this call made, a directory in
/// place of something else or the other way round: each is refused, and ends the
/// call.
/// So does a symlink that may lead out, unless
/// sandcell_transfer_options_set_external_symlinks() says otherwise: an absolute one,
/// one with more ".." than there are directories, or ".." anywhere but at its
/// start. Devices and FIFOs are left out: sandcell_transfer_options_set_skipped()
/// tells. So is, by SANDCELL_TRANSFER_METHOD_EXEC, what vanishes while it is read; the
/// engine leaves that out without a word.
///
/// Files belong to the user of this process, and have the permissions (without
/// set-user-id, set-group-id and sticky, and what the process's umask takes) and
/// times (in whole seconds) that they have in the container. Directories that are
/// made stay accessible for their owner; those that were there keep their
/// permissions. A file that was there is replaced by a new one: other links to it
/// keep what it was.
///
/// Hostile code may make the tree as large as it likes:
/// sandcell_transfer_options_set_max_bytes() limits it, which has no limit unless
/// set, and sandcell_transfer_options_set_max_entries() and _max_depth(), which
/// have.
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param path, path_len            in: a directory, or a symlink to one
/// @param host_dir, host_dir_len    in: bytes without NUL; created if need be
/// @param options                   in, may be NULL: the defaults
/// @param error                     out, may be NULL
///
/// @return  SANDCELL_OK                    all is copied
///          SANDCELL_ERR_INVALID_ARGUMENT  path is not absolute or has ".." in it,
///                                        or container is no id and no name
///          SANDCELL_ERR_NOT_FOUND         there is no such container or directory
///          SANDCELL_ERR_WRONG_FILE_TYPE   it is no directory
///          SANDCELL_ERR_FILE_ACCESS       it may not be read
///          SANDCELL_ERR_BAD_ARCHIVE       an entry is refused; the message names
///                                        it
///          SANDCELL_ERR_TOO_LARGE         it is more than a limit, which the
///                                        message names
///          SANDCELL_ERR_UNSUPPORTED       the image lacks what is needed; the
///                                        message names the program
///          SANDCELL_ERR_CONTAINER_ENDED   a container that has to run does not
///          SANDCELL_ERR_IO                the host's tree cannot be written; the
///                                        message names the file
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_download(
    client: *const sandcell_client,
    container: *const c_char,
    container_len: usize,
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
            let client = handle("client", client)?;
            let container = text("container", container, container_len)?;
            let path = text("path", path, path_len)?;
            let host_dir = host_path("host_dir", host_dir, host_dir_len)?;
            sandcell_transfer_options::with(optional(options), |options| {
                client.0.container(container)?.download(path, host_dir, options)
            })
        })
    }
}
