//! The engine's archive requests for one container: paths are taken literally, and
//! errors are typed.

use std::borrow::Cow;
use std::io::Read;

use super::untar;
use crate::api::PathStat;
use crate::error::{Error, ErrorKind, Result};
use crate::exec::ExecTarget;

#[derive(Clone, Copy)]
pub(super) struct Requests<'a> {
    pub(super) target: &'a ExecTarget,
}

impl<'a> Requests<'a> {
    /// Returns the status of `path`; that of the link itself if it is a symlink.
    pub(super) fn stat(&self, path: &str) -> Result<PathStat> {
        let ExecTarget { context, container, .. } = self.target;
        let path = self.literal(path)?;
        self.target.api().container_path_stat(context, container, &path).map_err(classify)
    }

    /// Returns a tar archive of `path`.
    pub(super) fn get(&self, path: &str) -> Result<Box<dyn Read + 'a>> {
        let ExecTarget { context, container, .. } = self.target;
        let path = self.literal(path)?;
        self.target.api().container_archive_get(context, container, &path).map_err(classify)
    }

    /// Extracts the tar archive `body` into `directory`.
    pub(super) fn put(&self, directory: &str, body: &mut dyn Read) -> Result<()> {
        let ExecTarget { context, container, .. } = self.target;
        // Engines take this path literally.
        let api = self.target.api();
        api.container_archive_put(context, container, directory, body).map_err(classify)
    }

    /// Visits the first entry of the archive of `path`, and ignores the others.
    pub(super) fn first_entry(
        &self,
        path: &str,
        mut visit: impl FnMut(&mut untar::Entry<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut tar = self.get(path)?;
        let mut visited = None;
        let ended = untar::each_entry(&mut *tar, |entry| {
            visited = Some(visit(entry));
            Err(Error::new(ErrorKind::TooLarge, "only the first entry is read"))
        });
        match visited {
            Some(visited) => visited,
            None => ended,
        }
    }

    /// Whether the engine is Podman; `true` if it is unknown.
    pub(super) fn is_podman(&self) -> Result<bool> {
        match self.target.engine.info(&self.target.context) {
            Err(error) if error.is_interruption() || error.is_unreachable() => Err(error),
            info => Ok(info.map_or(true, |info| info.is_podman())),
        }
    }

    /// Escapes `path` for Podman, which takes it as a pattern of Go's
    /// `filepath.Match`, and answers that nothing matches if it contains a `*`.
    fn literal<'p>(&self, path: &'p str) -> Result<Cow<'p, str>> {
        const SPECIAL: [char; 4] = ['*', '?', '[', '\\'];
        if !path.contains(SPECIAL) || !self.is_podman()? {
            return Ok(path.into());
        }
        if path.contains('*') {
            let problem = "Podman's archive requests take no path that contains \"*\"; \
                           use TransferMethod::Exec in a running container";
            return Err(Error::new(ErrorKind::Unsupported, problem));
        }
        let mut escaped = String::with_capacity(path.len() + 8);
        for character in path.chars() {
            if SPECIAL.contains(&character) {
                escaped.push('\\');
            }
            escaped.push(character);
        }
        Ok(escaped.into())
    }
}

/// Refines the error's kind by the text of the engine's message.
fn classify(error: Error) -> Error {
    let text = format!("{error:#}").to_lowercase();
    let contains = |texts: &[&str]| texts.iter().any(|part| text.contains(part));
    match error.kind() {
        ErrorKind::NotFound if error.http_status().is_some() => {
            error.context("no such file or directory in the container")
        }
        ErrorKind::Engine if contains(&["read-only", "permission denied", "not permitted"]) => {
            error.with_kind(ErrorKind::FileAccess)
        }
        ErrorKind::Engine
            if contains(&[
                "cannot overwrite",
                "not a directory",
                "is a directory",
                "file exists",
                "too many links",
                "too many levels of symbolic links",
            ]) =>
        {
            error.with_kind(ErrorKind::WrongFileType)
        }
        _ => error,
    }
}
