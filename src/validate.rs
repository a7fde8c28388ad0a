//! Checks of arguments, before anything is sent: each names the field and says
//! what it must be.

use crate::error::{Error, Result};
use crate::labels;

/// Longer arguments are refused: engines have limits of their own, and a
/// request's head must stay small.
const MAX_NAME: usize = 255;

/// Text that ends up in a C string somewhere must not contain a NUL.
pub(crate) fn no_nul(field: &str, text: &str) -> Result<()> {
    match text.find('\0') {
        Some(at) => Err(Error::invalid(field, format_args!("contains a NUL at byte {at}"))),
        None => Ok(()),
    }
}

/// An absolute path in the container, or of the engine's host.
pub(crate) fn absolute_path(field: &str, path: &str) -> Result<()> {
    if !path.starts_with('/') {
        return Err(Error::invalid(field, format_args!("{path:?} is not an absolute path")));
    }
    no_nul(field, path)
}

/// An id or a name of a container, volume or exec, by the engine's grammar:
/// nothing that could end or climb a path segment.
pub(crate) fn id_or_name(field: &str, id: &str) -> Result<()> {
    let starts_well = id.starts_with(|c: char| c.is_ascii_alphanumeric());
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if id.is_empty() {
        Err(Error::invalid(field, "is empty"))
    } else if id.len() > MAX_NAME {
        Err(Error::invalid(field, format_args!("is longer than {MAX_NAME} bytes")))
    } else if !starts_well || !id.chars().all(is_allowed) {
        let rule = "must be letters, digits, '_', '.' or '-', the first a letter or digit";
        Err(Error::invalid(field, format_args!("{id:?} {rule}")))
    } else {
        Ok(())
    }
}

/// A container's name: engines want two characters at least.
pub(crate) fn container_name(name: &str) -> Result<()> {
    if name.len() == 1 {
        return Err(Error::invalid("name", "is shorter than two characters"));
    }
    id_or_name("name", name)
}

/// A label.
pub(crate) fn label(key: &str, value: &str) -> Result<()> {
    if key.is_empty() {
        return Err(Error::invalid("label", "a key is empty"));
    }
    no_nul("label", key)?;
    no_nul("label", value)
}

/// A label of a container that is not the library's own.
pub(crate) fn free_label(key: &str, value: &str) -> Result<()> {
    if labels::is_reserved(key) {
        return Err(Error::invalid("label", format_args!("{key:?} is set by the library only")));
    }
    label(key, value)
}

/// The value of a label of the library's own.
pub(crate) fn label_value(field: &str, value: &str) -> Result<()> {
    if value.is_empty() {
        return Err(Error::invalid(field, "is empty"));
    }
    no_nul(field, value)
}

/// The name of an environment variable, and its value.
pub(crate) fn env(name: &str, value: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::invalid("env", "a name is empty"));
    }
    if name.contains('=') {
        return Err(Error::invalid("env", format_args!("the name {name:?} contains '='")));
    }
    no_nul("env", name)?;
    // The value may be a secret: the field's name must do.
    no_nul("env", value).map_err(|e| e.context(format_args!("the value of {name:?}")))
}

/// Environment variables as the engine takes them: `NAME=value`.
pub(crate) fn env_list(env_vars: &[(String, String)]) -> Result<Vec<String>> {
    let entry = |(name, value): &(String, String)| {
        env(name, value)?;
        Ok(format!("{name}={value}"))
    };
    env_vars.iter().map(entry).collect()
}

/// A user, as the engine resolves it in the container.
pub(crate) fn user(user: &str) -> Result<()> {
    if user.is_empty() {
        return Err(Error::invalid("user", "is empty; leave it unset for the default"));
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
