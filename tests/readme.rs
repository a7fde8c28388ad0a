//! The README shows what is run: its Rust example is a documentation test, its
//! C example is a file that ctest runs. The guide in `docs` names what there is;
//! ctest runs its programs.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn the_c_example_is_the_file_that_is_tested() {
    let readme = include_str!("../README.md");
    let example = include_str!("../examples/c/hello.c");
    assert!(
        readme.contains(&format!("```c\n{example}```")),
        "the README's C example is not examples/c/hello.c: copy it there"
    );
}

#[test]
fn the_example_of_a_registry_is_the_file_that_is_tested() {
    let page = include_str!("../docs/how-do-i-sandboxes.md");
    let example = include_str!("../examples/private_registry.rs");
    assert!(
        page.contains(&format!("```rust,no_run\n{example}```")),
        "the example in docs/how-do-i-sandboxes.md is not examples/private_registry.rs: copy it there"
    );
}

#[test]
fn the_commands_are_those_of_the_makefile() {
    let makefile = include_str!("../Makefile");
    for document in [include_str!("../README.md"), include_str!("../CONTRIBUTING.md")] {
        let commands = document.lines().filter_map(|line| line.strip_prefix("make "));
        for target in commands.map(|command| command.split(' ').next().unwrap()) {
            assert!(makefile.contains(&format!("\n{target}: ")), "make {target}");
        }
    }
}

#[test]
fn the_guide_names_what_the_header_has() {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = |text: &'static str| text.split(move |c| !is_part(c));
    let header: HashSet<&str> = words(include_str!("../include/sandcell.h")).collect();
    for (page, text) in guide() {
        let names = words(text).filter(|word| word.to_ascii_lowercase().starts_with("sandcell_"));
        for name in names {
            // One that ends so stands for several, such as SANDCELL_ERR_*.
            let is_known = match name.ends_with('_') {
                true => header.iter().any(|known| known.starts_with(name)),
                false => header.contains(name),
            };
            assert!(is_known, "{}: {name}", page.display());
        }
    }
}

#[test]
fn the_links_of_the_guide_lead_somewhere() {
    let heading = |line: &str| {
        let title = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        title.replace(|c: char| !c.is_alphanumeric() && c != '-', "")
    };
    for (page, text) in guide() {
        for link in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => page.clone(),
                file => page.parent().unwrap().join(file),
            };
            let target = fs::read_to_string(target);
            let target = target.unwrap_or_else(|e| panic!("{}: {link}: {e}", page.display()));
            let mut headings = target.lines().filter(|line| line.starts_with('#')).map(heading);
            assert!(
                anchor.is_empty() || headings.any(|h| h == anchor),
                "{}: {link}",
                page.display()
            );
        }
    }
}

/// The pages of the guide, with their texts.
fn guide() -> Vec<(PathBuf, &'static str)> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let entries = [docs.clone(), docs.join("c")].map(|directory| fs::read_dir(directory).unwrap());
    let paths = entries.into_iter().flatten().map(|entry| entry.unwrap().path());
    let pages = paths.filter(|path| path.extension().is_some_and(|end| end == "md"));
    pages.map(|path| (path.clone(), &*fs::read_to_string(path).unwrap().leak())).collect()
}
