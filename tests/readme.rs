//! The README shows what is run: its Rust example is a documentation test, its
//! C example is a file that ctest runs.

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
fn the_commands_are_those_of_the_makefile() {
    let makefile = include_str!("../Makefile");
    for document in [include_str!("../README.md"), include_str!("../CONTRIBUTING.md")] {
        let commands = document.lines().filter_map(|line| line.strip_prefix("make "));
        for target in commands.map(|command| command.split(' ').next().unwrap()) {
            assert!(makefile.contains(&format!("\n{target}: ")), "make {target}");
        }
    }
}
