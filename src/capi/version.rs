//! The version of this library.

use std::ffi::c_char;

/// The first number of this header's version.
pub const SANDCELL_VERSION_MAJOR: u32 = 0;
/// The second number of this header's version.
pub const SANDCELL_VERSION_MINOR: u32 = 1;
/// The third number of this header's version.
pub const SANDCELL_VERSION_PATCH: u32 = 0;

/// This header's version as one number, which is greater for a later version; see
/// sandcell_version_number().
pub const SANDCELL_VERSION_NUMBER: u32 =
    SANDCELL_VERSION_MAJOR * 1000000 + SANDCELL_VERSION_MINOR * 1000 + SANDCELL_VERSION_PATCH;

const _: () = {
    assert!(number(env!("CARGO_PKG_VERSION_MAJOR")) == SANDCELL_VERSION_MAJOR);
    assert!(number(env!("CARGO_PKG_VERSION_MINOR")) == SANDCELL_VERSION_MINOR);
    assert!(number(env!("CARGO_PKG_VERSION_PATCH")) == SANDCELL_VERSION_PATCH);
};

const fn number(digits: &str) -> u32 {
    match u32::from_str_radix(digits, 10) {
        Ok(number) => number,
        Err(_) => panic!("not a number"),
    }
}

/// Returns the version of the library that the program is running with.
///
/// @return  a static text such as "0.1.0", never NULL.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn sandcell_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Returns the version of the library that the program is running with as a number,
/// to compare with SANDCELL_VERSION_NUMBER.
///
/// A library with the same SONAME has everything that the header declares if this is
/// at least SANDCELL_VERSION_NUMBER.
///
/// @return  MAJOR * 1000000 + MINOR * 1000 + PATCH: 1000 for 0.1.0.
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn sandcell_version_number() -> u32 {
    SANDCELL_VERSION_NUMBER
}
