//! Much output, and what it must be.

use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher;
use std::io::Read;

use super::front::{Front, sh};
use super::{Container, noise};

pub const MIB: usize = 1024 * 1024;

/// Reads to the end; the number of bytes and a checksum of them.
pub fn drain(mut from: impl Read) -> (usize, u64) {
    let (mut total, mut sum) = (0, DefaultHasher::new());
    loop {
        // In whole blocks: how reads are cut must not matter.
        let mut block = Vec::with_capacity(MIB);
        match from.by_ref().take(MIB as u64).read_to_end(&mut block).unwrap() {
            0 => return (total, sum.finish()),
            count => {
                total += count;
                sum.write(&block);
            }
        }
    }
}

/// A shell's text that writes `mib` MiB: the same noise, again and again.
pub fn flood<F: Front>(container: &Container<F>, mib: usize) -> String {
    assert!(container.run(&sh("cat >/tmp/noise").stdin(noise(MIB))).success());
    format!("i=0; while [ $i -lt {mib} ]; do cat /tmp/noise; i=$((i + 1)); done")
}

/// What [`drain`] says of it.
pub fn flooded(mib: usize) -> (usize, u64) {
    let (noise, mut sum) = (noise(MIB), DefaultHasher::new());
    (0..mib).for_each(|_| sum.write(&noise));
    (mib * MIB, sum.finish())
}
