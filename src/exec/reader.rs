//! The input of a command that a reader of the caller's gives.

use std::io::Read;

use super::streams::Streams;
use crate::error::Error;
use crate::{panics, supplied};

/// How much is read at once.
const PART: usize = 64 * 1024;

/// Passes what `reader` gives on to the command, until its end or its failure.
pub(super) fn copy_input(mut reader: Box<dyn Read + Send>, streams: &Streams) {
    let mut buffer = vec![0; PART];
    loop {
        match supplied::read(&mut reader, &mut buffer) {
            Ok(0) => break,
            Ok(count) if streams.write_all_input(&buffer[..count]) => {}
            Ok(_) => break,
            Err(error) => {
                let error = Error::passed_on("read a command's input", error);
                log::error!("a command's input ends early: {error:#}");
                streams.update(|state| state.input_error = Some(error));
                break;
            }
        }
    }
    streams.close_input();
    panics::discard(reader);
}
