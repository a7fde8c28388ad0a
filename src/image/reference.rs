//! What an image is called: `[host[:port]/]path[:tag][@algorithm:digest]`, by the
//! grammar of the distribution project, which every engine follows.
//!
//! There are crates for it; they bring a regex engine and refuse IPv6 hosts.

use crate::error::{Error, Result};

/// The registry of a reference that names none.
const DEFAULT_REGISTRY: &str = "docker.io";
/// A name, with its host, may be so long.
const MAX_NAME: usize = 255;
const MAX_TAG: usize = 128;

/// A parsed reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reference<'a> {
    /// All of it.
    pub(crate) text: &'a str,
    /// With the host, if there is one.
    pub(crate) name: &'a str,
    host: Option<&'a str>,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// Parses what an image can be pulled by.
    pub(crate) fn parse(image: &'a str) -> Result<Self> {
        if is_id(image) {
            return refused(image, "is an id, which no registry knows: name the image");
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
        holds(self.name.len() <= MAX_NAME, "has a name of more than 255 bytes")?;
        holds(self.host.is_none_or(is_host), "does not start with a host name and a port")?;
        holds(!path.contains(|c: char| c.is_ascii_uppercase()), "must have a name in lower case")?;
        let rule = "must have a name of lower case letters and digits, with '/' or one of '.', \
                    '_', '__' and any number of '-' between them";
        holds(path.split('/').all(is_path_part), rule)?;
        let rule = "must have a tag of up to 128 letters, digits, '_', '.' and '-', the first a \
                    letter, a digit or '_'";
        holds(self.tag.is_none_or(is_tag), rule)?;
        holds(self.digest.is_none_or(is_digest), "must have a digest like sha256:<64 hex digits>")
    }

    /// The host, and port, of the registry.
    pub(crate) fn registry(&self) -> &'a str {
        self.host.unwrap_or(DEFAULT_REGISTRY)
    }

    /// The digest, or else the tag, which is `latest` if there is none: an empty
    /// one would pull every tag.
    pub(crate) fn version(&self) -> &'a str {
        self.digest.or(self.tag).unwrap_or("latest")
    }

    /// The tag alone, for an image that is made.
    pub(crate) fn tag(&self) -> Result<&'a str> {
        match self.digest {
            Some(_) => refused(self.text, "has a digest, which cannot be chosen"),
            None => Ok(self.version()),
        }
    }
}

/// Checks what an image in the engine's store is found by: a reference or an id.
pub(crate) fn check(image: &str) -> Result<()> {
    if is_id(image) { Ok(()) } else { Reference::parse(image).map(drop) }
}

fn refused<T>(image: &str, problem: &str) -> Result<T> {
    Err(Error::invalid("image", format_args!("{image:?} {problem}")))
}

/// Engines take 64 hex digits for an id even where a name could be meant.
fn is_id(image: &str) -> bool {
    let hex = image.strip_prefix("sha256:").unwrap_or(image);
    hex.len() == 64 && hex.bytes().all(is_lower_hex)
}

/// The first part is a host if it could not be the start of a path.
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

/// A part of a host's name.
fn is_label(label: &str) -> bool {
    let is_inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    !label.is_empty()
        && label.bytes().all(is_inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Letters and digits, with one separator between each two runs of them.
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
    fn what_is_no_reference_is_refused() {
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
