//! What the caller supplied: readers, writers and callbacks. They may panic, or
//! say that they did more than they could; either is an error of theirs, and
//! ends what they were for.

use std::io::{self, Read, Write};

use crate::error::{Error, ErrorKind, Result};
use crate::panics;

/// Reads, again if a signal interrupted it.
pub(crate) fn read(from: &mut dyn Read, part: &mut [u8]) -> io::Result<usize> {
    loop {
        match call("a reader", || from.read(part)).and_then(|read| at_most(part.len(), read)) {
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

/// Calls the caller's `function`.
pub(crate) fn tell(who: &str, function: impl FnOnce()) -> Result<()> {
    panics::catch(function).map_err(|words| panicked(who, &words))
}

fn call<T>(who: &str, function: impl FnOnce() -> T) -> io::Result<T> {
    panics::catch(function).map_err(|words| io::Error::other(panicked(who, &words)))
}

fn at_most(max: usize, count: io::Result<usize>) -> io::Result<usize> {
    match count? {
        count if count <= max => Ok(count),
        count => {
            let problem = format!("a reader or writer says {count} bytes, of {max} at most");
            Err(io::Error::other(Error::new(ErrorKind::Io, problem)))
        }
    }
}

fn panicked(who: &str, words: &str) -> Error {
    Error::new(ErrorKind::Io, format!("{who} of the caller's panicked: {words}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Does what it is told.
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
    fn what_is_not_so_is_an_error() {
        let (mut part, panics) = ([0; 8], || Supplied(|_| panic!("expected by a test")));
        check(read(&mut panics(), &mut part), "panicked: expected by a test");
        check(write_all(&mut panics(), &part), "panicked: expected by a test");
        check(flush(&mut panics()), "panicked: expected by a test");
        check(read(&mut Supplied(|len| Ok(len + 1)), &mut part), "9 bytes, of 8");
        check(read(&mut Supplied(|_| Ok(usize::MAX)), &mut part), "of 8 at most");
        check(write_all(&mut Supplied(|len| Ok(len + 1)), &part), "9 bytes, of 8");
        check(write_all(&mut Supplied(|_| Ok(0)), &part), "write zero");
        assert_eq!(read(&mut Supplied(Ok), &mut part).unwrap(), 8);
        write_all(&mut Supplied(|len| Ok(len.min(3))), &part).unwrap();
        check(tell("a callback", || panic!("expected")).map_err(io::Error::other), "a callback of");
    }
}
