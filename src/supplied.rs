//! Calls readers, writers and callbacks that the caller supplied. If one panics, or
//! returns an impossible byte count, the operation fails with an error that says so.

use std::io::{self, Read, Write};

use crate::error::{Error, ErrorKind, Result};
use crate::panics;

/// Reads, and retries if a signal interrupted the call.
pub(crate) fn read(from: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        let read = call("a reader", || from.read(buffer));
        match read.and_then(|read| at_most(buffer.len(), read)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Writes all of `bytes`.
pub(crate) fn write_all(to: &mut dyn Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = call("a writer", || to.write(bytes));
        match written.and_then(|written| at_most(bytes.len(), written)) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

pub(crate) fn flush(to: &mut dyn Write) -> io::Result<()> {
    call("a writer", || to.flush())?
}

/// Calls a callback. `what` names it in an error.
pub(crate) fn notify(what: &str, callback: impl FnOnce()) -> Result<()> {
    panics::catch(callback).map_err(|message| panicked(what, &message))
}

fn call<T>(what: &str, function: impl FnOnce() -> T) -> io::Result<T> {
    panics::catch(function).map_err(|message| io::Error::other(panicked(what, &message)))
}

fn at_most(max: usize, count: io::Result<usize>) -> io::Result<usize> {
    match count? {
        count if count <= max => Ok(count),
        count => {
            let problem = format!("a reader or writer returned {count} bytes, of at most {max}");
            Err(io::Error::other(Error::new(ErrorKind::Io, problem)))
        }
    }
}

fn panicked(what: &str, message: &str) -> Error {
    Error::new(ErrorKind::Io, format!("{what} supplied by the caller panicked: {message}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader and writer that calls a function.
    struct Supplied(fn(usize) -> io::Result<usize>);

    impl Read for Supplied {
        fn read(&mut self, part: &mut [u8]) -> io::Result<usize> {
            (self.0)(part.len())
        }
    }

    impl Write for Supplied {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            (self.0)(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            (self.0)(0).map(drop)
        }
    }

    #[track_caller]
    fn check(result: io::Result<impl Sized>, words: &str) {
        let error = Error::passed_on("test", result.err().unwrap());
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(format!("{error:#}").contains(words), "{error:#}");
    }

    #[test]
    fn panics_and_impossible_counts_are_errors() {
        let (mut part, panics) = ([0; 8], || Supplied(|_| panic!("expected by a test")));
        check(read(&mut panics(), &mut part), "panicked: expected by a test");
        check(write_all(&mut panics(), &part), "panicked: expected by a test");
        check(flush(&mut panics()), "panicked: expected by a test");
        check(read(&mut Supplied(|len| Ok(len + 1)), &mut part), "9 bytes, of at most 8");
        check(read(&mut Supplied(|_| Ok(usize::MAX)), &mut part), "of at most 8");
        check(write_all(&mut Supplied(|len| Ok(len + 1)), &part), "9 bytes, of at most 8");
        check(write_all(&mut Supplied(|_| Ok(0)), &part), "write zero");
        assert_eq!(read(&mut Supplied(Ok), &mut part).unwrap(), 8);
        write_all(&mut Supplied(|len| Ok(len.min(3))), &part).unwrap();
        let notified = notify("a callback", || panic!("expected"));
        check(notified.map_err(io::Error::other), "a callback supplied by the caller panicked");
    }
}
