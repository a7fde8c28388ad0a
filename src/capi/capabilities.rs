//! Capabilities: what an engine can do of what not every engine can.

use std::ffi::c_char;

use super::args::{handle, out};
use super::client::sandcell_client;
use super::error::{sandcell_error, sandcell_status};
use super::guard::{free, guard, text_of, value_of};
use super::text::Text;
use crate::{Capabilities, Capability};

/// Something that not every engine can do: one of SANDCELL_CAPABILITY_*. It is not
/// what the kernel calls a capability.
///
/// A later version may add some.
pub type sandcell_capability = i32;

/// What an engine can do, from sandcell_client_capabilities().
///
/// Immutable; free with sandcell_capabilities_free().
pub struct sandcell_capabilities {
    capabilities: Capabilities,
    lacks: Vec<(sandcell_capability, Text)>,
    table: Text,
    none: Text,
}

/// Limiting memory.
pub const SANDCELL_CAPABILITY_MEMORY_LIMIT: sandcell_capability = 1;
/// Limiting swap.
pub const SANDCELL_CAPABILITY_SWAP_LIMIT: sandcell_capability = 2;
/// Limiting CPU time.
pub const SANDCELL_CAPABILITY_CPU_LIMIT: sandcell_capability = 3;
/// Limiting the number of processes.
pub const SANDCELL_CAPABILITY_PIDS_LIMIT: sandcell_capability = 4;
/// A limit to memory without one to swap.
pub const SANDCELL_CAPABILITY_UNLIMITED_SWAP: sandcell_capability = 5;
/// Filtering system calls.
pub const SANDCELL_CAPABILITY_SECCOMP: sandcell_capability = 6;
/// Filtering system calls by a profile of one's own.
pub const SANDCELL_CAPABILITY_SECCOMP_PROFILE: sandcell_capability = 7;
/// Choosing the runtime.
pub const SANDCELL_CAPABILITY_RUNTIME: sandcell_capability = 8;
/// Mounting a part of a volume.
pub const SANDCELL_CAPABILITY_VOLUME_SUBPATH: sandcell_capability = 9;
/// Pausing a container.
pub const SANDCELL_CAPABILITY_PAUSE: sandcell_capability = 10;
/// Keeping what a command writes right before it ends, also if it leaves input
/// unread.
pub const SANDCELL_CAPABILITY_OUTPUT_DESPITE_UNREAD_INPUT: sandcell_capability = 11;
/// Proving that a killed command is gone.
pub const SANDCELL_CAPABILITY_PROVEN_KILL: sandcell_capability = 12;
/// Proving that while commands of other users run in the container.
pub const SANDCELL_CAPABILITY_PROVEN_KILL_BESIDE_OTHERS: sandcell_capability = 13;

/// Each number and what it stands for.
const CAPABILITIES: [(sandcell_capability, Capability); 13] = [
    (SANDCELL_CAPABILITY_MEMORY_LIMIT, Capability::MemoryLimit),
    (SANDCELL_CAPABILITY_SWAP_LIMIT, Capability::SwapLimit),
    (SANDCELL_CAPABILITY_CPU_LIMIT, Capability::CpuLimit),
    (SANDCELL_CAPABILITY_PIDS_LIMIT, Capability::PidsLimit),
    (SANDCELL_CAPABILITY_UNLIMITED_SWAP, Capability::UnlimitedSwap),
    (SANDCELL_CAPABILITY_SECCOMP, Capability::Seccomp),
    (SANDCELL_CAPABILITY_SECCOMP_PROFILE, Capability::SeccompProfile),
    (SANDCELL_CAPABILITY_RUNTIME, Capability::Runtime),
    (SANDCELL_CAPABILITY_VOLUME_SUBPATH, Capability::VolumeSubpath),
    (SANDCELL_CAPABILITY_PAUSE, Capability::Pause),
    (SANDCELL_CAPABILITY_OUTPUT_DESPITE_UNREAD_INPUT, Capability::OutputDespiteUnreadInput),
    (SANDCELL_CAPABILITY_PROVEN_KILL, Capability::ProvenKill),
    (SANDCELL_CAPABILITY_PROVEN_KILL_BESIDE_OTHERS, Capability::ProvenKillBesideOthers),
];

fn known(number: sandcell_capability) -> Option<Capability> {
    CAPABILITIES.iter().find(|(known, _)| *known == number).map(|(_, capability)| *capability)
}

impl From<Capabilities> for sandcell_capabilities {
    fn from(capabilities: Capabilities) -> Self {
        let lack = |(number, capability): &(sandcell_capability, Capability)| {
            Some((*number, capabilities.why_not(*capability)?.to_owned().into()))
        };
        let lacks = CAPABILITIES.iter().filter_map(lack).collect();
        let (table, none) = (capabilities.to_string().into(), String::new().into());
        sandcell_capabilities { capabilities, lacks, table, none }
    }
}

impl sandcell_capabilities {
    fn why_not(&self, number: sandcell_capability) -> &Text {
        let found = self.lacks.iter().find(|(known, _)| *known == number);
        found.map_or(&self.none, |(_, text)| text)
    }
}

/// Asks what the engine can do of what not every engine can. Where it cannot, what
/// asks for it fails with SANDCELL_ERR_UNSUPPORTED.
///
/// @param client        in
/// @param capabilities  out: owned by the caller; free with
///                      sandcell_capabilities_free()
/// @param error         out, may be NULL
///
/// @return  SANDCELL_OK  *capabilities is set
///          any other   the engine cannot be asked
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_capabilities(
    client: *const sandcell_client,
    capabilities: *mut *mut sandcell_capabilities,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let client = handle("client", client)?;
            let capabilities = out("capabilities", capabilities)?;
            capabilities.give(client.0.capabilities()?.into());
            Ok(())
        })
    }
}

/// Tells whether the engine can do something.
///
/// @param capabilities  in, may be NULL
/// @param number        in: one of SANDCELL_CAPABILITY_*
///
/// @return  the answer; false for NULL or another number.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_capabilities_supports(
    capabilities: *const sandcell_capabilities,
    number: sandcell_capability,
) -> bool {
    let supports = |capabilities: &sandcell_capabilities| {
        known(number).is_some_and(|known| capabilities.capabilities.supports(known))
    };
    // SAFETY: the header's contract.
    unsafe { value_of(capabilities, false, supports) }
}

/// Tells why the engine cannot do something.
///
/// @param capabilities  in, may be NULL
/// @param number        in: one of SANDCELL_CAPABILITY_*
/// @param len           out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the capabilities; "" for what it can do, for
///          NULL or another number.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_capabilities_why_not(
    capabilities: *const sandcell_capabilities,
    number: sandcell_capability,
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
pub unsafe extern "C" fn sandcell_capabilities_table(
    capabilities: *const sandcell_capabilities,
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
pub unsafe extern "C" fn sandcell_capabilities_free(capabilities: *mut sandcell_capabilities) {
    // SAFETY: the header's contract.
    unsafe { free(capabilities) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{ApiVersion, SystemInfo};

    #[test]
    fn every_capability_has_a_number() {
        let all = Capabilities::read(&SystemInfo::default(), ApiVersion::MIN);
        let numbered = CAPABILITIES.map(|(_, capability)| capability);
        assert!(all.iter().all(|(capability, _)| numbered.contains(&capability)));
        assert_eq!(all.iter().count(), numbered.len());
    }
}
