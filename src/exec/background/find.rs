//! Finding the exec of a background command in the engine's list of a container's
//! execs. The list shows what the client requested; no process in the container
//! can change it.

use crate::api::{ExecInspect, ExecProcess};
use crate::error::{Error, ErrorKind, Result};
use crate::exec::ExecTarget;
use crate::random_id;
use crate::validate;

/// The name ($0) of a background command's shell.
const WRAPPER: &str = "sandcell-background";
/// The maximum number of execs to inspect.
const MAX_EXECS: usize = 1000;
/// The maximum length of a mark's random part.
const MAX_RANDOM: usize = 64;

/// The exec that runs a background command.
#[derive(Clone, Debug)]
pub(super) struct RunningExec {
    /// The engine's id.
    pub(super) id: String,
    /// The user that it runs as; `None` for the container's own.
    pub(super) user: Option<String>,
    /// The mark of its processes.
    pub(super) mark: String,
}

/// The arguments that wrap a command with the shell and `script`.
pub(super) fn wrapper<'a>(script: &'a str, directory: &'a str, mark: &'a str) -> [&'a str; 6] {
    ["/bin/sh", "-c", script, WRAPPER, directory, mark]
}

/// A new mark for a command of this name. Marks are unique, so that a kill does
/// not find another command of the same name.
pub(super) fn new_mark(name: &str) -> Result<String> {
    Ok(format!("background:{name}:{}", random_id::random()?))
}

/// Whether `mark` is valid for a command of this name.
pub(super) fn is_mark(mark: &str, name: &str) -> bool {
    let random = mark.strip_prefix("background:").and_then(|mark| mark.strip_prefix(name));
    random.and_then(|random| random.strip_prefix(':')).is_some_and(|random| {
        !random.is_empty()
            && random.len() <= MAX_RANDOM
            && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// Returns the engine's information about an exec; `None` if the engine does not
/// know it.
pub(super) fn inspect(target: &ExecTarget, id: &str) -> Result<Option<ExecInspect>> {
    match target.api().exec_inspect(&target.context, id) {
        Ok(exec) => Ok(Some(exec)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.context("inspect exec")),
    }
}

/// Returns the execs that run the background command of this name, usually one or
/// none. A second one, started under a name that is taken, is included until it
/// exits. `None` if the container is not running.
pub(super) fn running(
    target: &ExecTarget,
    directory: &str,
    name: &str,
) -> Result<Option<Vec<RunningExec>>> {
    let container = match target.api().container_inspect(&target.context, &target.container) {
        Err(error) if error.is_not_found() => return Ok(None),
        inspect => inspect.map_err(|e| e.context("inspect container"))?,
    };
    if !container.state.running {
        return Ok(None);
    }
    let ids = container.exec_ids.unwrap_or_default();
    if ids.len() > MAX_EXECS {
        let problem = format!("the container has {} execs, more than {MAX_EXECS}", ids.len());
        return Err(Error::new(ErrorKind::Engine, problem));
    }
    let mut found = Vec::new();
    for id in ids {
        validate::id_or_name("exec", &id)
            .map_err(|e| Error::protocol("the engine lists an invalid exec id").with_source(e))?;
        let exec = inspect(target, &id)?.filter(|exec| exec.running);
        found.extend(exec.and_then(|exec| recognize(id, exec.process_config, directory, name)));
    }
    Ok(Some(found))
}

/// Returns the exec if it runs the background command of this name.
fn recognize(id: String, process: ExecProcess, directory: &str, name: &str) -> Option<RunningExec> {
    let [flag, _, wrapper, exec_directory, mark, ..] = process.arguments.as_slice() else {
        return None;
    };
    let is_ours = process.entrypoint == "/bin/sh"
        && flag == "-c"
        && wrapper == WRAPPER
        && exec_directory == directory
        && is_mark(mark, name);
    is_ours.then(|| RunningExec { id, user: user_of(&process), mark: mark.clone() })
}

/// The user of a command, if the engine reports one.
fn user_of(process: &ExecProcess) -> Option<String> {
    Some(process.user.clone()).filter(|user| validate::user(user).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(arguments: &[&str]) -> ExecProcess {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        ExecProcess { user: "1:2".to_owned(), entrypoint: "/bin/sh".to_owned(), arguments }
    }

    #[test]
    fn only_the_wrapper_of_this_name_is_recognized() {
        let directory = "/tmp/x/job";
        let mark = new_mark("job").unwrap();
        let ours = wrapper("script", directory, &mark);
        let find = |process| recognize("e1".to_owned(), process, directory, "job");
        let found = find(process(&[&ours[1..], &["true"]].concat())).unwrap();
        assert_eq!((found.mark, found.user), (mark.clone(), Some("1:2".to_owned())));
        for at in [1, 3, 4, 5] {
            let mut others = ours;
            others[at] = "other";
            assert!(find(process(&others[1..])).is_none(), "{others:?}");
        }
        assert!(find(process(&ours[1..4])).is_none());
        let elsewhere = ExecProcess { entrypoint: "/bin/true".to_owned(), ..process(&ours[1..]) };
        assert!(find(elsewhere).is_none());
    }

    #[test]
    fn a_mark_belongs_to_one_name() {
        assert!(is_mark(&new_mark("a.b").unwrap(), "a.b"));
        for forged in
            ["", "a", "background:a", "background:a:", "background:ab:1", "background:a:1\n"]
        {
            assert!(!is_mark(forged, "a"), "{forged:?}");
        }
        assert!(!is_mark(&format!("background:a:{}", "1".repeat(65)), "a"));
    }
}
