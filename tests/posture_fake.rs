//! Engines that do not enforce what they were asked for, scripted: some say so,
//! some drop a limit, some show it and do nothing.

#[path = "support/fake.rs"]
mod fake;

use std::sync::atomic::{AtomicBool, Ordering};

use fake::{FakeEngine, Then};
use sandcell::{
    CreateOptions, Enforcement, EngineFeature, ErrorKind, ExecOptions, Lifetime, Protection,
};

const INFO: &str = "GET /v1.41/info";
const INSPECT: &str = "GET /v1.41/containers/c1/json";
const START: &str = "POST /v1.41/containers/c1/start";
const REMOVE: &str = "DELETE /v1.41/containers/c1?";

const ABLE: &str = r#"{"MemoryLimit":true,"SwapLimit":true,"CpuCfsQuota":true,"PidsLimit":true,"CgroupDriver":"cgroupfs","DefaultRuntime":"runc"}"#;
const ROOTLESS: &str = r#"{"MemoryLimit":false,"SwapLimit":false,"CpuCfsQuota":false,"PidsLimit":false,
    "CgroupDriver":"none","SecurityOptions":["name=seccomp,profile=default","name=rootless"]}"#;
const LIMITED: &str =
    r#"{"Memory":1000,"MemorySwap":1500,"CpuQuota":50000,"CpuPeriod":100000,"PidsLimit":7}"#;
const UNLIMITED: &str =
    r#"{"Memory":0,"MemorySwap":0,"CpuQuota":0,"CpuPeriod":0,"PidsLimit":null}"#;

