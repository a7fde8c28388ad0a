//! Volumes.

use sandcell::capi::*;
use sandcell::{Result, Volume};

use super::call::{Owned, call, text};

pub fn options(name: &str, labels: &[(&str, &str)]) -> Result<Owned<sandcell_volume_options>> {
    let (name, len) = (name.as_ptr().cast(), name.len());
    // SAFETY: the text is as long.
    let options =
        call(|options, error| unsafe { sandcell_volume_options_new(name, len, options, error) })?;
    let mut options = Owned::new(options, sandcell_volume_options_free);
    for (key, value) in labels {
        let (key, key_len) = (key.as_ptr().cast(), key.len());
        let (value, len) = (value.as_ptr().cast(), value.len());
        // SAFETY: the options are live, the texts are as long.
        call(|(), error| unsafe {
            let options = options.get_mut();
            sandcell_volume_options_add_label(options, key, key_len, value, len, error)
        })?;
    }
    Ok(options)
}

pub fn filter(conditions: &[(&str, Option<&str>)]) -> Result<Owned<sandcell_volume_filter>> {
    let mut filter = Owned::new(sandcell_volume_filter_new(), sandcell_volume_filter_free);
    for (key, value) in conditions {
        let (key, key_len) = (key.as_ptr().cast(), key.len());
        // SAFETY: the filter is live, the texts are as long.
        call(|(), error| unsafe {
            let filter = filter.get_mut();
            match value.map(|value| (value.as_ptr().cast(), value.len())) {
                None => sandcell_volume_filter_add_label_key(filter, key, key_len, error),
                Some((value, len)) => {
                    sandcell_volume_filter_add_label(filter, key, key_len, value, len, error)
                }
            }
        })?;
    }
    Ok(filter)
}

/// A volume that is the caller's, if there is one.
pub fn taken(volume: *mut sandcell_volume) -> Option<Volume> {
    let owned = (!volume.is_null()).then(|| Owned::new(volume, sandcell_volume_free));
    owned.map(|owned| told(owned.get()))
}

pub fn list(volumes: *mut sandcell_volumes) -> Vec<Volume> {
    let volumes = Owned::new(volumes, sandcell_volumes_free);
    // SAFETY: the list is live.
    let (len, get) = unsafe { (sandcell_volumes_len(volumes.get()), sandcell_volumes_get) };
    // SAFETY: the list is live; there is nothing behind its end.
    assert!(unsafe { get(volumes.get(), len) }.is_null());
    // SAFETY: the list is live.
    (0..len).map(|index| told(unsafe { get(volumes.get(), index) })).collect()
}

fn told(volume: *const sandcell_volume) -> Volume {
    let mut told = Volume::default();
    // SAFETY: the caller's volume is live.
    unsafe {
        told.name = text(|len| sandcell_volume_name(volume, len));
        told.driver = text(|len| sandcell_volume_driver(volume, len));
        told.mountpoint = text(|len| sandcell_volume_mountpoint(volume, len));
        told.created_at = text(|len| sandcell_volume_created_at(volume, len));
        for index in 0..sandcell_volume_label_count(volume) {
            let key = text(|len| sandcell_volume_label_key(volume, index, len));
            told.labels.insert(key, text(|len| sandcell_volume_label_value(volume, index, len)));
        }
    }
    told
}
