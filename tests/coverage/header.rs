//! What `include/sandcell.h` declares.

use std::collections::{HashMap, HashSet};

pub struct Header {
    /// Each with the names of its parameters.
    functions: HashMap<String, Vec<String>>,
    types: HashSet<String>,
    constants: HashSet<String>,
}

impl Header {
    pub fn parse(text: &str) -> Self {
        let comments = text.split("*/").map(|part| part.split("/*").next().unwrap());
        let code: String = comments.collect();
        let (directives, rest): (Vec<_>, Vec<_>) = code.lines().partition(|l| l.starts_with('#'));
        let second = |line: &str| line.split_whitespace().nth(1).map(str::to_owned);
        let (typedefs, rest): (Vec<String>, Vec<String>) = rest
            .join(" ")
            .split([';', '{', '}'])
            .map(|statement| statement.trim().to_owned())
            .partition(|statement| statement.starts_with("typedef "));
        Header {
            functions: rest.iter().filter_map(|statement| function(statement)).collect(),
            types: typedefs.iter().map(|typedef| last_word(typedef).to_owned()).collect(),
            constants: directives.into_iter().filter_map(second).collect(),
        }
    }

    pub fn has(&self, function: &str) -> bool {
        self.functions.contains_key(function)
    }

    /// `exec_options` for `sandcell_exec_options`.
    pub fn has_type(&self, noun: &str) -> bool {
        self.types.contains(&format!("sandcell_{noun}"))
    }

    /// `TCP` for `SANDCELL_TCP`.
    pub fn has_constant(&self, name: &str) -> bool {
        self.constants.contains(&format!("SANDCELL_{name}"))
    }

    pub fn parameters(&self, function: &str) -> Option<&[String]> {
        self.functions.get(function).map(Vec::as_slice)
    }

    pub fn functions(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.functions.iter().map(|(name, parameters)| (&**name, &**parameters))
    }
}

fn function(declaration: &str) -> Option<(String, Vec<String>)> {
    let (start, parameters) = declaration.split_once('(')?;
    let parameters = parameters.trim_end_matches(')').split(',').map(last_word);
    Some((last_word(start).to_owned(), parameters.map(str::to_owned).collect()))
}

fn last_word(text: &str) -> &str {
    text.trim_end().rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap()
}
