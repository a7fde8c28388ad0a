//! Reads a directory whose files shrink while they are read.
//!
//! Some implementations of `tar` end in the middle of such a file. So each file gets
//! an archive of its own, which may be cut. The archives travel as lines of base64,
//! to tell where each ends; a line with the exit code of its `tar` follows.

use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::copy::CHUNK;
use super::unpack::Unpack;
use super::untar;
use super::via_exec::{Output, TAR_CHANGED};
use super::{SkipReason, TransferOptions};
use crate::api::CallContext;
use crate::error::{Error, Result};

/// Sends one archive for each entry of the directory.
pub(super) const READ_EACH: &str = r#"for tool in tar find base64; do
  command -v "$tool" >/dev/null || { echo "$tool" >&2; exit 127; }
done
cd "$1" || exit 1
find . -exec sh -c 'exec 4>&1
for path; do
  code=$({ { tar -c --no-recursion -f - "$path" 3>&-; echo $? >&3; } | base64 >&4; } 3>&1)
  echo "-$code"
done' sandcell {} +
exit 0"#;

/// The longest line that a program writes is 76 bytes; this one bounds memory.
const MAX_LINE: u64 = 64 * 1024;

/// Copies the tree that `output` sends to `host_dir`.
pub(super) fn unpack(
    output: Output<'_>,
    host_dir: &Path,
    options: &TransferOptions<'_>,
    context: &CallContext,
) -> Result<()> {
    let mut unpack = Unpack::open(host_dir, options, context)?;
    let output = BufReader::with_capacity(CHUNK, output);
    let mut segment = Segment { output, decoded: Vec::new(), taken: 0, code: None };
    while segment.begin()? {
        let unpacked = untar::each_entry(&mut segment, |entry| unpack.unpack_entry(entry));
        match (segment.end()?, unpacked) {
            // The file shrank, and what was left of it is there; or it vanished.
            (TAR_CHANGED, Err(error)) if untar::is_truncation(&error) => {}
            (_, unpacked) => unpacked?,
        }
    }
    let mut vanished = segment.output.get_ref().vanished().iter();
    vanished.try_for_each(|path| options.skip(path, SkipReason::Vanished))
}

/// The decoded lines up to the next exit code, as a reader.
struct Segment<'a> {
    output: BufReader<Output<'a>>,
    decoded: Vec<u8>,
    taken: usize,
    /// The exit code, once it was read.
    code: Option<i32>,
}

impl Segment<'_> {
    /// Starts the next segment; `false` if there is none.
    fn begin(&mut self) -> Result<bool> {
        self.code = None;
        let more = self.output.fill_buf().map(|bytes| !bytes.is_empty());
        more.map_err(|e| Error::passed_on("read the tree", e))
    }

    /// Skips the rest of the segment; returns its exit code.
    fn end(&mut self) -> Result<i32> {
        let rest = io::copy(self, &mut io::sink());
        rest.map_err(|e| Error::passed_on("read the tree", e))?;
        Ok(self.code.unwrap_or_default())
    }

    fn next_line(&mut self) -> Result<()> {
        let malformed = || Error::protocol("the transfer command sent a malformed line");
        let mut line = Vec::new();
        let read = self.output.by_ref().take(MAX_LINE).read_until(b'\n', &mut line);
        read.map_err(|e| Error::passed_on("read the tree", e))?;
        let line = line.strip_suffix(b"\n").ok_or_else(malformed)?;
        self.taken = 0;
        self.decoded.clear();
        match line.strip_prefix(b"-") {
            Some(code) => {
                let code = std::str::from_utf8(code).ok().and_then(|code| code.parse().ok());
                self.code = Some(code.ok_or_else(malformed)?);
            }
            None => {
                let decoded = BASE64_STANDARD.decode_vec(line, &mut self.decoded);
                decoded.map_err(|e| malformed().with_source(e))?;
            }
        }
        Ok(())
    }
}

impl Read for Segment<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.decoded.len() && self.code.is_none() {
            self.next_line().map_err(io::Error::other)?;
        }
        let count = (self.decoded.len() - self.taken).min(buffer.len());
        buffer[..count].copy_from_slice(&self.decoded[self.taken..][..count]);
        self.taken += count;
        Ok(count)
    }
}
