//! EngineFeatures: what an engine can do of what not every engine can.

use std::ffi::c_char;

use super::args::{handle, out};
use super::client::sandcell_client;
use super::error::{sandcell_error, sandcell_status};
use super::guard::{free, guard, text_of, value_of};
use super::text::Text;
use crate::{EngineFeature, EngineFeatures};

/// Something that not every engine can do: one of SANDCELL_ENGINE_FEATURE_*. It is not
/// what the kernel calls a capability.
///
/// A later version may add some.
pub type sandcell_engine_feature = i32;

/// What an engine can do, from sandcell_client_engine_features().
///
/// Immutable; free with sandcell_engine_features_free().
pub struct sandcell_engine_features {
    capabilities: EngineFeatures,
    lacks: Vec<(sandcell_engine_feature, Text)>,
    table: Text,
    none: Text,
}

/// Limiting memory.
pub const SANDCELL_ENGINE_FEATURE_MEMORY_LIMIT: sandcell_engine_feature = 1;
/// Limiting swap.
pub const SANDCELL_ENGINE_FEATURE_SWAP_LIMIT: sandcell_engine_feature = 2;
/// Limiting CPU time.
pub const SANDCELL_ENGINE_FEATURE_CPU_LIMIT: sandcell_engine_feature = 3;
/// Limiting the number of processes.
pub const SANDCELL_ENGINE_FEATURE_PIDS_LIMIT: sandcell_engine_feature = 4;
/// A limit to memory without one to swap.
pub const SANDCELL_ENGINE_FEATURE_UNLIMITED_SWAP: sandcell_engine_feature = 5;
/// Filtering system calls.
pub const SANDCELL_ENGINE_FEATURE_SECCOMP: sandcell_engine_feature = 6;
/// Filtering system calls by a profile of one's own.
pub const SANDCELL_ENGINE_FEATURE_SECCOMP_PROFILE: sandcell_engine_feature = 7;
/// Choosing the runtime.
pub const SANDCELL_ENGINE_FEATURE_RUNTIME: sandcell_engine_feature = 8;
/// Mounting a part of a volume.
pub const SANDCELL_ENGINE_FEATURE_VOLUME_SUBPATH: sandcell_engine_feature = 9;
/// Pausing a container.
pub const SANDCELL_ENGINE_FEATURE_PAUSE: sandcell_engine_feature = 10;
/// Keeping what a command writes right before it ends, also if it leaves input
/// unread.
pub const SANDCELL_ENGINE_FEATURE_OUTPUT_DESPITE_UNREAD_INPUT: sandcell_engine_feature = 11;
/// Proving that a killed command is gone.
pub const SANDCELL_ENGINE_FEATURE_PROVEN_KILL: sandcell_engine_feature = 12;
/// Proving that while commands of other users run in the container.
pub const SANDCELL_ENGINE_FEATURE_PROVEN_KILL_BESIDE_OTHERS: sandcell_engine_feature = 13;

/// Each number and what it stands for.
const CAPABILITIES: [(sandcell_engine_feature, EngineFeature); 13] = [
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
];

fn known(number: sandcell_engine_feature) -> Option<EngineFeature> {
    CAPABILITIES.iter().find(|(known, _)| *known == number).map(|(_, capability)| *capability)
}

impl From<EngineFeatures> for sandcell_engine_features {
    fn from(capabilities: EngineFeatures) -> Self {
        let lack = |(number, capability): &(sandcell_engine_feature, EngineFeature)| {
            Some((*number, capabilities.why_not(*capability)?.to_owned().into()))
        };
        let lacks = CAPABILITIES.iter().filter_map(lack).collect();
        let (table, none) = (capabilities.to_string().into(), String::new().into());
        sandcell_engine_features { capabilities, lacks, table, none }
    }
}

impl sandcell_engine_features {
    fn why_not(&self, number: sandcell_engine_feature) -> &Text {
        let found = self.lacks.iter().find(|(known, _)| *known == number);
        found.map_or(&self.none, |(_, text)| text)
    }
}

/// Asks what the engine can do of what not every engine can. Where it cannot, what
/// asks for it fails with SANDCELL_ERR_UNSUPPORTED.
///
/// @param client        in
/// @param capabilities  out: owned by the caller; free with
///                      sandcell_engine_features_free()
/// @param error         out, may be NULL
///
/// @return  SANDCELL_OK  *capabilities is set
///          any other   the engine cannot be asked
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_engine_features(
    client: *const sandcell_client,
    capabilities: *mut *mut sandcell_engine_features,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let client = handle("client", client)?;
            let capabilities = out("capabilities", capabilities)?;
            capabilities.write_handle(client.0.engine_features()?.into());
            Ok(())
        })
    }
}

/// Tells whether the engine can do something.
///
/// @param capabilities  in, may be NULL
/// @param number        in: one of SANDCELL_ENGINE_FEATURE_*
///
/// @return  the answer; false for NULL or another number.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_engine_features_supports(
    capabilities: *const sandcell_engine_features,
    number: sandcell_engine_feature,
) -> bool {
    let supports = |capabilities: &sandcell_engine_features| {
        known(number).is_some_and(|known| capabilities.capabilities.supports(known))
    };
    // SAFETY: the header's contract.
    unsafe { value_of(capabilities, false, supports) }
}

/// Tells why the engine cannot do something.
///
/// @param capabilities  in, may be NULL
/// @param number        in: one of SANDCELL_ENGINE_FEATURE_*
/// @param len           out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the capabilities; "" for what it can do, for
///          NULL or another number.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_engine_features_why_not(
    capabilities: *const sandcell_engine_features,
    number: sandcell_engine_feature,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(capabilities, len, |capabilities| capabilities.why_not(number)) }
}

/// Tells all of it, as a table for people.
///
/// @param capabilities  in, may be NULL
/// @param len           out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the capabilities; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_engine_features_table(
    capabilities: *const sandcell_engine_features,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(capabilities, len, |capabilities| &capabilities.table) }
}

/// Frees capabilities, and all that was borrowed from them.
///
/// @param capabilities  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the capabilities.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_engine_features_free(
    capabilities: *mut sandcell_engine_features,
) {
    // SAFETY: the header's contract.
    unsafe { free(capabilities) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{ApiVersion, SystemInfo};

    #[test]
    fn every_capability_has_a_number() {
        let all = EngineFeatures::read(&SystemInfo::default(), ApiVersion::MIN);
        let numbered = CAPABILITIES.map(|(_, capability)| capability);
        assert!(all.iter().all(|(capability, _)| numbered.contains(&capability)));
        assert_eq!(all.iter().count(), numbered.len());
    }
}
