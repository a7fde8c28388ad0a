//! Runs untrusted commands in sandbox containers, on any engine that speaks the
//! Docker API. Blocking, on plain threads: no async runtime.
//!
//! # Usage
//! A [`Client`] holds the way to an engine. A [`Sandbox`] is a container that
//! does nothing but wait for commands, and goes when it is dropped:
//!
//! ```
//! use sandcell::{Client, CreateOptions, ExecOptions, Sandbox};
//!
//! let client = Client::from_env()?;
//! let sandbox = Sandbox::start(&client, &CreateOptions::new("busybox:latest"))?;
//! let result = sandbox.exec(&ExecOptions::new(["sh", "-c", "echo hi; exit 3"]))?;
//! assert_eq!(result.stdout.text(), "hi\n");
//! assert_eq!(result.exit_code(), Some(3));
//! # Ok::<(), sandcell::Error>(())
//! ```
//!
//! All that a sandbox does, the client does with a container's id or name:
//! [`Client::create_and_start`], [`Client::exec`], [`Client::stop`] and so on.
//!
//! [`Sandbox::start_exec`] returns a handle in place of a result, with streams to
//! read and write while the command runs; [`Sandbox::start_background`] lets a
//! command outlive its host; [`Sandbox::read_file`], [`Sandbox::write_file`],
//! [`Sandbox::upload`] and [`Sandbox::download`] copy files and trees.
//!
//! # What holds a sandbox in
//! [`CreateOptions`] are closed by default, and open by name. An engine need not
//! do what it was asked: [`Sandbox::posture`] tells what it enforces, and a limit
//! that was asked for by name and is not enforced refuses the container.
//!
//! # Images
//! A container's image is pulled if the engine does not have it, by
//! [`Client::ensure_image`]; [`Client::pull_image`] shows the progress and takes a
//! platform and credentials. Others come from a Docker config, see
//! [`ClientBuilder::docker_config`].
//!
//! # Orphans
//! A process that is killed drops nothing. Its containers can go with it, by
//! [`Lifetime::TiedToHost`]. Those that shall outlive it say who owns them, and
//! [`Client::cleanup_orphaned_containers`] removes those whose owner is gone:
//! call it when the host starts, with the [`home`](CreateOptions::home) that its
//! containers have.
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
//! At level trace the HTTP crate underneath logs what goes over the wire, target
//! `ureq_proto`: **unredacted**, but for credentials, which it never sees. The
//! environment and the input of commands are not credentials to the library.
//!
//! # Features
//! `tls`, on by default: TLS over `tcp://`, by rustls. Without it, an endpoint that
//! needs TLS is refused as [`Unsupported`](ErrorKind::Unsupported). `capi`, off by
//! default: the C API.
//!
//! # Platforms
//! Linux. For macOS, every change is checked to compile, but nothing is tested.
//! Other Unix systems are not checked. Windows is refused at compile time.
//!
//! # Minimum Rust version
//! 1.85. Raising it is a minor version.

#[cfg(not(unix))]
compile_error!("sandcell needs a Unix system: Windows is not supported");

/// Runs the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

#[cfg(test)]
extern crate self as sandcell;

pub mod api;
pub mod labels;

mod call_context;
mod cancel;
mod client;
mod container;
mod container_hints;
mod create;
mod engine;
mod engine_features;
mod error;
mod exec;
mod files;
mod gate;
mod host;
mod image;
mod lease;
mod mount;
mod orphan;
mod owner;
mod panics;
mod posture;
mod random_id;
mod registry;
mod self_container;
mod supplied;
mod sys;
mod tasks;
#[cfg(test)]
mod torture;
mod transport;
mod validate;
mod volume;
mod watch;

#[cfg(feature = "capi")]
#[allow(unsafe_code, reason = "pointers come from C; no other module has any unsafe code")]
#[doc(hidden)]
pub mod capi;

pub use api::{ProgressDetail, PullProgress};
pub use cancel::CancelToken;
pub use client::{Client, ClientBuilder, Container, Sandbox, Version};
pub use container::{ContainerState, ContainerStatus};
pub use create::{CreateOptions, Lifetime, NetworkMode, PublishedPort, Seccomp, Tmpfs};
pub use engine_features::{EngineFeature, EngineFeatures};
pub use error::{Error, ErrorKind, Result};
pub use exec::{
    Background, BackgroundStatus, Captured, Exec, ExecOptions, ExecOutput, ExecResult, ExecStdin,
    Outcome, OutputStream, Overflow, Resources, TreeGone, Verdict,
};
pub use files::{
    ExternalSymlinks, Progress, SkipReason, Skipped, TransferMethod, TransferOptions, WriteOptions,
};
pub use image::{ImageInfo, PullOptions};
pub use mount::Mount;
pub use orphan::{Orphan, SweepDecision};
pub use posture::{Enforcement, Posture, Protection};
pub use registry::Credentials;
pub use self_container::{SelfContainer, SelfMount};
pub use volume::{Volume, VolumeFilter, VolumeOptions};
