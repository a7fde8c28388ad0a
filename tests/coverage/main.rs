//! Every public operation of Rust is in C, under the name that the conventions
//! below give it. Few have another name, or none, and a reason.
//!
//! A conversion that C has no use for (`Display`, `From`) is a trait's, and not an
//! operation. A `#[doc(hidden)]` function is another name of one that is.

mod header;
mod messages;
mod rust;

use std::fs;
use std::path::Path;

use header::Header;
use rust::{Crate, Operation};

/// What has another name in C, and why.
const RENAMED: [(&str, &str, &str); 3] = [
    (
        "Captured::into_bytes",
        "sandcell_exec_result_output",
        "C has no value to consume: the result lends its bytes",
    ),
    ("Captured::text", "sandcell_exec_result_output", "C has no text but bytes"),
    (
        "ExecOptions::stdin_reader",
        "sandcell_exec_write",
        "a thread of the library would call back, and only the log may do that",
    ),
];

/// What C does not have, and why.
const MISSING: [(&str, &str); 1] = [("Client::with_api", "`Api` is a trait")];

#[test]
fn every_operation_is_there_in_c() {
    let (rust, c) = both();
    assert!(rust.operations.len() > 200, "only {} operations are found", rust.operations.len());
    let lost: Vec<_> = rust
        .operations
        .iter()
        .filter(|operation| !is_in_c(operation, &rust, &c) && !is_listed(operation))
        .map(Operation::path)
        .collect();
    assert!(lost.is_empty(), "without a counterpart in C: {lost:#?}");
}

#[test]
fn the_lists_hold_only_what_is_true() {
    let (rust, c) = both();
    for (path, name, _) in RENAMED {
        assert!(c.has(name), "{path}: there is no {name}");
    }
    for path in listed() {
        let mut operations = rust.operations.iter();
        let operation = operations.find(|operation| operation.path() == path);
        let operation = operation.unwrap_or_else(|| panic!("there is no {path}"));
        assert!(!is_in_c(operation, &rust, &c), "{path} has the name that it should");
    }
}

/// The conventions are strict enough to find what is missing.
#[test]
fn what_is_not_in_c_is_found() {
    let (rust, c) = both();
    let invented = [
        "impl Client { pub fn prune_images(&self) -> Result<()> {",
        "impl Client { pub fn options() -> ExecOptions {",
        "impl Client { pub fn with_clock(&self, clock: Clock) -> Self {",
        "impl CreateOptions { pub fn devices(mut self, count: u32) -> Self {",
        "impl CreateOptions { pub fn device(mut self, mount: Mount) -> Self {",
        "impl Exec { pub fn try_kill(&self) -> Result<()> {",
        "impl Exec { pub fn iter(&self) -> Iter {",
        "impl ExecOptions { pub fn with_shell(mut self) -> Self {",
        "impl Captured { pub fn lines(&self) -> Lines {",
        "impl ExecStdin { pub fn flush(&self) -> Result<()> {",
        "impl Mount { pub fn tmpfs(target: impl Into<String>) -> Self {",
        "impl Mount { pub fn propagation(mut self, shared: bool) -> Self {",
        "impl PublishedPort { pub const fn sctp(port: u16) -> Self {",
        "impl PublishedPort { pub const fn range(mut self, first: u16, last: u16) -> Self {",
        "impl Tmpfs { pub fn swappable(mut self) -> Self {",
        "impl Tmpfs { pub fn inodes(mut self, count: u64) -> Self {",
        "impl Error { pub fn severity(&self) -> Severity {",
    ];
    for text in invented {
        let operation = Operation::parse_line(text);
        assert!(!is_in_c(&operation, &rust, &c), "found in C: {text}");
    }
}

fn both() -> (Crate, Header) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let header = fs::read_to_string(root.join("include/sandcell.h")).unwrap();
    (Crate::read(&root.join("src")), Header::parse(&header))
}

fn listed() -> impl Iterator<Item = &'static str> {
    RENAMED.map(|(path, ..)| path).into_iter().chain(MISSING.map(|(path, _)| path))
}

fn is_listed(operation: &Operation) -> bool {
    listed().any(|path| path == operation.path())
}

/// Whether C has `operation`, by one of the conventions.
fn is_in_c(operation: &Operation, rust: &Crate, c: &Header) -> bool {
    let noun = snake(&operation.owner);
    match c.has_type(&noun) {
        true => {
            is_function(&noun, operation, c)
                || takes_apart(operation, c)
                || is_of_what_c_only_receives(operation, c)
        }
        false => is_of_a_stream(operation, rust, c) || is_of_a_value(operation, rust, c),
    }
}

