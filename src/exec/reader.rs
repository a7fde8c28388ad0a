//! Command input from a caller's reader.

use std::io::Read;

use super::streams::Streams;
use crate::error::Error;
use crate::{panics, supplied};

/// How much is read at once: at first, and after a read that filled the buffer.
const CHUNK_SIZE: usize = 4 * 1024;
const BULK_CHUNK_SIZE: usize = 64 * 1024;

/// Copies `reader` to the command's input until end-of-file or an error.
pub(super) fn copy_input(mut reader: Box<dyn Read + Send>, streams: &Streams) {
    let mut buffer = vec![0; CHUNK_SIZE];
    loop {
        match supplied::read(&mut reader, &mut buffer) {
            Ok(0) => break,
            Ok(count) if streams.write_all_input(&buffer[..count]) => {
                if count == buffer.len() {
                    buffer.resize(BULK_CHUNK_SIZE, 0);
                }
            }
            Ok(_) => break,
            Err(error) => {
                let error = Error::passed_on("read a command's input", error);
                log::error!("a command's input ended early: {error:#}");
                streams.update(|state| state.input_error = Some(error));
                break;
            }
        }
    }
    streams.close_input();
    panics::discard(reader);
}
