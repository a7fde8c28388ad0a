//! Every option of a container, checked from inside it or by the engine's own
//! inspect.

mod support;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sandcell::{
    Client, CreateOptions, EngineFeature, ErrorKind, ExecOptions, ExecResult, Lifetime, Mount,
    Outcome, Protection, Seccomp, Tmpfs, Verdict,
};
use support::{
    Container, IMAGE, api, engine, has_gvisor, inspect, is_rootless, unique, until, with_or_refused,
};

const MIB: u64 = 1 << 20;

fn options() -> CreateOptions {
    CreateOptions::new(IMAGE)
}

fn sh(text: &str) -> ExecOptions {
    ExecOptions::new(["sh", "-c", text])
}

fn run(container: &Container, options: &ExecOptions) -> ExecResult {
    container.exec(&container.id, options).unwrap()
}

fn can_pause() -> bool {
    engine().engine_features().unwrap().supports(EngineFeature::Pause)
}

/// What a process in the container sees of its own state.
fn status(container: &Container, field: &str) -> String {
    container
        .sh(&format!("sed -n 's/^{field}:[[:space:]]*//p' /proc/self/status"))
        .trim()
        .to_owned()
}

#[test]
fn the_default_sandbox_is_closed_as_its_posture_says() {
    let container = Container::with(options());
    assert_eq!(container.sh("ls /sys/class/net"), "lo\n");
    assert_eq!(status(&container, "CapEff"), "0000000000000000");
    // gVisor does not say the one, and stands in for the other.
    let (fixed, filtered) = if has_gvisor() { ("", "0") } else { ("1", "2") };
    assert_eq!(status(&container, "NoNewPrivs"), fixed);
    assert_eq!(status(&container, "Seccomp"), filtered);
    assert!(container.sh("ps").contains("init"), "an init process is there");

    let posture = container.handle().posture().unwrap();
    for protection in [
        Protection::Network,
        Protection::Capabilities,
        Protection::NoNewPrivileges,
        Protection::Init,
    ] {
        assert!(posture.is_enforced(protection), "{posture}");
    }
    assert_eq!(posture.is_enforced(Protection::Seccomp), !has_gvisor(), "{posture}");
    assert!(!posture.is_enforced(Protection::ReadOnlyRoot), "{posture}");
    let all: BTreeMap<_, _> = posture.iter().collect();
    let root = match (has_gvisor(), is_rootless()) {
        (true, _) => "replaced by gVisor's own kernel",
        (_, true) => "the engine is rootless",
        (false, false) => "root in the container is root on the host",
    };
    assert!(all[&Protection::UserNamespace].to_string().contains(root), "{posture}");
}

#[test]
fn a_command_is_measured_and_judged() {
    let container = Container::with(options());
    let busy = sh("i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done").measure(true);
    let idle = sh("sleep 0.5").measure(true);
    let [busy, idle] = [busy, idle].map(|options| {
        let blocking = run(&container, &options);
        let exec = container.start_exec(&container.id, &options).unwrap();
        [blocking, exec.wait_with_output().unwrap()]
    });
    for (busy, idle) in busy.iter().zip(&idle) {
        let cpu = |result: &ExecResult| result.resources.as_ref().unwrap().cpu_time;
        let times = cpu(busy).zip(cpu(idle));
        assert_eq!(times.is_none(), has_gvisor(), "it has no cgroup to read");
        if let Some((much, little)) = times {
            assert!(much > little, "{busy:?} {idle:?}");
            assert!(much < busy.wall_time * 2 + Duration::from_secs(1), "{busy:?}");
        }
        assert!(idle.wall_time >= Duration::from_millis(500), "{idle:?}");
        assert_eq!((busy.verdict(), idle.verdict()), (Verdict::Ok, Verdict::Ok));
    }
    let judged = |options: &ExecOptions| run(&container, options).verdict();
    assert_eq!(judged(&sh("kill -SEGV $$")), Verdict::Signal(11));
    assert_eq!(judged(&sh("sleep 60").timeout(Duration::from_millis(50))), Verdict::TimeLimit);
    let flood = sh("yes").max_output(1000).on_overflow(sandcell::Overflow::Kill);
    assert_eq!(judged(&flood), Verdict::OutputLimit);
    assert!(run(&container, &sh("true")).resources.is_none(), "only when asked for");
}

