//! Postures: what an engine really enforces on a container.

use std::ffi::c_char;

use super::args::{handle, invalid, out, text};
use super::client::sandock_client;
use super::error::{sandock_error, sandock_status};
use super::guard::{free, guard, text_of, value_of};
use super::text::Text;
use crate::{Enforcement, Posture, Protection, Result};

/// Something that keeps a container in its place: one of SANDOCK_PROTECTION_*.
///
/// A later version may add some.
pub type sandock_protection = i32;

/// Whether a protection is in force: one of SANDOCK_ENFORCEMENT_*.
pub type sandock_enforcement = i32;

/// What an engine enforces on a container, from sandock_client_posture().
///
/// Immutable; free with sandock_posture_free().
pub struct sandock_posture {
    posture: Posture,
    reasons: Vec<(sandock_protection, Text)>,
    table: Text,
    none: Text,
}

/// A limit to memory.
pub const SANDOCK_PROTECTION_MEMORY: sandock_protection = 1;
/// A limit to swap.
pub const SANDOCK_PROTECTION_SWAP: sandock_protection = 2;
/// A limit to CPU time.
pub const SANDOCK_PROTECTION_CPUS: sandock_protection = 3;
/// A limit to the number of processes and threads.
pub const SANDOCK_PROTECTION_PIDS: sandock_protection = 4;
/// No network but its own loopback interface.
pub const SANDOCK_PROTECTION_NETWORK: sandock_protection = 5;
/// No capabilities.
pub const SANDOCK_PROTECTION_CAPABILITIES: sandock_protection = 6;
/// No way to gain privileges.
pub const SANDOCK_PROTECTION_NO_NEW_PRIVILEGES: sandock_protection = 7;
/// A filter of system calls.
pub const SANDOCK_PROTECTION_SECCOMP: sandock_protection = 8;
/// An AppArmor profile.
pub const SANDOCK_PROTECTION_APPARMOR: sandock_protection = 9;
/// A root file system that cannot be written to.
pub const SANDOCK_PROTECTION_READ_ONLY_ROOT: sandock_protection = 10;
/// Root in the container is nobody on the host.
pub const SANDOCK_PROTECTION_USER_NAMESPACE: sandock_protection = 11;
/// An init process, which reaps orphaned processes.
pub const SANDOCK_PROTECTION_INIT: sandock_protection = 12;
/// What watches the commands, and ends the container with its lifetime, is out
/// of their reach.
pub const SANDOCK_PROTECTION_WATCHERS: sandock_protection = 13;

/// It is.
pub const SANDOCK_ENFORCEMENT_ENFORCED: sandock_enforcement = 1;
/// It is not.
pub const SANDOCK_ENFORCEMENT_NOT_ENFORCED: sandock_enforcement = 2;
/// It cannot be told: the engine, or a proxy before it, keeps to itself what it
/// rests on.
pub const SANDOCK_ENFORCEMENT_UNKNOWN: sandock_enforcement = 3;

/// Each number and what it stands for.
const PROTECTIONS: [(sandock_protection, Protection); 13] = [
    (SANDOCK_PROTECTION_MEMORY, Protection::Memory),
    (SANDOCK_PROTECTION_SWAP, Protection::Swap),
    (SANDOCK_PROTECTION_CPUS, Protection::Cpus),
    (SANDOCK_PROTECTION_PIDS, Protection::Pids),
    (SANDOCK_PROTECTION_NETWORK, Protection::Network),
    (SANDOCK_PROTECTION_CAPABILITIES, Protection::Capabilities),
    (SANDOCK_PROTECTION_NO_NEW_PRIVILEGES, Protection::NoNewPrivileges),
    (SANDOCK_PROTECTION_SECCOMP, Protection::Seccomp),
    (SANDOCK_PROTECTION_APPARMOR, Protection::AppArmor),
    (SANDOCK_PROTECTION_READ_ONLY_ROOT, Protection::ReadOnlyRoot),
    (SANDOCK_PROTECTION_USER_NAMESPACE, Protection::UserNamespace),
    (SANDOCK_PROTECTION_INIT, Protection::Init),
    (SANDOCK_PROTECTION_WATCHERS, Protection::Watchers),
];

pub(super) fn protection(name: &str, number: sandock_protection) -> Result<Protection> {
    let found = PROTECTIONS.iter().find(|(known, _)| *known == number);
    let problem = || invalid(name, format_args!("{number} is none of SANDOCK_PROTECTION_*"));
    found.map(|(_, protection)| *protection).ok_or_else(problem)
}

