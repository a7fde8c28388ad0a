//! Clients: connections to an engine.
//!
//! What a client does with images, containers and volumes is further below.
//!
//! Where a client has no time-out of its own, these limits hold: connecting
//! 10 s; each request to the engine 60 s; a pull 300 s without progress; a
//! running command none. Cancelling and closing act within 100 ms.

use std::time::Duration;

use super::args::{handle, out};
use super::cancel_token::sandcell_cancel_token;
use super::error::{sandcell_error, sandcell_status};
use super::guard::{free, guard, value_of};
use super::version_info::sandcell_version_info;
use crate::Client;

/// A connection to a Docker-compatible engine.
///
/// All its functions may run in many threads at once. Free with
/// sandcell_client_free().
pub struct sandcell_client(pub(super) Client);

/// Makes a client for the engine that the environment names, by the rules of
/// the engine's own clients: DOCKER_HOST, DOCKER_CERT_PATH (a directory with
/// ca.pem, cert.pem and key.pem: there is TLS over tcp:// if it is set),
/// DOCKER_TLS_VERIFY (without it, TLS takes any server for the engine) and
/// DOCKER_API_VERSION.
///
/// Nothing is sent yet: sandcell_client_version() tells whether the engine is
/// there. DOCKER_CONTEXT is not supported, and ignored.
///
/// @param client  out: owned by the caller; free with sandcell_client_free()
/// @param error   out, may be NULL
///
/// @return  SANDCELL_OK                     *client is set
///          SANDCELL_ERR_INVALID_ARGUMENT   a variable makes no sense, or a file of
///                                         TLS is not what it should be
///          SANDCELL_ERR_PERMISSION_DENIED  a file of TLS may not be read
///          SANDCELL_ERR_UNSUPPORTED        this build cannot reach such a host
///
/// Threads: any, unless another changes the environment.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_from_env(
    client: *mut *mut sandcell_client,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let client = out("client", client)?;
            client.write_handle(sandcell_client(Client::from_env()?));
            Ok(())
        })
    }
}

/// Makes a client for the engine that is there.
///
/// That is the one of sandcell_client_from_env() if DOCKER_HOST is set, or else
/// the first that answers at one of the usual places: the sockets of Docker,
/// rootless Docker, Docker Desktop, Colima, OrbStack, Rancher Desktop and Podman.
/// Each of those has 2 s to answer. If none does, the message of the error names
/// every place and what is wrong there.
///
/// @param client  out: owned by the caller; free with sandcell_client_free()
/// @param error   out, may be NULL
///
/// @return  SANDCELL_OK                    *client is set
///          SANDCELL_ERR_ENGINE_NOT_FOUND  no place has a socket
///          those of sandcell_client_from_env() and sandcell_client_version()
///
/// Threads: any, unless another changes the environment.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_discover(
    client: *mut *mut sandcell_client,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let client = out("client", client)?;
            client.write_handle(sandcell_client(Client::discover()?));
            Ok(())
        })
    }
}

/// Makes a client that shares the connection of another, and whose calls end
/// when they take longer than a time-out each.
///
/// The calls then fail with SANDCELL_ERR_TIMEOUT; a command that runs is a
/// result with SANDCELL_OUTCOME_TIMED_OUT. Replaces the time-out of the other.
///
/// @param client      in: stays as it is, and may be freed first
/// @param timeout_ms  in: milliseconds; with 0, every call times out at once
/// @param derived     out: owned by the caller; free with sandcell_client_free()
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK                    *derived is set
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_with_timeout_ms(
    client: *const sandcell_client,
    timeout_ms: u64,
    derived: *mut *mut sandcell_client,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, derived) = (handle("client", client)?, out("derived", derived)?);
            let timeout = Duration::from_millis(timeout_ms);
            derived.write_handle(sandcell_client(client.0.with_timeout(timeout)));
            Ok(())
        })
    }
}

/// Makes a client that shares the connection of another, and whose calls end
/// when a token is cancelled.
///
/// The calls then fail with SANDCELL_ERR_CANCELLED; a command that runs is a
/// result with SANDCELL_OUTCOME_CANCELLED. Replaces the token of the other.
///
/// @param client   in: stays as it is, and may be freed first
/// @param token    in: kept alive by the derived client, and may be freed first
/// @param derived  out: owned by the caller; free with sandcell_client_free()
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK                    *derived is set
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_with_cancel(
    client: *const sandcell_client,
    token: *const sandcell_cancel_token,
    derived: *mut *mut sandcell_client,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, token) = (handle("client", client)?, handle("token", token)?);
            let derived = out("derived", derived)?;
            derived.write_handle(sandcell_client(client.0.with_cancel(&token.0)));
            Ok(())
        })
    }
}

/// Asks the engine for its version: tells whether it is there.
///
/// @param client   in
/// @param version  out: owned by the caller; free with
///                 sandcell_version_info_free()
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK                      *version is set
///          SANDCELL_ERR_ENGINE_NOT_FOUND    there is no such socket
///          SANDCELL_ERR_PERMISSION_DENIED   the socket may not be opened
///          SANDCELL_ERR_CONNECTION_REFUSED  nothing listens there
///          SANDCELL_ERR_UNREACHABLE         there is no way to the engine
///          SANDCELL_ERR_TLS                 no agreement on TLS
///          SANDCELL_ERR_TIMEOUT             it does not answer
///          SANDCELL_ERR_API_VERSION         it is too old or too new
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_version(
    client: *const sandcell_client,
    version: *mut *mut sandcell_version_info,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, version) = (handle("client", client)?, out("version", version)?);
            version.write_handle(client.0.version()?.into());
            Ok(())
        })
    }
}

/// Closes a client and all that share its connection.
///
/// Running calls fail with SANDCELL_ERR_CLOSED within 100 ms, and later ones at
/// once. Waits up to 5 s for clean-ups of failed calls that still run. May be
/// repeated. The client must still be freed.
///
/// @param client  in, may be NULL: then nothing happens
///
/// Threads: any, at any time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_close(client: *const sandcell_client) {
    // SAFETY: the header's contract.
    unsafe { value_of(client, (), |client| client.0.close()) }
}

/// Frees a client; the last that shares a connection closes it, as
/// sandcell_client_close() does.
///
/// @param client  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no call of this client runs.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_free(client: *mut sandcell_client) {
    // SAFETY: the header's contract.
    unsafe { free(client) }
}
