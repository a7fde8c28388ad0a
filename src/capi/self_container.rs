//! The container that this process itself runs in, if any.

use std::ffi::c_char;
use std::path::{Path, PathBuf};
use std::ptr;

use super::args::{handle, out, text};
use super::client::sandcell_client;
use super::error::{sandcell_error, sandcell_status};
use super::guard::guard;
use super::handles::{free, into_handle, text_of, value_of};
use super::string::sandcell_string;
use super::text::{Text, Texts};
use crate::{Error, ErrorKind, Result, SelfContainer, SelfMount};

/// The container that this process runs in, from sandcell_client_self_container().
///
/// Immutable; free with sandcell_self_container_free().
pub struct sandcell_self_container {
    id: Text,
    name: Text,
    networks: Texts,
    mounts: Vec<Mount>,
    none: Text,
}

struct Mount {
    kind: Text,
    source: Text,
    destination: Text,
    rw: bool,
}

impl From<SelfMount> for Mount {
    fn from(mount: SelfMount) -> Self {
        Mount {
            kind: mount.kind.into(),
            source: bytes(mount.source.unwrap_or_default()),
            destination: bytes(mount.destination),
            rw: mount.rw,
        }
    }
}

impl From<SelfContainer> for sandcell_self_container {
    fn from(own: SelfContainer) -> Self {
        sandcell_self_container {
            id: own.id.into(),
            name: own.name.into(),
            networks: own.networks.into(),
            mounts: own.mounts.into_iter().map(Into::into).collect(),
            none: String::new().into(),
        }
    }
}

impl sandcell_self_container {
    fn mount(&self, index: usize, of: impl FnOnce(&Mount) -> &Text) -> &Text {
        self.mounts.get(index).map_or(&self.none, of)
    }
}

/// A path, which need not be UTF-8.
fn bytes(path: PathBuf) -> Text {
    use std::os::unix::ffi::OsStringExt;
    path.into_os_string().into_vec().into()
}

fn string(path: PathBuf) -> Result<sandcell_string> {
    let not_utf8 = |path| Error::new(ErrorKind::Unsupported, format!("{path:?} is not UTF-8"));
    Ok(path.into_os_string().into_string().map_err(not_utf8)?.into())
}

/// Finds the container of the client's engine that this process itself runs in.
///
/// Hints of a container in /proc count only once the engine has confirmed them.
///
/// @param client     in
/// @param container  out: owned by the caller; free with
///                   sandcell_self_container_free(). NULL if there is none
/// @param error      out, may be NULL
///
/// @return  SANDCELL_OK               *container is set
///          SANDCELL_ERR_UNSUPPORTED  it is in a container of this engine, but which
///                                    one is not known
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_self_container(
    client: *const sandcell_client,
    container: *mut *mut sandcell_self_container,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, container) = (handle("client", client)?, out("container", container)?);
            let own = client.0.self_container()?;
            container.set(own.map_or(ptr::null_mut(), |own| into_handle(own.into())));
            Ok(())
        })
    }
}

/// Translates a path of this process to a path on the engine's host, for a bind
/// mount.
///
/// If this process does not run in a container of this engine, that is the same path;
/// otherwise it is the source of the mount that has the path, and the rest. Symbolic
/// links are followed.
///
/// @param client          in
/// @param path, path_len  in
/// @param engine_path     out: owned by the caller; free with
///                        sandcell_string_free()
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK                    *engine_path is set
///          SANDCELL_ERR_INVALID_ARGUMENT  the path does not exist in this process's
///                                         container, or is not on a mount from the
///                                         engine's host
///          SANDCELL_ERR_UNSUPPORTED       see sandcell_client_self_container()
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_engine_path(
    client: *const sandcell_client,
    path: *const c_char,
    path_len: usize,
    engine_path: *mut *mut sandcell_string,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, path) = (handle("client", client)?, text("path", path, path_len)?);
            let engine_path = out("engine_path", engine_path)?;
            engine_path.write_handle(string(client.0.engine_path(Path::new(path))?)?);
            Ok(())
        })
    }
}

/// Returns the container's full id.
///
/// @param container  in, may be NULL
/// @param len        out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the container; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_self_container_id(
    container: *const sandcell_self_container,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(container, len, |container| &container.id) }
}

/// Returns the container's name.
///
/// @param container  in, may be NULL
/// @param len        out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the container; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_self_container_name(
    container: *const sandcell_self_container,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(container, len, |container| &container.name) }
}

/// Returns how many networks the container is in.
///
/// @param container  in, may be NULL
///
/// @return  the number; 0 for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_self_container_network_count(
    container: *const sandcell_self_container,
) -> usize {
    // SAFETY: the header's contract.
    unsafe { value_of(container, 0, |container| container.networks.len()) }
}

/// Returns the name of a network.
///
/// @param container  in, may be NULL
/// @param index      in: from 0
/// @param len        out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the container; "" for NULL or an index that is
///          too large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_self_container_network(
    container: *const sandcell_self_container,
    index: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(container, len, |container| container.networks.get(index)) }
}

/// Returns how many mounts the container has.
///
/// @param container  in, may be NULL
///
/// @return  the number; 0 for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_self_container_mount_count(
    container: *const sandcell_self_container,
) -> usize {
    // SAFETY: the header's contract.
    unsafe { value_of(container, 0, |container| container.mounts.len()) }
}

/// Returns the type of a mount in the engine's words: "bind", "volume", "tmpfs"...
///
/// @param container  in, may be NULL
/// @param index      in: from 0
/// @param len        out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the container; "" for NULL or an index that is
///          too large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_self_container_mount_kind(
    container: *const sandcell_self_container,
    index: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(container, len, |container| container.mount(index, |mount| &mount.kind)) }
}

/// Returns the path of a mount's source on the engine's host; "" if it has none.
///
/// @param container  in, may be NULL
/// @param index      in: from 0
/// @param len        out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the container; "" for NULL or an index that is
///          too large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_self_container_mount_source(
    container: *const sandcell_self_container,
    index: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(container, len, |container| container.mount(index, |mount| &mount.source)) }
}

/// Returns the path of a mount in the container.
///
/// @param container  in, may be NULL
/// @param index      in: from 0
/// @param len        out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the container; "" for NULL or an index that is
///          too large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_self_container_mount_destination(
    container: *const sandcell_self_container,
    index: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe {
        text_of(container, len, |container| container.mount(index, |mount| &mount.destination))
    }
}

/// Returns whether a mount is writable.
///
/// @param container  in, may be NULL
/// @param index      in: from 0
///
/// @return  true if it is; false for NULL or an index that is too large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_self_container_mount_rw(
    container: *const sandcell_self_container,
    index: usize,
) -> bool {
    // SAFETY: the header's contract.
    unsafe {
        value_of(container, false, |container| {
            container.mounts.get(index).is_some_and(|mount| mount.rw)
        })
    }
}

/// Frees the description of a container; the container itself is not affected.
///
/// @param container  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses it.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_self_container_free(container: *mut sandcell_self_container) {
    // SAFETY: the header's contract.
    unsafe { free(container) }
}
