//! Waiting for the exit code after the end of the output.

use std::time::Duration;

use crate::api::ExecInspect;
use crate::error::{Error, Result};

/// The first inspect usually succeeds; the pauses between further ones double.
const FIRST_PAUSE: Duration = Duration::from_micros(200);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
/// How often an engine may report a stopped exec without an exit code.
const MAX_WITHOUT_CODE: u32 = 12;

/// Polls until the exec has ended. A command may close its output and keep
/// running, so there is no limit here: `inspect` and `pause` have theirs.
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
                return Err(Error::protocol("the engine reports no exit code").into());
            }
            None => without_code += 1,
        }
        pause(length)?;
        length = (length * 2).min(LONGEST_PAUSE);
    }
}

/// A command's end as the engine reports it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exit {
    pub(super) code: i32,
    /// 0 if the command never ran; always 0 with Podman.
    pub(super) pid: i64,
    pub(super) by_podman: bool,
}
