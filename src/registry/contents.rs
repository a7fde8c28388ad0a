//! The contents of a Docker `config.json`, as far as credentials are concerned.
//!
//! Only the fields that a pull needs are looked at, so nothing else in the file can
//! get in their way. They are read as the `docker` command reads them: names of
//! fields match in any case, the last of several wins, `null` is the same as absent,
//! and what follows the first JSON value is ignored.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Secret;

/// Some programs write the base64 without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// Some editors write it.
const BYTE_ORDER_MARK: char = '\u{feff}';
/// The hosts of Docker Hub, under which different programs store its credentials.
const HUB: [&str; 3] = ["index.docker.io", "docker.io", "registry-1.docker.io"];

/// The fields of a file, and what is wrong with them. No text of a file is part of a
/// problem, because it may be a secret, but for names of registries.
#[derive(Default)]
pub(super) struct Contents<'a> {
    auths: BTreeMap<String, &'a RawValue>,
    creds_store: String,
    cred_helpers: BTreeMap<String, String>,
    pub(super) problems: Vec<String>,
}

/// Where to look for a registry's credentials.
#[derive(Debug, PartialEq)]
pub(super) struct HelperName {
    pub(super) name: String,
    /// The field that names it.
    pub(super) field: &'static str,
}

impl<'a> Contents<'a> {
    /// Parses a file; the error says where it is not JSON.
    pub(super) fn parse(text: &'a str) -> Result<Self, String> {
        let text = text.trim_start_matches(BYTE_ORDER_MARK);
        let mut contents = Contents::default();
        if text.trim().is_empty() {
            return Ok(contents);
        }
        // Without `end`, what follows the value is not read.
        let object = Option::<Object>::deserialize(&mut serde_json::Deserializer::from_str(text));
        // The parser's own message may quote the file.
        let object = object.map_err(|error| {
            format!("unexpected JSON at line {}, column {}", error.line(), error.column())
        })?;
        for (name, value) in object.unwrap_or_default().0 {
            contents.set(&name.to_ascii_lowercase(), value);
        }
        Ok(contents)
    }

    fn set(&mut self, name: &str, value: &'a RawValue) {
        match name {
            "auths" => match object(value) {
                Some(Some(entries)) => self.auths.extend(entries.0),
                Some(None) => self.auths.clear(),
                None => self.problem("\"auths\" is not an object"),
            },
            "credhelpers" => match object(value) {
                Some(Some(helpers)) => self.set_helpers(helpers),
                Some(None) => self.cred_helpers.clear(),
                None => self.problem("\"credHelpers\" is not an object"),
            },
            "credsstore" => match string(value) {
                Some(name) => self.creds_store = name.unwrap_or_default(),
                None => self.problem("\"credsStore\" is not a string"),
            },
            _ => {}
        }
    }

    fn set_helpers(&mut self, helpers: Object<'_>) {
        for (registry, helper) in helpers.0 {
            match string(helper) {
                Some(name) => {
                    self.cred_helpers.insert(registry, name.unwrap_or_default());
                }
                None => {
                    self.problem(&format!("\"credHelpers\" of {registry:?} is not a string"));
                }
            }
        }
    }

    fn problem(&mut self, problem: &str) {
        self.problems.push(problem.to_owned());
    }

    /// The helper that has the credentials of the registry `key`, if one has. An
    /// empty name means the file itself, whatever `credsStore` says.
    pub(super) fn helper_for(&self, key: &str) -> Option<HelperName> {
        let (name, field) = match self.cred_helpers.get(key) {
            Some(name) => (name, "credHelpers"),
            None => (&self.creds_store, "credsStore"),
        };
        (!name.is_empty()).then(|| HelperName { name: name.clone(), field })
    }

    /// The file's own credentials for the registry `key`; `None` if it has none.
    /// Adds what is wrong with them to the problems.
    pub(super) fn secret_for(&mut self, key: &str) -> Option<Secret> {
        let (name, entry) = self.entry_for(key)?;
        let (mut problems, entry) = (Vec::new(), Entry::parse(entry));
        let secret = match entry {
            Ok(entry) => entry.secret(&mut problems),
            Err(problem) => {
                problems.push(problem);
                Secret::default()
            }
        };
        let named = |problem| format!("the entry of {name:?} in \"auths\": {problem}");
        self.problems.extend(problems.into_iter().map(named));
        (!secret.is_empty()).then_some(secret)
    }

