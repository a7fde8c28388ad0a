//! Validates arguments before anything is sent. Each error names the field and says
//! what it must be.

use crate::error::{Error, Result};
use crate::labels;

/// The length limit of ids and names, in bytes. Engines have their own limits, and a
/// request's head must stay small.
const MAX_NAME: usize = 255;
/// The kernel's length limit of paths, in bytes, without the final NUL.
const MAX_PATH: usize = 4095;

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

/// A path with one `/` before each name, and without `.`.
pub(crate) fn normalized(path: &str) -> String {
    let names: Vec<_> = path.split('/').filter(|name| !matches!(*name, "" | ".")).collect();
    format!("/{}", names.join("/"))
}

/// Validates where something is mounted in a container; returns the path's shortest
/// form.
pub(crate) fn mount_target(path: &str) -> Result<String> {
    absolute_path("target", path)?;
    // Its meaning depends on the symlinks before it.
    if path.split('/').any(|name| name == "..") {
        return Err(Error::invalid("target", format_args!("{path:?} must not contain \"..\"")));
    }
    let normalized = normalized(path);
    if normalized == "/" {
        return Err(Error::invalid("target", "nothing can be mounted at \"/\""));
    }
    let longest = normalized.split('/').map(str::len).max().unwrap_or_default();
    if normalized.len() > MAX_PATH || longest > MAX_NAME {
        let problem =
            format!("is longer than {MAX_PATH} bytes, or has a name longer than {MAX_NAME} bytes");
        return Err(Error::invalid("target", problem));
    }
    Ok(normalized)
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
    // Engines ignore a second colon and what follows, and take "-0" for a number.
    let is_good = |part: &str| {
        !part.is_empty() && !part.starts_with(['-', '+']) && !part.contains(char::is_control)
    };
    if user.split(':').count() > 2 || !user.split(':').all(is_good) {
        let rule = "must be a name or a number, or two with ':' between them, without control \
                    characters and not starting with '-' or '+'";
        return Err(Error::invalid("user", format_args!("{user:?} {rule}")));
    }
    Ok(())
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
    fn a_mount_target_has_one_form() {
        let long = "n".repeat(256);
        for bad in ["", "m", "/", "//", "/.", "/a/../b", "/..", "/a\0", &format!("/{long}")] {
            assert!(mount_target(bad).unwrap_err().is_invalid_argument(), "{bad:?}");
        }
        assert!(mount_target(&"/abc".repeat(1024)).is_err());
        for (path, form) in [("/a", "/a"), ("//a/./b//", "/a/b"), ("/a b /..c", "/a b /..c")] {
            assert_eq!(mount_target(path).unwrap(), form);
        }
    }

    #[test]
    fn a_user_is_one_or_two_words() {
        for bad in ["", ":", "a:", ":a", "0:0:0", "-0", "+0", "a:-1", "a\n", "a\0", "a\tb"] {
            assert!(user(bad).unwrap_err().is_invalid_argument(), "{bad:?}");
        }
        for good in ["0", "a", "a:b", "1000:1000", "www-data", "user.name", "DOM\\user", "é"] {
            user(good).unwrap();
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