/// `Type::name` is `sandcell_type_name`, after `set_` or `add_` for a setter and `is_`
/// for a question, and with `_ms` behind it for a time.
///
/// Three kinds differ: what waits (`x`, `try_x`, `x_timeout`) is one function that
/// takes `timeout_ms`; `iter` is `len` and `get`; `builder` is `builder_new`.
fn is_function(noun: &str, operation: &Operation, c: &Header) -> bool {
    let name = &*operation.name;
    let waits = name.strip_prefix("try_").or_else(|| name.strip_suffix("_timeout"));
    let is_one_wait = waits.is_some_and(|name| {
        let parameters = c.parameters(&format!("sandcell_{noun}_{name}"));
        parameters.is_some_and(|all| all.iter().any(|parameter| parameter == "timeout_ms"))
    });
    let is = |name: &str| c.has(&format!("sandcell_{noun}_{name}"));
    is_one_wait
        || (name == "iter" && is("len") && is("get"))
        || (name == "builder" && is("builder_new"))
        || names(noun, name).any(|name| c.has(&name) || c.has(&format!("{name}_ms")))
}

fn names(noun: &str, name: &str) -> impl Iterator<Item = String> {
    ["", "set_", "add_", "is_"].map(|verb| format!("sandcell_{noun}_{verb}{name}")).into_iter()
}

/// A setter of a value that has no type in C is a function for each kind of it:
/// `CreateOptions::mount` is `sandcell_create_options_add_mount_bind`, `_volume`.
fn takes_apart(operation: &Operation, c: &Header) -> bool {
    let takes_value = operation.takes.iter().any(|taken| !c.has_type(&snake(taken)));
    takes_value && !makers(operation, c).is_empty()
}

/// What a value of no type in C is made with: the functions that are called as the
/// setter that takes it in Rust, or as that and the kind of value.
fn makers<'a>(setter: &Operation, c: &'a Header) -> Vec<(&'a str, &'a [String])> {
    let names: Vec<_> = names(&snake(&setter.owner), &setter.name).collect();
    let is_maker = |function: &str| {
        let rest = names.iter().find_map(|name| function.strip_prefix(&**name));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    c.functions().filter(|(function, _)| is_maker(function)).collect()
}

/// How a value of no type in C is made is the last part of a maker's name
/// (`Mount::bind`), or a constant that a maker takes (`PublishedPort::tcp`); what it
/// can be told then are parameters of a maker (`Mount::read_only`).
fn is_of_a_value(operation: &Operation, rust: &Crate, c: &Header) -> bool {
    let takes_it = |setter: &&Operation| {
        c.has_type(&snake(&setter.owner)) && setter.takes.contains(&operation.owner)
    };
    let setters = rust.operations.iter().filter(takes_it);
    let makers: Vec<_> = setters.flat_map(|setter| makers(setter, c)).collect();
    if operation.has_self {
        return makers.iter().any(|(_, has)| {
            let mut parameters = operation.parameters.iter();
            has.contains(&operation.name)
                || (parameters.len() > 0 && parameters.all(|parameter| has.contains(parameter)))
        });
    }
    let is_made = |(function, _): &(&str, _)| match &*operation.name {
        "new" => true,
        name => function.ends_with(&format!("_{name}")),
    };
    makers.iter().any(is_made)
        || (!makers.is_empty() && c.has_constant(&operation.name.to_uppercase()))
}

/// A stream has no type in C: what it does is done by the command or the result that
/// has it, which is told which stream. What consumes it, `into_x`, is `take_x`.
fn is_of_a_stream(operation: &Operation, rust: &Crate, c: &Header) -> bool {
    let consuming = operation.name.strip_prefix("into_").map(|name| format!("take_{name}"));
    rust.owners_of_field(&operation.owner).any(|owner| {
        let noun = snake(owner);
        is_function(&noun, operation, c)
            || consuming.as_ref().is_some_and(|name| c.has(&format!("sandcell_{noun}_{name}")))
    })
}

/// What C is only given, such as an error, it neither makes nor adds to.
fn is_of_what_c_only_receives(operation: &Operation, c: &Header) -> bool {
    let is_given = !c.has(&format!("sandcell_{}_new", snake(&operation.owner)));
    let adds = operation.consumes_self && operation.name.starts_with("with_");
    is_given && (operation.name == "new" || adds)
}

/// `ExecOptions` as `exec_options`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
