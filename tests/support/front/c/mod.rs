//! The C functions.
#![allow(unsafe_code, reason = "calling them is")]

mod background;
mod call;
mod client;
mod create;
mod error;
mod exec;
mod images;
mod options;
mod result;
mod volume;

pub use client::Client;
