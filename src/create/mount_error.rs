//! What an engine's error says about a mount.

use super::CreateOptions;
use crate::error::{Error, ErrorKind};

/// Words of engines for a source that is not there.
const NO_SOURCE: [&str; 3] =
    ["bind source path does not exist", "invalid mount config for type \"bind\": stat ", "statfs "];
/// Words of runtimes while they mount; other steps of a start fail with the same
/// causes.
const MOUNTING: [&str; 7] =
    ["mount", "mkdir", "creating", "openat2", "resolve path", "directory onto a file", "rootfs"];
/// The working directory is entered, not mounted.
const ENTERING: [&str; 2] = ["chdir", "cwd"];
/// Causes, in the words of runtimes, and what they mean for a target.
const CAUSES: [(&str, &str); 5] = [
    ("too many levels of symbolic links", "it is a loop of symlinks"),
    ("not a directory", "a directory cannot be mounted on a file, nor a file on a directory"),
    ("is a directory", "a directory cannot be mounted on a file, nor a file on a directory"),
    ("openat2 `", "the runtime cannot create what its symlink leads to"),
    ("cannot create directory", "a parent of it is not a directory"),
];

impl CreateOptions {
    /// Gives an error of the container's creation or start its kind, and names the
    /// mount, if a mount is the reason.
    pub(super) fn name_mount(&self, error: Error) -> Error {
        if !matches!(error.kind(), ErrorKind::Engine | ErrorKind::NotFound) {
            return error;
        }
        let text = format!("{error:#}").to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let longest = |paths: &mut dyn Iterator<Item = String>| {
            paths.filter(|path| text.contains(&path[1..].to_lowercase())).max_by_key(String::len)
        };
        let sources = &mut self.bind_sources();
        if let Some(source) = has(&NO_SOURCE).then(|| longest(sources)).flatten() {
            let problem = format!("mount: source {source:?} is not on the engine's host");
            return error.context(problem).with_kind(ErrorKind::InvalidArgument);
        }
        let cause = CAUSES.iter().find(|(words, _)| text.contains(words));
        let Some((_, meaning)) = cause.filter(|_| has(&MOUNTING) && !has(&ENTERING)) else {
            return error;
        };
        match longest(&mut self.mount_targets()) {
            Some(target) => error
                .context(format_args!("mount: target {target:?}: {meaning}"))
                .with_kind(ErrorKind::WrongFileType),
            None => error,
        }
    }

    fn bind_sources(&self) -> impl Iterator<Item = String> {
        let binds = self.all_mounts().filter(|mount| mount.is_bind());
        binds.filter_map(|mount| mount.source().to_str().map(str::to_owned))
    }

    fn mount_targets(&self) -> impl Iterator<Item = String> {
        let mounts = self.all_mounts().map(|mount| mount.target());
        mounts.chain(self.tmpfs.iter().map(super::Tmpfs::target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mount;

    fn named(text: &str) -> Error {
        let options = CreateOptions::new("x").workspace("/srv/a", "/w");
        let options = options.mount(Mount::bind("/srv/a/b", "/etc/passwd/x"));
        options.name_mount(Error::new(ErrorKind::Engine, text))
    }

    #[test]
    fn the_engines_words_are_understood() {
        let target = r#"mount: target "/etc/passwd/x": "#;
        let source = r#"mount: source "/srv/a/b" is not on the"#;
        for (text, kind, start) in [
            (
                "invalid mount config for type \"bind\": bind source path does not exist: /srv/a/b",
                ErrorKind::InvalidArgument,
                source,
            ),
            ("crun: mkdir `/etc/passwd/x`: Not a directory", ErrorKind::WrongFileType, target),
            (
                "runc: error mounting \"/srv/a\" to rootfs at \"/etc/passwd/x\": not a directory",
                ErrorKind::WrongFileType,
                target,
            ),
            (
                "crun: openat2 `etc/passwd/x`: No such file or directory",
                ErrorKind::WrongFileType,
                target,
            ),
            (
                "crun: resolve path `/w`: Too many levels of symbolic links",
                ErrorKind::WrongFileType,
                "mount: target \"/w\": it is a loop",
            ),
            ("mkdir /w: chdir to cwd (\"/w\"): not a directory", ErrorKind::Engine, "mkdir"),
            ("exec /bin/sh: not a directory", ErrorKind::Engine, "exec"),
        ] {
            let error = named(text);
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.to_string().starts_with(start), "{error}");
        }
    }
}
