//! Containers that an engine does not start, or that end as they start: a typed
//! error that says what to do, and nothing left behind.

#[path = "support/mod.rs"]
mod support;

use sandcell::{CreateOptions, EngineFeature, Error, ErrorKind, Lifetime};
use support::{IMAGE, api, engine, image, remove, unique};

/// An image with one file in it, removed when dropped.
struct Image(String);

impl Image {
    fn with(files: &[(&str, &[u8], u32)]) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let (dir, name) = (tempfile::tempdir().unwrap(), unique("sandcell-start"));
        let root = dir.path().join("root");
        for (path, contents, mode) in files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, contents).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(*mode)).unwrap();
        }
        let tar = dir.path().join("root.tar");
        let mut pack = std::process::Command::new("tar");
        pack.arg("-C").arg(&root).arg("-cf").arg(&tar).arg(".");
        assert!(pack.status().unwrap().success());
        image::import_tar(&name, tar.to_str().unwrap(), &[]);
        Image(name)
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        remove(&format!("/images/{}?force=1", self.0));
    }
}

/// Creates a container, which must fail and leave none.
#[track_caller]
fn refused(options: CreateOptions) -> Error {
    let name = unique("sandcell-refused");
    let created = engine().create_and_start(&options.name(&name));
    let error = created.inspect(|id| engine().stop(id).unwrap()).unwrap_err();
    let all = api("/containers/json?all=1", &[]);
    assert!(!all.contains(&name), "left behind: {name}");
    error
}

#[track_caller]
fn check(error: &Error, kind: ErrorKind, words: &str) {
    assert_eq!(error.kind(), kind, "{error:#}");
    assert!(error.to_string().contains(words), "no {words:?} in {error:#}");
}

#[test]
fn an_image_without_a_shell_is_named() {
    let missing = Image::with(&[("etc/x", b"x", 0o644)]);
    let denied = Image::with(&[("bin/sh", b"#!/bin/x\n", 0o644)]);
    let foreign = Image::with(&[("bin/sh", b"\x7fELF of another machine", 0o755)]);
    for (image, kind, words) in [
        (&missing, ErrorKind::CommandNotFound, "the image has no /bin/sh"),
        (&denied, ErrorKind::CommandNotExecutable, "executable"),
        (&foreign, ErrorKind::CommandNotExecutable, "architecture"),
    ] {
        check(&refused(CreateOptions::new(&image.0)), kind, words);
        let tied = CreateOptions::new(&image.0).lifetime(Lifetime::TiedToHost);
        check(&refused(tied), kind, words);
    }
}

#[test]
fn an_image_without_tail_is_named() {
    // The machine's own shell: that of busybox has a `tail` of its own.
    let ldd = std::process::Command::new("ldd").arg("/bin/dash").output().unwrap();
    let libraries = String::from_utf8(ldd.stdout).unwrap();
    let paths = libraries.split_whitespace().filter(|word| word.starts_with('/'));
    let mut files = vec![("bin/sh", std::fs::read("/bin/dash").unwrap())];
    files.extend(paths.map(|path| (path.trim_start_matches('/'), std::fs::read(path).unwrap())));
    let files: Vec<_> = files.iter().map(|(path, bytes)| (*path, &bytes[..], 0o755)).collect();
    let image = Image::with(&files);
    let options = CreateOptions::new(&image.0);
    check(&refused(options), ErrorKind::CommandNotFound, "the image has no `tail`");
}

#[test]
fn a_limit_that_is_too_small_is_named() {
    let features = engine().engine_features().unwrap();
    for (feature, options, words) in [
        (EngineFeature::PidsLimit, CreateOptions::new(IMAGE).pids(1), "pids: 1"),
        (EngineFeature::MemoryLimit, CreateOptions::new(IMAGE).memory(4096), "memory: 4096"),
    ] {
        let (kind, words) = match features.supports(feature) {
            true => (ErrorKind::InvalidArgument, words),
            false => (ErrorKind::Unsupported, "allow_unenforced"),
        };
        check(&refused(options), kind, words);
    }
    if support::has_gvisor() {
        let few = CreateOptions::new(IMAGE).pids(20);
        check(&refused(few), ErrorKind::InvalidArgument, "at least 64");
    }
}

#[test]
fn an_unknown_user_is_the_same_at_create_and_at_exec() {
    for user in ["nosuch", "0:nosuch"] {
        for options in [
            CreateOptions::new(IMAGE).user(user),
            CreateOptions::new(IMAGE).user(user).allow_reachable_watchers(),
        ] {
            check(&refused(options), ErrorKind::BadUser, "nosuch");
        }
        let container = support::Container::with(CreateOptions::new(IMAGE));
        let command = sandcell::ExecOptions::new(["true"]).user(user);
        let error = container.handle().exec(&command).unwrap_err();
        check(&error, ErrorKind::BadUser, "nosuch");
    }
}
