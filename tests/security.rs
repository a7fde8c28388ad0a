//! `SECURITY.md` promises nothing that no test holds.

mod support;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Mutex;

use support::Container;
use support::front::{Exec, Front, on_each_front, sh};

/// A test that the page names, as `tests/file.rs::name`.
#[derive(Clone, Copy)]
struct Named<'a> {
    file: &'a str,
    test: &'a str,
}

impl<'a> Named<'a> {
    /// All that a text names.
    fn all_in(text: &'a str) -> impl Iterator<Item = Self> {
        text.split('`').skip(1).step_by(2).filter_map(|code| {
            let (file, test) = code.split_once("::")?;
            (file.ends_with(".rs") || file.ends_with(".c")).then_some(Named { file, test })
        })
    }

    /// Whether there is such a test, and something runs it.
    fn is_there(self) -> bool {
        let Ok(text) = fs::read_to_string(root().join(self.file)) else { return false };
        if self.file.ends_with(".c") {
            let call = format!("\n    {}(", self.test);
            return text.contains(&format!("\nstatic void {}(", self.test)) && text.contains(&call);
        }
        let mut before = "";
        for line in text.lines().map(str::trim) {
            let is_it = function_of(line).is_some_and(|name| name == self.test);
            if is_it && (before == "#[test]" || is_on_each_front(&text, self.test)) {
                return true;
            }
            before = line;
        }
        false
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn function_of(line: &str) -> Option<&str> {
    line.strip_prefix("fn ")?.split(['(', '<']).next()
}

/// Whether the macro makes tests of it.
fn is_on_each_front(text: &str, test: &str) -> bool {
    let lists = text.split("\non_each_front! {").skip(1);
    lists
        .flat_map(|list| list.split('}').next())
        .any(|list| list.split_whitespace().any(|body| body == test))
}

/// The page, without its comments.
fn page() -> String {
    let page = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let mut parts = page.split("<!--");
    let first = parts.next().unwrap().to_owned();
    parts.map(|part| part.split_once("-->").unwrap().1).fold(first, |page, part| page + part)
}

#[test]
fn each_test_that_is_named_exists() {
    let page = page();
    let named: Vec<_> = Named::all_in(&page).collect();
    assert!(named.len() > 50, "only {} tests are found", named.len());
    let missing: Vec<_> = named
        .iter()
        .filter(|named| !named.is_there())
        .map(|named| format!("{}::{}", named.file, named.test))
        .collect();
    assert!(missing.is_empty(), "SECURITY.md names what is no test: {missing:#?}");
}

#[test]
fn each_point_names_a_test() {
    let page = page();
    let (_, defended) = page.split_once("\n## What is defended\n").unwrap();
    let (defended, _) = defended.split_once("\n## ").unwrap();
    let points: Vec<_> = defended.split("\n- ").skip(1).collect();
    assert!(points.len() > 20, "only {} points are found", points.len());
    for point in points {
        // A heading may follow the last one.
        let point = point.split("\n#").next().unwrap();
        assert!(Named::all_in(point).next().is_some(), "without a test: {point}");
    }
}

#[test]
fn what_is_no_test_is_found_out() {
    let is_there = |file, test| Named { file, test }.is_there();
    assert!(is_there("tests/security.rs", "what_is_no_test_is_found_out"));
    assert!(is_there("tests/security.rs", "what_is_spooled_has_no_name"));
    assert!(is_there("tests/c/stream.c", "test_threads"));
    assert!(!is_there("tests/security.rs", "is_on_each_front"), "a helper");
    assert!(!is_there("tests/security.rs", "no_such_function"));
    assert!(!is_there("tests/no_such_file.rs", "what_is_no_test_is_found_out"));
    assert!(!is_there("tests/c/stream.c", "no_such_function"));
}

fn what_is_spooled_has_no_name<F: Front>() {
    // A descriptor that is looked at must stay what it is.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock();
    let container = Container::<F>::start();
    let flood = sh("head -c 3000000 /dev/zero").max_memory(1000);
    let mut exec = container.start_exec(&container.id, &flood).unwrap();
    exec.wait().unwrap();
    let mut spooled = 0;
    for entry in fs::read_dir("/proc/self/fd").unwrap() {
        let entry = entry.unwrap();
        // The directory's own descriptor is among them, and gone by then.
        let Ok(stat) = fs::metadata(entry.path()) else { continue };
        if stat.is_file() && stat.len() >= 2_000_000 {
            spooled += 1;
            assert_eq!(stat.nlink(), 0, "{:?}", fs::read_link(entry.path()));
            let number = entry.file_name().into_string().unwrap();
            let info = fs::read_to_string(format!("/proc/self/fdinfo/{number}")).unwrap();
            let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).unwrap();
            let flags = u32::from_str_radix(flags.trim(), 8).unwrap();
            assert_ne!(flags & 0o2_000_000, 0, "not close-on-exec: {info}");
        }
    }
    assert!(spooled > 0, "nothing was spooled");
}

on_each_front! {
    what_is_spooled_has_no_name
}
