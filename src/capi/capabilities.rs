//! Capabilities: what an engine can do of what not every engine can.

use std::ffi::c_char;

use super::args::{handle, out};
use super::client::sandock_client;
use super::error::{sandock_error, sandock_status};
use super::guard::{free, guard, text_of, value_of};
use super::text::Text;
use crate::{Capabilities, Capability};

/// Something that not every engine can do: one of SANDOCK_CAPABILITY_*. It is not
/// what the kernel calls a capability.
///
/// A later version may add some.
pub type sandock_capability = i32;

/// What an engine can do, from sandock_client_capabilities().
///
/// Immutable; free with sandock_capabilities_free().
pub struct sandock_capabilities {
    capabilities: Capabilities,
    lacks: Vec<(sandock_capability, Text)>,
    table: Text,
    none: Text,
}

/// Limiting memory.
pub const SANDOCK_CAPABILITY_MEMORY_LIMIT: sandock_capability = 1;
/// Limiting swap.
pub const SANDOCK_CAPABILITY_SWAP_LIMIT: sandock_capability = 2;
/// Limiting CPU time.
pub const SANDOCK_CAPABILITY_CPU_LIMIT: sandock_capability = 3;
/// Limiting the number of processes.
pub const SANDOCK_CAPABILITY_PIDS_LIMIT: sandock_capability = 4;
/// A limit to memory without one to swap.
pub const SANDOCK_CAPABILITY_UNLIMITED_SWAP: sandock_capability = 5;
/// Filtering system calls.
pub const SANDOCK_CAPABILITY_SECCOMP: sandock_capability = 6;
/// Filtering system calls by a profile of one's own.
pub const SANDOCK_CAPABILITY_SECCOMP_PROFILE: sandock_capability = 7;
/// Choosing the runtime.
pub const SANDOCK_CAPABILITY_RUNTIME: sandock_capability = 8;
/// Mounting a part of a volume.
pub const SANDOCK_CAPABILITY_VOLUME_SUBPATH: sandock_capability = 9;
/// Pausing a container.
pub const SANDOCK_CAPABILITY_PAUSE: sandock_capability = 10;
/// Keeping what a command writes right before it ends, also if it leaves input
/// unread.
pub const SANDOCK_CAPABILITY_OUTPUT_DESPITE_UNREAD_INPUT: sandock_capability = 11;
/// Proving that a killed command is gone.
pub const SANDOCK_CAPABILITY_PROVEN_KILL: sandock_capability = 12;
/// Proving that while commands of other users run in the container.
pub const SANDOCK_CAPABILITY_PROVEN_KILL_BESIDE_OTHERS: sandock_capability = 13;

/// Each number and what it stands for.
const CAPABILITIES: [(sandock_capability, Capability); 13] = [
    (SANDOCK_CAPABILITY_MEMORY_LIMIT, Capability::MemoryLimit),
    (SANDOCK_CAPABILITY_SWAP_LIMIT, Capability::SwapLimit),
    (SANDOCK_CAPABILITY_CPU_LIMIT, Capability::CpuLimit),
    (SANDOCK_CAPABILITY_PIDS_LIMIT, Capability::PidsLimit),
    (SANDOCK_CAPABILITY_UNLIMITED_SWAP, Capability::UnlimitedSwap),
    (SANDOCK_CAPABILITY_SECCOMP, Capability::Seccomp),
    (SANDOCK_CAPABILITY_SECCOMP_PROFILE, Capability::SeccompProfile),
    (SANDOCK_CAPABILITY_RUNTIME, Capability::Runtime),
    (SANDOCK_CAPABILITY_VOLUME_SUBPATH, Capability::VolumeSubpath),
    (SANDOCK_CAPABILITY_PAUSE, Capability::Pause),
    (SANDOCK_CAPABILITY_OUTPUT_DESPITE_UNREAD_INPUT, Capability::OutputDespiteUnreadInput),
    (SANDOCK_CAPABILITY_PROVEN_KILL, Capability::ProvenKill),
    (SANDOCK_CAPABILITY_PROVEN_KILL_BESIDE_OTHERS, Capability::ProvenKillBesideOthers),
];

fn known(number: sandock_capability) -> Option<Capability> {
    CAPABILITIES.iter().find(|(known, _)| *known == number).map(|(_, capability)| *capability)
}

impl From<Capabilities> for sandock_capabilities {
    fn from(capabilities: Capabilities) -> Self {
        let lack = |(number, capability): &(sandock_capability, Capability)| {
            Some((*number, capabilities.why_not(*capability)?.to_owned().into()))
        };
        let lacks = CAPABILITIES.iter().filter_map(lack).collect();
        let (table, none) = (capabilities.to_string().into(), String::new().into());
        sandock_capabilities { capabilities, lacks, table, none }
    }
}

impl sandock_capabilities {
    fn why_not(&self, number: sandock_capability) -> &Text {
        let found = self.lacks.iter().find(|(known, _)| *known == number);
        found.map_or(&self.none, |(_, text)| text)
    }
}

/// Asks what the engine can do of what not every engine can. Where it cannot, what
/// asks for it fails with SANDOCK_ERR_UNSUPPORTED.
///
/// @param client        in
/// @param capabilities  out: owned by the caller; free with
///                      sandock_capabilities_free()
/// @param error         out, may be NULL
///
/// @return  SANDOCK_OK  *capabilities is set
///          any other   the engine cannot be asked
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_client_capabilities(
    client: *const sandock_client,
    capabilities: *mut *mut sandock_capabilities,
    error: *mut *mut sandock_error,
) -> sandock_status {
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
/// @param number        in: one of SANDOCK_CAPABILITY_*
///
/// @return  the answer; false for NULL or another number.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_capabilities_supports(
    capabilities: *const sandock_capabilities,
    number: sandock_capability,
) -> bool {
    let supports = |capabilities: &sandock_capabilities| {
        known(number).is_some_and(|known| capabilities.capabilities.supports(known))
    };
    // SAFETY: the header's contract.
    unsafe { value_of(capabilities, false, supports) }
}

/// Tells why the engine cannot do something.
///
/// @param capabilities  in, may be NULL
/// @param number        in: one of SANDOCK_CAPABILITY_*
/// @param len           out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the capabilities; "" for what it can do, for
///          NULL or another number.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_capabilities_why_not(
    capabilities: *const sandock_capabilities,
    number: sandock_capability,
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
pub unsafe extern "C" fn sandock_capabilities_table(
    capabilities: *const sandock_capabilities,
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
pub unsafe extern "C" fn sandock_capabilities_free(capabilities: *mut sandock_capabilities) {
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
