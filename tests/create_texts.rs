//! The texts of a create request: each is taken as it is, or refused by a typed error
//! with nothing created and nothing on the host changed.

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;

use sandcell::{CreateOptions, Error, ErrorKind, ExecOptions, Mount, NetworkMode, Tmpfs};
use support::{Container, IMAGE, api, engine, has_gvisor, inspect, unique};

/// What is syntax somewhere: in CSV, in the older notation of mounts, in a pattern, in
/// a shell, in a URL.
const PIECES: [&str; 26] = [
    ",U=true",
    ",src=/etc",
    ",ro",
    "\"",
    "\"\"",
    ":",
    ":ro",
    "\\",
    "=",
    "'",
    "\n",
    "\r",
    "\t",
    " ",
    "é",
    "*",
    "?",
    "[a]",
    "%2f",
    "~",
    "$HOME",
    "#",
    ";",
    "{a,b}",
    "\u{1}",
    "..",
];

fn options() -> CreateOptions {
    CreateOptions::new(IMAGE)
}

fn is_podman() -> bool {
    api("/version", &[]).contains("Podman")
}

/// Creates a container, which then exists, or must not.
fn create(options: CreateOptions) -> Result<Container, Error> {
    let name = unique("sandcell-texts");
    match engine().create_and_start(&options.name(&name)) {
        Ok(id) => Ok(Container::attached(id)),
        Err(error) => {
            assert_eq!(engine().inspect_container_state(&name).unwrap(), None, "{error}");
            Err(error)
        }
    }
}

/// The error of a container that must not be created.
#[track_caller]
fn refused(options: CreateOptions) -> Error {
    match create(options) {
        Ok(_) => panic!("created"),
        Err(error) => error,
    }
}

/// What a program in the container prints, given `args`.
fn run(container: &Container, script: &str, args: &[&str]) -> String {
    let argv = [["sh", "-c", script, "sh"].as_slice(), args].concat();
    let result = container.exec(&container.id, &ExecOptions::new(argv)).unwrap();
    assert!(result.success(), "{script:?} {args:?}: {result:?}");
    result.stdout.text().into_owned()
}

/// Owner and mode of all that is in `dir`, and the names.
fn state(dir: &Path) -> Vec<String> {
    let mut entries: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let meta = entry.metadata().unwrap();
            format!("{:?} {} {} {:o}", entry.file_name(), meta.uid(), meta.gid(), meta.mode())
        })
        .collect();
    entries.sort();
    let meta = fs::metadata(dir).unwrap();
    entries.push(format!("{} {} {:o}", meta.uid(), meta.gid(), meta.mode()));
    entries
}

fn has_colon(text: &str) -> bool {
    text.contains(':')
}

#[test]
fn a_mount_is_at_its_target_whatever_that_contains() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "seen").unwrap();
    let before = state(dir.path());
    for piece in PIECES {
        let target = format!("/m{piece}x");
        let mount = Mount::bind(dir.path(), &target).read_only(true);
        let container = create(options().mount(mount)).unwrap_or_else(|e| panic!("{piece:?}: {e}"));
        assert_eq!(run(&container, r#"cat "$1/file""#, &[&target]), "seen", "{piece:?}");
        run(&container, r#"! touch "$1/new" 2>/dev/null"#, &[&target]);
        assert_eq!(state(dir.path()), before, "{piece:?}");
    }
    let both = options().mount(Mount::bind(dir.path(), "/m:a,U=true"));
    if is_podman() {
        let error = refused(both);
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().starts_with("mount: target: \"/m:a,U=true\": "), "{error}");
    } else {
        assert_eq!(create(both).unwrap().sh("cat '/m:a,U=true/file'"), "seen");
    }
    assert_eq!(state(dir.path()), before);
}

#[test]
fn a_mount_has_its_source_whatever_that_contains() {
    let dir = tempfile::tempdir().unwrap();
    for piece in PIECES {
        let source = dir.path().join(format!("s{piece}x"));
        fs::create_dir_all(&source).unwrap();
        fs::write(source.join("file"), piece).unwrap();
        let before = state(dir.path());
        let container =
            create(options().workspace(&source, "/w")).unwrap_or_else(|e| panic!("{piece:?}: {e}"));
        assert_eq!(container.sh("pwd; cat file"), format!("/w\n{piece}"));
        container.sh("echo new >new");
        assert_eq!(fs::read_to_string(source.join("new")).unwrap(), "new\n");
        assert_eq!(state(dir.path()), before, "{piece:?}");
    }
}

#[test]
fn paths_have_one_meaning_or_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let at = |target: &str| options().mount(Mount::bind(dir.path(), target));
    let long = format!("/{}", "n".repeat(256));
    for bad in ["", "m", "~/m", "/", "//", "/.", "/a/../m", "/m\0", &long, &"/abc".repeat(1024)] {
        for options in [at(bad), options().tmpfs(Tmpfs::new(bad))] {
            let error = refused(options);
            assert!(error.is_invalid_argument(), "{bad:?}: {error}");
            assert!(error.to_string().contains("target: "), "{bad:?}: {error}");
        }
    }
    let container = create(at("//a/./b//").tmpfs(Tmpfs::new("/t//x/."))).unwrap();
    let mounts = container.sh("cut -d' ' -f2 /proc/mounts");
    for target in ["/a/b", "/t/x"] {
        assert!(mounts.lines().any(|line| line == target), "{mounts}");
    }
    for twice in [at("/m").mount(Mount::volume("sandcell-never", "/m/")), {
        at("/m").tmpfs(Tmpfs::new("//m"))
    }] {
        let error = refused(twice);
        assert!(error.is_invalid_argument() && error.to_string().contains("another"), "{error}");
    }
    assert!(!api("/volumes", &[]).contains("sandcell-never"));

    fs::create_dir_all(dir.path().join("real/in")).unwrap();
    fs::create_dir(dir.path().join("in")).unwrap();
    symlink("real/in", dir.path().join("link")).unwrap();
    let source = |path: &str| options().mount(Mount::bind(dir.path().join(path), "/m"));
    create(source("real/in/../../in")).unwrap();
    let error = refused(source("link/../in"));
    assert!(error.is_invalid_argument() && error.to_string().contains("\"..\""), "{error}");
}

