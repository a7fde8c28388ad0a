//! Which credentials of a Docker config the engine is sent: those that the `docker`
//! command sends. What it sends with each of these files was recorded with its
//! version 28.2, from a scripted engine; where this library is more lenient, the
//! line says so.

#[path = "support/fake.rs"]
mod fake;
#[path = "support/peer.rs"]
mod peer;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE;
use fake::{FakeEngine, Then};
use sandcell::{Client, ClientBuilder, ErrorKind, PullOptions};
use serde_json::{Value, json};

/// The base64 of `me:pw`.
const AUTH: &str = r#""auth":"bWU6cHc=""#;

/// Pulls in vain; returns what the engine was sent, without the address, and what
/// the caller was told.
fn pull_from(client: impl FnOnce(&FakeEngine) -> Client, image: &str) -> (Value, String) {
    let engine = FakeEngine::start(|request, wire| {
        if request.line.starts_with("POST /v1.41/images/create") {
            wire.json(500, r#"{"message":"unauthorized: authentication required"}"#)
        } else {
            Ok(Then::Routine)
        }
    });
    let error = client(&engine).pull_image(image, &PullOptions::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized, "{error}");
    let pulls = engine.received("POST /v1.41/images/create");
    let header = pulls[0].headers.iter().find_map(|line| line.strip_prefix("x-registry-auth: "));
    let mut sent = header.map_or(Value::Null, |value| {
        serde_json::from_slice(&BASE64_URL_SAFE.decode(value).unwrap()).unwrap()
    });
    if let Some(fields) = sent.as_object_mut() {
        fields.remove("serveraddress").expect("an address");
    }
    (sent, format!("{error:#}"))
}

fn with_config(dir: &Path) -> impl FnOnce(&FakeEngine) -> Client {
    move |engine| engine.builder().docker_config(dir).build().unwrap()
}

fn pull(config: impl AsRef<[u8]>, image: &str) -> (Value, String) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("config.json"), config).unwrap();
    pull_from(with_config(dir.path()), image)
}

#[track_caller]
fn check(config: &str, image: &str, wanted: &Value) {
    let config = config.replace("AUTH", AUTH);
    let (sent, told) = pull(&config, image);
    assert_eq!(&sent, wanted, "{config} for {image}: {told}");
}

fn me() -> Value {
    json!({ "username": "me", "password": "pw" })
}

