//! The sources depend on each other in one direction: see ARCHITECTURE.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// From the roof to the ground: each module imports only from itself and from
/// those below it. A module that is not listed belongs to the longest listed
/// one that it is in.
const LAYERS: [&str; 38] = [
    "capi",
    "torture",
    "client",
    "orphan",
    "create",
    "self_container",
    "files",
    "exec",
    "volume",
    "owner",
    "host",
    "container_hints",
    "container",
    "engine_features",
    "posture",
    "mount",
    "image",
    "engine",
    "watch",
    "gate",
    "lease",
    "image::known",
    "api::http",
    "transport",
    "api",
    "registry",
    "tasks",
    "supplied",
    "validate",
    "labels",
    "random_id",
    "call_context",
    "error",
    "container::state",
    "cancel",
    "panics",
    "sys",
    "lib",
];

/// Modules that may import each other. In `client`, the roof, a client hands out
/// handles, which are made of clients. In `create`, each file has the setters of
/// one noun, which are methods of one public type. In `exec`, what runs a command
/// also kills and measures it, which takes running others.
const MUTUAL: [&[&str]; 3] = [
    &["client"],
    &["create"],
    &["exec::run", "exec::start", "exec::pump", "exec::kill", "exec::meter"],
];

#[test]
fn no_module_imports_from_above() {
    let layer = |module: &str| {
        let is_in = |name: &&str| module == *name || module.starts_with(&format!("{name}::"));
        let found = LAYERS.iter().enumerate().filter(|(_, name)| is_in(name));
        let longest = found.max_by_key(|(_, name)| name.len());
        longest.unwrap_or_else(|| panic!("{module} is in no layer")).0
    };
    let imports = imports();
    let edges = imports.iter().flat_map(|(from, all)| all.iter().map(move |to| (from, to)));
    let (edges, upward): (Vec<_>, Vec<_>) = edges.partition(|(from, to)| layer(from) <= layer(to));
    assert!(upward.is_empty(), "imported from above: {upward:#?}");
    assert!(edges.len() > 400, "only {} imports are found", edges.len());
}

#[test]
fn no_circle_has_more_than_two_files() {
    let imports = imports();
    let reach = |from: &str| {
        let (mut found, mut todo) = (BTreeSet::new(), vec![from.to_owned()]);
        while let Some(module) = todo.pop() {
            let next = imports.get(&module).into_iter().flatten();
            todo.extend(next.filter(|next| found.insert((*next).clone())).cloned());
        }
        found
    };
    let reached: BTreeMap<_, _> = imports.keys().map(|module| (module, reach(module))).collect();
    let is_below = |module: &str, names: &[&str]| names.iter().any(|name| module.starts_with(name));
    let mut circles = BTreeSet::new();
    for (module, found) in &reached {
        let back = |other: &&String| reached.get(other).is_some_and(|f| f.contains(*module));
        let circle: Vec<_> = found.iter().filter(back).collect();
        let is_mutual = MUTUAL.iter().any(|names| circle.iter().all(|m| is_below(m, names)));
        circles.extend((circle.len() > 2 && !is_mutual).then_some(circle));
    }
    let edges = |circle: &Vec<&String>| -> Vec<String> {
        let all = circle.iter().flat_map(|from| imports[*from].iter().map(move |to| (*from, to)));
        all.filter(|(_, to)| circle.contains(to)).map(|(a, b)| format!("{a} -> {b}")).collect()
    };
    let circles: Vec<_> = circles.iter().map(edges).collect();
    assert!(circles.is_empty(), "{circles:#?}");
}

/// What each module imports from which other one, the C API and tests left out.
/// What is imported by another name counts as from where it is defined.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "");
    let exports: BTreeMap<String, String> =
        sources.iter().flat_map(|(module, text)| exports(module, text, &sources)).collect();
    let of = |module: &str, text: &str| {
        let paths = paths(text).filter_map(|path| absolute(module, &path, &sources));
        let paths: Vec<_> = paths.collect();
        let within = paths.iter().filter(|path| sources.contains_key(*path));
        let within: Vec<_> = within.flat_map(|module| used_of(module, text)).collect();
        let modules =
            paths.into_iter().chain(within).map(|path| defining_module(path, &exports, &sources));
        modules.filter(|other| other != module && other != "lib").collect()
    };
    sources.iter().map(|(module, text)| (module.clone(), of(module, text))).collect()
}

/// The text of each module, without comments and tests.
fn sources(dir: &Path, module: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let inner = if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") };
        if path.is_dir() {
            found.extend(sources(&path, &inner));
        } else if path.extension().is_some_and(|e| e == "rs") && !name.ends_with("tests") {
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            let code = text.lines().map(|line| line.split("//").next().unwrap());
            let code: String = code.flat_map(|line| [line, "\n"]).collect();
            let owner = if name == "mod" { module.to_owned() } else { inner };
            found.insert(owner, code);
        }
    }
    found
}

