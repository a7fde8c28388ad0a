//! Why a command could not be started: checks before the start, and
//! classification of engine errors.
//!
//! For what the kernel refuses last, runc and crun report from within the
//! container, on the command's standard error, with exit code 1 or 255: a script
//! whose interpreter does not exist, a file of unknown format, a device, or
//! arguments that do not fit beside the container's own environment. A command
//! can imitate that, so it counts as output; only gVisor reports it from outside.
//! That is why the size of arguments is checked here beforehand.

use crate::api::ExecCreateRequest;
use crate::error::{Error, ErrorKind, Result};

/// Linux's limit for an argument or an environment variable, without the
/// terminating NUL.
const MAX_STRING: usize = 128 * 1024 - 1;
/// The limit for all of them, with a pointer for each, under the default stack
/// limit; the rest to 2 MiB is for the container's own environment.
const MAX_STRINGS: usize = 2 * 1024 * 1024 - 16 * 1024;

/// Refuses what no engine can start.
pub(super) fn validate(request: &ExecCreateRequest) -> Result<()> {
    validate_user(&request.user)?;
    for (index, argument) in request.cmd.iter().enumerate() {
        validate_string(argument, || format!("argv: argument {index}"))?;
    }
    for variable in &request.env {
        let name = || variable.split_once('=').map_or("", |(name, _)| name);
        validate_string(variable, || format!("env: {:?}", name()))?;
    }
    let strings = request.cmd.iter().chain(&request.env);
    let size: usize = strings.map(|string| string.len() + 1 + size_of::<u64>()).sum();
    if size > MAX_STRINGS {
        let problem =
            format!("argv, env: total size {size} exceeds the limit of {MAX_STRINGS} bytes");
        return Err(Error::new(ErrorKind::ArgumentsTooLong, problem));
    }
    Ok(())
}

fn validate_string(string: &str, what: impl FnOnce() -> String) -> Result<()> {
    if string.len() <= MAX_STRING {
        return Ok(());
    }
    let problem = format!("{} has {} bytes; the limit is {MAX_STRING}", what(), string.len());
    Err(Error::new(ErrorKind::ArgumentsTooLong, problem))
}

/// Refuses an empty user or group around a colon, which engines treat as root,
/// and a second colon, which they treat differently.
fn validate_user(user: &str) -> Result<()> {
    let mut parts = user.split(':');
    if user.is_empty() || (parts.clone().count() <= 2 && parts.all(|part| !part.is_empty())) {
        return Ok(());
    }
    let problem = format!("user: {user:?} must be USER or USER:GROUP");
    Err(Error::new(ErrorKind::BadUser, problem))
}

/// What a report is about, by its first matching words: only the runtime's own
/// words precede them, and text chosen by the caller may follow.
const SUBJECTS: [(&str, Subject); 21] = [
    ("unable to find user", Subject::Is(ErrorKind::BadUser)),
    ("unable to find group", Subject::Is(ErrorKind::BadUser)),
    ("no matching entries in ", Subject::Is(ErrorKind::BadUser)),
    ("unknown user error", Subject::Is(ErrorKind::BadUser)),
    ("unknown group error", Subject::Is(ErrorKind::BadUser)),
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
    // Podman passes on crun's last line only, and a program's name may have several.
    ("` not found in $path", Subject::Is(ErrorKind::CommandNotFound)),
    ("` not found: no such file or directory: oci ", Subject::Is(ErrorKind::CommandNotFound)),
    ("runc: : no such file or directory: oci ", Subject::Is(ErrorKind::CommandNotFound)),
];

#[derive(Clone, Copy)]
enum Subject {
    Is(ErrorKind),
    /// The reason is at the end of the report.
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

/// gVisor names the program first even where the directory is at fault.
const GVISOR_DIRECTORY: &str = "\" in sandbox: failed to find initial working directory \"";

/// Classifies an engine's report about a command that could not be started.
pub(crate) fn kind_of(report: &str) -> ErrorKind {
    let text = report.to_ascii_lowercase();
    let found = SUBJECTS.iter().filter_map(|(words, subject)| Some((text.find(words)?, subject)));
    match found.min_by_key(|(at, _)| *at) {
        None => ErrorKind::ExecStart,
        Some((_, Subject::Is(kind))) => *kind,
        Some((at, Subject::Program)) => {
            let reason = &text[at..];
            if reason.contains(GVISOR_DIRECTORY) {
                return ErrorKind::BadWorkingDir;
            }
            last_problem(reason).map_or(ErrorKind::ExecStart, |(_, kind)| kind)
        }
    }
}

/// The kernel's reason in a report in lower case, in the words of `PROBLEMS`.
pub(super) fn problem(report: &str) -> Option<&'static str> {
    last_problem(report).map(|(words, _)| words)
}

