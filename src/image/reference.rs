//! Parses image references: `[host[:port]/]path[:tag][@algorithm:digest]`, the
//! grammar of the distribution project, which every engine follows.
//!
//! The existing crates bring a regex engine and refuse IPv6 hosts.

use crate::error::{Error, Result};

/// The registry of a reference without a host.
const DEFAULT_REGISTRY: &str = "docker.io";
/// The length limit of a name, including its host, in bytes.
const MAX_NAME: usize = 255;
const MAX_TAG: usize = 128;

/// A parsed reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reference<'a> {
    /// The whole reference.
    pub(crate) text: &'a str,
    /// The name, including the host if there is one.
    pub(crate) name: &'a str,
    host: Option<&'a str>,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// Parses the reference of an image to pull.
    pub(crate) fn parse(image: &'a str) -> Result<Self> {
        if is_id(image) {
            return refused(image, "is an id; registries need a name, such as \"busybox:1.36\"");
        }
        let (rest, digest) = match image.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (image, None),
        };
        let (name, tag) = match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (rest, None),
        };
        let (host, path) = split_host(name);
        let reference = Reference { text: image, name, host, tag, digest };
        reference.check(path).or_else(|problem| refused(image, problem))?;
        Ok(reference)
    }

    fn check(&self, path: &str) -> Result<(), &'static str> {
        let holds = |holds: bool, rule| if holds { Ok(()) } else { Err(rule) };
        holds(!path.is_empty(), "has no name")?;
        holds(self.name.len() <= MAX_NAME, "has a name longer than 255 bytes")?;
        holds(self.host.is_none_or(is_host), "has an invalid registry host or port")?;
        holds(!path.contains(|c: char| c.is_ascii_uppercase()), "must have a lowercase name")?;
        let rule = "must have a name of lowercase letters and digits, separated by '/', '.', \
                    '_', '__' or any number of '-'";
        holds(path.split('/').all(is_path_part), rule)?;
        let rule = "must have a tag of up to 128 letters, digits, '_', '.' and '-' that starts \
                    with a letter, a digit or '_'";
        holds(self.tag.is_none_or(is_tag), rule)?;
        holds(self.digest.is_none_or(is_digest), "must have a digest like sha256:<64 hex digits>")
    }

    /// The registry's host, with its port if there is one.
    pub(crate) fn registry(&self) -> &'a str {
        self.host.unwrap_or(DEFAULT_REGISTRY)
    }

    /// The digest, or else the tag. The default is `latest`, because an empty tag
    /// would pull every tag.
    pub(crate) fn version(&self) -> &'a str {
        self.digest.or(self.tag).unwrap_or("latest")
    }

    /// The tag for an image to be created. Fails if the reference has a digest.
    pub(crate) fn tag(&self) -> Result<&'a str> {
        match self.digest {
            Some(_) => refused(self.text, "has a digest; a new image can only be given a tag"),
            None => Ok(self.version()),
        }
    }
}

/// Validates the reference or id of an image in the engine's store.
pub(crate) fn check(image: &str) -> Result<()> {
    if is_id(image) { Ok(()) } else { Reference::parse(image).map(drop) }
}

fn refused<T>(image: &str, problem: &str) -> Result<T> {
    Err(Error::invalid("image", format_args!("{image:?} {problem}")))
}

/// Whether it is an id. Engines take 64 hex digits as an id, never as a name.
fn is_id(image: &str) -> bool {
    let hex = image.strip_prefix("sha256:").unwrap_or(image);
    hex.len() == 64 && hex.bytes().all(is_lower_hex)
}

/// Splits off the host: the first component, if it cannot be part of a path.
fn split_host(name: &str) -> (Option<&str>, &str) {
    match name.split_once('/') {
        Some((host, path))
            if host == "localhost"
                || host.contains(|c: char| ".:".contains(c) || c.is_ascii_uppercase()) =>
        {
            (Some(host), path)
        }
        _ => (None, name),
    }
}

fn is_host(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let is_ipv6 = |name: &str| {
        let inner = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        inner.is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
    };
    port.is_none_or(is_port) && (is_ipv6(name) || name.split('.').all(is_label))
}

