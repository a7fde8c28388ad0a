//! Why a command could not be started: what is known of it beforehand, and what
//! engines say.
//!
//! What the kernel refuses when all else is done is told by runc and crun from within
//! the container, on the command's own error output, with exit code 1 or 255:
//! a script whose interpreter does not exist, a file of no known format, a device,
//! more arguments than fit beside the container's own environment. A command can say
//! that of itself, so it is output; gVisor alone refuses it from outside. This is why
//! arguments are measured here, before.

use crate::api::ExecCreateRequest;
use crate::error::{Error, ErrorKind, Result};

/// Linux takes no longer argument, or variable with its name, with the NUL behind it.
const MAX_STRING: usize = 128 * 1024 - 1;
/// As much of all of them, with a pointer to each, fits on the stack that programs
/// have by default; what is missing to 2 MiB is for the container's environment.
const MAX_STRINGS: usize = 2 * 1024 * 1024 - 16 * 1024;

/// Refuses what can be started nowhere, the same for every engine.
pub(super) fn refuse(request: &ExecCreateRequest) -> Result<()> {
    refuse_user(&request.user)?;
    for (index, argument) in request.cmd.iter().enumerate() {
        refuse_string(argument, || format!("argv: argument {index}"))?;
    }
    for variable in &request.env {
        let name = || variable.split_once('=').map_or("", |(name, _)| name);
        refuse_string(variable, || format!("env: {:?}", name()))?;
    }
    let strings = request.cmd.iter().chain(&request.env);
    let size: usize = strings.map(|string| string.len() + 1 + size_of::<u64>()).sum();
    if size > MAX_STRINGS {
        let problem = format!("argv, env: they take {size} bytes; Linux takes {MAX_STRINGS}");
        return Err(Error::new(ErrorKind::ArgumentsTooLong, problem));
    }
    Ok(())
}

fn refuse_string(string: &str, what: impl FnOnce() -> String) -> Result<()> {
    if string.len() <= MAX_STRING {
        return Ok(());
    }
    let problem = format!("{} has {} bytes; Linux takes {MAX_STRING}", what(), string.len());
    Err(Error::new(ErrorKind::ArgumentsTooLong, problem))
}

/// Engines take a user or a group that is left out, behind or before a colon, for
/// root, and differ on a second colon.
fn refuse_user(user: &str) -> Result<()> {
    let mut parts = user.split(':');
    if user.is_empty() || (parts.clone().count() <= 2 && parts.all(|part| !part.is_empty())) {
        return Ok(());
    }
    let problem = format!("user: {user:?} is none; it must be USER or USER:GROUP");
    Err(Error::new(ErrorKind::BadUser, problem))
}

/// What a report is about, by the words that it begins with; before them are
/// only the runtime's own, and behind them is what the caller chose.
const SUBJECTS: [(&str, Subject); 16] = [
    ("unable to find user", Subject::Is(ErrorKind::BadUser)),
    ("unable to find group", Subject::Is(ErrorKind::BadUser)),
    ("no matching entries in ", Subject::Is(ErrorKind::BadUser)),
    ("uids and gids must be in range", Subject::Is(ErrorKind::BadUser)),
    ("chdir to ", Subject::Is(ErrorKind::BadWorkingDir)),
    ("chdir `", Subject::Is(ErrorKind::BadWorkingDir)),
    ("workdir", Subject::Is(ErrorKind::BadWorkingDir)),
    ("working directory", Subject::Is(ErrorKind::BadWorkingDir)),
    ("executable file `", Subject::Is(ErrorKind::CommandNotFound)),
    ("the path `", Subject::Is(ErrorKind::CommandNotExecutable)),
    ("exec: \"", Subject::Program),
    ("open executable", Subject::Program),
    ("executing command \"", Subject::Program),
    ("open `", Subject::Program),
    ("message length ", Subject::Is(ErrorKind::ArgumentsTooLong)),
    ("argument list too long", Subject::Is(ErrorKind::ArgumentsTooLong)),
];

#[derive(Clone, Copy)]
enum Subject {
    Is(ErrorKind),
    /// Why the program cannot be run is said last.
    Program,
}

