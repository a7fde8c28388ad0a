//! What the engine enforces on containers that others created, and how far
//! profiles of system calls go, by what a command can do.

mod support;

use sandcell::{
    CreateOptions, Enforcement, EngineFeature, ErrorKind, ExecOptions, Posture, Protection, Seccomp,
};
use serde_json::{Value, json};
use support::{Container, IMAGE, api, engine, has_gvisor};

/// The posture of a container that was created by the engine's API, and never
/// started: some machines cannot give what it asks for.
fn posture_of(user: &str, labels: &Value, host_config: &Value) -> Posture {
    let body = json!({ "Image": IMAGE, "Cmd": ["true"], "User": user, "Labels": labels, "HostConfig": host_config });
    let args = ["--header", "Content-Type: application/json", "--data", &body.to_string()];
    let created: Value = serde_json::from_str(&api("/containers/create", &args)).unwrap();
    let id = created["Id"].as_str().unwrap();
    let posture = engine().container(id).unwrap().posture();
    api(&format!("/containers/{id}?force=1&v=1"), &["--request", "DELETE"]);
    posture.unwrap()
}

const REPLACED: &str = "not enforced: replaced by gVisor's own kernel";

/// What a container asks for, what of it is enforced, and what is not.
fn asked_for() -> [(Value, Vec<Protection>, Vec<Protection>); 6] {
    use Protection::{Capabilities, NoNewPrivileges, Pids, Seccomp, Watchers};
    let (open, none) = (["seccomp:unconfined", "no-new-privileges:false"], vec![]);
    let closed = ["no-new-privileges:true", "label=disable"];
    let privileged = json!({ "Privileged": true, "CapDrop": ["ALL"], "SecurityOpt": closed });
    [
        (json!({}), vec![Seccomp], vec![NoNewPrivileges, Capabilities, Watchers]),
        (json!({ "SecurityOpt": open }), none.clone(), vec![Seccomp, NoNewPrivileges]),
        (
            json!({ "SecurityOpt": closed, "PidsLimit": 9 }),
            vec![Seccomp, NoNewPrivileges, Pids],
            none.clone(),
        ),
        (privileged, none.clone(), vec![Seccomp, NoNewPrivileges, Capabilities]),
        (json!({ "CapAdd": ["ALL"] }), none, vec![Capabilities]),
        (json!({ "CapDrop": ["ALL"] }), vec![Capabilities], vec![Watchers]),
    ]
}

#[test]
fn options_of_others_are_read_as_the_engine_reads_them() {
    for (host_config, enforced, not_enforced) in asked_for() {
        let posture = posture_of("", &json!({}), &host_config);
        for protection in enforced {
            if protection == Protection::Seccomp && has_gvisor() {
                assert_eq!(posture.enforcement(protection).unwrap().to_string(), REPLACED);
                continue;
            }
            assert!(posture.is_enforced(protection), "{host_config}: {protection}:\n{posture}");
        }
        for protection in not_enforced {
            let enforcement = posture.enforcement(protection).unwrap();
            let is_known = matches!(enforcement, Enforcement::NotEnforced(_));
            assert!(is_known, "{host_config}: {protection}:\n{posture}");
        }
    }
}

#[test]
fn watchers_are_out_of_reach_unless_a_capability_or_a_namespace_brings_them_near() {
    let labels = json!({ "sandcell.watchers": "64123/1" });
    let closed = json!({ "CapDrop": ["ALL"], "SecurityOpt": ["no-new-privileges"] });
    let with = |key: &str, value: Value| {
        let mut changed = closed.clone();
        changed[key] = value;
        changed
    };
    for (user, host_config, said) in [
        ("64123:64123", closed.clone(), "enforced: they run as user 64123"),
        ("64123", with("CapAdd", json!(["CHOWN"])), "enforced: they run as user 64123"),
        (
            "64123",
            with("CapAdd", json!(["KILL"])),
            "not enforced: commands may affect them with KILL",
        ),
        (
            "64123",
            with("PidMode", json!("host")),
            "not enforced: the PID namespace is shared with \"host\"",
        ),
        ("0", closed.clone(), "not enforced: PID 1 runs as \"0\", not as user 64123"),
    ] {
        let posture = posture_of(user, &labels, &host_config);
        let enforcement = posture.enforcement(Protection::Watchers).unwrap();
        assert_eq!(enforcement.to_string(), said, "{user}: {host_config}");
    }
}

/// A profile, whether a command can make a directory despite it, and what the
/// posture says of it.
fn profiles() -> [(String, bool, &'static str); 6] {
    let deny = r#"{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}"#;
    let hidden = deny.replace('}', r#","includes":{"caps":["CAP_SYS_ADMIN"]}}"#);
    let disputed = format!(r#"{{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_LOG"}},{deny}"#);
    let with =
        |entries: &str| format!(r#"{{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{entries}]}}"#);
    let empty = "not enforced: the profile is empty";
    let all = "not enforced: the profile allows every system call";
    [
        ("{}".to_owned(), true, empty),
        (r#"{"syscalls":[]}"#.to_owned(), true, empty),
        (with(""), true, all),
        (with(&hidden), true, all),
        (with(&disputed), true, "unknown: cannot determine which"),
        (with(deny), false, "enforced: custom profile, refused system calls: 2"),
    ]
}

#[test]
fn a_profile_is_said_to_go_as_far_as_it_does() {
    for (profile, makes, said) in profiles() {
        let options = CreateOptions::new(IMAGE).seccomp(Seccomp::Profile(profile.clone()));
        if !engine().engine_features().unwrap().supports(EngineFeature::SeccompProfile) {
            let error = engine().create_and_start(&options).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
            continue;
        }
        let (makes, said) = if has_gvisor() { (true, REPLACED) } else { (makes, said) };
        let container = Container::with(options);
        let make = ExecOptions::new(["mkdir", "/tmp/made"]);
        let made = container.exec(&container.id, &make).unwrap().success();
        assert_eq!(made, makes, "{profile}");
        let posture = container.handle().posture().unwrap();
        let enforcement = posture.enforcement(Protection::Seccomp).unwrap();
        assert!(enforcement.to_string().starts_with(said), "{profile}: {posture}");
    }
}
