//! Volume options: a volume to create.

use std::ffi::c_char;
use std::mem;

use super::args::{handle_mut, out, text};
use super::error::{sandcell_error, sandcell_status};
use super::guard::{free, guard};
use crate::VolumeOptions;

/// A volume to create, for sandcell_client_volume_create().
///
/// Reusable. Free with sandcell_volume_options_free().
pub struct sandcell_volume_options(pub(super) VolumeOptions);

/// Makes options for a volume.
///
/// @param name, name_len  in: letters, digits and "_.-"
/// @param options         out: owned by the caller; free with
///                        sandcell_volume_options_free()
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK                    *options is set
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_volume_options_new(
    name: *const c_char,
    name_len: usize,
    options: *mut *mut sandcell_volume_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (name, options) = (text("name", name, name_len)?, out("options", options)?);
            options.write_handle(sandcell_volume_options(VolumeOptions::new(name)));
            Ok(())
        })
    }
}

/// Sets a label; one with the same key is replaced.
///
/// Default: none.
///
/// @param options           changed
/// @param key, key_len      in: not empty
/// @param value, value_len  in
/// @param error             out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_volume_options_add_label(
    options: *mut sandcell_volume_options,
    key: *const c_char,
    key_len: usize,
    value: *const c_char,
    value_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            let (key, value) = (text("key", key, key_len)?, text("value", value, value_len)?);
            let old = mem::replace(&mut options.0, VolumeOptions::new(""));
            options.0 = old.label(key, value);
            Ok(())
        })
    }
}

/// Frees options; volumes made with them stay.
///
/// @param options  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the options.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_volume_options_free(options: *mut sandcell_volume_options) {
    // SAFETY: the header's contract.
    unsafe { free(options) }
}
