//! Client builders: how to reach an engine, and its timeouts.

use std::ffi::c_char;
use std::mem;
use std::time::Duration;

use super::args::{handle, host_path, out, text};
use super::client::sandcell_client;
use super::error::{sandcell_error, sandcell_status};
use super::guard::guard;
use super::handles::{free, guard_new};
use super::setters::{Options, set, set_checked, set_text, set_texts};
use crate::ClientBuilder;

/// A client to make, with sandcell_client_builder_build().
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

/// Makes a builder with the defaults, which does not use the environment.
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

/// Makes a builder from the environment, by the rules of the Docker CLI: from
/// DOCKER_HOST, DOCKER_CERT_PATH, DOCKER_TLS_VERIFY, DOCKER_API_VERSION, DOCKER_CONFIG
/// and DOCKER_AUTH_CONFIG.
///
/// @param builder  out: owned by the caller; free with
///                 sandcell_client_builder_free()
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK                    *builder is set
///          SANDCELL_ERR_INVALID_ARGUMENT  a variable is invalid
///
/// Threads: any, as long as no other changes the environment.
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

/// Sets the engine's address, in the form of DOCKER_HOST.
///
/// One of unix:///path, tcp://host:port, http://host:port (never TLS),
/// https://host:port (always TLS) and ssh://user@host:port. The port defaults to
/// 2375, or 2376 with TLS; the user is optional. tcp:// uses TLS if one of the TLS
/// setters below was called. For ssh://, the local ssh program runs docker on the
/// remote host.
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

/// Uses TLS over tcp://, and sets the certificate authorities to verify the engine
/// with.
///
/// No others are trusted, not even those that the system trusts.
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

/// Uses TLS over tcp://, and authenticates this client with a certificate.
///
/// The key must not be encrypted.
///
/// @param builder         changed
/// @param cert, cert_len  in: the path of the client's certificate; the file, in
///                        PEM, is read by sandcell_client_builder_build()
/// @param key, key_len    in: the path of its private key, likewise
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

/// Uses TLS over tcp://, and sets whether to accept any server, without verifying
/// its certificate.
///
/// Insecure: an attacker on the network can read and change everything. Overrides
/// sandcell_client_builder_set_tls_ca().
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

/// Sets the version of the Engine API to use.
///
/// Default: the newest that both sides support.
///
/// @param builder               changed
/// @param version, version_len  in: such as "1.41"
/// @param error                 out, may be NULL
///
/// @return  SANDCELL_OK
///          SANDCELL_ERR_INVALID_ARGUMENT  it does not have the form "1.41"
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

/// Sets the timeout for connecting.
///
/// Default: 10000 ms
///
/// @param builder     changed
/// @param timeout_ms  in: milliseconds; with 0, every attempt times out
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

/// Sets the timeout of a request to the engine, for calls that have none of their
/// own.
///
/// Default: 60000 ms
///
/// @param builder     changed
/// @param timeout_ms  in: milliseconds; with 0, every request times out
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

/// Sets the Docker config directory.
///
/// Its config.json has the credentials for registries, or names the
/// docker-credential-... programs that have them. It is read for each pull, by the
/// rules of the docker command: what the file says of other things does not matter,
/// and if a program fails, the file's own "auths" are used.
///
/// What cannot be used is logged as a warning. If the registry then refuses the pull,
/// the error says which credentials were used, or why none.
///
/// Default: none; with sandcell_client_builder_from_env(), DOCKER_CONFIG or else
/// ~/.docker; DOCKER_AUTH_CONFIG comes before the file
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

/// Makes a client.
///
/// Nothing is sent: sandcell_client_version() tells whether the engine can be
/// reached.
///
/// @param builder  in
/// @param client   out: owned by the caller; free with sandcell_client_free()
/// @param error    out, may be NULL
///
/// @return  SANDCELL_OK                     *client is set
///          SANDCELL_ERR_INVALID_ARGUMENT   the host, or a TLS file, is invalid
///          SANDCELL_ERR_PERMISSION_DENIED  a TLS file may not be read
///          SANDCELL_ERR_UNSUPPORTED        this build does not support such a host
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

/// Frees a builder; clients made with it are not affected.
///
/// @param builder  in, may be NULL; unusable afterwards
///
/// Threads: any, as long as no other uses the builder.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sandcell_client_builder_free(builder: *mut sandcell_client_builder) {
    // SAFETY: the header's contract.
    unsafe { free(builder) }
}
