//! Derives postures from responses of engines.

use serde_json::{Value, json};

use super::facts::Facts;
use super::{Enforcement, Posture, Protection};
use crate::api::{ContainerInspect, SystemInfo};

/// Docker, on a kernel that supports every protection.
fn docker() -> Value {
    json!({
        "MemoryLimit": true, "SwapLimit": true, "CpuCfsQuota": true, "PidsLimit": true,
        "CgroupDriver": "cgroupfs", "DefaultRuntime": "runc", "Architecture": "x86_64",
        "SecurityOptions": ["name=apparmor", "name=seccomp,profile=default"],
    })
}

/// A container that has every protection.
fn closed() -> Value {
    json!({
        "Id": "x", "State": {}, "AppArmorProfile": "docker-default",
        "Config": {
            "User": "64123:64123", "Labels": {"sandcell.watchers": "64123/1", "sandcell.user": "0"},
        },
        "HostConfig": {
            "Memory": 1000, "MemorySwap": 1500, "CpuQuota": 50000, "PidsLimit": 7,
            "NetworkMode": "none", "CapDrop": ["ALL"], "SecurityOpt": ["no-new-privileges"],
            "ReadonlyRootfs": true, "UsernsMode": "", "Init": true, "Runtime": "runc",
        },
    })
}

/// `whole` with changes, each a JSON pointer and a value.
fn but<const N: usize>(mut whole: Value, changes: [(&str, Value); N]) -> Value {
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        whole.pointer_mut(parent).unwrap()[key] = value;
    }
    whole
}

fn with_bounding(container: Value, engine: Value, bounding: Option<&[&str]>) -> Posture {
    let container: ContainerInspect = serde_json::from_value(container).unwrap();
    let engine: SystemInfo = serde_json::from_value(engine).unwrap();
    let bounding: Option<Vec<String>> =
        bounding.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
    Posture::read(&Facts::new(&container, Ok(&engine), bounding.as_deref()))
}

fn posture(container: Value, engine: Value) -> Posture {
    with_bounding(container, engine, None)
}

/// Whether it is enforced (`yes`), not enforced (`no`) or unknown (`?`), and the reason.
fn said(posture: &Posture, protection: Protection) -> (&'static str, &str) {
    match posture.enforcement(protection).unwrap() {
        Enforcement::Enforced(how) => ("yes", how),
        Enforcement::NotEnforced(why) => ("no", why),
        Enforcement::Unknown(why) => ("?", why),
    }
}

/// One protection, if `HostConfig.key` were `value`.
fn with(protection: Protection, key: &str, value: Value) -> (&'static str, String) {
    let posture = posture(but(closed(), [(&format!("/HostConfig/{key}"), value)]), docker());
    let (state, reason) = said(&posture, protection);
    (state, reason.to_owned())
}

fn count(posture: &Posture, state: &str) -> usize {
    Protection::ALL.iter().filter(|protection| said(posture, **protection).0 == state).count()
}

#[test]
fn a_closed_container_is_closed() {
    let options = json!(["name=apparmor", "name=seccomp,profile=default", "name=userns"]);
    let posture = posture(closed(), but(docker(), [("/SecurityOptions", options)]));
    assert_eq!(count(&posture, "yes"), Protection::ALL.len(), "{posture}");
    assert_eq!(said(&posture, Protection::Watchers).1, "they run as user 64123");
    assert!(posture.to_string().contains("no new privileges enforced: setuid"), "{posture}");
}

