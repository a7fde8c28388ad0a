//! Why an engine did not create or start a container, and what to do about it.

use super::CreateOptions;
use super::limits::Quota;
use super::sentinel::SHELL;
use crate::error::{Error, ErrorKind};
use crate::exec;

/// What precedes the reason why an init process could not run the shell: tini's
/// and catatonit's words.
const INIT_WORDS: [&str; 2] = ["exec /bin/sh failed: ", "failed to exec pid1: "];
const FORK_WORDS: [&str; 3] = ["resource temporarily unavailable", "can't fork", "cannot fork"];
const MEMORY_WORDS: [&str; 6] = [
    "memory limit",
    "oom-killed",
    "oom: ",
    "cannot allocate memory",
    // gVisor's and the sentinel's exit after the kernel killed them.
    "exit status 137",
    "exit code 137",
];
const RUNTIME_WORDS: [&str; 2] = ["unknown runtime specified", "unknown or invalid runtime name"];
/// Of an engine that cannot make the working directory.
const DIRECTORY_WORDS: &str = "cannot mkdir: ";
/// What is missing if it is not the shell.
const PROGRAMS: [&str; 3] = ["tail", "sleep", "cat"];
/// Where the user of PID 1 does not exist or may not run the image's programs.
const USER_WORDS: [&str; 6] =
    ["permission denied", "setuid", "setgid", "mapped", "newuidmap", "invalid argument"];

/// A kind and a message that says what to do.
type Reason = (ErrorKind, String);

/// Explains an error of creating or starting a container, whose cause is in the
/// engine's words, in those of the init process, or in the container's end.
pub(super) fn explain(options: &CreateOptions, error: Error) -> Error {
    if !matches!(error.kind(), ErrorKind::Engine | ErrorKind::ContainerEnded) {
        return error;
    }
    let text = format!("{error:#}").to_ascii_lowercase();
    let (kind, message) = match program(&text).or_else(|| argument(options, &text)) {
        Some(reason) => reason,
        None => return classify(options, error, &text),
    };
    let status = error.http_status();
    let explained = Error::new(kind, message).with_source(with_user_hint(options, error, &text));
    status.into_iter().fold(explained, Error::with_http_status)
}

/// The reason, if a program of the image is it.
fn program(text: &str) -> Option<Reason> {
    let missing = |name: &&&str| text.contains(&format!("{name}: not found"));
    if let Some(name) = PROGRAMS.iter().find(missing) {
        let problem = format!(
            "the image has no `{name}`, which PID 1 needs; use an image that has a shell and the \
             basic programs, such as busybox"
        );
        return Some((ErrorKind::CommandNotFound, problem));
    }
    let by_init = INIT_WORDS.iter().find_map(|words| Some(&text[text.find(words)?..]));
    let by_runtime = || text.contains(SHELL).then_some(text);
    let text = by_init.or_else(by_runtime)?;
    let is_start = by_init.is_some() || is_program(exec::start_error_kind(text));
    let found = |words: &str| is_start && text.contains(words);
    if found("no such file") || found("not found") {
        let problem = format!(
            "the image has no {SHELL}, which PID 1 needs, or lacks a library of it; use an image \
             that has a shell, such as busybox"
        );
        Some((ErrorKind::CommandNotFound, problem))
    } else if found("exec format error") {
        let problem = format!(
            "{SHELL} of the image is no program for this engine's machine; use an image for its \
             architecture, see CreateOptions::platform()"
        );
        Some((ErrorKind::CommandNotExecutable, problem))
    } else if found("permission denied") || found("not executable") {
        let problem = format!(
            "{SHELL} of the image may not be executed; use an image whose {SHELL} is executable \
             for all users"
        );
        Some((ErrorKind::CommandNotExecutable, problem))
    } else {
        None
    }
}

fn is_program(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::CommandNotFound | ErrorKind::CommandNotExecutable)
}

/// The reason, if an argument of the caller's is it.
fn argument(options: &CreateOptions, text: &str) -> Option<Reason> {
    let says = |words: &[&str]| words.iter().any(|words| text.contains(words));
    let invalid = |problem: String| Some((ErrorKind::InvalidArgument, problem));
    if let (Some(name), true) = (&options.runtime, says(&RUNTIME_WORDS)) {
        return invalid(format!(
            "runtime: the engine has no runtime {name:?}; use one that is configured in it, or none \
             for its default"
        ));
    }
    if says(&FORK_WORDS) {
        if let Quota::Max(count) = options.limits.pids {
            return invalid(format!(
                "pids: {count} is too few to start the container; PID 1 needs 2, with some \
                 lifetimes 5, and each command at least 1 more"
            ));
        }
        let is_limited = options.limits.ulimits.iter().any(|limit| limit.name == "nproc");
        let problem = "ulimit: nproc is too small to start the container; use \
                       CreateOptions::pids() to limit the container's processes";
        return if is_limited { invalid(problem.to_owned()) } else { None };
    }
    match options.limits.memory {
        Quota::Max(bytes) if says(&MEMORY_WORDS) => invalid(format!(
            "memory: {bytes} bytes are too few to start the container; runtimes need up to 20 MiB \
             for it, gVisor more"
        )),
        _ => None,
    }
}

