//! Every public operation of Rust is there in C, called as the rule has it, or
//! else as it is listed here.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What C calls otherwise.
const RENAMED: [(&str, &str); 37] = [
    ("EngineFeatures::iter", "sandcell_engine_features_table"),
    ("Captured::gap", "sandcell_exec_result_gap"),
    ("Captured::into_bytes", "sandcell_exec_result_output"),
    ("Captured::is_truncated", "sandcell_exec_result_truncated"),
    ("Captured::text", "sandcell_exec_result_output"),
    ("Captured::total_bytes", "sandcell_exec_result_total_bytes"),
    ("Client::builder", "sandcell_client_options_new"),
    ("Client::with_deadline", "sandcell_client_with_timeout_ms"),
    ("ClientBuilder::build", "sandcell_client_new"),
    ("CreateOptions::cap_add", "sandcell_create_options_add_capability"),
    ("CreateOptions::mount", "sandcell_create_options_add_bind"),
    ("CreateOptions::publish", "sandcell_create_options_add_published_port"),
    ("CreateOptions::seccomp", "sandcell_create_options_set_seccomp_profile"),
    ("Credentials::identity_token", "sandcell_pull_options_set_identity_token"),
    ("Credentials::password", "sandcell_pull_options_set_password"),
    ("Error::kind", "sandcell_error_code"),
    ("Exec::try_wait", "sandcell_exec_wait"),
    ("Exec::wait_timeout", "sandcell_exec_wait"),
    ("ExecOptions::stdin_reader", "sandcell_exec_write"),
    ("ExecOutput::dropped_bytes", "sandcell_exec_dropped_bytes"),
    ("ExecOutput::into_fd", "sandcell_exec_take_fd"),
    ("ExecOutput::read_timeout", "sandcell_exec_read"),
    ("ExecOutput::total_bytes", "sandcell_exec_total_bytes"),
    ("ExecResult::success", "sandcell_exec_result_exit_code"),
    ("ExecStdin::into_fd", "sandcell_exec_take_fd"),
    ("ExecStdin::write_timeout", "sandcell_exec_write"),
    ("Mount::bind", "sandcell_create_options_add_bind"),
    ("Mount::no_copy", "sandcell_create_options_add_volume"),
    ("Mount::read_only", "sandcell_create_options_add_bind"),
    ("Mount::subpath", "sandcell_create_options_add_volume"),
    ("Mount::volume", "sandcell_create_options_add_volume"),
    ("Posture::iter", "sandcell_posture_is_enforced"),
    ("PublishedPort::on", "sandcell_create_options_add_published_port"),
    ("PublishedPort::tcp", "sandcell_create_options_add_published_port"),
    ("PublishedPort::udp", "sandcell_create_options_add_published_port"),
    ("PullOptions::credentials", "sandcell_pull_options_set_password"),
    ("Tmpfs", "sandcell_create_options_add_tmpfs"),
];

/// What C does not have, and why. A type stands for all its functions.
const MISSING: [(&str, &str); 6] = [
    ("Background::name", "the host chose it"),
    ("Client::with_api", "an `Api` is a trait of Rust's"),
    ("Container::client", "the host has it"),
    ("Error::new", "for an `Api`, which is a trait of Rust's"),
    ("Error::with_http_status", "for an `Api`"),
    ("Error::with_source", "for an `Api`"),
];

/// The nouns that are not the type's name in small letters.
const NOUNS: [(&str, &str); 2] = [("ClientBuilder", "client_options"), ("Version", "version_info")];