/// Whether it is a label of a host name.
fn is_label(label: &str) -> bool {
    let is_inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    !label.is_empty()
        && label.bytes().all(is_inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Whether it is a path component: runs of letters and digits, with one separator
/// between each two.
fn is_path_part(part: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_separator = |s: &str| matches!(s, "" | "." | "_" | "__") || s.bytes().all(|b| b == b'-');
    part.starts_with(is_word) && part.ends_with(is_word) && part.split(is_word).all(is_separator)
}

fn is_tag(tag: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    (1..=MAX_TAG).contains(&tag.len())
        && tag.bytes().all(|b| is_word(b) || b == b'.' || b == b'-')
        && tag.bytes().next().is_some_and(is_word)
}

fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hex)) = digest.split_once(':') else { return false };
    let is_component = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let has_length = match algorithm {
        "sha256" => hex.len() == 64,
        "sha512" => hex.len() == 128,
        _ => hex.len() >= 32 && hex.len() <= MAX_NAME,
    };
    has_length
        && hex.bytes().all(is_lower_hex)
        && algorithm.split(['-', '_', '+', '.']).all(is_component)
}

fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn references_are_taken_apart() {
        let digest = format!("sha256:{HEX}");
        let digested = format!("a:x@{digest}");
        for (image, registry, name, version) in [
            ("busybox", "docker.io", "busybox", "latest"),
            ("busybox:1.36", "docker.io", "busybox", "1.36"),
            ("team/app", "docker.io", "team/app", "latest"),
            ("localhost/app", "localhost", "localhost/app", "latest"),
            ("localhost:5000/a/b", "localhost:5000", "localhost:5000/a/b", "latest"),
            ("localhost:5000/a/b:x", "localhost:5000", "localhost:5000/a/b", "x"),
            ("ghcr.io/a__b/c.d-e:_1", "ghcr.io", "ghcr.io/a__b/c.d-e", "_1"),
            ("HOST/a", "HOST", "HOST/a", "latest"),
            ("[::1]:5000/a:b", "[::1]:5000", "[::1]:5000/a", "b"),
            ("a--b/c", "docker.io", "a--b/c", "latest"),
            (&digested, "docker.io", "a", &digest),
        ] {
            let reference = Reference::parse(image).unwrap();
            let parts = (reference.registry(), reference.name, reference.version());
            assert_eq!(parts, (registry, name, version), "{image}");
            check(image).unwrap();
        }
    }

    const BAD: [&str; 35] = [
        "",
        "/a",
        "a/",
        "a//b",
        "a/../b",
        "a/./b",
        "a b",
        "a?b",
        "a:",
        "a@",
        "a\nb",
        "a%2e",
        "A",
        "a/B",
        "a..b",
        "a._b",
        "a___b",
        "-a",
        "a-",
        "a:-x",
        "a:.x",
        ":x",
        "@sha256:00",
        "a@sha256:00",
        "a:b:c",
        "a@b@c",
        "https://x.com/a",
        "host:port/a",
        "-x.com/a",
        "[::1/a",
        "[zz]:1/a",
        "x.com:/a",
        "x.com/",
        "é",
        "a\0",
    ];

    #[test]
    fn an_invalid_reference_is_refused() {
        let (long_name, long_tag) = ("a".repeat(256), format!("a:{}", "t".repeat(129)));
        for bad in BAD.into_iter().chain([&*long_name, &long_tag]) {
            let error = Reference::parse(bad).unwrap_err();
            assert!(error.is_invalid_argument(), "{bad:?}");
            assert!(error.to_string().starts_with("image: "), "{error}");
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_id_finds_an_image_and_pulls_none() {
        for id in [HEX.to_owned(), format!("sha256:{HEX}")] {
            check(&id).unwrap();
            let error = Reference::parse(&id).unwrap_err().to_string();
            assert!(error.contains("is an id"), "{error}");
        }
    }

    #[test]
    fn a_digest_cannot_be_chosen() {
        let image = format!("a@sha256:{HEX}");
        assert!(Reference::parse(&image).unwrap().tag().unwrap_err().is_invalid_argument());
        assert_eq!(Reference::parse("a").unwrap().tag().unwrap(), "latest");
    }
}