#[test]
fn privileges_are_given_by_name_only() {
    let container = Container::with(options().cap_add("NET_BIND_SERVICE").cap_add("CHOWN"));
    assert_eq!(status(&container, "CapEff"), "0000000000000401");
    let posture = container.handle().posture().unwrap();
    let ours = ["none except NET_BIND_SERVICE, CHOWN", "none except CHOWN, NET_BIND_SERVICE"];
    let end = if has_gvisor() { "; enforced by gVisor's own kernel\n" } else { "\n" };
    let has_line = |ours: &str| posture.to_string().contains(&format!("{ours}{end}"));
    assert!(ours.into_iter().any(has_line), "{posture}");

    let open = options().keep_capabilities().allow_new_privileges().without_init();
    let container = Container::with(open.seccomp(Seccomp::Unconfined));
    assert_ne!(status(&container, "CapEff"), "0000000000000000");
    assert_eq!(status(&container, "NoNewPrivs"), if has_gvisor() { "" } else { "0" });
    assert_eq!(status(&container, "Seccomp"), "0");
    assert!(container.sh("cat /proc/1/cmdline").contains("tail"));
    let posture = container.handle().posture().unwrap();
    for protection in [
        Protection::Capabilities,
        Protection::NoNewPrivileges,
        Protection::Seccomp,
        Protection::Init,
    ] {
        assert!(!posture.is_enforced(protection), "{posture}");
    }

    let deny_mkdir = r#"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":
        [{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}"#;
    let profile = options().seccomp(Seccomp::Profile(deny_mkdir.to_owned()));
    if let Some(container) = with_or_refused(profile, EngineFeature::SeccompProfile, "seccomp: ") {
        // In force unless the posture says that it is not, as with gVisor.
        let posture = container.handle().posture().unwrap();
        assert_eq!(posture.is_enforced(Protection::Seccomp), !has_gvisor(), "{posture}");
        assert_eq!(run(&container, &sh("mkdir /tmp/x")).success(), has_gvisor());
        assert!(run(&container, &sh("touch /tmp/y")).success());
    }

    let container = Container::with(options().apparmor("unconfined"));
    assert!(inspect(&container.id, "HostConfig.SecurityOpt").contains("apparmor=unconfined"));
}

#[test]
fn no_zombie_stays_and_a_stop_is_quick() {
    let container = Container::with(options());
    container.sh("i=0; while [ $i -lt 50 ]; do (sleep 0.01 &); i=$((i + 1)); done");
    until(|| (!container.sh("ps -o stat,comm").contains("sleep")).then_some(()));
    assert!(!container.sh("ps -o stat").contains('Z'));
    let begun = Instant::now();
    container.stop(&container.id).unwrap();
    let took = begun.elapsed();
    println!("stopped in {took:?}");
    assert!(took < Duration::from_millis(1500), "the grace period is 2 s: {took:?}");
}

#[test]
fn file_systems_are_as_asked_for() {
    let volume = unique("sandcell-create");
    let container = Container::with(
        options()
            .read_only_root(true)
            .tmpfs(Tmpfs::new("/scratch").size(MIB).mode(0o750).executable(true))
            .tmpfs(Tmpfs::new("/data"))
            .mount(Mount::volume(&volume, "/bin/x").no_copy(true)),
    );
    assert!(!run(&container, &sh("touch /x")).success());
    assert_eq!(container.sh("stat -c %a /scratch /data"), "750\n1777\n");
    assert_eq!(container.sh("df -k /scratch | awk 'NR == 2 { print $2 }'"), "1024\n");
    let script = "printf '#!/bin/sh\\necho ran\\n' >$d/run; chmod 755 $d/run; $d/run";
    assert_eq!(container.sh(&format!("d=/scratch; {script}")), "ran\n");
    let refused = run(&container, &sh(&format!("d=/data; {script}")));
    assert!(refused.stderr.text().contains("Permission denied"), "{refused:?}");
    let posture = container.handle().posture().unwrap();
    assert!(posture.is_enforced(Protection::ReadOnlyRoot), "{posture}");
    drop(container);

    // A fresh volume over a directory with files takes them over, or not.
    for (no_copy, has_files) in [(false, true), (true, false)] {
        let volume = unique("sandcell-create");
        let mount = Mount::volume(&volume, "/etc").no_copy(no_copy);
        let container = Container::with(options().mount(mount));
        assert_eq!(run(&container, &sh("grep root /etc/passwd")).success(), has_files);
        drop(container);
        api(&format!("/volumes/{volume}"), &["--request", "DELETE"]);
    }
    api(&format!("/volumes/{volume}"), &["--request", "DELETE"]);
}

#[test]
fn a_part_of_a_volume_needs_a_newer_engine() {
    let volume = unique("sandcell-subpath");
    {
        let container = Container::with(options().mount(Mount::volume(&volume, "/v")));
        container.sh("mkdir -p /v/a/b; echo deep >/v/a/b/file");
    }
    let part = options().mount(Mount::volume(&volume, "/part").subpath("a/b"));
    if let Some(container) = with_or_refused(part, EngineFeature::VolumeSubpath, "mount: subpath: ")
    {
        assert_eq!(container.sh("cat /part/file"), "deep\n");
    }
    api(&format!("/volumes/{volume}"), &["--request", "DELETE"]);
}

#[test]
fn process_one_has_its_directory_runtime_and_platform() {
    let container = Container::with(options().working_dir("/usr").platform("linux").without_init());
    assert_eq!(container.sh("pwd"), "/usr\n");
    let user = inspect(&container.id, "Config.User");
    let look = sh("readlink /proc/1/cwd").user(user.trim_matches('"'));
    // gVisor does not show it.
    let directory = if has_gvisor() { "" } else { "/usr\n" };
    assert_eq!(run(&container, &look).stdout.text(), directory);
    let with_runc = options().runtime("runc");
    if let Some(container) = with_or_refused(with_runc, EngineFeature::Runtime, "runtime: ") {
        assert_eq!(inspect(&container.id, "HostConfig.Runtime"), "\"runc\"");
        let error = engine().create_and_start(&options().runtime("no-such-runtime")).unwrap_err();
        assert!(error.to_string().contains("no-such-runtime"), "{error}");
    }
    let error = engine().create_and_start(&options().platform("linux/s390x")).unwrap_err();
    assert_ne!(error.kind(), ErrorKind::Unsupported, "the image has no other: {error}");
}

#[test]
fn a_container_ends_with_its_time() {
    for lifetime in [Lifetime::Detached, Lifetime::TiedToHost] {
        let client = engine();
        let short = options().lifetime(lifetime).max_lifetime(Duration::from_millis(1500));
        let begun = Instant::now();
        let id = client.create_and_start(&short).unwrap();
        let result = client.exec(&id, &sh("sleep 1000"));
        assert!(begun.elapsed() >= Duration::from_secs(2), "whole seconds");
        let ended = result
            .as_ref()
            .is_ok_and(|result| matches!(result.outcome, Outcome::Exited(137) | Outcome::Lost(_)));
        assert!(ended, "the command goes with the container: {result:?}");
        until(|| client.inspect_container_state(&id).unwrap().is_none().then_some(()));
    }
}

#[test]
fn closing_the_client_ends_what_is_tied_to_it() {
    let client = engine();
    let tied = options().lifetime(Lifetime::TiedToHost);
    let (id, other) =
        (client.create_and_start(&tied).unwrap(), client.create_and_start(&tied).unwrap());
    assert!(client.exec(&id, &sh("true")).unwrap().success());
    client.stop(&other).unwrap();
    client.close();
    let client = engine();
    until(|| client.inspect_container_state(&id).unwrap().is_none().then_some(()));
}

#[test]
fn stop_copes_with_every_state() {
    let client: Client = engine();
    let start = || client.create_and_start(&options()).unwrap();
    let (paused, exited) = (start(), start());
    if can_pause() {
        client.container(&paused).unwrap().pause().unwrap();
        client.container(&paused).unwrap().pause().unwrap();
    }
    assert!(client.inspect_container_state(&paused).unwrap().unwrap().running);
    api(&format!("/containers/{exited}/kill"), &["--request", "POST"]);
    until(|| (!client.container_alive(&exited).unwrap()).then_some(()));
    for id in [paused, exited] {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| client.stop(&id).unwrap());
            }
        });
        assert_eq!(client.inspect_container_state(&id).unwrap(), None);
    }
}

#[test]
fn a_paused_container_goes_on() {
    let container = Container::with(options());
    container.handle().unpause().unwrap();
    if !can_pause() {
        let error = container.handle().pause().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(run(&container, &sh("true")).success());
        return;
    }
    container.handle().pause().unwrap();
    let error = container.exec(&container.id, &sh("true")).unwrap_err();
    assert!(error.is_conflict(), "{error}");
    container.handle().unpause().unwrap();
    assert!(run(&container, &sh("true")).success());
    assert!(container.container("no-such-container").unwrap().pause().unwrap_err().is_not_found());
}