#[test]
fn every_operation_is_there_in_c() {
    let header = fs::read_to_string(root().join("include/sandcell.h")).unwrap();
    let in_c = functions(&header);
    let in_rust = operations();
    assert!(in_rust.len() > 200, "only {} operations are found", in_rust.len());
    let lost: Vec<_> = in_rust
        .iter()
        .filter(|operation| !by_rule(operation).any(|name| in_c.contains(&*name)))
        .filter(|operation| is_listed(operation, &RENAMED).is_none())
        .filter(|operation| is_listed(operation, &MISSING).is_none())
        .collect();
    assert!(lost.is_empty(), "without a counterpart in C: {lost:#?}");
    for (operation, name) in RENAMED {
        assert!(in_c.contains(name), "{operation}: there is no {name}");
    }
    // The lists have nothing that is not, or no longer, true.
    for (listed, _) in RENAMED.iter().chain(&MISSING) {
        let mut hit = in_rust.iter().filter(|operation| covers(listed, operation));
        let operation = hit.next().unwrap_or_else(|| panic!("there is no {listed}"));
        assert!(
            !by_rule(operation).any(|name| in_c.contains(&*name)),
            "{listed} is as the rule has it"
        );
    }
}

/// What is followed by a parenthesis: a type may have the name that a function should.
fn functions(header: &str) -> HashSet<&str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = header.split('(').filter_map(|text| text.rsplit(|c| !is_word(c)).next());
    words.filter(|word| word.starts_with("sandcell_")).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether an entry of a list is `operation`, or its type.
fn covers(listed: &str, operation: &str) -> bool {
    listed == operation || operation.split_once("::").is_some_and(|(owner, _)| owner == listed)
}

fn is_listed<'a>(operation: &str, list: &'a [(&str, &str)]) -> Option<&'a str> {
    list.iter().find(|(listed, _)| covers(listed, operation)).map(|(_, other)| *other)
}

/// What the functions of C may be called that do what `Type::name` does.
fn by_rule(operation: &str) -> impl Iterator<Item = String> {
    let (owner, name) = operation.split_once("::").unwrap();
    let noun = NOUNS.iter().find(|(noun, _)| *noun == owner);
    let noun = noun.map_or_else(|| in_small_letters(owner), |(_, noun)| (*noun).to_owned());
    let name = name.to_owned();
    ["", "set_", "add_", "is_"].into_iter().flat_map(move |verb| {
        let (noun, name) = (noun.clone(), name.clone());
        ["", "_ms"].map(|unit| format!("sandcell_{noun}_{verb}{name}{unit}"))
    })
}

/// `ExecOptions` as `exec_options`.
fn in_small_letters(name: &str) -> String {
    let mut small = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !small.is_empty() {
            small.push('_');
        }
        small.push(letter.to_ascii_lowercase());
    }
    small
}

/// The public functions of the types that the crate exports, as `Type::name`.
fn operations() -> Vec<String> {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let exports: HashSet<&str> = lib
        .split("\npub use ")
        .skip(1)
        .flat_map(|export| export.split(';').next().unwrap().split(|c: char| !c.is_alphanumeric()))
        .collect();
    let mut operations = Vec::new();
    for file in sources(&root().join("src")) {
        let mut owner = None;
        for line in fs::read_to_string(&file).unwrap().lines() {
            // The sources are formatted: what stands at the margin opens or closes.
            if let Some(item) = line.strip_prefix("impl") {
                owner = owner_of(item).filter(|owner| exports.contains(owner.as_str()));
            } else if line.starts_with('}') {
                owner = None;
            }
            if let (Some(owner), Some(function)) = (&owner, function_of(line)) {
                operations.push(format!("{owner}::{function}"));
            }
        }
    }
    operations
}

/// The type whose own functions follow `impl`; none for those of a trait.
fn owner_of(item: &str) -> Option<String> {
    let item = if item.starts_with('<') { item.split_once("> ")?.1 } else { item.trim_start() };
    let owner = item.strip_suffix(" {")?.split('<').next()?;
    owner.bytes().all(|byte| byte.is_ascii_alphanumeric()).then(|| owner.to_owned())
}

fn function_of(line: &str) -> Option<&str> {
    let function = line.strip_prefix("    pub ")?;
    let function = function.strip_prefix("const ").unwrap_or(function).strip_prefix("fn ")?;
    function.split(['(', '<']).next()
}

/// The Rust files below `dir`, but those of the C API.
fn sources(dir: &Path) -> Vec<PathBuf> {
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