#[test]
fn security_options_are_read_as_engines_do() {
    let options = |protection, options: Value| with(protection, "SecurityOpt", options);
    let seccomp = |text: &str| options(Protection::Seccomp, json!([text]));
    for unconfined in ["seccomp=unconfined", "seccomp:unconfined"] {
        assert_eq!(seccomp(unconfined), ("no", "the container is unconfined".to_owned()));
    }
    for default in ["label=disable", "seccomp=", "seccomp=builtin", "apparmor=unconfined"] {
        assert_eq!(seccomp(default), ("yes", "the engine's default profile".to_owned()));
    }
    assert_eq!(seccomp("seccomp={}").0, "no");
    assert_eq!(seccomp("seccomp=null").0, "no");
    assert_eq!(seccomp(r#"seccomp={"defaultAction":"SCMP_ACT_ERRNO"}"#).0, "yes");
    assert_eq!(seccomp("seccomp=/etc/profile.json").0, "?");
    let long = format!(r#"seccomp={{"comment":"{}"}}"#, "x".repeat(300_000));
    assert_eq!(seccomp(&long), ("?", "the profile is larger than 262144 bytes".to_owned()));
    let last = [r#"seccomp={"defaultAction":"SCMP_ACT_ERRNO"}"#, "seccomp=unconfined"];
    assert_eq!(options(Protection::Seccomp, json!(last)).0, "no");

    for (text, state) in [
        (json!(["no-new-privileges"]), "yes"),
        (json!(["no-new-privileges:true"]), "yes"),
        (json!(["no-new-privileges=1"]), "yes"),
        (json!(["no-new-privileges:false"]), "no"),
        (json!(["no-new-privileges=0"]), "no"),
        (json!(["no-new-privileges", "no-new-privileges=false"]), "no"),
        (json!(["no-new-privileges-at-all"]), "no"),
        (json!(null), "no"),
    ] {
        assert_eq!(options(Protection::NoNewPrivileges, text.clone()).0, state, "{text}");
    }
}

#[test]
fn an_engines_own_options_count() {
    let with = |option: &str| {
        let engine = but(docker(), [("/SecurityOptions", json!([option]))]);
        let open = but(closed(), [("/HostConfig/SecurityOpt", json!(null))]);
        posture(open, engine)
    };
    for (option, state) in [
        ("name=seccomp,profile=default", "yes"),
        ("name=seccomp,profile=builtin", "yes"),
        ("name=seccomp", "yes"),
        ("seccomp", "yes"),
        ("name=seccomp,profile=unconfined", "no"),
        ("name=seccomp,profile=/etc/seccomp.json", "?"),
        ("name=apparmor", "no"),
    ] {
        assert_eq!(said(&with(option), Protection::Seccomp).0, state, "{option}");
    }
    let posture = with("name=no-new-privileges");
    assert_eq!(said(&posture, Protection::NoNewPrivileges).0, "yes");
    assert_eq!(said(&posture, Protection::AppArmor).0, "?", "a profile on a host without any");
}

#[test]
fn a_privileged_container_has_no_isolation() {
    let privileged = but(closed(), [("/HostConfig/Privileged", json!(true))]);
    let posture = posture(privileged, docker());
    for protection in [
        Protection::Capabilities,
        Protection::NoNewPrivileges,
        Protection::Seccomp,
        Protection::AppArmor,
        Protection::ReadOnlyRoot,
        Protection::Watchers,
    ] {
        assert_eq!(said(&posture, protection).0, "no", "{posture}");
    }
}

#[test]
fn capabilities_are_counted_as_engines_do() {
    let held = |add: Value, drop: Value| {
        let changes = [("/HostConfig/CapAdd", add), ("/HostConfig/CapDrop", drop)];
        let posture = posture(but(closed(), changes), docker());
        let (state, reason) = said(&posture, Protection::Capabilities);
        format!("{state}: {reason}")
    };
    assert_eq!(held(json!(null), json!(["CAP_ALL"])), "yes: none");
    assert_eq!(held(json!(["cap_chown"]), json!(["all"])), "yes: none except CHOWN");
    assert_eq!(held(json!(["ALL"]), json!(["ALL"])), "no: the container has all");
    assert_eq!(held(json!(["ALL"]), json!(null)), "no: the container has all");
    assert_eq!(held(json!(null), json!(null)), "no: the container has the engine's default set");
    let few = held(json!(["KILL"]), json!(["CAP_CHOWN"]));
    assert!(few.starts_with("no: the container has AUDIT_WRITE, DAC_OVERRIDE"), "{few}");

    let podman = but(docker(), [("/BuildahVersion", json!("1.28.2"))]);
    assert_eq!(said(&posture(closed(), podman.clone()), Protection::Capabilities).0, "?");
    let posture = with_bounding(closed(), podman, Some(&["CAP_KILL"]));
    assert_eq!(said(&posture, Protection::Watchers).1, "commands may affect them with KILL");
}

/// The posture's state and reason of the watchers, for a container with one change.
fn watchers(pointer: &str, value: Value) -> (&'static str, String) {
    let posture = posture(but(closed(), [(pointer, value)]), docker());
    let (state, reason) = said(&posture, Protection::Watchers);
    (state, reason.to_owned())
}

#[test]
fn watchers_in_reach_are_said_to_be_and_why() {
    for (pointer, value, why) in [
        ("/Config/Labels", json!({}), "PID 1 runs as the same user as commands"),
        ("/Config/Labels", json!({"sandcell.watchers": "x/1"}), "malformed"),
        ("/Config/Labels", json!({"sandcell.watchers": "+64123/1"}), "malformed"),
        ("/Config/Labels", json!({"sandcell.watchers": "0/1"}), "malformed"),
        ("/Config/Labels", json!({"sandcell.watchers": "64123"}), "malformed"),
        ("/Config/Labels", json!({"sandcell.watchers": "99999999999/1"}), "malformed"),
        ("/Config/Labels", json!({"sandcell.watchers": "64124/1"}), "not as user 64124"),
        (
            "/Config/Labels",
            json!({"sandcell.watchers": "64123/1", "sandcell.user": "64123:0"}),
            "commands run as the same user",
        ),
        ("/Config/User", json!(""), "PID 1 runs as \"\""),
        ("/Config/User", json!("64123:0"), "PID 1 runs as"),
        ("/HostConfig/PidMode", json!("host"), "the PID namespace is shared with \"host\""),
        ("/HostConfig/PidMode", json!("container:x"), "the PID namespace is shared"),
        ("/HostConfig/CapDrop", json!([]), "with DAC_OVERRIDE, KILL, SETUID"),
        ("/HostConfig/CapAdd", json!(["cap_sys_ptrace"]), "with SYS_PTRACE"),
        ("/HostConfig/CapAdd", json!(["ALL"]), "with BPF, "),
    ] {
        let (state, reason) = watchers(pointer, value);
        assert!(state == "no" && reason.contains(why), "{pointer}: {state}: {reason}");
    }
}

#[test]
fn watchers_are_out_of_reach_where_nothing_leads_to_them() {
    for (pointer, value) in [
        ("/Config/User", json!("64123")),
        ("/HostConfig/PidMode", json!("private")),
        ("/HostConfig/CapAdd", json!(["NET_BIND_SERVICE", "CHOWN", "FOWNER"])),
        ("/HostConfig/SecurityOpt", json!([])),
    ] {
        assert_eq!(watchers(pointer, value).0, "yes", "{pointer}");
    }
    let makers = but(
        closed(),
        [
            ("/HostConfig/SecurityOpt", json!([])),
            ("/HostConfig/CapAdd", json!(["CHOWN", "FOWNER"])),
        ],
    );
    let posture = posture(makers, docker());
    assert_eq!(
        said(&posture, Protection::Watchers).1,
        "commands may affect them with CHOWN, FOWNER"
    );
}

#[test]
fn a_containers_users_beat_the_engines() {
    let users = |engine_option: &str, mode: &str| {
        let engine = but(docker(), [("/SecurityOptions", json!([engine_option]))]);
        let posture = posture(but(closed(), [("/HostConfig/UsernsMode", json!(mode))]), engine);
        said(&posture, Protection::UserNamespace).0
    };
    assert_eq!(users("name=userns", ""), "yes");
    assert_eq!(users("name=userns", "host"), "no");
    assert_eq!(users("name=seccomp", ""), "no");
    assert_eq!(users("name=seccomp", "host"), "no");
    assert_eq!(users("name=seccomp", "private"), "?");
    assert_eq!(users("name=rootless", "host"), "yes");
}

#[test]
fn what_another_kernel_replaces_is_said_to_be_replaced() {
    for (runtime, kernel, pids) in [
        (
            "runsc",
            "gVisor's own kernel",
            ("yes", "7 processes on the host, including gVisor's own threads"),
        ),
        (
            "kata-qemu",
            "Kata's own kernel",
            ("?", "it is not known whether Kata's own kernel limits processes"),
        ),
    ] {
        let engine = but(docker(), [("/DefaultRuntime", json!(runtime))]);
        let by_default = but(closed(), [("/HostConfig/Runtime", json!(""))]);
        let by_name = but(closed(), [("/HostConfig/Runtime", json!(runtime))]);
        for posture in [posture(by_default, engine), posture(by_name, docker())] {
            for protection in [Protection::Seccomp, Protection::AppArmor, Protection::UserNamespace]
            {
                let replaced = format!("replaced by {kernel}");
                assert_eq!(said(&posture, protection), ("no", &*replaced), "{posture}");
            }
            let kept = format!("none; enforced by {kernel}");
            assert_eq!(said(&posture, Protection::Capabilities), ("yes", &*kept));
            assert_eq!(said(&posture, Protection::NoNewPrivileges).0, "yes");
            assert_eq!(said(&posture, Protection::Memory).0, "yes");
            assert_eq!(said(&posture, Protection::Pids), pids);
            assert_eq!(said(&posture, Protection::Watchers).0, "yes");
        }
    }
}

#[test]
fn what_is_kept_back_is_unknown() {
    // All of the host's part, or one malformed field of it.
    for host in [json!(null), json!(7), json!({"Memory": "lots"})] {
        let posture = posture(but(closed(), [("/HostConfig", host)]), docker());
        assert_eq!(count(&posture, "?"), Protection::ALL.len(), "{posture}");
    }
    let mut silent = closed();
    silent.as_object_mut().unwrap().remove("HostConfig");
    silent.as_object_mut().unwrap().remove("Config");
    let posture = posture(silent, docker());
    assert_eq!(count(&posture, "yes"), 0, "{posture}");
    assert_eq!(said(&posture, Protection::Watchers).0, "?", "{posture}");
}

#[test]
fn an_engine_that_tells_nothing_of_itself_enforces_nothing_for_sure() {
    let container: ContainerInspect = serde_json::from_value(closed()).unwrap();
    let emptied = SystemInfo::default();
    for engine in [Err("forbidden"), Ok(&emptied)] {
        let posture = Posture::read(&Facts::new(&container, engine, None));
        for protection in [
            Protection::Memory,
            Protection::Swap,
            Protection::Cpus,
            Protection::Pids,
            Protection::Seccomp,
            Protection::AppArmor,
            Protection::UserNamespace,
        ] {
            assert_eq!(said(&posture, protection).0, "?", "{posture}");
        }
        assert_eq!(said(&posture, Protection::Network).0, "yes", "it is the container's own");
        assert_eq!(count(&posture, "no"), 0, "{posture}");
    }
}

#[test]
fn limits_that_nobody_set_are_none() {
    let limit = |protection, key: &str, value: i64| with(protection, key, json!(value)).0;
    assert_eq!(limit(Protection::Memory, "Memory", 0), "no");
    assert_eq!(limit(Protection::Swap, "Memory", 0), "no");
    assert_eq!(limit(Protection::Swap, "MemorySwap", -1), "no");
    assert_eq!(limit(Protection::Pids, "PidsLimit", -1), "no");
    assert_eq!(limit(Protection::Cpus, "CpuQuota", 0), "no");
    assert_eq!(limit(Protection::Swap, "MemorySwap", 1), "yes", "none beside memory");
    let cpus = but(
        closed(),
        [("/HostConfig/CpuQuota", json!(0)), ("/HostConfig/NanoCpus", json!(500_000_000))],
    );
    assert_eq!(said(&posture(cpus, docker()), Protection::Cpus), ("yes", "0.5 CPUs"));
}

#[test]
fn a_text_of_others_stays_in_its_line() {
    let forged = "x\nmemory enforced";
    let posture = posture(
        but(
            closed(),
            [("/AppArmorProfile", json!(forged)), ("/HostConfig/CapAdd", json!([forged]))],
        ),
        docker(),
    );
    assert_eq!(posture.to_string().lines().count(), Protection::ALL.len(), "{posture}");
}