/// An engine with these facts, and this host's part in its containers.
fn engine(info: &'static str, host_config: &str) -> FakeEngine {
    let state = r#"{"Status":"running","Running":true}"#;
    let rest = format!(r#""State":{state},"Config":{{}},"HostConfig":{host_config}"#);
    answering((200, info), (200, format!(r#"{{"Id":"c1",{rest}}}"#)))
}

/// An engine that tells this of itself, and this of a container until it removes
/// it.
fn answering(info: (u16, &'static str), inspect: (u16, String)) -> FakeEngine {
    let removed = AtomicBool::new(false);
    FakeEngine::start(move |request, wire| match request.line.as_str() {
        INFO => wire.json(info.0, info.1),
        INSPECT if !removed.load(Ordering::SeqCst) => wire.json(inspect.0, &inspect.1),
        line => {
            removed.fetch_or(line.starts_with(REMOVE), Ordering::SeqCst);
            Ok(Then::Routine)
        }
    })
}

const PODMAN: &str = r#"{"MemoryLimit":true,"SwapLimit":true,"CpuCfsQuota":true,"PidsLimit":true,
    "CgroupDriver":"cgroupfs","BuildahVersion":"1.39.3"}"#;
const LIBPOD: &str = "GET /v1.41/libpod/containers/c1/json";

#[test]
fn what_podman_left_a_container_is_told_as_it_is() {
    let default = r#"{"CapDrop":[]}"#;
    let closed = r#"{"CapDrop":["CHOWN","KILL"]}"#;
    for (host_config, left, enforced, how) in [
        (default, r#"["CAP_CHOWN","CAP_KILL"]"#, false, "the engine's default set"),
        (closed, "null", true, "none"),
        (closed, r#"["CAP_FOWNER"]"#, true, "none except FOWNER"),
        (closed, r#"["CAP_FOWNER","CAP_SETUID"]"#, false, "has FOWNER, SETUID"),
        (r#"{"CapDrop":["CHOWN"],"Privileged":true}"#, "null", false, "privileged"),
    ] {
        let engine = FakeEngine::start(move |request, wire| match request.line.as_str() {
            INFO => wire.json(200, PODMAN),
            INSPECT => {
                wire.json(200, &format!(r#"{{"Id":"c1","State":{{}},"HostConfig":{host_config}}}"#))
            }
            LIBPOD => wire.json(200, &format!(r#"{{"BoundingCaps":{left}}}"#)),
            _ => Ok(Then::Routine),
        });
        let posture = engine.client().container("c1").unwrap().posture().unwrap();
        assert_eq!(posture.is_enforced(Protection::Capabilities), enforced, "{posture}");
        assert!(posture.to_string().contains(how), "{posture}");
    }
}

#[test]
fn an_owner_is_not_known_where_ids_are_mapped() {
    const REMAPPED: &str = r#"{"SecurityOptions":["name=seccomp,profile=default","name=userns"]}"#;
    for info in [ROOTLESS, REMAPPED] {
        let engine = engine(info, LIMITED);
        let options = CreateOptions::new("busybox").workspace("/", "/w").workspace_user();
        let error = engine.client().create_and_start(&options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().starts_with("workspace_user: the engine maps"), "{error}");
        assert!(!engine.requests().iter().any(|line| line.starts_with("POST ")), "nothing is made");
    }
}

#[test]
fn an_engine_without_a_freezer_says_so() {
    let engine = FakeEngine::start(move |request, wire| match request.line.as_str() {
        INFO => wire.json(200, ROOTLESS),
        "POST /v1.41/containers/c1/pause" => wire.json(500, r#"{"message":"cannot freeze"}"#),
        _ => Ok(Then::Routine),
    });
    let client = engine.client();
    assert!(!client.engine_features().unwrap().supports(EngineFeature::Pause));
    let error = client.container("c1").unwrap().pause().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert!(error.to_string().contains("rootless"), "{error}");
}

fn options() -> CreateOptions {
    CreateOptions::new("busybox")
}

#[test]
fn a_limit_that_was_asked_for_is_enforced_or_refused() {
    for (info, host_config, why) in [
        (ROOTLESS, LIMITED, "rootless"),
        (ROOTLESS, UNLIMITED, "rootless"),
        (ABLE, UNLIMITED, "the container has no limit"),
    ] {
        for (limit, options) in [
            (Protection::Memory, options().memory(1000)),
            (Protection::Cpus, options().cpus(0.5)),
            (Protection::Pids, options().pids(7)),
        ] {
            let engine = engine(info, host_config);
            let error = engine.client().create_and_start(&options).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
            let said = error.to_string();
            assert!(said.contains(why) && said.contains(&format!("{limit:?}")), "{said}");
            assert_eq!((engine.count(START), engine.count(REMOVE)), (0, 1));

            engine.client().create_and_start(&options.allow_unenforced(limit)).unwrap();
        }
        let engine = engine(info, host_config);
        engine.client().create_and_start(&options()).expect("defaults are no demands");
        assert_eq!((engine.count(START), engine.count(REMOVE)), (1, 0));
    }
    let engine = engine(ABLE, LIMITED);
    let all = options().memory(1000).swap(500).cpus(0.5).pids(7);
    engine.client().create_and_start(&all).unwrap();
    assert_eq!(engine.count(START), 1);
}

/// Podman that says of its host what it has not in its own cgroup.
fn podman_without_controllers() -> FakeEngine {
    FakeEngine::start(move |request, wire| match request.line.as_str() {
        INFO => wire.json(200, PODMAN),
        "GET /v1.41/libpod/info" => {
            wire.json(200, r#"{"host":{"cgroupControllers":[],"cgroupVersion":"v2"}}"#)
        }
        _ => Ok(Then::Routine),
    })
}

#[test]
fn podman_is_not_asked_for_what_it_cannot_enforce() {
    let limits = [
        (Protection::Memory, options().memory(1000)),
        (Protection::Cpus, options().cpus(0.5)),
        (Protection::Pids, options().pids(7)),
    ];
    for (limit, options) in limits {
        let engine = podman_without_controllers();
        let error = engine.client().create_and_start(&options).unwrap_err();
        let hint = format!("allow_unenforced(Protection::{limit:?})");
        fake::check(&error, ErrorKind::Unsupported, &["cannot limit", &hint]);
        assert_eq!(engine.count("POST /v1.41/containers/create"), 0);
        engine.client().create_and_start(&options.allow_unenforced(limit)).unwrap();
        let created = engine.received("POST /v1.41/containers/create");
        let body: serde_json::Value = serde_json::from_slice(&created[0].body).unwrap();
        for field in ["Memory", "MemorySwap", "CpuQuota", "CpuPeriod", "PidsLimit"] {
            assert_eq!(body["HostConfig"][field], 0, "{field}");
        }
    }
    let engine = podman_without_controllers();
    engine.client().create_and_start(&options()).expect("defaults are no demands");
    let features = engine.client().engine_features().unwrap();
    assert!(!features.supports(EngineFeature::PidsLimit), "{features}");
}

#[test]
fn a_posture_gives_reasons() {
    let posture = |info, host_config| {
        let engine = engine(info, host_config);
        engine.client().container("c1").unwrap().posture().unwrap()
    };
    let limited = posture(ABLE, LIMITED);
    let said = |protection| limited.iter().find(|(p, _)| *p == protection).unwrap().1.clone();
    let enforced = |how: &str| Enforcement::Enforced(how.to_owned());
    assert_eq!(said(Protection::Memory), enforced("1000 bytes"));
    assert_eq!(said(Protection::Swap), enforced("500 bytes"));
    assert_eq!(said(Protection::Cpus), enforced("0.5 CPUs"));
    assert_eq!(said(Protection::Pids), enforced("7 processes"));
    let rootless = posture(ROOTLESS, LIMITED);
    assert!(!rootless.is_enforced(Protection::Memory), "{rootless}");
    assert!(rootless.is_enforced(Protection::UserNamespace), "{rootless}");
    let open = posture(
        ABLE,
        r#"{"Privileged":true,"CapDrop":["ALL"],"NetworkMode":"host","SecurityOpt":["seccomp=unconfined"]}"#,
    );
    assert!(
        open.iter().all(|(_, enforcement)| matches!(enforcement, Enforcement::NotEnforced(_))),
        "{open}"
    );
}

/// Each limit, and options that ask for it.
fn demands() -> [(Protection, CreateOptions); 4] {
    [
        (Protection::Memory, options().memory(1000)),
        (Protection::Swap, options().swap(500)),
        (Protection::Cpus, options().cpus(0.5)),
        (Protection::Pids, options().pids(7)),
    ]
}

/// What is created on an engine that keeps facts to itself: whatever only has its
/// defaults, and what asks for a limit if it accepts that there is none.
fn check_kept_back(start: impl Fn() -> FakeEngine, why: &str) {
    for (limit, options) in demands() {
        let engine = start();
        let error = engine.client().create_and_start(&options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        let said = error.to_string();
        assert!(said.contains(why), "{said}");
        assert!(said.starts_with(&format!("{limit}: unknown whether")), "{said}");
        assert!(said.contains(&format!("allow_unenforced(Protection::{limit:?})")), "{said}");
        assert_eq!((engine.count(START), engine.count(REMOVE)), (0, 1));
    }
    for (limit, options) in demands() {
        let engine = start();
        engine.client().create_and_start(&options.allow_unenforced(limit)).unwrap();
    }
    let engine = start();
    engine.client().create_and_start(&options()).expect("defaults are no demands");
    assert_eq!((engine.count(START), engine.count(REMOVE)), (1, 0));
}

#[test]
fn an_engine_that_hides_its_facts_is_trusted_with_defaults_only() {
    for (status, info, why) in [
        (403, r#"{"message":"forbidden"}"#, "forbidden"),
        (200, r#"{"MemoryLimit":"perhaps"}"#, "does not report its properties"),
        (200, "{}", "does not report whether it can limit"),
    ] {
        let inspect = format!(r#"{{"Id":"c1","State":{{}},"HostConfig":{LIMITED}}}"#);
        let start = || answering((status, info), (200, inspect.clone()));
        check_kept_back(start, why);
        let posture = start().client().container("c1").unwrap().posture().unwrap();
        for limit in [Protection::Memory, Protection::Swap, Protection::Cpus, Protection::Pids] {
            let enforcement = posture.enforcement(limit).unwrap();
            assert!(matches!(enforcement, Enforcement::Unknown(_)), "{posture}");
            assert!(!posture.is_enforced(limit), "{posture}");
        }
    }
}

#[test]
fn a_container_that_is_not_told_of_is_trusted_with_defaults_only() {
    let malformed = r#"{"Memory":"1000","MemorySwap":1500,"CpuQuota":50000,"PidsLimit":7}"#;
    for (status, inspect, why) in [
        (200, r#"{"Id":"c1","State":{}}"#.to_owned(), "host configuration"),
        (
            200,
            format!(r#"{{"Id":"c1","State":{{}},"HostConfig":{malformed}}}"#),
            "host configuration",
        ),
        (200, r#"{"Id":"c1"}"#.to_owned(), "inspect container"),
        (403, r#"{"message":"forbidden"}"#.to_owned(), "forbidden"),
    ] {
        let start = || answering((200, ABLE), (status, inspect.clone()));
        check_kept_back(start, why);
    }
}

#[test]
fn what_podman_keeps_back_of_capabilities_is_unknown() {
    let engine = FakeEngine::start(move |request, wire| match request.line.as_str() {
        INFO => wire.json(200, PODMAN),
        INSPECT => {
            let host_config = r#"{"CapDrop":["CHOWN","KILL"]}"#;
            wire.json(200, &format!(r#"{{"Id":"c1","State":{{}},"HostConfig":{host_config}}}"#))
        }
        LIBPOD => wire.json(403, r#"{"message":"forbidden"}"#),
        _ => Ok(Then::Routine),
    });
    let posture = engine.client().container("c1").unwrap().posture().unwrap();
    let enforcement = posture.enforcement(Protection::Capabilities).unwrap();
    assert!(matches!(enforcement, Enforcement::Unknown(_)), "{posture}");
    assert!(posture.to_string().contains("capabilities      unknown: Podman"), "{posture}");
}

#[test]
fn a_container_is_read_back_once_for_its_limits_and_its_commands() {
    let engine = engine(ABLE, LIMITED);
    let client = engine.client();
    let options = CreateOptions::new("busybox").memory(1000).lifetime(Lifetime::Detached);
    for _ in 0..2 {
        let id = client.create_and_start(&options).unwrap();
        client.exec(&id, &ExecOptions::new(["true"])).unwrap();
        client.exec(&id, &ExecOptions::new(["true"])).unwrap();
    }
    assert_eq!((engine.count(INSPECT), engine.count(INFO)), (1 + 1, 1));
}
