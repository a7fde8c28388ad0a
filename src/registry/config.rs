//! Reads registry credentials from Docker's `config.json`, or from the credential
//! helper that it names.
//!
//! The crate `docker_credential` reads it, too, but it waits for a helper forever
//! (a helper may prompt for a password where no user sees it), writes to it through
//! a pipe (if the helper does not read, SIGPIPE kills this process), and puts the
//! output of a failed helper, which may contain a secret, into its error.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

use super::{Credentials, Secret, helper};
use crate::call_context::CallContext;
use crate::error::{Error, ErrorKind, Result};

/// The size limit of the file, in bytes.
const MAX_FILE: u64 = 1024 * 1024;
/// Some programs write the base64 without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The directory that holds the `config.json`.
#[derive(Clone, Debug)]
pub(crate) struct DockerConfig(pub(crate) PathBuf);

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Contents {
    auths: BTreeMap<String, Option<Entry>>,
    creds_store: String,
    cred_helpers: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
}

impl DockerConfig {
    /// Returns the credentials for `registry`, if there are any. The file is read
    /// each time, because a user may log in meanwhile.
    pub(crate) fn credentials(
        &self,
        context: &CallContext,
        registry: &str,
    ) -> Result<Option<Credentials>> {
        let file = self.0.join("config.json");
        let Some(contents) = read(&file)? else { return Ok(None) };
        let key = key_of(registry);
        match contents.helper_for(key) {
            Some(helper) => helper::ask(context, helper, key),
            None => contents
                .entry_for(key)
                .map_or(Ok(None), Entry::credentials)
                .map_err(|e: Error| e.context(file.display())),
        }
    }
}

/// The name of a registry in the file and in the helpers' protocol.
pub(crate) fn key_of(registry: &str) -> &str {
    match registry {
        "docker.io" | "index.docker.io" | "registry-1.docker.io" => "https://index.docker.io/v1/",
        other => other,
    }
}

/// Reads the file; `None` if it does not exist.
fn read(path: &Path) -> Result<Option<Contents>> {
    let problem = |kind| Error::new(kind, format!("cannot read {}", path.display()));
    let mut text = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut text));
    match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(problem(ErrorKind::Io).with_source(error)),
        Ok(_) if text.len() as u64 > MAX_FILE => {
            return Err(problem(ErrorKind::TooLarge).context("larger than 1 MiB"));
        }
        Ok(_) => {}
    }
    // The parser's message may quote a secret from the file: give the position only.
    serde_json::from_slice(&text).map(Some).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        problem(ErrorKind::InvalidArgument)
            .context(format_args!("unexpected JSON at line {line}, column {column}"))
    })
}

impl Contents {
    fn helper_for(&self, key: &str) -> Option<&str> {
        let of_registry = self.cred_helpers.get(key).filter(|name| !name.is_empty());
        Some(of_registry.unwrap_or(&self.creds_store).as_str()).filter(|name| !name.is_empty())
    }

    /// Finds the entry by key, or by host: old entries are URLs with a path.
    fn entry_for(&self, key: &str) -> Option<&Entry> {
        let by_host = || self.auths.iter().find(|(name, _)| host_of(name) == host_of(key));
        let (_, entry) = self.auths.get_key_value(key).or_else(by_host)?;
        entry.as_ref()
    }
}

fn host_of(name: &str) -> &str {
    let bare = name.strip_prefix("https://").or_else(|| name.strip_prefix("http://"));
    let bare = bare.unwrap_or(name);
    bare.split_once('/').map_or(bare, |(host, _)| host)
}

impl Entry {
    fn credentials(&self) -> Result<Option<Credentials>> {
        let Entry { auth, username, password, identitytoken } = self;
        let secret = if !identitytoken.is_empty() {
            Secret::IdentityToken(identitytoken.clone())
        } else if !auth.is_empty() {
            decode(auth)?
        } else if !username.is_empty() {
            Secret::Password { username: username.clone(), password: password.clone() }
        } else {
            return Ok(None);
        };
        Ok(Some(Credentials(secret)))
    }
}

/// Decodes the base64 of `user:password`.
fn decode(auth: &str) -> Result<Secret> {
    let text = BASE64.decode(auth).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    match text.as_deref().and_then(|text| text.split_once(':')) {
        Some((username, password)) => Ok(Secret::Password {
            username: username.to_owned(),
            password: password.trim_end_matches('\0').to_owned(),
        }),
        None => {
            let problem = "an \"auth\" value is not the base64 of \"user:password\"";
            Err(Error::new(ErrorKind::InvalidArgument, problem))
        }
    }
}
