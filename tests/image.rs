//! Images in the engine's store: seen, made, loaded and removed.

mod support;

use std::fs::File;
use std::io::{self, Read};

use sandcell::{Client, CreateOptions, ErrorKind, PullOptions};
use support::front::{Front, Images, Pull, on_each_front};
use support::image::pack;
use support::{Container, IMAGE, api, engine, unique, until};

on_each_front! {
    an_image_tells_what_it_is
    an_image_that_is_not_there_is_none
    a_file_system_becomes_an_image
    a_saved_image_is_loaded
    what_is_no_archive_is_refused
    a_reader_that_fails_ends_the_call
    a_failed_import_changes_no_name
    an_image_that_cannot_be_unpacked_is_not_loaded
    an_image_in_use_stays
    of_several_names_one_goes
    what_is_no_reference_is_refused_first
}

/// A client, once it is sure that there is an engine.
fn connect<F: Front>() -> F {
    drop(engine());
    F::connect()
}

/// Makes an image, with what its containers start with.
fn import(name: &str, changes: &[&str]) {
    // A layer of its own: an engine may stumble over one that another test removes.
    support::image::import(name, "file", name.as_bytes(), changes);
}

fn an_image_tells_what_it_is<F: Images>() {
    let client = connect::<F>();
    let name = unique("sandcell-info");
    import(&name, &["ENV A=b", "LABEL team=ci", "USER 7:8", "WORKDIR /work"]);
    let info = client.inspect_image(&name).unwrap().unwrap();
    let (prefix, digest) = info.id.split_once(':').unwrap();
    assert_eq!((prefix, digest.len()), ("sha256", 64));
    assert!(info.tags.iter().any(|tag| tag.ends_with(&format!("{name}:latest"))), "{info:?}");
    assert!(info.size > 0);
    assert!(info.env.contains(&"A=b".to_owned()), "{info:?}");
    assert_eq!(info.labels["team"], "ci");
    assert_eq!((info.user.as_str(), info.working_dir.as_str()), ("7:8", "/work"));
    assert_eq!(info.os, "linux");
    assert!(!info.architecture.is_empty());
    // By its id as well as by its name.
    assert_eq!(client.inspect_image(&info.id).unwrap().unwrap(), info);
    client.remove_image(&name).unwrap();
}

fn an_image_that_is_not_there_is_none<F: Images>() {
    let client = connect::<F>();
    let id = format!("sha256:{}", "0123456789abcdef".repeat(4));
    for absent in ["sandcell-no-such-image", &id] {
        assert_eq!(client.inspect_image(absent).unwrap(), None);
        assert!(!client.image_exists(absent).unwrap());
        client.remove_image(absent).unwrap();
    }
    let error = client.ensure_image(&id, Pull::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}

fn a_file_system_becomes_an_image<F: Images>() {
    let client = connect::<F>();
    let dir = tempfile::tempdir().unwrap();
    let name = format!("{}:v1", unique("sandcell/made"));
    let tar = pack(dir.path(), "hello", b"world");
    let info = client.import_image(&name, &mut File::open(tar).unwrap()).unwrap();
    assert!(info.tags.iter().any(|tag| tag.ends_with(&name)), "{info:?}");
    assert!(client.image_exists(&name).unwrap());
    client.ensure_image(&name, Pull::default()).unwrap();
    client.remove_image(&name).unwrap();
    assert!(!client.image_exists(&name).unwrap());
    client.remove_image(&name).unwrap();
}

fn a_saved_image_is_loaded<F: Images>() {
    let client = connect::<F>();
    let name = unique("sandcell-saved");
    import(&name, &[]);
    let dir = tempfile::tempdir().unwrap();
    let tar = dir.path().join("saved.tar");
    let to = tar.to_str().unwrap();
    api(&format!("/images/{name}/get"), &["--output", to]);
    let before = client.inspect_image(&name).unwrap().unwrap();
    client.remove_image(&name).unwrap();

    let names = client.load_image(&mut File::open(&tar).unwrap()).unwrap();
    assert_eq!(names.len(), 1, "{names:?}");
    assert!(names[0].ends_with(&format!("{name}:latest")), "{names:?}");
    assert_eq!(client.inspect_image(&names[0]).unwrap().unwrap().id, before.id);
    client.remove_image(&names[0]).unwrap();
}

fn what_is_no_archive_is_refused<F: Images>() {
    let client = connect::<F>();
    let garbage = || io::repeat(b'x').take(1 << 20);
    let error = client.load_image(&mut garbage()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Engine, "{error}");
    let name = unique("sandcell-garbage");
    let error = client.import_image(&name, &mut garbage()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Engine, "{error}");
    assert!(!client.image_exists(&name).unwrap());
}

fn a_reader_that_fails_ends_the_call<F: Images>() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is broken"))
        }
    }
    let client = connect::<F>();
    let mut header = tar::Header::new_gnu();
    header.set_size(1 << 20);
    header.set_cksum();
    let half = || header.as_bytes().chain(io::repeat(7).take(100_000)).chain(Broken);
    let name = unique("sandcell-half");
    for error in [
        client.load_image(&mut half()).unwrap_err(),
        client.import_image(&name, &mut half()).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    }
    assert!(!client.image_exists(&name).unwrap());
}

