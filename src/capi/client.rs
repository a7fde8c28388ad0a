//! Clients: connections to an engine.
//!
//! What a client does with images, containers and volumes is further below.
//!
//! A client without a timeout of its own has these limits: 10 s to connect, 60 s
//! for each request to the engine, 300 s without progress for a pull or a transfer
//! of files, and none for a running command. Cancelling and closing act within
//! 100 ms.

use std::time::Duration;

use super::args::{deadline_from_now, handle, out};
use super::cancel_token::sandcell_cancel_token;
use super::error::{sandcell_error, sandcell_status};
use super::guard::guard;
use super::handles::{free, value_of};
use super::version_info::sandcell_version_info;
use crate::Client;

/// A connection to a Docker-compatible engine.
///
/// Any number of threads may use it at once. Free with sandcell_client_free().
pub struct sandcell_client(pub(super) Client);

/// Makes a client for the engine that the environment names, by the rules of the
/// Docker CLI: DOCKER_HOST, DOCKER_CERT_PATH (a directory with ca.pem, cert.pem
/// and key.pem; if set, tcp:// uses TLS), DOCKER_TLS_VERIFY (unless set, TLS accepts
/// any server) and DOCKER_API_VERSION.
///
/// Nothing is sent: sandcell_client_version() tells whether the engine can be
/// reached. DOCKER_CONTEXT is not supported, and ignored.
///
/// @param client  out: owned by the caller; free with sandcell_client_free()
/// @param error   out, may be NULL
///
/// @return  SANDCELL_OK                     *client is set
///          SANDCELL_ERR_INVALID_ARGUMENT   a variable, or a TLS file, is invalid
///          SANDCELL_ERR_PERMISSION_DENIED  a TLS file may not be read
///          SANDCELL_ERR_UNSUPPORTED        this build does not support such a host
///
/// Threads: any, as long as no other changes the environment.
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

/// Makes a client for an engine on this machine.
///
/// If DOCKER_HOST is set, that is the one of sandcell_client_from_env(). Otherwise
/// it is the first engine that answers on one of the usual sockets: of Docker,
/// rootless Docker, Docker Desktop, Colima, OrbStack, Rancher Desktop and Podman.
/// Each has 2 s to answer. If none does, the error's message names every socket
/// and what is wrong with it.
///
/// @param client  out: owned by the caller; free with sandcell_client_free()
/// @param error   out, may be NULL
///
/// @return  SANDCELL_OK                    *client is set
///          SANDCELL_ERR_ENGINE_NOT_FOUND  none of the sockets exists
///          any other                      those of sandcell_client_from_env() and
///                                         sandcell_client_version()
///
/// Threads: any, as long as no other changes the environment.
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

/// Makes a client that shares the connection of another, and whose calls each have
/// a timeout.
///
/// A call that takes longer fails with SANDCELL_ERR_TIMEOUT; for a command that is
/// running it is a result with SANDCELL_OUTCOME_TIMED_OUT. Replaces the timeout of
/// the other client.
///
/// @param client      in: unchanged, and may be freed first
/// @param timeout_ms  in: milliseconds; with 0, every call times out at once
/// @param derived     out: owned by the caller; free with sandcell_client_free()
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK  *derived is set
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

/// Makes a client that shares the connection of another, and whose calls all have
/// the same deadline: together, they may take a given time from now on.
///
/// A call that is running then fails with SANDCELL_ERR_TIMEOUT, as does every later
/// one; for a command that is running it is a result with SANDCELL_OUTCOME_TIMED_OUT.
/// An earlier deadline of the other client stays in force.
///
/// @param client       in: unchanged, and may be freed first
/// @param deadline_ms  in: milliseconds from now; with 0, every call times out at
///                     once
/// @param derived      out: owned by the caller; free with sandcell_client_free()
/// @param error        out, may be NULL
///
/// @return  SANDCELL_OK  *derived is set
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_with_deadline_ms(
    client: *const sandcell_client,
    deadline_ms: u64,
    derived: *mut *mut sandcell_client,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (client, derived) = (handle("client", client)?, out("derived", derived)?);
            let deadline = deadline_from_now(deadline_ms);
            let limited = deadline.map(|deadline| client.0.with_deadline(deadline));
            derived.write_handle(sandcell_client(limited.unwrap_or_else(|| client.0.clone())));
            Ok(())
        })
    }
}

/// Makes a client that shares the connection of another, and whose calls end when a
/// token is cancelled.
///
/// A call then fails with SANDCELL_ERR_CANCELLED; for a command that is running it
/// is a result with SANDCELL_OUTCOME_CANCELLED. Replaces the token of the other
/// client.
///
/// @param client   in: unchanged, and may be freed first
/// @param token    in: kept alive by the derived client, and may be freed first
/// @param derived  out: owned by the caller; free with sandcell_client_free()
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK  *derived is set
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

/// Asks the engine for its version, which also tells whether it can be reached.
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
///          SANDCELL_ERR_UNREACHABLE         there is no route to the engine
///          SANDCELL_ERR_TLS                 the TLS handshake failed
///          SANDCELL_ERR_TIMEOUT             the engine does not answer
///          SANDCELL_ERR_API_VERSION         the engine is too old or too new
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

/// Closes a client and all clients that share its connection.
///
/// Running calls fail with SANDCELL_ERR_CLOSED within 100 ms, and later ones at
/// once. Waits up to 5 s for the cleanup of failed calls. May be repeated. The
/// client must still be freed.
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

/// Frees a client. The last one that shares a connection closes it, as
/// sandcell_client_close() does; sandboxes, containers and execs of the client
/// share it, too.
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
