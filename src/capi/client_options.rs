//! Client options: where the engine is, and how long it may take.

use std::ffi::c_char;
use std::mem;
use std::time::Duration;

use super::args::{handle_mut, host_path, out, text};
use super::error::{sandcell_error, sandcell_status};
use super::guard::{free, guard, guard_new};
use crate::ClientBuilder;

/// How to reach an engine, for sandcell_client_new().
///
/// Reusable. Free with sandcell_client_options_free().
pub struct sandcell_client_options(pub(super) ClientBuilder);

impl sandcell_client_options {
    fn update(&mut self, change: impl FnOnce(ClientBuilder) -> ClientBuilder) {
        self.0 = change(mem::take(&mut self.0));
    }
}

/// Makes options that are all at their defaults and do not look at the
/// environment.
///
/// @return  owned by the caller, never NULL; free with
///          sandcell_client_options_free().
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn sandcell_client_options_new() -> *mut sandcell_client_options {
    guard_new(|| sandcell_client_options(ClientBuilder::default()))
}

/// Makes options as the environment says, by the rules of the engine's own
/// clients: DOCKER_HOST, DOCKER_CERT_PATH, DOCKER_TLS_VERIFY, DOCKER_API_VERSION
/// and DOCKER_CONFIG.
///
/// @param options  out: owned by the caller; free with
///                 sandcell_client_options_free()
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK                    *options is set
///          SANDCELL_ERR_INVALID_ARGUMENT  a variable makes no sense
///
/// Threads: any, unless another changes the environment.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_options_from_env(
    options: *mut *mut sandcell_client_options,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = out("options", options)?;
            options.write_handle(sandcell_client_options(ClientBuilder::from_env()?));
            Ok(())
        })
    }
}

/// Sets where the engine is, as DOCKER_HOST would say it.
///
/// That is unix:///path, tcp://host:port, http:// for the same without TLS and
/// https:// with TLS, or ssh://user@host:port. The port may be left out: it is
/// 2375, or 2376 with TLS; and so may the user. There is TLS over tcp:// if any of
/// the functions of TLS below was called. Over ssh:// this machine's program ssh
/// runs docker there.
///
/// Default: unix:///var/run/docker.sock
///
/// @param options         changed
/// @param host, host_len  in: UTF-8, checked by sandcell_client_new()
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_options_set_host(
    options: *mut sandcell_client_options,
    host: *const c_char,
    host_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (options, host) = (handle_mut("options", options)?, text("host", host, host_len)?);
            options.update(|builder| builder.host(host));
            Ok(())
        })
    }
}

/// Uses TLS over tcp://, with an engine for which one of the certificates in a
/// file vouches.
///
/// No other is trusted, nor those that this machine trusts.
///
/// @param options         changed
/// @param file, file_len  in: a path; the file, in PEM, is read by
///                        sandcell_client_new()
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_options_set_tls_ca(
    options: *mut sandcell_client_options,
    file: *const c_char,
    file_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (options, file) = (handle_mut("options", options)?, text("file", file, file_len)?);
            options.update(|builder| builder.tls_ca(file));
            Ok(())
        })
    }
}

/// Uses TLS over tcp://, and shows the engine who this client is.
///
/// The key must not be behind a password.
///
/// @param options         changed
/// @param cert, cert_len  in: the path of the client's certificate; the file, in
///                        PEM, is read by sandcell_client_new()
/// @param key, key_len    in: the path of the key to it, likewise
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_options_set_tls_client_cert(
    options: *mut sandcell_client_options,
    cert: *const c_char,
    cert_len: usize,
    key: *const c_char,
    key_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            let (cert, key) = (text("cert", cert, cert_len)?, text("key", key, key_len)?);
            options.update(|builder| builder.tls_client_cert(cert, key));
            Ok(())
        })
    }
}

/// Uses TLS over tcp://, and takes anybody who answers for the engine, whatever
/// sandcell_client_options_set_tls_ca() says.
///
/// Insecure: who is in between can read and change everything.
///
/// Default: false
///
/// @param options  changed
/// @param accept   in
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_options_set_tls_accept_any_server(
    options: *mut sandcell_client_options,
    accept: bool,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            options.update(|builder| builder.tls_accept_any_server(accept));
            Ok(())
        })
    }
}

/// Sets the version of the Engine API to speak.
///
/// Default: the newest that both sides know.
///
/// @param options               changed
/// @param version, version_len  in: such as "1.41"
/// @param error                 out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  it is not like "1.41"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_options_set_api_version(
    options: *mut sandcell_client_options,
    version: *const c_char,
    version_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            let version = text("version", version, version_len)?.parse()?;
            options.update(|builder| builder.api_version(version));
            Ok(())
        })
    }
}

/// Sets how long making a connection may take.
///
/// Default: 10000 ms
///
/// @param options     changed
/// @param timeout_ms  in: milliseconds; with 0, no connection can be made
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_options_set_connect_timeout_ms(
    options: *mut sandcell_client_options,
    timeout_ms: u64,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            options.update(|builder| builder.connect_timeout(Duration::from_millis(timeout_ms)));
            Ok(())
        })
    }
}

/// Sets how long one request to the engine may take where the call has no
/// limit of its own.
///
/// Default: 60000 ms
///
/// @param options     changed
/// @param timeout_ms  in: milliseconds; with 0, no request can succeed
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_options_set_request_timeout_ms(
    options: *mut sandcell_client_options,
    timeout_ms: u64,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let options = handle_mut("options", options)?;
            options.update(|builder| builder.request_timeout(Duration::from_millis(timeout_ms)));
            Ok(())
        })
    }
}

/// Sets the directory of a Docker config.
///
/// Its config.json says who asks which registry for an image, or which program
/// docker-credential-... knows. It is read at each pull. If it cannot be used, the
/// pull is made without credentials, and the log warns.
///
/// Default: none; with sandcell_client_options_from_env(), DOCKER_CONFIG or else
/// ~/.docker
///
/// @param options       changed
/// @param dir, dir_len  in: a path; bytes without NUL
/// @param error         out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  see "Errors"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_options_set_docker_config(
    options: *mut sandcell_client_options,
    dir: *const c_char,
    dir_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (options, dir) = (handle_mut("options", options)?, host_path("dir", dir, dir_len)?);
            options.update(|builder| builder.docker_config(dir));
            Ok(())
        })
    }
}

/// Frees options; clients made with them go on.
///
/// @param options  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the options.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_options_free(options: *mut sandcell_client_options) {
    // SAFETY: the header's contract.
    unsafe { free(options) }
}
