//! Who commands run as, and whose the files are: as with the engine alone, on a
//! real one.

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::sync::{Mutex, OnceLock};

use sandcell::{
    BackgroundStatus, Client, CreateOptions, ErrorKind, ExecOptions, Mount, OutputStream, Sandbox,
    Tmpfs, TransferOptions, WriteOptions,
};
use support::front::{Background, Command, Front, NewContainer, on_each_front, sh};
use support::gone::proof;
use support::surroundings::Need;
use support::{
    Container, IMAGE, api, engine, has_gvisor, image, inspect, remove, transfer_methods, unique,
};

/// Users of the images: ann has a home, ben none; both are in the group `crew`.
const SETUP: &str = "set -e
cat >>/etc/passwd <<'END'
ann:x:1000:1000::/home/ann:/bin/sh
ben:x:1001:100::/home/ben:/bin/sh
END
cat >>/etc/group <<'END'
ann:x:1000:
users:x:100:
crew:x:2000:ann,ben
spare:x:3000:
END
mkdir -p /home/ann /stock /crew
echo kept >/home/ann/kept
chmod 600 /home/ann/kept
echo kept >/stock/file
chown -R 1000:1000 /home/ann /stock
chmod 770 /crew
chown 0:2000 /crew";

/// A user as a container may name it, its number, its group, and its other groups.
type Who = (&'static str, u32, u32, &'static [u32]);

const USERS: [Who; 8] = [
    ("ann", 1000, 1000, &[2000]),
    ("1000", 1000, 1000, &[2000]),
    ("ann:spare", 1000, 3000, &[]),
    ("1000:3000", 1000, 3000, &[]),
    ("ben", 1001, 100, &[2000]),
    ("4242", 4242, 0, &[]),
    ("4242:4343", 4242, 4343, &[]),
    ("root", 0, 0, &[]),
];

/// Podman loses a layer that one image brings and another takes away.
static IMAGES: Mutex<()> = Mutex::new(());

/// An image with users, removed when dropped.
struct Image(String);

impl Image {
    /// The image's own `USER` is `user`.
    fn of(user: &str) -> Self {
        static FILES: OnceLock<String> = OnceLock::new();
        let tar = FILES.get_or_init(|| {
            let container =
                Container::with(CreateOptions::new(IMAGE).cap_add("CHOWN").cap_add("DAC_OVERRIDE"));
            container.sh(SETUP);
            let tar = Path::new(env!("CARGO_TARGET_TMPDIR")).join("users.tar");
            let tar = tar.to_str().unwrap().to_owned();
            api(&format!("/containers/{}/export", container.id), &["--output", &tar]);
            tar
        });
        let name = unique("sandcell-users");
        let _one_at_a_time = IMAGES.lock();
        image::import_tar(&name, tar, &[&format!("USER {user}")]);
        Image(name)
    }

    fn options(&self) -> CreateOptions {
        CreateOptions::new(&self.0)
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _one_at_a_time = IMAGES.lock();
        remove(&format!("/images/{}?force=true", self.0));
    }
}

/// A container without the library, removed when dropped.
struct Plain(String);

