//! What holds of every file here.

use std::fs;
use std::path::{Path, PathBuf};

/// What is generated, or not ours.
const GENERATED: [&str; 4] =
    ["include/sandcell.h", "Cargo.lock", "THIRD-PARTY-LICENSES.txt", "docs/conformance.md"];
const MAX_FILE: usize = 500;
/// Lines from a function's `fn` to its last brace.
const MAX_FUNCTION: usize = 45;
const MAX_MEDIAN: usize = 6;
const MAX_P90: usize = 20;

#[test]
fn the_old_name_stands_in_the_changelog_only() {
    let old = ["sand", "ock"].concat();
    let mut found = Vec::new();
    for file in files() {
        let is_named = file.to_string_lossy().to_lowercase().contains(&old);
        found.extend(is_named.then(|| file.display().to_string()));
        let Ok(text) = fs::read_to_string(root().join(&file)) else { continue };
        let is_allowed = |line: usize| file == Path::new("CHANGELOG.md") && line == 0;
        let lines = text.lines().enumerate().filter(|(line, _)| !is_allowed(*line));
        let lines = lines.filter(|(_, text)| text.to_lowercase().contains(&old));
        found.extend(lines.map(|(line, _)| format!("{}:{}", file.display(), line + 1)));
    }
    assert!(found.is_empty(), "the old name: {found:#?}");
}

#[test]
fn files_are_short() {
    let mut long = Vec::new();
    for file in files() {
        if GENERATED.iter().any(|generated| file == Path::new(generated)) {
            continue;
        }
        let Ok(text) = fs::read_to_string(root().join(&file)) else { continue };
        let lines = text.lines().count();
        long.extend((lines > MAX_FILE).then(|| format!("{}: {lines}", file.display())));
    }
    assert!(long.is_empty(), "more than {MAX_FILE} lines: {long:#?}");
}

#[test]
fn functions_are_short() {
    let long: Vec<_> = ["src", "tests", "benches", "examples"].map(lengths).concat();
    let long: Vec<_> = long.iter().filter(|(len, _)| *len > MAX_FUNCTION).collect();
    let lengths = lengths("src");
    let at = |share: f64| lengths[(lengths.len() as f64 * share) as usize].0;
    assert!(lengths.len() > 1000, "only {} functions are found", lengths.len());
    assert!(long.is_empty(), "more than {MAX_FUNCTION} lines: {long:#?}");
    assert!(at(0.5) <= MAX_MEDIAN && at(0.9) <= MAX_P90, "median {}, p90 {}", at(0.5), at(0.9));
}

/// The functions of all sources in a directory, with the lines of each, short ones first.
fn lengths(dir: &str) -> Vec<(usize, String)> {
    let mut lengths = Vec::new();
    for file in files() {
        let is_source = file.extension().is_some_and(|extension| extension == "rs");
        if is_source && file.starts_with(dir) {
            let text = fs::read_to_string(root().join(&file)).unwrap();
            let named = |(name, len)| (len, format!("{}: {name}", file.display()));
            lengths.extend(functions(&text).into_iter().map(named));
        }
    }
    lengths.sort();
    lengths
}

/// The functions of a formatted source, with the lines of each.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<_> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let Some((before, name)) = code.split_once("fn ") else { continue };
        let is_function = before.split_whitespace().all(|word| {
            word.starts_with("pub")
                || word.starts_with("(in")
                || ["unsafe", "const", "extern", "\"C\""].contains(&word)
        });
        let name = name.split(['(', '<']).next().unwrap();
        if !is_function || name.is_empty() {
            continue;
        }
        let end = format!("{}}}", &line[..line.len() - code.len()]);
        let rest = lines[start..].iter();
        let len = rest
            .take_while(|line| **line != end && !line.ends_with(';') || line.contains('{'))
            .count();
        let is_line = line.ends_with('}') || line.ends_with(';');
        found.push((name.to_owned(), if is_line { 1 } else { len + 1 }));
    }
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files here, by their path from the root, but those of git and of builds.
fn files() -> Vec<PathBuf> {
    let (mut found, mut todo) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(dir) = todo.pop() {
        for entry in fs::read_dir(root().join(&dir)).unwrap() {
            let entry = entry.unwrap();
            let path = dir.join(entry.file_name());
            let is_left_out = [".git", "target"].iter().any(|name| path == Path::new(name))
                || path.ends_with("__pycache__");
            match entry.file_type().unwrap().is_dir() {
                _ if is_left_out => {}
                true => todo.push(path),
                false => found.push(path),
            }
        }
    }
    assert!(found.len() > 200, "only {} files are found", found.len());
    found
}
