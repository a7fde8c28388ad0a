//! Images, through either front end.

use std::io::Read;

use sandcell::{ImageInfo, PullOptions, PullProgress, Result};

use super::Front;

/// How an image is pulled.
#[derive(Clone, Copy, Default)]
#[allow(missing_debug_implementations, reason = "it has a function")]
pub struct Pull<'a> {
    pub platform: Option<&'a str>,
    /// A user's name, and the password.
    pub password: Option<(&'a str, &'a str)>,
    pub identity_token: Option<&'a str>,
    pub progress: Option<&'a dyn Fn(&PullProgress)>,
}

/// A client that handles images.
pub trait Images: Front {
    /// A client of the engine in `DOCKER_HOST`, with a Docker config.
    fn connect_with_config(dir: &std::path::Path) -> Self;
    fn image_exists(&self, image: &str) -> Result<bool>;
    fn inspect_image(&self, image: &str) -> Result<Option<ImageInfo>>;
    fn pull_image(&self, image: &str, pull: Pull<'_>) -> Result<()>;
    fn ensure_image(&self, image: &str, pull: Pull<'_>) -> Result<()>;
    fn load_image(&self, tar: &mut dyn Read) -> Result<Vec<String>>;
    fn import_image(&self, image: &str, tar: &mut dyn Read) -> Result<ImageInfo>;
    fn remove_image(&self, image: &str) -> Result<()>;
}

impl<'a> From<Pull<'a>> for PullOptions<'a> {
    fn from(pull: Pull<'a>) -> Self {
        use sandcell::Credentials;
        let mut options = PullOptions::new();
        if let Some(platform) = pull.platform {
            options = options.platform(platform);
        }
        if let Some((username, password)) = pull.password {
            options = options.credentials(Credentials::password(username, password));
        }
        if let Some(token) = pull.identity_token {
            options = options.credentials(Credentials::identity_token(token));
        }
        match pull.progress {
            Some(progress) => options.progress(progress),
            None => options,
        }
    }
}

impl Images for sandcell::Client {
    fn connect_with_config(dir: &std::path::Path) -> Self {
        sandcell::ClientBuilder::from_env().unwrap().docker_config(dir).build().unwrap()
    }

    fn image_exists(&self, image: &str) -> Result<bool> {
        self.image_exists(image)
    }

    fn inspect_image(&self, image: &str) -> Result<Option<ImageInfo>> {
        self.inspect_image(image)
    }

    fn pull_image(&self, image: &str, pull: Pull<'_>) -> Result<()> {
        self.pull_image(image, &pull.into())
    }

    fn ensure_image(&self, image: &str, pull: Pull<'_>) -> Result<()> {
        self.ensure_image(image, &pull.into())
    }

    fn load_image(&self, tar: &mut dyn Read) -> Result<Vec<String>> {
        self.load_image(tar)
    }

    fn import_image(&self, image: &str, tar: &mut dyn Read) -> Result<ImageInfo> {
        self.import_image(image, tar)
    }

    fn remove_image(&self, image: &str) -> Result<()> {
        self.remove_image(image)
    }
}
