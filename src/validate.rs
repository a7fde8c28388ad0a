//! Validates arguments before anything is sent. Each error names the field and says
//! what it must be.

use crate::error::{Error, Result};
use crate::labels;

/// The length limit of ids and names, in bytes. Engines have their own limits, and a
/// request's head must stay small.
const MAX_NAME: usize = 255;

/// Rejects NUL bytes in text that becomes a C string somewhere.
pub(crate) fn no_nul(field: &str, text: &str) -> Result<()> {
    match text.find('\0') {
        Some(at) => Err(Error::invalid(field, format_args!("contains a NUL byte at offset {at}"))),
        None => Ok(()),
    }
}

/// Validates an absolute path in the container or on the engine's host.
pub(crate) fn absolute_path(field: &str, path: &str) -> Result<()> {
    if !path.starts_with('/') {
        return Err(Error::invalid(field, format_args!("{path:?} is not an absolute path")));
    }
    no_nul(field, path)
}

/// Validates the id or name of a container, volume or exec by the engine's grammar,
/// which excludes everything that could change the path of a request.
pub(crate) fn id_or_name(field: &str, id: &str) -> Result<()> {
    let starts_well = id.starts_with(|c: char| c.is_ascii_alphanumeric());
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if id.is_empty() {
        Err(Error::invalid(field, "must not be empty"))
    } else if id.len() > MAX_NAME {
        Err(Error::invalid(field, format_args!("must not be longer than {MAX_NAME} bytes")))
    } else if !starts_well || !id.chars().all(is_allowed) {
        let rule = "must consist of letters, digits, '_', '.' and '-', and start with a letter \
                    or digit";
        Err(Error::invalid(field, format_args!("{id:?} {rule}")))
    } else {
        Ok(())
    }
}

/// Validates a container's name, which must have at least two characters.
pub(crate) fn container_name(name: &str) -> Result<()> {
    if name.len() == 1 {
        return Err(Error::invalid("name", "must have at least two characters"));
    }
    id_or_name("name", name)
}

/// Validates a label.
pub(crate) fn label(key: &str, value: &str) -> Result<()> {
    if key.is_empty() {
        return Err(Error::invalid("label", "the key must not be empty"));
    }
    no_nul("label", key)?;
    no_nul("label", value)
}

/// Validates a caller's label of a container: those of the library are reserved.
pub(crate) fn free_label(key: &str, value: &str) -> Result<()> {
    if labels::is_reserved(key) {
        return Err(Error::invalid("label", format_args!("{key:?} is reserved for the library")));
    }
    label(key, value)
}

/// Validates the value of a label that the library sets.
pub(crate) fn label_value(field: &str, value: &str) -> Result<()> {
    if value.is_empty() {
        return Err(Error::invalid(field, "must not be empty"));
    }
    no_nul(field, value)
}

/// Validates an environment variable.
pub(crate) fn env(name: &str, value: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::invalid("env", "the name must not be empty"));
    }
    if name.contains('=') {
        return Err(Error::invalid("env", format_args!("the name {name:?} must not contain '='")));
    }
    no_nul("env", name)?;
    // The value may be a secret: show only the name.
    no_nul("env", value).map_err(|e| e.context(format_args!("the value of {name:?}")))
}

/// Validates environment variables; returns them as `NAME=value`.
pub(crate) fn env_list(env_vars: &[(String, String)]) -> Result<Vec<String>> {
    let entry = |(name, value): &(String, String)| {
        env(name, value)?;
        Ok(format!("{name}={value}"))
    };
    env_vars.iter().map(entry).collect()
}

/// Validates a user, which the engine resolves in the container.
pub(crate) fn user(user: &str) -> Result<()> {
    if user.is_empty() {
        return Err(Error::invalid("user", "must not be empty; leave it unset for the default"));
    }
    no_nul("user", user)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_could_change_the_path_are_refused() {
        for bad in [
            "",
            "../../version?x=",
            "a/b",
            "a%2fb",
            ".",
            "..",
            "-a",
            "a b",
            "a?b",
            "a#b",
            "é",
            "a\0",
        ] {
            let error = id_or_name("container", bad).unwrap_err();
            assert!(error.is_invalid_argument());
            assert!(error.to_string().starts_with("container: "), "{error}");
        }
        for good in ["a", "4f5e", "web_1.x-y"] {
            id_or_name("container", good).unwrap();
        }
    }

    #[test]
    fn environment() {
        assert!(env("", "x").is_err());
        assert!(env("A=B", "x").is_err());
        assert!(env("A\0", "x").is_err());
        let error = env("TOKEN", "secret\0").unwrap_err().to_string();
        assert!(error.contains("TOKEN") && !error.contains("secret"), "{error}");
        env("A", "x=y").unwrap();
    }
}