fn a_failed_import_changes_no_name<F: Images>() {
    let client = connect::<F>();
    let (free, taken) = (unique("sandcell-free"), unique("sandcell-taken"));
    import(&taken, &[]);
    let id = client.inspect_image(&taken).unwrap().unwrap().id;
    let dir = tempfile::tempdir().unwrap();
    let tar = pack(dir.path(), "file", &[7; 100_000]);
    let cut = || File::open(&tar).unwrap().take(60_000);
    for name in [&free, &taken] {
        client.import_image(name, &mut cut()).unwrap_err();
        client.import_image(name, &mut io::repeat(b'x').take(1 << 20)).unwrap_err();
    }
    assert!(!client.image_exists(&free).unwrap());
    assert_eq!(client.inspect_image(&taken).unwrap().unwrap().id, id);
    no_import_is_left();
    client.remove_image(&taken).unwrap();
}

/// Waits until no image has a temporary name, as those of other tests may for a while.
fn no_import_is_left() {
    until(|| (!api("/images/json", &[]).contains("sandcell-import")).then_some(()));
}

fn an_image_that_cannot_be_unpacked_is_not_loaded<F: Images>() {
    let client = connect::<F>();
    let name = format!("{}:1", unique("sandcell-damaged"));
    let config = r#"{"architecture": "amd64", "os": "linux", "config": {}, "rootfs":
        {"type": "layers", "diff_ids": ["sha256:DIFF"]}}"#;
    let config = config.replace("DIFF", &"0123456789abcdef".repeat(4));
    let manifest = format!(
        r#"[{{"Config": "config.json", "RepoTags": ["{name}"], "Layers": ["layer.tar"]}}]"#
    );
    let mut archive = tar::Builder::new(Vec::new());
    for (path, contents) in [
        ("config.json", config.as_bytes()),
        ("layer.tar", &[b'x'; 10_000][..]),
        ("manifest.json", manifest.as_bytes()),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(contents.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, contents).unwrap();
    }
    let archive = archive.into_inner().unwrap();
    let error = client.load_image(&mut &archive[..]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Engine, "{error}");
    assert!(!client.image_exists(&name).unwrap());
}

fn an_image_in_use_stays<F: Images>() {
    let client = connect::<F>();
    let name = unique("sandcell-used");
    api(&format!("/images/{IMAGE}/tag?repo={name}&tag=latest"), &["--request", "POST"]);
    let id = client.inspect_image(&name).unwrap().unwrap().id;
    let container: Container = Container::with(CreateOptions::new(&id));
    let error = client.remove_image(&id).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    drop(container);
    client.remove_image(&name).unwrap();
}

fn of_several_names_one_goes<F: Images>() {
    let client = connect::<F>();
    let (name, other) = (unique("sandcell-name"), unique("sandcell-name"));
    import(&name, &[]);
    let id = client.inspect_image(&name).unwrap().unwrap().id;
    api(&format!("/images/{name}/tag?repo={other}&tag=latest"), &["--request", "POST"]);
    let error = client.remove_image(&id).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    client.remove_image(&name).unwrap();
    assert!(!client.image_exists(&name).unwrap());
    assert_eq!(client.inspect_image(&other).unwrap().unwrap().id, id);
    client.remove_image(&id).unwrap();
    assert!(!client.image_exists(&other).unwrap());
}

fn what_is_no_reference_is_refused_first<F: Images>() {
    // Nobody is asked: there is nobody.
    let client = F::connect_to("unix:///nonexistent/engine.sock");
    let digested = format!("a@sha256:{}", "0".repeat(64));
    for bad in ["", "A/B", "a b", "../a", "a:", "a@sha256:00"] {
        let refused = [
            client.image_exists(bad).unwrap_err(),
            client.inspect_image(bad).unwrap_err(),
            client.pull_image(bad, Pull::default()).unwrap_err(),
            client.ensure_image(bad, Pull::default()).unwrap_err(),
            client.import_image(bad, &mut io::empty()).unwrap_err(),
            client.remove_image(bad).unwrap_err(),
        ];
        for error in refused {
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{bad:?}: {error}");
            assert!(error.to_string().starts_with("image: "), "{error}");
        }
    }
    let error = client.import_image(&digested, &mut io::empty()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    let platform = Pull { platform: Some("linux//arm64"), ..Pull::default() };
    let error = client.pull_image("a", platform).unwrap_err();
    assert!(error.to_string().starts_with("platform: "), "{error}");
}

#[test]
fn an_image_that_goes_while_it_is_remembered_is_forgotten() {
    let client: Client = connect();
    let name = unique("sandcell-forgotten");
    api(&format!("/images/{IMAGE}/tag?repo={name}&tag=latest"), &["--request", "POST"]);
    client.ensure_image(&name, &PullOptions::new()).unwrap();
    api(&format!("/images/{name}"), &["--request", "DELETE"]);
    // Remembered.
    client.ensure_image(&name, &PullOptions::new()).unwrap();
    // A container needs it: the engine says that it is gone, and no registry has it.
    assert!(client.create_and_start(&CreateOptions::new(&name)).is_err());
    assert!(client.ensure_image(&name, &PullOptions::new()).is_err());
}
