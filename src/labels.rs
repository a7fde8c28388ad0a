//! Labels on containers.
//!
//! The first four are those of the Go package that this library is modelled
//! on, kept verbatim: fleets of both see each other's containers. The library
//! sets all of them itself; [`CreateOptions::label`](crate::CreateOptions::label)
//! does not take them.

/// The session that a container belongs to.
pub const SESSION_ID: &str = "anna.sandbox.session_id";
/// The home directory of the host that owns a container.
pub const HOME: &str = "anna.sandbox.anna_home";
/// When a container was created (RFC 3339).
pub const CREATED_AT: &str = "anna.sandbox.created_at";
/// The process id of the host that owns a container (decimal).
pub const OWNER_PID: &str = "anna.sandbox.owner_pid";
/// Which process owns a container, so that nobody mistakes another for it: a
/// JSON object with the ids of its machine, boot and PID namespace, its PID and
/// start time, and the container that it runs in itself.
pub const OWNER: &str = "sandcell.owner";

/// The user that commands run as which name none: process 1, which watches them,
/// has another.
pub const USER: &str = "sandcell.user";
/// The user of what watches a container's commands (decimal), and how many
/// processes that is beside an init process, as `64123/1`.
pub const WATCHERS: &str = "sandcell.watchers";
/// How long after a kill the container is killed, if the command is not proven
/// gone by then: milliseconds (decimal).
pub const KILL_CONTAINER_AFTER: &str = "sandcell.kill_container_after";

/// Which call created a container: a random token, by which a call whose
/// answer was lost recognises its own container.
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

/// Whether only the library may set `key`.
pub(crate) fn is_reserved(key: &str) -> bool {
    RESERVED.contains(&key)
}