fn last_problem(reason: &str) -> Option<(&'static str, ErrorKind)> {
    // Without the text that the engine appends.
    let reason = reason.rfind(": oci ").map_or(reason, |end| &reason[..end]);
    let found = PROBLEMS.iter().filter_map(|problem| Some((reason.rfind(problem.0)?, problem)));
    found.max_by_key(|(at, _)| *at).map(|(_, problem)| *problem)
}

/// Substrings of errors of the OCI runtime.
const RUNTIMES: [&str; 3] = ["OCI runtime ", "OCI permission denied", "exec failed: "];

/// Changes the kind of `error` if it is about the command.
pub(super) fn classify(error: Error) -> Error {
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

    // Messages of runc 1.0 to 1.3 and crun 1.8 to 1.20, through Docker and Podman.

    #[test]
    fn missing_program() {
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
                "Error: crun: b` not found in $PATH: No such file or directory: OCI runtime attempted \
                 to invoke a command that was not found",
                "Error: crun: b` not found: No such file or directory: OCI runtime attempted to \
                 invoke a command that was not found",
                "Error: crun: open `/t/loop`: Too many levels of symbolic links: OCI runtime error",
                "exec: \"/chdir to /permission denied\": stat /chdir to /permission denied: no such \
                 file or directory: unknown",
                "exec: \"unable to find user x\": executable file not found in $PATH: unknown",
            ],
        );
    }

    #[test]
    fn program_that_cannot_be_executed() {
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
    fn bad_directory_or_user() {
        assert_kinds(
            ErrorKind::BadWorkingDir,
            &[
                "OCI runtime exec failed: exec failed: unable to start container process: chdir to \
                 cwd (\"/no\") set in config.json failed: no such file or directory: unknown",
                "Error: runc: exec failed: unable to start container process: chdir to cwd \
                 (\"/no\") set in config.json failed: no such file or directory: OCI runtime \
                 attempted to invoke a command that was not found",
                "OCI runtime exec failed: chdir `/etc/passwd`: Not a directory: unknown",
                "OCI runtime exec failed: executing processes for container: executing command \
                 \"true\" in sandbox: failed to find initial working directory \"/no\": no such \
                 file or directory: unknown",
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
                "determining run uid: user: unknown user error looking up user \"x\"",
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
        // Messages that race with a container's end; its state is queried.
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
    fn oversized_arguments_are_refused_before_the_start() {
        let request = |cmd: &[&str], env: &[&str], user: &str| ExecCreateRequest {
            cmd: cmd.iter().map(|&arg| arg.to_owned()).collect(),
            env: env.iter().map(|&variable| variable.to_owned()).collect(),
            user: user.to_owned(),
            ..Default::default()
        };
        let (fits, long) = ("x".repeat(131_071), "x".repeat(131_072));
        let secret = format!("NAME={long}");
        validate(&request(&["a", &fits], &[&secret[..131_071]], "")).unwrap();
        for (request, words) in [
            (request(&["a", &long], &[], ""), "argv: argument 1"),
            (request(&["a"], &[&secret], ""), "env: \"NAME\""),
            (request(&[fits.as_str(); 16], &[], ""), "argv, env: "),
        ] {
            let error = validate(&request).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ArgumentsTooLong);
            assert!(error.to_string().starts_with(words) && !error.to_string().contains("xx"));
        }
        for user in [":", "0:", ":0", "0:0:0"] {
            assert_eq!(
                validate(&request(&["a"], &[], user)).unwrap_err().kind(),
                ErrorKind::BadUser
            );
        }
        for user in ["", "root", "0:0", "-1"] {
            validate(&request(&["a"], &[], user)).unwrap();
        }
    }
}
