//! Client options: where the engine is, and how long it may take.

use std::ffi::c_char;
use std::mem;
use std::time::Duration;

use super::args::{handle, host_path, out, text};
use super::client::sandcell_client;
use super::error::{sandcell_error, sandcell_status};
use super::guard::{free, guard, guard_new};
use super::setters::{Options, set, set_checked, set_text, set_texts};
use crate::ClientBuilder;

/// How to reach an engine, for sandcell_client_builder_build().
///
/// Reusable. Free with sandcell_client_builder_free().
pub struct sandcell_client_builder(pub(super) ClientBuilder);

impl Options for sandcell_client_builder {
    type Value = ClientBuilder;
    const NAME: &str = "builder";

    fn update(&mut self, change: impl FnOnce(ClientBuilder) -> ClientBuilder) {
        self.0 = change(mem::take(&mut self.0));
    }
}

/// Makes options that are all at their defaults and do not look at the
/// environment.
///
/// @return  owned by the caller, never NULL; free with
///          sandcell_client_builder_free().
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn sandcell_client_builder_new() -> *mut sandcell_client_builder {
    guard_new(|| sandcell_client_builder(ClientBuilder::default()))
}

/// Makes options as the environment says, by the rules of the engine's own
/// clients: DOCKER_HOST, DOCKER_CERT_PATH, DOCKER_TLS_VERIFY, DOCKER_API_VERSION
/// and DOCKER_CONFIG.
///
/// @param builder  out: owned by the caller; free with
///                 sandcell_client_builder_free()
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK                    *builder is set
///          SANDCELL_ERR_INVALID_ARGUMENT  a variable makes no sense
///
/// Threads: any, unless another changes the environment.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_builder_from_env(
    builder: *mut *mut sandcell_client_builder,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let builder = out("builder", builder)?;
            builder.write_handle(sandcell_client_builder(ClientBuilder::from_env()?));
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
/// @param builder         changed
/// @param host, host_len  in: UTF-8, checked by sandcell_client_builder_build()
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_builder_set_host(
    builder: *mut sandcell_client_builder,
    host: *const c_char,
    host_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set_text(builder, error, ("host", host, host_len), |b, host| b.host(host)) }
}

/// Uses TLS over tcp://, with an engine for which one of the certificates in a
/// file vouches.
///
/// No other is trusted, nor those that this machine trusts.
///
/// @param builder         changed
/// @param file, file_len  in: a path; the file, in PEM, is read by
///                        sandcell_client_builder_build()
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_builder_set_tls_ca(
    builder: *mut sandcell_client_builder,
    file: *const c_char,
    file_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set_text(builder, error, ("file", file, file_len), |b, file| b.tls_ca(file)) }
}

/// Uses TLS over tcp://, and shows the engine who this client is.
///
/// The key must not be behind a password.
///
/// @param builder         changed
/// @param cert, cert_len  in: the path of the client's certificate; the file, in
///                        PEM, is read by sandcell_client_builder_build()
/// @param key, key_len    in: the path of the key to it, likewise
/// @param error           out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_builder_set_tls_client_cert(
    builder: *mut sandcell_client_builder,
    cert: *const c_char,
    cert_len: usize,
    key: *const c_char,
    key_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        let texts = [("cert", cert, cert_len), ("key", key, key_len)];
        set_texts(builder, error, texts, |b, cert, key| b.tls_client_cert(cert, key))
    }
}

/// Uses TLS over tcp://, and takes anybody who answers for the engine, whatever
/// sandcell_client_builder_set_tls_ca() says.
///
/// Insecure: who is in between can read and change everything.
///
/// Default: false
///
/// @param builder  changed
/// @param accept   in
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_builder_set_tls_accept_any_server(
    builder: *mut sandcell_client_builder,
    accept: bool,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(builder, error, |b| b.tls_accept_any_server(accept)) }
}

/// Sets the version of the Engine API to speak.
///
/// Default: the newest that both sides know.
///
/// @param builder               changed
/// @param version, version_len  in: such as "1.41"
/// @param error                 out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  it is not like "1.41"
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_builder_set_api_version(
    builder: *mut sandcell_client_builder,
    version: *const c_char,
    version_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        let version = || text("version", version, version_len)?.parse();
        set_checked(builder, error, version, |b, version| b.api_version(version))
    }
}

/// Sets how long making a connection may take.
///
/// Default: 10000 ms
///
/// @param builder     changed
/// @param timeout_ms  in: milliseconds; with 0, no connection can be made
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_builder_set_connect_timeout_ms(
    builder: *mut sandcell_client_builder,
    timeout_ms: u64,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(builder, error, |b| b.connect_timeout(Duration::from_millis(timeout_ms))) }
}

/// Sets how long one request to the engine may take where the call has no
/// limit of its own.
///
/// Default: 60000 ms
///
/// @param builder     changed
/// @param timeout_ms  in: milliseconds; with 0, no request can succeed
/// @param error       out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_builder_set_request_timeout_ms(
    builder: *mut sandcell_client_builder,
    timeout_ms: u64,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe { set(builder, error, |b| b.request_timeout(Duration::from_millis(timeout_ms))) }
}

/// Sets the directory of a Docker config.
///
/// Its config.json says who asks which registry for an image, or which program
/// docker-credential-... knows. It is read at each pull. If it cannot be used, the
/// pull is made without credentials, and the log warns.
///
/// Default: none; with sandcell_client_builder_from_env(), DOCKER_CONFIG or else
/// ~/.docker
///
/// @param builder       changed
/// @param dir, dir_len  in: a path; bytes without NUL
/// @param error         out, may be NULL
///
/// @return  SANDCELL_OK
///
/// Threads: one at a time.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_builder_set_docker_config(
    builder: *mut sandcell_client_builder,
    dir: *const c_char,
    dir_len: usize,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        let dir = || host_path("dir", dir, dir_len);
        set_checked(builder, error, dir, |b, dir| b.docker_config(dir))
    }
}

/// Makes a client that does not look at the environment.
///
/// Nothing is sent yet.
///
/// @param builder  in
/// @param client   out: owned by the caller; free with sandcell_client_free()
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK                     *client is set
///          SANDCELL_ERR_INVALID_ARGUMENT   the host makes no sense, or a file of
///                                         TLS is not what it should be
///          SANDCELL_ERR_PERMISSION_DENIED  a file of TLS may not be read
///          SANDCELL_ERR_UNSUPPORTED        this build cannot reach such a host
///
/// Threads: any.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_builder_build(
    builder: *const sandcell_client_builder,
    client: *mut *mut sandcell_client,
    error: *mut *mut sandcell_error,
) -> sandcell_status {
    // SAFETY: the header's contract.
    unsafe {
        guard(error, || {
            let (builder, client) = (handle("builder", builder)?, out("client", client)?);
            client.write_handle(sandcell_client(builder.0.clone().build()?));
            Ok(())
        })
    }
}

/// Frees options; clients made with them go on.
///
/// @param builder  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the options.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_builder_free(builder: *mut sandcell_client_builder) {
    // SAFETY: the header's contract.
    unsafe { free(builder) }
}
