//! The texts of a create request: each is taken as it is, or refused by a typed error
//! with nothing created and nothing on the host changed.

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::sync::LazyLock;
use std::thread;

use sandcell::{Client, CreateOptions, Error, ErrorKind, ExecOptions, Mount, NetworkMode, Tmpfs};
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

/// One for all requests: most are refused, and cost less than a connection.
static CLIENT: LazyLock<Client> = LazyLock::new(engine);

fn options() -> CreateOptions {
    CreateOptions::new(IMAGE)
}

fn is_podman() -> bool {
    api("/version", &[]).contains("Podman")
}

/// Creates a container, which then exists, or must not.
fn create(options: CreateOptions) -> Result<Container, Error> {
    let name = unique("sandcell-texts");
    match CLIENT.create_and_start(&options.name(&name)) {
        Ok(id) => Ok(Container::attached(id)),
        Err(error) => {
            assert_eq!(CLIENT.inspect_container_state(&name).unwrap(), None, "{error}");
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

/// Takes out of `texts` what Podman must refuse, and checks that it does.
fn refused_by_podman<T: AsRef<str>>(
    texts: &mut Vec<T>,
    field: &str,
    is_syntax: impl Fn(&str) -> bool,
    with: impl Fn(&str) -> CreateOptions,
) {
    if !is_podman() {
        return;
    }
    let count = texts.len();
    texts.retain(|text| {
        let text = text.as_ref();
        if is_syntax(text) {
            let error = refused(with(text));
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{text:?}: {error}");
            assert!(error.to_string().starts_with(field), "{text:?}: {error}");
        }
        !is_syntax(text)
    });
    assert!(texts.len() < count);
}

/// Checks each on a thread of its own: most of the time is the engine's.
fn at_once<T: Send>(all: impl IntoIterator<Item = T>, check: impl Fn(T) + Sync) {
    let check = &check;
    thread::scope(|scope| {
        for one in all {
            scope.spawn(move || check(one));
        }
    });
}

/// What a shell in the container prints, given `args`.
fn run(container: &Container, script: &str, args: &[String]) -> String {
    let argv = ["sh", "-c", script, "sh"].into_iter().chain(args.iter().map(String::as_str));
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
    let mount = |options: CreateOptions, target: &String| {
        options.mount(Mount::bind(dir.path(), target).read_only(true))
    };
    let mut targets: Vec<_> = PIECES.iter().map(|piece| format!("/m{piece}x")).collect();
    let both = "/m:a,U=true".to_owned();
    if is_podman() {
        let error = refused(mount(options(), &both));
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().starts_with("mount: target: \"/m:a,U=true\": "), "{error}");
    } else {
        targets.push(both);
    }
    let container = create(targets.iter().fold(options(), mount)).unwrap();
    let script = r#"for target; do
        cat "$target/file" || echo "nothing at $target"
        ! touch "$target/new" 2>/dev/null || echo "writable: $target"
    done"#;
    assert_eq!(run(&container, script, &targets), "seen".repeat(targets.len()));
    assert_eq!(state(dir.path()), before);
}

#[test]
fn a_mount_has_its_source_whatever_that_contains() {
    let dir = tempfile::tempdir().unwrap();
    // Podman has no notation for a path with a colon and a comma.
    let all: String = PIECES.into_iter().filter(|piece| !has_colon(piece)).collect();
    let sources: Vec<_> = PIECES.iter().chain([&&*all]).map(|piece| format!("s{piece}x")).collect();
    for name in &sources {
        fs::create_dir_all(dir.path().join(name)).unwrap();
        fs::write(dir.path().join(name).join("file"), name).unwrap();
    }
    let before = state(dir.path());
    let [mounts @ .., workspace] = &*sources else { panic!() };
    let mount = |options: CreateOptions, (n, name): (usize, &String)| {
        options.mount(Mount::bind(dir.path().join(name), format!("/s{n}")))
    };
    let with = options().workspace(dir.path().join(workspace), "/w");
    let container = create(mounts.iter().enumerate().fold(with, mount)).unwrap();
    assert_eq!(container.sh("pwd; cat file; echo new >new"), format!("/w\n{workspace}"));
    for (n, name) in mounts.iter().enumerate() {
        assert_eq!(container.sh(&format!("cd /s{n}; cat file; echo new >new")), *name);
    }
    for name in &sources {
        assert_eq!(fs::read_to_string(dir.path().join(name).join("new")).unwrap(), "new\n");
    }
    assert_eq!(state(dir.path()), before);
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
    fs::create_dir_all(dir.path().join("real/in")).unwrap();
    fs::create_dir(dir.path().join("in")).unwrap();
    symlink("real/in", dir.path().join("link")).unwrap();
    let source = |path: &str| Mount::bind(dir.path().join(path), "/m");
    let error = refused(options().mount(source("link/../in")));
    assert!(error.is_invalid_argument() && error.to_string().contains("\"..\""), "{error}");

    let with = at("//a/./b//").tmpfs(Tmpfs::new("/t//x/.")).mount(source("real/in/../../in"));
    let container = create(with).unwrap();
    let mounts = container.sh("cut -d' ' -f2 /proc/mounts");
    for target in ["/a/b", "/t/x", "/m"] {
        assert!(mounts.lines().any(|line| line == target), "{mounts}");
    }
    for twice in [at("/m").mount(Mount::volume("sandcell-never", "/m/")), {
        at("/m").tmpfs(Tmpfs::new("//m"))
    }] {
        let error = refused(twice);
        assert!(error.is_invalid_argument() && error.to_string().contains("another"), "{error}");
    }
    assert!(!api("/volumes", &[]).contains("sandcell-never"));
}

#[test]
fn a_tmpfs_is_at_its_path_whatever_that_contains() {
    let tmpfs = |options: CreateOptions, target: &str| {
        options.tmpfs(Tmpfs::new(target).size(1 << 20).mode(0o751))
    };
    let mut targets: Vec<_> = PIECES.iter().map(|piece| format!("/t{piece}x")).collect();
    refused_by_podman(&mut targets, "tmpfs: target: ", has_colon, |target| {
        tmpfs(options(), target)
    });
    let container =
        create(targets.iter().fold(options(), |options, target| tmpfs(options, target))).unwrap();
    let script = r#"for target; do
        echo "$target" $(stat -c %a "$target") $(($(stat -f -c '%b*%s' "$target")))
    done"#;
    let told: String = targets.iter().map(|target| format!("{target} 751 1048576\n")).collect();
    assert_eq!(run(&container, script, &targets), told);
}

#[test]
fn labels_are_what_they_were_set_to() {
    let values: Vec<_> = PIECES.into_iter().chain(["", " a ", "x=y=z"]).collect();
    let mut keys: Vec<_> = PIECES.into_iter().chain([" a ", "sandcell.owner=x", "a=b"]).collect();
    let has_equals = |key: &str| key.contains('=');
    refused_by_podman(&mut keys, "label: ", has_equals, |key| options().label(key, "v=w"));
    let with = options().session_id("s").home("/h,=:");
    let with = keys.iter().fold(with, |options, key| options.label(*key, "v=w"));
    let with = (values.iter().enumerate())
        .fold(with, |options, (n, value)| options.label(format!("job{n}"), *value));
    let container = create(with).unwrap();
    let labels = inspect(&container.id, "Config.Labels");
    let labels: serde_json::Value = serde_json::from_str(&labels).unwrap();
    for (n, value) in values.iter().enumerate() {
        assert_eq!(labels[format!("job{n}")], *value);
    }
    for key in keys {
        assert_eq!(labels[key], "v=w", "{key:?}");
    }
    assert_eq!(labels["anna.sandbox.anna_home"], "/h,=:");
    assert_ne!(labels["sandcell.owner"], "x=v=w");
}

#[test]
fn variables_are_what_they_were_set_to() {
    let values: Vec<_> = PIECES.into_iter().chain(["", " a ", "x=y=z", "A=B\nC=D"]).collect();
    let mut names = vec![" A", "\tA", "A B", "A*", "A,B", "A:B", "é", "\"A\""];
    let has_space = |name: &str| name.starts_with([' ', '\t']);
    refused_by_podman(&mut names, "env: ", has_space, |name| options().env(name, "1"));
    let set: Vec<_> = (names.iter().map(|name| ((*name).to_owned(), "1")))
        .chain(values.iter().enumerate().map(|(n, value)| (format!("TEXT{n}"), *value)))
        .collect();
    let with = set.iter().fold(options(), |options, (name, value)| options.env(name, *value));
    let container = create(with).unwrap();
    // Not by a shell, which drops such names.
    let look = ExecOptions::new(["cat", "/proc/self/environ"]);
    let environ = container.exec(&container.id, &look).unwrap().stdout.text().into_owned();
    for (name, value) in set {
        let start = format!("{name}=");
        let found: Vec<_> =
            environ.split('\0').filter_map(|entry| entry.strip_prefix(&start)).collect();
        assert_eq!(found, [value], "{name:?}");
    }
    assert!(!environ.split('\0').any(|entry| entry.starts_with("C=")), "{environ:?}");
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

/// Symlinks that lead to directories of their own, to files, to nothing, and in a circle.
const LINKS: &str = "mkdir -p /mnt/real /mnt/rel /mnt/twice /mnt/via /usr/share
    ln -s /mnt/real /work; ln -s mnt/rel /rel; ln -s /once /twice; ln -s mnt/twice /once
    ln -s /mnt /via; ln -s /usr/share/zoneinfo/UTC /etc/localtime; ln -s /loop /loop
    echo hi >/mnt/file; ln -s /mnt/file /tofile";

#[test]
fn a_mount_is_where_the_symlinks_of_the_image_lead() {
    let image = Image::with(LINKS);
    let dir = tempfile::tempdir().unwrap();
    let source = |name: &str| {
        let source = dir.path().join(name);
        fs::create_dir(&source).unwrap();
        fs::write(source.join("file"), name).unwrap();
        source
    };
    let with = image.options().workspace(source("twice"), "/twice");
    let with = [("real", "/work"), ("rel", "/rel"), ("via", "/via/via")]
        .into_iter()
        .fold(with, |options, (name, target)| options.mount(Mount::bind(source(name), target)));
    let file = source("file").join("file");
    let with = with.mount(Mount::bind(&file, "/etc/localtime"));
    let container = create(with.mount(Mount::bind(&file, "/tofile"))).unwrap();
    assert_eq!(container.sh("cat file"), "twice");
    for name in ["twice", "real", "rel", "via"] {
        assert_eq!(container.sh(&format!("cat /mnt/{name}/file")), name);
    }
    for target in ["/etc/localtime", "/tofile"] {
        assert_eq!(container.sh(&format!("cat {target}")), "file", "{target}");
    }
    // The engine has a `/run` of its own: still compared, behind a symlink as well.
    at_once(["/work", "/rel", "/via/real"], |target| {
        let error = refused(image.options().workspace("/run", target));
        assert!(error.is_invalid_argument(), "{target}: {error}");
        assert!(error.to_string().contains("is not the same file"), "{target}: {error}");
    });
}

#[test]
fn a_volume_is_where_the_symlinks_of_the_image_lead() {
    let image = Image::with(LINKS);
    let volume = unique("sandcell-links");
    {
        let with = image.options().mount(Mount::volume(&volume, "/work")).user("1000:1000");
        let container = create(with).unwrap();
        assert_eq!(container.sh("ls -di /work/. /mnt/real | cut -c1-8 | uniq | wc -l"), "1\n");
    }
    api(&format!("/volumes/{volume}"), &["--request", "DELETE"]);
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
    at_once(over.into_iter().chain(under), |(mount, target)| {
        let error = refused(image.options().mount(mount));
        // gVisor does not say why it does not start.
        let kind = if has_gvisor() { ErrorKind::Engine } else { ErrorKind::WrongFileType };
        assert_eq!(error.kind(), kind, "{target}: {error:#}");
        let names = error.to_string().contains(&format!("mount: target {target:?}"));
        assert_eq!(names, !has_gvisor(), "{target}: {error:#}");
    });
}
