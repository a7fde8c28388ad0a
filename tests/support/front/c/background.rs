//! Background commands.

use sandcell::capi::*;
use sandcell::{BackgroundStatus, OutputStream, Result, TreeGone};

use super::call::{Owned, call, string};
use super::result::tree_of;
use crate::support::front;

pub struct Background(Owned<sandcell_background>);

impl Background {
    pub fn new(handle: *mut sandcell_background) -> Self {
        Background(Owned::new(handle, sandcell_background_free))
    }
}

fn status_of((state, code): (sandcell_background_state, i32)) -> BackgroundStatus {
    match (state, code) {
        (SANDCELL_BACKGROUND_RUNNING, -1) => BackgroundStatus::Running,
        (SANDCELL_BACKGROUND_EXITED, code) => BackgroundStatus::Exited(code),
        (SANDCELL_BACKGROUND_LOST, -1) => BackgroundStatus::Lost,
        other => panic!("{other:?}"),
    }
}

impl front::Background for Background {
    fn user(mut self, user: &str) -> Self {
        let (text, len) = (user.as_ptr().cast(), user.len());
        // SAFETY: the handle is live, the text is as long.
        call(|(), error| unsafe {
            sandcell_background_set_user(self.0.get_mut(), text, len, error)
        })
        .unwrap();
        self
    }

    fn status(&self) -> Result<BackgroundStatus> {
        // SAFETY: the handle is live.
        call(|(state, code), error| unsafe {
            sandcell_background_status(self.0.get(), state, code, error)
        })
        .map(status_of)
    }

    fn wait(&self) -> Result<BackgroundStatus> {
        // SAFETY: the handle is live.
        call(|(state, code), error| unsafe {
            sandcell_background_wait(self.0.get(), state, code, error)
        })
        .map(status_of)
    }

    fn read(&self, stream: OutputStream, offset: u64, max: usize) -> Result<Vec<u8>> {
        let stream = match stream {
            OutputStream::Stdout => SANDCELL_STDOUT,
            OutputStream::Stderr => SANDCELL_STDERR,
        };
        let mut bytes = vec![0; max];
        let buf = bytes.as_mut_ptr().cast();
        // SAFETY: the handle is live, the buffer is as large.
        let count = call(|n, error| unsafe {
            sandcell_background_read(self.0.get(), stream, offset, buf, max, n, error)
        })?;
        bytes.truncate(count);
        Ok(bytes)
    }

    fn kill(&self) -> Result<TreeGone> {
        // SAFETY: the handle is live.
        let (tree, reason) = call(|(tree, reason), error| unsafe {
            sandcell_background_kill(self.0.get(), tree, reason, error)
        })?;
        Ok(tree_of(tree, string(reason)).unwrap())
    }

    fn remove(self) -> Result<()> {
        // SAFETY: the handle is live.
        call(|(), error| unsafe { sandcell_background_remove(self.0.get(), error) })
    }
}
