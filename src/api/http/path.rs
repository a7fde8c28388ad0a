//! Builds request targets. Ids and names are encoded, so that they cannot change the
//! path.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::api::ApiVersion;

/// Everything except the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// An image reference spans several path segments, and engines match it undecoded.
const REFERENCE: &AsciiSet = &SEGMENT.remove(b'/').remove(b':').remove(b'@');

/// A path below the API's root, with its query.
#[derive(Debug)]
pub(super) struct Target {
    text: String,
    has_query: bool,
}

impl Target {
    /// Creates a target; `path` is a constant of this library and not encoded.
    pub(super) fn new(path: &str) -> Self {
        Target { text: format!("/{path}"), has_query: false }
    }

    pub(super) fn container(id: &str) -> Self {
        Target::new("containers").segment(id)
    }

    /// A container, for requests that only Podman supports.
    pub(super) fn libpod_container(id: &str) -> Self {
        Target::new("libpod/containers").segment(id)
    }

    pub(super) fn exec(id: &str) -> Self {
        Target::new("exec").segment(id)
    }

    pub(super) fn volume(name: &str) -> Self {
        Target::new("volumes").segment(name)
    }

    /// Appends `id` as a single segment, percent-encoded.
    fn segment(mut self, id: &str) -> Self {
        self.text.push('/');
        self.text.extend(utf8_percent_encode(id, SEGMENT));
        self
    }

    pub(super) fn reference(mut self, image: &str) -> Self {
        self.text.push('/');
        self.text.extend(utf8_percent_encode(image, REFERENCE));
        self
    }

    /// Appends `path`, a constant of this library, without encoding.
    pub(super) fn then(mut self, path: &str) -> Self {
        self.text.push('/');
        self.text.push_str(path);
        self
    }

    /// Adds a query parameter, unless the value is empty.
    pub(super) fn query(mut self, name: &str, value: &str) -> Self {
        if !value.is_empty() {
            self.text.push(if self.has_query { '&' } else { '?' });
            self.has_query = true;
            self.text.push_str(name);
            self.text.push('=');
            self.text.extend(utf8_percent_encode(value, SEGMENT));
        }
        self
    }

    /// Adds a filter for objects that have all `labels`, each `key` or `key=value`.
    /// Without labels, adds nothing.
    pub(super) fn labels(self, labels: &[String]) -> Self {
        if labels.is_empty() {
            return self;
        }
        self.query("filters", &serde_json::json!({ "label": labels }).to_string())
    }

    pub(super) fn versioned(&self, version: ApiVersion) -> String {
        format!("/v{version}{}", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stays_one_segment() {
        let target = Target::container("../../version?x=#%").then("json");
        let text = target.query("t", "a&b=c").versioned(ApiVersion::new(1, 41));
        let id = "..%2F..%2Fversion%3Fx%3D%23%25";
        assert_eq!(text, format!("/v1.41/containers/{id}/json?t=a%26b%3Dc"));
    }
}
