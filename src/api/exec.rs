//! Commands in a container.

use serde::{Deserialize, Serialize};

use super::json::{engine_id, lenient, or_default};

/// A command to run in a container.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecCreateRequest {
    /// Program and arguments.
    pub cmd: Vec<String>,
    /// `NAME=value` each, in addition to the container's.
    pub env: Vec<String>,
    /// The working directory; empty for the container's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub working_dir: String,
    /// `user[:group]`; empty for the container's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// Give it a terminal.
    pub tty: bool,
    /// Rows and columns of the terminal; since API 1.42.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub console_size: Option<[u16; 2]>,
    /// Connect its input.
    pub attach_stdin: bool,
    /// Connect its output.
    pub attach_stdout: bool,
    /// Connect its error output.
    pub attach_stderr: bool,
}

/// A created exec.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecCreated {
    /// Its id.
    #[serde(deserialize_with = "engine_id")]
    pub id: String,
}

/// How to start an exec.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecStartRequest {
    /// Start without connecting its streams.
    pub detach: bool,
    /// Whether it was created with a terminal.
    pub tty: bool,
    /// Rows and columns of the terminal; since API 1.42.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub console_size: Option<[u16; 2]>,
}

/// An exec, as the engine sees it.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecInspect {
    /// Whether the command runs.
    pub running: bool,
    /// Its exit code; meaningful only when it does not run any more, and even
    /// then some engines leave it out.
    #[serde(default)]
    pub exit_code: Option<i64>,
    /// The command's process in the engine's PID namespace; 0 if it never ran,
    /// and for Podman if it does not run.
    #[serde(default, deserialize_with = "or_default")]
    pub pid: i64,
    /// Whether it is done with: Podman says so of every command that has ended,
    /// Docker of none.
    #[serde(default, deserialize_with = "or_default")]
    pub can_remove: bool,
    /// What it runs, and as whom.
    #[serde(default, deserialize_with = "lenient")]
    pub process_config: ExecProcess,
}

/// The command of an [`ExecInspect`].
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ExecProcess {
    /// `user[:group]`, as it was asked for; empty for the container's.
    #[serde(deserialize_with = "or_default")]
    pub user: String,
    /// The program.
    #[serde(deserialize_with = "or_default")]
    pub entrypoint: String,
    /// Its arguments.
    #[serde(deserialize_with = "or_default")]
    pub arguments: Vec<String>,
}
