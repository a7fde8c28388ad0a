//! Texts that C borrows.

use std::collections::BTreeMap;
use std::ffi::c_char;

/// Bytes, and a NUL after them that the length does not count.
pub(super) struct Text(Vec<u8>);

impl Text {
    pub(super) fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len() - 1
    }
}

impl From<Vec<u8>> for Text {
    fn from(mut bytes: Vec<u8>) -> Self {
        bytes.reserve_exact(1); // `push` alone may double the capacity
        bytes.push(0);
        Text(bytes)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

/// A list of texts, and an empty one for an index that is out of range.
pub(super) struct Texts {
    all: Vec<Text>,
    none: Text,
}

impl Texts {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get(&self, index: usize) -> &Text {
        self.all.get(index).unwrap_or(&self.none)
    }
}

impl From<Vec<String>> for Texts {
    fn from(texts: Vec<String>) -> Self {
        Texts { all: texts.into_iter().map(Into::into).collect(), none: String::new().into() }
    }
}

/// Labels, sorted by key.
pub(super) struct Labels {
    keys: Texts,
    values: Texts,
}

impl Labels {
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn key(&self, index: usize) -> &Text {
        self.keys.get(index)
    }

    pub(super) fn value(&self, index: usize) -> &Text {
        self.values.get(index)
    }
}

impl From<BTreeMap<String, String>> for Labels {
    fn from(labels: BTreeMap<String, String>) -> Self {
        let (keys, values): (Vec<_>, Vec<_>) = labels.into_iter().unzip();
        Labels { keys: keys.into(), values: values.into() }
    }
}
