//! How an image is pulled.

use std::fmt;

use crate::api::PullProgress;
use crate::error::{Error, Result};
use crate::registry::Credentials;

/// How an image is pulled.
///
/// ```
/// use sandcell::{PullOptions, PullProgress};
///
/// let show = |progress: &PullProgress| println!("{} {}", progress.id, progress.status);
/// let options = PullOptions::new().platform("linux/arm64").progress(&show);
/// # let _ = options;
/// ```
#[derive(Clone, Default)]
pub struct PullOptions<'a> {
    platform: Option<String>,
    pub(super) credentials: Option<Credentials>,
    progress: Option<&'a dyn Fn(&PullProgress)>,
}

impl<'a> PullOptions<'a> {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The platform to pull the image for, as `os[/arch[/variant]]`. Default: the
    /// engine's.
    #[must_use]
    pub fn platform(mut self, platform: impl Into<String>) -> Self {
        self.platform = Some(platform.into());
        self
    }

    /// Who asks the registry. Default: as the client's
    /// [Docker config](crate::ClientBuilder::docker_config) says.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Called on the caller's thread for every message of the engine: many times
    /// a second for each layer. To end the pull from there, cancel the client's
    /// token; a panic ends it with the error `Io`.
    #[must_use]
    pub fn progress(mut self, progress: &'a dyn Fn(&PullProgress)) -> Self {
        self.progress = Some(progress);
        self
    }

    /// The same, for a platform that was checked before.
    pub(crate) fn with_platform(platform: &str) -> Self {
        let platform = Some(platform).filter(|p| !p.is_empty()).map(str::to_owned);
        PullOptions { platform, ..Self::default() }
    }

    pub(crate) fn check(&self) -> Result<()> {
        checked_platform(self.platform.as_deref()).map(drop)
    }

    /// The platform; empty for the engine's.
    pub(super) fn wanted_platform(&self) -> &str {
        self.platform.as_deref().unwrap_or_default()
    }

    /// Tells the caller, and the log, of `progress`.
    pub(super) fn report(&self, image: &str, progress: &PullProgress) {
        // The bytes of each layer come several times a second.
        let is_step = progress.detail.current.is_none();
        let level = if is_step { log::Level::Info } else { log::Level::Debug };
        log::log!(target: "sandcell::pull", level, "{image}: {} {}", progress.id, progress.status);
        if let Some(report) = self.progress {
            report(progress);
        }
    }
}

impl fmt::Debug for PullOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PullOptions")
            .field("platform", &self.platform)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}

/// The platform as the engine takes it, which is empty for its own.
pub(crate) fn checked_platform(platform: Option<&str>) -> Result<&str> {
    let Some(platform) = platform else { return Ok("") };
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    match platform.split('/').all(is_part) {
        true => Ok(platform),
        false => {
            let problem = format!("{platform:?} is not like \"linux/arm64\"");
            Err(Error::invalid("platform", problem))
        }
    }
}
