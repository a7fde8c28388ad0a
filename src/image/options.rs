//! Options of a pull.

use std::fmt;

use crate::api::PullProgress;
use crate::error::{Error, Result};
use crate::registry::Credentials;

/// Options for pulling an image: platform, credentials and progress callback.
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
    /// Creates options with the default values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the platform to pull the image for, as `os[/arch[/variant]]`. Default:
    /// the engine's platform.
    #[must_use]
    pub fn platform(mut self, platform: impl Into<String>) -> Self {
        self.platform = Some(platform.into());
        self
    }

    /// Sets the credentials for the registry. Default: those that the client's
    /// [Docker config](crate::ClientBuilder::docker_config) has for it, if any.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Sets a callback for the engine's progress messages. It is called on the
    /// caller's thread, many times a second for each layer.
    ///
    /// To stop the pull from the callback, cancel the client's
    /// [`CancelToken`](crate::CancelToken). If the callback panics, the pull fails
    /// with `Io`.
    #[must_use]
    pub fn progress(mut self, progress: &'a dyn Fn(&PullProgress)) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Creates options with a platform that was validated before.
    pub(crate) fn with_platform(platform: &str) -> Self {
        let platform = Some(platform).filter(|p| !p.is_empty()).map(str::to_owned);
        PullOptions { platform, ..Self::default() }
    }

    pub(crate) fn check(&self) -> Result<()> {
        checked_platform(self.platform.as_deref()).map(drop)
    }

    /// The platform; empty for the engine's platform.
    pub(super) fn wanted_platform(&self) -> &str {
        self.platform.as_deref().unwrap_or_default()
    }

    /// Logs `progress` and calls the callback.
    pub(super) fn report(&self, image: &str, progress: &PullProgress) {
        // Byte counts of each layer arrive several times a second.
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

/// Validates the platform; returns an empty string for the engine's platform.
pub(crate) fn checked_platform(platform: Option<&str>) -> Result<&str> {
    let Some(platform) = platform else { return Ok("") };
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    match platform.split('/').all(is_part) {
        true => Ok(platform),
        false => {
            let problem = format!("{platform:?} is not of the form os[/arch[/variant]]");
            Err(Error::invalid("platform", problem))
        }
    }
}
