//! Finding the exec of a background command again, by what the engine says of
//! the execs of a container: the client asked for that, and no process in the
//! container can change it.

use crate::api::{ExecInspect, ExecProcess};
use crate::error::{Error, ErrorKind, Result};
use crate::exec::ExecTarget;
use crate::random_id;
use crate::validate;

/// What the shell of a background command calls itself.
const WRAPPER: &str = "sandcell-background";
/// How many execs are asked about at most.
const MAX_EXECS: usize = 1000;
/// What follows the name in a mark is no longer.
const MAX_RANDOM: usize = 64;

/// The exec that runs a background command.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The engine's id.
    pub(super) id: String,
    /// Whom it runs as; `None` for the container's own.
    pub(super) user: Option<String>,
    /// What marks its processes.
    pub(super) mark: String,
}

/// The arguments of the shell that runs `script` around a command, up to it.
pub(super) fn wrapper<'a>(script: &'a str, directory: &'a str, mark: &'a str) -> [&'a str; 6] {
    ["/bin/sh", "-c", script, WRAPPER, directory, mark]
}

/// A mark for another command of this name: what kills the one must not find
/// the other.
pub(super) fn new_mark(name: &str) -> Result<String> {
    Ok(format!("background:{name}:{}", random_id::random()?))
}

/// Whether `mark` can be one of a command of this name.
pub(super) fn is_mark(mark: &str, name: &str) -> bool {
    let random = mark.strip_prefix("background:").and_then(|mark| mark.strip_prefix(name));
    random.and_then(|random| random.strip_prefix(':')).is_some_and(|random| {
        !random.is_empty()
            && random.len() <= MAX_RANDOM
            && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// What the engine says of an exec; `None` if it does not know it, or no more.
pub(super) fn inspect(target: &ExecTarget, id: &str) -> Result<Option<ExecInspect>> {
    match target.api().exec_inspect(&target.context, id) {
        Ok(exec) => Ok(Some(exec)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.context("inspect exec")),
    }
}

/// The execs that run the background command of this name: mostly one or none.
/// Where another was just started under a name that is taken, it is among them
/// until it learns that. `None` if the container does not run.
pub(super) fn running(
    target: &ExecTarget,
    directory: &str,
    name: &str,
) -> Result<Option<Vec<Found>>> {
    let container = match target.api().container_inspect(&target.context, &target.container) {
        Err(error) if error.is_not_found() => return Ok(None),
        inspect => inspect.map_err(|e| e.context("inspect container"))?,
    };
    if !container.state.running {
        return Ok(None);
    }
    let ids = container.exec_ids.unwrap_or_default();
    if ids.len() > MAX_EXECS {
        let problem =
            format!("the container has {} execs, more than can be asked about", ids.len());
        return Err(Error::new(ErrorKind::Engine, problem));
    }
    let mut found = Vec::new();
    for id in ids {
        validate::id_or_name("exec", &id)
            .map_err(|e| Error::protocol("the engine lists no id of an exec").with_source(e))?;
        let exec = inspect(target, &id)?.filter(|exec| exec.running);
        found.extend(exec.and_then(|exec| recognize(id, exec.process_config, directory, name)));
    }
    Ok(Some(found))
}

/// The exec, if it runs the background command of this name.
fn recognize(id: String, process: ExecProcess, directory: &str, name: &str) -> Option<Found> {
    let [flag, _, wrapper, its_directory, mark, ..] = process.arguments.as_slice() else {
        return None;
    };
    let is_ours = process.entrypoint == "/bin/sh"
        && flag == "-c"
        && wrapper == WRAPPER
        && its_directory == directory
        && is_mark(mark, name);
    is_ours.then(|| Found { id, user: user_of(&process), mark: mark.clone() })
}

/// Whom a command runs as, if the engine says so.
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
    fn a_mark_is_of_one_name_only() {
        assert!(is_mark(&new_mark("a.b").unwrap(), "a.b"));
        for forged in
            ["", "a", "background:a", "background:a:", "background:ab:1", "background:a:1\n"]
        {
            assert!(!is_mark(forged, "a"), "{forged:?}");
        }
        assert!(!is_mark(&format!("background:a:{}", "1".repeat(65)), "a"));
    }
}
