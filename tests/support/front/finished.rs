//! How a command ended, as each front end tells it.

use std::borrow::Cow;
use std::ops::Deref;

use sandcell::{Outcome, TreeGone};

#[derive(Debug)]
pub struct Finished {
    pub outcome: Outcome,
    pub exit_code: Option<i32>,
    pub tree_gone: Option<TreeGone>,
    pub stdout: Collected,
    pub stderr: Collected,
}

impl Finished {
    pub fn success(&self) -> bool {
        self.exit_code == Some(0)
    }
}

/// Collected output: its bytes, and what is told of them.
#[derive(Debug)]
pub struct Collected {
    pub bytes: Vec<u8>,
    pub total_bytes: u64,
    pub is_truncated: bool,
    pub gap: Option<usize>,
}

impl Collected {
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }
}

impl Deref for Collected {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}
