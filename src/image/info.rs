//! What is known of an image.

use std::collections::BTreeMap;

use crate::api::ImageInspect;

/// An image that the engine has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImageInfo {
    /// Its id: `sha256:` and 64 hex digits.
    pub id: String,
    /// The names with tags that lead to it.
    pub tags: Vec<String>,
    /// The names with digests that lead to it.
    pub digests: Vec<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its size in bytes, with all layers.
    pub size: u64,
    /// The environment of its containers, as `NAME=value`.
    pub env: Vec<String>,
    /// The user of its containers; empty for root.
    pub user: String,
    /// The working directory of its containers; empty for `/`.
    pub working_dir: String,
    /// The operating system that it is for, such as `linux`.
    pub os: String,
    /// The processor that it is for, such as `amd64`.
    pub architecture: String,
    /// The processor's variant, such as `v7`; mostly empty.
    pub variant: String,
}

impl From<ImageInspect> for ImageInfo {
    fn from(image: ImageInspect) -> Self {
        ImageInfo {
            id: image.id,
            tags: image.repo_tags,
            digests: image.repo_digests,
            labels: image.config.labels,
            size: image.size,
            env: image.config.env,
            user: image.config.user,
            working_dir: image.config.working_dir,
            os: image.os,
            architecture: image.architecture,
            variant: image.variant,
        }
    }
}

impl ImageInfo {
    /// Whether it is for `platform`, which may leave out what it does not care for,
    /// and call a processor as the kernel does.
    pub(super) fn is_for(&self, platform: &str) -> bool {
        let platform = platform.replace("x86_64", "amd64").replace("aarch64", "arm64");
        let own = [&self.os, &self.architecture, &self.variant];
        let fits =
            |(wanted, is): (&str, &String)| wanted == is || wanted.is_empty() || is.is_empty();
        platform.split('/').zip(own).all(fits)
    }
}

/// The images that an engine says it has loaded. There are only words for it.
pub(crate) fn loaded_names(said: &str) -> impl Iterator<Item = &str> {
    let after = |line| {
        let marks = ["Loaded image: ", "Loaded image ID: ", "Loaded image(s): "];
        marks.iter().find_map(|mark| str::strip_prefix(line, mark))
    };
    said.lines().filter_map(after).flat_map(|names| names.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_fits_as_far_as_it_goes() {
        let arm = |variant: &str| ImageInfo {
            os: "linux".into(),
            architecture: "arm".into(),
            variant: variant.into(),
            ..ImageInfo::default()
        };
        for fits in ["", "linux", "linux/arm", "linux/arm/v7"] {
            assert!(arm("v7").is_for(fits) && arm("").is_for(fits), "{fits}");
        }
        for other in ["windows", "linux/amd64", "linux/arm/v6"] {
            assert!(!arm("v7").is_for(other), "{other}");
        }
        let amd = ImageInfo { architecture: "amd64".into(), ..arm("") };
        assert!(amd.is_for("linux/x86_64") && !amd.is_for("linux/aarch64"));
    }

    #[test]
    fn what_was_loaded_is_told() {
        let said = "Loaded image: a:1\nLoaded image ID: sha256:00\nsomething else\n";
        assert!(loaded_names(said).eq(["a:1", "sha256:00"]));
        assert!(loaded_names("Loaded image(s): b:1,c:2\n").eq(["b:1", "c:2"]));
        assert!(loaded_names("").next().is_none());
    }
}
