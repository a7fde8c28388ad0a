//! The front ends of the library, for tests that hold for each: one body, run
//! through the Rust API and, with the feature `capi`, through the C functions.
//!
//! ```ignore
//! fn a_command_runs<F: Front>() {
//!     let container = Container::<F>::start();
//!     assert!(container.run(&Command::new(["true"])).success());
//! }
//!
//! on_each_front! { a_command_runs }
//! ```
//!
//! What both have is named as in Rust, and told in Rust's types.

#[cfg(feature = "capi")]
pub mod c;
mod command;
mod finished;
mod images;
mod new_container;
mod rust;

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::time::Duration;

use sandcell::{BackgroundStatus, NetworkMode, Outcome, OutputStream, Result, TreeGone, Volume};

pub use command::{Command, sh};
pub use finished::{Collected, Finished};
pub use images::{Images, Pull};
pub use new_container::NewContainer;

/// Makes tests of bodies: `rust::name`, and `c::name`.
macro_rules! on_each_front {
    ($($body:ident)*) => {
        mod rust {
            $(#[test]
            fn $body() {
                super::$body::<sandcell::Client>();
            })*
        }

        #[cfg(feature = "capi")]
        mod c {
            $(#[test]
            fn $body() {
                super::$body::<$crate::support::front::c::Client>();
            })*
        }
    };
}
pub(crate) use on_each_front;

/// A client.
pub trait Front: Sized + Send + Sync + 'static {
    /// The module that [`on_each_front`] puts its tests in.
    const NAME: &str;
    type Token: Token;
    type Exec: Exec;
    type Background: Background;

    /// A client of the engine in `DOCKER_HOST`.
    fn connect() -> Self;
    fn connect_to(host: &str) -> Self;
    fn with_timeout(&self, timeout: Duration) -> Self;
    fn with_cancel(&self, token: &Self::Token) -> Self;
    fn close(&self);
    /// Asks the engine what it is.
    fn version(&self) -> Result<()>;
    /// Creates and starts it.
    fn create(&self, container: &NewContainer) -> Result<String>;
    fn create_and_start(&self, image: &str, network: NetworkMode) -> Result<String> {
        self.create(&NewContainer::new(image).network(network))
    }
    fn container_alive(&self, container: &str) -> Result<bool>;
    fn stop(&self, container: &str) -> Result<()>;
    fn exec(&self, container: &str, command: &Command) -> Result<Finished>;
    fn start_exec(&self, container: &str, command: &Command) -> Result<Self::Exec>;
    fn start_background(
        &self,
        container: &str,
        name: &str,
        command: &Command,
    ) -> Result<Self::Background>;
    fn background(&self, container: &str, name: &str) -> Result<Self::Background>;
    fn create_volume(&self, name: &str, labels: &[(&str, &str)]) -> Result<Volume>;
    fn inspect_volume(&self, name: &str) -> Result<Option<Volume>>;
    /// The conditions are labels, without a value where any will do.
    fn list_volumes(&self, conditions: &[(&str, Option<&str>)]) -> Result<Vec<Volume>>;
    fn remove_volume(&self, name: &str) -> Result<()>;
}

pub trait Token: Default + Send + Sync {
    fn cancel(&self);
    fn is_cancelled(&self) -> bool;
}

/// A running command.
pub trait Exec: Send + Sync + 'static {
    type Stdin: Stdin;
    type Output: Output;

    /// Its input, unless that was taken or supplied.
    fn take_stdin(&mut self) -> Option<Self::Stdin>;
    fn take_stdout(&mut self) -> Self::Output;
    fn take_stderr(&mut self) -> Self::Output;
    fn id(&self) -> String;
    /// Ends the input that nobody took, and waits.
    fn wait(&mut self) -> Result<Outcome>;
    fn try_wait(&self) -> Result<Option<Outcome>>;
    fn wait_timeout(&self, timeout: Duration) -> Result<Option<Outcome>>;
    fn wait_with_output(self) -> Result<Finished>;
    fn is_stdin_open(&self) -> bool;
    /// Readable once waiting would not block.
    fn ended_fd(&self) -> Result<OwnedFd>;
    fn kill(&self) -> Result<TreeGone>;
    fn tree_gone(&self) -> Option<TreeGone>;
    fn signal(&self, signal: i32) -> Result<()>;
    fn pid_in_container(&self) -> Result<Option<i32>>;
    fn resize(&self, rows: u16, columns: u16) -> Result<()>;
    fn detach(self);
}

/// A command's input, which ends when this is dropped.
pub trait Stdin: Write + Send + Sync + 'static {
    fn write_timeout(&self, bytes: &[u8], timeout: Duration) -> Result<usize>;
    fn into_fd(self) -> Result<OwnedFd>;
}

pub trait Output: Read + Send + Sync + 'static {
    fn read_timeout(&self, buffer: &mut [u8], timeout: Duration) -> Result<usize>;
    fn total_bytes(&self) -> u64;
    fn dropped_bytes(&self) -> u64;
    fn into_fd(self) -> Result<OwnedFd>;
}

/// A command that outlives its host.
pub trait Background: Sized {
    fn user(self, user: &str) -> Self;
    fn status(&self) -> Result<BackgroundStatus>;
    fn wait(&self) -> Result<BackgroundStatus>;
    fn read(&self, stream: OutputStream, offset: u64, max: usize) -> Result<Vec<u8>>;
    fn kill(&self) -> Result<TreeGone>;
    fn remove(self) -> Result<()>;
}
