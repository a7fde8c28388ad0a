//! What messages tell a caller to use is there in C, too: `src/capi/names.rs` has the
//! name that C has for it, and takes it from nowhere but the conventions.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use super::rust::sources;
use super::{both, names, snake};

#[test]
fn what_messages_name_has_a_name_in_c() {
    let (table, named) = (table(), named_in_messages());
    assert!(named.len() > 10, "only {} names are found", named.len());
    let missing: Vec<_> = named.iter().filter(|name| !table.contains_key(*name)).collect();
    assert!(missing.is_empty(), "not in src/capi/names.rs: {missing:#?}");
    let unused: Vec<_> = table.keys().filter(|name| !named.contains(*name)).collect();
    assert!(unused.is_empty(), "in src/capi/names.rs, but in no message: {unused:#?}");
}

#[test]
fn the_names_are_those_of_the_conventions() {
    let (rust, c) = both();
    for (name, in_c) in table() {
        let (owner, member) = name.split_once("::").unwrap();
        if let Some(constant) = in_c.strip_prefix("SANDCELL_") {
            let without_lines = |text: &str| text.replace('_', "").to_lowercase();
            assert!(c.has_constant(constant), "{name}: there is no {in_c}");
            assert_eq!(without_lines(constant), without_lines(&format!("{owner}{member}")));
        } else {
            assert!(rust.operations.iter().any(|o| o.path() == name), "there is no {name}");
            assert!(c.has(&in_c), "{name}: there is no {in_c}");
            let noun = snake(owner);
            let mut known = names(&noun, member);
            assert!(known.any(|known| in_c == known || in_c == format!("{known}_ms")), "{in_c}");
        }
    }
}

/// A bare `copy_file_out` would reach C as it is.
#[test]
fn messages_name_operations_with_their_type() {
    let operations = both().0.operations;
    let operations: HashSet<_> = operations.iter().map(|operation| &*operation.name).collect();
    for message in messages() {
        // Less is the name of an argument, or of a field.
        if message.split_whitespace().count() < 3 {
            continue;
        }
        let words = words(&message).filter(|word| word.contains('_'));
        let bare: Vec<_> = words.filter(|word| operations.contains(word)).collect();
        assert!(bare.is_empty(), "{bare:?} without a type: {message:?}");
    }
}

/// The scan finds what it should.
#[test]
fn literals_are_found_in_sources() {
    let source = r##"
        // "no comment"
        let quote = ('"', '\'', b'"');
        let found = ["a \"b\" c", r"raw \", r#"a "raw" one"#, "two \
            lines"];
#[cfg(test)]
mod tests { const X: &str = "no test"; }
    "##;
    let expected = ["a \\\"b\\\" c", "raw \\", "a \"raw\" one", "two \\\n            lines"];
    assert_eq!(literals(source), expected);
}

/// The rows of the table.
fn table() -> HashMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/capi/names.rs");
    let source = fs::read_to_string(path).unwrap();
    let start = source.find("const NAMES").unwrap();
    let rows = literals(&source[start..start + source[start..].find("];").unwrap()]);
    rows.chunks(2).map(|row| (row[0].clone(), row[1].clone())).collect()
}

/// Every `Type::name` in a message, of the types that the crate exports.
fn named_in_messages() -> HashSet<String> {
    let mut named = HashSet::new();
    for message in messages() {
        for word in words(&message) {
            let Some((owner, member)) = word.split_once("::") else { continue };
            match member {
                _ if !is_exported(owner) => {}
                // A value is put behind it: any.
                "" => named.extend(variants(owner).map(|variant| format!("{owner}::{variant}"))),
                _ => drop(named.insert(word.to_owned())),
            }
        }
    }
    named
}

fn is_exported(name: &str) -> bool {
    let lib = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    super::rust::exports(&fs::read_to_string(lib).unwrap()).contains(name)
}

fn variants(name: &str) -> impl Iterator<Item = String> {
    let start = format!("pub enum {name} {{\n");
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let bodies = sources.into_iter().filter_map(move |file| {
        let text = fs::read_to_string(file).unwrap();
        let (_, body) = text.split_once(&start)?;
        Some(body.split_once("\n}").unwrap().0.to_owned())
    });
    let variant = |line: &str| {
        let name = line.trim().strip_suffix(',')?;
        name.bytes().all(|byte| byte.is_ascii_alphanumeric()).then(|| name.to_owned())
    };
    bodies.flat_map(move |body| body.lines().filter_map(variant).collect::<Vec<_>>())
}

/// The texts in the sources, without what is put into them; not those of tests, and
/// not those of the C API, whose names are C's.
fn messages() -> Vec<String> {
    let files = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let files = files.into_iter().filter(|file| !file.to_str().unwrap().ends_with("tests.rs"));
    let texts = files.flat_map(|file| literals(&fs::read_to_string(file).unwrap()));
    let without_values = |text: String| {
        let parts = text.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
        parts.collect::<Vec<_>>().join(" ")
    };
    texts.map(without_values).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let words = text.split(move |c: char| !is_word(c)).filter(|word| !word.is_empty());
    words.map(|word| match word.ends_with("::") {
        true => word,
        false => word.trim_end_matches(':'),
    })
}

/// The string literals of a source, as they are written there.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let (mut found, mut rest) = (Vec::new(), source);
    while let Some(at) = rest.find(['/', '\'', '"']) {
        let (before, from) = rest.split_at(at);
        let length = if from.starts_with("//") {
            from.find('\n').unwrap_or(from.len())
        } else if let Some(text) = from.strip_prefix('"') {
            let hashes = before.len() - before.trim_end_matches('#').len();
            let is_raw = before[..before.len() - hashes].ends_with('r');
            let end = match is_raw {
                true => text.find(&format!("\"{}", "#".repeat(hashes))).unwrap(),
                false => end_of_text(text),
            };
            found.push(text[..end].to_owned());
            end + 2
        } else {
            // A character, or a lifetime.
            ["'\"'", "'\\''", "'\\\\'", "'/'"]
                .iter()
                .find(|c| from.starts_with(**c))
                .map_or(1, |c| c.len())
        };
        rest = &from[length..];
    }
    found
}

fn end_of_text(text: &str) -> usize {
    let mut is_escaped = false;
    let mut is_end = |(_, c): &(usize, char)| {
        let ends = *c == '"' && !is_escaped;
        is_escaped = *c == '\\' && !is_escaped;
        ends
    };
    text.char_indices().find(|at| is_end(at)).unwrap().0
}
