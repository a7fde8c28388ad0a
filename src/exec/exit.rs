//! Learning the exit code once the output has ended.

use std::time::Duration;

use crate::api::ExecInspect;
use crate::error::{Error, Result};

/// The first inspect nearly always knows; the pauses between further ones
/// double from the one to the other.
const FIRST_PAUSE: Duration = Duration::from_micros(200);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
/// How often an engine may say "not running" without an exit code.
const MAX_WITHOUT_CODE: u32 = 12;

/// Asks until the exec has ended. A command may close its output and run on,
/// so there is no limit here: `inspect` and `pause` have theirs.
pub(super) fn wait<E: From<Error>>(
    mut inspect: impl FnMut() -> Result<ExecInspect>,
    mut pause: impl FnMut(Duration) -> Result<(), E>,
) -> Result<Exit, E> {
    let mut length = FIRST_PAUSE;
    let mut without_code = 0;
    loop {
        let exec = inspect()?;
        match exec.exit_code {
            // Some engines report code 0 while the command runs.
            _ if exec.running => {}
            Some(code) => {
                let code = i32::try_from(code)
                    .map_err(|_| Error::protocol(format!("exit code {code} is out of range")))?;
                return Ok(Exit { code, pid: exec.pid, by_podman: exec.can_remove });
            }
            None if without_code == MAX_WITHOUT_CODE => {
                return Err(Error::protocol("the engine does not tell the exit code").into());
            }
            None => without_code += 1,
        }
        pause(length)?;
        length = (length * 2).min(LONGEST_PAUSE);
    }
}

/// How the engine says that a command ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exit {
    pub(super) code: i32,
    /// 0 if it never ran; Podman always says so.
    pub(super) pid: i64,
    pub(super) by_podman: bool,
}
