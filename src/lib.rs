//! Runs untrusted commands in sandbox containers, on any engine that speaks the
//! Docker API. Blocking, on plain threads: no async runtime.
//!
//! # Usage
//! A [`Client`] holds the way to an engine. [`Client::create_and_start`] makes a
//! container that does nothing but wait for commands, [`Client::exec`] runs one
//! in it, and [`Client::stop`] ends and removes it:
//!
//! ```
//! use sandock::{Client, CreateOptions, ExecOptions};
//!
//! let client = Client::from_env()?;
//! let container = client.create_and_start(&CreateOptions::new("busybox:latest"))?;
//! let result = client.exec(&container, &ExecOptions::new(["sh", "-c", "echo hi; exit 3"]));
//! client.stop(&container)?;
//!
//! let result = result?;
//! assert_eq!(result.stdout.text(), "hi\n");
//! assert_eq!(result.exit_code(), Some(3));
//! # Ok::<(), sandock::Error>(())
//! ```
//!
//! [`Client::start_exec`] returns a handle in place of a result, with streams to
//! read and write while the command runs, and [`Client::start_background`] lets
//! a command outlive its host.
//!
//! [`Client::read_file`], [`Client::write_file`], [`Client::upload`] and
//! [`Client::download`] copy files and trees.
//!
//! # Orphans
//! A container outlives a process that dies before it calls [`Client::stop`].
//! So each says who owns it, and [`Client::cleanup_orphaned_containers`] removes
//! those whose owner is gone: call it when the host starts, with the
//! [`home`](CreateOptions::home) that its containers have.
//!
//! # Limits
//! Every call ends when the limits of its client say so: see
//! [`Client::with_timeout`], [`Client::with_deadline`], [`Client::with_cancel`]
//! and the defaults at [`Client`].
//!
//! # Errors
//! One type, [`Error`]; a program decides on its [`kind`](Error::kind). That a
//! command failed, timed out or was cancelled is no error but an [`Outcome`],
//! which comes with the output so far.
//!
//! # What is sent, and what is logged
//! The library prints nothing. It logs with the [`log`] crate: errors and
//! warnings for what a caller cannot see (a container that stays behind, a
//! warning of the engine), info for the progress of pulls, debug for decisions.
//! At level trace the HTTP crate underneath logs what goes over the wire,
//! **unredacted**: target `ureq_proto`.
//!
//! # Platforms
//! Linux. Other Unix systems are meant to compile and are not tested. Windows
//! is refused at compile time.
//!
//! # Minimum Rust version
//! 1.85. Raising it is a minor version.

#[cfg(not(unix))]
compile_error!("sandock needs a Unix system: Windows is not supported");

/// Runs the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

#[cfg(test)]
extern crate self as sandock;

pub mod api;
pub mod labels;

mod builder;
mod cancel;
mod client;
mod container;
mod create;
mod engine;
mod error;
mod exec;
mod files;
mod host;
mod image;
mod lease;
mod mount;
mod orphan;
mod owner;
mod posture;
mod sandbox;
mod scope;
mod self_container;
mod sys;
mod tasks;
mod token;
#[cfg(test)]
mod torture;
mod traces;
mod transport;
mod validate;
mod volume;

#[cfg(feature = "capi")]
#[allow(unsafe_code, reason = "pointers come from C; no other module has any unsafe code")]
#[doc(hidden)]
pub mod capi;

pub use builder::ClientBuilder;
pub use cancel::CancelToken;
pub use client::{Client, Version};
pub use container::{ContainerState, ContainerStatus};
pub use create::{CreateOptions, Lifetime, NetworkMode, PublishedPort, Seccomp, Tmpfs};
pub use error::{Error, ErrorKind, Result};
pub use exec::{
    Background, BackgroundStatus, Captured, Exec, ExecOptions, ExecOutput, ExecResult, ExecStdin,
    Outcome, OutputStream, Overflow, Resources, TreeGone, Verdict,
};
pub use files::{OutsideLinks, Progress, TransferOptions, Transport, WriteOptions};
pub use mount::Mount;
pub use orphan::{Orphan, SweepDecision};
pub use posture::{Enforcement, Posture, Protection};
pub use sandbox::Sandbox;
pub use self_container::{SelfContainer, SelfMount};
pub use volume::{Volume, VolumeOptions};
