//! Volume options: a volume to create.

use std::ffi::c_char;
use std::mem;

use super::args::{out, text};
use super::error::{sandcell_error, sandcell_status};
use super::guard::guard;
use super::handles::free;
use super::setters::{Options, set_texts};
use crate::VolumeOptions;

/// A volume to create, for sandcell_client_create_volume().
///
/// Reusable. Free with sandcell_volume_options_free().
pub struct sandcell_volume_options(pub(super) VolumeOptions);

impl Options for sandcell_volume_options {
    type Value = VolumeOptions;

    fn update(&mut self, change: impl FnOnce(VolumeOptions) -> VolumeOptions) {
        self.0 = change(mem::replace(&mut self.0, VolumeOptions::new("")));
    }
}

/// Makes options for a volume.
///
/// @param name, name_len  in: letters, digits, "_", "." and "-"
/// @param options         out: owned by the caller; free with
///                        sandcell_volume_options_free()
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK  *options is set
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

/// Sets a label, replacing one with the same key.
///
/// Default: none
///
/// @param options           changed
/// @param key, key_len      in: not empty
/// @param value, value_len  in
/// @param error             out, may be NULL
///
/// @return  SANDCELL_OK
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
        let texts = [("key", key, key_len), ("value", value, value_len)];
        set_texts(options, error, texts, |o, key, value| o.label(key, value))
    }
}

/// Frees options; volumes made with them are not affected.
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
