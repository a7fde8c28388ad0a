//! Version information about the engine and this library.

use std::ffi::c_char;

use super::handles::{free, text_of};
use super::text::Text;
use crate::Version;

/// The versions of the engine and of this library, from sandcell_client_version().
///
/// Immutable; free with sandcell_version_info_free().
pub struct sandcell_version_info {
    engine: Text,
    engine_api_max: Text,
    engine_api_min: Text,
    engine_os: Text,
    engine_arch: Text,
    library_api_max: Text,
    api: Text,
}

impl From<Version> for sandcell_version_info {
    fn from(version: Version) -> Self {
        sandcell_version_info {
            engine: version.server.version.into(),
            engine_api_max: version.server.api_version.into(),
            engine_api_min: version.server.min_api_version.into(),
            engine_os: version.server.os.into(),
            engine_arch: version.server.arch.into(),
            library_api_max: version.client_max.to_string().into(),
            api: version.negotiated.to_string().into(),
        }
    }
}

/// Returns the engine's own version, such as "20.10.24".
///
/// @param version  in, may be NULL
/// @param len      out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the version; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_version_info_engine(
    version: *const sandcell_version_info,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(version, len, |version| &version.engine) }
}

/// Returns the newest Engine API version that the engine supports.
///
/// @param version  in, may be NULL
/// @param len      out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text such as "1.41", borrowed from the version; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_version_info_engine_api_max(
    version: *const sandcell_version_info,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(version, len, |version| &version.engine_api_max) }
}

/// Returns the oldest Engine API version that the engine supports.
///
/// @param version  in, may be NULL
/// @param len      out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text such as "1.12", borrowed from the version; "" for NULL, or
///          if the engine does not report it.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_version_info_engine_api_min(
    version: *const sandcell_version_info,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(version, len, |version| &version.engine_api_min) }
}

/// Returns the engine's operating system.
///
/// @param version  in, may be NULL
/// @param len      out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text such as "linux", borrowed from the version; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_version_info_engine_os(
    version: *const sandcell_version_info,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(version, len, |version| &version.engine_os) }
}

/// Returns the engine's architecture.
///
/// @param version  in, may be NULL
/// @param len      out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text such as "amd64", borrowed from the version; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_version_info_engine_arch(
    version: *const sandcell_version_info,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(version, len, |version| &version.engine_arch) }
}

/// Returns the newest Engine API version that this library supports.
///
/// @param version  in, may be NULL
/// @param len      out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text such as "1.55", borrowed from the version; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_version_info_library_api_max(
    version: *const sandcell_version_info,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(version, len, |version| &version.library_api_max) }
}

/// Returns the Engine API version that the client uses.
///
/// @param version  in, may be NULL
/// @param len      out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text such as "1.41", borrowed from the version; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_version_info_api(
    version: *const sandcell_version_info,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(version, len, |version| &version.api) }
}

/// Frees version information.
///
/// @param version  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the version.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_version_info_free(version: *mut sandcell_version_info) {
    // SAFETY: the header's contract.
    unsafe { free(version) }
}