const PROBLEMS: [(&str, ErrorKind); 11] = [
    ("no such file or directory", ErrorKind::CommandNotFound),
    ("executable file not found", ErrorKind::CommandNotFound),
    ("not a directory", ErrorKind::CommandNotFound),
    ("too many levels of symbolic links", ErrorKind::CommandNotFound),
    ("too many symbolic links", ErrorKind::CommandNotFound),
    ("file name too long", ErrorKind::CommandNotFound),
    ("permission denied", ErrorKind::CommandNotExecutable),
    ("operation not permitted", ErrorKind::CommandNotExecutable),
    ("is a directory", ErrorKind::CommandNotExecutable),
    ("exec format error", ErrorKind::CommandNotExecutable),
    ("argument list too long", ErrorKind::ArgumentsTooLong),
];

/// What an engine's words say about a command that could not be started.
pub(super) fn kind_of(report: &str) -> ErrorKind {
    let text = report.to_ascii_lowercase();
    let found = SUBJECTS.iter().filter_map(|(words, subject)| Some((text.find(words)?, subject)));
    match found.min_by_key(|(at, _)| *at) {
        None => ErrorKind::ExecStart,
        Some((_, Subject::Is(kind))) => *kind,
        Some((at, Subject::Program)) => {
            let said = &text[at..];
            // What the engine adds in its own words is behind it, too.
            let said = said.rfind(": oci ").map_or(said, |end| &said[..end]);
            let found =
                PROBLEMS.iter().filter_map(|(words, kind)| Some((said.rfind(words)?, kind)));
            found.max_by_key(|(at, _)| *at).map_or(ErrorKind::ExecStart, |(_, kind)| *kind)
        }
    }
}

/// Words of whatever an engine says of its OCI runtime.
const RUNTIMES: [&str; 3] = ["OCI runtime ", "OCI permission denied", "exec failed: "];

