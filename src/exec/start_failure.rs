//! Why a command could not be started, in the words of the request: the engine's
//! report, which names the steps of its runtime, is the cause.

use super::start_error::problem;
use crate::api::ExecCreateRequest;
use crate::error::{Error, ErrorKind};

const MISSING: &str = "not found in the container";
const GVISOR_LOAD: &str = " in sandbox: failed to load /";
/// How much of a caller's text is shown, in characters.
const MAX_SHOWN: usize = 100;

/// What a shell does itself if it is the first word.
const BUILTINS: [&str; 20] = [
    ".", "alias", "bg", "cd", "eval", "exec", "exit", "fg", "jobs", "read", "return", "set",
    "shift", "source", "trap", "type", "ulimit", "umask", "unset", "wait",
];
const KEYWORDS: [&str; 9] = ["!", "{", "case", "for", "function", "if", "until", "while", "[["];
/// What a shell interprets, and the name of a program hardly has.
const SYNTAX: &str = "|&;<>()$`\\\"'*?~#";

/// What an exec was requested with, as far as an error names it.
#[derive(Clone, Debug)]
pub(super) struct StartRequest {
    program: String,
    cwd: String,
    user: String,
}

impl StartRequest {
    pub(super) fn of(request: &ExecCreateRequest) -> Self {
        StartRequest {
            program: request.cmd.first().cloned().unwrap_or_default(),
            cwd: request.working_dir.clone(),
            user: request.user.clone(),
        }
    }

    /// Explains the engine's report of a failed start, which becomes the cause.
    pub(super) fn explain(&self, report: Error) -> Error {
        let text = format!("{report:#}").to_ascii_lowercase();
        let explained = match report.kind() {
            // gVisor says this of a script whose interpreter is missing, too.
            ErrorKind::CommandNotFound if text.contains(GVISOR_LOAD) => {
                let message =
                    format!("{}: {MISSING}, or its interpreter is not", shown(&self.program));
                Error::new(report.kind(), message)
            }
            ErrorKind::CommandNotFound => not_found(&self.program),
            ErrorKind::CommandNotExecutable => self.not_executable(&text),
            ErrorKind::BadWorkingDir => self.bad_cwd(&text),
            ErrorKind::BadUser => self.bad_user(&text),
            ErrorKind::ArgumentsTooLong => {
                Error::new(report.kind(), "argv, env: longer than the engine accepts")
            }
            _ => return report,
        };
        let explained = match report.http_status() {
            Some(status) => explained.with_http_status(status),
            None => explained,
        };
        explained.with_source(report)
    }

    fn not_executable(&self, report: &str) -> Error {
        let why = match problem(report) {
            Some("is a directory") => "a directory, not a program",
            Some("exec format error") => {
                "not executable in the container: of unknown format, or for another architecture"
            }
            _ => "not executable in the container",
        };
        let message = format!("{}: {why}", shown(&self.program));
        Error::new(ErrorKind::CommandNotExecutable, message)
    }

    fn bad_cwd(&self, report: &str) -> Error {
        let why = match problem(report) {
            Some("no such file or directory") => "does not exist in the container",
            Some("not a directory") => "is not a directory in the container",
            Some("permission denied") => "may not be entered by the command's user",
            _ => "cannot be entered",
        };
        let cwd = match &*self.cwd {
            "" => "the container's working directory".to_owned(),
            cwd => shown(cwd),
        };
        Error::new(ErrorKind::BadWorkingDir, format!("cwd: {cwd} {why}"))
    }

    fn bad_user(&self, report: &str) -> Error {
        const REASONS: [(&str, &str); 4] = [
            ("unable to find user", "there is no such user in the container"),
            ("unable to find group", "there is no such group in the container"),
            ("entries in group file", "there is no such group in the container"),
            ("must be in range", "a UID or GID is out of range"),
        ];
        let found = REASONS.iter().filter_map(|(words, why)| Some((report.find(words)?, why)));
        let why =
            found.min_by_key(|(at, _)| *at).map_or("not valid in the container", |(_, why)| why);
        let user = match &*self.user {
            "" => "the container's".to_owned(),
            user => shown(user),
        };
        Error::new(ErrorKind::BadUser, format!("user: {user}: {why}"))
    }
}

/// The error for a program that does not exist, with advice if it is none.
pub(super) fn not_found(program: &str) -> Error {
    let message = format!("{}: {MISSING}", shown(program));
    let error = Error::new(ErrorKind::CommandNotFound, message);
    match advice(program) {
        Some(advice) => error.hint(advice),
        None => error,
    }
}

/// What to do about a "program" that only a shell understands.
fn advice(program: &str) -> Option<&'static str> {
    let is_assignment = program.split_once('=').is_some_and(|(name, _)| is_variable(name));
    let has_space = program.contains(char::is_whitespace);
    if program == "cd" {
        Some("to set the working directory, use ExecOptions::cwd")
    } else if program == "export" || (is_assignment && !has_space) {
        Some("to set a variable, use ExecOptions::env")
    } else if BUILTINS.contains(&program) || KEYWORDS.contains(&program) {
        Some("only shells know it: for a shell's code, use ExecOptions::shell")
    } else if has_space || program.contains(|c| SYNTAX.contains(c)) {
        Some(
            "each argument is a string of its own, and no shell interprets them: \
             for a shell's code, use ExecOptions::shell",
        )
    } else {
        None
    }
}

