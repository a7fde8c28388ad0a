//! Credentials are shown nowhere: not in the log, not in an error, not by `Debug`.
//! Alone in its file, because the log is the process's.

#[path = "support/fake.rs"]
mod fake;
#[path = "support/peer.rs"]
mod peer;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Mutex;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use fake::{FakeEngine, Then};
use sandcell::{Client, Credentials, ErrorKind, PullOptions};

const USER: &str = "the-user-name";
const PASSWORD: &str = "the-pass-word";
const TOKEN: &str = "the-identity-token";

/// All that was logged, at any level.
struct Log(Mutex<String>);

static LOG: Log = Log(Mutex::new(String::new()));

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut log = self.0.lock().unwrap();
        if record.target() == "ureq_proto::util" {
            log.push_str(&undumped(&record.args().to_string()));
        } else {
            log.push_str(&format!("\n{} {}\n", record.level(), record.args()));
        }
    }

    fn flush(&self) {}
}

/// What a row of the HTTP crate's dump shows: eight groups of two bytes.
fn undumped(row: &str) -> String {
    let digits: Vec<u8> = row.bytes().take(39).filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(|pair| char::from(byte(pair))).collect()
}

/// An engine whose registry refuses everybody.
fn refusing() -> FakeEngine {
    FakeEngine::start(|request, wire| {
        if request.line.starts_with("POST /v1.41/images/create") {
            wire.json(500, r#"{"message":"unauthorized: authentication required"}"#)
        } else {
            Ok(Then::Routine)
        }
    })
}

/// The header that the engine got with the only pull.
fn header(engine: &FakeEngine) -> Option<serde_json::Value> {
    let pulls = engine.received("POST /v1.41/images/create");
    let [pull] = &pulls[..] else { panic!("{} pulls", pulls.len()) };
    let value = pull.headers.iter().find_map(|line| line.strip_prefix("x-registry-auth: "))?;
    Some(serde_json::from_slice(&BASE64_URL_SAFE.decode(value).unwrap()).unwrap())
}

/// Pulls in vain; what the engine was told, and what the caller and the log were.
fn pull(
    client: impl FnOnce(&FakeEngine) -> Client,
    options: &PullOptions<'_>,
) -> (Option<serde_json::Value>, String) {
    let engine = refusing();
    let client = client(&engine);
    let error = client.pull_image("r.example.com/app", options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized, "{error}");
    let shown = format!("{error} {error:?} {client:?} {options:?}");
    let logged = LOG.0.lock().unwrap().split_off(0);
    // The log is not just empty: it has what the HTTP crate tells of the request.
    assert!(logged.contains("POST /v1.41/images/create?fromImage=r.example.com%2Fapp"), "{logged}");
    (header(&engine), shown + &logged)
}

#[track_caller]
fn check_hidden(shown: &str) {
    for secret in [USER, PASSWORD, TOKEN] {
        assert!(!shown.contains(secret), "{secret} in: {shown}");
    }
    for encoded in [
        format!("{USER}:{PASSWORD}"),
        format!(r#"{{"username":"{USER}"#),
        format!(r#"{{"identitytoken":"{TOKEN}"#),
    ] {
        // Without the end, which depends on what follows.
        let encoded = BASE64_STANDARD.encode(encoded);
        let encoded = &encoded[..encoded.len() - 4];
        assert!(!shown.contains(encoded), "{encoded} in: {shown}");
    }
}

/// A directory with a Docker config.
fn config(contents: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("config.json"), contents).unwrap();
    dir
}

fn with_config(dir: &Path) -> impl FnOnce(&FakeEngine) -> Client {
    move |engine| engine.builder().docker_config(dir).build().unwrap()
}

/// A program `docker-credential-NAME` in `dir`.
fn helper(dir: &Path, name: &str, script: &str) {
    let program = dir.join(format!("docker-credential-{name}"));
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
}

/// All in one: they share the log, and the search path of this process.
#[test]
fn credentials_reach_the_engine_and_nobody_else() {
    let Some(bin) = peer::role() else {
        let bin = tempfile::tempdir().unwrap();
        let path = format!("PATH={}:{}", bin.path().display(), std::env::var("PATH").unwrap());
        let name = "credentials_reach_the_engine_and_nobody_else";
        let role = bin.path().to_str().unwrap();
        assert!(peer::Peer::under(&["env", &path], name, role).finish());
        return;
    };
    log::set_logger(&LOG).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    given_ones();
    those_of_a_config();
    those_of_helpers(Path::new(&bin));
    configs_that_cannot_be_used(Path::new(&bin));
}

fn given_ones() {
    let plain = |engine: &FakeEngine| engine.client();
    let password = PullOptions::new().credentials(Credentials::password(USER, PASSWORD));
    let (sent, shown) = pull(plain, &password);
    let wanted = serde_json::json!({
        "username": USER, "password": PASSWORD, "serveraddress": "r.example.com"
    });
    assert_eq!(sent, Some(wanted));
    check_hidden(&shown);

    let token = PullOptions::new().credentials(Credentials::identity_token(TOKEN));
    let (sent, shown) = pull(plain, &token);
    let wanted = serde_json::json!({ "identitytoken": TOKEN, "serveraddress": "r.example.com" });
    assert_eq!(sent, Some(wanted));
    check_hidden(&shown);

    let (sent, shown) = pull(plain, &PullOptions::new());
    assert_eq!(sent, None);
    assert!(shown.contains("without credentials"), "{shown}");
}

fn those_of_a_config() {
    let auth = BASE64_STANDARD.encode(format!("{USER}:{PASSWORD}"));
    for contents in [
        format!(r#"{{"auths":{{"r.example.com":{{"auth":"{auth}"}}}}}}"#),
        format!(r#"{{"auths":{{"https://r.example.com/v1/":{{"auth":"{auth}"}}}}}}"#),
        format!(
            r#"{{"auths":{{"r.example.com":{{"username":"{USER}","password":"{PASSWORD}"}}}}}}"#
        ),
    ] {
        let dir = config(&contents);
        let (sent, shown) = pull(with_config(dir.path()), &PullOptions::new());
        let sent = sent.unwrap();
        assert_eq!((&sent["username"], &sent["password"]), (&USER.into(), &PASSWORD.into()));
        check_hidden(&shown);
    }
    // Those of another registry are not sent.
    let dir = config(&format!(r#"{{"auths":{{"other.example.com":{{"auth":"{auth}"}}}}}}"#));
    let (sent, shown) = pull(with_config(dir.path()), &PullOptions::new());
    assert_eq!(sent, None);
    check_hidden(&shown);
}

fn those_of_helpers(bin: &Path) {
    let answer = format!(r#"{{"ServerURL":"x","Username":"{USER}","Secret":"{PASSWORD}"}}"#);
    let script = format!(r#"test "$1 $(cat)" = "get r.example.com" && echo '{answer}'"#);
    helper(bin, "good", &script);
    let token = format!(r#"{{"Username":"<token>","Secret":"{TOKEN}"}}"#);
    helper(bin, "token", &format!("echo '{token}'")); // does not listen
    for (contents, field, secret) in [
        (r#"{"credsStore":"good"}"#, "password", PASSWORD),
        (r#"{"credsStore":"bad","credHelpers":{"r.example.com":"good"}}"#, "password", PASSWORD),
        (r#"{"auths":{"r.example.com":{}},"credsStore":"token"}"#, "identitytoken", TOKEN),
    ] {
        let dir = config(contents);
        let (sent, shown) = pull(with_config(dir.path()), &PullOptions::new());
        assert_eq!(sent.unwrap()[field], secret, "{contents}");
        check_hidden(&shown);
    }
    let not_found = "credentials not found in native keychain";
    helper(bin, "empty", &format!("echo {not_found}; exit 1"));
    let dir = config(r#"{"credsStore":"empty"}"#);
    let (sent, shown) = pull(with_config(dir.path()), &PullOptions::new());
    assert_eq!(sent, None);
    assert!(!shown.contains("WARN"), "{shown}");
    assert!(shown.contains("docker-credential-empty"), "{shown}");
    check_beside_an_entry(bin, not_found);
}

/// What is sent where both a helper and the file itself may have credentials.
fn check_beside_an_entry(bin: &Path, not_found: &str) {
    let auth = BASE64_STANDARD.encode("file:pw");
    let entry = format!(r#"{{"auth":"{auth}","identitytoken":"it","registrytoken":"rt"}}"#);
    let helpers = [
        ("of-helper", format!(r#"echo '{{"Username":"u","Secret":"{PASSWORD}"}}'"#), Some("u")),
        ("lower", format!(r#"echo '{{"username":"u","secret":"{PASSWORD}"}} x'"#), Some("u")),
        ("null", format!(r#"echo '{{"Username":null,"Secret":"{PASSWORD}"}}'"#), None),
        ("none", format!("echo {not_found}; exit 1"), None),
        (
            "status",
            format!(r#"echo '{{"Username":"u","Secret":"{PASSWORD}"}}'; exit 1"#),
            Some("file"),
        ),
        ("text", format!("echo {not_found}"), Some("file")),
    ];
    for (name, script, user) in helpers {
        helper(bin, name, &script);
        let auths = format!(r#"{{"r.example.com":{entry}}}"#);
        let dir = config(&format!(r#"{{"auths":{auths},"credsStore":"{name}"}}"#));
        let (sent, shown) = pull(with_config(dir.path()), &PullOptions::new());
        let sent = sent.unwrap();
        assert_eq!(sent.get("username").and_then(|user| user.as_str()), user, "{name}");
        assert_eq!(sent["registrytoken"], "rt", "{name}");
        let is_files = user == Some("file");
        assert_eq!(sent.get("identitytoken").is_some(), is_files, "{name}");
        assert_eq!(shown.contains("WARN"), is_files, "{name}: {shown}");
        check_hidden(&shown);
    }
}

fn configs_that_cannot_be_used(bin: &Path) {
    helper(bin, "failing", &format!("echo {PASSWORD}; echo {TOKEN} >&2; exit 1"));
    helper(bin, "endless", &format!("yes {PASSWORD}"));
    for (contents, told) in [
        (r#"{"credsStore":"failing"}"#.to_owned(), "it failed (exit status: 1)"),
        (r#"{"credsStore":"endless"}"#.to_owned(), "its output is larger than 64 KiB"),
        (r#"{"credsStore":"missing"}"#.to_owned(), "it is not installed"),
        (r#"{"credsStore":"../../bin/sh"}"#.to_owned(), "its name must consist of"),
        (format!(r#"{{"auths":{{"r.example.com":{{"auth":"{PASSWORD}!"}}}}}}"#), "base64"),
        (format!(r#"{{"auths":{{"r.example.com":"{PASSWORD}"}}}}"#), "is not an object"),
        (format!(r#"{{"auths": {PASSWORD}"#), "unexpected JSON at line 1"),
    ] {
        let dir = config(&contents);
        let (sent, shown) = pull(with_config(dir.path()), &PullOptions::new());
        assert_eq!(sent, None, "{contents}");
        assert!(shown.contains(told), "no {told:?} in: {shown}");
        assert!(shown.contains("WARN"), "{shown}");
        check_hidden(&shown);
    }
}