impl Plain {
    /// `config` is more of the request, as JSON.
    fn start(image: &Image, config: &str) -> Self {
        let script = r#""Entrypoint":["/bin/sh"],"Cmd":["-c","tail -f /dev/null"]"#;
        let id =
            post("/containers/create", &format!(r#"{{"Image":"{}",{script}{config}}}"#, image.0));
        api(&format!("/containers/{id}/start"), &["--request", "POST"]);
        Plain(id)
    }

    /// What a shell's text prints on a terminal, by a user or the container's.
    fn sh(&self, user: &str, text: &str) -> String {
        let text = serde_json::to_string(text).unwrap();
        let command = format!(
            r#"{{"User":"{user}","Tty":true,"AttachStdout":true,"Cmd":["sh","-c",{text}]}}"#
        );
        let exec = post(&format!("/containers/{}/exec", self.0), &command);
        let start = ["--header", JSON, "--data", r#"{"Tty":true}"#];
        api(&format!("/exec/{exec}/start"), &start).replace('\r', "")
    }

    /// What a shell of the container's user, who is `user`, tells. In containers of the
    /// library that user is not the one of PID 1, and then Podman with crun 1.8 leaves
    /// `HOME` empty if the image lacks the user.
    fn tell_of(&self, image: &Image, user: &str) -> String {
        const EMPTY: &str = "\nHOME=\n";
        let told = self.sh("", TELL);
        if !told.contains("\nHOME=/\n") {
            return told;
        }
        let of_another = Plain::start(image, r#","User":"64998:64998""#).sh(user, TELL);
        match of_another.replace('\r', "").contains(EMPTY) {
            true => told.replace("\nHOME=/\n", EMPTY),
            false => told,
        }
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        remove(&format!("/containers/{}?force=true&v=true", self.0));
    }
}

const JSON: &str = "Content-Type: application/json";

/// Makes something; its id.
fn post(target: &str, body: &str) -> String {
    let made = api(target, &["--header", JSON, "--data", body]);
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    made["Id"].as_str().unwrap().to_owned()
}

/// Tells who runs it, where, and in which environment.
const TELL: &str = "awk '/^(Uid|Gid|Groups):/' /proc/self/status; umask; pwd
    env | grep -Ev '^(SANDCELL_EXEC|HOSTNAME|TERM|SHLVL)=' | sort";

/// Who runs what tells; the rest of it, for comparison.
fn check(told: &str, (user, uid, gid, others): Who) -> Vec<&str> {
    let ids = |name: &str| -> Vec<u32> {
        let line = told.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().map(|id| id.parse().unwrap()).collect()
    };
    assert_eq!(ids("Uid:"), [uid; 4], "{user}: {told}");
    assert_eq!(ids("Gid:"), [gid; 4], "{user}: {told}");
    // Some engines list the group among the others; Podman also a group of the
    // number of a user without a name, if process 1 is that user's.
    let own = |group: &u32| *group == gid || *group == uid;
    let groups: Vec<_> = ids("Groups:").into_iter().filter(|group| !own(group)).collect();
    assert_eq!(groups, others, "{user}: {told}");
    told.lines().filter(|line| !line.starts_with("Groups:")).collect()
}

fn commands_run_as_the_user_of_the_image<F: Front>() {
    for who in USERS {
        let image = Image::of(who.0);
        let container = Container::<F>::create(&NewContainer::new(&image.0));
        let plain = Plain::start(&image, "").tell_of(&image, who.0);
        assert_eq!(check(&container.sh(TELL), who), check(&plain, who), "{}", who.0);
    }
}

fn commands_run_as_the_user_of_the_container<F: Front>() {
    let image = Image::of("ben");
    for who in USERS {
        let options = NewContainer::new(&image.0).user(who.0);
        let told = Container::<F>::create(&options).sh(TELL);
        let plain = Plain::start(&image, &format!(r#","User":"{}""#, who.0)).tell_of(&image, who.0);
        assert_eq!(check(&told, who), check(&plain, who), "{}", who.0);
    }
}

fn a_command_may_name_its_user<F: Front>() {
    let image = Image::of("ann");
    let container = Container::<F>::create(&NewContainer::new(&image.0));
    let plain = Plain::start(&image, "");
    for who in USERS {
        let result = container.run(&sh(TELL).user(who.0));
        let told = result.stdout.text();
        assert_eq!(check(&told, who), check(&plain.sh(who.0, TELL), who), "{}", who.0);
    }
}

fn a_user_has_its_home_and_its_groups_files<F: Front>() {
    let image = Image::of("ann");
    let container = Container::<F>::create(&NewContainer::new(&image.0));
    assert_eq!(
        container.sh("cat ~/kept; echo $HOME; cd; echo x >mine; stat -c %u:%g mine"),
        "kept\n/home/ann\n1000:1000\n"
    );
    assert_eq!(container.sh("echo x >/crew/mine; stat -c %u:%g /crew/mine"), "1000:1000\n");
    let ben = container
        .run(&sh("cat /home/ann/kept || echo x >/crew/his && stat -c %u:%g /crew/*").user("ben"));
    assert_eq!(ben.stdout.text(), "1001:100\n1000:1000\n", "{ben:?}");
    let stranger = container.run(&sh("ls /crew").user("4242"));
    assert!(stranger.stderr.text().contains("Permission denied"), "{stranger:?}");
}

fn a_user_that_the_image_lacks_is_told_of<F: Front>() {
    let image = Image::of("ghost");
    let client = F::connect();
    let error = match client.create(&NewContainer::new(&image.0)) {
        Err(error) => error,
        Ok(id) => {
            let result = client.exec(&id, &Command::new(["true"]));
            client.stop(&id).unwrap();
            result.unwrap_err()
        }
    };
    assert!(matches!(error.kind(), ErrorKind::BadUser | ErrorKind::Engine), "{error:?}");
    assert!(error.to_string().contains("ghost"), "{error}");
}

fn a_command_owns_its_streams<F: Front>() {
    let image = Image::of("ann");
    let container = Container::<F>::create(&NewContainer::new(&image.0));
    // Opened anew by their names, as many programs do.
    let streams = "echo out >/dev/stdout; echo err >/dev/stderr; cat /dev/stdin";
    for user in ["ann", "ben", "4242"] {
        let result = container.run(&sh(streams).user(user).stdin("in\n"));
        assert_eq!(result.stdout.text(), "out\nin\n", "{user}: {result:?}");
        assert_eq!(result.stderr.text(), "err\n", "{user}: {result:?}");
    }
}

fn a_command_owns_its_terminal<F: Front>() {
    let image = Image::of("ann");
    let container = Container::<F>::create(&NewContainer::new(&image.0));
    let plain = Plain::start(&image, "");
    let owner = "stat -Lc %u /proc/self/fd/0";
    let owns = format!("{owner}; echo wrote >$(tty)");
    let watchers = inspect(&container.id, "Config.User");
    let watcher = watchers.trim_matches('"').split(':').next().unwrap();
    for (user, uid) in [("ann", "1000"), ("ben", "1001")] {
        let on_terminal = |text: &str| {
            let result = container.run(&sh(text).tty(true).user(user));
            result.stdout.text().replace('\r', "")
        };
        let said = plain.sh(user, &owns);
        if plain.sh(user, "tty") == "not a tty\n" {
            // gVisor has no name for one.
            assert_eq!(on_terminal(&owns), said, "{user}");
        } else if plain.sh("ben", owner) == "1000\n" {
            // Some versions of crun give each terminal to the container's user, which
            // here watches. Its other name opens it all the same.
            assert_eq!(on_terminal(owner), format!("{watcher}\n"), "{user}");
            assert_eq!(on_terminal("echo wrote >/dev/tty"), "wrote\n", "{user}");
        } else {
            assert_eq!(on_terminal(&owns), format!("{uid}\nwrote\n"), "{user}");
            assert_eq!(said, format!("{uid}\nwrote\n"), "{user}");
        }
    }
}

fn a_background_command_is_of_the_default_user<F: Front>() {
    let image = Image::of("ann");
    let container = Container::<F>::create(&NewContainer::new(&image.0));
    let command = sh("id -u; id -g; id -G; echo $HOME; echo x >~/made");
    let job = container.start_background(&container.id, "job", &command).unwrap();
    assert_eq!(job.wait().unwrap(), BackgroundStatus::Exited(0));
    let output = job.read(OutputStream::Stdout, 0, 100).unwrap();
    let output = String::from_utf8(output).unwrap();
    assert!(
        output == "1000\n1000\n1000 2000\n/home/ann\n"
            || output == "1000\n1000\n2000 1000\n/home/ann\n",
        "{output}"
    );
    assert_eq!(container.sh("stat -c %u:%g ~/made"), "1000:1000\n");
    // Its files are its user's, whom another client finds by default.
    let other = F::connect();
    let job = other.background(&container.id, "job").unwrap();
    assert_eq!(job.status().unwrap(), BackgroundStatus::Exited(0));
    job.remove().unwrap();

    let sleep = Command::new(["sleep", "1000"]);
    let job = container.start_background(&container.id, "sleep", &sleep).unwrap();
    assert_eq!(job.status().unwrap(), BackgroundStatus::Running);
    assert_eq!(job.kill().unwrap(), proof());
    assert_eq!(job.status().unwrap(), BackgroundStatus::Exited(143));
    job.remove().unwrap();
    assert_eq!(container.sh("find / -xdev -type f -user 1000 -newer ~/made 2>/dev/null"), "");
}

on_each_front! {
    commands_run_as_the_user_of_the_image
    commands_run_as_the_user_of_the_container
    a_command_may_name_its_user
    a_user_has_its_home_and_its_groups_files
    a_user_that_the_image_lacks_is_told_of
    a_command_owns_its_streams
    a_command_owns_its_terminal
    a_background_command_is_of_the_default_user
}

/// The owners of a file of the host's.
fn owners(path: &Path) -> (u32, u32) {
    let stat = fs::metadata(path).unwrap();
    (stat.uid(), stat.gid())
}

#[test]
fn a_workspace_keeps_its_owners() {
    if !Need::Machine.is_met() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (kept, made) = (dir.path().join("kept"), dir.path().join("made"));
    fs::write(&kept, "kept").unwrap();
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o640)).unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
    chown(&kept, Some(1000), Some(2000)).unwrap();
    let before = owners(dir.path());
    let image = Image::of("ann");
    for (n, mount) in [
        image.options().workspace(dir.path(), "/w"),
        image.options().mount(Mount::bind(dir.path(), "/w").read_only(false)),
    ]
    .into_iter()
    .enumerate()
    {
        let container = Container::with(mount);
        assert_eq!(
            container.sh("cat /w/kept; echo x >/w/made; stat -c %u:%g /w/made"),
            "kept1000:1000\n"
        );
        let ben = ExecOptions::new(["touch", "/w/bens"]).user("ben");
        assert!(container.exec(&container.id, &ben).unwrap().success());
        drop(container);
        assert_eq!(owners(&kept), (1000, 2000), "{n}");
        assert_eq!(fs::metadata(&kept).unwrap().mode() & 0o7777, 0o640, "{n}");
        assert_eq!(owners(&made), (1000, 1000), "{n}");
        assert_eq!(owners(&dir.path().join("bens")), (1001, 100), "{n}");
        assert_eq!(owners(dir.path()), before, "{n}");
    }
}

/// A fresh volume is the container's user's to one engine, root's to another.
#[test]
fn a_fresh_volume_has_the_owners_that_the_engine_gives_it() {
    const TELL: &str = "stat -c '%n %u:%g %a' /empty /stock /stock/file";
    let mounts = r#"{"Type":"volume","Target":"/empty"},{"Type":"volume","Target":"/stock"}"#;
    let image = Image::of("ann");
    let (empty, full) = (unique("sandcell-users"), unique("sandcell-users"));
    let with = |user: &str| {
        let options = image.options().user(user).mount(Mount::volume(&empty, "/empty"));
        Container::with(options.mount(Mount::volume(&full, "/stock")))
    };
    for user in ["ann", "ben", "4242:4343"] {
        let config = format!(r#","User":"{user}","HostConfig":{{"Mounts":[{mounts}]}}"#);
        let plain = Plain::start(&image, &config).sh("", TELL);
        let container = with(user);
        assert_eq!(container.sh(TELL), plain, "{user}");
        // Whoever comes later finds them as they were left.
        let later = with("0");
        assert_eq!(later.sh(TELL), plain, "{user}");
        drop((container, later));
        for volume in [&empty, &full] {
            remove(&format!("/volumes/{volume}"));
        }
    }
}

#[test]
fn files_go_in_and_out_as_the_default_user() {
    let image = Image::of("ann");
    let container = Container::with(image.options());
    let stat = |path: &str| container.sh(&format!("stat -c '%u:%g %a' {path}"));
    let source = tempfile::tempdir().unwrap();
    fs::create_dir(source.path().join("sub")).unwrap();
    fs::write(source.path().join("sub/file"), "content").unwrap();
    assert_eq!(container.handle().read_file("/home/ann/kept").unwrap(), b"kept\n");
    for method in transfer_methods() {
        let path = format!("/home/ann/{method:?}");
        let by = WriteOptions::new().method(method);
        container.handle().write_file(&format!("{path}/file"), &b"x"[..], &by).unwrap();
        assert_eq!(stat(&format!("{path}/file")), "1000:1000 644\n", "{method:?}");
        assert_eq!(stat(&path), "1000:1000 755\n", "{method:?}");
        let ben = WriteOptions::new().method(method).owner(1001, 100);
        container
            .container(&container.id)
            .unwrap()
            .write_file(&format!("/tmp/{method:?}-ben"), &b"x"[..], &ben)
            .unwrap();
        assert_eq!(stat(&format!("/tmp/{method:?}-ben")), "1001:100 644\n", "{method:?}");

        let tree = || TransferOptions::new().method(method);
        let target = format!("{path}/tree");
        container.handle().upload(source.path(), &target, &tree()).unwrap();
        for part in ["", "/sub", "/sub/file"] {
            let owner = container.sh(&format!("stat -c %u:%g {target}{part}"));
            assert_eq!(owner, "1000:1000\n", "{method:?} {part:?}");
        }
        let back = tempfile::tempdir().unwrap();
        container.handle().download(&target, back.path(), &tree()).unwrap();
        assert_eq!(fs::read(back.path().join("sub/file")).unwrap(), b"content");
    }
    // Nothing else is left.
    let made: String = transfer_methods().iter().map(|method| format!("{method:?} ")).collect();
    let left = container.sh("ls -A /home/ann | sort | tr '\\n' ' '");
    assert_eq!(left, format!("{made}kept "));
}

#[test]
fn what_a_command_uses_is_measured_for_any_user() {
    let image = Image::of("ann");
    let container = Container::with(image.options());
    for user in [None, Some("ben"), Some("0")] {
        let mut options =
            ExecOptions::new(["sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"]);
        if let Some(user) = user {
            options = options.user(user);
        }
        let result = container.exec(&container.id, &options.measure(true)).unwrap();
        let resources = result.resources.unwrap();
        match resources.cpu_time {
            Some(time) => assert!(time.as_nanos() > 0, "{user:?}: {resources:?}"),
            // It has no cgroup to look at, and says so.
            None => assert!(has_gvisor() && resources.missing.is_some(), "{user:?}"),
        }
    }
}

/// Another process knows no more of a container than the engine does.
#[test]
fn another_client_runs_commands_as_the_same_user() {
    let image = Image::of("ann");
    for (user, uid) in [(None, "1000\n"), (Some("ben"), "1001\n"), (Some("4242:4343"), "4242\n")] {
        let mut options = image.options();
        if let Some(user) = user {
            options = options.user(user);
        }
        let id = engine().create_and_start(&options).unwrap();
        let client = Client::from_env().unwrap();
        let sandbox = Sandbox::attach(&client, &id).unwrap();
        let who = sandbox.exec(&ExecOptions::new(["id", "-u"])).unwrap();
        assert_eq!(who.stdout.text(), uid, "{user:?}");
        sandbox.write_file("/tmp/new", &b"x"[..], &WriteOptions::new()).unwrap();
        let stat = sandbox.exec(&ExecOptions::new(["stat", "-c", "%u", "/tmp/new"])).unwrap();
        assert_eq!(stat.stdout.text(), uid, "{user:?}");
        let job = sandbox.start_background("job", &ExecOptions::new(["id", "-u"])).unwrap();
        assert_eq!(job.wait().unwrap(), BackgroundStatus::Exited(0));
        assert_eq!(job.read(OutputStream::Stdout, 0, 10).unwrap(), uid.as_bytes(), "{user:?}");
        sandbox.stop().unwrap();
    }
}

#[test]
fn a_read_only_root_leaves_its_users_what_is_theirs() {
    let image = Image::of("ann");
    let options = image
        .options()
        .read_only_root(true)
        .tmpfs(Tmpfs::new("/scratch"))
        .tmpfs(Tmpfs::new("/closed").mode(0o755));
    let container = Container::with(options);
    assert_eq!(
        container.sh("echo x >/scratch/f; stat -c %u:%g /scratch/f /scratch /closed"),
        "1000:1000\n0:0\n0:0\n"
    );
    for path in ["/closed/f", "/home/ann/f", "/stock/f"] {
        let refused = container.run(&sh(&format!("echo x >{path}")));
        assert!(!refused.success(), "{path}: {refused:?}");
    }
    assert_eq!(container.sh("cat ~/kept"), "kept\n");
}
