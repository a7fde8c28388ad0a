//! Each pointer of `include/sandcell.h` that must not be NULL is NULL in a test.
//!
//! The C programs do the calling. This holds them to all functions, also those
//! that come later.

use std::fs;
use std::path::Path;

/// A function of the header, with its documentation.
struct Function<'a> {
    doc: &'a str,
    name: &'a str,
    is_fallible: bool,
    parameters: Vec<&'a str>,
}

impl<'a> Function<'a> {
    fn parse(item: &'a str) -> Option<Self> {
        let (doc, declaration) = item.trim().strip_suffix(");")?.split_once(" */\n")?;
        let (head, parameters) = declaration.split_once('(')?;
        let name = head.rsplit([' ', '*']).next()?;
        let is_fallible = head.starts_with("sandcell_status ");
        let parameters = parameters.split(',').map(str::trim).collect();
        name.starts_with("sandcell_").then_some(Function { doc, name, is_fallible, parameters })
    }

    /// The names of the pointers to data and to functions, but the error.
    fn pointers(&self) -> impl Iterator<Item = &'a str> {
        let is_pointer = |parameter: &&&str| parameter.contains('*') || parameter.contains("_fn ");
        let names = self
            .parameters
            .iter()
            .filter(is_pointer)
            .map(|parameter| parameter.rsplit([' ', '*']).next().unwrap());
        names.filter(|&name| name != "error")
    }

    /// Whether its documentation says anything of NULL for a parameter.
    fn takes_null(&self, parameter: &str) -> bool {
        let parts = self.doc.split("\n * @").filter_map(|part| part.strip_prefix("param "));
        let names =
            |text: &str| text.split("  ").next().unwrap().split(", ").any(|n| n == parameter);
        parts.filter(|text| names(text)).any(|text| text.contains("NULL"))
    }

    /// The beginnings of calls one of which a test must have, for each pointer.
    fn wanted(&self) -> Vec<[String; 2]> {
        let name = self.name;
        if !self.is_fallible {
            let has_handle = self.parameters[0].contains('*');
            let of_null = || [format!("{name}(NULL,"), format!("{name}(NULL)")];
            return has_handle.then(of_null).into_iter().collect();
        }
        let refused = self.pointers().filter(|parameter| !self.takes_null(parameter));
        let macros = |parameter| {
            ["REFUSES", "REFUSES_BAD_TEXT"]
                .map(|refuses| format!("{refuses}(\"{parameter}\", {name}("))
        };
        refused.map(macros).collect()
    }
}

#[test]
fn each_pointer_is_null_in_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let header = fs::read_to_string(root.join("include/sandcell.h")).unwrap();
    let programs = fs::read_dir(root.join("tests/c")).unwrap();
    let programs = programs.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let programs: String = programs.map(|text| one_spaced(&text)).collect();

    let functions: Vec<_> = header.split("\n\n").filter_map(Function::parse).collect();
    assert_eq!(functions.len(), header.matches(" * Since: ").count() - callback_types(&header));
    let wanted = functions.iter().flat_map(Function::wanted);
    let missing: Vec<_> =
        wanted.filter(|ways| !ways.iter().any(|way| programs.contains(way))).collect();
    assert!(missing.is_empty(), "no C test has any of each pair: {missing:#?}");
}

fn callback_types(header: &str) -> usize {
    header.lines().filter(|line| line.starts_with("typedef ") && line.contains("(*")).count()
}

/// A text whose calls are each on one line, without a break behind a parenthesis.
fn one_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace("( ", "(")
}