fn is_variable(name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(|c: char| !c.is_ascii_digit()) && name.chars().all(is_word)
}

/// A caller's text as part of a message: quoted if it could be taken for more.
fn shown(text: &str) -> String {
    let start: String = text.chars().take(MAX_SHOWN).collect();
    let rest = if start.len() < text.len() { "…" } else { "" };
    match start.is_empty() || start.contains(|c: char| c.is_whitespace() || c.is_control()) {
        true => format!("{start:?}{rest}"),
        false => format!("{start}{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::start_error::kind_of;
    use super::*;

    fn explained(program: &str, cwd: &str, user: &str, report: &str) -> String {
        let (program, cwd, user) = (program.to_owned(), cwd.to_owned(), user.to_owned());
        let request = StartRequest { program, cwd, user };
        let error = request.explain(Error::new(kind_of(report), report));
        assert_eq!(format!("{error:#}"), format!("{error}: {report}"));
        error.to_string()
    }

    // Words of runc, crun and gVisor.

    #[test]
    fn programs() {
        for report in [
            "exec: \"bash\": executable file not found in $PATH: unknown",
            "Error: crun: executable file `bash` not found in $PATH: No such file or directory: OCI \
             runtime attempted to invoke a command that was not found",
            "executing command \"bash\" in sandbox: error finding executable \"bash\" in PATH \
             [/bin]: no such file or directory: unknown",
        ] {
            assert_eq!(explained("bash", "", "", report), "bash: not found in the container");
        }
        for (report, why) in [
            (
                "exec: \"/etc\": is a directory: permission denied",
                "not executable in the container",
            ),
            ("exec: \"/etc\": is a directory: OCI runtime error", "a directory, not a program"),
            (
                "the path `/etc` exists but it is not executable: Operation not permitted: OCI \
                 permission denied",
                "not executable in the container",
            ),
        ] {
            assert_eq!(explained("/etc", "", "", report), format!("/etc: {why}"));
        }
    }

    #[test]
    fn directories_and_users() {
        for (report, why) in [
            (
                "chdir to cwd (\"/no\") set in config.json failed: no such file or directory: \
                 unknown",
                "cwd: /no does not exist in the container",
            ),
            (
                "chdir `/no`: Not a directory: unknown",
                "cwd: /no is not a directory in the container",
            ),
            (
                "chdir to `/no`: Permission denied: OCI permission denied",
                "cwd: /no may not be entered by the command's user",
            ),
        ] {
            assert_eq!(explained("true", "/no", "", report), why);
        }
        for (report, why) in [
            (
                "unable to find user x: no matching entries in passwd file",
                "user: x: there is no such user in the container",
            ),
            (
                "unable to find group x: no matching entries in group file",
                "user: x: there is no such group in the container",
            ),
            (
                "uids and gids must be in range 0-2147483647",
                "user: x: a UID or GID is out of range",
            ),
        ] {
            assert_eq!(explained("true", "", "x", report), why);
        }
    }

    #[test]
    fn what_only_a_shell_understands() {
        for (program, advice) in [
            ("ls -la /", Some("ExecOptions::shell")),
            ("a|b", Some("ExecOptions::shell")),
            ("ls;", Some("ExecOptions::shell")),
            ("$HOME/bin/x", Some("ExecOptions::shell")),
            ("*.sh", Some("ExecOptions::shell")),
            ("~/x", Some("ExecOptions::shell")),
            ("ls\n", Some("ExecOptions::shell")),
            ("if", Some("ExecOptions::shell")),
            ("source", Some("ExecOptions::shell")),
            ("cd", Some("ExecOptions::cwd")),
            ("cd /tmp && ls", Some("ExecOptions::shell")),
            ("VAR=x", Some("ExecOptions::env")),
            ("VAR=x cmd", Some("ExecOptions::shell")),
            ("export", Some("ExecOptions::env")),
            ("bash", None),
            ("/usr/bin/g++", None),
            ("python3.11", None),
            ("[", None),
            ("a=b/c", Some("ExecOptions::env")),
            ("/a=b", None),
        ] {
            let error = not_found(program).to_string();
            let (start, hint) =
                error.split_once("; ").map_or((&*error, None), |(a, b)| (a, Some(b)));
            assert!(start.ends_with(": not found in the container"), "{error}");
            assert_eq!(hint.is_some(), advice.is_some(), "{error}");
            assert!(hint.is_none_or(|hint| hint.contains(advice.unwrap())), "{error}");
        }
    }

    #[test]
    fn a_callers_text_is_bounded_and_on_one_line() {
        assert_eq!(shown("a\nb"), "\"a\\nb\"");
        assert_eq!(shown(""), "\"\"");
        assert_eq!(shown(&"ä".repeat(5000)).chars().count(), MAX_SHOWN + 1);
    }
}
