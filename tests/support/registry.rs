//! The registries of the tests, in the network of the engine under test.

use std::process::Command;

use crate::support::surroundings::Need;
use crate::support::{api, endpoint_of, network_of, state_of, unique};

/// A registry.
pub struct Registry {
    /// Its host and port.
    pub host: String,
    /// A user's name and a password, if it wants them.
    pub login: Option<(String, String)>,
}

impl Registry {
    /// The registry without a password, if the engine can use it.
    pub fn open() -> Option<Self> {
        Need::Registry.is_met().then(|| Registry { host: endpoint_of("registry"), login: None })
    }

    /// The registry with a password, if the engine can use it.
    pub fn with_password() -> Option<Self> {
        if !Need::Registry.is_met() {
            return None;
        }
        let host = endpoint_of("registry-password");
        let state = state_of("registry-password");
        let read = |file| std::fs::read_to_string(state.join(file)).unwrap().trim().to_owned();
        Some(Registry { host, login: Some((read("user"), read("password"))) })
    }

    /// Pushes `image` under a new name, and forgets the new name.
    pub fn push(&self, image: &str) -> Remote<'_> {
        let remote = Remote { registry: self, name: unique("sandcell-pull") };
        let reference = format!("{}/{}", self.host, remote.name);
        api(&format!("/images/{image}/tag?repo={reference}&tag=latest"), &["--request", "POST"]);
        let auth = format!("X-Registry-Auth: {}", self.auth());
        let push = format!("/images/{reference}/push?tag=latest");
        let said = api(&push, &["--request", "POST", "--header", &auth]);
        assert!(!said.contains("\"error\""), "{said}");
        remove_image(&reference);
        remote
    }

    /// What the engine wants to know to push.
    fn auth(&self) -> String {
        use base64::Engine;
        let (username, password) = self.login.as_ref().map_or(("", ""), |(u, p)| (u, p));
        let auth = serde_json::json!({ "username": username, "password": password });
        base64::prelude::BASE64_URL_SAFE.encode(auth.to_string())
    }

    /// Asks the registry itself; returns its answer.
    pub fn ask(&self, path: &str, args: &[&str]) -> String {
        let mut nsenter = Command::new("nsenter");
        nsenter.arg(format!("--net={}", network_of("registry")));
        nsenter.args(["curl", "--silent", "--show-error", "--fail", "--noproxy", "*"]);
        if let Some((user, password)) = &self.login {
            nsenter.args(["--user", &format!("{user}:{password}")]);
        }
        let output = nsenter.args(args).arg(format!("http://{}/v2/{path}", self.host)).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{path}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

/// An image in a registry that the engine does not have.
pub struct Remote<'a> {
    pub registry: &'a Registry,
    pub name: String,
}

impl Remote<'_> {
    pub fn reference(&self) -> String {
        format!("{}/{}:latest", self.registry.host, self.name)
    }

    /// The manifest of the tag.
    pub fn manifest(&self, args: &[&str]) -> String {
        let accept = "Accept: application/vnd.docker.distribution.manifest.v2+json, \
                      application/vnd.oci.image.manifest.v1+json";
        let path = format!("{}/manifests/latest", self.name);
        self.registry.ask(&path, &[&["--header", accept], args].concat())
    }

    /// Makes the registry lose the blobs of all layers.
    pub fn lose_layers(&self) -> usize {
        let manifest: serde_json::Value = serde_json::from_str(&self.manifest(&[])).unwrap();
        let layers = manifest["layers"].as_array().unwrap();
        for layer in layers {
            let digest = layer["digest"].as_str().unwrap();
            let path = format!("{}/blobs/{digest}", self.name);
            self.registry.ask(&path, &["--request", "DELETE"]);
        }
        layers.len()
    }
}

pub fn remove_image(reference: &str) {
    api(&format!("/images/{reference}?force=1"), &["--request", "DELETE"]);
}
