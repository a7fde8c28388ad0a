//! Image metadata.

use std::collections::BTreeMap;

use crate::api::ImageInspect;

/// Metadata of an image in the engine's store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImageInfo {
    /// The image's id: `sha256:` and 64 hex digits.
    pub id: String,
    /// Its references with a tag, such as `busybox:1.36`.
    pub tags: Vec<String>,
    /// Its references with a digest, such as `busybox@sha256:…`.
    pub digests: Vec<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The size of all layers, in bytes.
    pub size: u64,
    /// The default environment of its containers, as `NAME=value`.
    pub env: Vec<String>,
    /// The default user of its containers; empty for root.
    pub user: String,
    /// The default working directory of its containers; empty for `/`.
    pub working_dir: String,
    /// The operating system, such as `linux`.
    pub os: String,
    /// The CPU architecture, such as `amd64`.
    pub architecture: String,
    /// The variant of the CPU architecture, such as `v7`; usually empty.
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
    /// Whether the image is for `platform`. Empty parts match anything, and the
    /// kernel's architecture names are accepted.
    pub(super) fn is_for(&self, platform: &str) -> bool {
        let platform = platform.replace("x86_64", "amd64").replace("aarch64", "arm64");
        let own = [&self.os, &self.architecture, &self.variant];
        let matches = |(wanted, actual): (&str, &String)| {
            wanted == actual || wanted.is_empty() || actual.is_empty()
        };
        platform.split('/').zip(own).all(matches)
    }
}

/// Extracts the loaded images from an engine's messages: engines report them only
/// as text.
pub(super) fn loaded_names(messages: &str) -> impl Iterator<Item = &str> {
    let names = |line| {
        let prefixes = ["Loaded image: ", "Loaded image ID: ", "Loaded image(s): "];
        prefixes.iter().find_map(|prefix| str::strip_prefix(line, prefix))
    };
    messages.lines().filter_map(names).flat_map(|names| names.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_platform_matches() {
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
    fn loaded_images_are_found_in_the_messages() {
        let messages = "Loaded image: a:1\nLoaded image ID: sha256:00\nsomething else\n";
        assert!(loaded_names(messages).eq(["a:1", "sha256:00"]));
        assert!(loaded_names("Loaded image(s): b:1,c:2\n").eq(["b:1", "c:2"]));
        assert!(loaded_names("").next().is_none());
    }
}