impl From<Posture> for sandock_posture {
    fn from(posture: Posture) -> Self {
        let reason = |(protection, enforcement): (Protection, &Enforcement)| {
            let (number, _) = PROTECTIONS.iter().find(|(_, known)| *known == protection)?;
            Some((*number, enforcement.reason().to_owned().into()))
        };
        let reasons = posture.iter().filter_map(reason).collect();
        let (table, none) = (posture.to_string().into(), String::new().into());
        sandock_posture { posture, reasons, table, none }
    }
}

impl sandock_posture {
    fn reason(&self, number: sandock_protection) -> &Text {
        let found = self.reasons.iter().find(|(known, _)| *known == number);
        found.map_or(&self.none, |(_, text)| text)
    }
}

/// Asks what the engine enforces on a container, and what not: read back from
/// the engine, of whoever's container.
///
/// @param client                    in
/// @param container, container_len  in: an id or a name
/// @param posture                   out: owned by the caller; free with
///                                  sandock_posture_free()
/// @param error                     out, may be NULL
///
/// @return  SANDOCK_OK             *posture is set
///          SANDOCK_ERR_NOT_FOUND  there is no such container
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_client_posture(
    client: *const sandock_client,
    container: *const c_char,
    container_len: usize,
    posture: *mut *mut sandock_posture,
    error: *mut *mut sandock_error,
) -> sandock_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let client = handle("client", client)?;
            let container = text("container", container, container_len)?;
            let posture = out("posture", posture)?;
            posture.give(client.0.posture(container)?.into());
            Ok(())
        })
    }
}

/// Tells whether a protection is known to be in force.
///
/// @param posture  in, may be NULL
/// @param number   in: one of SANDOCK_PROTECTION_*
///
/// @return  the answer; false for NULL or another number.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_posture_is_enforced(
    posture: *const sandock_posture,
    number: sandock_protection,
) -> bool {
    let is_enforced = |posture: &sandock_posture| {
        protection("number", number).is_ok_and(|known| posture.posture.is_enforced(known))
    };
    // SAFETY: the header's contract.
    unsafe { value_of(posture, false, is_enforced) }
}

/// Tells whether a protection is in force, is not, or whether nobody knows.
///
/// @param posture  in, may be NULL
/// @param number   in: one of SANDOCK_PROTECTION_*
///
/// @return  one of SANDOCK_ENFORCEMENT_*; SANDOCK_ENFORCEMENT_UNKNOWN for NULL or
///          another number.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_posture_enforcement(
    posture: *const sandock_posture,
    number: sandock_protection,
) -> sandock_enforcement {
    let enforcement = |posture: &sandock_posture| {
        let known = protection("number", number).ok();
        match known.and_then(|known| posture.posture.enforcement(known)) {
            Some(Enforcement::Enforced(_)) => SANDOCK_ENFORCEMENT_ENFORCED,
            Some(Enforcement::NotEnforced(_)) => SANDOCK_ENFORCEMENT_NOT_ENFORCED,
            Some(Enforcement::Unknown(_)) | None => SANDOCK_ENFORCEMENT_UNKNOWN,
        }
    };
    // SAFETY: the header's contract.
    unsafe { value_of(posture, SANDOCK_ENFORCEMENT_UNKNOWN, enforcement) }
}

/// Tells how far a protection goes, such as "512 processes", why it is not in
/// force, or why that cannot be told.
///
/// @param posture  in, may be NULL
/// @param number   in: one of SANDOCK_PROTECTION_*
/// @param len      out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the posture; "" for NULL or another number.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_posture_reason(
    posture: *const sandock_posture,
    number: sandock_protection,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(posture, len, |posture| posture.reason(number)) }
}

/// Tells all of it, as a table for people.
///
/// @param posture  in, may be NULL
/// @param len      out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the posture; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_posture_table(
    posture: *const sandock_posture,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(posture, len, |posture| &posture.table) }
}

/// Frees a posture, and all that was borrowed from it.
///
/// @param posture  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the posture.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandock_posture_free(posture: *mut sandock_posture) {
    // SAFETY: the header's contract.
    unsafe { free(posture) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_protection_has_a_number() {
        let posture = sandock_posture::from(Posture::unknown("it is a test"));
        assert_eq!(posture.reasons.len(), posture.posture.iter().count());
        assert_eq!(posture.reasons.len(), PROTECTIONS.len());
    }
}
