//! Paths in a container: absolute and normalized.

use crate::error::{Error, Result};
use crate::validate;

/// The path of a directory: `/`, or names with one `/` before each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DirPath(String);

/// The path of a file, and of its directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FilePath {
    whole: String,
    directory: DirPath,
}

impl DirPath {
    pub(super) fn parse(field: &str, path: &str) -> Result<Self> {
        validate::absolute_path(field, path)?;
        // Its meaning depends on the symlinks before it.
        if path.split('/').any(|name| name == "..") {
            return Err(Error::invalid(field, format_args!("{path:?} must not contain \"..\"")));
        }
        Ok(DirPath(validate::normalized(path)))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the parent directory, and the name in it; `None` for the root.
    pub(super) fn split(&self) -> Option<(DirPath, &str)> {
        let (above, name) = self.0.rsplit_once('/')?;
        let above = if above.is_empty() { "/" } else { above };
        (!name.is_empty()).then(|| (DirPath(above.to_owned()), name))
    }
}

impl FilePath {
    pub(super) fn parse(field: &str, path: &str) -> Result<Self> {
        let whole = DirPath::parse(field, path)?;
        let Some((directory, _)) = whole.split() else {
            return Err(Error::invalid(field, "\"/\" is not a file"));
        };
        // As in POSIX, a trailing slash names a directory.
        if path.ends_with('/') || path.ends_with("/.") {
            return Err(Error::invalid(
                field,
                format_args!("{path:?} names a directory, not a file"),
            ));
        }
        Ok(FilePath { whole: whole.0, directory })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.whole
    }

    pub(super) fn directory(&self) -> &DirPath {
        &self.directory
    }
}

/// Whether `path` is `above`, or is below it.
pub(super) fn is_within(path: &str, above: &str) -> bool {
    let above = above.trim_end_matches('/');
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_one_form() {
        for (path, form) in [("/", "/"), ("//a/./b//", "/a/b"), ("/a..b/...", "/a..b/...")] {
            assert_eq!(DirPath::parse("path", path).unwrap().as_str(), form);
        }
        let file = FilePath::parse("path", "//a/./b c").unwrap();
        assert_eq!((file.directory().as_str(), file.as_str()), ("/a", "/a/b c"));
    }

    #[test]
    fn bad_paths_are_refused() {
        for bad in ["", "a", "./a", "/a/../b", "/..", "/a\0b"] {
            let error = DirPath::parse("path", bad).unwrap_err();
            assert!(error.is_invalid_argument() && error.to_string().starts_with("path: "));
        }
        for bad in ["/", "//", "/a/", "/a/.", "a", "/../a"] {
            assert!(FilePath::parse("path", bad).unwrap_err().is_invalid_argument(), "{bad:?}");
        }
    }

    #[test]
    fn within_is_by_names() {
        assert!(is_within("/tmp", "/tmp") && is_within("/tmp/x", "/tmp/") && is_within("/x", "/"));
        assert!(!is_within("/tmpx", "/tmp") && !is_within("/", "/tmp"));
    }
}