/// The names that a module passes on, each with where it is from.
fn exports(module: &str, text: &str, sources: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for path in passed_on(text).flat_map(|tree| flattened(&tree)) {
        let Some(path) = absolute(module, &path, sources) else { continue };
        let name = path.rsplit("::").next().unwrap();
        found.push((format!("{module}::{name}"), path.clone()));
    }
    found
}

/// The trees of the imports that a module passes on.
fn passed_on(text: &str) -> impl Iterator<Item = String> {
    text.split(';').filter_map(|item| {
        let (visibility, tree) = item.split_once("use ")?;
        visibility.rsplit('\n').next().filter(|v| v.starts_with("pub")).map(|_| tree.to_owned())
    })
}

/// The paths in imports and in other code that begin at a module.
fn paths(text: &str) -> impl Iterator<Item = String> {
    let imported = text.split(';').filter_map(|item| {
        let (before, tree) = item.split_once("use ")?;
        let is_private = before.rsplit('\n').next().is_some_and(|v| v.trim().is_empty());
        is_private.then(|| tree.to_owned())
    });
    // What is passed on is imported, too, if the module uses it itself.
    let is_item = |item: &&str| !item.contains("use ") && !item.trim_start().starts_with("mod ");
    let code: String = text.split_inclusive(';').filter(is_item).collect();
    let starts = ["crate::", "super::"].into_iter().flat_map(|start| {
        let code = &code;
        code.match_indices(start).filter_map(move |(at, _)| {
            let is_start = !code[..at].ends_with(|c: char| c == ':' || c.is_alphanumeric());
            let is_visibility = code[..at].ends_with("in ");
            let end = |c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':';
            let path = code[at..].split(end).next()?.trim_end_matches(':');
            (is_start && !is_visibility).then(|| path.to_owned())
        })
    });
    let words: BTreeSet<_> = code.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let is_used = |path: &String| words.contains(path.rsplit("::").next().unwrap());
    let passed_on = passed_on(text).flat_map(|tree| flattened(&tree)).filter(is_used);
    let imported: Vec<_> = imported.flat_map(|tree| flattened(&tree)).chain(passed_on).collect();
    imported.into_iter().chain(starts.collect::<Vec<_>>())
}

/// What is used of an imported module by its name, such as `module::function()`.
fn used_of(module: &str, text: &str) -> Vec<String> {
    let name = module.rsplit("::").next().unwrap();
    let start = format!("{name}::");
    let uses = text.match_indices(&start).filter_map(|(at, start)| {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        let item = text[at + start.len()..].split(|c| !is_word(c)).next()?;
        (!text[..at].ends_with(is_word)).then(|| format!("{module}::{item}"))
    });
    uses.collect()
}

/// `a::{b, c::{d}}` as `a::b` and `a::c::d`.
fn flattened(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((prefix, inner)) = tree.split_once('{') else {
        return vec![tree.split(" as ").next().unwrap().trim_end_matches("::self").to_owned()];
    };
    let inner = inner.trim_end().strip_suffix('}').unwrap_or(inner);
    let (mut depth, mut parts) = (0_i32, vec![String::new()]);
    for c in inner.chars() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        match c {
            ',' if depth == 0 => parts.push(String::new()),
            c => parts.last_mut().unwrap().push(c),
        }
    }
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    parts.flat_map(|part| flattened(&format!("{prefix}{}", part.trim()))).collect()
}

/// A path from the crate's root; `None` for one that leads out of the crate.
fn absolute(module: &str, path: &str, sources: &BTreeMap<String, String>) -> Option<String> {
    let (mut module, mut path) = (module.to_owned(), path);
    if let Some(path) = path.strip_prefix("crate::") {
        return Some(path.to_owned());
    }
    if let Some(rest) = path.strip_prefix("self::") {
        return Some(format!("{module}::{rest}"));
    }
    if !path.starts_with("super") {
        let inner = format!("{module}::{path}");
        let is_inner = sources.contains_key(inner.rsplit_once("::")?.0) && path.contains("::");
        return is_inner.then_some(inner);
    }
    while let Some(rest) = path.strip_prefix("super") {
        module = module.rsplit_once("::").map_or("", |(outer, _)| outer).to_owned();
        path = rest.trim_start_matches("::");
    }
    Some([module.as_str(), path].join("::").trim_matches(':').to_owned())
}

/// The module that defines what a path leads to.
fn defining_module(
    mut path: String,
    exports: &BTreeMap<String, String>,
    sources: &BTreeMap<String, String>,
) -> String {
    // A module and a function may have one name.
    while let Some(origin) = exports.get(&path).filter(|_| !sources.contains_key(&path)) {
        path.clone_from(origin);
    }
    while !sources.contains_key(&path) {
        match path.rsplit_once("::") {
            Some((outer, _)) => path = outer.to_owned(),
            None => return "lib".to_owned(),
        }
    }
    path
}
