//! Encodes headers of the tar archives that are sent.

use tar::{EntryType, Header};

/// The tar block size in bytes; headers and data are padded to it.
pub(super) const BLOCK: u64 = 512;
/// Two zero blocks end an archive.
pub(super) const END: [u8; 1024] = [0; 1024];

/// The metadata of an entry to be encoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub(super) kind: EntryType,
    pub(super) path: &'a [u8],
    /// The target of a symlink.
    pub(super) link: &'a [u8],
    pub(super) mode: u32,
    pub(super) size: u64,
    /// In seconds since 1970.
    pub(super) mtime: u64,
    pub(super) owner: (u32, u32),
}

impl Entry<'_> {
    /// Appends the header, preceded by extension headers for names that do not
    /// fit. Uses the GNU format, which takes names of any bytes and which every
    /// tar implementation reads.
    pub(super) fn encode(&self, archive: &mut Vec<u8>) {
        long_name(archive, EntryType::GNULongName, self.path);
        long_name(archive, EntryType::GNULongLink, self.link);
        let mut header = Header::new_gnu();
        header.set_entry_type(self.kind);
        header.set_mode(self.mode);
        header.set_size(self.size);
        header.set_mtime(self.mtime);
        header.set_uid(self.owner.0.into());
        header.set_gid(self.owner.1.into());
        let old = header.as_old_mut();
        fill(&mut old.name, self.path);
        fill(&mut old.linkname, self.link);
        finish(archive, header);
    }
}

/// The number of padding bytes after data of `size` bytes.
pub(super) fn padding(size: u64) -> usize {
    // Less than a block.
    (size.next_multiple_of(BLOCK) - size) as usize
}

fn long_name(archive: &mut Vec<u8>, kind: EntryType, name: &[u8]) {
    let mut header = Header::new_gnu();
    let old = header.as_old_mut();
    if name.len() <= old.name.len() {
        return;
    }
    fill(&mut old.name, b"././@LongLink");
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    let size = name.len() as u64 + 1; // with a NUL
    header.set_size(size);
    finish(archive, header);
    archive.extend_from_slice(name);
    archive.resize(archive.len() + 1 + padding(size), 0);
}

fn fill(field: &mut [u8], name: &[u8]) {
    let count = name.len().min(field.len());
    field[..count].copy_from_slice(&name[..count]);
}

fn finish(archive: &mut Vec<u8>, mut header: Header) {
    header.set_cksum();
    archive.extend_from_slice(header.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_round_trips() {
        let long = [b"\xff\xfe/".as_slice(), &[b'x'; 300]].concat();
        for name in [b"a".as_slice(), b"a b\n\x80", &[b'y'; 100], &[b'y'; 101], &long] {
            let mut archive = Vec::new();
            let entry = Entry {
                kind: EntryType::Symlink,
                path: name,
                link: name,
                mode: 0o4750,
                size: 0,
                mtime: 7,
                owner: (65534, 4_000_000_000),
            };
            entry.encode(&mut archive);
            archive.extend_from_slice(&END);
            let mut archive = tar::Archive::new(&archive[..]);
            let mut entries = archive.entries().unwrap();
            let found = entries.next().unwrap().unwrap();
            assert_eq!(&*found.path_bytes(), name);
            assert_eq!(&*found.link_name_bytes().unwrap(), name);
            assert_eq!(found.header().mode().unwrap(), 0o4750);
            assert_eq!(found.header().gid().unwrap(), 4_000_000_000);
            assert!(entries.next().is_none());
        }
    }
}
