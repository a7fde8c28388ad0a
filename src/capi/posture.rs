//! Posture: what an engine really enforces on a container.

use std::ffi::c_char;

use super::args::{handle, invalid, out};
use super::container::sandcell_container;
use super::error::{sandcell_error, sandcell_status};
use super::guard::guard;
use super::handles::{free, text_of, value_of};
use super::names::in_c;
use super::text::Text;
use crate::{Enforcement, Posture, Protection, Result};

/// Something that confines a container: one of SANDCELL_PROTECTION_*.
///
/// A later version may add some.
pub type sandcell_protection = i32;

/// Whether a protection is in force: one of SANDCELL_ENFORCEMENT_*.
pub type sandcell_enforcement = i32;

/// What an engine enforces on a container, from sandcell_container_posture().
///
/// Immutable; free with sandcell_posture_free().
pub struct sandcell_posture {
    posture: Posture,
    reasons: Vec<(sandcell_protection, Text)>,
    table: Text,
    none: Text,
}

/// A limit on memory.
pub const SANDCELL_PROTECTION_MEMORY: sandcell_protection = 1;
/// A limit on swap.
pub const SANDCELL_PROTECTION_SWAP: sandcell_protection = 2;
/// A limit on CPU time.
pub const SANDCELL_PROTECTION_CPUS: sandcell_protection = 3;
/// A limit on the number of processes and threads.
pub const SANDCELL_PROTECTION_PIDS: sandcell_protection = 4;
/// No network but its own loopback interface.
pub const SANDCELL_PROTECTION_NETWORK: sandcell_protection = 5;
/// No capabilities.
pub const SANDCELL_PROTECTION_CAPABILITIES: sandcell_protection = 6;
/// No way to gain privileges (no_new_privs).
pub const SANDCELL_PROTECTION_NO_NEW_PRIVILEGES: sandcell_protection = 7;
/// A system call filter.
pub const SANDCELL_PROTECTION_SECCOMP: sandcell_protection = 8;
/// An AppArmor profile.
pub const SANDCELL_PROTECTION_APPARMOR: sandcell_protection = 9;
/// A read-only root file system.
pub const SANDCELL_PROTECTION_READ_ONLY_ROOT: sandcell_protection = 10;
/// Root in the container is an unprivileged user on the host.
pub const SANDCELL_PROTECTION_USER_NAMESPACE: sandcell_protection = 11;
/// An init process, which reaps orphaned processes.
pub const SANDCELL_PROTECTION_INIT: sandcell_protection = 12;
/// What watches the commands, and ends the container with its lifetime, is out of
/// the commands' reach.
pub const SANDCELL_PROTECTION_WATCHERS: sandcell_protection = 13;

/// It is in force.
pub const SANDCELL_ENFORCEMENT_ENFORCED: sandcell_enforcement = 1;
/// It is not in force.
pub const SANDCELL_ENFORCEMENT_NOT_ENFORCED: sandcell_enforcement = 2;
/// Not known: the engine, or a proxy in front of it, does not report it.
pub const SANDCELL_ENFORCEMENT_UNKNOWN: sandcell_enforcement = 3;

/// Each number and the protection that it stands for.
const PROTECTIONS: [(sandcell_protection, Protection); 13] = [
    (SANDCELL_PROTECTION_MEMORY, Protection::Memory),
    (SANDCELL_PROTECTION_SWAP, Protection::Swap),
    (SANDCELL_PROTECTION_CPUS, Protection::Cpus),
    (SANDCELL_PROTECTION_PIDS, Protection::Pids),
    (SANDCELL_PROTECTION_NETWORK, Protection::Network),
    (SANDCELL_PROTECTION_CAPABILITIES, Protection::Capabilities),
    (SANDCELL_PROTECTION_NO_NEW_PRIVILEGES, Protection::NoNewPrivileges),
    (SANDCELL_PROTECTION_SECCOMP, Protection::Seccomp),
    (SANDCELL_PROTECTION_APPARMOR, Protection::AppArmor),
    (SANDCELL_PROTECTION_READ_ONLY_ROOT, Protection::ReadOnlyRoot),
    (SANDCELL_PROTECTION_USER_NAMESPACE, Protection::UserNamespace),
    (SANDCELL_PROTECTION_INIT, Protection::Init),
    (SANDCELL_PROTECTION_WATCHERS, Protection::Watchers),
];

pub(super) fn protection(name: &str, number: sandcell_protection) -> Result<Protection> {
    let found = PROTECTIONS.iter().find(|(known, _)| *known == number);
    let problem = || invalid(name, format_args!("{number} is none of SANDCELL_PROTECTION_*"));
    found.map(|(_, protection)| *protection).ok_or_else(problem)
}

