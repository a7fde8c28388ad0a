//! What `tar` and `find` say about files that change while they read them.

use std::path::PathBuf;

/// The changes that a command reported.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// Files that were removed after they were listed.
    pub(super) vanished: Vec<PathBuf>,
    /// Whether `tar` ended in the middle of a file that shrank.
    pub(super) cut: bool,
    /// Whether GNU tar counts a file that vanished as a failure.
    pub(super) exits_with_failure: bool,
    /// Whether the contents of a file are as they were at different times.
    has_mixed: bool,
}

impl Changes {
    /// Parses stderr; `None` if it contains anything else.
    pub(super) fn parse(stderr: &str) -> Option<Self> {
        let mut changes = Changes::default();
        for line in stderr.lines() {
            let line = line.strip_prefix("tar: ").or_else(|| line.strip_prefix("find: "))?;
            changes.add(line)?;
        }
        Some(changes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.vanished.is_empty() && !self.cut && !self.has_mixed
    }

    fn add(&mut self, line: &str) -> Option<()> {
        match line {
            "error exit delayed from previous errors" => return Some(()),
            "Exiting with failure status due to previous errors" => {
                self.exits_with_failure = true;
                return Some(());
            }
            "short read" => {
                self.cut = true;
                return Some(());
            }
            _ => {}
        }
        let is_mixed = line.ends_with(": file changed as we read it")
            || line.ends_with("padding with zeros") && line.contains(": File shrank by ");
        if is_mixed {
            self.has_mixed = true;
            return Some(());
        }
        self.vanished.push(vanished(line)?);
        Some(())
    }
}

fn vanished(line: &str) -> Option<PathBuf> {
    let path = line
        .strip_suffix(": File removed before we read it")
        .or_else(|| line.strip_suffix(": No such file or directory"))?;
    let gnu = path.strip_suffix(": Cannot stat").or_else(|| path.strip_suffix(": Cannot open"));
    let path = gnu.unwrap_or(path);
    let path = path.strip_prefix("can't open ").unwrap_or(path);
    let quoted = path.strip_prefix('\'').and_then(|path| path.strip_suffix('\''));
    let path = quoted.or(path.strip_prefix('‘').and_then(|p| p.strip_suffix('’'))).unwrap_or(path);
    Some(PathBuf::from(path.strip_prefix("./").unwrap_or(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vanished(stderr: &str) -> Vec<PathBuf> {
        Changes::parse(stderr).unwrap().vanished
    }

    #[test]
    fn files_that_vanished_are_named() {
        let busybox = "tar: ./a b: No such file or directory\n\
                       tar: can't open './d/c': No such file or directory\n\
                       tar: error exit delayed from previous errors\n\
                       find: ./e: No such file or directory\n";
        assert_eq!(vanished(busybox), ["a b", "d/c", "e"].map(PathBuf::from));
        let gnu = "tar: ./d/e: File removed before we read it\n\
                   tar: ./f: Cannot stat: No such file or directory\n\
                   tar: Exiting with failure status due to previous errors\n\
                   find: './g': No such file or directory\n";
        assert_eq!(vanished(gnu), ["d/e", "f", "g"].map(PathBuf::from));
        assert!(Changes::parse(gnu).unwrap().exits_with_failure);
    }

    #[test]
    fn a_change_is_none_of_the_failures() {
        let changed = Changes::parse("tar: ./f: file changed as we read it\n").unwrap();
        assert!(!changed.is_empty() && !changed.cut);
        let shrank = "tar: ./f: File shrank by 5 bytes; padding with zeros\n";
        assert!(!Changes::parse(shrank).unwrap().is_empty());
        assert!(Changes::parse("tar: short read\n").unwrap().cut);
        assert!(
            Changes::parse("tar: error exit delayed from previous errors\n").unwrap().is_empty()
        );
        let gnu = "tar: ./d/e: File removed before we read it\n";
        for other in [
            "tar: can't open './secret': Permission denied\n",
            "tar: write error: Broken pipe\n",
            "tar: ./f: Cannot open: Permission denied\n",
            "Killed\n",
            &format!("{gnu}sh: something else\n"),
            &format!("{gnu}tar: ./g: File rem"),
        ] {
            assert_eq!(Changes::parse(other), None, "{other:?}");
        }
    }
}
