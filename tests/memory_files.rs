//! A gibibyte in and out, in constant memory and with nothing left behind. One
//! test, in a binary of its own: others at the same time would be counted too.

mod support;

use std::collections::hash_map::DefaultHasher;
use std::fs::File;
use std::hash::Hasher;
use std::io::{self, Read, Write};
use std::time::Instant;

use sandcell::{TransferMethod, TransferOptions, WriteOptions};
use support::flood::{MIB, drain, flooded};
use support::noise;
use support::process::{open_fds, resident, threads};

type Container = support::Container<sandcell::Client>;

/// A few parts of 64 KiB, twice 1 MiB of a command's streams, and what an
/// allocator keeps.
const BOUND: usize = 16 * MIB;
const SIZE: usize = 1024;

/// The same noise again and again.
struct Pattern {
    noise: Vec<u8>,
    at: usize,
}

impl Read for Pattern {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let from = self.at % MIB;
        let count = buffer.len().min(MIB - from).min(SIZE * MIB - self.at);
        buffer[..count].copy_from_slice(&self.noise[from..from + count]);
        self.at += count;
        Ok(count)
    }
}

/// Sums up what is written, in whole blocks, as [`drain`] does.
struct Sum {
    block: Vec<u8>,
    total: usize,
    sum: DefaultHasher,
}

impl Write for Sum {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(MIB - self.block.len());
        self.block.extend_from_slice(&bytes[..count]);
        self.total += count;
        if self.block.len() == MIB {
            self.sum.write(&self.block);
            self.block.clear();
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_gibibyte_goes_through_in_constant_memory() {
    let (fds, thread_count) = (open_fds(), threads());
    let container = Container::start();
    // In /tmp, gVisor has files in memory.
    let (id, dir) = (&container.id, tempfile::tempdir().unwrap());
    container
        .container(id)
        .unwrap()
        .write_file("/tmp/warm", &b"up"[..], &WriteOptions::new())
        .unwrap();
    let (expected, noise) = (flooded(SIZE), noise(MIB));
    let before = resident();
    let measured = |what: &str, transfer: &mut dyn FnMut()| {
        let started = Instant::now();
        transfer();
        let grown = resident().saturating_sub(before);
        println!("{what}: {:?}, {} KiB more", started.elapsed(), grown / 1024);
        assert!(grown < BOUND, "{what}: grew by {grown}");
    };
    measured("write of unknown size by the archive requests", &mut || {
        let pattern = Pattern { noise: noise.clone(), at: 0 };
        container
            .container(id)
            .unwrap()
            .write_file("/root/large/file", pattern, &WriteOptions::new())
            .unwrap();
    });
    measured("read by the archive requests", &mut || {
        let mut sum = Sum { block: Vec::with_capacity(MIB), total: 0, sum: DefaultHasher::new() };
        container.container(id).unwrap().copy_file_out("/root/large/file", &mut sum).unwrap();
        assert_eq!((sum.total, sum.sum.finish()), expected);
    });
    let by_exec = TransferOptions::new().method(TransferMethod::Exec);
    measured("download by a command", &mut || {
        container.container(id).unwrap().download("/root/large", dir.path(), &by_exec).unwrap();
    });
    assert_eq!(drain(File::open(dir.path().join("file")).unwrap()), expected);
    measured("upload by a command", &mut || {
        container.container(id).unwrap().upload(dir.path(), "/root/again", &by_exec).unwrap();
    });
    assert_eq!(container.sh("cmp /root/large/file /root/again/file && echo same"), "same\n");
    drop(container);
    assert_eq!((open_fds(), threads()), (fds, thread_count));
}
