//! Optional engine features: what not every engine supports.

use std::ffi::c_char;

use super::args::{handle, out};
use super::client::sandcell_client;
use super::error::{sandcell_error, sandcell_status};
use super::guard::guard;
use super::handles::{free, text_of, value_of};
use super::names::in_c;
use super::text::Text;
use crate::{EngineFeature, EngineFeatures};

/// Something that not every engine supports: one of SANDCELL_ENGINE_FEATURE_*.
///
/// A later version may add some.
pub type sandcell_engine_feature = i32;

/// Which features an engine supports, from sandcell_client_engine_features().
///
/// Immutable; free with sandcell_engine_features_free().
pub struct sandcell_engine_features {
    inner: EngineFeatures,
    lacks: Vec<(sandcell_engine_feature, Text)>,
    table: Text,
    none: Text,
}

/// A memory limit.
pub const SANDCELL_ENGINE_FEATURE_MEMORY_LIMIT: sandcell_engine_feature = 1;
/// A swap limit.
pub const SANDCELL_ENGINE_FEATURE_SWAP_LIMIT: sandcell_engine_feature = 2;
/// A limit on CPU time.
pub const SANDCELL_ENGINE_FEATURE_CPU_LIMIT: sandcell_engine_feature = 3;
/// A limit on the number of processes.
pub const SANDCELL_ENGINE_FEATURE_PIDS_LIMIT: sandcell_engine_feature = 4;
/// A memory limit without a swap limit.
pub const SANDCELL_ENGINE_FEATURE_UNLIMITED_SWAP: sandcell_engine_feature = 5;
/// Filtering system calls.
pub const SANDCELL_ENGINE_FEATURE_SECCOMP: sandcell_engine_feature = 6;
/// Filtering system calls with a custom profile.
pub const SANDCELL_ENGINE_FEATURE_SECCOMP_PROFILE: sandcell_engine_feature = 7;
/// Choosing the runtime.
pub const SANDCELL_ENGINE_FEATURE_RUNTIME: sandcell_engine_feature = 8;
/// Mounting a subdirectory of a volume.
pub const SANDCELL_ENGINE_FEATURE_VOLUME_SUBPATH: sandcell_engine_feature = 9;
/// Pausing a container.
pub const SANDCELL_ENGINE_FEATURE_PAUSE: sandcell_engine_feature = 10;
/// Delivering what a command writes right before it exits, even if it leaves input
/// unread.
pub const SANDCELL_ENGINE_FEATURE_OUTPUT_DESPITE_UNREAD_INPUT: sandcell_engine_feature = 11;
/// Proving that a killed command is gone.
pub const SANDCELL_ENGINE_FEATURE_PROVEN_KILL: sandcell_engine_feature = 12;
/// Proving it while commands of other users run in the container.
pub const SANDCELL_ENGINE_FEATURE_PROVEN_KILL_BESIDE_OTHERS: sandcell_engine_feature = 13;
/// Showing commands the files of SANDCELL_TRANSFER_METHOD_ARCHIVE, and the other way, while
/// the container runs.
pub const SANDCELL_ENGINE_FEATURE_ARCHIVE_TRANSFER: sandcell_engine_feature = 14;

/// Each number and what it stands for.
const FEATURES: [(sandcell_engine_feature, EngineFeature); 14] = [
    (SANDCELL_ENGINE_FEATURE_MEMORY_LIMIT, EngineFeature::MemoryLimit),
    (SANDCELL_ENGINE_FEATURE_SWAP_LIMIT, EngineFeature::SwapLimit),
    (SANDCELL_ENGINE_FEATURE_CPU_LIMIT, EngineFeature::CpuLimit),
    (SANDCELL_ENGINE_FEATURE_PIDS_LIMIT, EngineFeature::PidsLimit),
    (SANDCELL_ENGINE_FEATURE_UNLIMITED_SWAP, EngineFeature::UnlimitedSwap),
    (SANDCELL_ENGINE_FEATURE_SECCOMP, EngineFeature::Seccomp),
    (SANDCELL_ENGINE_FEATURE_SECCOMP_PROFILE, EngineFeature::SeccompProfile),
    (SANDCELL_ENGINE_FEATURE_RUNTIME, EngineFeature::Runtime),
    (SANDCELL_ENGINE_FEATURE_VOLUME_SUBPATH, EngineFeature::VolumeSubpath),
    (SANDCELL_ENGINE_FEATURE_PAUSE, EngineFeature::Pause),
    (SANDCELL_ENGINE_FEATURE_OUTPUT_DESPITE_UNREAD_INPUT, EngineFeature::OutputDespiteUnreadInput),
    (SANDCELL_ENGINE_FEATURE_PROVEN_KILL, EngineFeature::ProvenKill),
    (SANDCELL_ENGINE_FEATURE_PROVEN_KILL_BESIDE_OTHERS, EngineFeature::ProvenKillBesideOthers),
    (SANDCELL_ENGINE_FEATURE_ARCHIVE_TRANSFER, EngineFeature::ArchiveTransfer),
];