#[test]
fn what_else_is_in_the_file_does_not_matter() {
    let lenient = [
        r#"{"auths":{"r.example":{AUTH,"email":5}}}"#,
        r#"{"auths":{"r.example":{AUTH}},"psFormat":5,"HttpHeaders":[null],"x":1e999}"#,
        "\u{feff}{\"auths\":{\"r.example\":{AUTH}}}",
        r#"{"auths":{"o.example":{"auth":"!"},"p.example":5,"r.example":{AUTH}}}"#,
        r#"{"auths":{"r.example":{AUTH}},"credHelpers":5,"credsStore":["x"]}"#,
    ];
    let as_docker_does = [
        r#"{"auths":{"r.example":{AUTH}},"credHelpers":null}"#,
        r#"{"auths":{"r.example":{AUTH}},"credHelpers":{"o.example":null},"credsStore":null}"#,
        r#"{"auths":{"r.example":{AUTH}},"unknown":{"a":[{}]},"credsStore":""}"#,
        r#"{"auths":{"r.example":{AUTH,"email":null,"username":null,"identitytoken":null}}}"#,
        r#"{"auths":{"r.example":{AUTH}}} trailing"#,
        r#"{"Auths":{"r.example":{"Auth":"bWU6cHc="}}}"#,
        r#"{"auths":{"r.example":{AUTH}},"auths":{"o.example":{}}}"#,
        r#"{"auths":{"r.example":{"auth":"!"},"r.example":{AUTH}}}"#,
        r#"{"auths":{"r.example":{AUTH,"username":"other","password":"other"}}}"#,
        r#"{"auths":{"r.example":{"auth":"bWU6\r\ncHc=\n"}}}"#,
        // No such helper is installed.
        r#"{"auths":{"r.example":{AUTH}},"credsStore":"desktop"}"#,
        r#"{"auths":{"r.example":{AUTH}},"credHelpers":{"r.example":"no-such"}}"#,
        r#"{"auths":{"r.example":{AUTH}},"credHelpers":{"r.example":""},"credsStore":"x"}"#,
    ];
    for config in lenient.into_iter().chain(as_docker_does) {
        check(config, "r.example/app", &me());
    }
    for nothing in ["", " \n", "null", "{}", r#"{"auths":null}"#, r#"{"auths":{"r.example":null}}"#]
    {
        check(nothing, "r.example/app", &Value::Null);
    }
}

#[test]
fn each_kind_of_credentials_is_sent() {
    for (entry, wanted) in [
        (r#""registrytoken":"rt""#, json!({ "registrytoken": "rt" })),
        (r#""identitytoken":"it""#, json!({ "identitytoken": "it" })),
        (
            r#"AUTH,"identitytoken":"it","registrytoken":"rt""#,
            json!({
                "username": "me", "password": "pw", "identitytoken": "it", "registrytoken": "rt"
            }),
        ),
        (r#""username":"u","password":null"#, json!({ "username": "u" })),
        (r#""username":"u","password":"p""#, json!({ "username": "u", "password": "p" })),
        // "a:b:c", and NULs around the password.
        (r#""auth":"YTpiOmM=""#, json!({ "username": "a", "password": "b:c" })),
        (r#""auth":"YToAYgA=""#, json!({ "username": "a", "password": "b" })),
        // More lenient: without padding, with blanks, and no user beside a token.
        (r#""auth":" bWU6cHc ""#, me()),
        (r#""auth":"Og==","identitytoken":"it""#, json!({ "identitytoken": "it" })),
    ] {
        check(&format!(r#"{{"auths":{{"r.example":{{{entry}}}}}}}"#), "r.example/app", &wanted);
    }
}

#[test]
fn the_names_of_entries_are_matched() {
    let hub = "https://index.docker.io/v1/";
    let is_found = [
        ("r.example", "r.example/app"),
        ("http://r.example", "r.example/app"),
        ("https://r.example/v2/", "r.example/app"),
        ("r.example/", "r.example/app"),
        ("r.example/v1/", "r.example/app"),
        ("ftp://r.example", "r.example/app"),
        ("https://u@r.example:444/v1/?x", "r.example:444/app"),
        ("r.example:5000", "r.example:5000/app"),
        ("https://[::1]:5000/v2/", "[::1]:5000/app"),
        ("localhost", "localhost/app"),
        (hub, "busybox"),
        (hub, "docker.io/library/busybox"),
        (hub, "index.docker.io/library/busybox"),
        // More lenient: the case of a host, and the names of Docker Hub.
        ("R.Example", "r.example/app"),
        ("docker.io", "busybox"),
        ("https://index.docker.io/v1", "busybox"),
        ("https://registry-1.docker.io/v2/", "docker.io/team/app"),
    ];
    for (name, image) in is_found {
        check(&format!(r#"{{"auths":{{"{name}":{{AUTH}}}}}}"#), image, &me());
    }
    for (name, image) in [
        ("r.example:443", "r.example/app"),
        ("https://r.example:5000", "r.example/app"),
        ("r.example", "r.example:5000/app"),
        ("r.example.com", "r.example/app"),
        ("https://evil.example/r.example", "r.example/app"),
        ("https://r.example@evil.example/", "r.example/app"),
        ("r.example", "busybox"),
        (hub, "r.example/app"),
    ] {
        check(&format!(r#"{{"auths":{{"{name}":{{AUTH}}}}}}"#), image, &Value::Null);
    }
    let both = r#"{"auths":{"https://r.example":{"auth":"YTpi"},"r.example":{AUTH}}}"#;
    check(both, "r.example/app", &me());
    let empty = r#"{"auths":{"https://r.example":{AUTH},"r.example":{}}}"#;
    check(empty, "r.example/app", &Value::Null);
}

#[test]
fn a_refusal_says_which_credentials_were_used() {
    for (config, told) in [
        (r#"{"auths":{"r.example":{AUTH}}}"#, "with the credentials from DIR/config.json: "),
        (r#"{"auths":{}}"#, "without credentials (DIR/config.json has none for r.example; use"),
        (
            r#"{"auths":{"r.example":{AUTH}},"credsStore":"no-such"}"#,
            r#"from DIR/config.json itself, because docker-credential-no-such (the "credsStore" of DIR/config.json): it is not installed"#,
        ),
        (
            r#"{"credHelpers":{"r.example":"no-such"}}"#,
            r#"docker-credential-no-such (the "credHelpers" of DIR/config.json): it is not"#,
        ),
        (
            r#"{"auths":{"r.example":"s3cret"}}"#,
            r#"the entry of "r.example" in "auths": it is not"#,
        ),
        (r#"{"auths":{"r.example":{"auth":"s3cret"}}}"#, r#""auth" is not the base64 of"#),
        (r#"{"auths":{"r.example":{"auth":["s3cret"]}}}"#, r#""auth" is not a string"#),
        (r#"{"auths": s3cret"#, "DIR/config.json: unexpected JSON at line 1, column 11"),
        (r#"["s3cret"]"#, "DIR/config.json: unexpected JSON at line 1"),
        (r#"{"auths":["s3cret"]}"#, r#""auths" is not an object"#),
    ] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("config.json"), config.replace("AUTH", AUTH)).unwrap();
        let (_, error) = pull_from(with_config(dir.path()), "r.example/app");
        let told = told.replace("DIR", dir.path().to_str().unwrap());
        assert!(error.contains(&told), "no {told:?} in: {error}");
        for secret in ["s3cret", "bWU6cHc", "pw"] {
            assert!(!error.contains(secret), "{secret} in: {error}");
        }
    }
    let (_, error) = pull_from(|engine| engine.client(), "r.example/app");
    assert!(error.contains("without credentials (no Docker config is set; use"), "{error}");
}

#[test]
fn a_file_that_is_none_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config.json");
    let pull = || pull_from(with_config(dir.path()), "r.example/app");
    let (sent, told) = pull();
    assert!(sent.is_null() && told.contains("config.json does not exist"), "{told}");

    fs::create_dir(&file).unwrap();
    let (sent, told) = pull();
    assert!(sent.is_null() && told.contains("it is not a regular file"), "{told}");
    fs::remove_dir(&file).unwrap();

    // Nobody writes to it.
    nix::unistd::mkfifo(&file, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let (sent, told) = pull();
    assert!(sent.is_null() && told.contains("it is not a regular file"), "{told}");
    fs::remove_file(&file).unwrap();

    symlink("/dev/null", &file).unwrap();
    let (sent, told) = pull();
    assert!(sent.is_null() && told.contains("has none for r.example"), "{told}");
    fs::remove_file(&file).unwrap();

    fs::write(dir.path().join("real"), format!(r#"{{"auths":{{"r.example":{{{AUTH}}}}}}}"#))
        .unwrap();
    symlink("real", &file).unwrap();
    assert_eq!(pull().0, me());
    let below_a_file = dir.path().join("real");
    let (sent, told) = pull_from(with_config(&below_a_file), "r.example/app");
    assert!(sent.is_null() && told.contains("cannot read"), "{told}");

    fs::write(dir.path().join("real"), vec![b' '; 1024 * 1024 + 1]).unwrap();
    let (sent, told) = pull();
    assert!(sent.is_null() && told.contains("larger than 1 MiB"), "{told}");
}

#[test]
fn the_environment_comes_first() {
    const NAME: &str = "the_environment_comes_first";
    let Some(role) = peer::role() else {
        let dir = tempfile::tempdir().unwrap();
        let file = r#"{"auths":{"r.example":{"auth":"ZmlsZTpwdw=="}}}"#;
        fs::write(dir.path().join("config.json"), file).unwrap();
        for (variable, wanted) in [
            (format!(r#"{{"auths":{{"r.example":{{{AUTH}}}}}}}"#), "me"),
            (format!(r#"{{"auths":{{"o.example":{{{AUTH}}}}}}}"#), "file"),
            (r#"{"auths":{"r.example":{}}}"#.to_owned(), "file"),
            ("not JSON".to_owned(), "file"),
            (String::new(), "file"),
        ] {
            let config = format!("DOCKER_CONFIG={}", dir.path().display());
            let variable = format!("DOCKER_AUTH_CONFIG={variable}");
            assert!(peer::Peer::under(&["env", &config, &variable], NAME, wanted).finish());
        }
        return;
    };
    let client = |engine: &FakeEngine| {
        ClientBuilder::from_env().unwrap().host(engine.host()).build().unwrap()
    };
    let (sent, told) = pull_from(client, "r.example/app");
    assert_eq!(sent["username"], role.as_str(), "{told}");
    let is_broken = std::env::var("DOCKER_AUTH_CONFIG").unwrap().contains("JSON");
    assert_eq!(told.contains("DOCKER_AUTH_CONFIG: unexpected JSON"), is_broken, "{told}");
}

#[test]
fn a_helper_that_hangs_ends_with_the_call() {
    let bin = tempfile::tempdir().unwrap();
    let Some(role) = peer::role() else {
        let path = format!("PATH={}:{}", bin.path().display(), std::env::var("PATH").unwrap());
        let role = bin.path().to_str().unwrap();
        let name = "a_helper_that_hangs_ends_with_the_call";
        assert!(peer::Peer::under(&["env", &path], name, role).finish());
        return;
    };
    use std::os::unix::fs::PermissionsExt;
    let program = Path::new(&role).join("docker-credential-late");
    // It has said all, but does not end.
    fs::write(&program, "#!/bin/sh\nexec >&- <&-\nsleep 1000\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("config.json"), r#"{"credsStore":"late"}"#).unwrap();
    let engine = FakeEngine::routine();
    let client = with_config(dir.path())(&engine).with_timeout(Duration::from_millis(300));
    let error = client.pull_image("r.example/app", &PullOptions::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(engine.received("POST /v1.41/images/create").is_empty());
}
