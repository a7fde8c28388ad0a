//! The shell script that sends signals inside the container.

pub(super) const SCRIPT: &str = include_str!("kill.sh");

/// Whether an exec with these arguments is a kill helper.
pub(super) fn is_helper(arguments: &[String]) -> bool {
    arguments.get(1).is_some_and(|text| text == SCRIPT)
}
