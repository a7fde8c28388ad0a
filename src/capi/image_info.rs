//! Image information.

use std::ffi::c_char;

use super::handles::{free, text_of, value_of};
use super::text::{Labels, Text, Texts};
use crate::ImageInfo;

/// Information about an image, from sandcell_client_inspect_image() or
/// sandcell_client_import_image().
///
/// Immutable; free with sandcell_image_info_free().
pub struct sandcell_image_info {
    id: Text,
    tags: Texts,
    digests: Texts,
    labels: Labels,
    size: u64,
    env: Texts,
    user: Text,
    working_dir: Text,
    os: Text,
    architecture: Text,
    variant: Text,
}

impl From<ImageInfo> for sandcell_image_info {
    fn from(image: ImageInfo) -> Self {
        sandcell_image_info {
            id: image.id.into(),
            tags: image.tags.into(),
            digests: image.digests.into(),
            labels: image.labels.into(),
            size: image.size,
            env: image.env.into(),
            user: image.user.into(),
            working_dir: image.working_dir.into(),
            os: image.os.into(),
            architecture: image.architecture.into(),
            variant: image.variant.into(),
        }
    }
}

/// Returns the image's id: "sha256:" and 64 hex digits.
///
/// @param info  in, may be NULL
/// @param len   out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the information; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_image_info_id(
    info: *const sandcell_image_info,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(info, len, |info| &info.id) }
}

/// Returns the image's size, including all layers.
///
/// @param info  in, may be NULL
///
/// @return  bytes; 0 for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_image_info_size(info: *const sandcell_image_info) -> u64 {
    // SAFETY: the header's contract.
    unsafe { value_of(info, 0, |info| info.size) }
}

/// Returns the default user of its containers; "" for root.
///
/// @param info  in, may be NULL
/// @param len   out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the information; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_image_info_user(
    info: *const sandcell_image_info,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(info, len, |info| &info.user) }
}

/// Returns the default working directory of its containers; "" for "/".
///
/// @param info  in, may be NULL
/// @param len   out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the information; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_image_info_working_dir(
    info: *const sandcell_image_info,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(info, len, |info| &info.working_dir) }
}

/// Returns the image's operating system, such as "linux".
///
/// @param info  in, may be NULL
/// @param len   out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the information; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_image_info_os(
    info: *const sandcell_image_info,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(info, len, |info| &info.os) }
}

/// Returns the image's architecture, such as "amd64".
///
/// @param info  in, may be NULL
/// @param len   out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the information; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_image_info_architecture(
    info: *const sandcell_image_info,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(info, len, |info| &info.architecture) }
}

/// Returns the variant of the architecture, such as "v7"; usually "".
///
/// @param info  in, may be NULL
/// @param len   out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the information; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_image_info_variant(
    info: *const sandcell_image_info,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(info, len, |info| &info.variant) }
}

/// Returns how many tagged names the image has.
///
/// @param info  in, may be NULL
///
/// @return  the number; 0 for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_image_info_tag_count(info: *const sandcell_image_info) -> usize {
    // SAFETY: the header's contract.
    unsafe { value_of(info, 0, |info| info.tags.len()) }
}

/// Returns one of the image's tagged names.
///
/// @param info   in, may be NULL
/// @param index  in: from 0
/// @param len    out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the information; "" for NULL or an index that
///          is too large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_image_info_tag(
    info: *const sandcell_image_info,
    index: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(info, len, |info| info.tags.get(index)) }
}

/// Returns how many names with a digest the image has.
///
/// @param info  in, may be NULL
///
/// @return  the number; 0 for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_image_info_digest_count(
    info: *const sandcell_image_info,
) -> usize {
    // SAFETY: the header's contract.
    unsafe { value_of(info, 0, |info| info.digests.len()) }
}

/// Returns one of the image's names with a digest.
///
/// @param info   in, may be NULL
/// @param index  in: from 0
/// @param len    out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the information; "" for NULL or an index that
///          is too large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_image_info_digest(
    info: *const sandcell_image_info,
    index: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(info, len, |info| info.digests.get(index)) }
}

/// Returns how many labels the image has.
///
/// @param info  in, may be NULL
///
/// @return  the number; 0 for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_image_info_label_count(
    info: *const sandcell_image_info,
) -> usize {
    // SAFETY: the header's contract.
    unsafe { value_of(info, 0, |info| info.labels.len()) }
}

/// Returns the key of one of the labels, which are sorted by key.
///
/// @param info   in, may be NULL
/// @param index  in: from 0
/// @param len    out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the information; "" for NULL or an index that
///          is too large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_image_info_label_key(
    info: *const sandcell_image_info,
    index: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(info, len, |info| info.labels.key(index)) }
}

/// Returns the value of one of the labels.
///
/// @param info   in, may be NULL
/// @param index  in: from 0
/// @param len    out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the information; "" for NULL or an index that
///          is too large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_image_info_label_value(
    info: *const sandcell_image_info,
    index: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(info, len, |info| info.labels.value(index)) }
}

/// Returns how many environment variables the image sets.
///
/// @param info  in, may be NULL
///
/// @return  the number; 0 for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_image_info_env_count(info: *const sandcell_image_info) -> usize {
    // SAFETY: the header's contract.
    unsafe { value_of(info, 0, |info| info.env.len()) }
}

/// Returns one of the environment variables that the image sets, as NAME=value.
///
/// @param info   in, may be NULL
/// @param index  in: from 0
/// @param len    out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the information; "" for NULL or an index that
///          is too large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_image_info_env(
    info: *const sandcell_image_info,
    index: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(info, len, |info| info.env.get(index)) }
}

/// Frees image information; the image itself is not affected.
///
/// @param info  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the information.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_image_info_free(info: *mut sandcell_image_info) {
    // SAFETY: the header's contract.
    unsafe { free(info) }
}