#[test]
fn a_tmpfs_is_at_its_path_whatever_that_contains() {
    for piece in PIECES {
        let target = format!("/t{piece}x");
        let with = options().tmpfs(Tmpfs::new(&target).size(1 << 20).mode(0o751));
        if is_podman() && has_colon(piece) {
            let error = refused(with);
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
            assert!(error.to_string().starts_with("tmpfs: target: "), "{error}");
            continue;
        }
        let container = create(with).unwrap_or_else(|e| panic!("{piece:?}: {e}"));
        let script = r#"stat -c %a "$1"; echo $(($(stat -f -c '%b*%s' "$1")))"#;
        assert_eq!(run(&container, script, &[&target]), "751\n1048576\n", "{piece:?}");
    }
}

#[test]
fn labels_are_what_they_were_set_to() {
    for piece in PIECES.into_iter().chain(["", " a ", "x=y=z"]) {
        let container =
            create(options().label("job", piece).session_id("s").home("/h,=:")).unwrap();
        let labels = inspect(&container.id, "Config.Labels");
        let labels: serde_json::Value = serde_json::from_str(&labels).unwrap();
        assert_eq!(labels["job"], piece);
        assert_eq!(labels["anna.sandbox.anna_home"], "/h,=:");
    }
    for key in PIECES.into_iter().chain([" a ", "sandcell.owner=x", "a=b"]) {
        let with = options().label(key, "v=w");
        if is_podman() && key.contains('=') {
            let error = refused(with);
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
            assert!(error.to_string().starts_with("label: "), "{error}");
            continue;
        }
        let container = create(with).unwrap_or_else(|e| panic!("{key:?}: {e}"));
        let labels = inspect(&container.id, "Config.Labels");
        let labels: serde_json::Value = serde_json::from_str(&labels).unwrap();
        assert_eq!(labels[key], "v=w", "{key:?}");
        assert_ne!(labels["sandcell.owner"], "x=v=w");
    }
}

#[test]
fn variables_are_what_they_were_set_to() {
    for piece in PIECES.into_iter().chain(["", " a ", "x=y=z", "A=B\nC=D"]) {
        let container = create(options().env("TEXT", piece)).unwrap();
        assert_eq!(container.sh("printf %s \"$TEXT\""), piece, "{piece:?}");
        assert_eq!(container.sh("env | grep -c '^TEXT='"), "1\n", "{piece:?}");
    }
    for name in [" A", "\tA", "A B", "A*", "A,B", "A:B", "é", "\"A\""] {
        let with = options().env(name, "1");
        if is_podman() && name.starts_with([' ', '\t']) {
            let error = refused(with);
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
            assert!(error.to_string().starts_with("env: "), "{error}");
            continue;
        }
        let container = create(with).unwrap_or_else(|e| panic!("{name:?}: {e}"));
        // Not by a shell, which drops such names.
        let look = ExecOptions::new(["cat", "/proc/self/environ"]);
        let environ = container.exec(&container.id, &look).unwrap();
        let environ = environ.stdout.text().into_owned();
        assert!(environ.split('\0').any(|own| own == format!("{name}=1")), "{name:?}: {environ:?}");
    }
}

#[test]
fn users_networks_and_names_are_no_syntax() {
    for bad in ["0:0:0", ":0", "0:", "-0", "+0", "0\n", "0\0", "a\tb", ":"] {
        let error = refused(options().user(bad));
        assert!(error.is_invalid_argument(), "{bad:?}: {error}");
        assert!(error.to_string().starts_with("user: "), "{bad:?}: {error}");
    }
    let named = |name: &str| options().network(NetworkMode::Named(name.to_owned()));
    for bad in ["", "host", "none", "default", "container:x", "ns:/proc/1/ns/net", "a,b", "a:ip=1"]
    {
        let error = refused(named(bad));
        assert!(error.is_invalid_argument(), "{bad:?}: {error}");
    }
    for mode in ["private", "pod", "slirp4netns", "pasta"] {
        let error = refused(named(mode));
        let kind = if is_podman() { ErrorKind::Unsupported } else { ErrorKind::NotFound };
        assert_eq!(error.kind(), kind, "{mode}: {error}");
    }
    for piece in PIECES {
        let text = format!("a{piece}b");
        if piece == ".." {
            continue; // a name, as it is
        }
        for options in [
            options().hostname(&text),
            options().mount(Mount::volume(&text, "/v")),
            options().runtime(&text),
        ] {
            let error = refused(options);
            assert!(error.is_invalid_argument(), "{text:?}: {error}");
        }
    }
}

