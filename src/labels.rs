//! Labels on containers.
//!
//! The first four are those of the Go package that this library is modelled on,
//! unchanged: both find each other's containers. The library sets all of them
//! itself; [`CreateOptions::label`](crate::CreateOptions::label) refuses them.

/// The session that the container belongs to.
pub const SESSION_ID: &str = "anna.sandbox.session_id";
/// The home directory of the host process that owns the container.
pub const HOME: &str = "anna.sandbox.anna_home";
/// When the container was created (RFC 3339).
pub const CREATED_AT: &str = "anna.sandbox.created_at";
/// The PID of the host process that owns the container (decimal).
pub const OWNER_PID: &str = "anna.sandbox.owner_pid";
/// The process that owns the container, identified beyond PID reuse: a JSON
/// object with the ids of its machine, boot and PID namespace, its PID and start
/// time, and the container that it runs in.
pub const OWNER: &str = "sandcell.owner";

/// The user of commands that do not name one. The container's PID 1, which
/// supervises them, runs as another user.
pub const USER: &str = "sandcell.user";
/// The user (decimal) of the watchers, the processes that supervise commands,
/// and how many there are besides an init process, such as `64123/1`.
pub const WATCHERS: &str = "sandcell.watchers";
/// How long after a kill the container is killed too, if the command is not
/// proven gone by then: milliseconds (decimal).
pub const KILL_CONTAINER_AFTER: &str = "sandcell.kill_container_after";

/// A random token that identifies the call that created the container. With it, a
/// call whose response was lost recognises its own container.
pub(crate) const CREATE_TOKEN: &str = "sandcell.create_token";

const RESERVED: [&str; 9] = [
    SESSION_ID,
    HOME,
    CREATED_AT,
    OWNER_PID,
    OWNER,
    USER,
    WATCHERS,
    KILL_CONTAINER_AFTER,
    CREATE_TOKEN,
];

/// Whether `key` is reserved for the library.
pub(crate) fn is_reserved(key: &str) -> bool {
    RESERVED.contains(&key)
}
