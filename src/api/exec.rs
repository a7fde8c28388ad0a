//! Execs: commands that run in a container.

use serde::{Deserialize, Serialize};

use super::json::{engine_id, lenient, or_default};

/// A request to create an exec, a command in a running container.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecCreateRequest {
    /// The program and its arguments.
    pub cmd: Vec<String>,
    /// Environment variables in addition to the container's, each as `NAME=value`.
    pub env: Vec<String>,
    /// The working directory; empty for the container's default.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub working_dir: String,
    /// The user as `user[:group]`; empty for the container's user.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// Allocate a terminal.
    pub tty: bool,
    /// The rows and columns of the terminal; since API 1.42.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub console_size: Option<[u16; 2]>,
    /// Attach stdin.
    pub attach_stdin: bool,
    /// Attach stdout.
    pub attach_stdout: bool,
    /// Attach stderr.
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

/// A request to start an exec.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecStartRequest {
    /// Start it without attaching its streams.
    pub detach: bool,
    /// Whether it was created with a terminal.
    pub tty: bool,
    /// The rows and columns of the terminal; since API 1.42.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub console_size: Option<[u16; 2]>,
}

/// An inspected exec.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecInspect {
    /// Whether the command is running.
    pub running: bool,
    /// The command's exit code. It is only meaningful once the command has exited,
    /// and some engines omit it even then.
    #[serde(default)]
    pub exit_code: Option<i64>,
    /// The command's PID in the engine's PID namespace; 0 if it never ran, and with
    /// Podman also once it has exited.
    #[serde(default, deserialize_with = "or_default")]
    pub pid: i64,
    /// Whether the engine may remove the exec: Podman sets it for every exec that
    /// has ended, Docker never.
    #[serde(default, deserialize_with = "or_default")]
    pub can_remove: bool,
    /// The command and its user.
    #[serde(default, deserialize_with = "lenient")]
    pub process_config: ExecProcess,
}

/// The command of an [`ExecInspect`].
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ExecProcess {
    /// The user as `user[:group]`, as requested; empty for the container's user.
    #[serde(deserialize_with = "or_default")]
    pub user: String,
    /// The program.
    #[serde(deserialize_with = "or_default")]
    pub entrypoint: String,
    /// Its arguments.
    #[serde(deserialize_with = "or_default")]
    pub arguments: Vec<String>,
}