/// The same error, typed if the engine says that the command is at fault.
pub(super) fn typed(error: Error) -> Error {
    if error.kind() != ErrorKind::Engine {
        return error;
    }
    let text = format!("{error:#}");
    match kind_of(&text) {
        ErrorKind::ExecStart if !RUNTIMES.iter().any(|name| text.contains(name)) => error,
        kind => error.with_kind(kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "OCI runtime exec failed: exec failed: unable to start container \
                          process: exec: \"x\": executable file not found in $PATH: unknown\r\n";

    #[track_caller]
    fn assert_kinds(kind: ErrorKind, reports: &[&str]) {
        for report in reports {
            assert_eq!(kind_of(report), kind, "{report}");
        }
    }

    // What runc 1.0 to 1.3 and crun 1.8 to 1.20 say, by Docker and by Podman.

    #[test]
    fn a_program_that_is_not_there() {
        assert_kinds(
            ErrorKind::CommandNotFound,
            &[
                REPORT,
                "exec failed: container_linux.go:380: starting container process caused: exec: \
                 \"no\": executable file not found in $PATH: unknown",
                "exec: \"/no\": stat /no: no such file or directory: unknown",
                "exec: \"/t/loop\": stat /t/loop: too many levels of symbolic links: unknown",
                "exec: \"/etc/passwd/x\": stat /etc/passwd/x: not a directory: unknown: Are you \
                 trying to mount a directory onto a file (or vice-versa)? Check if the specified \
                 host path exists and is the expected type",
                "OCI runtime exec failed: executable file `no` not found in $PATH: No such file or \
                 directory: unknown",
                "Error: crun: executable file `/no` not found: No such file or directory: OCI \
                 runtime attempted to invoke a command that was not found",
                "OCI runtime exec failed: executing processes for container: executing command \
                 \"no\" in sandbox: error finding executable \"no\" in PATH [/bin]: no such file or \
                 directory: unknown",
                "Error: crun: open `/t/loop`: Too many levels of symbolic links: OCI runtime error",
                "exec: \"/chdir to /permission denied\": stat /chdir to /permission denied: no such \
                 file or directory: unknown",
                "exec: \"unable to find user x\": executable file not found in $PATH: unknown",
            ],
        );
    }

    #[test]
    fn a_program_that_is_none() {
        assert_kinds(
            ErrorKind::CommandNotExecutable,
            &[
                "exec: \"/etc/passwd\": permission denied: unknown",
                "exec: \"/etc\": is a directory: permission denied",
                "Error: runc: exec failed: unable to start container process: exec: \"/etc\": is a \
                 directory: OCI runtime error",
                "OCI runtime exec failed: open executable: Permission denied: unknown",
                "OCI runtime exec failed: open executable: Operation not permitted: unknown",
                "Error: crun: the path `/etc` is not a regular file: Operation not permitted: OCI \
                 permission denied",
                "Error: crun: the path `/x` exists but it is not executable: Operation not \
                 permitted: OCI permission denied",
                "exec: \"/no such file or directory\": permission denied: unknown",
            ],
        );
    }

    #[test]
    fn a_directory_or_a_user_that_is_none() {
        assert_kinds(
            ErrorKind::BadWorkingDir,
            &[
                "OCI runtime exec failed: exec failed: unable to start container process: chdir to \
                 cwd (\"/no\") set in config.json failed: no such file or directory: unknown",
                "Error: runc: exec failed: unable to start container process: chdir to cwd \
                 (\"/no\") set in config.json failed: no such file or directory: OCI runtime \
                 attempted to invoke a command that was not found",
                "OCI runtime exec failed: chdir `/etc/passwd`: Not a directory: unknown",
                "Error: crun: chdir to `/no`: No such file or directory: OCI runtime attempted to \
                 invoke a command that was not found",
            ],
        );
        assert_kinds(
            ErrorKind::BadUser,
            &[
                "unable to find user x: no matching entries in passwd file",
                "unable to find group x: no matching entries in group file",
                "uids and gids must be in range 0-2147483647",
            ],
        );
    }

    #[test]
    fn other_reports() {
        assert_kinds(
            ErrorKind::ArgumentsTooLong,
            &[
                "message length 7001678 exceed maximum message size of 4194304: unknown",
                "ResourceExhausted: rpc error: code = ResourceExhausted desc = message length 7 \
                 exceed maximum message size of 4",
                "fork/exec /usr/bin/conmon: argument list too long",
            ],
        );
        // What races with a container's end; it is asked for its state.
        assert_kinds(
            ErrorKind::ExecStart,
            &[
                "something else",
                "cannot exec in a stopped state: unknown",
                "task 0d1bd66e: not found",
                "OCI runtime exec failed: exec failed: cannot exec in a stopped container: unknown",
                "OCI runtime exec failed: exec failed: unable to start container process: error \
                 writing config to pipe: write init-p: broken pipe: unknown",
                "OCI runtime exec failed: exec failed: unable to create new parent process: \
                 namespace path: lstat /proc/31797/ns/ipc: no such file or directory",
                "OCI runtime exec failed: exec failed: unable to start container process: \
                 procReady not received",
            ],
        );
    }

    #[test]
    fn what_fits_nowhere_is_refused_before() {
        let request = |cmd: &[&str], env: &[&str], user: &str| ExecCreateRequest {
            cmd: cmd.iter().map(|&arg| arg.to_owned()).collect(),
            env: env.iter().map(|&variable| variable.to_owned()).collect(),
            user: user.to_owned(),
            ..Default::default()
        };
        let (fits, long) = ("x".repeat(131_071), "x".repeat(131_072));
        let secret = format!("NAME={long}");
        refuse(&request(&["a", &fits], &[&secret[..131_071]], "")).unwrap();
        for (request, words) in [
            (request(&["a", &long], &[], ""), "argv: argument 1"),
            (request(&["a"], &[&secret], ""), "env: \"NAME\""),
            (request(&[fits.as_str(); 16], &[], ""), "argv, env: "),
        ] {
            let error = refuse(&request).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ArgumentsTooLong);
            assert!(error.to_string().starts_with(words) && !error.to_string().contains("xx"));
        }
        for user in [":", "0:", ":0", "0:0:0"] {
            assert_eq!(refuse(&request(&["a"], &[], user)).unwrap_err().kind(), ErrorKind::BadUser);
        }
        for user in ["", "root", "0:0", "-1"] {
            refuse(&request(&["a"], &[], user)).unwrap();
        }
    }
}