/// The same error with the kind that an exec would have failed with.
fn classify(options: &CreateOptions, error: Error, text: &str) -> Error {
    let kind = exec::start_error_kind(text);
    match kind {
        ErrorKind::BadUser | ErrorKind::BadWorkingDir => error.with_kind(kind),
        _ if text.contains(DIRECTORY_WORDS) => error.with_kind(ErrorKind::BadWorkingDir),
        _ => with_user_hint(options, error, text),
    }
}

/// Adds a hint if the user of PID 1 may be the cause.
fn with_user_hint(options: &CreateOptions, error: Error, text: &str) -> Error {
    let may_be_user = USER_WORDS.iter().any(|words| text.contains(words));
    if options.shares_watcher_user() || !may_be_user {
        return error;
    }
    let hint = "PID 1 may be unable to run as a user of its own; to share the commands' user, call \
                CreateOptions::allow_reachable_watchers()";
    error.context(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(options: &CreateOptions, kind: ErrorKind, words: &str) -> Error {
        explain(options, Error::new(kind, words))
    }

    /// Words of Docker 20.10 to 28 and Podman 4.3 to 5.8, with runc, crun and gVisor.
    #[test]
    fn a_cause_is_found_in_the_words_of_engines_and_init_processes() {
        let options = || CreateOptions::new("busybox");
        let small = options().memory(4096).pids(1).runtime("nosuch");
        for (kind, words, says) in [
            (
                ErrorKind::CommandNotFound,
                "[FATAL tini (7)] exec /bin/sh failed: No such file or directory",
                "no /bin/sh",
            ),
            (
                ErrorKind::CommandNotFound,
                "ERROR (catatonit:6): failed to exec pid1: No such file or directory",
                "no /bin/sh",
            ),
            (
                ErrorKind::CommandNotFound,
                "OCI runtime create failed: exec: \"/bin/sh\": stat /bin/sh: no such file or \
                 directory: unknown",
                "no /bin/sh",
            ),
            (
                ErrorKind::CommandNotExecutable,
                "[FATAL tini (7)] exec /bin/sh failed: Exec format error",
                "platform",
            ),
            (
                ErrorKind::CommandNotExecutable,
                "ERROR (catatonit:6): failed to exec pid1: Permission denied",
                "executable",
            ),
            (ErrorKind::CommandNotFound, "tail: not found", "no `tail`"),
            (
                ErrorKind::InvalidArgument,
                "[FATAL tini (1)] fork failed: Resource temporarily unavailable",
                "pids: 1 is too few",
            ),
            (
                ErrorKind::InvalidArgument,
                "crun: OOM: the memory limit could be too low: read from sync socket",
                "memory: 4096 bytes",
            ),
            (
                ErrorKind::InvalidArgument,
                "runc: unable to set memory limit to 4096 (current usage: 2498560)",
                "memory: 4096 bytes",
            ),
            (ErrorKind::InvalidArgument, "Minimum memory limit allowed is 6MB", "memory: "),
            (
                ErrorKind::InvalidArgument,
                "unknown or invalid runtime name: nosuch",
                "runtime: the engine has no runtime \"nosuch\"",
            ),
            (ErrorKind::BadUser, "unable to find user x: no matching entries in passwd file", ""),
            (ErrorKind::BadWorkingDir, "Cannot mkdir: /etc/passwd is not a directory", ""),
            (ErrorKind::BadWorkingDir, "workdir \"/x\" exists on container 0, but is not", ""),
            (ErrorKind::Engine, "something else", "something else"),
        ] {
            let error = explained(&small, ErrorKind::Engine, words);
            assert_eq!(error.kind(), kind, "{words}: {error}");
            assert!(error.to_string().contains(says), "{words}: {error}");
            assert!(format!("{error:#}").contains(words), "{error:#}");
        }
        // A limit that the caller did not set is not the caller's fault.
        let words = "fork failed: Resource temporarily unavailable; OOM: memory limit";
        for kind in [ErrorKind::Engine, ErrorKind::Timeout, ErrorKind::ContainerEnded] {
            assert_eq!(explained(&options(), kind, words).kind(), kind);
        }
    }

    #[test]
    fn a_denied_user_is_named_unless_it_is_shared() {
        let denied = |options| explained(&options, ErrorKind::Engine, "setgid: x").to_string();
        assert!(denied(CreateOptions::new("x")).contains("allow_reachable_watchers"));
        let shared = CreateOptions::new("x").allow_reachable_watchers();
        assert!(!denied(shared).contains("allow_reachable_watchers"));
    }
}