impl From<Posture> for sandcell_posture {
    fn from(posture: Posture) -> Self {
        let reason = |(protection, enforcement): (Protection, &Enforcement)| {
            let (number, _) = PROTECTIONS.iter().find(|(_, known)| *known == protection)?;
            Some((*number, in_c(enforcement.reason().to_owned()).into()))
        };
        let reasons = posture.iter().filter_map(reason).collect();
        let (table, none) = (in_c(posture.to_string()).into(), String::new().into());
        sandcell_posture { posture, reasons, table, none }
    }
}

impl sandcell_posture {
    fn reason(&self, number: sandcell_protection) -> &Text {
        let found = self.reasons.iter().find(|(known, _)| *known == number);
        found.map_or(&self.none, |(_, text)| text)
    }
}

/// Asks the engine what it enforces on a container, and what it does not.
///
/// The answer is read back from the engine, whichever program created the
/// container.
///
/// @param container  in
/// @param posture    out: owned by the caller; free with sandcell_posture_free()
/// @param error      out, may be NULL
///
/// @return  SANDCELL_OK             *posture is set
///          SANDCELL_ERR_NOT_FOUND  there is no such container
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_container_posture(
    container: *const sandcell_container,
    posture: *mut *mut sandcell_posture,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (container, posture) = (handle("container", container)?, out("posture", posture)?);
            posture.write_handle(container.inner.posture()?.into());
            Ok(())
        })
    }
}

/// Returns how many protections there are, in force or not.
///
/// @param posture  in, may be NULL
///
/// @return  the number; 0 for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_posture_len(posture: *const sandcell_posture) -> usize {
    // SAFETY: the header's contract.
    unsafe { value_of(posture, 0, |posture| posture.reasons.len()) }
}

/// Returns one of the protections, to go through all of them.
///
/// @param posture  in, may be NULL
/// @param index    in: from 0
///
/// @return  one of SANDCELL_PROTECTION_*; 0 for NULL or an index that is too large.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_posture_get(
    posture: *const sandcell_posture,
    index: usize,
) -> sandcell_protection {
    let number =
        |posture: &sandcell_posture| posture.reasons.get(index).map_or(0, |(number, _)| *number);
    // SAFETY: the header's contract.
    unsafe { value_of(posture, 0, number) }
}

/// Returns whether a protection is known to be in force.
///
/// @param posture  in, may be NULL
/// @param number   in: one of SANDCELL_PROTECTION_*
///
/// @return  true if so; false for NULL or another number.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_posture_is_enforced(
    posture: *const sandcell_posture,
    number: sandcell_protection,
) -> bool {
    let is_enforced = |posture: &sandcell_posture| {
        protection("number", number).is_ok_and(|known| posture.posture.is_enforced(known))
    };
    // SAFETY: the header's contract.
    unsafe { value_of(posture, false, is_enforced) }
}

/// Returns whether a protection is in force, is not, or whether that is unknown.
///
/// @param posture  in, may be NULL
/// @param number   in: one of SANDCELL_PROTECTION_*
///
/// @return  one of SANDCELL_ENFORCEMENT_*; SANDCELL_ENFORCEMENT_UNKNOWN for NULL or
///          another number.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_posture_enforcement(
    posture: *const sandcell_posture,
    number: sandcell_protection,
) -> sandcell_enforcement {
    let enforcement = |posture: &sandcell_posture| {
        let known = protection("number", number).ok();
        match known.and_then(|known| posture.posture.enforcement(known)) {
            Some(Enforcement::Enforced(_)) => SANDCELL_ENFORCEMENT_ENFORCED,
            Some(Enforcement::NotEnforced(_)) => SANDCELL_ENFORCEMENT_NOT_ENFORCED,
            Some(Enforcement::Unknown(_)) | None => SANDCELL_ENFORCEMENT_UNKNOWN,
        }
    };
    // SAFETY: the header's contract.
    unsafe { value_of(posture, SANDCELL_ENFORCEMENT_UNKNOWN, enforcement) }
}

/// Returns how far a protection goes, such as "512 processes", why it is not in
/// force, or why that is unknown.
///
/// @param posture  in, may be NULL
/// @param number   in: one of SANDCELL_PROTECTION_*
/// @param len      out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the posture; "" for NULL or another number.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_posture_reason(
    posture: *const sandcell_posture,
    number: sandcell_protection,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's contract.
    unsafe { text_of(posture, len, |posture| posture.reason(number)) }
}

/// Returns the whole posture as a table, for people.
///
/// @param posture  in, may be NULL
/// @param len      out, may be NULL: the length in bytes, without the NUL
///
/// @return  a text, borrowed from the posture; "" for NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_posture_table(
    posture: *const sandcell_posture,
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
pub unsafe extern "C" fn sandcell_posture_free(posture: *mut sandcell_posture) {
    // SAFETY: the header's contract.
    unsafe { free(posture) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_protection_has_a_number() {
        let posture = sandcell_posture::from(Posture::unknown("it is a test"));
        assert_eq!(posture.reasons.len(), posture.posture.iter().count());
        assert_eq!(posture.reasons.len(), PROTECTIONS.len());
    }
}
