//! The C API: `include/sandcell.h` is generated from this module by
//! `make header`.
//!
//! It translates the public Rust API and has no logic of its own. Each noun has a
//! file, with its functions in the order of the header. They follow the convention
//! in the header's first comment, which is in `cbindgen.toml`, and their
//! documentation is written for C programmers.
//!
//! Every export is a thin closure in one of the wrappers of `guard`, which
//! contain panics. Every pointer is checked by `args` before it is used, and
//! integers are compared with constants, never cast to an enum.

#![allow(non_camel_case_types, reason = "types have the names that they have in C")]
#![allow(missing_debug_implementations, reason = "all types are opaque in C")]
#![allow(clippy::missing_safety_doc, reason = "the header states one contract for all")]

#[cfg(not(panic = "unwind"))]
compile_error!("the C API turns panics into errors: build it with panic = \"unwind\"");

// The parts that exports are made of.
mod args;
mod guard;
mod handles;
mod names;
mod setters;
mod text;

// The nouns.
mod background;
mod cancel_token;
mod client;
mod client_builder;
mod client_shorthands;
mod container;
mod container_state;
mod create_lifetime;
mod create_limits;
mod create_mounts;
mod create_network;
mod create_options;
mod create_security;
mod engine_features;
mod error;
mod exec;
mod exec_handle;
mod exec_kill_options;
mod exec_options;
mod exec_result;
mod exec_streams;
mod file;
mod image;
mod image_info;
mod log;
mod orphan;
mod outcome;
mod pool;
mod pool_options;
mod posture;
mod pull_options;
mod resources;
mod sandbox;
mod self_container;
mod sentinels;
mod string;
mod strings;
mod transfer_options;
mod version;
mod version_info;
mod volume;
mod volume_filter;
mod volume_options;
mod write_options;

// Not a Rust API: for the tests, which call the exports with their own types.
pub use self::background::*;
pub use self::cancel_token::*;
pub use self::client::*;
pub use self::client_builder::*;
pub use self::client_shorthands::*;
pub use self::container::*;
pub use self::container_state::*;
pub use self::create_lifetime::*;
pub use self::create_limits::*;
pub use self::create_mounts::*;
pub use self::create_network::*;
pub use self::create_options::*;
pub use self::create_security::*;
pub use self::engine_features::*;
pub use self::error::*;
pub use self::exec::*;
pub use self::exec_handle::*;
pub use self::exec_kill_options::*;
pub use self::exec_options::*;
pub use self::exec_result::*;
pub use self::exec_streams::*;
pub use self::file::*;
pub use self::image::*;
pub use self::image_info::*;
pub use self::log::*;
pub use self::orphan::*;
pub use self::outcome::*;
pub use self::posture::*;
pub use self::pull_options::*;
pub use self::resources::*;
pub use self::sandbox::*;
pub use self::self_container::*;
pub use self::sentinels::*;
pub use self::string::*;
pub use self::strings::*;
pub use self::transfer_options::*;
pub use self::version::*;
pub use self::version_info::*;
pub use self::volume::*;
pub use self::volume_filter::*;
pub use self::volume_options::*;
pub use self::write_options::*;
