//! `include/sandcell.h` is what the sources say, and its documentation is whole.
//!
//! With `SANDCELL_UPDATE_HEADER` set, the test writes the header: this is what
//! `make header` does.
#![cfg(feature = "capi")]

use std::collections::HashSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use cbindgen::{Builder, Config, ItemType};

/// The files of `src/capi` that export something, in the header's order.
const NOUNS: [&str; 44] = [
    "version",
    "sentinels",
    "error",
    "log",
    "string",
    "strings",
    "cancel_token",
    "client_builder",
    "client",
    "version_info",
    "engine_features",
    "create_options",
    "create_mounts",
    "create_network",
    "create_limits",
    "create_security",
    "create_lifetime",
    "container",
    "client_shorthands",
    "container_state",
    "posture",
    "resources",
    "exec_options",
    "exec_kill_options",
    "exec",
    "outcome",
    "exec_result",
    "exec_handle",
    "exec_streams",
    "background",
    "write_options",
    "transfer_options",
    "file",
    "pull_options",
    "image_info",
    "image",
    "sandbox",
    "pool_options",
    "pool",
    "orphan",
    "self_container",
    "volume_options",
    "volume_filter",
    "volume",
];

#[test]
fn the_header_is_what_the_sources_say() {
    let path = root().join("include/sandcell.h");
    let header = header();
    if env::var_os("SANDCELL_UPDATE_HEADER").is_some() {
        fs::write(&path, &header).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let same = committed.lines().zip(header.lines()).take_while(|(old, new)| old == new);
    let line = same.count() + 1;
    assert!(
        committed == header,
        "include/sandcell.h differs from src/capi at line {line}: run `make header`"
    );
}

#[test]
fn every_export_is_in_the_header() {
    let header = header();
    for source in sources("src/capi", &[]) {
        for name in exports(&source) {
            assert!(header.contains(&format!("{name}(")), "{name}: is its file in NOUNS?");
        }
        for constant in source.split("\npub const ").skip(1) {
            let name = constant.split(':').next().unwrap();
            assert!(header.contains(&format!("#define {name} ")), "{name}");
        }
    }
}

/// The names of the functions that a file exports.
fn exports(source: &str) -> impl Iterator<Item = &str> {
    let exports = source.split("#[unsafe(no_mangle)]\npub ").skip(1);
    exports.map(|export| export.split(['(', '<']).next().unwrap().rsplit(' ').next().unwrap())
}

#[test]
fn parameters_fill_their_lines() {
    let (header, mut narrow) = (header(), Vec::new());
    let lines: Vec<&str> = header.lines().collect();
    for pair in lines.windows(2) {
        let Some(next) = pair[1].strip_prefix(" *           ") else { continue };
        let word = next.trim_start().split(' ').next().unwrap();
        if pair[0].starts_with(" * @param ") && pair[0].len() + 1 + word.len() < 76 {
            narrow.push(pair[0]);
        }
    }
    assert!(narrow.is_empty(), "could go on in the same line: {narrow:#?}");
}

#[test]
fn every_export_is_used_by_a_test() {
    // Those of misuse call all, and none with success.
    let tests = [sources("tests/c", &["misuse"]), sources("tests/support/front/c", &[])].concat();
    let words: HashSet<&str> = tests
        .iter()
        .flat_map(|test| test.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'))
        .collect();
    for source in sources("src/capi", &[]) {
        for name in exports(&source) {
            assert!(words.contains(name), "{name}");
        }
    }
}

#[test]
fn comments_name_functions_that_exist() {
    let header = header();
    let declared = header.replace("()", "");
    let mut mentioned = 0;
    for before in header.split("()") {
        let name = before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap();
        if name.starts_with("sandcell_") {
            mentioned += 1;
            assert!(declared.contains(&format!("{name}(")), "there is no {name}()");
        }
    }
    assert!(mentioned > 100, "only {mentioned} functions are mentioned");
}

/// The texts of the files in a directory, but those whose names start so.
fn sources(directory: &str, except: &[&str]) -> Vec<String> {
    let files = fs::read_dir(root().join(directory)).unwrap().map(Result::unwrap);
    let is_except = |name: &str| except.iter().any(|start| name.starts_with(start));
    let wanted = files.filter(|file| !is_except(file.file_name().to_str().unwrap()));
    wanted.map(|file| fs::read_to_string(file.path()).unwrap()).collect()
}

#[test]
fn every_function_is_documented() {
    let header = header();
    let (_, header) = header.split_once("#ifndef").unwrap();
    let mut functions = 0;
    for item in header.split("\n\n").map(str::trim).filter(|item| item.ends_with(");")) {
        functions += 1;
        let (doc, declaration) = item.split_once(" */\n").expect(item);
        for part in [" * Threads: ", " * Since: "] {
            assert!(doc.contains(part), "no {part:?} in {item}");
        }
        // The type of a callback is documented like a function.
        let declaration = declaration.trim_start_matches("typedef ");
        assert!(declaration.starts_with("void ") || doc.contains(" * @return"), "{item}");
        let parameters = declaration.split_once('(').unwrap().1.trim_end_matches(");");
        for parameter in parameters.split(',').filter(|&parameter| parameter != "void") {
            let name = parameter.rsplit([' ', '*']).next().unwrap();
            let names = |line: &str| line.split([' ', ',']).any(|word| word == name);
            let documented = doc.lines().any(|line| line.starts_with(" * @param") && names(line));
            assert!(documented, "no @param {name} in {item}");
        }
    }
    let is_end = |line: &&str| line.ends_with(");") && !line.starts_with(" *");
    assert_eq!(functions, header.lines().filter(is_end).count());
}

/// All types first, since C needs them; then constants and functions by noun.
fn header() -> String {
    let config = Config::from_file(root().join("cbindgen.toml")).unwrap();
    let mut text = config.header.as_ref().unwrap().trim_start().to_owned();
    let guard = config.include_guard.as_ref().unwrap();
    writeln!(text, "\n#ifndef {guard}\n#define {guard}\n").unwrap();
    for include in &config.sys_includes {
        writeln!(text, "#include <{include}>").unwrap();
    }
    text += "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n";
    section(
        &mut text,
        "Types.",
        &items(&config, &NOUNS, &[ItemType::OpaqueItems, ItemType::Typedefs]),
    );
    for noun in NOUNS {
        let items = items(&config, &[noun], &[ItemType::Constants, ItemType::Functions]);
        section(&mut text, &introduction(noun), &items);
    }
    write!(text, "\n#ifdef __cplusplus\n}} /* extern \"C\" */\n#endif\n\n#endif /* {guard} */\n")
        .unwrap();
    text
}

fn section(text: &mut String, introduction: &str, items: &str) {
    writeln!(text, "\n/* {}", "-".repeat(73)).unwrap();
    for line in introduction.lines() {
        writeln!(text, "{}", format!(" * {line}").trim_end()).unwrap();
    }
    write!(text, " * {} */\n\n{items}", "-".repeat(73)).unwrap();
}

/// The items of some kinds in some files, without anything around them.
fn items(config: &Config, nouns: &[&str], kinds: &[ItemType]) -> String {
    let mut config = config.clone();
    (config.header, config.include_guard, config.cpp_compat) = (None, None, false);
    config.sys_includes.clear();
    config.export.item_types = kinds.to_vec();
    let sources = nouns.iter().map(|noun| source(noun));
    let builder = sources.fold(Builder::new().with_config(config), Builder::with_src);
    let mut bytes = Vec::new();
    builder.generate().unwrap().write(&mut bytes);
    let items = String::from_utf8(bytes).unwrap();
    let tidied = items.trim().split("\n\n").map(tidied).collect::<Vec<_>>().join("\n\n");
    // Constants with a line of documentation each stand together.
    tidied.replace(&format!("{CONSTANT_END}\n\n/** "), "\n/** ").replace(CONSTANT_END, "") + "\n"
}

/// Marks, for a moment, where a constant on two lines ends.
const CONSTANT_END: char = '\0';

/// A constant with one line of documentation takes two lines instead of four,
/// and a negative one stands in parentheses.
fn tidied(item: &str) -> String {
    let Some((doc, constant)) = item.split_once("#define ") else { return item.to_owned() };
    let (name, value) = constant.trim_end().rsplit_once(' ').unwrap();
    let value = if value.starts_with('-') { format!("({value})") } else { value.to_owned() };
    match doc.lines().collect::<Vec<_>>()[..] {
        ["/**", doc, " */"] => {
            let doc = doc.trim_start_matches(" * ");
            format!("/** {doc} */\n#define {name} {value}{CONSTANT_END}")
        }
        _ => format!("{doc}#define {name} {value}"),
    }
}

/// The documentation of a file itself.
fn introduction(noun: &str) -> String {
    let source = fs::read_to_string(source(noun)).unwrap();
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| format!("{}\n", line.trim_start())).collect()
}

fn source(noun: &str) -> PathBuf {
    root().join(format!("src/capi/{noun}.rs"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