fn known(number: sandcell_engine_feature) -> Option<EngineFeature> {
    FEATURES.iter().find(|(known, _)| *known == number).map(|(_, feature)| *feature)
}

impl From<EngineFeatures> for sandcell_engine_features {
    fn from(features: EngineFeatures) -> Self {
        let lack = |(number, feature): &(sandcell_engine_feature, EngineFeature)| {
            Some((*number, in_c(features.why_not(*feature)?.to_owned()).into()))
        };
        let lacks = FEATURES.iter().filter_map(lack).collect();
        let (table, none) = (in_c(features.to_string()).into(), String::new().into());
        sandcell_engine_features { inner: features, lacks, table, none }
    }
}

impl sandcell_engine_features {
    fn why_not(&self, number: sandcell_engine_feature) -> &Text {
        let found = self.lacks.iter().find(|(known, _)| *known == number);
        found.map_or(&self.none, |(_, text)| text)
    }
}

/// Asks the engine which optional features it supports. What needs a feature that it
/// does not support fails with SANDCELL_ERR_UNSUPPORTED.
///
/// @param client    in
/// @param features  out: owned by the caller; free with
///                  sandcell_engine_features_free()
/// @param error     out, may be NULL
///
/// @return  SANDCELL_OK  *features is set
///          any other    the engine could not be asked
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_engine_features(
    client: *const sandcell_client,
    features: *mut *mut sandcell_engine_features,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, features) = (handle("client", client)?, out("features", features)?);
            features.write_handle(client.0.engine_features()?.into());
            Ok(())
        })
    }
}

/// Returns how many features there are, supported or not.
///
/// @param features  in, may be NULL
///
/// @return  the number; 0 for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_engine_features_len(
    features: *const sandcell_engine_features,
) -> usize {
    // SAFETY: the header's contract.
    unsafe { value_of(features, 0, |_| FEATURES.len()) }
}

/// Returns one of the features, to go through all of them.
///
/// @param features  in, may be NULL
/// @param index     in: from 0
///
/// @return  one of SANDCELL_ENGINE_FEATURE_*; 0 for NULL or an index that is too
///          large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_engine_features_get(
    features: *const sandcell_engine_features,
    index: usize,
) -> sandcell_engine_feature {
    // SAFETY: the header's contract.
    unsafe { value_of(features, 0, |_| FEATURES.get(index).map_or(0, |(number, _)| *number)) }
}

/// Returns whether the engine supports a feature.
///
/// @param features  in, may be NULL
/// @param number    in: one of SANDCELL_ENGINE_FEATURE_*
///
/// @return  true if it does; false for NULL or another number.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_engine_features_supports(
    features: *const sandcell_engine_features,
    number: sandcell_engine_feature,
) -> bool {
    let supports = |features: &sandcell_engine_features| {
        known(number).is_some_and(|known| features.inner.supports(known))
    };
    // SAFETY: the header's contract.
    unsafe { value_of(features, false, supports) }
}

/// Returns why the engine does not support a feature.
///
/// @param features  in, may be NULL
/// @param number    in: one of SANDCELL_ENGINE_FEATURE_*
/// @param len       out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the features; "" for a feature that is supported,
///          for NULL or another number.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_engine_features_why_not(
    features: *const sandcell_engine_features,
    number: sandcell_engine_feature,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(features, len, |features| features.why_not(number)) }
}

/// Returns all features as a table, for people.
///
/// @param features  in, may be NULL
/// @param len       out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the features; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_engine_features_table(
    features: *const sandcell_engine_features,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(features, len, |features| &features.table) }
}

/// Frees features, and everything that was borrowed from them.
///
/// @param features  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the features.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_engine_features_free(features: *mut sandcell_engine_features) {
    // SAFETY: the header's contract.
    unsafe { free(features) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{ApiVersion, SystemInfo};

    #[test]
    fn every_feature_has_a_number() {
        let all = EngineFeatures::read(&SystemInfo::default(), ApiVersion::MIN);
        let numbered = FEATURES.map(|(_, feature)| feature);
        assert!(all.iter().all(|(feature, _)| numbered.contains(&feature)));
        assert_eq!(all.iter().count(), numbered.len());
    }
}