#[test]
fn a_missing_source_is_refused_and_not_created() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    symlink("loop", dir.path().join("loop")).unwrap();
    symlink("nowhere", dir.path().join("dangling")).unwrap();
    let before = state(dir.path());
    for name in ["missing", "missing/deeper", "file/below", "loop", "loop/below", "dangling"] {
        let source = dir.path().join(name);
        let bind = Mount::bind(&source, "/m");
        for options in [options().workspace(&source, "/m"), options().mount(bind)] {
            let error = refused(options);
            assert!(error.is_invalid_argument(), "{name}: {error}");
            let text = format!("{error:#}");
            assert!(text.contains("mount: ") && text.contains(source.to_str().unwrap()), "{text}");
        }
        assert_eq!(state(dir.path()), before, "{name}");
    }
    let error = refused(options().workspace(dir.path().join("file"), "/w"));
    assert!(error.is_invalid_argument(), "{error}");
    assert!(error.to_string().contains("is not a directory"), "{error}");
}

/// Gives the engine an image that has what `script` makes; removed with the value.
struct Image(String);

impl Image {
    fn with(script: &str) -> Self {
        let name = unique("sandcell-links");
        let container = Container::with(options().keep_capabilities());
        container.sh(script);
        let id = &container.id;
        let target = format!("/commit?container={id}&repo={name}&tag=latest&changes=USER%200");
        // Podman 4.3 wants a body.
        api(&target, &["--header", "Content-Type: application/json", "--data", "{}"]);
        Image(format!("{name}:latest"))
    }

    fn options(&self) -> CreateOptions {
        CreateOptions::new(&self.0)
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        api(&format!("/images/{}?force=1", self.0), &["--request", "DELETE"]);
    }
}

const LINKS: &str = "mkdir -p /mnt/real /usr/share; ln -s /mnt/real /work; ln -s mnt/real /rel; \
    ln -s /work /twice; ln -s /mnt /via; ln -s /usr/share/zoneinfo/UTC /etc/localtime; \
    ln -s /loop /loop; echo hi >/mnt/file; ln -s /mnt/file /tofile";

#[test]
fn a_mount_is_where_the_symlinks_of_the_image_lead() {
    let image = Image::with(LINKS);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "seen").unwrap();
    for target in ["/work", "/rel", "/twice", "/via/real"] {
        let container = create(image.options().workspace(dir.path(), target))
            .unwrap_or_else(|e| panic!("{target}: {e}"));
        assert_eq!(container.sh("cat file /mnt/real/file"), "seenseen", "{target}");
    }
    for target in ["/etc/localtime", "/tofile"] {
        let container = create(image.options().mount(Mount::bind(&file, target)))
            .unwrap_or_else(|e| panic!("{target}: {e}"));
        assert_eq!(container.sh(&format!("cat {target}")), "seen", "{target}");
    }
    let volume = unique("sandcell-links");
    {
        let with = image.options().mount(Mount::volume(&volume, "/work")).user("1000:1000");
        let container = create(with).unwrap();
        assert_eq!(container.sh("ls -di /work/. /mnt/real | cut -c1-8 | uniq | wc -l"), "1\n");
    }
    api(&format!("/volumes/{volume}"), &["--request", "DELETE"]);
    // The engine has a `/run` of its own: still compared, behind a symlink as well.
    for target in ["/work", "/rel", "/via/real"] {
        let error = refused(image.options().workspace("/run", target));
        assert!(error.is_invalid_argument(), "{target}: {error}");
        assert!(error.to_string().contains("is not the same file"), "{target}: {error}");
    }
}

#[test]
fn a_mount_over_another_type_is_typed() {
    let image = Image::with(LINKS);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let targets = ["/mnt/file", "/tofile", "/etc/passwd/below", "/loop"];
    let over = targets.map(|target| (Mount::bind(dir.path(), target), target));
    let under = ["/mnt/real", "/work", "/loop"].map(|target| (Mount::bind(&file, target), target));
    for (mount, target) in over.into_iter().chain(under) {
        let error = refused(image.options().mount(mount));
        // gVisor does not say why it does not start.
        let kind = if has_gvisor() { ErrorKind::Engine } else { ErrorKind::WrongFileType };
        assert_eq!(error.kind(), kind, "{target}: {error:#}");
        let names = error.to_string().contains(&format!("mount: target {target:?}"));
        assert_eq!(names, !has_gvisor(), "{target}: {error:#}");
    }
}