    /// Finds the entry by key, or else by host: old entries are URLs with a path.
    fn entry_for(&self, key: &str) -> Option<(String, &'a RawValue)> {
        let host = host_of(key);
        let is_same = |name: &str| host_of(name) == host;
        let is_alike = |name: &str| {
            let name = host_of(name).to_ascii_lowercase();
            name == host.to_ascii_lowercase()
                || (HUB.contains(&host) && HUB.contains(&name.as_str()))
        };
        let exact = self.auths.get_key_value(key);
        let same = || self.auths.iter().find(|(name, _)| is_same(name));
        let alike = || self.auths.iter().find(|(name, _)| is_alike(name));
        let (name, entry) = exact.or_else(same).or_else(alike)?;
        Some((host_of(name).to_owned(), entry))
    }
}

/// The host and port in the name of an entry, which may be a URL.
fn host_of(name: &str) -> &str {
    match name.split_once("://") {
        Some((_, rest)) => {
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            authority.rsplit_once('@').map_or(authority, |(_, host)| host)
        }
        None => name.split_once('/').map_or(name, |(host, _)| host),
    }
}

/// What the file says of one registry.
#[derive(Default)]
struct Entry {
    auth: String,
    secret: Secret,
    wrong: Vec<&'static str>,
}

impl Entry {
    fn parse(entry: &RawValue) -> Result<Self, String> {
        let fields = object(entry).ok_or("it is not an object")?;
        let mut parsed = Entry::default();
        for (name, value) in fields.unwrap_or_default().0 {
            parsed.set(&name.to_ascii_lowercase(), value);
        }
        Ok(parsed)
    }

    fn set(&mut self, name: &str, value: &RawValue) {
        let (name, field) = match name {
            "auth" => ("auth", &mut self.auth),
            "username" => ("username", &mut self.secret.username),
            "password" => ("password", &mut self.secret.password),
            "identitytoken" => ("identitytoken", &mut self.secret.identity_token),
            "registrytoken" => ("registrytoken", &mut self.secret.registry_token),
            _ => return,
        };
        match string(value) {
            Some(Some(text)) => *field = text,
            Some(None) => {}
            None => self.wrong.push(name),
        }
    }

    fn secret(self, problems: &mut Vec<String>) -> Secret {
        let Entry { auth, mut secret, wrong } = self;
        problems.extend(wrong.iter().map(|name| format!("{name:?} is not a string")));
        if !auth.is_empty() {
            match decode(&auth) {
                Some((username, password)) => {
                    (secret.username, secret.password) = (username, password);
                }
                None => {
                    problems.push("\"auth\" is not the base64 of \"user:password\"".to_owned());
                }
            }
        }
        secret
    }
}

/// Decodes the base64 of `user:password`. The user may be empty beside a token.
fn decode(auth: &str) -> Option<(String, String)> {
    let auth: String = auth.split_ascii_whitespace().collect();
    let text = String::from_utf8(BASE64.decode(auth).ok()?).ok()?;
    let (username, password) = text.split_once(':')?;
    Some((username.to_owned(), password.trim_matches('\0').to_owned()))
}

/// The user name and the secret in a helper's output.
pub(super) fn helper_output(text: &str) -> Option<(String, String)> {
    let object = Object::deserialize(&mut serde_json::Deserializer::from_str(text)).ok()?;
    let (mut username, mut secret) = (String::new(), String::new());
    for (name, value) in object.0 {
        match name.to_ascii_lowercase().as_str() {
            "username" => username = string(value)?.unwrap_or(username),
            "secret" => secret = string(value)?.unwrap_or(secret),
            _ => {}
        }
    }
    Some((username, secret))
}

/// The fields of a JSON object in their order, duplicates included.
#[derive(Default)]
struct Object<'a>(Vec<(String, &'a RawValue)>);

/// An object; `Some(None)` for `null`, `None` for anything else.
fn object(value: &RawValue) -> Option<Option<Object<'_>>> {
    serde_json::from_str(value.get()).ok()
}

/// A string; `Some(None)` for `null`, `None` for anything else.
fn string(value: &RawValue) -> Option<Option<String>> {
    serde_json::from_str(value.get()).ok()
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}
