//! Runs untrusted commands in sandbox containers, on any engine that speaks the
//! Docker API. Blocking, on plain threads: no async runtime.
//!
//! # Usage
//! A [`Client`] talks to one engine. A [`Sandbox`] is a container that idles and
//! waits for commands; dropping it removes the container:
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
//! Everything a sandbox does can also be done with any container, by id or name:
//! see [`Client::create_and_start`], [`Client::container`], [`Client::exec`] and
//! [`Client::stop`].
//!
//! [`Container::start_exec`] returns a handle with streams to read and write while
//! the command runs. [`Container::start_background`] starts a command that outlives
//! this process. [`Container::read_file`], [`Container::write_file`],
//! [`Container::upload`] and [`Container::download`] copy files and directory trees.
//!
//! # Isolation
//! [`CreateOptions`] deny by default; each permission is granted by name. An
//! engine may ignore what it is asked for: [`Container::posture`] reports what it
//! enforces. If a limit that was set explicitly is not enforced, creating the
//! container fails.
//!
//! # Images
//! If the engine does not have a container's image, [`Client::create_and_start`]
//! pulls it. [`Client::pull_image`] pulls explicitly: it reports progress and
//! takes a platform and credentials. Without explicit credentials, those of the
//! Docker config are used; see [`ClientBuilder::docker_config`].
//!
//! # Orphans
//! A killed process runs no destructors. The engine removes its sandboxes, because
//! they are [tied](Lifetime::TiedToHost) to it by default. Other containers carry
//! labels that name their owner, and [`Client::cleanup_orphaned_containers`]
//! removes those whose owner is gone: call it at startup, with the
//! [`home`](CreateOptions::home) of your containers.
//!
//! # Limits
//! Every call is bounded by the limits of its client: see
//! [`Client::with_timeout`], [`Client::with_deadline`], [`Client::with_cancel`],
//! and the defaults at [`Client`].
//!
//! # Errors
//! There is one error type, [`Error`]; match on its [`kind`](Error::kind). A
//! command that fails, times out or is cancelled is not an error but an
//! [`Outcome`], which comes with the output so far.
//!
//! # Logging
//! The library prints nothing. It logs through the [`log`] crate: errors and
//! warnings for what the caller cannot see otherwise (a container left behind, a
//! warning from the engine), info for pull progress, debug for decisions. At
//! level trace, the underlying HTTP crate logs all traffic with the target
//! `ureq_proto`, **unredacted** except for registry credentials, which it never
//! sees. The environment and the input of commands are not treated as
//! credentials.
//!
//! # Features
//! - `tls` (default): TLS over `tcp://`, with rustls. Without it, endpoints that
//!   require TLS are refused as [`Unsupported`](ErrorKind::Unsupported).
//! - `capi` (off by default): the C API.
//!
//! # Platforms
//! Linux. For macOS, every change is checked to compile, but nothing is tested.
//! Other Unix systems are not checked. Windows is rejected at compile time.
//!
//! # Minimum Rust version
//! 1.85. Raising it is a minor version bump.

#[cfg(not(unix))]
compile_error!("sandcell needs a Unix system: Windows is not supported");

/// Runs the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

/// Runs the answers in Rust.
#[cfg(doctest)]
#[doc = include_str!("../docs/how-do-i.md")]
#[doc = include_str!("../docs/how-do-i-sandboxes.md")]
pub struct HowDoI;

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
#[allow(unsafe_code, reason = "pointers come from C; no other module contains unsafe code")]
#[doc(hidden)]
pub mod capi;

pub use api::{ProgressDetail, PullProgress};
pub use cancel::CancelToken;
pub use client::{Client, ClientBuilder, Container, Pool, PoolOptions, Sandbox, Version};
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
