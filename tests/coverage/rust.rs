//! The public functions of the types that the crate exports, read from its sources.
//! They are formatted, so that lines and indentation say what opens and closes.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

pub struct Crate {
    pub operations: Vec<Operation>,
    /// Each type and that of one of its public fields.
    fields: Vec<(String, String)>,
}

pub struct Operation {
    pub owner: String,
    pub name: String,
    /// The names of the parameters, but for `self`.
    pub parameters: Vec<String>,
    /// The types among them, as far as they are names of their own.
    pub takes: Vec<String>,
    pub has_self: bool,
    pub consumes_self: bool,
}

impl Crate {
    pub fn read(src: &Path) -> Self {
        let exports = exports(&fs::read_to_string(src.join("lib.rs")).unwrap());
        let mut read = Crate { operations: Vec::new(), fields: Vec::new() };
        for file in sources(src) {
            read.add(&fs::read_to_string(&file).unwrap(), &exports);
        }
        read
    }

    /// The types that have one of type `field` as a public field.
    pub fn owners_of_field(&self, field: &str) -> impl Iterator<Item = &str> {
        let of_type = move |(_, has): &&(String, String)| has == field;
        self.fields.iter().filter(of_type).map(|(owner, _)| &**owner)
    }

    fn add(&mut self, source: &str, exports: &HashSet<String>) {
        let (mut block, mut is_hidden) = (None, false);
        let mut lines = source.lines();
        while let Some(line) = lines.next() {
            if !line.is_empty() && !line.starts_with(' ') {
                block = Block::open(line).filter(|block| exports.contains(block.owner()));
            }
            is_hidden |= line.trim() == "#[doc(hidden)]";
            match (&block, function_name(line)) {
                (Some(Block::Impl(owner)), Some(name)) => {
                    let signature = signature(line, &mut lines);
                    let hidden = std::mem::take(&mut is_hidden);
                    let operation = Operation::parse(owner, name, &signature, exports);
                    self.operations.extend(Some(operation).filter(|_| !hidden));
                }
                (Some(Block::Struct(owner)), None) => {
                    let types = field(line).into_iter().flat_map(words);
                    self.fields.extend(types.map(|of| (owner.clone(), of.to_owned())));
                }
                _ => {}
            }
        }
    }
}

impl Operation {
    pub fn path(&self) -> String {
        format!("{}::{}", self.owner, self.name)
    }

    /// One that is written on a line, with the `impl` that it is in.
    pub fn parse_line(text: &str) -> Self {
        let (start, line) = text.split_once(" { ").unwrap();
        let line = format!("    {line}");
        let owner = start.strip_prefix("impl ").unwrap();
        let takes = words(&line).map(str::to_owned).collect();
        Operation::parse(owner, function_name(&line).unwrap(), &line, &takes)
    }

    fn parse(owner: &str, name: &str, signature: &str, exports: &HashSet<String>) -> Self {
        let parameters = parameters(signature);
        let (own, others): (Vec<&str>, Vec<&str>) =
            parameters.into_iter().partition(|parameter| parameter.ends_with("self"));
        let pairs = others.iter().filter_map(|parameter| parameter.split_once(": "));
        let types = pairs.clone().flat_map(|(_, of)| words(of));
        Operation {
            owner: owner.to_owned(),
            name: name.to_owned(),
            takes: types.filter(|of| exports.contains(*of)).map(str::to_owned).collect(),
            parameters: pairs.map(|(name, _)| name.trim_start_matches("mut ").to_owned()).collect(),
            has_self: !own.is_empty(),
            consumes_self: own.iter().any(|own| !own.starts_with('&')),
        }
    }
}

/// What stands at the margin.
enum Block {
    /// The functions of a type, not those of a trait.
    Impl(String),
    Struct(String),
}

impl Block {
    fn open(line: &str) -> Option<Self> {
        if let Some(item) = line.strip_prefix("pub struct ") {
            return words(item).next().map(|owner| Block::Struct(owner.to_owned()));
        }
        let item = line.strip_prefix("impl")?;
        let item = if item.starts_with('<') { item.split_once("> ")?.1 } else { item.trim_start() };
        let owner = item.strip_suffix(" {")?.split('<').next()?;
        let is_type = owner.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_type.then(|| Block::Impl(owner.to_owned()))
    }

    fn owner(&self) -> &str {
        match self {
            Block::Impl(owner) | Block::Struct(owner) => owner,
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| !word.is_empty())
}

fn function_name(line: &str) -> Option<&str> {
    let function = line.strip_prefix("    pub ")?;
    let function = function.strip_prefix("const ").unwrap_or(function).strip_prefix("fn ")?;
    words(function).next()
}

/// The type of a public field.
fn field(line: &str) -> Option<&str> {
    Some(line.strip_prefix("    pub ")?.split_once(": ")?.1)
}

/// A signature that may go on in the next lines.
fn signature<'a>(line: &str, lines: &mut impl Iterator<Item = &'a str>) -> String {
    let mut signature = line.to_owned();
    while !signature.ends_with('{') {
        signature.push_str(lines.next().expect("a function has a body").trim());
    }
    signature
}

/// What stands between the parentheses, by its outermost commas.
fn parameters(signature: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parameters) = (0, 0, Vec::new());
    for (at, letter) in signature.match_indices(['(', ')', '<', '>', ',']) {
        match letter {
            "(" if depth == 0 => (depth, start) = (1, at + 1),
            "(" | "<" if depth > 0 => depth += 1,
            ")" if depth == 1 => {
                parameters.push(signature[start..at].trim());
                break;
            }
            ")" => depth -= 1,
            ">" if depth > 0 && !signature[..at].ends_with('-') => depth -= 1,
            "," if depth == 1 => {
                parameters.push(signature[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parameters.retain(|parameter| !parameter.is_empty());
    parameters
}

/// The types that the crate exports.
pub fn exports(lib: &str) -> HashSet<String> {
    let exports = lib.split("\npub use ").skip(1).map(|export| export.split(';').next().unwrap());
    exports.flat_map(words).map(str::to_owned).collect()
}

/// The Rust files below `dir`, but those of the C API.
pub fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("capi") {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
